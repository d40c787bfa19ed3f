/// What an application's traces, metrics and logs say of calls and notifications.
module WeChatPay.Tests.TelemetryTests

open System
open System.Collections.Generic
open System.Diagnostics
open System.Net
open System.Net.Http
open System.Security.Cryptography.X509Certificates
open System.Threading
open System.Threading.Tasks
open Expecto
open Microsoft.Extensions.DependencyInjection
open Microsoft.Extensions.Hosting
open Microsoft.Extensions.Logging
open Microsoft.Extensions.Time.Testing
open OpenTelemetry
open OpenTelemetry.Metrics
open OpenTelemetry.Trace
open WeChatPay
open WeChatPay.Functional
open WeChatPay.Shell
open WeChatPay.Tests.CallTests
open WeChatPay.Tests.Instruments
open WeChatPay.Tests.KeyTests
open WeChatPay.Tests.Platform
open WeChatPay.Tests.RotatingPlatform
open WeChatPay.Tests.Shop
open WeChatPay.Tests.WirePlatform

/// The spans of what runs within, alone: other tests' belong to other traces.
let private tracing (work: unit -> Task<unit>) =
    task {
        use ear = hearLibrary ()
        let root = new Activity "test"
        let trace = root.Start().TraceId
        do! work ()
        root.Stop()
        return ear.Spans |> List.filter (fun span -> span.TraceId = trace)
    }

[<Literal>]
let private Template = "/v3/pay/transactions/out-trade-no/{out_trade_no}"

let private query (client: Client) =
    task {
        let! _ = Client.send client (WeChatPay.Api.Payments.QueryByOutTradeNo "order-1")
        ()
    }

let private trying (client: Client) =
    { client with
        Resilience =
            Resilience(
                { Retry.usual with
                    FirstDelay = TimeSpan.FromMilliseconds 1L
                },
                [],
                null,
                null,
                TimeProvider.System
            )
    }

let private refused =
    { answer 400 (utf8 """{"code":"PARAM_ERROR","message":"no"}""") with
        Headers = [ "Request-ID", "08F7-1" ]
    }

