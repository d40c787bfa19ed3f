/// What e-commerce platforms do: charge several orders by contract, subsidise, repay what was advanced, withdraw.
module WeChatPay.Tests.SimulatorAfterSalesTests

open System
open System.Threading.Tasks
open Expecto
open WeChatPay
open WeChatPay.Api
open WeChatPay.Api.Ecommerce
open WeChatPay.Simulator
open WeChatPay.Tests.Shop
open WeChatPay.Tests.SimulatorFlowTests
open WeChatPay.Tests.SimulatorPartnerTests
open WeChatPay.Tests.SimulatorPartnerFlowTests

let private isRefused = SimulatorPartnerFlowTests.isRefused

let private signing (shop: Shop) =
    PreEntrustSignAppRequest(
        PlanId = 12L,
        OutContractCode = "contract-1",
        ContractDisplayAccount = "tea",
        NotifyUrl = shop.NotifyUrl
    )

let private subOrder mchid number (total: int64) =
    NewSubOrder(
        Mchid = mchid,
        SubMchid = SubMchid,
        OutTradeNo = number,
        Description = "tea",
        Amount = CombinedOrderAmount(TotalAmount = total, Currency = "CNY")
    )

let private charge (shop: Shop) contractId number total =
    CreateTransactionRequest(
        CombineOutTradeNo = number,
        ContractId = contractId,
        SubOrders =
            [|
                subOrder shop.Platform.MerchantId (number + "-a") total
                subOrder shop.Platform.MerchantId (number + "-b") 40L
            |]
    )

let private reversal (shop: Shop) (numbers: string list) =
    ReverseTransactionRequest(
        SubOrders =
            [|
                for number in numbers ->
                    ReversedSubOrder(Mchid = shop.Platform.MerchantId, SubMchid = SubMchid, OutTradeNo = number)
            |]
    )

let private combined =
    testList
        "combined deductions"
        [
            testCaseTask "are charged at once while the contract is in force, and reversed as a whole" (fun () ->
                task {
                    let! struct (shop, client) = openPartner ()
                    use shop = shop
                    let calls = client.EcommerceCombinePapay
                    let! made = calls.PreEntrustSignAppAsync(signing shop)
                    Expect.equal (made.OutContractCode, made.Mchid) ("contract-1", shop.Platform.MerchantId) "shown"
                    do! isRefused 404 "RESOURCE_NOT_EXISTS" (fun () -> calls.GetContractAsync(12L, "contract-1"))
                    let! _ = shop.Platform.AdvanceAsync("contract-1", "SIGNED")
                    let! contract = calls.GetContractAsync(12L, "contract-1")
                    Expect.equal contract.ContractState "SIGNED" "signed"

                    let ask number total =
                        calls.CreateTransactionAsync(charge shop contract.ContractId number total)

                    let! first = ask "whole-1" 60L

                    Expect.equal
                        [
                            for part in first.SubOrders -> part.OutTradeNo, part.TradeState, part.SubMchid
                        ]
                        [ "whole-1-a", "SUCCESS", SubMchid; "whole-1-b", "SUCCESS", SubMchid ]
                        "charged"

                    let transactionOf (found: CreateTransactionResponse) = found.SubOrders[0].TransactionId
                    let! again = ask "whole-1" 60L
                    Expect.equal (transactionOf again) (transactionOf first) "once"
                    do! isRefused 403 "OUT_TRADE_NO_USED" (fun () -> ask "whole-1" 61L)
                    let! found = calls.GetTransactionAsync "whole-1"
                    Expect.equal (transactionOf found) (transactionOf first) "found"
                    do! isRefused 404 "ORDER_NOT_EXIST" (fun () -> calls.GetTransactionAsync "whole-9")

                    let reverse number parts () =
                        calls.ReverseTransactionAsync(number, reversal shop parts)

                    do! isRefused 400 "INVALID_REQUEST" (reverse "whole-1" [ "whole-1-a" ])
                    do! isRefused 404 "ORDER_NOT_EXIST" (reverse "whole-9" [ "whole-1-a"; "whole-1-b" ])
                    shop.Platform.SetBalance 99L
                    do! isRefused 403 "NOT_ENOUGH" (reverse "whole-1" [ "whole-1-a"; "whole-1-b" ])
                    shop.Platform.SetBalance 100L
                    do! reverse "whole-1" [ "whole-1-a"; "whole-1-b" ] ()
                    do! reverse "whole-1" [ "whole-1-a"; "whole-1-b" ] ()
                    let! reversed = calls.GetTransactionAsync "whole-1"
                    Expect.all reversed.SubOrders (fun part -> part.TradeState = "REVOKED") "given back"
                    let! second = ask "whole-2" 60L

                    let! _ =
                        client.EcommerceRefunds.ApplyRefundAsync(
                            ApplyRefundRequest(
                                SubMchid = SubMchid,
                                CombineTransactionId = transactionOf second,
                                TransactionId = transactionOf second,
                                OutRefundNo = "refund-1",
                                Amount = ApplyRefundAmount(Refund = 1L, Total = 60L)
                            )
                        )

                    do! isRefused 400 "INVALID_REQUEST" (reverse "whole-2" [ "whole-2-a"; "whole-2-b" ])
                    let! _ = shop.Platform.AdvanceAsync("contract-1", "TERMINATED")
                    do! isRefused 400 "INVALID_REQUEST" (fun () -> ask "whole-3" 60L)

                    Expect.equal
                        [
                            for eventType, resource in heard shop ->
                                eventType
                                :: texts [ "mchid"; "out_contract_code"; "contract_id"; "plan_id" ] resource
                        ]
                        [
                            for act in [ "SIGN"; "TERMINATE" ] ->
                                [
                                    "ECOMMERCE_ENTRUST." + act
                                    shop.Platform.MerchantId
                                    "contract-1"
                                    contract.ContractId
                                    "12"
                                ]
                        ]
                        "told"

                    let _, ended = List.last (heard shop)
                    Expect.equal (texts [ "contract_termination_mode" ] ended) [ "USER_TERMINATE" ] "by whom"
                })
        ]

