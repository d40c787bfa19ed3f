/// Orders charged by payment code, taken back again, and refunds that are stuck.
module WeChatPay.Tests.SimulatorCodeOrderTests

open System
open System.Threading
open System.Threading.Tasks
open Expecto
open Microsoft.Extensions.Time.Testing
open WeChatPay
open WeChatPay.Api
open WeChatPay.Api.Ecommerce
open WeChatPay.Functional
open WeChatPay.Simulator
open WeChatPay.Tests.Shop
open WeChatPay.Tests.SimulatorFlowTests
open WeChatPay.Tests.SimulatorPartnerTests

[<Literal>]
let private AuthCode = "130061098828009406"

/// The most that a payer spends without a password.
[<Literal>]
let private Free = 100_000L

let private scene = CodeOrderScene(StoreInfo = OrderStore(Id = "store-1"))

let private charge number (total: int64) code =
    PayWithCodeRequest(
        Description = "tea",
        OutTradeNo = number,
        Payer = CodePayer(AuthCode = code),
        Amount = OrderAmount(Total = total),
        SceneInfo = scene
    )

let private chargeFor subMchid number (total: int64) =
    PartnerPayWithCodeRequest(
        SubMchid = subMchid,
        Description = "tea",
        OutTradeNo = number,
        Payer = CodePayer(AuthCode = AuthCode),
        Amount = OrderAmount(Total = total),
        SceneInfo = scene
    )

let private refused status code call =
    task {
        let! _ = SimulatorPartnerTests.isRefused (status, code) call
        ()
    }

let private merchant (shop: Shop) =
    direct shop.Platform (fun options -> options.Appid <- "wx1") TimeProvider.System

let private stateOf (shop: Shop) number =
    task {
        let! order = shop.Client.Payments.QueryByOutTradeNoAsync number
        return order.TradeState.Value
    }

