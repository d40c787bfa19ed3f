module WeChatPay.Tests.SimulatorRecordsTests

open System
open System.IO
open System.Text.Json.Nodes
open Expecto
open WeChatPay
open WeChatPay.Api.Transfers
open WeChatPay.Simulator
open WeChatPay.Tests.PlatformRequests
open WeChatPay.Tests.Shop

let private uploads =
    testList
        "uploads"
        [
            testCaseTask "are signed over the part meta, byte for byte, which is no file" (fun () ->
                task {
                    use! platform = startWith Fullness.Usual
                    let good = draft platform (endpoint "media.upload_image")
                    let! answer = send platform good
                    Expect.equal answer.Status 200 "as it is"

                    for signed in [ Platform.utf8 (good.Body.ToJsonString() + " "); good.File; [||] ] do
                        let! answer = sendSigning platform signed good
                        Expect.equal (answer.Status, answer.Refusal) (401, ("SIGN_ERROR", "signature")) "other bytes"

                    for head, field in
                        [
                            MetaHead + "; filename=\"meta.json\"", "meta"
                            MetaHead.Replace("meta", "mete"), "meta"
                        ] do
                        let! answer = send platform { good with MetaHead = head }
                        Expect.equal (answer.Status, answer.Refusal) (401, ("SIGN_ERROR", field)) head
                })

            testCaseTask "carry the file whose hash they name" (fun () ->
                task {
                    use! platform = startWith Fullness.Usual

                    for id, field in
                        [
                            "media.upload_image", "/sha256"
                            "merchant_operation_management.upload_enhanced_due_diligence", "/file_digest"
                        ] do
                        let good = draft platform (endpoint id)

                        do!
                            isRefusedFor
                                platform
                                field
                                { good with
                                    File = Array.append good.File [| 10uy |]
                                }
                })

            testCaseTask "of the façade arrive" (fun () ->
                task {
                    use! platform = startWith Fullness.Usual
                    let client = direct platform ignore TimeProvider.System
                    // Larger than a JSON body may be, with a boundary's beginning in it.
                    let bytes = Array.append (Platform.utf8 "\r\n--") (Array.create 3_000_000 45uy)
                    use file = new MemoryStream(bytes)
                    let! image = client.Media.UploadImageAsync("营业执照.png", file)
                    Expect.isNotEmpty image.MediaId "its number"
                })
        ]

let private transfer number =
    CreateTransferBillRequest(
        Appid = "wx1",
        OutBillNo = number,
        Openid = "o1",
        UserName = SensitiveText "张三",
        TransferAmount = 200_000L,
        TransferRemark = "tea",
        TransferSceneId = TransferSceneId "1000",
        TransferSceneReportInfos = [| TransferSceneReportInfo(InfoType = "a", InfoContent = "b") |]
    )