/// A paid order that was marked for a subsidy of so much.
let private marked (shop: Shop) (client: WeChatPayPartnerClient) number (subsidy: Nullable<int64>) =
    task {
        let! _ =
            client.Payments.PrepayNativeAsync(
                PartnerNativePrepayRequest(
                    SubMchid = SubMchid,
                    Description = "tea",
                    OutTradeNo = number,
                    NotifyUrl = shop.NotifyUrl,
                    Amount = OrderAmount(Total = 100L),
                    SettleInfo = OrderSettlement(SubsidyAmount = subsidy)
                )
            )

        let! _ = shop.Platform.PayAsync number
        let! order = client.Payments.QueryByOutTradeNoAsync(number, SubMchid)
        return nonNull order.TransactionId
    }

let private subsidy subMchid transactionId (fen: int64) number =
    CreateSubsidyRequest(
        SubMchid = subMchid,
        TransactionId = transactionId,
        Amount = fen,
        Description = "tea",
        OutSubsidyNo = number
    )

let private refund (shop: Shop) transactionId number account =
    ApplyRefundRequest(
        SubMchid = SubMchid,
        CombineTransactionId = transactionId,
        TransactionId = transactionId,
        OutRefundNo = number,
        NotifyUrl = shop.NotifyUrl,
        RefundAccount = account,
        Amount = ApplyRefundAmount(Refund = 10L, Total = 100L)
    )

