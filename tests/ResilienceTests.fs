/// Hosts, times, limits and pipelines around a call.
module WeChatPay.Tests.ResilienceTests

open System
open System.Collections.Concurrent
open System.Collections.Generic
open System.Diagnostics
open System.Net
open System.Net.Http
open System.Net.Sockets
open System.Security.Cryptography
open System.Security.Cryptography.X509Certificates
open System.Threading
open System.Threading.RateLimiting
open System.Threading.Tasks
open Expecto
open Microsoft.AspNetCore.Builder
open Microsoft.AspNetCore.Hosting
open Microsoft.AspNetCore.Http
open Microsoft.AspNetCore.Http.Features
open Microsoft.AspNetCore.Server.Kestrel.Core
open Microsoft.Extensions.Configuration
open Microsoft.Extensions.DependencyInjection
open Polly
open Polly.CircuitBreaker
open WeChatPay
open WeChatPay.Api
open WeChatPay.Simulator
open WeChatPay.Tests.Shop

/// Goes on as time does, from where it was put.
type private ShiftedClock() =
    inherit TimeProvider()
    member val Ahead = TimeSpan.Zero with get, set
    override clock.GetUtcNow() = DateTimeOffset.UtcNow + clock.Ahead

/// Two hosts in front of one platform; the first may be down.
type private TwoHosts(platform: WeChatPaySimulator) =
    inherit DelegatingHandler(WeChatPayClient.CreateHandler())
    member val IsDown = false with get, set
    /// Whether what is sent to the first host is lost after it was sent.
    member val IsLossy = false with get, set
    member val Asked = ConcurrentQueue<string>()

    member private hosts.Base(message, cancellationToken) =
        base.SendAsync(message, cancellationToken)

    override hosts.SendAsync(message, cancellationToken) =
        task {
            let address = nonNull message.RequestUri
            let name = address.Host.Split('.')[0]
            hosts.Asked.Enqueue name

            if name = "main" && hosts.IsDown then
                raise (HttpRequestException(HttpRequestError.ConnectionError, "nobody there"))

            let mutable asSigned =
                UriCreationOptions(DangerousDisablePathAndQueryCanonicalization = true)

            message.RequestUri <-
                Uri(platform.BaseAddress.GetLeftPart UriPartial.Authority + address.PathAndQuery, &asSigned)

            let! answer = hosts.Base(message, cancellationToken)

            if name = "main" && hosts.IsLossy then
                raise (HttpRequestException "reset")

            return answer
        }

let private quick (options: WeChatPayOptions) =
    options.Resilience.FirstDelay <- TimeSpan.FromMilliseconds 2.0

let private overHosts (platform: WeChatPaySimulator) (hosts: TwoHosts) (clock: TimeProvider) =
    let options =
        clientFor platform (fun options ->
            quick options
            options.BaseAddress <- "https://main.test"
            options.Resilience.BackupAddresses.Add "https://backup.test")

    WeChatPayClient(new HttpClient(hosts), options, clock)

let private asked (hosts: TwoHosts) =
    let seen = String.Join(" ", hosts.Asked)
    hosts.Asked.Clear()
    seen

let private charge number =
    PayWithCodeRequest(
        Description = "tea",
        OutTradeNo = number,
        Payer = CodePayer(AuthCode = "130061098828009406"),
        Amount = OrderAmount(Total = 100L),
        SceneInfo = CodeOrderScene(StoreInfo = OrderStore(Id = "store-1")),
        Appid = "wx1"
    )

let private failureOf (call: unit -> Task) : Task<exn> =
    task {
        let mutable failure: exn | null = null

        try
            do! call ()
        with caught ->
            failure <- caught

        match failure with
        | null -> return failtest "The call went well."
        | failure -> return failure
    }

