/// Refunds of sub-merchants' orders: a service provider's, and those of an e-commerce platform.
module WeChatPay.Tests.SimulatorPartnerRefundTests

open Expecto
open WeChatPay
open WeChatPay.Api
open WeChatPay.Api.Ecommerce
open WeChatPay.Functional
open WeChatPay.Simulator
open WeChatPay.Tests.Shop
open WeChatPay.Tests.SimulatorPartnerTests

let private casesSeen (shop: Shop) =
    [
        for seen in shop.Seen do
            Expect.equal seen.Anomalies.Count 0 "nothing that is not described"
            WeChatPayEvent.caseName seen.Event
    ]

let private refund subMchid notifyUrl orderNumber number (fen: int64) =
    PartnerRefundRequest(
        SubMchid = subMchid,
        OutTradeNo = orderNumber,
        OutRefundNo = number,
        NotifyUrl = notifyUrl,
        Amount = RefundRequestAmount(Refund = fen, Total = 100L, Currency = "CNY")
    )

let private ecommerceRefund (shop: Shop) transactionId number (fen: int64) =
    ApplyRefundRequest(
        SubMchid = SubMchid,
        TransactionId = transactionId,
        OutRefundNo = number,
        NotifyUrl = shop.NotifyUrl,
        Amount = ApplyRefundAmount(Refund = fen, Total = 100L)
    )

