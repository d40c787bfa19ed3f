/// Profit sharing of an e-commerce platform: the same rules under the calls' own names.
module WeChatPay.Tests.SimulatorEcommerceSharingTests

open System
open System.Text.Json
open System.Threading.Tasks
open Expecto
open WeChatPay
open WeChatPay.Api
open WeChatPay.Api.ProfitSharing
open WeChatPay.Tests.Shop
open WeChatPay.Tests.SimulatorFlowTests
open WeChatPay.Tests.SimulatorPartnerTests

let private sharing (shop: Shop) transactionId number amount isLast =
    CreateEcommerceOrderRequest(
        Appid = "wx1",
        SubMchid = SubMchid,
        TransactionId = transactionId,
        OutOrderNo = number,
        Finish = isLast,
        NotifyUrl = shop.NotifyUrl,
        Receivers =
            [|
                EcommerceOrderReceiver(
                    Type = EcommerceReceiverType "MERCHANT_ID",
                    ReceiverAccount = "1900000100",
                    Amount = amount,
                    Description = "part"
                )
            |]
    )

let private shared (shop: Shop) (client: WeChatPayPartnerClient) =
    task {
        let! _ =
            client.Payments.PrepayNativeAsync(
                PartnerNativePrepayRequest(
                    SubMchid = SubMchid,
                    Description = "tea",
                    OutTradeNo = "order-1",
                    NotifyUrl = shop.NotifyUrl,
                    Amount = OrderAmount(Total = 100L),
                    SettleInfo = OrderSettlement(ProfitSharing = Nullable true)
                )
            )

        let! _ = shop.Platform.PayAsync "order-1"
        let! order = client.Payments.QueryByOutTradeNoAsync("order-1", SubMchid)
        return nonNull order.TransactionId
    }

[<Tests>]
let tests =
    testList
        "simulator's e-commerce sharing"
        [
            testCaseTask
                "gives out no more than was paid, takes back no more than was given, and ends with the last"
                (fun () ->
                    task {
                        let! struct (shop, client) = openPartner ()
                        use shop = shop
                        let calls = client.EcommerceProfitSharing
                        let! paid = shared shop client

                        do!
                            SimulatorFlowTests.isRefused 403 "NOT_ENOUGH" (fun () ->
                                calls.CreateOrderAsync(sharing shop paid "share-1" 101L false))

                        let! made = calls.CreateOrderAsync(sharing shop paid "share-1" 60L false)
                        Expect.equal made.Status.Value.Value "PROCESSING" "made"
                        let! _ = shop.Platform.AdvanceAsync("share-1", "FINISHED")
                        let! found = calls.GetOrderAsync(SubMchid, paid, "share-1")
                        Expect.equal found.Status.Value.Value "FINISHED" "finished"
                        let last = Seq.last shop.Seen
                        let resource = JsonDocument.Parse(last.Resource).RootElement

                        Expect.equal
                            (last.EventType :: texts [ "sp_mchid"; "sub_mchid"; "out_order_no" ] resource)
                            [ "PROFITSHARING.SUCCESS"; shop.Platform.MerchantId; SubMchid; "share-1" ]
                            "the provider is told"

                        Expect.equal
                            (texts [ "account"; "amount" ] (resource.GetProperty "receiver"))
                            [ "1900000100"; "60" ]
                            "whose part"

                        let back fen number =
                            CreateEcommerceReturnOrderRequest(
                                SubMchid = SubMchid,
                                OutOrderNo = "share-1",
                                OutReturnNo = number,
                                ReturnMchid = "1900000100",
                                Amount = fen,
                                Description = "back"
                            )

                        do!
                            SimulatorFlowTests.isRefused 400 "INVALID_REQUEST" (fun () ->
                                calls.CreateReturnOrderAsync(back 61L "back-1"))

                        let! _ = calls.CreateReturnOrderAsync(back 20L "back-2")
                        let! _ = shop.Platform.AdvanceAsync("back-2", "SUCCESS")
                        let! told = calls.GetReturnOrderAsync(SubMchid, "back-2")
                        Expect.equal told.Result.Value.Value "SUCCESS" "came back"

                        let! _ = calls.CreateOrderAsync(sharing shop paid "share-2" 10L true)
                        let! amounts = calls.QueryAmountsAsync paid
                        Expect.equal amounts.UnsplitAmount (Nullable 0L) "ended with the last"

                        do!
                            SimulatorFlowTests.isRefused 400 "INVALID_REQUEST" (fun () ->
                                calls.CreateOrderAsync(sharing shop paid "share-3" 1L false))
                    })
        ]