let private hostTests =
    testList
        "hosts"
        [
            testCaseTask "a backup takes what was never sent, keeps it, and the main host comes back" (fun () ->
                task {
                    use! platform = WeChatPaySimulator.StartAsync()
                    let clock = ShiftedClock()
                    let hosts = new TwoHosts(platform)
                    let client = overHosts platform hosts clock
                    let! _ = client.Payments.PrepayNativeAsync(native "order-1")
                    Expect.equal (asked hosts) "main" "as long as it is there"
                    hosts.IsDown <- true
                    let! _ = client.Payments.PayWithCodeAsync(charge "order-2")
                    Expect.equal (asked hosts) "main backup" "what must not be repeated was never sent"
                    hosts.IsDown <- false
                    let! _ = client.Payments.QueryByOutTradeNoAsync "order-1"
                    Expect.equal (asked hosts) "backup" "sticky"
                    clock.Ahead <- TimeSpan.FromMinutes 4.0
                    let! _ = client.Payments.QueryByOutTradeNoAsync "order-1"
                    Expect.equal (asked hosts) "backup" "for five minutes"
                    clock.Ahead <- TimeSpan.FromMinutes 4.9
                    hosts.IsDown <- true
                    let! _ = client.Payments.PayWithCodeAsync(charge "order-3")
                    Expect.equal (asked hosts) "backup" "what must not be repeated tries no host"
                })

            testCaseTask "the main host is tried again by a question, and kept once it answers" (fun () ->
                task {
                    use! platform = WeChatPaySimulator.StartAsync()
                    let clock = ShiftedClock()
                    let hosts = new TwoHosts(platform)

                    let options =
                        clientFor platform (fun options ->
                            quick options
                            options.Tolerance <- TimeSpan.FromHours 1.0
                            options.BaseAddress <- "https://main.test"
                            options.Resilience.BackupAddresses.Add "https://backup.test")

                    let client = WeChatPayClient(new HttpClient(hosts), options, clock)
                    // The platform allows five minutes: the past is where the clock begins.
                    clock.Ahead <- TimeSpan.FromMinutes -4.0
                    hosts.IsDown <- true
                    let! _ = client.Payments.PrepayNativeAsync(native "order-1")
                    Expect.equal (asked hosts) "main backup" "left"
                    clock.Ahead <- TimeSpan.FromMinutes 1.1
                    let! _ = client.Payments.QueryByOutTradeNoAsync "order-1"
                    Expect.equal (asked hosts) "main backup" "tried again"
                    let! _ = client.Payments.QueryByOutTradeNoAsync "order-1"
                    Expect.equal (asked hosts) "backup" "once"
                    clock.Ahead <- TimeSpan.FromMinutes -4.0
                })

            testCaseTask "what may have arrived goes to no other host, unless it may be repeated" (fun () ->
                task {
                    use! platform = WeChatPaySimulator.StartAsync()
                    let hosts = new TwoHosts(platform, IsLossy = true)
                    let client = overHosts platform hosts TimeProvider.System

                    let! failure =
                        failureOf (fun () -> client.Payments.PayWithCodeAsync(charge "order-1"))

                    Expect.equal (asked hosts, failure.IsOutcomeUnknown()) ("main", true) "once"
                    let other = new TwoHosts(platform, IsLossy = true)
                    let client = overHosts platform other TimeProvider.System
                    let! _ = client.Payments.PrepayNativeAsync(native "order-2")
                    Expect.equal (asked other) "main backup" "by number"
                })

            testCaseTask "the host for merchants outside the mainland has no backup" (fun () ->
                task {
                    use! platform = WeChatPaySimulator.StartAsync()
                    let hosts = new TwoHosts(platform, IsDown = true)

                    let options =
                        clientFor platform (fun options ->
                            quick options
                            options.BaseAddress <- "https://backup.test"
                            options.GlobalBaseAddress <- "https://main.test"
                            options.Resilience.BackupAddresses.Add "https://backup.test")

                    let client = WeChatPayGlobalClient(new HttpClient(hosts), options)

                    let! failure =
                        failureOf (fun () ->
                            client.SendAsync(
                                Global.GlobalPayments.QueryByOutTradeNo("order-1", "1900000001", "1900000002")
                            ))

                    Expect.isTrue (failure :? HttpRequestException) "unreachable"
                    Expect.equal (asked hosts) "main main main" "there alone"
                })
        ]

let private withClient (platform: WeChatPaySimulator) change =
    direct
        platform
        (fun options ->
            quick options
            change options)
        TimeProvider.System

let private within (limit: float) (clock: Stopwatch) label =
    Expect.isLessThan clock.Elapsed.TotalSeconds limit label

