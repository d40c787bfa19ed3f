/// What must never be seen: every text that a call or a notification carries, and every secret, is looked for in whatever the library tells of itself.
module WeChatPay.Tests.CanaryTests

open System
open System.Collections.Concurrent
open System.Collections.Generic
open System.Diagnostics
open System.IO
open System.Net.Http
open System.Reflection
open System.Runtime.ExceptionServices
open System.Security.Cryptography
open System.Text
open System.Text.Json.Nodes
open System.Threading
open System.Threading.Tasks
open Expecto
open Microsoft.AspNetCore.Builder
open Microsoft.AspNetCore.Hosting
open Microsoft.Extensions.DependencyInjection
open Microsoft.Extensions.Logging
open WeChatPay
open WeChatPay.Functional
open WeChatPay.Generator
open WeChatPay.Inbox
open WeChatPay.Tests.CallTests
open WeChatPay.Tests.EveryEndpointTests
open WeChatPay.Tests.Instruments
open WeChatPay.Tests.Platform
open WeChatPay.Tests.Shop
open WeChatPay.Tests.WirePlatform
open WeChatPay.Tests.WireSamples

/// Every text of `WireSamples` begins with it, and says of which field it is.
[<Literal>]
let private Canary = "文本"

[<Literal>]
let private Password = "Canary-of-the-password"

let private secretKeyText = "CanarySecretOfTheApiV3Key" + apiV3KeyText.Substring 25

let private privateKeyPem =
    merchantPair.ExportEncryptedPkcs8PrivateKeyPem(
        Password,
        PbeParameters(PbeEncryptionAlgorithm.Aes256Cbc, HashAlgorithmName.SHA256, 1)
    )

/// A canary in the spellings that it may travel in.
let private spellings (text: string) =
    [
        text
        Uri.EscapeDataString text
        text
        |> Seq.map (fun letter -> "\\u" + (int letter).ToString "x4")
        |> String.concat ""
        Convert.ToBase64String(utf8 text).TrimEnd('=')
    ]
    |> List.distinct

let private secrets =
    [
        Canary
        secretKeyText
        Password
        // The middle of a key's line, whatever stands around it.
        (Array.item 3 (privateKeyPem.Split '\n')).Substring(8, 40)
        Convert.ToBase64String(merchantPair.ExportPkcs8PrivateKey()).Substring(200, 40)
        Convert.ToBase64String(merchantPair.ExportRSAPrivateKey()).Substring(200, 40)
    ]
    |> List.collect spellings

let private leaks (text: string) =
    secrets
    |> List.filter (fun secret -> text.Contains(secret, StringComparison.OrdinalIgnoreCase))

/// The business numbers, which `ToString` may show.
let private isNumber (field: string) =
    field.StartsWith "out_"
    || List.contains
        field
        [
            "transaction_id"
            "refund_id"
            "combine_out_trade_no"
            "combine_transaction_id"
        ]

/// What a `ToString` shows that it must not.
let private shown (value: obj) =
    let text = string value

    text.Split(Canary + " ")
    |> Array.skip 1
    |> Array.filter (fun rest -> not (isNumber (rest.Split(',', ')')[0])))
    |> Array.map (fun _ -> text)
    |> List.ofArray