let private codes =
    testList
        "payment codes"
        [
            testCaseTask "pay at once what needs no password, and the same request is the same payment" (fun () ->
                task {
                    use! shop = openShop accept
                    let calls = (merchant shop).Payments
                    let! paid = calls.PayWithCodeAsync(charge "order-1" Free AuthCode)

                    Expect.equal
                        (paid.TradeState, paid.TradeType, paid.Amount.Total)
                        ("SUCCESS", "MICROPAY", Nullable Free)
                        "paid"

                    let! found = calls.QueryByTransactionIdAsync paid.TransactionId
                    Expect.equal (found.OutTradeNo, found.TradeState.Value) ("order-1", "SUCCESS") "found"
                    let! again = calls.PayWithCodeAsync(charge "order-1" Free AuthCode)
                    Expect.equal again.TransactionId paid.TransactionId "once"

                    do!
                        refused 403 "OUT_TRADE_NO_USED" (fun () ->
                            calls.PayWithCodeAsync(charge "order-1" (Free - 1L) AuthCode))

                    do! refused 404 "ORDER_NOT_EXIST" (fun () -> calls.QueryByOutTradeNoAsync "order-9")
                    Expect.isEmpty shop.Platform.Notifications "the counter knows already"
                })

            testCaseTask "ask the payer for more, who pays or does not" (fun () ->
                task {
                    use! shop = openShop accept
                    let calls = (merchant shop).Payments

                    for number, state in [ "order-1", "SUCCESS"; "order-2", "PAYERROR" ] do
                        let! asked = calls.PayWithCodeAsync(charge number (Free + 1L) AuthCode)
                        Expect.equal (asked.TradeState, asked.TransactionId) ("USERPAYING", null) "asked"
                        let! before = stateOf shop number
                        Expect.equal before "USERPAYING" "the query says so"
                        let! sent = shop.Platform.AdvanceAsync(number, state)
                        Expect.isEmpty sent "no notification"
                        let! after = stateOf shop number
                        Expect.equal after state "decided"
                        do! cannotAdvance shop number "SUCCESS"

                    do! cannotAdvance shop "order-2" "CLOSED"
                    let! failure = failureOf (fun () -> shop.Platform.PayAsync "order-2")
                    Expect.equal failure "INVALID_REQUEST" "whoever pays so expects a notification"
                })

            testCaseTask "have 18 digits and a known beginning" (fun () ->
                task {
                    use! shop = openShop accept
                    let calls = (merchant shop).Payments

                    for bad in
                        [
                            AuthCode.Substring 1
                            AuthCode + "0"
                            "16" + AuthCode.Substring 2
                            "a" + AuthCode.Substring 1
                        ] do
                        do! isRefusedFor "/payer/auth_code" (fun () -> calls.PayWithCodeAsync(charge "order-1" 1L bad))

                    for good in [ "10"; "15" ] do
                        let! paid =
                            calls.PayWithCodeAsync(charge ("order-" + good) 1L (good + AuthCode.Substring 2))

                        Expect.equal paid.TradeState "SUCCESS" good
                })

            testCaseTask "are reversed: what was paid is given back, what was not is closed" (fun () ->
                task {
                    use! shop = openShop accept
                    shop.Platform.SetBalance 0L
                    let calls = (merchant shop).Payments
                    let! paid = calls.PayWithCodeAsync(charge "order-1" 100L AuthCode)
                    let! _ = calls.PayWithCodeAsync(charge "order-2" (Free + 1L) AuthCode)

                    for number in [ "order-1"; "order-2"; "order-1" ] do
                        let! reversed = calls.ReverseAsync number
                        Expect.equal (reversed.OutTradeNo, reversed.Appid) (number, "wx1") "echo"
                        let! state = stateOf shop number
                        Expect.equal state "REVOKED" number

                    let! found = calls.QueryByTransactionIdAsync paid.TransactionId
                    Expect.equal found.TradeState.Value "REVOKED" "the payment was there"
                    do! cannotAdvance shop "order-2" "SUCCESS"
                    do! refused 404 "ORDER_NOT_EXIST" (fun () -> calls.ReverseAsync "order-9")

                    do! refused 400 "ORDER_CLOSED" (fun () -> calls.PayWithCodeAsync(charge "order-1" 100L AuthCode))

                    do!
                        refused 400 "INVALID_REQUEST" (fun () ->
                            shop.Client.Refunds.CreateAsync(refundOf shop "order-1" "refund-1" 1L))

                    let! _ = calls.PrepayNativeAsync(order shop "order-3")
                    do! refused 400 "INVALID_REQUEST" (fun () -> calls.ReverseAsync "order-3")
                    // The money that came in went out again: none is left to give back twice.
                    let! _ = calls.PayWithCodeAsync(charge "order-4" 100L AuthCode)
                    shop.Platform.SetBalance 99L
                    do! refused 403 "NOT_ENOUGH" (fun () -> calls.ReverseAsync "order-4")
                })

            testCaseTask "are not reversed after a week, nor once something was refunded" (fun () ->
                task {
                    let clock = FakeTimeProvider DateTimeOffset.UtcNow

                    let! platform =
                        WeChatPaySimulator.StartAsync(WeChatPaySimulatorOptions(Clock = clock), CancellationToken.None)

                    use platform = platform
                    let client = clientAt clock platform
                    let calls = client.Payments

                    for number in [ "order-1"; "order-2"; "order-3" ] do
                        let! _ = calls.PayWithCodeAsync(chargeFor SubMchid number 100L)
                        ()

                    let! _ =
                        client.Refunds.CreateAsync(
                            PartnerRefundRequest(
                                SubMchid = SubMchid,
                                OutTradeNo = "order-1",
                                OutRefundNo = "refund-1",
                                Amount = RefundRequestAmount(Refund = 1L, Total = 100L, Currency = "CNY")
                            )
                        )

                    let reverse number =
                        calls.ReverseAsync(number, PartnerReverseRequest(SubMchid = SubMchid)) :> Task

                    do! refused 400 "INVALID_REQUEST" (fun () -> reverse "order-1")
                    clock.Advance(TimeSpan.FromDays 7.0)
                    do! reverse "order-2"
                    clock.Advance(TimeSpan.FromSeconds 1.0)
                    do! refused 400 "INVALID_REQUEST" (fun () -> reverse "order-3")
                })

            testCaseTask "of a sub-merchant are its own" (fun () ->
                task {
                    let! struct (shop, client) = openPartner ()
                    use shop = shop
                    let calls = client.Payments
                    let! paid = calls.PayWithCodeAsync(chargeFor SubMchid "order-1" 100L)

                    Expect.equal
                        (paid.TradeState, paid.SubMchid, paid.SpMchid)
                        ("SUCCESS", SubMchid, shop.Platform.MerchantId)
                        "whose"

                    do!
                        refused 404 "ORDER_NOT_EXIST" (fun () ->
                            calls.ReverseAsync("order-1", PartnerReverseRequest(SubMchid = OtherSubMchid)))

                    let! reversed =
                        calls.ReverseAsync("order-1", PartnerReverseRequest(SubMchid = SubMchid))

                    Expect.equal (reversed.OutTradeNo, reversed.SubMchid) ("order-1", SubMchid) "echo"
                    let! found = calls.QueryByOutTradeNoAsync("order-1", SubMchid)
                    Expect.equal found.TradeState.Value "REVOKED" "reversed"
                })
        ]

/// A direct merchant's refund that is on its way.
let private refunding (shop: Shop) =
    task {
        do! paidOrder shop "order-1"
        return! shop.Client.Refunds.CreateAsync(refundOf shop "order-1" "refund-1" 100L)
    }