let private times =
    testList
        "times"
        [
            testCaseTask "a call ends when its time is over, however many attempts are left" (fun () ->
                task {
                    use! platform = WeChatPaySimulator.StartAsync()
                    platform.AnswerDelay <- TimeSpan.FromSeconds 30.0
                    platform.Misbehaviour <- Misbehaviour.Delayed

                    let client =
                        withClient platform (fun options -> options.Resilience.CallTimeout <- TimeSpan.FromSeconds 0.5)

                    for isPost in [ false; true ] do
                        let clock = Stopwatch.StartNew()

                        let! failure =
                            failureOf (fun () ->
                                if isPost then
                                    client.Payments.PrepayNativeAsync(native "order-1")
                                else
                                    client.Payments.QueryByOutTradeNoAsync "order-1")

                        Expect.isTrue (failure.InnerException :? TimeoutException) "says so"
                        Expect.equal (failure.IsOutcomeUnknown()) isPost "open after a POST"
                        within 5.0 clock "in time"
                })

            testCaseTask "a connection that does not come about in time was never sent" (fun () ->
                task {
                    let silent = new TcpListener(IPAddress.Loopback, 0)
                    silent.Start()
                    let port = (silent.LocalEndpoint :?> IPEndPoint).Port
                    use! platform = WeChatPaySimulator.StartAsync()

                    let options =
                        clientFor platform (fun options ->
                            quick options
                            options.BaseAddress <- "https://127.0.0.1:" + string port
                            options.Resilience.Attempts <- 2)

                    let http =
                        new HttpClient(WeChatPayClient.CreateHandler(TimeSpan.FromMilliseconds 200.0))

                    let clock = Stopwatch.StartNew()

                    let! failure =
                        failureOf (fun () ->
                            WeChatPayClient(http, options).Payments.PayWithCodeAsync(charge "order-1"))

                    Expect.isFalse (failure.IsOutcomeUnknown()) "nothing has happened"
                    within 5.0 clock "in time"
                    silent.Stop()
                })

            testCaseTask "whoever cancels does not wait, and is told that the outcome is open" (fun () ->
                task {
                    use! platform = WeChatPaySimulator.StartAsync()

                    for what in [ Misbehaviour.RateLimited; Misbehaviour.Delayed ] do
                        platform.AnswerDelay <- TimeSpan.FromSeconds 30.0
                        platform.Misbehaviour <- what

                        let client = withClient platform ignore
                        use giving = new CancellationTokenSource(300)
                        let clock = Stopwatch.StartNew()

                        let! failure =
                            failureOf (fun () -> client.Payments.PrepayNativeAsync(native "order-1", giving.Token))

                        Expect.isTrue (failure :? OperationCanceledException) (string what)
                        Expect.isTrue (failure.IsOutcomeUnknown()) (string what)
                        within 0.9 clock (string what)
                        platform.Misbehaviour <- Misbehaviour.None
                        let! found = client.SettleAsync<Transaction> failure

                        Expect.equal (isNull found) (what = Misbehaviour.RateLimited) "settled by the query"
                })

            test "the wire renews its connections, so that a host may move" {
                use handler = Shell.Client.createHandler ()
                Expect.equal handler.PooledConnectionLifetime (TimeSpan.FromMinutes 2.0) "every two minutes"
                Expect.equal handler.ConnectTimeout (TimeSpan.FromSeconds 10.0) "ten seconds for one"
                Expect.isTrue (handler.UseProxy && handler.EnableMultipleHttp2Connections) "proxies, HTTP/2"
            }
        ]

/// A server that notes each request and answers what nobody signed.
let private openNoting (configure: KestrelServerOptions -> unit) =
    task {
        let builder = quietBuilder (WebApplicationOptions())
        builder.WebHost.ConfigureKestrel configure |> ignore
        let app = builder.Build()
        let seen = ConcurrentQueue<string>()

        app.Run(fun (context: HttpContext) ->
            seen.Enqueue(
                context.Request.Protocol
                + " "
                + nonNull(context.Features.Get<IHttpRequestFeature>()).RawTarget
            )

            context.Response.StatusCode <- 503
            Task.CompletedTask)

        do! app.StartAsync()
        return app, seen
    }

let private certificate =
    lazy
        (use key = RSA.Create 2048

         let request =
             CertificateRequest("CN=localhost", key, HashAlgorithmName.SHA256, RSASignaturePadding.Pkcs1)

         use own =
             request.CreateSelfSigned(DateTimeOffset.UtcNow.AddDays -1.0, DateTimeOffset.UtcNow.AddDays 1.0)

         X509CertificateLoader.LoadPkcs12(own.Export X509ContentType.Pfx, null))

