/// Things that live through states: what calls and the payer may do to them, what follows, and what does not pass.
module WeChatPay.Tests.SimulatorFlowTests

open System
open System.Net.Http
open System.Text.Json
open System.Threading.Tasks
open Expecto
open WeChatPay
open WeChatPay.Api.Transfers
open WeChatPay.Functional
open WeChatPay.Simulator
open WeChatPay.Tests.Shop

/// The notifications that came beside payments, each of them proven: the type, and the plain resource.
let news (shop: Shop) =
    [
        for event in shop.Seen do
            match event.Event with
            | WeChatPayEvent.Unrecognized reason -> failtestf "%s: %s" event.EventType reason
            | WeChatPayEvent.PaymentSucceeded _ -> ()
            | _ -> event.EventType, JsonDocument.Parse(event.Resource).RootElement
    ]

let texts (names: string list) (resource: JsonElement) =
    names |> List.map (fun name -> string (resource.GetProperty name))

let isRefused status code (call: unit -> Task) =
    task {
        let! refusal = refusalOf call
        Expect.equal (refusal.StatusCode, refusal.ErrorCode) (status, code) refusal.Message
    }

/// The payer or the platform cannot do that now.
let cannotAdvance (shop: Shop) number state =
    task {
        let mutable isRefused = false

        try
            let! _ = shop.Platform.AdvanceAsync(number, state)
            ()
        with :? InvalidOperationException ->
            isRefused <- true

        Expect.isTrue isRefused (number + " to " + state)
    }

let private transfer (shop: Shop) number fen =
    CreateTransferBillRequest(
        Appid = "wx1",
        OutBillNo = number,
        Openid = "o1",
        TransferAmount = fen,
        TransferRemark = "tea",
        NotifyUrl = shop.NotifyUrl,
        TransferSceneId = TransferSceneId "1000",
        TransferSceneReportInfos = [| TransferSceneReportInfo(InfoType = "a", InfoContent = "b") |]
    )

let private transfers =
    testList
        "transfers"
        [
            testCaseTask "wait for the user, then end in one way, once" (fun () ->
                task {
                    use! shop = openShop accept
                    let calls = shop.Client.MerchantTransfers
                    let! made = calls.CreateTransferBillAsync(transfer shop "bill-1" 300L)
                    Expect.equal made.State.Value "WAIT_USER_CONFIRM" "waits"

                    for state, ends in [ "TRANSFERING", false; "SUCCESS", true ] do
                        let! sent = shop.Platform.AdvanceAsync(made.TransferBillNo, state)
                        Expect.equal (sent.Count = 1) ends "only an end is told"
                        let! found = calls.GetTransferBillByOutBillNoAsync "bill-1"
                        Expect.equal found.State.Value state "by the merchant's number"
                        let! found = calls.GetTransferBillByTransferBillNoAsync made.TransferBillNo
                        Expect.equal found.State.Value state "by the platform's"

                    let eventType, resource = List.exactlyOne (news shop)
                    Expect.equal eventType "MCHTRANSFER.BILL.FINISHED" "type"

                    Expect.equal
                        (texts
                            [
                                "mchid"
                                "out_bill_no"
                                "transfer_bill_no"
                                "state"
                                "transfer_amount"
                                "openid"
                            ]
                            resource)
                        [
                            shop.Platform.MerchantId
                            "bill-1"
                            made.TransferBillNo
                            "SUCCESS"
                            "300"
                            "o1"
                        ]
                        "resource"

                    do! cannotAdvance shop "bill-1" "FAIL"
                    do! cannotAdvance shop "bill-2" "SUCCESS"
                    do! isRefused 400 "INVALID_REQUEST" (fun () -> calls.CancelTransferBillAsync "bill-1")
                })

            testCaseTask "are cancelled while they wait, and keep their number" (fun () ->
                task {
                    use! shop = openShop accept
                    let calls = shop.Client.MerchantTransfers
                    let! made = calls.CreateTransferBillAsync(transfer shop "bill-1" 300L)
                    let! again = calls.CreateTransferBillAsync(transfer shop "bill-1" 300L)
                    Expect.equal again.TransferBillNo made.TransferBillNo "the same request"

                    do!
                        isRefused 400 "ALREADY_EXISTS" (fun () ->
                            calls.CreateTransferBillAsync(transfer shop "bill-1" 301L))

                    let! cancelled = calls.CancelTransferBillAsync "bill-1"
                    Expect.equal cancelled.State.Value "CANCELLED" "cancelled"
                    do! until (fun () -> not (List.isEmpty (news shop)))
                    let eventType, resource = List.exactlyOne (news shop)

                    Expect.equal
                        (eventType :: texts [ "state" ] resource)
                        [ "MCHTRANSFER.BILL.FINISHED"; "CANCELLED" ]
                        "told"

                    do! isRefused 404 "RESOURCE_NOT_EXISTS" (fun () -> calls.CancelTransferBillAsync "bill-9")
                    do! cannotAdvance shop "bill-1" "SUCCESS"
                })

            testCaseTask "move by the control, too, and news that is not taken comes again" (fun () ->
                task {
                    let mutable rounds = 0

                    use! shop =
                        openShop (fun _ _ ->
                            rounds <- rounds + 1

                            if rounds = 1 then
                                Task.FromException(InvalidOperationException "away")
                            else
                                Task.CompletedTask)

                    let! _ =
                        shop.Client.MerchantTransfers.CreateTransferBillAsync(transfer shop "bill-1" 300L)

                    use http = new HttpClient(BaseAddress = shop.Platform.BaseAddress)

                    let advance query =
                        http.PostAsync("/simulator/advance/bill-1" + query, null)

                    use! unsaid = advance ""
                    Expect.equal (int unsaid.StatusCode) 400 "where to"
                    use! failed = advance "?state=FAIL"
                    Expect.equal (int failed.StatusCode) 200 "moved"
                    use! again = advance "?state=FAIL"
                    Expect.equal (int again.StatusCode) 400 "it has ended"
                    do! until (fun () -> rounds >= 2)

                    let told =
                        news shop
                        |> List.map (fun (_, resource) -> texts [ "state"; "fail_reason" ] resource)

                    Expect.equal told (List.replicate 2 [ "FAIL"; "PAYEE_ACCOUNT_ABNORMAL" ]) "twice the same"
                })
        ]

