/// `WeChatPay.Testing` against the real façade and the real endpoint on Kestrel.
module WeChatPay.Tests.TestingTests

open System
open System.Net.Http
open System.Text
open System.Threading.Tasks
open Expecto
open Microsoft.AspNetCore.Builder
open Microsoft.AspNetCore.Hosting
open Microsoft.Extensions.Configuration
open Microsoft.Extensions.DependencyInjection
open Microsoft.Extensions.Time.Testing
open WeChatPay
open WeChatPay.Functional
open WeChatPay.Testing
open WeChatPay.Tests.Platform
open WeChatPay.Tests.Shop

let private Native = "/v3/pay/transactions/native"
let private codeUrl = """{"code_url":"weixin://wxpay/bizpayurl?pr=1"}"""

/// What the façade makes of a notification: the case's name, or the refusal's code.
let private fateOf (platform: TestPlatform) (sent: SignedNotification) =
    match platform.CreateClient().Notifications.Decode(sent.Headers, sent.Body.Span).TryGet() with
    | true, NonNull decoded, _ -> WeChatPayEvent.caseName decoded.Event
    | _, _, NonNull failure -> failure.Code
    | _ -> "nothing"

let private decoded (platform: TestPlatform) (sent: SignedNotification) =
    match platform.CreateClient().Notifications.Decode(sent.Headers, sent.Body.Span).TryGet() with
    | true, NonNull decoded, _ -> decoded
    | _ -> failtest "The notification was refused."

/// An application on Kestrel that has no configuration of its own.
let private startApp (before: IServiceCollection -> unit) (after: IServiceCollection -> unit) merchant handle =
    task {
        let builder = quietBuilder (WebApplicationOptions())
        builder.WebHost.UseUrls "http://127.0.0.1:0" |> ignore
        before builder.Services

        builder.Services.AddWeChatPay(merchant, builder.Configuration.GetSection "WeChatPay")
        |> ignore

        after builder.Services
        let app = builder.Build()

        app.MapWeChatPayNotifications("/notify", (fun context _ -> handle context), merchant)
        |> ignore

        do! app.StartAsync()
        return app
    }

let private post (app: WebApplication) (sent: SignedNotification) =
    task {
        use http = new HttpClient(BaseAddress = Uri(Seq.head app.Urls))
        let! answer = sent.PostAsync(http, "/notify")
        use answer = answer
        let! text = answer.Content.ReadAsStringAsync()
        return struct (int answer.StatusCode, text)
    }

let private thrown<'Failure when 'Failure :> exn> (call: unit -> Task) =
    task {
        try
            do! call ()
            return failtest "Nothing was thrown."
        with :? 'Failure as failure ->
            return failure
    }

let private prepay (client: WeChatPayClient) =
    client.Payments.PrepayNativeAsync(native "tea-001")