let private trusting () =
    let handler = Shell.Client.createHandler ()
    handler.SslOptions.RemoteCertificateValidationCallback <- (fun _ _ _ _ -> true)
    handler

let private wire =
    testList
        "wire"
        [
            testCaseTask "HTTP/2 where it is offered, and the version that the client is told otherwise" (fun () ->
                task {
                    use! platform = WeChatPaySimulator.StartAsync()

                    for offered, told, expected in
                        [
                            HttpProtocols.Http1AndHttp2, None, "HTTP/2"
                            HttpProtocols.Http1, None, "HTTP/1.1"
                            HttpProtocols.Http1AndHttp2, Some HttpVersionPolicy.RequestVersionExact, "HTTP/1.1"
                        ] do
                        let! app, seen =
                            openNoting (fun kestrel ->
                                kestrel.Listen(
                                    IPAddress.Loopback,
                                    0,
                                    fun listen ->
                                        listen.Protocols <- offered
                                        listen.UseHttps certificate.Value |> ignore
                                ))

                        let http = new HttpClient(trusting ())
                        told |> Option.iter (fun policy -> http.DefaultVersionPolicy <- policy)

                        let options =
                            clientFor platform (fun options ->
                                options.BaseAddress <- Seq.head app.Urls
                                options.Resilience.Attempts <- 1)

                        let! _ =
                            failureOf (fun () ->
                                WeChatPayClient(http, options).Payments.PrepayNativeAsync(native "order-1"))

                        Expect.equal (List.ofSeq seen) [ expected + " /v3/pay/transactions/native" ] expected
                        do! app.StopAsync()
                })

            testCaseTask "a proxy that the application adds is asked" (fun () ->
                task {
                    use! platform = WeChatPaySimulator.StartAsync()
                    let! app, seen = openNoting (fun kestrel -> kestrel.Listen(IPAddress.Loopback, 0))
                    let services = ServiceCollection()

                    services
                        .AddWeChatPay(fun (options: WeChatPayOptions) ->
                            let given = clientFor platform ignore
                            options.MerchantId <- given.MerchantId
                            options.MerchantSerial <- given.MerchantSerial
                            options.MerchantPrivateKey <- given.MerchantPrivateKey
                            options.ApiV3Key <- given.ApiV3Key
                            options.PlatformPublicKeyId <- given.PlatformPublicKeyId
                            options.PlatformPublicKey <- given.PlatformPublicKey
                            options.BaseAddress <- "http://localhost:1"
                            options.Resilience.Attempts <- 1)
                        .ConfigureHttpClient(fun http ->
                            http.ConfigurePrimaryHttpMessageHandler(fun () ->
                                let handler = Shell.Client.createHandler ()
                                handler.Proxy <- WebProxy(Seq.head app.Urls)
                                handler :> HttpMessageHandler)
                            |> ignore)
                    |> ignore

                    use provider = services.BuildServiceProvider()
                    let client = provider.GetRequiredService<WeChatPayClient>()
                    let! _ = failureOf (fun () -> client.Payments.PrepayNativeAsync(native "order-1"))

                    Expect.equal
                        (List.ofSeq seen)
                        [ "HTTP/1.1 http://localhost:1/v3/pay/transactions/native" ]
                        "for the platform's address"

                    do! app.StopAsync()
                })
        ]