let private traces =
    testList
        "traces"
        [
            testCaseTask
                "a call is a span with one for each request in it; no number of the address is in them"
                (fun () ->
                    task {
                        use! platform = openPlatform (fun _ -> json CallTests.order)
                        let! spans = tracing (fun () -> query (shellAt platform.Url))

                        match spans with
                        | [ request; call ] ->
                            Expect.equal call.Kind ActivityKind.Internal "the call"
                            Expect.equal request.Kind ActivityKind.Client "the request"
                            Expect.equal request.ParentSpanId call.SpanId "one in the other"

                            for span in spans do
                                Expect.equal span.DisplayName ("GET " + Template) "its name"
                                Expect.equal (tagOf "http.request.method" span) "GET" "method"
                                Expect.equal (tagOf "url.template" span) Template "template"
                                Expect.equal (tagOf "http.response.status_code" span) "200" "status"
                                Expect.equal span.Status ActivityStatusCode.Unset "nothing went wrong"
                                Expect.equal (tagOf "error.type" span) "" "no error"

                            Expect.equal (tagOf "server.address" request) "127.0.0.1" "host"
                            Expect.equal (tagOf "server.port" request) (string (Uri platform.Url).Port) "port"
                            Expect.equal (tagOf "wechatpay.merchant_id" call) "1900000001" "whose"
                            Expect.equal (tagOf "wechatpay.request_id" call) "08F7" "the platform's number"
                        | other -> failtestf "%i spans" other.Length

                        let asked = platform.Only
                        Expect.equal (asked.Header "traceparent") "" "the platform is told of no trace"
                    })

            testCaseTask
                "what the platform refuses is an error with its code, and a repeated request says so"
                (fun () ->
                    task {
                        let mutable count = 0

                        use! platform =
                            openPlatform (fun _ ->
                                if Interlocked.Increment &count = 1 then
                                    { answer 503 (utf8 """{"code":"SYSTEM_ERROR","message":"later"}""") with
                                        Headers = []
                                    }
                                else
                                    refused)

                        let! spans = tracing (fun () -> query (trying (shellAt platform.Url)))

                        match spans with
                        | [ first; second; call ] ->
                            Expect.equal (tagOf "error.type" first) "503" "the first request's status"
                            Expect.equal (tagOf "http.request.resend_count" first) "" "the first"
                            Expect.equal (tagOf "error.type" second) "400" "the second's"
                            Expect.equal (tagOf "http.request.resend_count" second) "1" "once more"
                            Expect.equal (tagOf "error.type" call) "refused" "our code"
                            Expect.equal (tagOf "wechatpay.error_code" call) "PARAM_ERROR" "the platform's"
                            Expect.equal (tagOf "wechatpay.request_id" call) "08F7-1" "of the last answer"

                            for span in spans do
                                Expect.equal span.Status ActivityStatusCode.Error "an error"
                        | other -> failtestf "%i spans" other.Length
                    })

            testCaseTask "what never arrives, and what the caller gives up, end their spans as well" (fun () ->
                task {
                    let! spans = tracing (fun () -> query (shellAt "http://127.0.0.1:1"))

                    match spans with
                    | [ request; call ] ->
                        Expect.equal
                            (tagOf "error.type" request)
                            typeof<HttpRequestException>.FullName
                            "as HTTP has it"

                        Expect.equal (tagOf "error.type" call) "unreachable" "as we have it"
                        Expect.equal (tagOf "http.response.status_code" call) "" "no status"
                    | other -> failtestf "%i spans" other.Length

                    use! platform = openPlatform (fun _ -> json CallTests.order)
                    let client = shellAt platform.Url

                    let! spans =
                        tracing (fun () ->
                            task {
                                use gone = new CancellationTokenSource()
                                gone.Cancel()

                                try
                                    let! _ =
                                        Client.sendCancellable
                                            gone.Token
                                            client
                                            (WeChatPay.Api.Payments.QueryByOutTradeNo "order-1")

                                    failtest "it was cancelled"
                                with :? OperationCanceledException ->
                                    ()
                            })

                    Expect.equal (spans |> List.map (tagOf "error.type")) [ "cancelled" ] "given up"
                })

            testCaseTask "a raw call shows words, no values, and the platform's code only where it is one" (fun () ->
                task {
                    use! platform =
                        openPlatform (fun _ ->
                            { refused with
                                Body = utf8 """{"code":"<b>line\nbreak</b>"}"""
                            })

                    let! spans =
                        tracing (fun () ->
                            task {
                                let raw =
                                    Operation.Raw(
                                        "GET",
                                        "/v3/new/users/oUpF8uMuAJO/coupons/20260101?token=secret",
                                        null
                                    )

                                let! _ = Client.send (shellAt platform.Url) raw
                                ()
                            })

                    for span in spans do
                        Expect.equal span.DisplayName "GET /v3/new/users/{…}/coupons/{…}" "words alone"
                        Expect.equal (tagOf "wechatpay.error_code" span) "" "no text of somebody else's"
                })
        ]

/// What OpenTelemetry's own SDK makes of it.
let private collected =
    testCaseTask "OpenTelemetry collects the spans and the histogram, with the bounds of HTTP's" (fun () ->
        task {
            let spans, metrics = List<Activity>(), List<Metric>()
            use! platform = openPlatform (fun _ -> json "{}")

            use traced =
                Sdk.CreateTracerProviderBuilder().AddSource(WeChatPayTelemetry.Name).AddInMemoryExporter(spans).Build()

            use metered =
                Sdk.CreateMeterProviderBuilder().AddMeter(WeChatPayTelemetry.Name).AddInMemoryExporter(metrics).Build()

            let! _ =
                Client.send (shellAt platform.Url) (Operation.Raw("GET", "/v3/telemetry/collected", null))

            Expect.isTrue (traced.ForceFlush()) "traces"
            Expect.isTrue (metered.ForceFlush()) "metrics"

            let ours =
                spans
                |> Seq.filter (fun span -> span.DisplayName = "GET /v3/telemetry/collected")

            Expect.equal (Seq.length ours) 2 "the call and its request"

            let duration =
                metrics
                |> Seq.find (fun metric -> metric.Name = "wechatpay.client.call.duration")

            Expect.equal duration.Unit "s" "seconds"
            let bounds = List<float>()
            let mutable points = duration.GetMetricPoints().GetEnumerator()

            while points.MoveNext() do
                let point = points.Current
                let mutable buckets = point.GetHistogramBuckets().GetEnumerator()

                while buckets.MoveNext() do
                    bounds.Add buckets.Current.ExplicitBound

            Expect.equal
                (Seq.truncate 3 bounds |> List.ofSeq)
                [ 0.005; 0.01; 0.025 ]
                "the bounds of http.client.request.duration"
        })

