/// PayScore orders and papay contracts, from the payer's consent to the end.
module WeChatPay.Tests.SimulatorServiceFlowTests

open System
open System.Threading.Tasks
open Expecto
open WeChatPay
open WeChatPay.Api.Papay
open WeChatPay.Api.PayScore
open WeChatPay.Tests.Shop
open WeChatPay.Tests.SimulatorFlowTests

let private service (shop: Shop) number needsUser =
    CreateOrderRequest(
        OutOrderNo = number,
        Appid = "wx1",
        ServiceId = "service-1",
        ServiceIntroduction = "umbrella",
        TimeRange = ServiceTimeRange(StartTime = "20260101080000"),
        RiskFund = RiskFund(Name = "DEPOSIT", Amount = 10_000L),
        NotifyUrl = shop.NotifyUrl,
        NeedUserConfirm = Nullable needsUser
    )

let private completion total (payments: int64 list) (discounts: int64 list) =
    CompleteOrderRequest(
        Appid = "wx1",
        ServiceId = "service-1",
        TotalAmount = total,
        PostPayments = [| for fen in payments -> PostPayment(Name = "hours", Amount = Nullable fen) |],
        PostDiscounts = [| for fen in discounts -> FinalOrderDiscount(Name = "coupon", Amount = fen) |]
    )

let private cancellation =
    CancelOrderRequest(Appid = "wx1", ServiceId = "service-1", Reason = "rain")

let private payScore =
    testList
        "PayScore orders"
        [
            testCaseTask "are confirmed by the user, completed by the merchant, and paid" (fun () ->
                task {
                    use! shop = openShop accept
                    let calls = shop.Client.PayScoreOrders
                    let! made = calls.CreateOrderAsync(service shop "order-1" true)
                    Expect.equal made.State.Value "CREATED" "made"
                    // A second order of the same service must not be taken for the first.
                    let! _ = calls.CreateOrderAsync(service shop "order-2" false)

                    do!
                        isRefused 400 "INVALID_REQUEST" (fun () ->
                            calls.CompleteOrderAsync("order-1", completion 100L [ 100L ] []))

                    let state () =
                        task {
                            let! found = calls.GetOrderAsync("service-1", "order-1", null, "wx1")

                            let words =
                                if found.StateDescription.HasValue then
                                    found.StateDescription.Value.Value
                                else
                                    ""

                            return found.State.Value, words, found.TotalAmount
                        }

                    let! sent = shop.Platform.AdvanceAsync(made.OrderId, "DOING")
                    Expect.equal sent.Count 1 "told"
                    let! confirmed = state ()
                    Expect.equal confirmed ("DOING", "USER_CONFIRM", Nullable()) "confirmed"

                    do!
                        isRefused 400 "PARAM_ERROR" (fun () ->
                            calls.CompleteOrderAsync("order-1", completion 100L [ 100L; 50L ] [ 49L ]))

                    let! _ = calls.CompleteOrderAsync("order-1", completion 101L [ 100L; 50L ] [ 49L ])
                    let! completed = state ()
                    Expect.equal completed ("DOING", "MCH_COMPLETE", Nullable 101L) "completed"
                    do! isRefused 400 "INVALID_REQUEST" (fun () -> calls.CancelOrderAsync("order-1", cancellation))

                    let modify total =
                        calls.ModifyOrderAsync(
                            "order-1",
                            ModifyOrderRequest(
                                Appid = "wx1",
                                ServiceId = "service-1",
                                TotalAmount = total,
                                PostPayments = [| PostPayment(Name = "hours", Amount = Nullable total) |],
                                PostDiscounts = [||],
                                Reason = "late"
                            )
                        )

                    do! isRefused 400 "INVALID_REQUEST" (fun () -> modify 102L)
                    let! modified = modify 90L
                    Expect.equal modified.TotalAmount (Nullable 90L) "less"
                    let! _ = shop.Platform.AdvanceAsync("order-1", "DONE")
                    let! paid = state ()
                    Expect.equal paid ("DONE", "", Nullable 90L) "paid"

                    match news shop with
                    | [ confirmed, first; paid, second ] ->
                        Expect.equal (confirmed, paid) ("PAYSCORE.USER_CONFIRM", "PAYSCORE.USER_PAID") "types"

                        for resource in [ first; second ] do
                            Expect.equal
                                (texts [ "mchid"; "appid"; "out_order_no"; "order_id"; "service_id" ] resource)
                                [ shop.Platform.MerchantId; "wx1"; "order-1"; made.OrderId; "service-1" ]
                                "resource"

                        Expect.equal (texts [ "state"; "state_description" ] first) [ "DOING"; "USER_CONFIRM" ] "first"
                        Expect.equal (texts [ "state"; "total_amount" ] second) [ "DONE"; "90" ] "second"

                        Expect.equal
                            (texts [ "state"; "paid_amount"; "paying_amount" ] (second.GetProperty "collection"))
                            [ "USER_PAID"; "90"; "0" ]
                            "collected"
                    | other -> failtestf "came %i" other.Length

                    do! cannotAdvance shop "order-1" "DONE"
                })

            testCaseTask "are cancelled before they are completed, and expire when nobody confirms" (fun () ->
                task {
                    use! shop = openShop accept
                    let calls = shop.Client.PayScoreOrders
                    let! doing = calls.CreateOrderAsync(service shop "order-1" false)
                    Expect.equal doing.State.Value "DOING" "no confirmation needed"
                    let! again = calls.CreateOrderAsync(service shop "order-1" false)
                    Expect.equal again.OrderId doing.OrderId "the same request"
                    do! isRefused 400 "INVALID_REQUEST" (fun () -> calls.CreateOrderAsync(service shop "order-1" true))
                    let! _ = calls.CancelOrderAsync("order-1", cancellation)
                    let! found = calls.GetOrderAsync("service-1", "order-1", null, "wx1")
                    Expect.equal found.State.Value "REVOKED" "cancelled"
                    let! _ = calls.CreateOrderAsync(service shop "order-2" true)
                    let! _ = shop.Platform.AdvanceAsync("order-2", "EXPIRED")
                    do! cannotAdvance shop "order-2" "DOING"

                    for ask in
                        [
                            fun () -> calls.GetOrderAsync("service-1", "order-9", null, "wx1") :> Task
                            fun () -> calls.GetOrderAsync("service-2", "order-1", null, "wx1")
                            fun () -> calls.CancelOrderAsync("order-9", cancellation)
                        ] do
                        do! isRefused 404 "RESOURCE_NOT_EXISTS" ask

                    Expect.isEmpty (news shop) "nothing of these is told"
                })
        ]