let private refunds =
    testList
        "refunds"
        [
            testCaseTask "of a sub-merchant's order: no more than was paid, nothing of another's" (fun () ->
                task {
                    let! struct (shop, client) = openPartner ()
                    use shop = shop
                    let refunds = client.Refunds

                    let ask subMchid number fen =
                        refund subMchid shop.NotifyUrl "order-1" number fen

                    let! _ = client.Payments.PrepayNativeAsync(native shop "order-1")

                    let! _ =
                        isRefused (400, "INVALID_REQUEST") (fun () -> refunds.CreateAsync(ask SubMchid "refund-0" 1L))

                    let! _ = shop.Platform.PayAsync "order-1"

                    for other in [ OtherSubMchid; null ] do
                        let! _ =
                            isRefused (404, "RESOURCE_NOT_EXISTS") (fun () ->
                                refunds.CreateAsync(ask other "refund-0" 1L))

                        ()

                    do! isRefusedFor "/amount/refund" (fun () -> refunds.CreateAsync(ask SubMchid "refund-0" 0L))
                    let! first = refunds.CreateAsync(ask SubMchid "refund-1" 60L)

                    let! _ =
                        isRefused (400, "INVALID_REQUEST") (fun () -> refunds.CreateAsync(ask SubMchid "refund-2" 41L))

                    let! again = refunds.CreateAsync(ask SubMchid "refund-1" 60L)
                    Expect.equal again.RefundId first.RefundId "the same request is the same refund"

                    let! _ =
                        isRefused (400, "INVALID_REQUEST") (fun () -> refunds.CreateAsync(ask SubMchid "refund-1" 59L))

                    let! _ = refunds.CreateAsync(ask SubMchid "refund-2" 40L)
                    let! found = refunds.QueryAsync("refund-2", SubMchid)
                    Expect.equal (found.Status.Value, found.Amount.Refund) ("PROCESSING", 40L) "found"

                    for other in [ OtherSubMchid; null ] do
                        let! _ =
                            isRefused (404, "RESOURCE_NOT_EXISTS") (fun () -> refunds.QueryAsync("refund-2", other))

                        ()

                    let! order = client.Payments.QueryByOutTradeNoAsync("order-1", SubMchid)
                    Expect.equal order.TradeState.Value "REFUND" "the order says so"
                })

            testCaseTask "end in one of three ways, each notified as a service provider's" (fun () ->
                task {
                    let! struct (shop, client) = openPartner ()
                    use shop = shop
                    let! _ = paid shop client "order-1"

                    for number in [ "refund-1"; "refund-2"; "refund-3" ] do
                        let! _ =
                            client.Refunds.CreateAsync(refund SubMchid shop.NotifyUrl "order-1" number 10L)

                        ()

                    do! shop.Platform.SettleRefundAsync("refund-1", RefundOutcome.Success)
                    do! shop.Platform.SettleRefundAsync("refund-2", RefundOutcome.Closed)
                    do! shop.Platform.SettleRefundAsync("refund-3", RefundOutcome.Abnormal)
                    do! shop.Platform.SettleRefundAsync("refund-3", RefundOutcome.Success)

                    Expect.equal
                        (casesSeen shop)
                        [
                            "PartnerPaymentSucceeded"
                            "PartnerRefundSucceeded"
                            "PartnerRefundClosed"
                            "PartnerRefundAbnormal"
                            "PartnerRefundSucceeded"
                        ]
                        "each case reached"

                    let! failure =
                        failureOf (fun () -> shop.Platform.SettleRefundAsync("refund-1", RefundOutcome.Closed))

                    Expect.equal failure "INVALID_REQUEST" "what has ended stays so"

                    match (Seq.last shop.Seen).Event with
                    | WeChatPayEvent.PartnerRefundSucceeded back ->
                        Expect.equal
                            (back.SpMchid, back.SubMchid, back.OutRefundNo, back.Amount.Refund)
                            (shop.Platform.MerchantId, SubMchid, "refund-3", 10L)
                            "whose"
                    | other -> failtestf "%A" other
                })

            testCaseTask "settle by themselves" (fun () ->
                task {
                    use! shop = openShop accept
                    let client = partner shop.Platform
                    let! _ = paid shop client "order-1"

                    let! _ =
                        client.Refunds.CreateAsync(refund SubMchid shop.NotifyUrl "order-1" "refund-1" 10L)

                    do! until (fun () -> shop.Seen.Count = 2)
                    let! found = client.Refunds.QueryAsync("refund-1", SubMchid)
                    Expect.equal found.Status.Value "SUCCESS" "settled"
                })

            testCaseTask "of an e-commerce platform have the same life" (fun () ->
                task {
                    let! struct (shop, client) = openPartner ()
                    use shop = shop
                    let! order = paid shop client "order-1"

                    let ask number fen =
                        ecommerceRefund shop order.TransactionId number fen

                    let refunds = client.EcommerceRefunds
                    let! first = refunds.ApplyRefundAsync(ask "refund-1" 60L)
                    let! again = refunds.ApplyRefundAsync(ask "refund-1" 60L)
                    Expect.equal again.RefundId first.RefundId "the same request is the same refund"

                    let! _ =
                        isRefused (400, "INVALID_REQUEST") (fun () -> refunds.ApplyRefundAsync(ask "refund-2" 41L))

                    let! _ =
                        isRefused (400, "INVALID_REQUEST") (fun () -> refunds.ApplyRefundAsync(ask "refund-1" 1L))

                    do! isRefusedFor "/out_refund_no" (fun () -> refunds.ApplyRefundAsync(ask "refund/2" 1L))

                    let! _ =
                        isRefused (404, "RESOURCE_NOT_EXISTS") (fun () ->
                            refunds.ApplyRefundAsync(ecommerceRefund shop "4200" "refund-2" 1L))

                    let! _ = refunds.ApplyRefundAsync(ask "refund-2" 30L)
                    let! _ = refunds.ApplyRefundAsync(ask "refund-3" 10L)
                    do! shop.Platform.SettleRefundAsync("refund-1", RefundOutcome.Success)
                    do! shop.Platform.SettleRefundAsync("refund-2", RefundOutcome.Closed)
                    do! shop.Platform.SettleRefundAsync("refund-3", RefundOutcome.Abnormal)

                    Expect.equal
                        (List.tail (casesSeen shop))
                        [ "PartnerRefundSucceeded"; "PartnerRefundClosed"; "PartnerRefundAbnormal" ]
                        "notified"

                    for number, status in [ "refund-1", "SUCCESS"; "refund-2", "CLOSE"; "refund-3", "ABNORMAL" ] do
                        let! found = refunds.GetRefundByOutRefundNoAsync(number, subMchid = SubMchid)
                        let! same = refunds.GetRefundByRefundIdAsync(found.RefundId, subMchid = SubMchid)
                        Expect.equal (same.OutRefundNo, same.Status.Value) (number, status) "by both numbers"

                    let! _ =
                        isRefused (404, "RESOURCE_NOT_EXISTS") (fun () ->
                            refunds.GetRefundByOutRefundNoAsync("refund-1", subMchid = OtherSubMchid))

                    let! _ =
                        isRefused (404, "RESOURCE_NOT_EXISTS") (fun () ->
                            refunds.GetRefundByRefundIdAsync(first.RefundId, subMchid = OtherSubMchid))

                    return ()
                })
        ]

[<Tests>]
let tests = testList "simulator, service providers' refunds" [ refunds ]