let private toCard number card =
    ApplyAbnormalRefundRequest(
        OutRefundNo = number,
        Type = AbnormalRefundType.UserBankCard,
        BankType = BankType "ICBC_DEBIT",
        BankAccount = SensitiveText card,
        RealName = SensitiveText "张三"
    )

let private caseNames (shop: Shop) =
    [ for seen in shop.Seen -> WeChatPayEvent.caseName seen.Event ]

let private stuck =
    testList
        "stuck refunds"
        [
            testCaseTask "are sent to a card, only when stuck, and then come through" (fun () ->
                task {
                    let! shop =
                        openWith (WeChatPaySimulatorOptions(SettlesRefunds = false)) ignore ignore accept

                    use shop = shop
                    let! refund = refunding shop
                    let calls = shop.Client.Refunds

                    let apply id request () =
                        calls.ApplyAbnormalRefundAsync(id, request) :> Task

                    do! refused 400 "INVALID_REQUEST" (apply refund.RefundId (toCard "refund-1" "6222"))
                    do! shop.Platform.SettleRefundAsync("refund-1", RefundOutcome.Abnormal)

                    for id, number, status, code in
                        [
                            "503", "refund-1", 404, "RESOURCE_NOT_EXISTS"
                            refund.RefundId, "refund-2", 400, "INVALID_REQUEST"
                        ] do
                        do! refused status code (apply id (toCard number "6222"))

                    let bare =
                        ApplyAbnormalRefundRequest(
                            OutRefundNo = "refund-1",
                            Type = AbnormalRefundType.UserBankCard,
                            BankType = BankType "ICBC_DEBIT"
                        )

                    do! isRefusedFor "/bank_account" (apply refund.RefundId bare)
                    let! sent = calls.ApplyAbnormalRefundAsync(refund.RefundId, toCard "refund-1" "6222")

                    Expect.equal
                        (sent.Status.Value, sent.Channel.Value.Value)
                        ("PROCESSING", "OTHER_BANKCARD")
                        "on its way again"
                    // Sealed anew, the same request all the same.
                    do! apply refund.RefundId (toCard "refund-1" "6222") ()
                    do! refused 400 "INVALID_REQUEST" (apply refund.RefundId (toCard "refund-1" "6223"))
                    do! shop.Platform.SettleRefundAsync("refund-1", RefundOutcome.Success)
                    let! found = calls.QueryAsync "refund-1"
                    Expect.equal found.Status.Value "SUCCESS" "through"

                    Expect.equal
                        (caseNames shop)
                        [ "PaymentSucceeded"; "RefundAbnormal"; "RefundSucceeded" ]
                        "told of each"
                })

            testCaseTask "settle by themselves once they are redirected" (fun () ->
                task {
                    // By the clock, which stands still until it is moved, the refund cannot settle before it is stuck.
                    let clock = FakeTimeProvider DateTimeOffset.UtcNow

                    let! platform =
                        WeChatPaySimulator.StartAsync(WeChatPaySimulatorOptions(Clock = clock), CancellationToken.None)

                    use platform = platform
                    let client = clientAt clock platform
                    let! _ = client.Payments.PayWithCodeAsync(chargeFor SubMchid "order-1" 100L)
                    let! paid = client.Payments.QueryByOutTradeNoAsync("order-1", SubMchid)

                    let! refund =
                        client.EcommerceRefunds.ApplyRefundAsync(
                            ApplyRefundRequest(
                                SubMchid = SubMchid,
                                CombineTransactionId = paid.TransactionId,
                                TransactionId = paid.TransactionId,
                                OutRefundNo = "refund-1",
                                Amount = ApplyRefundAmount(Refund = 1L, Total = 100L)
                            )
                        )

                    do! platform.SettleRefundAsync("refund-1", RefundOutcome.Abnormal)

                    let request subMchid =
                        ApplyEcommerceAbnormalRefundRequest(
                            SubMchid = subMchid,
                            OutRefundNo = "refund-1",
                            Type = AbnormalRefundType.MerchantBankCard
                        )

                    do!
                        refused 404 "RESOURCE_NOT_EXISTS" (fun () ->
                            client.EcommerceRefunds.ApplyAbnormalRefundAsync(refund.RefundId, request OtherSubMchid))

                    let! sent =
                        client.EcommerceRefunds.ApplyAbnormalRefundAsync(refund.RefundId, request SubMchid)

                    Expect.equal sent.Status.Value "PROCESSING" "on its way again"
                    clock.Advance(TimeSpan.FromSeconds 1.0)
                    do! platform.DrainAsync CancellationToken.None

                    let! found =
                        client.EcommerceRefunds.GetRefundByOutRefundNoAsync("refund-1", subMchid = SubMchid)

                    Expect.equal found.Status.Value "SUCCESS" "through"
                })
        ]

[<Tests>]
let tests = testList "simulator, orders by code" [ codes; stuck ]
