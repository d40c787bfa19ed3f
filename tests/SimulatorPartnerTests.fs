/// What the simulator keeps for service providers: their sub-merchants' orders.
module WeChatPay.Tests.SimulatorPartnerTests

open System
open System.Net.Http
open System.Threading.Tasks
open Expecto
open Microsoft.Extensions.Time.Testing
open WeChatPay
open WeChatPay.Api
open WeChatPay.Functional
open WeChatPay.Simulator
open WeChatPay.Tests.Shop

[<Literal>]
let SubMchid = "1900000109"

[<Literal>]
let OtherSubMchid = "1900000110"

let clientAt clock (platform: WeChatPaySimulator) =
    WeChatPayPartnerClient(
        new HttpClient(WeChatPayClient.CreateHandler()),
        clientFor platform (fun options -> options.Appid <- "wx1"),
        clock
    )

let partner platform = clientAt TimeProvider.System platform

/// A platform whose refunds wait to be settled, and a shop that hears of them.
let openPartner () =
    task {
        let! shop =
            openWith (WeChatPaySimulatorOptions(SettlesRefunds = false)) ignore ignore accept

        return struct (shop, partner shop.Platform)
    }

let private nativeOf subMchid notifyUrl (total: int64) number =
    PartnerNativePrepayRequest(
        SubMchid = subMchid,
        Description = "tea",
        OutTradeNo = number,
        NotifyUrl = notifyUrl,
        Attach = "table 7",
        Amount = OrderAmount(Total = total)
    )

let native (shop: Shop) number =
    nativeOf SubMchid shop.NotifyUrl 100L number

let private closing subMchid =
    PartnerCloseRequest(SubMchid = subMchid)

let paid (shop: Shop) (client: WeChatPayPartnerClient) number =
    task {
        let! _ = client.Payments.PrepayNativeAsync(native shop number)
        let! _ = shop.Platform.PayAsync number
        return! client.Payments.QueryByOutTradeNoAsync(number, SubMchid)
    }

/// What the platform says when a payer or its staff cannot do something.
let failureOf (act: unit -> Task) =
    task {
        try
            do! act ()
            return "done"
        with :? InvalidOperationException as failure ->
            return (nonNull (failure.Message.Split ':'))[0]
    }

let isRefused expected call =
    task {
        let! (refusal: WeChatPayApiException) = refusalOf call
        Expect.equal (refusal.StatusCode, refusal.ErrorCode) expected refusal.Message
        Expect.isTrue refusal.IsSigned "signed"
        return refusal
    }

let isRefusedFor (field: string) call =
    task {
        let! refusal = isRefused (400, "PARAM_ERROR") call
        let detail = refusal.Body.Detail.Value
        Expect.equal (detail.GetProperty("field").GetString()) field "the field"
    }

