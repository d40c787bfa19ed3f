module WeChatPay.Tests.SimulatorTests

open System
open System.Collections.Generic
open System.IO
open System.Net.Http
open System.Text.Json
open System.Threading
open System.Threading.Tasks
open Expecto
open Microsoft.Extensions.Time.Testing
open WeChatPay
open WeChatPay.Api
open WeChatPay.Functional
open WeChatPay.Simulator
open WeChatPay.Wire
open WeChatPay.Tests.Shop

let private startUsual () = WeChatPaySimulator.StartAsync()

/// A body that the platform takes, changed at one place.
let private bodies =
    let good =
        """{"appid":"wx1","mchid":"1900000001","description":"tea","out_trade_no":"order-01","notify_url":"https://shop.test/n","amount":{"total":1}}"""

    let broken =
        [
            "\"wx1\"", "\"\"", "/appid"
            "\"wx1\"", "\"" + String('x', 33) + "\"", "/appid"
            "\"wx1\"", "7", "/appid"
            "\"1900000001\"", "\"1900000002\"", "/mchid"
            "\"tea\"", "\"" + String('茶', 128) + "\"", "/description"
            "order-01", "order", "/out_trade_no"
            "order-01", String('1', 33), "/out_trade_no"
            "order-01", "order/01", "/out_trade_no"
            "https://shop.test/n", "https://shop.test/n?x=1", "/notify_url"
            "https://shop.test/n", "http://shop.test/n", "/notify_url"
            "\"total\":1", "\"total\":0", "/amount/total"
            "\"total\":1", "\"total\":1.5", "/amount/total"
            "\"total\":1", "\"total\":\"1\"", "/amount/total"
            "\"total\":1", "\"total\":1,\"currency\":\"USD\"", "/amount/currency"
            "{\"appid\"", "{\"appid\":\"a\",\"appid\"", "/"
            "\"tea\"", "\"\\ud800\"", "/description"
        ]

    let limits =
        [
            "\"wx1\"", "\"" + String('x', 32) + "\""
            "\"tea\"", "\"" + String('茶', 127) + "\""
            "order-01", "order1"
            "order-01", String('1', 32)
            "order-01", "a_-|*9"
            "https://shop.test/n", "http://127.0.0.1:9/n"
            "\"total\":1", "\"total\":1,\"currency\":\"CNY\""
        ]

    struct (good, broken, limits)

/// Sends a body as it is, signed as it is.
let private postRaw (platform: WeChatPaySimulator) (body: string) =
    task {
        use http = new HttpClient()

        let key =
            Platform.force (MerchantKey.ofPem platform.MerchantSerial platform.MerchantPrivateKeyPem)

        let bytes = Platform.utf8 body

        let prepared =
            DateTimeOffset.UtcNow.ToUnixTimeSeconds()
            |> fun now -> Signing.prepare now "abc" "POST" "/v3/pay/transactions/native" (ReadOnlySpan bytes)
            |> Platform.force

        let signature = Signing.sign key (ReadOnlySpan prepared.Message)

        let authorization =
            Core.authorize (Caller platform.MerchantId) key.Serial (ReadOnlySpan signature) prepared

        use message =
            new HttpRequestMessage(HttpMethod.Post, Uri(platform.BaseAddress, "/v3/pay/transactions/native"))

        message.Content <- new ByteArrayContent(bytes)

        for name, value in [ "Authorization", authorization; "Accept", "*/*"; "User-Agent", "test" ] do
            message.Headers.TryAddWithoutValidation(name, value) |> ignore

        let! response = http.SendAsync message
        let! text = response.Content.ReadAsStringAsync()
        return struct (int response.StatusCode, text)
    }

