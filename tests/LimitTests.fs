/// The endpoint's limits, what it counts, what it says of itself, and whether the keys are well.
module WeChatPay.Tests.LimitTests

open System
open System.Collections.Concurrent
open System.Collections.Generic
open System.Diagnostics.Metrics
open System.Net
open System.Net.Http
open System.Security.Cryptography
open System.Security.Cryptography.X509Certificates
open System.Threading
open System.Threading.Tasks
open Expecto
open Microsoft.AspNetCore.Antiforgery
open Microsoft.AspNetCore.Authorization
open Microsoft.AspNetCore.Builder
open Microsoft.AspNetCore.Http
open Microsoft.AspNetCore.Http.Features
open Microsoft.AspNetCore.Http.Metadata
open Microsoft.AspNetCore.Mvc.ApiExplorer
open Microsoft.AspNetCore.Routing
open Microsoft.AspNetCore.Server.Kestrel.Core
open Microsoft.Extensions.DependencyInjection
open Microsoft.Extensions.Diagnostics.HealthChecks
open Microsoft.Extensions.Time.Testing
open WeChatPay
open WeChatPay.Functional
open WeChatPay.Tests.Platform
open WeChatPay.Tests.ReceivingShop
open WeChatPay.Tests.Receivers
open WeChatPay.Tests.Shop

let private http1 = HttpProtocols.Http1

let private take =
    Func<NotificationContext, CancellationToken, Task>(fun _ _ -> Task.CompletedTask)

let private mapTaking (app: WebApplication) =
    app.MapWeChatPayNotifications("/notify", take) |> ignore

let private limited (change: WeChatPayNotificationOptions -> unit) (builder: WebApplicationBuilder) =
    builder.Services.Configure<WeChatPayNotificationOptions>(change) |> ignore

/// A body whose second half comes when the gate opens.
let private held (gate: Task) (body: byte array) : HttpContent =
    { new HttpContent() with
        member _.SerializeToStreamAsync(stream, _) =
            task {
                do! stream.WriteAsync(body, 0, 10)
                do! stream.FlushAsync()
                do! gate
                do! stream.WriteAsync(body, 10, body.Length - 10)
            }

        member _.TryComputeLength(length) =
            length <- int64 body.Length
            true
    }

let private load =
    testList
        "load"
        [
            testCaseTask
                "one more than may be decoded at once is sent away unread, and taken when it comes again"
                (fun () ->
                    task {
                        use! receiver =
                            openKestrel
                                http1
                                (limited (fun options -> options.ConcurrentDecodes <- 2))
                                mapTaking
                                "/notify"

                        let gate = TaskCompletionSource()

                        let slow =
                            [
                                for _ in 1..2 -> post HttpVersion.Version11 receiver.Url (held gate.Task) payment
                            ]

                        let mutable refusals = 0

                        do!
                            task {
                                while refusals = 0 do
                                    let! answer = post HttpVersion.Version11 receiver.Url sized payment

                                    if answer <> (204, "") then
                                        Expect.equal answer (refused 429 "overloaded") "4xx: nobody is proven yet"
                                        refusals <- refusals + 1
                            }

                        Expect.stringContains receiver.Log.Text "overloaded" "logged"
                        gate.SetResult()
                        let! answers = Task.WhenAll slow
                        Expect.all answers ((=) (204, "")) "those who were in are taken"
                        let! answer = post HttpVersion.Version11 receiver.Url sized payment
                        Expect.equal answer (204, "") "there is place again"
                    })

            testCaseTask "a handler takes nobody's place, however long it takes" (fun () ->
                task {
                    let gate = TaskCompletionSource()

                    let map (app: WebApplication) =
                        app.MapWeChatPayNotifications(
                            "/notify",
                            Func<_, _, _>(fun (_: NotificationContext) (_: CancellationToken) -> gate.Task)
                        )
                        |> ignore

                    use! receiver =
                        openKestrel http1 (limited (fun options -> options.ConcurrentDecodes <- 1)) map "/notify"

                    let first = post HttpVersion.Version11 receiver.Url sized payment
                    let second = post HttpVersion.Version11 receiver.Url sized payment
                    do! Task.Delay 300
                    let! answer = post HttpVersion.Version11 receiver.Url sized changed
                    Expect.equal answer (refused 401 "signature_mismatch") "judged meanwhile"
                    gate.SetResult()
                    let! answers = Task.WhenAll [ first; second ]
                    Expect.contains answers (204, "") "taken"
                })

            testCaseTask "a body that does not arrive in time is given up" (fun () ->
                task {
                    use! receiver =
                        openKestrel
                            http1
                            (limited (fun options -> options.ReceiveTimeout <- TimeSpan.FromMilliseconds 200.0))
                            mapTaking
                            "/notify"

                    let gate = TaskCompletionSource()
                    let opening = receiver.Url
                    let slow = post HttpVersion.Version11 opening (held gate.Task) payment
                    do! until (fun () -> receiver.Log.Text.Contains "receive_timeout")
                    Expect.stringContains receiver.Log.Text "receive_timeout" "given up"
                    gate.SetResult()

                    try
                        let! status, _ = slow
                        Expect.equal status 408 "the sender's"
                    with :? HttpRequestException ->
                        // The server closed the connection before the rest was written.
                        ()

                    let! answer = post HttpVersion.Version11 receiver.Url sized payment
                    Expect.equal answer (204, "") "who is in time is taken"
                })

            test "limits that are none are refused when the address is mapped" {
                for change in
                    [
                        fun (options: WeChatPayNotificationOptions) -> options.ConcurrentDecodes <- 0
                        fun options -> options.ReceiveTimeout <- TimeSpan.Zero
                    ] do
                    let refusing (app: WebApplication) =
                        Expect.throwsT<ArgumentOutOfRangeException> (fun () -> mapTaking app) "refused"

                    (openKestrel http1 (limited change) refusing "/notify").Result.Close().Wait()
            }

            testCaseTask "a limit of a few bytes is read by the endpoint as well" (fun () ->
                task {
                    for limit, code in
                        [
                            1, "body_too_large"
                            payment.Body.Length - 1, "body_too_large"
                            payment.Body.Length, ""
                        ] do
                        let configure (builder: WebApplicationBuilder) =
                            builder.Services.PostConfigure<WeChatPayOptions>(fun (options: WeChatPayOptions) ->
                                options.BodyLimit <- limit)
                            |> ignore

                        use! receiver = openKestrel http1 configure mapTaking "/notify"

                        for content in [ sized; unsized ] do
                            let! answer = post HttpVersion.Version11 receiver.Url content payment
                            Expect.equal answer (if code = "" then (204, "") else refused 413 code) (string limit)
                })
        ]

