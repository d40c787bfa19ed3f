/// Profit sharing: amounts add up, states follow, and each receiver's part is told.
module WeChatPay.Tests.SimulatorSharingTests

open System
open System.Text.Json
open System.Threading.Tasks
open Expecto
open WeChatPay
open WeChatPay.Api
open WeChatPay.Api.ProfitSharing
open WeChatPay.Tests.Shop
open WeChatPay.Tests.SimulatorFlowTests

let private sharedOrder (shop: Shop) marked =
    task {
        let asked = order shop "order-1"

        let! _ =
            shop.Client.Payments.PrepayNativeAsync(
                NativePrepayRequest(
                    Appid = asked.Appid,
                    Description = asked.Description,
                    OutTradeNo = asked.OutTradeNo,
                    NotifyUrl = asked.NotifyUrl,
                    Amount = asked.Amount,
                    SettleInfo = OrderSettlement(ProfitSharing = Nullable marked)
                )
            )

        let! _ = shop.Platform.PayAsync "order-1"
        let paid = Seq.head shop.Seen
        return string (JsonDocument.Parse(paid.Resource).RootElement.GetProperty "transaction_id")
    }

let private sharing (shop: Shop) transactionId number (amounts: int64 list) =
    ProfitSharingCreateOrderRequest(
        Appid = "wx1",
        TransactionId = transactionId,
        OutOrderNo = number,
        UnfreezeUnsplit = false,
        NotifyUrl = shop.NotifyUrl,
        Receivers =
            [|
                for index, amount in List.indexed amounts ->
                    CreateOrderReceiver(
                        Type = ProfitSharingReceiverType "MERCHANT_ID",
                        Account = $"190000010{index}",
                        Amount = amount,
                        Description = "part"
                    )
            |]
    )

let private giveBack number fen =
    ProfitSharingCreateReturnOrderRequest(
        OutOrderNo = "share-1",
        OutReturnNo = number,
        ReturnMchid = "1900000100",
        Amount = fen,
        Description = "back"
    )

let private profitSharing =
    testList
        "profit sharing"
        [
            testCaseTask "gives out no more than was paid, and ends with the rest" (fun () ->
                task {
                    use! shop = openShop accept
                    let calls = shop.Client.ProfitSharing
                    let! paid = sharedOrder shop true

                    do!
                        isRefused 403 "NOT_ENOUGH" (fun () ->
                            calls.CreateOrderAsync(sharing shop paid "share-1" [ 60L; 41L ]))

                    let! made = calls.CreateOrderAsync(sharing shop paid "share-1" [ 60L; 10L ])
                    Expect.equal made.State.Value "PROCESSING" "made"
                    let! amounts = calls.QueryAmountsAsync paid
                    Expect.equal amounts.UnsplitAmount (Nullable 30L) "the rest"

                    for number, fen in [ "share-1", 5L; "share-2", 31L ] do
                        let code =
                            if number = "share-1" then
                                400, "INVALID_REQUEST"
                            else
                                403, "NOT_ENOUGH"

                        do!
                            (fun () -> calls.CreateOrderAsync(sharing shop paid number [ fen ]) :> Task)
                            |> isRefused (fst code) (snd code)

                    let! sent = shop.Platform.AdvanceAsync(made.OrderId, "FINISHED")
                    Expect.equal sent.Count 2 "each receiver's"
                    let! found = calls.GetOrderAsync("share-1", paid)

                    Expect.equal
                        (found.State.Value,
                         [ for part in found.Receivers -> part.Amount.Value, part.Result.Value.Value ])
                        ("FINISHED", [ 60L, "SUCCESS"; 10L, "SUCCESS" ])
                        "finished"

                    for (eventType, resource), amount in List.zip (news shop) [ "60"; "10" ] do
                        Expect.equal
                            (eventType
                             :: texts [ "mchid"; "transaction_id"; "out_order_no"; "order_id" ] resource)
                            [
                                "PROFITSHARING.SUCCESS"
                                shop.Platform.MerchantId
                                paid
                                "share-1"
                                made.OrderId
                            ]
                            "resource"

                        Expect.equal (texts [ "amount" ] (resource.GetProperty "receiver")) [ amount ] "receiver"

                    let! _ =
                        calls.UnfreezeOrderAsync(
                            UnfreezeOrderRequest(TransactionId = paid, OutOrderNo = "end-1", Description = "end")
                        )

                    let! amounts = calls.QueryAmountsAsync paid
                    Expect.equal amounts.UnsplitAmount (Nullable 0L) "no rest"

                    do!
                        isRefused 400 "INVALID_REQUEST" (fun () ->
                            calls.CreateOrderAsync(sharing shop paid "share-3" [ 1L ]))

                    do! cannotAdvance shop "share-1" "CLOSED"
                    do! isRefused 404 "RESOURCE_NOT_EXISTS" (fun () -> calls.GetOrderAsync("share-9", paid))
                })

            testCaseTask "is for orders that were marked, and frees what its receivers do not get" (fun () ->
                task {
                    use! shop = openShop accept
                    let! paid = sharedOrder shop false

                    do!
                        isRefused 400 "INVALID_REQUEST" (fun () ->
                            shop.Client.ProfitSharing.CreateOrderAsync(sharing shop paid "share-1" [ 1L ]))

                    use! shop = openShop accept
                    let! paid = sharedOrder shop true

                    let! _ =
                        shop.Client.ProfitSharing.CreateOrderAsync(sharing shop paid "share-1" [ 100L ])

                    let! _ = shop.Platform.AdvanceAsync("share-1", "CLOSED")
                    let! amounts = shop.Client.ProfitSharing.QueryAmountsAsync paid
                    Expect.equal amounts.UnsplitAmount (Nullable 100L) "free again"
                })

            testCaseTask "takes back no more than a receiver has got" (fun () ->
                task {
                    use! shop = openShop accept
                    let calls = shop.Client.ProfitSharing
                    let! paid = sharedOrder shop true
                    let! _ = calls.CreateOrderAsync(sharing shop paid "share-1" [ 60L ])

                    let back number fen =
                        calls.CreateReturnOrderAsync(giveBack number fen)

                    do! isRefused 400 "INVALID_REQUEST" (fun () -> back "back-1" 1L)
                    let! _ = shop.Platform.AdvanceAsync("share-1", "FINISHED")
                    do! isRefused 400 "INVALID_REQUEST" (fun () -> back "back-1" 61L)
                    let! made = back "back-1" 40L
                    Expect.equal made.Result.Value.Value "PROCESSING" "made"
                    do! isRefused 400 "INVALID_REQUEST" (fun () -> back "back-2" 21L)
                    let! sent = shop.Platform.AdvanceAsync("back-1", "SUCCESS")
                    Expect.equal sent.Count 1 "told"
                    let! found = calls.GetReturnOrderAsync("back-1", "share-1")
                    Expect.equal (found.Result.Value.Value, found.Amount) ("SUCCESS", Nullable 40L) "came back"
                    let eventType, resource = List.last (news shop)
                    Expect.equal eventType "PROFITSHARING.RETURN" "type"

                    Expect.equal
                        (texts [ "account"; "amount" ] (resource.GetProperty "receiver"))
                        [ "1900000100"; "40" ]
                        "resource"

                    let! _ = back "back-2" 20L
                    let! _ = shop.Platform.AdvanceAsync("back-2", "FAILED")
                    let! _ = back "back-3" 20L
                    ()
                })
        ]

[<Tests>]
let tests = testList "sharing" [ profitSharing ]