let private orders =
    testList
        "orders"
        [
            testCaseTask "an order's life: placed, paid once, notified, refunded" (fun () ->
                task {
                    use! shop = openShop accept
                    let client = shop.Client
                    let! placed = client.Payments.PrepayNativeAsync(order shop "order-1")
                    Expect.stringStarts placed.CodeUrl "weixin://wxpay/" "a code to scan"
                    let! before = client.Payments.QueryByOutTradeNoAsync "order-1"
                    Expect.equal (before.TradeState.Value, before.TransactionId) ("NOTPAY", null) "not paid"
                    let! sent = shop.Platform.PayAsync "order-1"
                    Expect.isTrue sent.IsAccepted "the shop took it"
                    let! after = client.Payments.QueryByOutTradeNoAsync "order-1"
                    Expect.equal after.TradeState.Value "SUCCESS" "paid"
                    let! same = client.Payments.QueryByTransactionIdAsync after.TransactionId
                    Expect.equal same.OutTradeNo "order-1" "found by the platform's number"
                    let! refund = client.Refunds.CreateAsync(refundOf shop "order-1" "refund-1" 30L)
                    Expect.equal refund.Status.Value "PROCESSING" "asked for"
                    do! until (fun () -> shop.Seen.Count = 2)
                    let! refund = client.Refunds.QueryAsync "refund-1"
                    Expect.equal refund.Status.Value "SUCCESS" "settled by itself"
                    let! after = client.Payments.QueryByOutTradeNoAsync "order-1"
                    Expect.equal after.TradeState.Value "REFUND" "the order says so"

                    match [ for seen in shop.Seen -> seen.Event, seen.Anomalies.Count ] with
                    | [ WeChatPayEvent.PaymentSucceeded paid, 0; WeChatPayEvent.RefundSucceeded back, 0 ] ->
                        Expect.equal
                            (paid.OutTradeNo, paid.Amount.Total, paid.Attach)
                            ("order-1", 100L, "table 7")
                            "paid"

                        Expect.equal (back.OutRefundNo, back.Amount.Refund) ("refund-1", 30L) "refunded"
                    | others -> failtestf "%A" others
                })

            testCaseTask "the same request again is the same order; another with its number is refused" (fun () ->
                task {
                    use! platform = startUsual ()
                    let client = direct platform ignore TimeProvider.System
                    let! first = client.Payments.PrepayNativeAsync(native "order-1")
                    let! again = client.Payments.PrepayNativeAsync(native "order-1")
                    Expect.equal again.CodeUrl first.CodeUrl "one order"
                    let other = native "order-1"

                    let dearer =
                        NativePrepayRequest(
                            Appid = other.Appid,
                            Description = other.Description,
                            OutTradeNo = other.OutTradeNo,
                            NotifyUrl = other.NotifyUrl,
                            Amount = OrderAmount(Total = 101L)
                        )

                    let! refusal = refusalOf (fun () -> client.Payments.PrepayNativeAsync dearer)
                    Expect.equal (refusal.StatusCode, refusal.ErrorCode) (403, "OUT_TRADE_NO_USED") "refused"
                    Expect.isTrue refusal.IsSigned "signed as well"
                })

            testCaseTask "a closed order cannot be paid, a paid one cannot be closed or paid again" (fun () ->
                task {
                    use! platform = startUsual ()
                    let client = direct platform ignore TimeProvider.System
                    let! _ = client.Payments.PrepayNativeAsync(native "order-1")
                    do! client.Payments.CloseAsync "order-1"
                    let! closed = client.Payments.QueryByOutTradeNoAsync "order-1"
                    Expect.equal closed.TradeState.Value "CLOSED" "closed"

                    let! failure =
                        task {
                            try
                                let! _ = platform.PayAsync "order-1"
                                return ""
                            with :? InvalidOperationException as failure ->
                                return failure.Message
                        }

                    Expect.stringStarts failure "ORDER_CLOSED" "cannot be paid"

                    let! refusal =
                        refusalOf (fun () -> client.Payments.PrepayNativeAsync(native "order-1"))

                    Expect.equal refusal.ErrorCode "ORDER_CLOSED" "cannot be placed again"
                    let! _ = client.Payments.PrepayNativeAsync(native "order-2")
                    let! _ = platform.PayAsync "order-2"
                    let! refusal = refusalOf (fun () -> client.Payments.CloseAsync "order-2")
                    Expect.equal refusal.StatusCode 400 "cannot be closed"
                    let! refusal = refusalOf (fun () -> client.Payments.QueryByOutTradeNoAsync "order-3")
                    Expect.equal (refusal.StatusCode, refusal.ErrorCode) (404, "ORDER_NOT_EXIST") "unknown"
                })

            testCaseTask "an order that was not paid in time is closed" (fun () ->
                task {
                    let clock = FakeTimeProvider Platform.now

                    use! platform =
                        WeChatPaySimulator.StartAsync(WeChatPaySimulatorOptions(Clock = clock), CancellationToken.None)

                    let client = direct platform ignore clock
                    let! _ = client.Payments.PrepayNativeAsync(native "order-1")
                    clock.Advance(TimeSpan.FromDays 7.0)
                    let! order = client.Payments.QueryByOutTradeNoAsync "order-1"
                    Expect.equal order.TradeState.Value "NOTPAY" "still open at the last moment"
                    clock.Advance(TimeSpan.FromSeconds 1.0)
                    let! order = client.Payments.QueryByOutTradeNoAsync "order-1"
                    Expect.equal order.TradeState.Value "CLOSED" "over"
                })

            testCaseTask "each field is checked, at its limits, and named" (fun () ->
                task {
                    use! platform = startUsual ()
                    let struct (good, broken, limits) = bodies

                    for change, into in limits do
                        let body = good.Replace(change, into)
                        let! struct (status, text) = postRaw platform body
                        // Another order of the same number is refused, but not for its fields.
                        Expect.isTrue (status = 200 || text.Contains "OUT_TRADE_NO_USED") (body + text)

                    for change, into, field in broken do
                        let! struct (status, text) = postRaw platform (good.Replace(change, into))
                        use answer = JsonDocument.Parse text
                        let detail = answer.RootElement.GetProperty "detail"

                        Expect.equal
                            (status,
                             answer.RootElement.GetProperty("code").GetString(),
                             detail.GetProperty("field").GetString())
                            (400, "PARAM_ERROR", field)
                            text
                })
        ]

