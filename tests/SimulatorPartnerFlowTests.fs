/// What service providers do for their sub-merchants: contracts and deductions, transfers and batches of them.
module WeChatPay.Tests.SimulatorPartnerFlowTests

open System
open System.Text.Json
open System.Threading.Tasks
open Expecto
open WeChatPay
open WeChatPay.Api
open WeChatPay.Api.Papay
open WeChatPay.Api.Transfers
open WeChatPay.Functional
open WeChatPay.Tests.Shop
open WeChatPay.Tests.SimulatorFlowTests
open WeChatPay.Tests.SimulatorPartnerTests

/// What came, whether or not it has a case of its own: the type, and the plain resource.
let heard (shop: Shop) =
    [
        for event in shop.Seen -> event.EventType, JsonDocument.Parse(event.Resource).RootElement
    ]

let isRefused status code call =
    task {
        let! _ = SimulatorPartnerTests.isRefused (status, code) call
        ()
    }

let private signing (shop: Shop) account =
    PartnerPreEntrustSignAppRequest(
        SubMchid = SubMchid,
        PlanId = 12L,
        OutContractCode = "contract-1",
        ContractDisplayAccount = account,
        ContractNotifyUrl = shop.NotifyUrl
    )

let private deduction (shop: Shop) subMchid number (total: int64) contractId =
    PartnerApplyTransactionRequest(
        SubMchid = subMchid,
        OutTradeNo = number,
        Description = "tea",
        TransactionNotifyUrl = shop.NotifyUrl,
        ContractId = contractId,
        Amount = OrderAmount(Total = total)
    )

let private termination subMchid =
    PartnerTerminateContractRequest(SubMchid = subMchid, ContractTerminationRemark = "moved")

let private signed (shop: Shop) (client: WeChatPayPartnerClient) =
    task {
        let! _ = client.PapayScheduled.PreEntrustSignAppAsync(signing shop "tea")
        let! _ = shop.Platform.AdvanceAsync("contract-1", "SIGNED")

        let! contract = client.PapaySign.GetContractAsync(12L, "contract-1", SubMchid)

        return contract
    }