/// Measurements of one endpoint that no other test calls.
let private raw (name: string) =
    Operation.Raw("GET", "/v3/telemetry/" + name, null)

let private callsOf (ear: Ear) instrument (name: string) =
    ear.Of instrument
    |> List.filter (fun measured -> measured.Tag "url.template" = "/v3/telemetry/" + name)

let private metrics =
    testList
        "metrics"
        [
            testCaseTask "calls are timed by endpoint, status and error; repeats are counted" (fun () ->
                task {
                    use ear = hearLibrary ()
                    use! platform = openPlatform (fun _ -> json "{}")
                    let! _ = Client.send (shellAt platform.Url) (raw "good")

                    match callsOf ear "wechatpay.client.call.duration" "good" with
                    | [ call ] ->
                        Expect.equal call.Unit "s" "seconds"
                        Expect.isTrue (0.0 <= call.Value && call.Value < 60.0) "a while"

                        Expect.equal
                            call.Tags
                            (Map
                                [
                                    "http.request.method", "GET"
                                    "url.template", "/v3/telemetry/good"
                                    "http.response.status_code", "200"
                                ])
                            "whose, and how it ended"
                    | other -> failtestf "%i" other.Length

                    Expect.isEmpty (callsOf ear "wechatpay.client.call.repeats" "good") "once"

                    use! broken = openPlatform (fun _ -> answer 500 (utf8 """{"code":"SYSTEM_ERROR"}"""))
                    let! _ = Client.send (trying (shellAt broken.Url)) (raw "bad")

                    match callsOf ear "wechatpay.client.call.duration" "bad" with
                    | [ call ] ->
                        Expect.equal (call.Tag "error.type") "refused" "our code"
                        Expect.equal (call.Tag "http.response.status_code") "500" "the last status"
                    | other -> failtestf "%i" other.Length

                    Expect.equal
                        (callsOf ear "wechatpay.client.call.repeats" "bad" |> List.map _.Value)
                        [ 2.0 ]
                        "twice more"
                })

            testCaseTask "answers that are not trusted are counted by code" (fun () ->
                task {
                    use ear = hearLibrary ()
                    use! platform = openPlatform (fun _ -> { json "{}" with IsSigned = false })
                    let! _ = Client.send (shellAt platform.Url) (raw "forged")

                    let counted =
                        ear.Of "wechatpay.verify.failures"
                        |> List.map (fun measured -> measured.Tag "source", measured.Tag "code", measured.Value)

                    Expect.contains counted ("answer", "missing_header", 1.0) "by its code"
                })

            test "notifications that are not trusted are counted by code, the platform's probes by theirs" {
                let notifications =
                    WeChatPayNotifications.Create(optionsAt "http://127.0.0.1:1", StoppedClock())

                let counted (callback: Callback) =
                    use ear = hearLibrary ()

                    notifications.Decode(pairs (headersOf callback), ReadOnlySpan callback.Body)
                    |> ignore

                    ear.Of "wechatpay.verify.failures"
                    |> List.map (fun measured -> measured.Tag "source", measured.Tag "code", measured.Value)

                let good = ReceivingShop.payment
                Expect.equal (counted good) [] "genuine"

                let changed =
                    { good with
                        Body = Array.append good.Body [| ' 'B |]
                    }

                Expect.equal (counted changed) [ "notification", "signature_mismatch", 1.0 ] "changed"

                let probe =
                    { good with
                        Signature = "WECHATPAY/SIGNTEST/" + good.Signature
                    }

                Expect.equal (counted probe) [ "notification", "signature_probe", 1.0 ] "a probe"

                let strange = resign { good with Body = utf8 "{}" }

                Expect.equal (counted strange) [ "notification", "malformed_envelope", 1.0 ] "genuine, and unreadable"
            }

            testCaseTask "the days are told until the certificates end; a public key does not" (fun () ->
                task {
                    let clock = clockAtNow ()
                    let first = certify 1 (now.AddDays -10.0) (now.AddDays 100.0)
                    use platform = new RotatingPlatform(clock, [ first ])

                    let folder = IO.Directory.CreateTempSubdirectory("wechatpay").FullName

                    let write name (bytes: byte array) =
                        let path = IO.Path.Combine(folder, name)
                        IO.File.WriteAllBytes(path, bytes)
                        path

                    let optionsOf merchant =
                        WeChatPayOptions(
                            MerchantId = merchant,
                            ApiV3Key = apiV3KeyText,
                            DownloadPlatformCertificates = true,
                            PlatformCertificateFolder = ""
                        )

                    let apart = optionsOf "1911111111"
                    apart.MerchantPrivateKey <- pkcs8
                    apart.MerchantCertificateFile <- write "apiclient_cert.pem" (utf8 certificatePem)
                    let archived = optionsOf "1922222222"
                    archived.MerchantPrivateKeyFile <- write "apiclient_cert.p12" (archive "1922222222")

                    let clients =
                        [
                            WeChatPayClient(new HttpClient(platform), apart, clock)
                            WeChatPayClient(new HttpClient(platform), archived, clock)
                            WeChatPayClient(new HttpClient(), optionsAt "http://127.0.0.1:1", clock)
                        ]

                    IO.Directory.Delete(folder, true)
                    let! _ = clients[0].SendAsync(HttpMethod.Get, "/v3/thing")

                    let daysOf merchant =
                        use ear = hearLibrary ()
                        ear.Observe()

                        ear.Of "wechatpay.keys.days_to_expiry"
                        |> List.filter (fun measured -> measured.Tag "merchant_id" = merchant)
                        |> List.map (fun measured -> measured.Tag "key", measured.Unit, round measured.Value)
                        |> List.sort

                    let merchantEnd =
                        round
                            (DateTimeOffset((X509Certificate2.CreateFromPem certificatePem).NotAfter) - now).TotalDays

                    let whole =
                        [ "merchant_certificate", "d", merchantEnd; "platform_certificate", "d", 100.0 ]

                    Expect.equal (daysOf "1911111111") whole "both"
                    Expect.equal (daysOf "1922222222") whole[..0] "of an archive; none of the platform's yet"
                    clock.Advance(TimeSpan.FromDays 40.0)
                    Expect.contains (daysOf "1911111111") ("platform_certificate", "d", 60.0) "it comes nearer"
                    Expect.equal (daysOf "1900000001") [] "neither is a certificate"
                    clients |> List.iter GC.KeepAlive
                })
        ]