let private limits =
    testList
        "limits"
        [
            testCaseTask "what is over a call's limit waits; other calls do not" (fun () ->
                task {
                    use! platform = WeChatPaySimulator.StartAsync()

                    let client =
                        withClient platform (fun options ->
                            options.Resilience.CallsPerSecond["POST /v3/pay/transactions/native"] <- 1)

                    let! _ = client.Payments.PrepayNativeAsync(native "order-1")
                    let clock = Stopwatch.StartNew()
                    let waiting = client.Payments.PrepayNativeAsync(native "order-2")
                    let! _ = client.Payments.QueryByOutTradeNoAsync "order-1"
                    Expect.isFalse waiting.IsCompleted "the other call overtakes"
                    let! _ = waiting
                    Expect.isGreaterThan clock.Elapsed.TotalSeconds 0.5 "waited"
                })

            testCaseTask "what a limiter of one's own refuses is not sent, and nothing has happened" (fun () ->
                task {
                    use! platform = WeChatPaySimulator.StartAsync()

                    let limiter =
                        PartitionedRateLimiter.Create<string, string>(fun call ->
                            RateLimitPartition.GetFixedWindowLimiter(
                                call,
                                fun _ ->
                                    FixedWindowRateLimiterOptions(
                                        PermitLimit = 1,
                                        Window = TimeSpan.FromHours 1.0,
                                        QueueLimit = 0
                                    )
                            ))

                    let client =
                        withClient platform (fun options -> options.Resilience.Limiter <- limiter)

                    let! _ = client.Payments.PrepayNativeAsync(native "order-1")

                    let! failure =
                        failureOf (fun () -> client.Payments.PrepayNativeAsync(native "order-2"))

                    match failure with
                    | :? HttpRequestException as failure ->
                        Expect.equal
                            failure.StatusCode
                            (Nullable HttpStatusCode.TooManyRequests)
                            "as the platform would"
                    | other -> failtest (other.GetType().Name)

                    Expect.isFalse (failure.IsOutcomeUnknown()) "not sent"
                    let! refusal = refusalOf (fun () -> client.Payments.QueryByOutTradeNoAsync "order-2")
                    Expect.equal refusal.StatusCode 404 "nothing has happened"
                })
        ]

/// How often a pipeline of the user's lets a lossy platform be asked.
let private askedWithin (pipeline: ResiliencePipeline) (call: WeChatPayClient -> Task) =
    task {
        use! platform = WeChatPaySimulator.StartAsync()
        platform.Misbehaviour <- Misbehaviour.LostAnswer
        let recorder = new FaultTableTests.Recorder()

        let options =
            clientFor platform (fun options ->
                quick options
                options.Resilience.Attempts <- 1
                options.Resilience.Pipeline <- pipeline)

        let client = WeChatPayClient(new HttpClient(recorder), options)
        let! failure = failureOf (fun () -> call client)

        let nonces =
            recorder.Sent |> Seq.map (fun (struct (nonce, _)) -> nonce) |> Seq.distinct

        Expect.equal (Seq.length nonces) recorder.Sent.Count "each signed anew"
        return recorder.Sent.Count, failure
    }

let private retrying =
    ResiliencePipelineBuilder()
        .AddRetry(Retry.RetryStrategyOptions(MaxRetryAttempts = 4, Delay = TimeSpan.FromMilliseconds 1.0))
        .Build()

let private pipelines =
    testList
        "pipelines"
        [
            testCaseTask "a pipeline of the user's repeats what may be repeated, and nothing else" (fun () ->
                task {
                    let! asked, failure =
                        askedWithin retrying (fun client -> client.Payments.PrepayNativeAsync(native "order-1"))

                    Expect.equal (asked, failure.IsOutcomeUnknown()) (5, true) "by number"

                    let! asked, failure =
                        askedWithin retrying (fun client -> client.Payments.PayWithCodeAsync(charge "order-1"))

                    Expect.equal (asked, failure.IsOutcomeUnknown()) (1, true) "once"
                })

            testCaseTask "an open circuit lets nothing through, and nothing has happened" (fun () ->
                task {
                    use! platform = WeChatPaySimulator.StartAsync()
                    let control = new CircuitBreakerManualControl(true)

                    let broken =
                        ResiliencePipelineBuilder()
                            .AddCircuitBreaker(CircuitBreakerStrategyOptions(ManualControl = control))
                            .Build()

                    let client =
                        withClient platform (fun options ->
                            options.Resilience.Attempts <- 1
                            options.Resilience.Pipeline <- broken)

                    let! failure =
                        failureOf (fun () -> client.Payments.PayWithCodeAsync(charge "order-1"))

                    Expect.isTrue (failure :? BrokenCircuitException) "its own exception"
                    Expect.isFalse (failure.IsOutcomeUnknown()) "not sent"
                    do! control.CloseAsync()
                    let! _ = client.Payments.PayWithCodeAsync(charge "order-1")
                    ()
                })

            testCaseTask "the standard resilience handler does not repeat what must not be repeated" (fun () ->
                task {
                    let arrived = ConcurrentQueue<string>()

                    let! wirePlatform =
                        WirePlatform.openServing (fun context asked ->
                            arrived.Enqueue asked.Target
                            context.Abort()
                            Task.CompletedTask)

                    use wirePlatform = wirePlatform
                    let services = ServiceCollection()

                    services
                        .AddWeChatPay(fun (options: WeChatPayOptions) ->
                            let given = WirePlatform.optionsAt wirePlatform.Url
                            options.MerchantId <- given.MerchantId
                            options.MerchantSerial <- given.MerchantSerial
                            options.MerchantPrivateKey <- given.MerchantPrivateKey
                            options.ApiV3Key <- given.ApiV3Key
                            options.PlatformPublicKeyId <- given.PlatformPublicKeyId
                            options.PlatformPublicKey <- given.PlatformPublicKey
                            options.BaseAddress <- given.BaseAddress
                            options.Resilience.Attempts <- 1)
                        .ConfigureHttpClient(fun http ->
                            http.AddStandardResilienceHandler(fun standard ->
                                standard.Retry.Delay <- TimeSpan.FromMilliseconds 1.0)
                            |> ignore)
                    |> ignore

                    use provider = services.BuildServiceProvider()
                    let client = provider.GetRequiredService<WeChatPayClient>()

                    let! failure =
                        failureOf (fun () -> client.Payments.PayWithCodeAsync(charge "order-1"))

                    Expect.isTrue (failure.IsOutcomeUnknown()) "open"
                    Expect.hasLength arrived 1 "once"
                    arrived.Clear()
                    let! _ = failureOf (fun () -> client.Payments.PrepayNativeAsync(native "order-1"))
                    Expect.isGreaterThan arrived.Count 1 "by number it may"
                })
        ]