let private notifications =
    testList
        "notifications"
        [
            test "every shape is decoded as the case of its name" {
                let platform = TestPlatform()

                let orders =
                    [|
                        CombinedTestOrder(OutTradeNo = "tea-1", Total = 1L)
                        CombinedTestOrder(OutTradeNo = "tea-2", Total = 2L, SubMchid = "1900000109", Attach = "a")
                    |]

                for expected, sent in
                    [
                        "PaymentSucceeded", platform.PaymentSucceeded("tea-1", 100L)
                        "PartnerPaymentSucceeded", platform.PartnerPaymentSucceeded("1900000109", "tea-1", 100L)
                        "CombinedPaymentSucceeded", platform.CombinedPaymentSucceeded("both-1", orders)
                        "RefundSucceeded", platform.RefundSucceeded("r-1", "tea-1", 40L, 100L)
                        "RefundAbnormal", platform.RefundAbnormal("r-1", "tea-1", 40L, 100L)
                        "RefundClosed", platform.RefundClosed("r-1", "tea-1", 40L, 100L)
                        "PartnerRefundSucceeded",
                        platform.PartnerRefundSucceeded("1900000109", "r-1", "tea-1", 40L, 100L)
                        "PartnerRefundAbnormal", platform.PartnerRefundAbnormal("1900000109", "r-1", "tea-1", 40L, 100L)
                        "PartnerRefundClosed", platform.PartnerRefundClosed("1900000109", "r-1", "tea-1", 40L, 100L)
                    ] do
                    Expect.equal (fateOf platform sent) expected "the case"
                    Expect.isEmpty (decoded platform sent).Anomalies "nothing odd about it"
            }

            test "a state that is no success proves no payment" {
                let platform = TestPlatform()

                let closed =
                    platform.PaymentSucceeded("tea-1", 100L, PaymentDetails(TradeState = TradeState.Closed))

                Expect.equal (fateOf platform closed) "Unrecognized" "no payment"
            }

            test "the details that were given come back, and those that were not are filled in" {
                let platform = TestPlatform()
                let noon = DateTimeOffset(2026, 1, 31, 12, 0, 0, TimeSpan.FromHours 8.0)

                let sent =
                    platform.PaymentSucceeded(
                        "tea-1",
                        100L,
                        PaymentDetails(
                            TransactionId = "4200001",
                            Attach = "七号桌",
                            Openid = "o1",
                            SuccessTime = noon,
                            PayerTotal = 90L
                        )
                    )

                match (decoded platform sent).Event with
                | WeChatPayEvent.PaymentSucceeded paid ->
                    Expect.equal paid.TransactionId "4200001" "the payment's number"
                    Expect.equal paid.Attach "七号桌" "attached"
                    Expect.equal paid.Payer.Openid "o1" "the payer"
                    Expect.equal paid.SuccessTime (Nullable noon) "when"
                    Expect.equal (paid.Amount.Total, paid.Amount.PayerTotal) (100L, Nullable 90L) "amounts"
                    Expect.equal paid.Mchid platform.MerchantId "the merchant"
                | other -> failtest (WeChatPayEvent.caseName other)

                match (decoded platform (platform.PaymentSucceeded("tea-1", 100L))).Event with
                | WeChatPayEvent.PaymentSucceeded paid -> Expect.stringHasLength paid.TransactionId 28 "a number"
                | other -> failtest (WeChatPayEvent.caseName other)
            }

            test "any other notification is sealed as it stands, right or wrong" {
                let platform = TestPlatform()
                let sent = platform.Notification("PAYSCORE.USER_PAID", """{"茶":1}""")
                let opened = decoded platform sent
                Expect.equal (fateOf platform sent) "Unrecognized" "no case"
                Expect.equal (Encoding.UTF8.GetString opened.Resource.Span) """{"茶":1}""" "byte for byte"
                Expect.equal opened.EventType "PAYSCORE.USER_PAID" "its type"
                let twice = platform.Notification("PAYSCORE.USER_PAID", """{"a":1,"a":2}""")
                Expect.equal (fateOf platform twice) "malformed_resource" "refused"
            }

            test "each spoilt copy is refused for its own reason, and the original stays good" {
                let platform = TestPlatform()
                let paid = platform.PaymentSucceeded("tea-1", 100L)

                for expected, sent in
                    [
                        "signature_mismatch", paid.WithWrongSignature()
                        "signature_mismatch", paid.WithTamperedBody()
                        "outside_tolerance", paid.Stale()
                        "unknown_serial", paid.WithUnknownSerial()
                        "missing_header", paid.WithoutSignature()
                        "signature_probe", paid.AsProbe()
                        "decryption_failed", paid.WithOtherApiV3Key()
                        "PaymentSucceeded", paid.Again()
                        "PaymentSucceeded", paid.Stale(TimeSpan.FromMinutes 4.0)
                        "PaymentSucceeded", paid
                    ] do
                    Expect.equal (fateOf platform sent) expected "its own reason"

                Expect.equal (paid.Again().Id) paid.Id "the same notification"
                Expect.notEqual (Seq.toList (paid.Again().Headers)) (Seq.toList paid.Headers) "signed once more"
            }

            test "one platform's notification is never good for another" {
                let one, other = TestPlatform(), TestPlatform()
                let paid = one.PaymentSucceeded("tea-1", 100L)
                Expect.equal (fateOf one paid) "PaymentSucceeded" "its own"
                Expect.equal (fateOf other paid) "unknown_serial" "another's"
                Expect.notEqual one.Options.PlatformPublicKey other.Options.PlatformPublicKey "a pair of its own"
            }

            test "a notification is signed at the clock's now" {
                let clock = FakeTimeProvider(now)
                let platform = TestPlatform(clock = clock)
                let paid = platform.PaymentSucceeded("tea-1", 100L)
                clock.Advance(TimeSpan.FromMinutes 5.0)
                Expect.equal (fateOf platform paid) "PaymentSucceeded" "still fresh"
                clock.Advance(TimeSpan.FromSeconds 1.0)
                Expect.equal (fateOf platform paid) "outside_tolerance" "too old"
                Expect.equal (fateOf platform (paid.Again())) "PaymentSucceeded" "repeated now"
            }

            test "neither keys nor bodies are printed" {
                let platform = TestPlatform()

                let paid =
                    platform.PaymentSucceeded("tea-1", 100L, PaymentDetails(Openid = "oSecret"))

                let text = String.Join(" ", string platform, string paid, string platform.Options)
                Expect.isFalse (text.Contains platform.Options.ApiV3Key) "no key"
                Expect.isFalse (text.Contains "oSecret") "no payer"
                Expect.stringContains text paid.Id "the number"
            }
        ]