let private logged (status: int) (body: string) (configure: ILoggingBuilder -> unit) =
    task {
        let log = new LogBook()

        use! platform =
            openPlatform (fun _ ->
                { answer status (utf8 body) with
                    Headers = [ "Request-ID", "08F7-2" ]
                })

        let services = ServiceCollection()

        services.AddLogging(fun logging ->
            logging.SetMinimumLevel(LogLevel.Trace).AddProvider log |> ignore
            configure logging)
        |> ignore

        services.AddSingleton<TimeProvider>(StoppedClock()) |> ignore

        services.AddWeChatPay(fun options -> setAt platform.Url options) |> ignore

        use provider = services.BuildServiceProvider()
        let client = provider.GetRequiredService<WeChatPayClient>()

        try
            let! _ = client.Payments.QueryByOutTradeNoAsync "order-1"
            ()
        with :? WeChatPayException ->
            ()

        return log.Text.Split('\n', StringSplitOptions.RemoveEmptyEntries) |> List.ofArray
    }

let private logs =
    testList
        "logs"
        [
            testCaseTask
                "a call is one line of its endpoint, and the wire's own lines, with whole addresses, are none"
                (fun () ->
                    task {
                        let! lines = logged 200 CallTests.order ignore

                        match lines with
                        | [ line ] ->
                            Expect.stringStarts line "Debug WeChatPay: Merchant 1900000001: GET" "quiet"

                            Expect.stringContains
                                line
                                (Template
                                 + " ended with ok (status 200, code -, Request-ID 08F7-2); sent 1 times, ")
                                "how it went"
                        | other -> failtestf "%A" other
                    })

            testCaseTask "what the platform refuses is information, what is not trusted a warning" (fun () ->
                task {
                    let! lines = logged 404 """{"code":"ORDER_NOT_EXIST","message":"none"}""" ignore

                    match lines with
                    | [ line ] ->
                        Expect.stringStarts line "Information WeChatPay" "the platform's word"

                        Expect.stringContains
                            line
                            "refused (status 404, code ORDER_NOT_EXIST, Request-ID 08F7-2)"
                            "its code"
                    | other -> failtestf "%A" other

                    let! lines = logged 200 "{}" ignore
                    Expect.isTrue (lines[0].StartsWith "Warning WeChatPay") lines[0]
                    Expect.stringContains lines[0] "malformed_answer" "our code"
                })
        ]

[<Tests>]
let tests =
    testSequenced <| testList "telemetry" [ traces; collected; metrics; logs ]
