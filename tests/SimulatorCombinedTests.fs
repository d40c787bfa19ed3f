/// What the simulator keeps of combined orders: several, placed, paid and closed at once, and refunded one by one.
module WeChatPay.Tests.SimulatorCombinedTests

open System
open System.Net.Http
open System.Threading.Tasks
open Expecto
open WeChatPay
open WeChatPay.Api
open WeChatPay.Functional
open WeChatPay.Simulator
open WeChatPay.Tests.Shop

let private openCombined () =
    openWith
        (WeChatPaySimulatorOptions(SettlesRefunds = false))
        (fun builder -> builder.Configuration["WeChatPay:Appid"] <- "wx1")
        ignore
        accept

let private partOf mchid subMchid (total: int64) number =
    CombinedAppSubOrder(
        Mchid = mchid,
        SubMchid = subMchid,
        Attach = "table 7",
        Description = "tea",
        OutTradeNo = number,
        Amount = CombinedOrderAmount(TotalAmount = total, Currency = "CNY")
    )

let private part (shop: Shop) total number =
    partOf shop.Platform.MerchantId null total number

let private whole (shop: Shop) number parts =
    CombinedNativePrepayRequest(CombineOutTradeNo = number, NotifyUrl = shop.NotifyUrl, SubOrders = List.toArray parts)

let private tea (shop: Shop) =
    whole shop "whole-1" [ part shop 30L "part-001"; part shop 70L "part-002" ]

let private closing (shop: Shop) numbers =
    CombinedCloseRequest(
        SubOrders =
            [|
                for number in numbers -> CombinedCloseSubOrder(Mchid = shop.Platform.MerchantId, OutTradeNo = number)
            |]
    )

let private statesOf (order: CombinedTransaction) =
    [ for part in order.SubOrders -> part.OutTradeNo, part.TradeState.Value.Value ]

let private failureOf (act: unit -> Task) =
    task {
        try
            do! act ()
            return "done"
        with :? InvalidOperationException as failure ->
            return (nonNull (failure.Message.Split ':'))[0]
    }

let private isRefused expected call =
    task {
        let! (refusal: WeChatPayApiException) = refusalOf call
        Expect.equal (refusal.StatusCode, refusal.ErrorCode) expected refusal.Message
    }

