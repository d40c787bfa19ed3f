/// The façade's side of keys that look after themselves: settings, hosts, merchants that are looked up, and settings that change while the application runs.
module WeChatPay.Tests.UpkeepTests

open System
open System.Collections.Concurrent
open System.Collections.Generic
open System.Diagnostics.Metrics
open System.IO
open System.Net.Http
open System.Reflection
open System.Threading
open System.Threading.Tasks
open Expecto
open Microsoft.Extensions.Configuration
open Microsoft.Extensions.DependencyInjection
open Microsoft.Extensions.Diagnostics.HealthChecks
open Microsoft.Extensions.Hosting
open Microsoft.Extensions.Logging
open Microsoft.Extensions.Time.Testing
open WeChatPay
open WeChatPay.Functional
open WeChatPay.Shell
open WeChatPay.Tests.KeyTests
open WeChatPay.Tests.Platform
open WeChatPay.Tests.RotatingPlatform
open WeChatPay.Tests.Shop

let private first = certify 1 (now.AddDays -10.0) (now.AddDays 100.0)
let private second = certify 2 (now.AddDays -1.0) (now.AddDays 400.0)

/// A merchant who has certificates downloaded, and keeps them in memory.
let private optionsIn (folder: string) =
    WeChatPayOptions(
        MerchantId = "1900000001",
        MerchantSerial = SerialText,
        MerchantPrivateKey = pkcs8,
        ApiV3Key = apiV3KeyText,
        DownloadPlatformCertificates = true,
        PlatformCertificateFolder = folder
    )

let private ask (client: MerchantClient) =
    client.SendAsync(HttpMethod.Get, "/v3/thing")

let private signedBy (certificate: Rotated) =
    let timestamp = now.ToUnixTimeSeconds().ToString()
    let nonce = "5K8264ILTKCH16CQ2502SI8ZNMTM67VS"
    let body = utf8 "{}"

    pairs
        [
            "Wechatpay-Timestamp", timestamp
            "Wechatpay-Nonce", nonce
            "Wechatpay-Signature", signWith certificate.Pair timestamp nonce body
            "Wechatpay-Serial", certificate.Serial
        ],
    body

/// What a notification is refused with; empty when its sender is proven.
let private refusal (notifications: WeChatPayNotifications) (certificate: Rotated) =
    let headers, body = signedBy certificate

    match notifications.Verify(headers, ReadOnlySpan<byte> body).TryGet() with
    | true, _, _ -> ""
    | false, _, NonNull failure -> failure.Code
    | false, _, Null -> "?"

let private inTemporary (work: string -> Task<unit>) =
    task {
        let folder = Directory.CreateTempSubdirectory("wechatpay").FullName

        try
            do! work folder
        finally
            Directory.Delete(folder, true)
    }