/// What an application counts, as `instrument tag` and how often.
let private counting (app: WebApplication) =
    let counts = ConcurrentDictionary<string, int64>()
    let factory = app.Services.GetRequiredService<IMeterFactory>()
    let listener = new MeterListener()

    listener.InstrumentPublished <-
        fun instrument listener ->
            if
                instrument.Meter.Name = "WeChatPay"
                && Object.ReferenceEquals(instrument.Meter.Scope, factory)
            then
                listener.EnableMeasurementEvents instrument

    listener.SetMeasurementEventCallback<int64>(fun instrument value tags _ ->
        let mutable name = instrument.Name.Replace("wechatpay.notifications.", "")

        for tag in tags do
            name <- name + " " + tag.Key + "=" + string tag.Value

        counts.AddOrUpdate(name, value, (fun _ known -> known + value)) |> ignore)

    listener.Start()
    counts

let private probe =
    { payment with
        Signature = "WECHATPAY/SIGNTEST/" + payment.Signature
    }

let private counts =
    testList
        "counts"
        [
            testCaseTask
                "everything that comes is counted once: taken by type, refused by code, probes apart"
                (fun () ->
                    task {
                        let mutable counted = ConcurrentDictionary<string, int64>()

                        let map (app: WebApplication) =
                            counted <- counting app

                            app.MapWeChatPayNotifications(
                                "/notify",
                                Action<NotificationHandlers>(fun on ->
                                    on
                                        .OnPayment(fun _ _ -> Task.CompletedTask)
                                        .OnRefund(fun _ -> Task.FromException(TimeoutException()))
                                        .EventType("SOMETHING.NEW", (fun _ _ -> Task.CompletedTask))
                                    |> ignore)
                            )
                            |> ignore

                        use! receiver = openKestrel http1 ignore map "/notify"

                        let refund =
                            """{"mchid":"1900000001","out_trade_no":"order-1","transaction_id":"4200001","out_refund_no":"back-1","refund_id":"50","refund_status":"SUCCESS","amount":{"refund":1,"total":1}}"""

                        let good = sign payment.Body

                        for callback in
                            [
                                payment
                                payment
                                changed
                                probe
                                probe
                                oversized
                                { good with Nonce = "" }
                                { good with Timestamp = "1" }
                                { good with
                                    Serial = "PUB_KEY_ID_OTHER"
                                }
                                notify "REFUND.SUCCESS" refund
                                notify "SOMETHING.NEW" "{}"
                                notify "ANOTHER.NEW" "{}"
                            ] do
                            let! _ = post HttpVersion.Version11 receiver.Url sized callback
                            ()

                        let expected =
                            [
                                "accepted event_type=TRANSACTION.SUCCESS", 2L
                                "accepted event_type=other", 1L
                                "probes", 2L
                                "refused code=body_too_large", 1L
                                "refused code=handler_failed", 1L
                                "refused code=missing_header", 1L
                                "refused code=not_handled", 1L
                                "refused code=outside_tolerance", 1L
                                "refused code=signature_mismatch", 1L
                                "refused code=unknown_serial", 1L
                            ]

                        Expect.equal
                            [
                                for pair in Seq.sortBy (fun (pair: KeyValuePair<string, int64>) -> pair.Key) counted ->
                                    pair.Key, pair.Value
                            ]
                            expected
                            "all"

                        Expect.isFalse
                            (receiver.Log.Text.Contains
                                "Warning WeChatPay.Notifications: A notification was refused: signature_probe")
                            "no alarm"
                    })
        ]