let private orders =
    testList
        "orders"
        [
            testCaseTask "placed for a sub-merchant, paid once, notified as a service provider's" (fun () ->
                task {
                    let! struct (shop, client) = openPartner ()
                    use shop = shop
                    let! placed = client.Payments.PrepayNativeAsync(native shop "order-1")
                    Expect.stringStarts placed.CodeUrl "weixin://" "a code to scan"
                    let! before = client.Payments.QueryByOutTradeNoAsync("order-1", SubMchid)
                    Expect.equal (before.TradeState.Value, before.TransactionId) ("NOTPAY", null) "not paid"
                    let! sent = shop.Platform.PayAsync "order-1"
                    Expect.isTrue sent.IsAccepted "the shop took it"
                    let! after = client.Payments.QueryByOutTradeNoAsync("order-1", SubMchid)
                    let! same = client.Payments.QueryByTransactionIdAsync(after.TransactionId, SubMchid)

                    Expect.equal
                        (same.OutTradeNo, same.TradeState.Value, same.SpMchid, same.SubMchid, same.SpAppid)
                        ("order-1", "SUCCESS", shop.Platform.MerchantId, SubMchid, "wx1")
                        "found by the platform's number"

                    let! failure = failureOf (fun () -> shop.Platform.PayAsync "order-1")
                    Expect.equal failure "INVALID_REQUEST" "paid once"

                    match [ for seen in shop.Seen -> seen.Event, seen.Anomalies.Count ] with
                    | [ WeChatPayEvent.PartnerPaymentSucceeded paid, 0 ] ->
                        Expect.equal
                            (paid.SpMchid, paid.SubMchid, paid.OutTradeNo, paid.TransactionId, paid.Amount.Total)
                            (shop.Platform.MerchantId, SubMchid, "order-1", after.TransactionId, 100L)
                            "the order"

                        Expect.isNotEmpty paid.Payer.SpOpenid "the payer"
                    | others -> failtestf "%A" others
                })

            testCaseTask "each way is placed, and what it needs beyond the others is asked for by name" (fun () ->
                task {
                    use! platform = WeChatPaySimulator.StartAsync()
                    let payments = (partner platform).Payments

                    let jsapi number payer =
                        PartnerJsapiPrepayRequest(
                            SubMchid = SubMchid,
                            SubAppid = "wx2",
                            Description = "tea",
                            OutTradeNo = number,
                            NotifyUrl = "https://shop.test/notify",
                            Amount = OrderAmount(Total = 1L),
                            Payer = payer
                        )

                    let! prepaid =
                        payments.PrepayJsapiAsync(jsapi "jsapi-1" (PartnerOrderPayer(SubOpenid = "o1")))

                    Expect.stringStarts prepaid.PrepayId "wx" "by the sub-merchant's openid"

                    let! _ =
                        payments.PrepayJsapiAsync(jsapi "jsapi-2" (PartnerOrderPayer(SpOpenid = "o1")))

                    do!
                        isRefusedFor "/payer/sp_openid" (fun () ->
                            payments.PrepayJsapiAsync(jsapi "jsapi-3" (PartnerOrderPayer())))

                    let! _ =
                        payments.PrepayAppAsync(
                            PartnerAppPrepayRequest(
                                SubMchid = SubMchid,
                                Description = "tea",
                                OutTradeNo = "app-01",
                                NotifyUrl = "https://shop.test/notify",
                                Amount = OrderAmount(Total = 1L)
                            )
                        )

                    let! _ =
                        payments.PrepayH5Async(
                            PartnerH5PrepayRequest(
                                SubMchid = SubMchid,
                                Description = "tea",
                                OutTradeNo = "h5-001",
                                NotifyUrl = "https://shop.test/notify",
                                Amount = OrderAmount(Total = 1L),
                                SceneInfo = H5OrderScene(PayerClientIp = "192.0.2.7", H5Info = H5Info(Type = "Wap"))
                            )
                        )

                    for number, kind in [ "jsapi-1", "JSAPI"; "app-01", "APP"; "h5-001", "MWEB" ] do
                        let! _ = platform.PayAsync number
                        let! order = payments.QueryByOutTradeNoAsync(number, SubMchid)
                        Expect.equal order.TradeType.Value.Value kind number

                    let! order = payments.QueryByOutTradeNoAsync("jsapi-1", SubMchid)
                    Expect.isNotEmpty order.Payer.SubOpenid "within the sub-merchant's appid"
                })

            testCaseTask "are known under their sub-merchant only, and each has numbers of his own" (fun () ->
                task {
                    let! struct (shop, client) = openPartner ()
                    use shop = shop
                    let payments = client.Payments
                    let! _ = payments.PrepayNativeAsync(native shop "order-1")

                    let! _ =
                        isRefused (404, "ORDER_NOT_EXIST") (fun () ->
                            payments.QueryByOutTradeNoAsync("order-1", OtherSubMchid))

                    let! _ =
                        isRefused (404, "ORDER_NOT_EXIST") (fun () ->
                            payments.CloseAsync("order-1", closing OtherSubMchid))

                    let! _ =
                        isRefused (404, "ORDER_NOT_EXIST") (fun () ->
                            shop.Client.Payments.QueryByOutTradeNoAsync "order-1")

                    let! _ = shop.Platform.PayAsync "order-1"
                    let! paid = payments.QueryByOutTradeNoAsync("order-1", SubMchid)

                    let! _ =
                        isRefused (404, "ORDER_NOT_EXIST") (fun () ->
                            payments.QueryByTransactionIdAsync(paid.TransactionId, OtherSubMchid))

                    let! _ =
                        payments.PrepayNativeAsync(nativeOf OtherSubMchid shop.NotifyUrl 7L "order-1")

                    let! _ = shop.Platform.PayAsync "order-1"
                    let! other = payments.QueryByOutTradeNoAsync("order-1", OtherSubMchid)

                    Expect.equal
                        (other.TradeState.Value, other.Amount.Total)
                        ("SUCCESS", 7L)
                        "the one still to be paid"

                    let! _ =
                        client.Refunds.CreateAsync(
                            PartnerRefundRequest(
                                SubMchid = OtherSubMchid,
                                OutTradeNo = "order-1",
                                OutRefundNo = "refund-1",
                                Amount = RefundRequestAmount(Refund = 7L, Total = 7L, Currency = "CNY")
                            )
                        )

                    let! first = payments.QueryByOutTradeNoAsync("order-1", SubMchid)
                    Expect.equal first.TradeState.Value "SUCCESS" "another's refund is not this order's"
                })

            testCaseTask "a number is used once, and a closed order stays closed" (fun () ->
                task {
                    let! struct (shop, client) = openPartner ()
                    use shop = shop
                    let payments = client.Payments
                    let! first = payments.PrepayNativeAsync(native shop "order-1")
                    let! again = payments.PrepayNativeAsync(native shop "order-1")
                    Expect.equal again.CodeUrl first.CodeUrl "the same request is the same order"

                    let! _ =
                        isRefused (403, "OUT_TRADE_NO_USED") (fun () ->
                            payments.PrepayNativeAsync(nativeOf SubMchid shop.NotifyUrl 101L "order-1"))

                    do! payments.CloseAsync("order-1", closing SubMchid)
                    let! closed = payments.QueryByOutTradeNoAsync("order-1", SubMchid)
                    Expect.equal closed.TradeState.Value "CLOSED" "closed"
                    let! failure = failureOf (fun () -> shop.Platform.PayAsync "order-1")
                    Expect.equal failure "ORDER_CLOSED" "cannot be paid"

                    let! _ =
                        isRefused (400, "ORDER_CLOSED") (fun () -> payments.PrepayNativeAsync(native shop "order-1"))

                    let! _ = paid shop client "order-2"

                    let! _ =
                        isRefused (400, "INVALID_REQUEST") (fun () -> payments.CloseAsync("order-2", closing SubMchid))

                    return ()
                })

            testCaseTask "what breaks a rule is named" (fun () ->
                task {
                    use! platform = WeChatPaySimulator.StartAsync()
                    let payments = (partner platform).Payments
                    let good = "https://shop.test/notify"

                    for request, field in
                        [
                            nativeOf SubMchid good 0L "order-1", "/amount/total"
                            nativeOf SubMchid good 1L "order", "/out_trade_no"
                            nativeOf SubMchid "http://shop.test/n" 1L "order-1", "/notify_url"
                            nativeOf (String('1', 33)) good 1L "order-1", "/sub_mchid"
                        ] do
                        do! isRefusedFor field (fun () -> payments.PrepayNativeAsync request)
                })

            testCaseTask "an order that was not paid in time is closed" (fun () ->
                task {
                    let clock = FakeTimeProvider Platform.now

                    use! platform =
                        WeChatPaySimulator.StartAsync(
                            WeChatPaySimulatorOptions(Clock = clock),
                            Threading.CancellationToken.None
                        )

                    let payments = (clientAt clock platform).Payments

                    let! _ =
                        payments.PrepayNativeAsync(nativeOf SubMchid "https://shop.test/n" 1L "order-1")

                    clock.Advance(TimeSpan.FromDays 7.0)
                    let! order = payments.QueryByOutTradeNoAsync("order-1", SubMchid)
                    Expect.equal order.TradeState.Value "NOTPAY" "still open at the last moment"
                    clock.Advance(TimeSpan.FromSeconds 1.0)
                    let! order = payments.QueryByOutTradeNoAsync("order-1", SubMchid)
                    Expect.equal order.TradeState.Value "CLOSED" "over"
                })
        ]

[<Tests>]
let tests = testList "simulator, service providers" [ orders ]