/// Everything that is told while it lives: logs, spans, measurements, and every exception that is thrown anywhere.
type private Witness() =
    let ear = new Ear(fun _ -> true)
    let log = new LogBook()
    let thrown = ConcurrentQueue<string>()

    let hear =
        EventHandler<FirstChanceExceptionEventArgs>(fun _ found -> thrown.Enqueue(string found.Exception))

    do AppDomain.CurrentDomain.FirstChanceException.AddHandler hear

    member _.Log = log

    /// The numbers of logs, spans, measurements and exceptions: a witness who heard nothing proves nothing.
    member _.Heard =
        log.Text.Split('\n').Length, ear.Spans.Length, ear.Measurements.Length, thrown.Count

    /// What was told, each with where.
    member _.Told =
        let pair what (KeyValue(name, value: obj)) = what + " " + name + "=" + string value

        // The fake platform is an application, too, and its framework tells of whole addresses.
        let isOfPlatform (span: Activity) =
            span.Source.Name = "Microsoft.AspNetCore" && tagOf "url.path" span <> "/notify"

        let ofSpan (span: Activity) =
            [
                yield "span " + span.DisplayName + " " + string span.StatusDescription
                yield! span.TagObjects |> Seq.map (pair "tag")

                yield!
                    span.Baggage
                    |> Seq.map (fun (KeyValue(name, value)) -> "baggage " + name + "=" + string value)

                for event in span.Events do
                    yield "event " + event.Name
                    yield! event.Tags |> Seq.map (pair "event's tag")
            ]

        [
            yield! log.Text.Split '\n' |> Seq.map (fun line -> "log " + line)
            yield! thrown |> Seq.map (fun failure -> "exception " + failure)
            yield! ear.Spans |> Seq.filter (isOfPlatform >> not) |> Seq.collect ofSpan

            yield!
                ear.Measurements
                |> Seq.collect (fun measured -> measured.Tags |> Map.toSeq)
                |> Seq.map (fun (name, value) -> "measurement " + name + "=" + value)
        ]

    interface IDisposable with
        member _.Dispose() =
            AppDomain.CurrentDomain.FirstChanceException.RemoveHandler hear
            (ear :> IDisposable).Dispose()

let private expectNone (witness: Witness) (printed: string seq) =
    let found =
        [
            for told in witness.Told do
                if not (leaks told).IsEmpty then
                    yield told
            for text in printed do
                yield "ToString " + text
        ]

    if not found.IsEmpty then
        failtestf
            "%i leaks, such as\n%s"
            found.Length
            (found
             |> Seq.map (fun text -> text[..600])
             |> Seq.truncate 12
             |> String.concat "\n")

/// An answer with a canary in every text; what travels sealed is sealed to the merchant, so that it is opened.
let rec private sealedAll (shape: Shape) (node: JsonNode | null) =
    match node with
    | :? JsonObject as fields ->
        for field in shape.Fields do
            match fields[field.Wire], field.Type with
            | null, _ -> ()
            | NonNull text, Text when field.IsSensitive ->
                fields[field.Wire] <- JsonValue.Create(sealedFor merchantPair (utf8 (text.GetValue<string>())))
            | found, ShapeOf key -> sealedAll catalogue.Shapes[key] found
            | (:? JsonArray as items), ListOf(ShapeOf key) ->
                for item in items do
                    sealedAll catalogue.Shapes[key] item
            | _ -> ()
    | _ -> ()

let private answerTo (endpoint: Endpoint) =
    match endpoint.Answer with
    | JsonBack(ShapeOf key) ->
        let json = shape Maximal 1 catalogue.Shapes[key]
        sealedAll catalogue.Shapes[key] json
        json.ToJsonString relaxed
    | JsonBack _
    | UnknownBack
    | BytesBack -> "{\"text\":\"" + Canary + " answer\"}"
    | NothingBack -> ""

/// What a platform, or something on the way to it, may answer: data, refusals, and what is not trusted. The platform's own words of a refusal are shown; what they quote is not.
let private answersTo (endpoint: Endpoint) =
    let good = answerTo endpoint

    let refusal =
        "{\"code\":\"PARAM_ERROR\",\"message\":\"no\",\"detail\":{\"field\":\"/payer/openid\",\"value\":\""
        + Canary
        + " value\",\"issue\":\""
        + Canary
        + " issue\"}}"

    [
        answer (if good = "" then 204 else 200) (utf8 good)
        answer 400 (utf8 refusal)
        answer 404 (utf8 (refusal.Replace("PARAM_ERROR", "RESOURCE_NOT_EXISTS")))
        { answer 502 (utf8 ("<html>" + Canary + "</html>")) with
            IsSigned = false
        }
        { answer 200 (utf8 good) with
            IsSigned = false
        }
        answer 200 (utf8 (good + Canary))
        answer 200 (utf8 ("{\"data\":[\"" + Canary))
    ]