let private papay =
    testList
        "contracts"
        [
            testCaseTask "are signed, ended once, and are the sub-merchant's alone" (fun () ->
                task {
                    let! struct (shop, client) = openPartner ()
                    use shop = shop
                    let calls = client.PapaySign
                    let! contract = signed shop client

                    Expect.equal
                        (contract.ContractState, contract.SpMchid, contract.SubMchid, contract.PlanId)
                        ("SIGNED", shop.Platform.MerchantId, SubMchid, Nullable 12L)
                        "signed"

                    do!
                        isRefused 400 "INVALID_REQUEST" (fun () ->
                            client.PapayScheduled.PreEntrustSignAppAsync(signing shop "coffee"))

                    for plan, number, subMchid in
                        [
                            12L, "contract-1", OtherSubMchid
                            13L, "contract-1", SubMchid
                            12L, "contract-2", SubMchid
                        ] do
                        do!
                            isRefused 404 "RESOURCE_NOT_EXISTS" (fun () ->
                                calls.GetContractAsync(plan, number, subMchid))

                        do!
                            isRefused 404 "RESOURCE_NOT_EXISTS" (fun () ->
                                calls.TerminateContractAsync(plan, number, termination subMchid))

                    do!
                        SimulatorFlowTests.isRefused 404 "RESOURCE_NOT_EXISTS" (fun () ->
                            shop.Client.PapaySign.GetContractAsync(12L, "contract-1"))

                    let! ended = calls.TerminateContractAsync(12L, "contract-1", termination SubMchid)

                    Expect.equal ended.ContractState "TERMINATED" "ended"

                    do!
                        isRefused 400 "INVALID_REQUEST" (fun () ->
                            calls.TerminateContractAsync(12L, "contract-1", termination SubMchid))

                    do! until (fun () -> shop.Seen.Count = 2)

                    for (eventType, resource), (expected, state) in
                        List.zip (heard shop) [ "ENTRUST.SIGN", "SIGNED"; "ENTRUST.TERMINATE", "TERMINATED" ] do
                        Expect.equal
                            (eventType
                             :: texts
                                 [
                                     "sp_mchid"
                                     "sub_mchid"
                                     "out_contract_code"
                                     "contract_id"
                                     "contract_state"
                                 ]
                                 resource)
                            [
                                expected
                                shop.Platform.MerchantId
                                SubMchid
                                "contract-1"
                                contract.ContractId
                                state
                            ]
                            "told"

                        Expect.isFalse (fst (resource.TryGetProperty "mchid")) "a provider's has no mchid"
                })

            testCaseTask "in force allow deductions, which are orders of the sub-merchant" (fun () ->
                task {
                    let! struct (shop, client) = openPartner ()
                    use shop = shop
                    let! contract = signed shop client

                    let ask subMchid number (total: int64) () =
                        client.PapayPay.ApplyTransactionAsync(deduction shop subMchid number total contract.ContractId)
                        :> Task

                    do! ask SubMchid "trade-1" 100L ()
                    do! ask SubMchid "trade-2" 100L ()
                    do! ask SubMchid "trade-1" 100L ()
                    do! isRefused 403 "OUT_TRADE_NO_USED" (ask SubMchid "trade-1" 101L)
                    do! isRefused 404 "RESOURCE_NOT_EXISTS" (ask OtherSubMchid "trade-3" 100L)

                    let stateOf number =
                        task {
                            let! order = client.Payments.QueryByOutTradeNoAsync(number, SubMchid)
                            return order.TradeState.Value
                        }

                    let! before = stateOf "trade-1"
                    Expect.equal before "NOTPAY" "asked"
                    let! sent = shop.Platform.AdvanceAsync("trade-1", "SUCCESS")
                    Expect.equal sent.Count 1 "told"
                    let! _ = shop.Platform.AdvanceAsync("trade-2", "PAYERROR")
                    let! first = stateOf "trade-1"
                    let! second = stateOf "trade-2"
                    Expect.equal (first, second) ("SUCCESS", "PAYERROR") "deducted, refused"
                    do! cannotAdvance shop "trade-2" "SUCCESS"

                    let! _ =
                        client.PapaySign.TerminateContractAsync(12L, "contract-1", termination SubMchid)

                    do! isRefused 400 "INVALID_REQUEST" (ask SubMchid "trade-4" 100L)

                    match [ for seen in shop.Seen -> seen.Event ] |> List.item 1 with
                    | WeChatPayEvent.PartnerPaymentSucceeded paid ->
                        Expect.equal
                            (paid.OutTradeNo, paid.SubMchid, paid.Amount.Total)
                            ("trade-1", SubMchid, 100L)
                            "the payment"
                    | other -> failtestf "came as %s" (WeChatPayEvent.caseName other)
                })

            testCaseTask "have one deduction announced at a time" (fun () ->
                task {
                    let! struct (shop, client) = openPartner ()
                    use shop = shop
                    let! contract = signed shop client
                    let calls = client.PapayPay

                    let get subMchid () =
                        calls.GetScheduleAsync(contract.ContractId, subMchid) :> Task

                    let announce (total: int64) =
                        calls.CreateScheduleAsync(
                            contract.ContractId,
                            PartnerCreateScheduleRequest(
                                SubMchid = SubMchid,
                                ScheduleAmount = OrderAmount(Total = total)
                            )
                        )

                    do! isRefused 404 "RESOURCE_NOT_EXISTS" (get SubMchid)
                    let! made = announce 100L
                    let! again = announce 100L
                    Expect.equal again.DeductStartDate made.DeductStartDate "the same"
                    do! isRefused 400 "INVALID_REQUEST" (fun () -> announce 101L)
                    do! isRefused 404 "RESOURCE_NOT_EXISTS" (get OtherSubMchid)
                    let! found = calls.GetScheduleAsync(contract.ContractId, SubMchid)

                    Expect.equal
                        (found.ScheduleState, found.ScheduledAmount.Total, found.DeductEndDate)
                        ("SCHEDULED", Nullable 100L, made.DeductEndDate)
                        "announced"

                    let! contract = client.PapaySign.GetContractAsync(12L, "contract-1", SubMchid)

                    Expect.equal contract.DeductSchedule.ScheduleState "SCHEDULED" "the contract says so"
                })
        ]

let private transfer (shop: Shop) subMchid number (fen: int64) =
    PartnerCreateTransferBillRequest(
        SubMchid = subMchid,
        OutBillNo = number,
        Openid = "o1",
        TransferAmount = fen,
        TransferRemark = "tea",
        NotifyUrl = shop.NotifyUrl,
        TransferSceneId = TransferSceneId "1000",
        TransferSceneReportInfos = [| TransferSceneReportInfo(InfoType = "a", InfoContent = "b") |]
    )