let private batch (shop: Shop) total count (amounts: int64 list) =
    TransferBatchesCreateBatchRequest(
        Appid = "wx1",
        OutBatchNo = "batch-1",
        BatchName = "tea",
        BatchRemark = "tea",
        TotalAmount = total,
        TotalNum = count,
        NotifyUrl = shop.NotifyUrl,
        TransferDetailList =
            [|
                for index, amount in List.indexed amounts ->
                    TransferBatchDetail(
                        OutDetailNo = $"detail-{index + 1}",
                        TransferAmount = amount,
                        TransferRemark = "tea",
                        Openid = "o1"
                    )
            |]
    )

let private batches =
    testList
        "batches"
        [
            testCaseTask "have the count and the sum of their details, and end with those of what succeeded" (fun () ->
                task {
                    use! shop = openShop accept
                    let calls = shop.Client.TransferBatches

                    for total, count in [ 99L, 2L; 101L, 2L; 100L, 1L; 100L, 3L ] do
                        do!
                            isRefused 400 "PARAM_ERROR" (fun () ->
                                calls.CreateBatchAsync(batch shop total count [ 60L; 40L ]))

                    let! made = calls.CreateBatchAsync(batch shop 100L 2L [ 60L; 40L ])
                    Expect.equal made.BatchStatus.Value.Value "ACCEPTED" "accepted"
                    let! _ = shop.Platform.AdvanceAsync("batch-1/detail-2", "FAIL")
                    let! sent = shop.Platform.AdvanceAsync("batch-1", "FINISHED")
                    Expect.equal sent.Count 1 "told"
                    let! found = calls.GetBatchByBatchIdAsync(made.BatchId, true)

                    Expect.equal
                        (found.TransferBatch.BatchStatus,
                         found.TransferBatch.SuccessAmount,
                         found.TransferBatch.FailNum)
                        ("FINISHED", Nullable 60L, Nullable 1L)
                        "summed"

                    Expect.equal
                        [
                            for detail in found.TransferDetailList -> detail.OutDetailNo, detail.DetailStatus
                        ]
                        [ "detail-1", "SUCCESS"; "detail-2", "FAIL" ]
                        "each"

                    let! failed =
                        calls.GetBatchByOutBatchNoAsync("batch-1", true, Nullable(), Nullable(), "FAIL")

                    Expect.equal
                        [ for detail in failed.TransferDetailList -> detail.OutDetailNo ]
                        [ "detail-2" ]
                        "asked"

                    let! detail = calls.GetDetailByOutDetailNoAsync("batch-1", "detail-2")
                    Expect.equal (detail.DetailStatus, detail.TransferAmount) ("FAIL", Nullable 40L) "the part's own"
                    let eventType, resource = List.exactlyOne (news shop)
                    Expect.equal eventType "MCHTRANSFER.BATCH.FINISHED" "type"

                    Expect.equal
                        (texts
                            [
                                "out_batch_no"
                                "total_amount"
                                "success_amount"
                                "success_num"
                                "fail_amount"
                                "fail_num"
                            ]
                            resource)
                        [ "batch-1"; "100"; "60"; "1"; "40"; "1" ]
                        "sums"

                    do! cannotAdvance shop "batch-1" "CLOSED"
                })
        ]

[<Tests>]
let tests = testList "flows" [ transfers; batches ]