let private configure (url: string) (options: WeChatPayOptions) =
    setAt url options
    options.MerchantPrivateKey <- privateKeyPem
    options.MerchantPrivateKeyPassword <- Password
    options.ApiV3Key <- secretKeyText
    options.Appid <- "wx-of-the-options"
    options.BrandId <- "40000"
    options.Resilience.Attempts <- 1

let private clientOf (services: IServiceProvider) kind : obj =
    match kind with
    | DirectClient -> services.GetRequiredService<WeChatPayClient>()
    | PartnerClient -> services.GetRequiredService<WeChatPayPartnerClient>()
    | BrandClient -> services.GetRequiredService<WeChatPayBrandClient>()
    | InstitutionClient -> services.GetRequiredService<WeChatPayInstitutionClient>()
    | GlobalClient -> services.GetRequiredService<WeChatPayGlobalClient>()

/// Calls through the façade, by reflection; what its request, its answer or its exception show.
let private callOf (client: obj) (offer: Offer) =
    task {
        let invocation = invocationOf Maximal client offer

        let printed =
            invocation.Given
            |> Seq.filter (fun value -> value :? Wire.IWireShape)
            |> Seq.collect shown
            |> List.ofSeq

        try
            match! invocation.Run() with
            | null -> return printed
            | result -> return printed @ shown result
        with failure ->
            return printed @ shown failure
    }

let private calls () =
    task {
        let mutable next = answer 204 [||]
        use! platform = openPlatform (fun _ -> next)
        use witness = new Witness()
        let services = ServiceCollection()

        services.AddLogging(fun logging -> logging.SetMinimumLevel(LogLevel.Trace).AddProvider witness.Log |> ignore)
        |> ignore

        services.AddSingleton<TimeProvider>(StoppedClock() :> TimeProvider) |> ignore
        services.AddWeChatPay(configure platform.Url) |> ignore
        use provider = services.BuildServiceProvider()
        let printed = List<string>()

        // The first of an endpoint's answers for every call, the others in turns.
        for index, offer in List.indexed offers do
            let answers = answersTo offer.Call.Endpoint

            for reply in [ answers.Head; answers[1 + index % (answers.Length - 1)] ] do
                next <- reply
                let! found = callOf (clientOf provider offer.Kind) offer
                printed.AddRange found

        let planted =
            platform.Asked
            |> Seq.filter (fun asked ->
                asked.Text.Contains Canary || asked.Target.Contains(Uri.EscapeDataString Canary))
            |> Seq.length

        Expect.isGreaterThan planted 1500 "canaries were sent"
        let lines, spans, measurements, exceptions = witness.Heard
        Expect.isGreaterThan lines offers.Length "logs were heard"
        Expect.isGreaterThan spans (2 * offers.Length) "spans were heard"
        Expect.isGreaterThan measurements offers.Length "measurements were heard"
        Expect.isGreaterThan exceptions offers.Length "exceptions were heard"
        expectNone witness printed
    }

/// A resource whose evidence is of the wrong type, and holds a canary.
let private misshapen (resource: JsonObject) =
    let changed = resource.DeepClone().AsObject()
    let name = (Seq.head changed).Key
    changed[name] <- JsonArray(JsonValue.Create(Canary + " wrong") :> JsonNode)
    changed.ToJsonString relaxed