let private byConsent number authorizationId =
    PartnerTransferWithAuthorizationRequest(
        SubMchid = SubMchid,
        OutBillNo = number,
        TransferAmount = 300L,
        TransferRemark = "tea",
        TransferSceneId = TransferSceneId "1000",
        TransferSceneReportInfos = [| TransferSceneReportInfo(InfoType = "a", InfoContent = "b") |],
        AuthorizationId = authorizationId
    )

let private cancellation subMchid = SubMerchantRequest(SubMchid = subMchid)

let private transfers =
    testList
        "transfers"
        [
            testCaseTask "wait for the user, end once, and are the sub-merchant's alone" (fun () ->
                task {
                    let! struct (shop, client) = openPartner ()
                    use shop = shop
                    let calls = client.MerchantTransfers
                    let! made = calls.CreateTransferBillAsync(transfer shop SubMchid "bill-1" 300L)
                    let! again = calls.CreateTransferBillAsync(transfer shop SubMchid "bill-1" 300L)
                    Expect.equal again.TransferBillNo made.TransferBillNo "the same request"

                    for other in
                        [
                            transfer shop SubMchid "bill-1" 301L
                            transfer shop OtherSubMchid "bill-1" 300L
                        ] do
                        do! isRefused 400 "ALREADY_EXISTS" (fun () -> calls.CreateTransferBillAsync other)

                    do!
                        isRefusedFor "/transfer_amount" (fun () ->
                            calls.CreateTransferBillAsync(transfer shop SubMchid "bill-2" 0L))

                    for number, subMchid in [ "bill-1", OtherSubMchid; "bill-2", SubMchid ] do
                        do!
                            isRefused 404 "RESOURCE_NOT_EXISTS" (fun () ->
                                calls.GetTransferBillAsync(number, subMchid))

                        do!
                            isRefused 404 "RESOURCE_NOT_EXISTS" (fun () ->
                                calls.CancelTransferBillAsync(number, cancellation subMchid))

                    let! found = calls.GetTransferBillAsync("bill-1", SubMchid)
                    Expect.equal found.State.Value.Value "WAIT_USER_CONFIRM" "waits"
                    let! _ = shop.Platform.AdvanceAsync(made.TransferBillNo, "SUCCESS")
                    let! found = calls.GetTransferBillAsync("bill-1", SubMchid)
                    Expect.equal (found.State.Value.Value, found.TransferAmount) ("SUCCESS", Nullable 300L) "done"

                    do!
                        isRefused 400 "INVALID_REQUEST" (fun () ->
                            calls.CancelTransferBillAsync("bill-1", cancellation SubMchid))

                    do! cannotAdvance shop "bill-1" "FAIL"
                    let! _ = calls.CreateTransferBillAsync(transfer shop SubMchid "bill-3" 300L)
                    let! cancelled = calls.CancelTransferBillAsync("bill-3", cancellation SubMchid)
                    Expect.equal cancelled.State.Value.Value "CANCELLED" "cancelled"
                    do! until (fun () -> shop.Seen.Count = 2)

                    Expect.equal
                        [
                            for eventType, resource in heard shop ->
                                eventType :: texts [ "sub_mchid"; "out_bill_no"; "state" ] resource
                        ]
                        [
                            [ "MCHTRANSFER.BILL.FINISHED"; SubMchid; "bill-1"; "SUCCESS" ]
                            [ "MCHTRANSFER.BILL.FINISHED"; SubMchid; "bill-3"; "CANCELLED" ]
                        ]
                        "told"
                })

            testCaseTask "need the consent of a sub-merchant that was asked for it" (fun () ->
                task {
                    let! struct (shop, client) = openPartner ()
                    use shop = shop
                    let calls = client.MerchantTransfers

                    let invite number =
                        calls.CreateSubMchAuthorizationAsync(
                            CreateSubMchAuthorizationRequest(SubMchid = SubMchid, OutApplyNo = number)
                        )

                    let ask number () =
                        calls.CreateTransferBillAsync(transfer shop SubMchid number 300L) :> Task

                    let! invited = invite "apply-1"
                    Expect.equal invited.State.Value.Value "INVITED" "invited"

                    let stateOf () =
                        task {
                            let! found = calls.GetSubMchAuthorizationAsync SubMchid
                            return found.State.Value.Value, found.ApplyOrder.State.Value.Value
                        }

                    let! before = stateOf ()
                    Expect.equal before ("UNAUTHORIZED", "INVITED") "not yet"
                    do! isRefused 403 "NO_AUTH" (ask "bill-1")
                    let! _ = shop.Platform.AdvanceAsync("apply-1", "PASSED")
                    let! after = stateOf ()
                    Expect.equal after ("AUTHORIZED", "PASSED") "consented"
                    do! ask "bill-1" ()
                    do! cannotAdvance shop "apply-1" "EXPIRED"
                    let! _ = shop.Platform.AdvanceAsync("apply-1", "CANCELED")
                    let! ended = stateOf ()
                    Expect.equal ended ("CANCELED", "PASSED") "taken back"
                    do! isRefused 403 "NO_AUTH" (ask "bill-2")

                    do! isRefused 404 "RESOURCE_NOT_EXISTS" (fun () -> calls.GetSubMchAuthorizationAsync OtherSubMchid)
                })

            testCaseTask "need no confirmation of a user who has consented" (fun () ->
                task {
                    let! struct (shop, client) = openPartner ()
                    use shop = shop
                    let calls = client.MerchantTransfers

                    let! _ =
                        calls.CreateUserConfirmAuthorizationAsync(
                            PartnerCreateUserConfirmAuthorizationRequest(
                                OutAuthorizationNo = "consent-1",
                                Openid = "o1",
                                TransferSceneId = TransferSceneId "1000",
                                UserDisplayName = "tea",
                                NotifyUrl = shop.NotifyUrl
                            )
                        )

                    let! waiting = calls.GetUserConfirmAuthorizationAsync "consent-1"
                    Expect.equal waiting.State.Value.Value "WAIT_USER_CONFIRM" "asked"

                    do!
                        isRefused 400 "INVALID_REQUEST" (fun () ->
                            calls.TransferWithAuthorizationAsync(byConsent "bill-1" waiting.AuthorizationId))

                    let! sent = shop.Platform.AdvanceAsync("consent-1", "TAKING_EFFECT")
                    Expect.equal sent.Count 1 "told"

                    let! made =
                        calls.TransferWithAuthorizationAsync(byConsent "bill-1" waiting.AuthorizationId)

                    Expect.equal (made.State.Value.Value, made.Openid) ("ACCEPTED", "o1") "no confirmation"
                    let! closed = calls.CloseUserConfirmAuthorizationAsync "consent-1"

                    Expect.equal
                        (closed.State, closed.CloseInfo.CloseReason.Value.Value)
                        ("CLOSED", "CLOSE_VIA_MCH_API")
                        "closed"

                    do!
                        isRefused 400 "INVALID_REQUEST" (fun () ->
                            calls.TransferWithAuthorizationAsync(byConsent "bill-2" waiting.AuthorizationId))

                    do!
                        isRefused 404 "RESOURCE_NOT_EXISTS" (fun () ->
                            calls.GetUserConfirmAuthorizationAsync "consent-9")

                    let eventType, resource = List.exactlyOne (heard shop)

                    Expect.equal
                        (eventType
                         :: texts [ "mchid"; "out_authorization_no"; "authorization_id"; "state"; "openid" ] resource)
                        [
                            "MCHTRANSFER.AUTHORIZATION.CONFIRMED"
                            shop.Platform.MerchantId
                            "consent-1"
                            waiting.AuthorizationId
                            "TAKING_EFFECT"
                            "o1"
                        ]
                        "told"
                })

            testCaseTask "may ask the user for consent along with the first" (fun () ->
                task {
                    let! struct (shop, client) = openPartner ()
                    use shop = shop
                    let calls = client.MerchantTransfers

                    let first number =
                        PartnerPreTransferWithAuthorizationRequest(
                            SubMchid = SubMchid,
                            OutBillNo = number,
                            Openid = "o1",
                            TransferAmount = 300L,
                            TransferRemark = "tea",
                            TransferSceneId = TransferSceneId "1000",
                            TransferSceneReportInfos = [| TransferSceneReportInfo(InfoType = "a", InfoContent = "b") |],
                            AuthorizationInfo =
                                AuthorizationInfo(
                                    UserDisplayName = "tea",
                                    OutAuthorizationNo = "consent-1",
                                    AuthorizationNotifyUrl = shop.NotifyUrl
                                )
                        )

                    let! _ = calls.PreTransferWithAuthorizationAsync(first "bill-1")
                    let! _ = calls.PreTransferWithAuthorizationAsync(first "bill-1")

                    do!
                        isRefused 400 "ALREADY_EXISTS" (fun () ->
                            calls.PreTransferWithAuthorizationAsync(first "bill-2"))

                    let! _ = shop.Platform.AdvanceAsync("consent-1", "TAKING_EFFECT")
                    let! consent = calls.GetUserConfirmAuthorizationAsync "consent-1"
                    Expect.equal (consent.State.Value.Value, consent.Openid) ("TAKING_EFFECT", "o1") "in effect"

                    let! made =
                        calls.TransferWithAuthorizationAsync(byConsent "bill-2" consent.AuthorizationId)

                    Expect.equal made.Openid "o1" "to the same user"
                    Expect.equal (fst (List.exactlyOne (heard shop))) "MCHTRANSFER.AUTHORIZATION.CONFIRMED" "told"
                })
        ]