let private orders =
    testList
        "orders"
        [
            testCaseTask "paid at once: one notification for all parts" (fun () ->
                task {
                    use! shop = openCombined ()
                    let combined = shop.Client.CombinedPayments
                    let! placed = combined.PrepayNativeAsync(tea shop)
                    Expect.stringStarts placed.CodeUrl "weixin://" "one code for all"
                    let! before = combined.QueryByCombineOutTradeNoAsync "whole-1"
                    Expect.isNull before.CombineTransactionId "not paid"
                    Expect.equal (statesOf before) [ "part-001", "NOTPAY"; "part-002", "NOTPAY" ] "each"
                    let! failure = failureOf (fun () -> shop.Platform.PayAsync "part-001")
                    Expect.equal failure "ORDER_NOT_EXIST" "no part is paid alone"
                    let! sent = shop.Platform.PayAsync "whole-1"
                    Expect.isTrue sent.IsAccepted "the shop took it"
                    let! after = combined.QueryByCombineOutTradeNoAsync "whole-1"
                    Expect.equal (statesOf after) [ "part-001", "SUCCESS"; "part-002", "SUCCESS" ] "each"
                    let! failure = failureOf (fun () -> shop.Platform.PayAsync "whole-1")
                    Expect.equal failure "INVALID_REQUEST" "paid once"

                    match [ for seen in shop.Seen -> seen.Event, seen.Anomalies.Count ] with
                    | [ WeChatPayEvent.CombinedPaymentSucceeded paid, 0 ] ->
                        Expect.equal
                            (paid.CombineOutTradeNo, paid.CombineMchid, paid.CombineTransactionId)
                            ("whole-1", shop.Platform.MerchantId, after.CombineTransactionId)
                            "the whole"

                        Expect.equal
                            [
                                for part in paid.SubOrders ->
                                    part.OutTradeNo, part.TransactionId, part.Amount.TotalAmount
                            ]
                            [
                                for part, total in Seq.zip after.SubOrders [ 30L; 70L ] ->
                                    part.OutTradeNo, part.TransactionId, total
                            ]
                            "the parts"

                        Expect.hasLength
                            (List.distinct [ for part in paid.SubOrders -> part.TransactionId ])
                            2
                            "a payment for each"
                    | others -> failtestf "%A" others
                })

            testCaseTask "a number is used once, for the whole and for a part" (fun () ->
                task {
                    use! shop = openCombined ()
                    let combined = shop.Client.CombinedPayments
                    let! first = combined.PrepayNativeAsync(tea shop)
                    let! again = combined.PrepayNativeAsync(tea shop)
                    Expect.equal again.CodeUrl first.CodeUrl "the same request is the same order"

                    let other number parts () : Task =
                        combined.PrepayNativeAsync(whole shop number parts)

                    do!
                        isRefused
                            (403, "OUT_TRADE_NO_USED")
                            (other "whole-1" [ part shop 31L "part-001"; part shop 70L "part-002" ])

                    do!
                        isRefused
                            (403, "OUT_TRADE_NO_USED")
                            (other "whole-2" [ part shop 30L "part-001"; part shop 70L "part-003" ])

                    do! isRefused (404, "ORDER_NOT_EXIST") (fun () -> combined.QueryByCombineOutTradeNoAsync "whole-2")

                    do!
                        isRefused (404, "ORDER_NOT_EXIST") (fun () ->
                            shop.Client.Payments.QueryByOutTradeNoAsync "part-001")

                    do!
                        isRefused (403, "OUT_TRADE_NO_USED") (fun () ->
                            shop.Client.Payments.PrepayNativeAsync(order shop "part-001"))
                })

            testCaseTask "closed as a whole, with all parts named" (fun () ->
                task {
                    use! shop = openCombined ()
                    let combined = shop.Client.CombinedPayments
                    let! _ = combined.PrepayNativeAsync(tea shop)

                    do!
                        isRefused (400, "INVALID_REQUEST") (fun () ->
                            combined.CloseAsync("whole-1", closing shop [ "part-001" ]))

                    do!
                        isRefused (404, "ORDER_NOT_EXIST") (fun () ->
                            combined.CloseAsync("whole-2", closing shop [ "part-001"; "part-002" ]))

                    do! combined.CloseAsync("whole-1", closing shop [ "part-002"; "part-001" ])
                    let! closed = combined.QueryByCombineOutTradeNoAsync "whole-1"
                    Expect.equal (statesOf closed) [ "part-001", "CLOSED"; "part-002", "CLOSED" ] "each"
                    let! failure = failureOf (fun () -> shop.Platform.PayAsync "whole-1")
                    Expect.equal failure "ORDER_CLOSED" "cannot be paid"
                    do! isRefused (400, "ORDER_CLOSED") (fun () -> combined.PrepayNativeAsync(tea shop))
                })

            testCaseTask "what breaks a rule is named, with the part that does" (fun () ->
                task {
                    use! shop = openCombined ()
                    let combined = shop.Client.CombinedPayments
                    let good = part shop 1L "part-001"

                    for number, parts, field in
                        [
                            "w", [ good ], "/combine_out_trade_no"
                            "whole-1", [], "/sub_orders"
                            "whole-1", [ for n in 1..51 -> part shop 1L ("part-0" + string n) ], "/sub_orders"
                            "whole-1", [ good; part shop 0L "part-002" ], "/sub_orders/1/amount/total_amount"
                            "whole-1", [ good; part shop 1L "part" ], "/sub_orders/1/out_trade_no"
                            "whole-1", [ good; part shop 2L "part-001" ], "/sub_orders/1/out_trade_no"
                        ] do
                        let! refusal =
                            refusalOf (fun () -> combined.PrepayNativeAsync(whole shop number parts))

                        let detail = refusal.Body.Detail.Value

                        Expect.equal
                            (refusal.ErrorCode, detail.GetProperty("field").GetString())
                            ("PARAM_ERROR", field)
                            field
                })
        ]