let private signedWith (eventType: string) (resource: string) =
    let nonce = "0123456789ab"
    let plain = utf8 resource
    let cipher = Array.zeroCreate<byte>(plain.Length + 16)
    use aes = new AesGcm(utf8 secretKeyText, 16)
    aes.Encrypt(utf8 nonce, plain, cipher.AsSpan(0, plain.Length), cipher.AsSpan plain.Length, utf8 "")

    let envelope id =
        "{\"id\":\""
        + id
        + "\",\"create_time\":\"2026-01-31T08:00:00+08:00\",\"event_type\":\""
        + eventType
        + "\",\"summary\":\""
        + Canary
        + " summary\",\"resource\":{\"algorithm\":\"AEAD_AES_256_GCM\",\"ciphertext\":\""
        + Convert.ToBase64String cipher
        + "\",\"associated_data\":\"\",\"nonce\":\""
        + nonce
        + "\"}}"

    sign (utf8 (envelope (Guid.NewGuid().ToString "N")))

let private post (http: HttpClient) (callback: Callback) =
    task {
        use request =
            new HttpRequestMessage(HttpMethod.Post, "/notify", Content = new ByteArrayContent(callback.Body))

        for name, value in headersOf callback do
            request.Headers.TryAddWithoutValidation(name, value) |> ignore

        use! response = http.SendAsync request
        return int response.StatusCode
    }

/// Runs on from the time at which the tests' notifications are signed.
type private RunningClock() =
    inherit TimeProvider()
    let began = TimeProvider.System.GetTimestamp()

    override _.GetUtcNow() =
        now + TimeProvider.System.GetElapsedTime began

let private application (witness: Witness) (folder: string) (handler: Handler) =
    let builder = quietBuilder (WebApplicationOptions())

    builder.Logging.SetMinimumLevel(LogLevel.Trace).AddProvider witness.Log
    |> ignore

    builder.WebHost.UseUrls "http://127.0.0.1:0" |> ignore

    builder.Services.AddSingleton<TimeProvider>(RunningClock() :> TimeProvider)
    |> ignore

    builder.Services.AddWeChatPay(configure "http://127.0.0.1:1") |> ignore

    if folder <> "" then
        builder.Services
            .AddWeChatPayInbox()
            .UseSqlite(Path.Combine(folder, "inbox.db"))
            .Configure(fun options ->
                InboxShop.quick options
                options.Retry.Attempts <- 2)
            .Handle(Func<_, _, _>(fun context token -> handler context token))
        |> ignore

    let app = builder.Build()

    if folder <> "" then
        app.MapWeChatPayNotifications "/notify" |> ignore
    else
        app.MapWeChatPayNotifications("/notify", Func<_, _, _>(fun context token -> handler context token))
        |> ignore

    app

let private notifications () =
    task {
        use witness = new Witness()
        let printed = List<string>()
        let statuses = List<int>()

        let look: Handler =
            fun context _ ->
                task {
                    let decoded = context.Notification
                    printed.AddRange(shown decoded)
                    printed.AddRange(shown decoded.Event)
                    printed.AddRange(shown context)

                    if decoded.EventType.StartsWith "REFUND" then
                        raise (InvalidOperationException "the handler failed")
                }

        let app = application witness "" look
        do! app.StartAsync()
        use http = new HttpClient(BaseAddress = Uri(Seq.head app.Urls))

        for eventType, webhook in EventResources.cases do
            let resource = EventResources.resourceOf Maximal webhook
            let whole = signedWith eventType (resource.ToJsonString relaxed)

            for callback in
                [
                    whole
                    signedWith eventType (misshapen resource)
                    signedWith "NEW.THING" ("{\"name\":\"" + Canary + "\"}")
                    signedWith eventType ("{\"out_trade_no\":\"" + Canary)
                    { whole with
                        Body = utf8 (Canary + " body")
                    }
                    { whole with Serial = "ABCDEF" }
                    resign
                        { whole with
                            Body = utf8 ("{\"id\":\"" + Canary)
                        }
                ] do
                let! status = post http callback
                statuses.Add status

        do! app.StopAsync()
        do! app.DisposeAsync()

        let times status =
            statuses |> Seq.filter ((=) status) |> Seq.length

        Expect.isGreaterThan (times 204) 80 "handed on"
        Expect.isGreaterThan (times 401) 170 "not trusted"
        Expect.isGreaterThan (times 500) 170 "not readable, or the handler failed"
        let lines, spans, measurements, exceptions = witness.Heard
        Expect.isGreaterThan lines statuses.Count "logs were heard"
        Expect.isGreaterThan spans statuses.Count "spans were heard"
        Expect.isGreaterThan measurements statuses.Count "measurements were heard"
        Expect.isGreaterThan exceptions 10 "exceptions were heard"
        expectNone witness printed
    }