let private subsidies =
    testList
        "subsidies"
        [
            testCaseTask "are no more than the order was marked for, and come back once it is refunded" (fun () ->
                task {
                    let! struct (shop, client) = openPartner ()
                    use shop = shop
                    let calls = client.EcommerceSubsidies
                    let! transactionId = marked shop client "order-1" (Nullable 50L)
                    let! plain = marked shop client "order-2" (Nullable())

                    let pay subMchid transactionId fen number () =
                        calls.CreateSubsidyAsync(subsidy subMchid transactionId fen number) :> Task

                    do! isRefused 404 "RESOURCE_NOT_EXISTS" (pay SubMchid "4200" 1L "subsidy-1")
                    do! isRefused 404 "RESOURCE_NOT_EXISTS" (pay OtherSubMchid transactionId 1L "subsidy-1")
                    do! isRefused 400 "INVALID_REQUEST" (pay SubMchid plain 1L "subsidy-1")
                    do! isRefused 400 "INVALID_REQUEST" (pay SubMchid transactionId 51L "subsidy-1")
                    do! isRefusedFor "/amount" (pay SubMchid transactionId 0L "subsidy-1")
                    let! first = calls.CreateSubsidyAsync(subsidy SubMchid transactionId 30L "subsidy-1")
                    Expect.equal (first.Result.Value.Value, first.Amount) ("SUCCESS", Nullable 30L) "paid"
                    let! again = calls.CreateSubsidyAsync(subsidy SubMchid transactionId 30L "subsidy-1")
                    Expect.equal again.SubsidyId first.SubsidyId "the same request"
                    do! isRefused 400 "INVALID_REQUEST" (pay SubMchid transactionId 31L "subsidy-1")
                    do! isRefused 400 "INVALID_REQUEST" (pay SubMchid transactionId 21L "subsidy-2")
                    do! pay SubMchid transactionId 20L "subsidy-2" ()

                    let back refundId (fen: int64) number =
                        calls.ReturnSubsidyAsync(
                            ReturnSubsidyRequest(
                                SubMchid = SubMchid,
                                OutOrderNo = number,
                                TransactionId = transactionId,
                                RefundId = refundId,
                                Amount = fen,
                                Description = "tea",
                                SubsidyId = first.SubsidyId
                            )
                        )

                    do! isRefused 404 "RESOURCE_NOT_EXISTS" (fun () -> back "5030" 1L "back-1")

                    let! other =
                        client.EcommerceRefunds.ApplyRefundAsync(refund shop plain "refund-2" (Nullable()))

                    do! isRefused 400 "INVALID_REQUEST" (fun () -> back other.RefundId 1L "back-1")

                    let! refunded =
                        client.EcommerceRefunds.ApplyRefundAsync(refund shop transactionId "refund-1" (Nullable()))

                    do! isRefused 400 "INVALID_REQUEST" (fun () -> back refunded.RefundId 31L "back-1")
                    let! returned = back refunded.RefundId 25L "back-1"
                    Expect.equal (returned.Result.Value.Value, returned.Amount) ("SUCCESS", Nullable 25L) "back"
                    let! same = back refunded.RefundId 25L "back-1"
                    Expect.equal same.SubsidyRefundId returned.SubsidyRefundId "the same request"
                    do! isRefused 400 "INVALID_REQUEST" (fun () -> back refunded.RefundId 6L "back-2")
                    let! _ = back refunded.RefundId 5L "back-2"
                    ()
                })

            testCaseTask "are given up, or paid, never both" (fun () ->
                task {
                    let! struct (shop, client) = openPartner ()
                    use shop = shop
                    let calls = client.EcommerceSubsidies
                    let! first = marked shop client "order-1" (Nullable 50L)
                    let! second = marked shop client "order-2" (Nullable 50L)

                    let cancel transactionId =
                        calls.CancelSubsidyAsync(
                            CancelSubsidyRequest(
                                SubMchid = SubMchid,
                                TransactionId = transactionId,
                                Description = "tea"
                            )
                        )

                    let! cancelled = cancel first
                    Expect.equal cancelled.Result.Value.Value "SUCCESS" "given up"
                    let! _ = cancel first

                    do!
                        isRefused 400 "INVALID_REQUEST" (fun () ->
                            calls.CreateSubsidyAsync(subsidy SubMchid first 1L null))

                    let! _ = calls.CreateSubsidyAsync(subsidy SubMchid second 1L null)
                    do! isRefused 400 "INVALID_REQUEST" (fun () -> cancel second)
                })
        ]

let private advances =
    testList
        "advanced refunds"
        [
            testCaseTask "are repaid once they came through, and only what was advanced" (fun () ->
                task {
                    let! struct (shop, client) = openPartner ()
                    use shop = shop
                    let calls = client.EcommerceRefunds
                    let! transactionId = marked shop client "order-1" (Nullable())
                    let advance = Nullable ApplyRefundRefundAccount.RefundSourcePartnerAdvance
                    let! advanced = calls.ApplyRefundAsync(refund shop transactionId "refund-1" advance)
                    let! own = calls.ApplyRefundAsync(refund shop transactionId "refund-2" (Nullable()))

                    let repay subMchid id =
                        calls.ReturnAdvanceAsync(id, ReturnAdvanceRequest(SubMchid = subMchid))

                    do! isRefused 400 "INVALID_REQUEST" (fun () -> repay SubMchid advanced.RefundId)

                    for number in [ "refund-1"; "refund-2" ] do
                        do! shop.Platform.SettleRefundAsync(number, RefundOutcome.Success)

                    do! isRefused 400 "INVALID_REQUEST" (fun () -> repay SubMchid own.RefundId)
                    do! isRefused 404 "RESOURCE_NOT_EXISTS" (fun () -> repay OtherSubMchid advanced.RefundId)
                    do! isRefused 404 "RESOURCE_NOT_EXISTS" (fun () -> repay SubMchid "5030")
                    let! repaid = repay SubMchid advanced.RefundId

                    Expect.equal
                        (repaid.Result, repaid.ReturnAmount, repaid.PayerMchid, repaid.PayeeMchid)
                        ("SUCCESS", Nullable 10L, SubMchid, shop.Platform.MerchantId)
                        "repaid"

                    let! again = repay SubMchid advanced.RefundId
                    let! found = calls.GetReturnAdvanceAsync(advanced.RefundId, SubMchid)

                    Expect.equal
                        (again.AdvanceReturnId, found.AdvanceReturnId)
                        (repaid.AdvanceReturnId, repaid.AdvanceReturnId)
                        "once"

                    for id, subMchid in [ own.RefundId, SubMchid; advanced.RefundId, OtherSubMchid ] do
                        do! isRefused 404 "RESOURCE_NOT_EXISTS" (fun () -> calls.GetReturnAdvanceAsync(id, subMchid))
                })
        ]