let private clients =
    testList
        "clients"
        [
            testCaseTask
                "a merchant without a platform key has the certificates with the first call, and on disk for the next run"
                (fun () ->
                    inTemporary (fun folder ->
                        task {
                            let clock = clockAtNow ()
                            use platform = new RotatingPlatform(clock, [ first ])
                            let client = WeChatPayClient(new HttpClient(platform), optionsIn folder, clock)
                            let! _ = ask client
                            let file = Path.Combine(folder, "1900000001_api.mch.weixin.qq.com.json")
                            do! eventually "kept" (fun () -> File.Exists file)
                            File.SetLastWriteTimeUtc(file, now.UtcDateTime)
                            let next = WeChatPayClient(new HttpClient(platform), optionsIn folder, clock)
                            Expect.equal (refusal next.Notifications first) "" "known at once"
                            let! _ = ask next
                            Expect.equal platform.Questions 1 "asked once"
                        }))

            testCaseTask
                "a callback by an unknown certificate is refused, and accepted when the platform sends it again"
                (fun () ->
                    task {
                        let clock = clockAtNow ()
                        use platform = new RotatingPlatform(clock, [ first ])
                        let client = WeChatPayClient(new HttpClient(platform), optionsIn "", clock)
                        let! _ = ask client
                        platform.Listed <- [ first; second ]
                        Expect.equal (refusal client.Notifications second) "unknown_serial" "nothing waits"
                        do! eventually "it came in the background" (fun () -> refusal client.Notifications second = "")
                        Expect.equal platform.Questions 2 "asked for it once"
                    })

            testCaseTask "each question for certificates is counted by its cause and its end" (fun () ->
                task {
                    let seen = ConcurrentQueue<string * string>()
                    use listener = new MeterListener()

                    listener.InstrumentPublished <-
                        fun instrument listener ->
                            if instrument.Name = "wechatpay.keys.refreshes" then
                                listener.EnableMeasurementEvents instrument

                    listener.SetMeasurementEventCallback<int64>(fun _ _ tags _ ->
                        let tags = tags.ToArray()

                        let tag name =
                            tags
                            |> Array.find (fun pair -> pair.Key = name)
                            |> fun pair -> string pair.Value

                        seen.Enqueue(tag "cause", tag "outcome"))

                    listener.Start()
                    let clock = clockAtNow ()
                    use platform = new RotatingPlatform(clock, [ first ])
                    let client = WeChatPayClient(new HttpClient(platform), optionsIn "", clock)
                    let! _ = ask client
                    platform.Fault <- Some(fun () -> new HttpResponseMessage(Net.HttpStatusCode.Forbidden))
                    refusal client.Notifications second |> ignore
                    // Other tests' questions are counted by the same instrument.
                    do! eventually "renewed" (fun () -> Seq.contains ("schedule", "renewed") seen)
                    do! eventually "refused" (fun () -> Seq.contains ("notification", "refused") seen)
                })

            testCaseTask "a callback lets what is due be asked, too" (fun () ->
                task {
                    let clock = clockAtNow ()
                    use platform = new RotatingPlatform(clock, [ first ])
                    let client = WeChatPayClient(new HttpClient(platform), optionsIn "", clock)
                    let! _ = ask client
                    clock.Advance(TimeSpan.FromHours 12.1)
                    refusal client.Notifications first |> ignore
                    do! eventually "asked" (fun () -> platform.Questions = 2)
                    clock.Advance(TimeSpan.FromHours 12.1)
                    let headers, body = signedBy first
                    client.Notifications.Decode(headers, ReadOnlySpan<byte> body) |> ignore
                    do! eventually "asked by one that is opened, too" (fun () -> platform.Questions = 3)
                })

            testCaseTask "the certificates must be by the root that is asked for" (fun () ->
                inTemporary (fun folder ->
                    task {
                        let clock = clockAtNow ()
                        use platform = new RotatingPlatform(clock, [ first ])
                        let root = Path.Combine(folder, "root.pem")

                        let code (pem: string) =
                            task {
                                File.WriteAllText(root, pem)
                                let options = optionsIn ""
                                options.PlatformRootFiles.Add root
                                let client = WeChatPayClient(new HttpClient(platform), options, clock)

                                try
                                    let! _ = ask client
                                    return ""
                                with :? WeChatPayException as refused ->
                                    return refused.Code
                            }

                        let! right = code rightRoot

                        let! wrong =
                            code (rootPem stranger "CN=Tenpay.com Root CA" true (now.AddYears -1) (now.AddYears 1))

                        Expect.equal (right, wrong) ("", "foreign_certificate") "by its signature"
                    }))

            testCaseTask "a key that is elsewhere signs, and no private key is asked for" (fun () ->
                task {
                    let clock = clockAtNow ()
                    use platform = new RotatingPlatform(clock, [ first ])
                    let mutable signed = 0

                    let elsewhere =
                        { new IMerchantKey with
                            member _.Serial = "5157F09EFD"

                            member _.SignAsync(_, _) =
                                signed <- signed + 1
                                ValueTask<byte array>(Array.zeroCreate<byte> 256)

                            member _.DecryptAsync(_, _) =
                                ValueTask<byte array | null>(null: byte array | null)
                        }

                    let options = optionsIn ""
                    options.MerchantPrivateKey <- null
                    options.MerchantSerial <- null
                    options.MerchantKey <- elsewhere
                    let client = WeChatPayClient(new HttpClient(platform), options, clock)
                    let! _ = ask client
                    Expect.equal signed 2 "the question for certificates, and the call"
                })

            test "settings that cannot work are named" {
                let problems (change: WeChatPayOptions -> unit) =
                    let options = optionsIn ""
                    change options

                    try
                        WeChatPayClient(new HttpClient(), options) |> ignore
                        []
                    with :? WeChatPayConfigurationException as failure ->
                        [ for problem in failure.Problems -> problem.Setting ]

                Expect.isEmpty (problems ignore) "right"

                Expect.equal
                    (problems (fun options -> options.PlatformRootFiles.Add "nowhere.pem"))
                    [ "PlatformRootFiles" ]
                    "no such root"

                Expect.equal
                    (problems (fun options -> options.DownloadPlatformCertificates <- false))
                    [ "PlatformPublicKeyFile" ]
                    "no key at all"

                let section =
                    ConfigurationBuilder()
                        .AddInMemoryCollection([ KeyValuePair("DownloadPlatformCertificates", "yes") ])
                        .Build()

                let read = WeChatPayOptions.Read(section, ".")

                Expect.throwsT<WeChatPayConfigurationException>
                    (fun () -> WeChatPayClient(new HttpClient(), read) |> ignore)
                    "neither true nor false"

                let receiver () =
                    WeChatPayNotifications.Create(optionsIn "") |> ignore

                Expect.throwsT<WeChatPayConfigurationException> receiver "a receiver alone downloads nothing"
            }

            test "every setting is read from a configuration" {
                let section =
                    ConfigurationBuilder()
                        .AddInMemoryCollection(
                            [
                                KeyValuePair("DownloadPlatformCertificates", "true")
                                KeyValuePair("PlatformCertificateFolder", "keys")
                                KeyValuePair("PlatformRootFiles:0", "root.pem")
                            ]
                        )
                        .Build()

                let options = WeChatPayOptions.Read(section, ".")
                Expect.isTrue options.DownloadPlatformCertificates "the switch"
                Expect.equal options.PlatformCertificateFolder "keys" "the folder"
                Expect.sequenceEqual options.PlatformRootFiles [ "root.pem" ] "the roots"
            }
        ]