let private hosting =
    testList
        "application on Kestrel"
        [
            for merchant, isBefore in [ "", true; "", false; "tea", true; "tea", false ] do
                let order = if isBefore then "before" else "after"

                testCaseTask
                    $"UseTestPlatform {order} AddWeChatPay gives the merchant '{merchant}' keys and wire"
                    (fun () ->
                        task {
                            let platform = TestPlatform()
                            let handled = ref 0

                            let useIt (services: IServiceCollection) =
                                services.UseTestPlatform(platform, merchant) |> ignore

                            let handle (_: NotificationContext) =
                                handled.Value <- handled.Value + 1
                                Task.CompletedTask

                            let! app =
                                startApp
                                    (if isBefore then useIt else ignore)
                                    (if isBefore then ignore else useIt)
                                    merchant
                                    handle

                            use app = app
                            let paid = platform.PaymentSucceeded("tea-1", 100L)
                            let! taken = post app paid
                            Expect.equal taken (struct (204, "")) "taken"

                            for spoilt, status, code in
                                [
                                    paid.WithTamperedBody(), 401, "signature_mismatch"
                                    paid.AsProbe(), 401, "signature_probe"
                                    paid.WithOtherApiV3Key(), 500, "decryption_failed"
                                    TestPlatform().PaymentSucceeded("tea-1", 100L), 401, "unknown_serial"
                                ] do
                                let! refused = post app spoilt
                                let text = "{\"code\":\"FAIL\",\"message\":\"" + code + "\"}"
                                Expect.equal refused (struct (status, text)) "refused"

                            Expect.equal handled.Value 1 "handled once"
                            platform.Handler.Answer("POST", Native, 200, codeUrl) |> ignore
                            let client = app.Services.GetRequiredKeyedService<WeChatPayClient> merchant
                            let! order = prepay client
                            Expect.equal order.CodeUrl "weixin://wxpay/bizpayurl?pr=1" "the call arrived"
                        })

            testCaseTask "an application without the test platform does not start" (fun () ->
                task {
                    let! failure =
                        thrown<Microsoft.Extensions.Options.OptionsValidationException>(fun () ->
                            startApp ignore ignore "" (fun _ -> Task.CompletedTask))

                    Expect.stringContains failure.Message "MerchantId" "what is missing"
                })

            test "Settings are a section WeChatPay that makes a client" {
                let platform = TestPlatform()

                let section =
                    ConfigurationBuilder().AddInMemoryCollection(platform.Settings).Build().GetSection "WeChatPay"

                let client =
                    WeChatPayClient(new HttpClient(platform.Handler, false), WeChatPayOptions.Read(section, "."))

                let paid = platform.PaymentSucceeded("tea-1", 100L)

                let isTaken, _, _ =
                    client.Notifications.Decode(paid.Headers, paid.Body.Span).TryGet()

                Expect.isTrue isTaken "its keys are the platform's"
            }
        ]