let private settings =
    testList
        "settings"
        [
            test "what cannot be is named when the client is made" {
                for setting, change in
                    [
                        "Attempts", (fun (options: WeChatPayResilienceOptions) -> options.Attempts <- 0)
                        "Attempts", (fun options -> options.Attempts <- 11)
                        "CallTimeout", (fun options -> options.CallTimeout <- TimeSpan.Zero)
                        "CallTimeout", (fun options -> options.CallTimeout <- TimeSpan.FromHours 1.1)
                        "ConnectTimeout", (fun options -> options.ConnectTimeout <- TimeSpan.Zero)
                        "FirstDelay", (fun options -> options.FirstDelay <- TimeSpan.FromSeconds -1.0)
                        "LongestDelay", (fun options -> options.LongestDelay <- TimeSpan.FromHours 2.0)
                        "BackupAddresses", (fun options -> options.BackupAddresses.Add "http://api2.test")
                        "BackupAddresses", (fun options -> options.BackupAddresses.Add "https://api2.test/v3")
                        "CallsPerSecond", (fun options -> options.CallsPerSecond["POST /v3/x"] <- 0)
                        "CallsPerSecond", (fun options -> options.CallsPerSecond["/v3/x"] <- 1)
                    ] do
                    let options = WirePlatform.optionsAt "http://127.0.0.1:1"
                    change options.Resilience

                    try
                        WeChatPayClient(new HttpClient(), options) |> ignore
                        failtest setting
                    with :? WeChatPayConfigurationException as failure ->
                        Expect.equal [ for problem in failure.Problems -> problem.Setting ] [ setting ] setting
            }

            test "every setting but those in code counts for whether settings are the same" {
                let usual = WeChatPayResilienceOptions().ToString()
                Expect.equal (WeChatPayResilienceOptions().ToString()) usual "the same"

                for property in typeof<WeChatPayResilienceOptions>.GetProperties() do
                    let options = WeChatPayResilienceOptions()

                    match property.GetValue options with
                    | :? int as number -> property.SetValue(options, number + 1)
                    | :? TimeSpan as time -> property.SetValue(options, time + TimeSpan.FromSeconds 1.0)
                    | :? IList<string> as list -> list.Add "x"
                    | :? IDictionary<string, int> as calls -> calls["POST /v3/x"] <- 1
                    | _ -> options.Attempts <- 7

                    Expect.notEqual (options.ToString()) usual property.Name
            }

            test "a configuration says all of it, and what cannot be read is named" {
                let read (pairs: (string * string) list) =
                    let configuration =
                        ConfigurationBuilder()
                            .AddInMemoryCollection(
                                [ for name, value in pairs -> KeyValuePair("Resilience:" + name, value) ]
                            )
                            .Build()

                    WeChatPayOptions.Read(configuration, ".")

                let options =
                    (read
                        [
                            "Attempts", "5"
                            "CallTimeout", "30"
                            "ConnectTimeout", "00:00:03"
                            "FirstDelay", "00:00:00.5"
                            "LongestDelay", "8"
                            "BackupAddresses:0", "https://api2.mch.weixin.qq.com"
                            "CallsPerSecond:POST /v3/refund/domestic/refunds", "20"
                        ])
                        .Resilience

                Expect.equal
                    (options.Attempts, options.CallTimeout.TotalSeconds, options.ConnectTimeout.TotalSeconds)
                    (5, 30.0, 3.0)
                    "attempts and times"

                Expect.equal (options.FirstDelay.TotalSeconds, options.LongestDelay.TotalSeconds) (0.5, 8.0) "waits"
                Expect.equal (List.ofSeq options.BackupAddresses) [ "https://api2.mch.weixin.qq.com" ] "hosts"
                Expect.equal options.CallsPerSecond["POST /v3/refund/domestic/refunds"] 20 "limits"

                for setting, text in
                    [
                        "Attempts", "many"
                        "CallTimeout", "long"
                        "CallsPerSecond:POST /v3/x", "few"
                    ] do
                    try
                        WeChatPayClient(new HttpClient(), read [ setting, text ]) |> ignore
                        failtest setting
                    with :? WeChatPayConfigurationException as failure ->
                        Expect.contains
                            [ for problem in failure.Problems -> problem.Setting ]
                            (setting.Split(':')[0])
                            setting
            }
        ]