/// An application with the merchant, over a platform in place of the wire.
let private applicationWith (platform: HttpMessageHandler) (clock: FakeTimeProvider) (settings: IConfiguration) =
    let builder = Host.CreateEmptyApplicationBuilder(HostApplicationBuilderSettings())
    let log = new LogBook()
    builder.Logging.AddProvider log |> ignore
    builder.Services.AddSingleton<TimeProvider>(clock) |> ignore

    builder.Services
        .AddWeChatPay(settings)
        .ConfigureHttpClient(fun http -> http.ConfigurePrimaryHttpMessageHandler(fun () -> platform) |> ignore)
    |> ignore

    builder.Services.AddHealthChecks().AddWeChatPay() |> ignore
    builder.Build(), log

let private settingsOf (values: (string * string) list) =
    let source = Memory.MemoryConfigurationProvider(Memory.MemoryConfigurationSource())

    for name, value in values do
        source.Set(name, value)

    new ConfigurationRoot([| source |])

let private downloading =
    [
        "MerchantId", "1900000001"
        "MerchantSerial", SerialText
        "MerchantPrivateKey", pkcs8
        "ApiV3Key", apiV3KeyText
        "DownloadPlatformCertificates", "true"
        "PlatformCertificateFolder", ""
    ]

let private hosts =
    testList
        "hosts"
        [
            testCaseTask
                "the certificates are there before the first payment, and are renewed while nobody calls"
                (fun () ->
                    task {
                        let clock = clockAtNow ()
                        use platform = new RotatingPlatform(clock, [ first ])
                        let host, log = applicationWith platform clock (settingsOf downloading)
                        use _ = host
                        do! host.StartAsync()
                        let notifications = host.Services.GetRequiredService<WeChatPayNotifications>()
                        do! eventually "asked, though nobody calls" (fun () -> platform.Questions = 1)
                        do! eventually "there" (fun () -> refusal notifications first = "")
                        do! eventually "said" (fun () -> log.Text.Contains first.Serial)
                        platform.Listed <- [ first; second ]

                        for _ in 1 .. 12 * 60 + 1 do
                            clock.Advance(TimeSpan.FromMinutes 1.0)

                        do! eventually "renewed" (fun () -> platform.Questions >= 2)
                        let health = host.Services.GetRequiredService<HealthCheckService>()

                        let! report = health.CheckHealthAsync()
                        Expect.equal report.Status HealthStatus.Healthy "the health check sees the new ring"
                        do! host.StopAsync()
                    })

            testCaseTask "a merchant's clients of several kinds have their certificates from one question" (fun () ->
                task {
                    let clock = clockAtNow ()
                    use platform = new RotatingPlatform(clock, [ first ])
                    let host, _ = applicationWith platform clock (settingsOf downloading)
                    use _ = host
                    let! _ = ask (host.Services.GetRequiredService<WeChatPayPartnerClient>())
                    let! _ = ask (host.Services.GetRequiredService<WeChatPayClient>())
                    Expect.equal platform.Questions 1 "once for all"
                })

            testCaseTask
                "settings that change are taken within a minute; wrong ones are said, and the old ones stay"
                (fun () ->
                    task {
                        let clock = clockAtNow ()
                        use platform = new RotatingPlatform(clock, [ first ])
                        let serials = ConcurrentQueue<string>()

                        let seen =
                            { new DelegatingHandler(platform) with
                                override _.SendAsync(request, token) =
                                    serials.Enqueue(
                                        Text.RegularExpressions.Regex
                                            .Match(string request.Headers.Authorization, "serial_no=\"([^\"]*)\"")
                                            .Groups[1].Value
                                    )

                                    base.SendAsync(request, token)
                            }

                        let settings = settingsOf downloading
                        let host, log = applicationWith seen clock settings
                        use _ = host
                        do! host.StartAsync()
                        let client = host.Services.GetRequiredService<WeChatPayClient>()
                        let! _ = ask client
                        Expect.equal (Seq.last serials) SerialText "the first certificate"

                        let change (serial: string) =
                            settings["MerchantSerial"] <- serial
                            settings.Reload()
                            clock.Advance(TimeSpan.FromMinutes 1.0)

                        change "51AB"
                        do! eventually "taken" (fun () -> log.Text.Contains "new ones")
                        let! _ = ask client
                        Expect.equal (Seq.last serials) "51AB" "the same client signs under the new one"
                        change "not a serial"
                        do! eventually "said" (fun () -> log.Text.Contains "MerchantSerial")
                        let! _ = ask client
                        Expect.equal (Seq.last serials) "51AB" "the old one stays"
                        change "51AC"

                        do!
                            eventually "mended" (fun () ->
                                (ask client).Result |> ignore
                                Seq.last serials = "51AC")

                        do! host.StopAsync()
                    })

            testCaseTask "a key's file that is written anew is read anew" (fun () ->
                inTemporary (fun folder ->
                    task {
                        let clock = clockAtNow ()
                        use platform = new RotatingPlatform(clock, [ first ])
                        let file = Path.Combine(folder, "apiclient_key.pem")
                        File.WriteAllText(file, pkcs8)

                        let settings =
                            downloading
                            |> List.map (fun (name, value) ->
                                if name = "MerchantPrivateKey" then
                                    "MerchantPrivateKeyFile", file
                                else
                                    name, value)
                            |> settingsOf

                        let host, log = applicationWith platform clock settings
                        use _ = host
                        do! host.StartAsync()
                        let! _ = ask (host.Services.GetRequiredService<WeChatPayClient>())
                        File.WriteAllText(file, stranger.ExportPkcs8PrivateKeyPem() + "\n")
                        clock.Advance(TimeSpan.FromMinutes 1.0)
                        do! eventually "taken" (fun () -> log.Text.Contains "new ones")
                        do! host.StopAsync()
                    }))
        ]