let private handler =
    testList
        "handler"
        [
            testCaseTask "a call is verified, answered, and remembered" (fun () ->
                task {
                    let platform = TestPlatform()
                    platform.Handler.Answer("POST", Native, 200, codeUrl) |> ignore
                    let! order = prepay (platform.CreateClient())
                    Expect.equal order.CodeUrl "weixin://wxpay/bizpayurl?pr=1" "answered"
                    let seen = Seq.exactlyOne platform.Handler.Requests
                    Expect.equal (seen.Method, seen.Url) ("POST", Native) "which call"
                    Expect.stringContains seen.Body "\"out_trade_no\":\"tea-001\"" "its body"
                })

            testCaseTask "an answer may depend on the request, and a path fits any query" (fun () ->
                task {
                    let platform = TestPlatform()

                    let answer (request: ReceivedRequest) =
                        Expect.stringEnds request.Url ("?mchid=" + platform.MerchantId) "the query"

                        TestAnswer.Json(
                            200,
                            """{"out_trade_no":"tea-001","trade_state":"NOTPAY","amount":{"total":1}}"""
                        )

                    platform.Handler.Answer("GET", "/v3/pay/transactions/out-trade-no/tea-001", answer)
                    |> ignore

                    let! order = platform.CreateClient().Payments.QueryByOutTradeNoAsync "tea-001"
                    Expect.equal order.TradeState TradeState.Notpay "answered"
                })

            testCaseTask
                "a request by another merchant's key or under another number is SIGN_ERROR, signed, and remembered"
                (fun () ->
                    task {
                        let platform = TestPlatform()
                        platform.Handler.Answer("POST", Native, 200, codeUrl) |> ignore

                        let changes: (WeChatPayOptions -> unit) list =
                            [
                                fun options -> options.MerchantPrivateKey <- stranger.ExportPkcs8PrivateKeyPem()
                                fun options -> options.MerchantSerial <- "4A"
                                fun options -> options.MerchantId <- "1900000002"
                            ]

                        for change in changes do
                            let options = platform.Options
                            change options
                            let client = WeChatPayClient(new HttpClient(platform.Handler, false), options)
                            let! refusal = refusalOf (fun () -> prepay client)
                            Expect.equal (refusal.StatusCode, refusal.ErrorCode) (401, "SIGN_ERROR") "refused"
                            Expect.isTrue refusal.IsSigned "by the platform"

                        let early = TestPlatform(clock = FakeTimeProvider(now))
                        let options = early.Options
                        let late = FakeTimeProvider(now.AddSeconds 301.0)
                        let client = WeChatPayClient(new HttpClient(early.Handler, false), options, late)
                        let! refusal = refusalOf (fun () -> prepay client)
                        Expect.equal refusal.ErrorCode "SIGN_ERROR" "too old"
                        Expect.hasLength platform.Handler.Requests 3 "remembered"
                    })

            testCaseTask "a body that was changed after it was signed is SIGN_ERROR" (fun () ->
                task {
                    let platform = TestPlatform()
                    platform.Handler.Answer("POST", Native, 200, codeUrl) |> ignore

                    let changing =
                        { new DelegatingHandler(platform.Handler) with
                            override _.SendAsync(request, cancellationToken) =
                                request.Content <- new StringContent "{}"
                                base.SendAsync(request, cancellationToken)
                        }

                    let client = WeChatPayClient(new HttpClient(changing), platform.Options)
                    let! refusal = refusalOf (fun () -> prepay client)
                    Expect.equal refusal.ErrorCode "SIGN_ERROR" "refused"
                })

            testCaseTask "a call that names another platform key is refused" (fun () ->
                task {
                    let platform = TestPlatform()
                    platform.Handler.Answer("POST", Native, 200, codeUrl) |> ignore
                    let options = platform.Options
                    options.PlatformPublicKeyId <- "PUB_KEY_ID_01"
                    let client = WeChatPayClient(new HttpClient(platform.Handler, false), options)
                    let! refusal = refusalOf (fun () -> prepay client)
                    Expect.equal (refusal.StatusCode, refusal.ErrorCode) (400, "PARAM_ERROR") "refused"
                })

            testCaseTask "a call that nobody registered names itself and what is registered" (fun () ->
                task {
                    let platform = TestPlatform()
                    let client = platform.CreateClient()
                    let! failure = thrown<InvalidOperationException>(fun () -> prepay client)
                    Expect.stringContains failure.Message ("POST " + Native) "the call"
                    Expect.stringContains failure.Message "nothing" "nothing is registered"

                    platform.Handler
                        .Answer("GET", Native, 200, codeUrl)
                        .Answer("POST", "/v3/refund/domestic/refunds", 200, "{}")
                    |> ignore

                    let! failure = thrown<InvalidOperationException>(fun () -> prepay client)

                    Expect.stringContains
                        failure.Message
                        ("GET " + Native + ", POST /v3/refund/domestic/refunds")
                        "what is registered"
                })

            testCaseTask
                "a signed refusal is the platform's word; unsigned and wrongly signed answers are not"
                (fun () ->
                    task {
                        let platform = TestPlatform()
                        let client = platform.CreateClient()
                        let refused = TestAnswer.Error(400, "PARAM_ERROR", "缺少 appid")
                        platform.Handler.Answer("POST", Native, refused) |> ignore
                        let! refusal = refusalOf (fun () -> prepay client)
                        Expect.isTrue (refusal.IsSigned && not refusal.OutcomeUnknown) "known"
                        platform.Handler.Answer("POST", Native, refused.Unsigned()) |> ignore
                        let! refusal = refusalOf (fun () -> prepay client)
                        Expect.isTrue (not refusal.IsSigned && refusal.OutcomeUnknown) "unknown"

                        for answer in
                            [
                                TestAnswer.Json(200, codeUrl).Unsigned()
                                TestAnswer.Json(200, codeUrl).WronglySigned()
                            ] do
                            platform.Handler.Answer("POST", Native, answer) |> ignore
                            let! failure = thrown<WeChatPayUntrustedAnswerException>(fun () -> prepay client)
                            Expect.isTrue failure.OutcomeUnknown "query before doing it again"
                    })

            testCaseTask "a lost answer's request arrived" (fun () ->
                task {
                    let platform = TestPlatform()

                    platform.Handler.Answer("POST", Native, TestAnswer.Json(200, codeUrl).Lost())
                    |> ignore

                    let! _ = thrown<HttpRequestException>(fun () -> prepay (platform.CreateClient()))
                    Expect.hasLength platform.Handler.Requests 3 "arrived, each time it was sent"
                })

            testCaseTask "an empty 204 is signed, too" (fun () ->
                task {
                    let platform = TestPlatform()

                    platform.Handler.Answer(
                        "POST",
                        "/v3/pay/transactions/out-trade-no/tea-001/close",
                        TestAnswer.NoContent()
                    )
                    |> ignore

                    do! platform.CreateClient().Payments.CloseAsync "tea-001"
                })

            testCaseTask "one platform serves many threads at once" (fun () ->
                task {
                    let platform = TestPlatform()
                    platform.Handler.Answer("POST", Native, 200, codeUrl) |> ignore
                    let client = platform.CreateClient()

                    let! orders =
                        Task.WhenAll
                            [
                                for _ in 1..50 -> Task.Run<Api.NativePrepayResponse>(fun () -> prepay client)
                            ]

                    Expect.hasLength orders 50 "all answered"
                    Expect.hasLength platform.Handler.Requests 50 "all remembered"
                })
        ]

[<Tests>]
let tests = testList "testing" [ notifications; hosting; handler ]