let private memory =
    testList
        "what was made"
        [
            testCaseTask
                "is found by the merchant's number and the platform's, and what was sealed is sealed again"
                (fun () ->
                    task {
                        use! platform = startWith Fullness.Usual
                        let transfers = (direct platform ignore TimeProvider.System).MerchantTransfers
                        let! created = transfers.CreateTransferBillAsync(transfer "bill-1")
                        let! again = transfers.CreateTransferBillAsync(transfer "bill-1")
                        let! second = transfers.CreateTransferBillAsync(transfer "bill-2")
                        Expect.equal again.TransferBillNo created.TransferBillNo "the same request is the same bill"
                        Expect.notEqual second.TransferBillNo created.TransferBillNo "another is another"
                        let! found = transfers.GetTransferBillByOutBillNoAsync "bill-1"

                        Expect.equal
                            (found.OutBillNo, found.TransferBillNo, found.TransferAmount, found.State.Value)
                            ("bill-1", created.TransferBillNo, Nullable 200_000L, "WAIT_USER_CONFIRM")
                            "found"

                        Expect.equal (found.UserName.Reveal()) "张三" "opened here, sealed again"
                        Expect.equal found.CreateTime created.CreateTime "made once"
                        let! same = transfers.GetTransferBillByTransferBillNoAsync created.TransferBillNo
                        Expect.equal same.OutBillNo "bill-1" "by the platform's number"
                    })

            testCaseTask "makes every other number unknown, but not before" (fun () ->
                task {
                    use! platform = startWith Fullness.Usual
                    let client = direct platform ignore TimeProvider.System
                    let transfers = client.MerchantTransfers
                    let! before = transfers.GetTransferBillByOutBillNoAsync "bill-9"
                    Expect.equal before.OutBillNo "bill-9" "answered without state"
                    let! _ = transfers.CreateTransferBillAsync(transfer "bill-1")

                    for query in
                        [
                            fun () -> transfers.GetTransferBillByOutBillNoAsync "bill-9" :> Threading.Tasks.Task
                            fun () -> transfers.GetTransferBillByTransferBillNoAsync "9"
                        ] do
                        let! refusal = refusalOf query
                        Expect.equal (refusal.StatusCode, refusal.ErrorCode) (404, "RESOURCE_NOT_EXISTS") "unknown"
                        Expect.isTrue refusal.IsSigned "signed"

                    let! complaint = client.Complaints.GetComplaintAsync "complaint-1"
                    Expect.equal complaint.ComplaintId "complaint-1" "of another service nothing is known"
                    Expect.isNotEmpty (complaint.PayerPhone.Reveal()) "sealed"
                })

            testCaseTask "of lists has the parts by their own numbers" (fun () ->
                task {
                    use! platform = startWith Fullness.Usual
                    let batch = draft platform (endpoint "transfer_batches.create_batch")
                    let! _ = send platform batch

                    let detail =
                        draft platform (endpoint "transfer_batches.get_detail_by_out_detail_no")

                    let! found = send platform detail
                    Expect.equal (found.Json["transfer_amount"].GetValue<int64>()) 7L "the part's own"

                    let! other =
                        send
                            platform
                            { detail with
                                Path = detail.Path.Add("out_detail_no", "number-8")
                            }

                    Expect.equal (other.Status, fst other.Refusal) (404, "RESOURCE_NOT_EXISTS") "no such part"
                })

            testCaseTask "is gone when it was deleted" (fun () ->
                task {
                    use! platform = startWith Fullness.Usual
                    let! card = send platform (draft platform (endpoint "member_cards.create_card"))

                    let about id =
                        let draft = draft platform (endpoint id)

                        { draft with
                            Path = draft.Path.Add("card_id", fieldOf card.Json "card_id")
                        }

                    let! found = send platform (about "member_cards.get_card")
                    Expect.equal found.Status 200 "there"
                    let! deleted = send platform (about "member_cards.delete_card")
                    Expect.equal deleted.Status 204 "deleted"
                    let! gone = send platform (about "member_cards.get_card")
                    Expect.equal gone.Status 404 "gone"
                })
        ]

let private answers =
    testList
        "answers"
        [
            testCaseTask "of lists end: pages by number and pages by token" (fun () ->
                task {
                    use! platform = startWith Fullness.Maximal
                    let list = draft platform (endpoint "iot_devices.list_devices")

                    let! first =
                        send
                            platform
                            { list with
                                Query = list.Query.Add("offset", "0")
                            }

                    Expect.equal
                        (first.Json["data"].AsArray().Count, first.Json["total_count"].GetValue<int64>())
                        (1, 1L)
                        "one"

                    let! second =
                        send
                            platform
                            { list with
                                Query = list.Query.Add("offset", "1")
                            }

                    Expect.equal (second.Json["data"].AsArray().Count) 0 "no more"

                    let stores =
                        draft platform (endpoint "brand_direct_product_coupons.list_associated_stores")

                    let! first = send platform stores
                    let token = fieldOf first.Json "next_page_token"

                    let! second =
                        send
                            platform
                            { stores with
                                Query = stores.Query.Add("page_token", token)
                            }

                    Expect.isNull second.Json["next_page_token"] "no more"
                })

            testCaseTask "of bills name a file, and the file has the hash that they name" (fun () ->
                task {
                    use! platform = startWith Fullness.Usual
                    let client = direct platform ignore TimeProvider.System
                    let! bill = client.ProfitSharing.GetBillAsync(DateOnly(2026, 1, 1))
                    use file = new MemoryStream()
                    do! client.DownloadAsync(bill.DownloadUrl, file, FileHash.Sha1 bill.HashValue)
                    Expect.isGreaterThan file.Length 0L "downloaded, its hash compared"

                    let! statement =
                        send platform (draft platform (endpoint "global_settlements.download_statement"))

                    Expect.equal
                        (statement.Header "Wechatpay-Statement-Sha1")
                        (Convert.ToHexStringLower(Security.Cryptography.SHA1.HashData statement.Bytes))
                        "a statement's is in a header"
                })
        ]

[<Tests>]
let tests = testList "the platform's memory" [ uploads; memory; answers ]