let private outcome =
    testList
        "outcome"
        [
            testCaseTask "what is known, and what no query settles, is not asked" (fun () ->
                task {
                    use! platform = WeChatPaySimulator.StartAsync()
                    let client = withClient platform ignore
                    let! known = refusalOf (fun () -> client.Payments.QueryByOutTradeNoAsync "order-1")
                    let! failure = failureOf (fun () -> client.SettleAsync known)
                    Expect.isTrue (failure :? InvalidOperationException) "known"
                    platform.Misbehaviour <- Misbehaviour.LostAnswer

                    let! raw =
                        failureOf (fun () -> client.SendAsync(HttpMethod.Post, "/v3/new/thing", "{}"))

                    Expect.isTrue (raw.IsOutcomeUnknown()) "open"
                    let! failure = failureOf (fun () -> client.SettleAsync raw)
                    Expect.isTrue (failure :? InvalidOperationException) "no query"
                })

            testCaseTask "the F# door settles by the operation" (fun () ->
                task {
                    let! wirePlatform =
                        WirePlatform.openPlatform (fun asked ->
                            if asked.Target.Contains "none" then
                                { WirePlatform.answer 404 (Platform.utf8 """{"code":"ORDER_NOT_EXIST"}""") with
                                    Headers = []
                                }
                            else
                                WirePlatform.json CallTests.order)

                    use wirePlatform = wirePlatform
                    let client = WirePlatform.shellAt wirePlatform.Url

                    match! Shell.Settling.ask client (Payments.PrepayNative(native "order-1")) with
                    | Ok(ValueSome(:? Transaction as found)) -> Expect.equal found.OutTradeNo "order-1" "found"
                    | other -> failtestf "%A" other

                    match! Shell.Settling.ask client (Payments.PrepayNative(native "none-1")) with
                    | Ok ValueNone -> ()
                    | other -> failtestf "%A" other
                })

            test "a query is made of what the call has" {
                let query = nonNull (Payments.PrepayNative(native "order-7")).SettlingQuery
                Expect.equal (query.ToString()) "GET /v3/pay/transactions/out-trade-no/{out_trade_no}" "the order's"
                Expect.isTrue (Payments.PrepayNative(native "order-7")).IsRepeatable "by its number"
                Expect.isFalse (Payments.PayWithCode(charge "order-7")).IsRepeatable "a payment code pays once"
                Expect.isNotNull (Payments.PayWithCode(charge "order-7")).SettlingQuery "but it can be asked after"
                Expect.isNull (Payments.QueryByOutTradeNo "order-7").SettlingQuery "a question leaves nothing open"
            }
        ]

[<Tests>]
let tests =
    testList "resilience" [ hostTests; times; wire; limits; pipelines; settings; outcome ]