let private refunds =
    testList
        "refunds"
        [
            testCaseTask "no more is refunded than was paid, and nothing of what was not" (fun () ->
                task {
                    use! shop =
                        openWith (WeChatPaySimulatorOptions(SettlesRefunds = false)) ignore ignore accept

                    let refunds = shop.Client.Refunds
                    let! _ = shop.Client.Payments.PrepayNativeAsync(order shop "order-0")

                    let! refusal =
                        refusalOf (fun () -> refunds.CreateAsync(refundOf shop "order-0" "refund-0" 1L))

                    Expect.equal refusal.StatusCode 400 "not paid"

                    let! refusal =
                        refusalOf (fun () -> refunds.CreateAsync(refundOf shop "nothing" "refund-0" 1L))

                    Expect.equal refusal.ErrorCode "RESOURCE_NOT_EXISTS" "no such order"
                    do! paidOrder shop "order-1"
                    let! _ = refunds.CreateAsync(refundOf shop "order-1" "refund-1" 60L)

                    let! refusal =
                        refusalOf (fun () -> refunds.CreateAsync(refundOf shop "order-1" "refund-2" 41L))

                    Expect.equal refusal.ErrorCode "INVALID_REQUEST" "101 of 100 fen"
                    let! _ = refunds.CreateAsync(refundOf shop "order-1" "refund-2" 40L)
                    let! same = refunds.CreateAsync(refundOf shop "order-1" "refund-2" 40L)
                    Expect.equal same.Status.Value "PROCESSING" "the same request is the same refund"

                    let! refusal =
                        refusalOf (fun () -> refunds.CreateAsync(refundOf shop "order-1" "refund-2" 39L))

                    Expect.equal refusal.ErrorCode "INVALID_REQUEST" "another with its number"
                })

            testCaseTask
                "a refund ends in one of three ways, each notified; an abnormal one can still be settled"
                (fun () ->
                    task {
                        use! shop =
                            openWith (WeChatPaySimulatorOptions(SettlesRefunds = false)) ignore ignore accept

                        do! paidOrder shop "order-1"

                        for number in [ "refund-1"; "refund-2"; "refund-3" ] do
                            let! _ = shop.Client.Refunds.CreateAsync(refundOf shop "order-1" number 10L)
                            ()

                        do! shop.Platform.SettleRefundAsync("refund-1", RefundOutcome.Success)
                        do! shop.Platform.SettleRefundAsync("refund-2", RefundOutcome.Closed)
                        do! shop.Platform.SettleRefundAsync("refund-3", RefundOutcome.Abnormal)
                        do! shop.Platform.SettleRefundAsync("refund-3", RefundOutcome.Success)

                        Expect.equal
                            [ for seen in shop.Seen -> WeChatPayEvent.caseName seen.Event ]
                            [
                                "PaymentSucceeded"
                                "RefundSucceeded"
                                "RefundClosed"
                                "RefundAbnormal"
                                "RefundSucceeded"
                            ]
                            "each case reached"

                        let! isRefused =
                            task {
                                try
                                    do! shop.Platform.SettleRefundAsync("refund-1", RefundOutcome.Closed)
                                    return false
                                with :? InvalidOperationException ->
                                    return true
                            }

                        Expect.isTrue isRefused "what has ended stays so"
                    })

            testCaseTask "a refund needs funds; a closed one gives them back" (fun () ->
                task {
                    use! shop =
                        openWith (WeChatPaySimulatorOptions(SettlesRefunds = false)) ignore ignore accept

                    do! paidOrder shop "order-1"
                    shop.Platform.SetBalance 30L

                    let! refusal =
                        refusalOf (fun () -> shop.Client.Refunds.CreateAsync(refundOf shop "order-1" "refund-1" 31L))

                    Expect.equal (refusal.StatusCode, refusal.ErrorCode) (403, "NOT_ENOUGH") "one fen short"
                    let! _ = shop.Client.Refunds.CreateAsync(refundOf shop "order-1" "refund-2" 30L)
                    do! shop.Platform.SettleRefundAsync("refund-2", RefundOutcome.Closed)
                    let! again = shop.Client.Refunds.CreateAsync(refundOf shop "order-1" "refund-3" 30L)
                    Expect.equal again.Amount.Refund 30L "the money is there again"
                })
        ]

[<Tests>]
let tests = testList "simulator" [ orders; refunds ]