/// A register of one merchant, whose options are made anew for each question.
type private OneMerchant(options: unit -> WeChatPayOptions) =
    member val Asked = 0 with get, set

    interface IWeChatPayMerchants with
        member one.FindAsync(merchant, _) =
            one.Asked <- one.Asked + 1
            ValueTask<WeChatPayOptions>(if merchant = "tea" then options () else null)

        member _.CandidatesAsync(_, _) =
            ValueTask<IReadOnlyList<string>>([| "tea" |] :> IReadOnlyList<string>)

let private lookedUp =
    testList
        "merchants that are looked up"
        [
            testCaseTask "a client is made at the first call and kept; another setting makes another" (fun () ->
                task {
                    let clock = clockAtNow ()
                    use platform = new RotatingPlatform(clock, [ first ])
                    use http = new HttpClient(platform)
                    let mutable appid = "wx01"

                    let register =
                        OneMerchant(fun () ->
                            let options = optionsIn ""
                            options.Appid <- appid
                            options)

                    let merchants =
                        WeChatPayMerchantClients.Create(register, WeChatPayMerchantsOptions(), clock, http)

                    let! nobody = merchants.FindAsync "coffee"
                    Expect.isNull nobody "no such merchant"
                    let! unnamed = merchants.FindAsync "a b"
                    Expect.isNull unnamed "no name"
                    let! client = merchants.FindAsync "tea"
                    let! _ = ask (nonNull client)
                    let! again = merchants.FindAsync "tea"
                    Expect.isTrue (Object.ReferenceEquals(client, again)) "kept"
                    let! partner = merchants.FindPartnerAsync "tea"
                    let! _ = ask (nonNull partner)
                    Expect.equal platform.Questions 1 "the kinds share the certificates"
                    clock.Advance(TimeSpan.FromMinutes 5.0)
                    let! unchanged = merchants.FindAsync "tea"
                    Expect.equal register.Asked 3 "read again after five minutes"
                    Expect.isTrue (Object.ReferenceEquals(client, unchanged)) "and the same where nothing has changed"
                    appid <- "wx02"
                    clock.Advance(TimeSpan.FromMinutes 5.0)
                    let! changed = merchants.FindAsync "tea"
                    Expect.isFalse (Object.ReferenceEquals(client, changed)) "another"
                })

            testCaseTask "their callbacks have certificates that renew themselves, too" (fun () ->
                task {
                    let clock = clockAtNow ()
                    use platform = new RotatingPlatform(clock, [ first ])
                    use http = new HttpClient(platform)
                    let register = OneMerchant(fun () -> optionsIn "")

                    let receiver =
                        WeChatPayMerchantNotifications.Create(register, WeChatPayMerchantsOptions(), clock, http)

                    let headers, body = signedBy first

                    let code certificate =
                        let headers, body = signedBy certificate

                        match receiver.DecodeAsync("tea", headers, ReadOnlyMemory<byte> body).Result.TryGet() with
                        | false, _, NonNull failure -> failure.Code
                        | _ -> ""

                    Expect.equal (code first) "unknown_serial" "nothing waits"
                    do! eventually "then the sender is proven" (fun () -> code first = "malformed_envelope")

                    match receiver.DecodeForAnyAsync(headers, ReadOnlyMemory<byte> body).Result.TryGet() with
                    | false, _, NonNull failure ->
                        Expect.equal failure.Code "malformed_envelope" "at the one address for all, too"
                    | _ -> failtest "taken"

                    platform.Listed <- [ first; second ]
                    Expect.equal (code second) "unknown_serial" "a new one"
                    do! eventually "is asked for" (fun () -> code second = "malformed_envelope")
                })

            test "every setting counts for whether a merchant is the same" {
                let fingerprint (options: WeChatPayOptions) =
                    typeof<WeChatPayOptions>.Assembly.GetType("WeChatPay.OptionsFingerprint", true)
                    |> nonNull
                    |> fun helper -> helper.GetMethod("Of")
                    |> nonNull
                    |> fun made -> made.Invoke(null, [| options |]) :?> string

                let usual = fingerprint (optionsIn "")
                Expect.equal (fingerprint (optionsIn "")) usual "the same"

                let change (owner: obj) (property: PropertyInfo) =
                    match property.GetValue owner with
                    | :? bool as isSet -> property.SetValue(owner, not isSet)
                    | :? int as number -> property.SetValue(owner, number - 1)
                    | :? TimeSpan as time -> property.SetValue(owner, time + TimeSpan.FromSeconds 1.0)
                    | :? IList<string> as list -> list.Add "x"
                    | :? Suite -> property.SetValue(owner, SmSuite.Instance)
                    | :? IDictionary<string, int> as table -> table["GET /x"] <- 1
                    | _ when property.PropertyType = typeof<string> -> property.SetValue(owner, "x")
                    | _ when property.PropertyType = typeof<IMerchantKey> ->
                        property.SetValue(owner, InMemoryMerchantKey(force (MerchantKey.ofPem "51AB" pkcs8)))
                    | _ when property.PropertyType = typeof<Polly.ResiliencePipeline> ->
                        property.SetValue(owner, Polly.ResiliencePipeline.Empty)
                    | _ when property.PropertyType = typeof<RateLimiting.PartitionedRateLimiter<string>> ->
                        property.SetValue(
                            owner,
                            RateLimiting.PartitionedRateLimiter.Create<string, string>(fun call ->
                                RateLimiting.RateLimitPartition.GetNoLimiter call)
                        )
                    | _ -> failtest $"{property.Name}: how is it changed?"

                for property in typeof<WeChatPayResilienceOptions>.GetProperties() do
                    let options = optionsIn ""
                    change options.Resilience property
                    Expect.notEqual (fingerprint options) usual property.Name

                for property in typeof<WeChatPayOptions>.GetProperties() do
                    if property.Name <> "Resilience" then
                        let options = optionsIn ""
                        change options property
                        Expect.notEqual (fingerprint options) usual property.Name
            }
        ]

[<Tests>]
let tests = testList "upkeep" [ clients; hosts; lookedUp ]