let private signing (shop: Shop) account =
    PreEntrustSignRequest(
        SignScene = SignScene.SignSceneApp,
        Appid = "wx1",
        PlanId = 12L,
        OutContractCode = "contract-1",
        ContractDisplayAccount = account,
        ContractNotifyUrl = shop.NotifyUrl,
        OutUserCode = "user-1",
        DeviceInfo =
            PapaySignDeviceInfo(
                DeviceType = DeviceType.DeviceTypePhone,
                DeviceOs = "os",
                DeviceId = "device-1",
                DeviceRunningAsRoot = false,
                DeviceIp = "192.0.2.1",
                WeixinInstalled = true,
                WeixinVersion = "8",
                DaysSinceFirstLogin = DaysSinceFirstLogin.DaysSinceFirstLoginUnknow
            )
    )

let private deduction contractId =
    PapayPayApplyTransactionRequest(
        Appid = "wx1",
        OutTradeNo = "trade-1",
        Description = "tea",
        TransactionNotifyUrl = "https://shop.test/notify",
        ContractId = contractId,
        Amount = WeChatPay.Api.OrderAmount(Total = 100L)
    )

let private termination =
    TerminateContractRequest(ContractTerminationRemark = "moved")

let private papay =
    testList
        "papay contracts"
        [
            testCaseTask "are signed by the payer, used, and ended once" (fun () ->
                task {
                    use! shop = openShop accept
                    let calls = shop.Client.PapaySign
                    let! _ = calls.PreEntrustSignAsync(signing shop "tea")

                    let get plan () =
                        calls.GetContractAsync(plan, "contract-1") :> Task

                    do! isRefused 404 "RESOURCE_NOT_EXISTS" (get 12L)
                    do! isRefused 400 "INVALID_REQUEST" (fun () -> calls.PreEntrustSignAsync(signing shop "coffee"))
                    do! cannotAdvance shop "contract-1" "TERMINATED"
                    let! _ = shop.Platform.AdvanceAsync("contract-1", "SIGNED")
                    let! signed = calls.GetContractAsync(12L, "contract-1")
                    Expect.equal (signed.ContractState, signed.PlanId) ("SIGNED", Nullable 12L) "signed"
                    Expect.isNull signed.ContractTerminateInfo "not ended"
                    do! isRefused 404 "RESOURCE_NOT_EXISTS" (get 13L)

                    let! applied =
                        shop.Client.PapayPay.ApplyTransactionAsync(deduction signed.ContractId)

                    Expect.equal applied.OutTradeNo "trade-1" "in force"
                    let! ended = calls.TerminateContractAsync(12L, "contract-1", termination)

                    Expect.equal
                        (ended.ContractState, ended.ContractTerminateInfo.ContractTerminationMode)
                        ("TERMINATED", "MCH_API_TERMINATE")
                        "ended"

                    for refused in
                        [
                            fun () -> calls.TerminateContractAsync(12L, "contract-1", termination) :> Task
                            fun () -> shop.Client.PapayPay.ApplyTransactionAsync(deduction signed.ContractId)
                        ] do
                        do! isRefused 400 "INVALID_REQUEST" refused

                    do! until (fun () -> (news shop).Length = 2)

                    for (eventType, resource), (expected, state) in
                        List.zip (news shop) [ "ENTRUST.SIGN", "SIGNED"; "ENTRUST.TERMINATE", "TERMINATED" ] do
                        Expect.equal eventType expected "type"

                        Expect.equal
                            (texts [ "out_contract_code"; "contract_id"; "plan_id"; "contract_state" ] resource)
                            [ "contract-1"; signed.ContractId; "12"; state ]
                            "resource"
                })
        ]

[<Tests>]
let tests = testList "services" [ payScore; papay ]