let private endpointOf configure =
    task {
        let mutable found = Unchecked.defaultof<WebApplication>

        let map (app: WebApplication) =
            found <- app
            mapTaking app

        let! receiver = openKestrel http1 configure map "/notify"
        let source = found.Services.GetRequiredService<EndpointDataSource>()

        let descriptions =
            found.Services.GetService<IApiDescriptionGroupCollectionProvider>()

        let described =
            match descriptions with
            | null -> []
            | provider ->
                [
                    for group in provider.ApiDescriptionGroups.Items do
                        yield! group.Items
                ]

        return struct (receiver, source.Endpoints |> Seq.exactlyOne, described)
    }

let private explored (builder: WebApplicationBuilder) =
    builder.Services.AddEndpointsApiExplorer() |> ignore

let private metadata =
    testList
        "metadata"
        [
            testCaseTask
                "what middleware asks: open to all, no token, so many bytes, POST alone, not described"
                (fun () ->
                    task {
                        let! struct (receiver, endpoint, described) = endpointOf explored
                        use _receiver = receiver
                        let metadata = endpoint.Metadata
                        Expect.isNotNull (metadata.GetMetadata<IAllowAnonymous>()) "no login"
                        Expect.isFalse (metadata.GetMetadata<IAntiforgeryMetadata>().RequiresValidation) "no token"

                        Expect.equal
                            (metadata.GetMetadata<IRequestSizeLimitMetadata>().MaxRequestBodySize)
                            (Nullable 1_114_112L)
                            "bytes"

                        Expect.equal
                            (List.ofSeq (metadata.GetMetadata<IHttpMethodMetadata>().HttpMethods))
                            [ "POST" ]
                            "verb"

                        Expect.isTrue
                            (metadata.GetMetadata<IExcludeFromDescriptionMetadata>().ExcludeFromDescription)
                            "not described"

                        Expect.isNull (metadata.GetMetadata<IAcceptsMetadata>()) "any content type"
                        Expect.equal endpoint.DisplayName "WeChat Pay notifications" "its name"
                        Expect.isEmpty described "nor in fact"
                    })

            testCaseTask "asked for, it is described, with its answers" (fun () ->
                task {
                    let configure builder =
                        explored builder
                        limited (fun options -> options.IsDescribed <- true) builder

                    let! struct (receiver, endpoint, described) = endpointOf configure
                    use _receiver = receiver
                    let one = List.exactlyOne described
                    Expect.equal (one.HttpMethod, one.RelativePath) ("POST", "notify") "its address"

                    Expect.equal
                        (one.SupportedResponseTypes |> Seq.map _.StatusCode |> Seq.sort |> List.ofSeq)
                        [ 204; 401; 413; 429; 500 ]
                        "answers"

                    Expect.isNull (endpoint.Metadata.GetMetadata<IAcceptsMetadata>()) "any content type still"
                    let! answer = post HttpVersion.Version11 receiver.Url sized payment
                    Expect.equal answer (204, "") "and works"
                })

            testCaseTask "the server itself reads no more than the limit and what chunks are framed by" (fun () ->
                task {
                    let mutable limit = Nullable 0L

                    let map (app: WebApplication) =
                        app.UseRouting() |> ignore

                        app.Use(fun (context: HttpContext) (next: RequestDelegate) ->
                            limit <-
                                context.Features
                                    .GetRequiredFeature<IHttpMaxRequestBodySizeFeature>()
                                    .MaxRequestBodySize

                            next.Invoke context)
                        |> ignore

                        mapTaking app

                    use! receiver = openKestrel http1 ignore map "/notify"
                    let! answer = post HttpVersion.Version11 receiver.Url sized payment
                    Expect.equal answer (204, "") "taken"
                    Expect.equal limit (Nullable 1_114_112L) "the server's limit"

                    let far =
                        { payment with
                            Body = Array.zeroCreate 2_000_000
                        }

                    let! answer = post HttpVersion.Version11 receiver.Url sized far
                    Expect.equal answer (refused 413 "body_too_large") "refused by its length, in the same words"
                })
        ]