let private batch total count (amounts: int64 list) =
    PartnerCreateBatchRequest(
        SubMchid = SubMchid,
        AuthorizationType = TransferAuthorizationType "FUND_AUTHORIZATION_TYPE",
        OutBatchNo = "batch-1",
        BatchName = "tea",
        BatchRemark = "tea",
        TotalAmount = total,
        TotalNum = count,
        TransferDetailList =
            [|
                for index, amount in List.indexed amounts ->
                    TransferDetailInput(
                        OutDetailNo = $"detail-{index + 1}",
                        TransferAmount = amount,
                        TransferRemark = "tea",
                        Openid = "o1",
                        UserName = SensitiveText "张三"
                    )
            |]
    )

let private batches =
    testList
        "batches"
        [
            testCaseTask "add up, end with what succeeded, and name both merchants" (fun () ->
                task {
                    let! struct (shop, client) = openPartner ()
                    use shop = shop
                    let calls = client.TransferBatches
                    do! isRefusedFor "/total_amount" (fun () -> calls.CreateBatchAsync(batch 101L 2L [ 60L; 40L ]))
                    let! made = calls.CreateBatchAsync(batch 100L 2L [ 60L; 40L ])
                    // The names are sealed anew, the request is the same.
                    let! again = calls.CreateBatchAsync(batch 100L 2L [ 60L; 40L ])
                    Expect.equal again.BatchId made.BatchId "the same request"
                    do! isRefused 400 "ALREADY_EXISTS" (fun () -> calls.CreateBatchAsync(batch 100L 1L [ 100L ]))
                    let! _ = shop.Platform.AdvanceAsync("batch-1/detail-2", "FAIL")
                    let! sent = shop.Platform.AdvanceAsync("batch-1", "FINISHED")
                    Expect.isEmpty sent "there is nowhere to tell it"
                    let! found = calls.GetBatchByBatchIdAsync(made.BatchId, true)

                    Expect.equal
                        (found.BatchStatus, found.SpMchid, found.SubMchid, found.SuccessAmount, found.FailNum)
                        ("FINISHED", shop.Platform.MerchantId, SubMchid, Nullable 60L, Nullable 1L)
                        "summed"

                    Expect.equal
                        [
                            for detail in found.TransferDetailList -> detail.OutDetailNo, detail.DetailStatus
                        ]
                        [ "detail-1", "SUCCESS"; "detail-2", "FAIL" ]
                        "each"

                    let! detail = calls.GetDetailByOutDetailNoAsync("batch-1", "detail-2")

                    Expect.equal
                        (detail.DetailStatus, detail.FailReason.Value.Value, detail.Username.Reveal())
                        ("FAIL", "ACCOUNT_FROZEN", "张三")
                        "the part's own"

                    do!
                        isRefused 404 "RESOURCE_NOT_EXISTS" (fun () ->
                            calls.GetDetailByOutDetailNoAsync("batch-1", "detail-3"))

                    do!
                        isRefused 404 "RESOURCE_NOT_EXISTS" (fun () ->
                            calls.GetBatchByOutBatchNoAsync("batch-2", true))

                    do! cannotAdvance shop "batch-1" "CLOSED"
                })
        ]

[<Tests>]
let tests =
    testList "simulator, service providers' flows" [ papay; transfers; batches ]