let private refunds =
    testList
        "refunds"
        [
            testCaseTask "of each part, up to what it cost" (fun () ->
                task {
                    use! shop = openCombined ()
                    let! _ = shop.Client.CombinedPayments.PrepayNativeAsync(tea shop)
                    let! _ = shop.Platform.PayAsync "whole-1"
                    let! order = shop.Client.CombinedPayments.QueryByCombineOutTradeNoAsync "whole-1"

                    let ask number (fen: int64) =
                        shop.Client.Refunds.CreateAsync(
                            RefundRequest(
                                TransactionId = order.SubOrders[0].TransactionId,
                                OutRefundNo = number,
                                NotifyUrl = shop.NotifyUrl,
                                Amount = RefundRequestAmount(Refund = fen, Total = 30L, Currency = "CNY")
                            )
                        )

                    do! isRefused (400, "INVALID_REQUEST") (fun () -> ask "refund-1" 31L)
                    let! asked = ask "refund-1" 30L
                    Expect.equal asked.OutTradeNo "part-001" "the part's"
                    do! isRefused (400, "INVALID_REQUEST") (fun () -> ask "refund-2" 1L)
                    do! shop.Platform.SettleRefundAsync("refund-1", RefundOutcome.Success)
                    let! order = shop.Client.CombinedPayments.QueryByCombineOutTradeNoAsync "whole-1"

                    Expect.equal
                        (statesOf order)
                        [ "part-001", "REFUND"; "part-002", "SUCCESS" ]
                        "the other is as it was"

                    Expect.equal
                        [
                            for seen in shop.Seen -> WeChatPayEvent.caseName seen.Event, seen.Anomalies.Count
                        ]
                        [ "CombinedPaymentSucceeded", 0; "RefundSucceeded", 0 ]
                        "notified"
                })

            testCaseTask "of a service provider's parts are their sub-merchants'" (fun () ->
                task {
                    use! shop = openCombined ()

                    let client =
                        WeChatPayPartnerClient(
                            new HttpClient(WeChatPayClient.CreateHandler()),
                            clientFor shop.Platform (fun options -> options.Appid <- "wx1")
                        )

                    let ofSub subMchid =
                        partOf shop.Platform.MerchantId subMchid 30L "part-001"

                    let! _ =
                        client.CombinedPayments.PrepayNativeAsync(
                            whole
                                shop
                                "whole-1"
                                [
                                    ofSub "1900000109"
                                    partOf shop.Platform.MerchantId "1900000110" 9L "part-002"
                                ]
                        )

                    let! _ = shop.Platform.PayAsync "whole-1"
                    let! order = client.CombinedPayments.QueryByCombineOutTradeNoAsync "whole-1"

                    let! same =
                        client.CombinedPayments.QueryByCombineTransactionIdAsync order.CombineTransactionId

                    Expect.equal same.CombineOutTradeNo "whole-1" "by the platform's number"
                    Expect.equal order.SubOrders[1].SubMchid "1900000110" "whose"

                    let ask subMchid =
                        client.Refunds.CreateAsync(
                            PartnerRefundRequest(
                                SubMchid = subMchid,
                                OutTradeNo = "part-001",
                                OutRefundNo = "refund-1",
                                NotifyUrl = shop.NotifyUrl,
                                Amount = RefundRequestAmount(Refund = 30L, Total = 30L, Currency = "CNY")
                            )
                        )

                    do! isRefused (404, "RESOURCE_NOT_EXISTS") (fun () -> ask "1900000110")
                    let! _ = ask "1900000109"
                    do! shop.Platform.SettleRefundAsync("refund-1", RefundOutcome.Success)

                    match (Seq.last shop.Seen).Event with
                    | WeChatPayEvent.PartnerRefundSucceeded back -> Expect.equal back.SubMchid "1900000109" "whose"
                    | other -> failtestf "%A" other
                })
        ]

[<Tests>]
let tests = testList "simulator, combined orders" [ orders; refunds ]