let private kept () =
    task {
        use witness = new Witness()
        let folder = Directory.CreateTempSubdirectory("wechatpay").FullName
        let printed = List<string>()
        let mutable handled = 0

        let fail: Handler =
            fun context _ ->
                task {
                    printed.AddRange(shown context)
                    Interlocked.Increment &handled |> ignore
                    raise (InvalidOperationException "the handler failed")
                }

        let app = application witness folder fail
        do! app.StartAsync()
        use http = new HttpClient(BaseAddress = Uri(Seq.head app.Urls))
        let some = List.truncate 20 EventResources.cases

        for eventType, webhook in some do
            let resource = EventResources.resourceOf Maximal webhook
            let! status = post http (signedWith eventType (resource.ToJsonString relaxed))
            Expect.equal status 204 "taken"

        let store = app.Services.GetRequiredService<IInboxStore>()
        let mutable counts = Unchecked.defaultof<InboxCounts>

        do! RotatingPlatform.eventually "each was tried" (fun () -> Volatile.Read &handled >= some.Length)

        let! now' = store.CountAsync CancellationToken.None
        counts <- now'
        Expect.equal (counts.Pending + counts.Parked) (int64 some.Length) "none is done"
        printed.AddRange(shown counts)
        do! app.StopAsync()
        do! app.DisposeAsync()
        Directory.Delete(folder, true)
        expectNone witness printed
    }

/// What holds a secret, as people may print it.
let private holders () =
    let options = WeChatPayOptions()
    configure "http://127.0.0.1:1" options

    let key =
        force (MerchantKey.read Password "00ab" (ReadOnlySpan(utf8 privateKeyPem)))

    let apiV3Key = force (ApiV3Key.create secretKeyText)

    [
        box options
        box key
        box apiV3Key
        box (Shell.InMemoryMerchantKey key)
        box (SensitiveText(Canary + " name"))
        box
            {
                Verification = VerificationPolicy.forNotifications ring
                ApiV3Key = apiV3Key
            }
        box (WeChatPayClient(new HttpClient(), options))
        box (WeChatPayNotifications.Create options)
        box (Operation.Raw("POST", "/v3/pay/" + Canary + "?" + Canary, "{\"" + Canary + "\":1}"))
        box (shellAt "http://127.0.0.1:1")
    ]

[<Tests>]
let tests =
    testSequenced
    <| testList
        "canaries"
        [
            testCaseTask "no text of a call is in a log, a span, a measurement, an exception or a ToString" calls

            testCaseTask
                "no text of a notification is in a log, a span, a measurement, an exception or a ToString"
                notifications

            testCaseTask "no text of a notification that is kept and fails is told by the inbox" kept

            test "what holds a secret does not show it" {
                for holder in holders () do
                    Expect.equal (leaks (string holder)) [] (holder.GetType().Name + ": " + string holder)
            }

            test "the witness knows a canary in every spelling" {
                for text in
                    [
                        "文本 openid"
                        "%E6%96%87%e6%9c%ac"
                        "\\u6587\\u672C"
                        "a" + secretKeyText
                        privateKeyPem
                    ] do
                    Expect.isNonEmpty (leaks text) text

                Expect.isEmpty (leaks "order-1 文 本") "nothing else"
                Expect.isNonEmpty (shown "X(out_trade_no = 文本 out_trade_no, openid = 文本 openid)") "a name"
                Expect.isEmpty (shown "X(out_trade_no = 文本 out_trade_no, refund_id = 文本 refund_id)") "numbers"
            }
        ]