let private withdrawal (shop: Shop) number (fen: int64) =
    CreateWithdrawalRequest(SubMchid = SubMchid, OutRequestNo = number, Amount = fen, NotifyUrl = shop.NotifyUrl)

let private withdrawals =
    testList
        "withdrawals"
        [
            testCaseTask "end in one way, and may come back from the bank" (fun () ->
                task {
                    let! struct (shop, client) = openPartner ()
                    use shop = shop
                    let calls = client.EcommerceFund
                    let! made = calls.CreateWithdrawalAsync(withdrawal shop "draw-1" 100L)
                    let! again = calls.CreateWithdrawalAsync(withdrawal shop "draw-1" 100L)
                    Expect.equal again.WithdrawId made.WithdrawId "the same request"

                    do!
                        isRefused 400 "INVALID_REQUEST" (fun () ->
                            calls.CreateWithdrawalAsync(withdrawal shop "draw-1" 101L))

                    do! isRefusedFor "/amount" (fun () -> calls.CreateWithdrawalAsync(withdrawal shop "draw-2" 0L))
                    do! cannotAdvance shop "draw-1" "REFUND"

                    for state in [ "SUCCESS"; "REFUND" ] do
                        let! sent = shop.Platform.AdvanceAsync(made.WithdrawId, state)
                        Expect.equal sent.Count 1 state
                        let! own = calls.GetWithdrawalByOutRequestNoAsync("draw-1", SubMchid)
                        let! found = calls.GetWithdrawalByWithdrawIdAsync(made.WithdrawId, SubMchid)

                        Expect.equal
                            (own.Status.Value, found.Status.Value, found.Amount, isNull found.Reason)
                            (state, state, Nullable 100L, (state = "SUCCESS"))
                            state

                    do! cannotAdvance shop "draw-1" "FAIL"

                    for number, subMchid in [ "draw-1", OtherSubMchid; "draw-9", SubMchid ] do
                        do!
                            isRefused 404 "RESOURCE_NOT_EXISTS" (fun () ->
                                calls.GetWithdrawalByOutRequestNoAsync(number, subMchid))

                    Expect.equal
                        [
                            for eventType, resource in heard shop ->
                                eventType
                                :: texts [ "sub_mchid"; "out_request_no"; "withdraw_id"; "status" ] resource
                        ]
                        [
                            for state in [ "SUCCESS"; "REFUND" ] ->
                                [ "MCHWITHDRAW.CHANGE"; SubMchid; "draw-1"; made.WithdrawId; state ]
                        ]
                        "told"
                })

            testCaseTask "of a service provider are its own" (fun () ->
                task {
                    let! struct (shop, client) = openPartner ()
                    use shop = shop
                    let calls = client.MerchantFund

                    let! made =
                        calls.CreateWithdrawalAsync(
                            WeChatPay.Api.Funds.CreateWithdrawalRequest(
                                OutRequestNo = "draw-1",
                                Amount = 100L,
                                AccountType = AccountType.Basic
                            )
                        )

                    let! _ = shop.Platform.AdvanceAsync("draw-1", "FAIL")
                    let! found = calls.GetWithdrawalByWithdrawIdAsync made.WithdrawId
                    Expect.equal (found.Status.Value.Value, found.OutRequestNo) ("FAIL", "draw-1") "failed"
                    Expect.isNotNull found.Reason "why"

                    do!
                        isRefused 404 "RESOURCE_NOT_EXISTS" (fun () ->
                            client.EcommerceFund.GetWithdrawalByOutRequestNoAsync("draw-1", SubMchid))

                    Expect.isEmpty shop.Platform.Notifications "there is nowhere to tell it"
                })
        ]

[<Tests>]
let tests =
    testList "simulator, e-commerce" [ combined; subsidies; advances; withdrawals ]