let private certificateUntil (notAfter: DateTimeOffset) (serial: byte) =
    use pair = RSA.Create 2048

    let request =
        CertificateRequest("CN=Tenpay.com", pair, HashAlgorithmName.SHA256, RSASignaturePadding.Pkcs1)

    let signer = X509SignatureGenerator.CreateForRSA(pair, RSASignaturePadding.Pkcs1)

    use made =
        request.Create(request.SubjectName, signer, now.AddDays -10.0, notAfter, [| 0x10uy; serial |])

    made.ExportCertificatePem()

let private keyUntil days serial =
    force (PlatformKey.ofCertificatePem (certificateUntil (now.AddDays days) serial))

let private health =
    testList
        "health"
        [
            test "how keys stand: valid, ending, none" {
                let outlook keys =
                    Keyring.outlook
                        (TimeSpan.FromDays 14.0)
                        now
                        (if List.isEmpty keys then
                             Keyring.none
                         else
                             force (Keyring.create keys))

                let name keys =
                    match outlook keys with
                    | KeyOutlook.Lasting serial -> "lasting " + serial
                    | KeyOutlook.Ending(serial, _) -> "ending " + serial
                    | KeyOutlook.NoneCurrent count -> "none of " + string count

                for keys, expected in
                    [
                        [], "none of 0"
                        [ publicKey ], "lasting " + PublicKeyId
                        [ keyUntil 15.0 1uy ], "lasting 1001"
                        [ keyUntil 14.0 1uy ], "ending 1001"
                        [ keyUntil -1.0 1uy ], "none of 1"
                        [ keyUntil 3.0 1uy; keyUntil 90.0 2uy ], "lasting 1002"
                        [ keyUntil 3.0 1uy; publicKey ], "ending 1001"
                        [ keyUntil -3.0 1uy; publicKey ], "lasting " + PublicKeyId
                    ] do
                    Expect.equal (name keys) expected expected
            }

            testCaseTask "the check follows the clock: healthy, degraded, unhealthy" (fun () ->
                task {
                    let clock = FakeTimeProvider now
                    let builder = quietBuilder (WebApplicationOptions())
                    builder.Services.AddSingleton<TimeProvider> clock |> ignore

                    for name in [ ""; "tea" ] do
                        builder.Services.AddWeChatPay(
                            name,
                            fun (options: WeChatPayOptions) ->
                                options.MerchantId <- "1900000001"
                                options.MerchantSerial <- "AB"
                                options.MerchantPrivateKey <- CallTests.merchantPair.ExportPkcs8PrivateKeyPem()
                                options.ApiV3Key <- apiV3KeyText

                                if name = "tea" then
                                    options.PlatformPublicKeyId <- PublicKeyId
                                    options.PlatformPublicKey <- publicKeyPem
                                else
                                    options.PlatformCertificates.Add(certificateUntil (now.AddDays 30.0) 1uy)
                        )
                        |> ignore

                    builder.Services
                        .AddHealthChecks()
                        .AddWeChatPay(endsWithin = TimeSpan.FromDays 10.0)
                        .AddWeChatPay("tea")
                    |> ignore

                    use app = builder.Build()
                    let checks = app.Services.GetRequiredService<HealthCheckService>()

                    for days, expected, words in
                        [
                            0.0, HealthStatus.Healthy, "1001 is valid"
                            19.0, HealthStatus.Healthy, "1001 is valid"
                            20.0, HealthStatus.Degraded, "download the platform's certificates again"
                            31.0, HealthStatus.Unhealthy, "None of 1 platform keys is valid now"
                        ] do
                        clock.SetUtcNow(now.AddDays days)
                        let! report = checks.CheckHealthAsync()
                        let own = report.Entries["wechatpay"]
                        Expect.equal own.Status expected (string days)
                        Expect.stringContains own.Description words words

                        Expect.equal
                            report.Entries["wechatpay:tea"].Status
                            HealthStatus.Healthy
                            "a public key does not end"
                })

            testCaseTask "the documentation's limits and check" (fun () ->
                task {
                    let mutable services = Unchecked.defaultof<IServiceProvider>

                    let map (app: WebApplication) =
                        services <- app.Services
                        Program.MapEndpoint app

                    use! receiver = openKestrel http1 Program.AddLimits map "/wechatpay/notify"
                    let! answer = post HttpVersion.Version11 receiver.Url sized payment
                    Expect.equal answer (204, "") "taken"
                    let! report = services.GetRequiredService<HealthCheckService>().CheckHealthAsync()
                    Expect.equal report.Status HealthStatus.Healthy "well"
                })
        ]

[<Tests>]
let tests = testList "limits" [ load; counts; metadata; health ]
