namespace WeChatPay.Simulator

open System.Text.Json
open FsToolkit.ErrorHandling

/// What an e-commerce platform pays beside the payer, and gets back: subsidies, and refunds that it advanced.
[<RequireQualifiedAccess>]
module internal AfterSalesFlow =
    [<Literal>]
    let private Subsidy = "subsidy"

    [<Literal>]
    let private Cancelled = "subsidy_cancelled"

    [<Literal>]
    let private SubsidyReturn = "subsidy_return"

    [<Literal>]
    let private AdvanceReturn = "advance_return"

    /// All of it is done at once.
    [<Literal>]
    let private Done = "SUCCESS"

    let private taken = PlatformError.badRequest "商户单号已存在，且内容与首次请求不一致"

    let private refuse words = Error(PlatformError.badRequest words)

    let private ownerOf (setting: FlowSetting) (question: Question) =
        {
            Placer = setting.MerchantId
            SubMerchant = Some(FlowStep.said "sub_mchid" question)
        }

    /// What is made of a paid order; nothing where the platform has seen none.
    let private aboutOrder (setting: FlowSetting) (question: Question) (ledger: Ledger) change =
        let transactionId = FlowStep.text "transaction_id" question.Body

        match Ledger.findSoldBy setting.Now (ownerOf setting question) transactionId ledger with
        | Ok({ State = OrderState.Paid _ } as order) -> ValueSome(change order)
        | Ok _ -> ValueSome(refuse "订单已撤销")
        | Error _ when ledger.Orders.IsEmpty -> ValueNone
        | Error _ -> ValueSome(Error FlowStep.resourceNotExists)

    let private ofPayment family transactionId (ledger: Ledger) =
        Flow.ofFamily family ledger.Flows
        |> Seq.filter (fun thing -> FlowStep.text "transaction_id" thing.Fields = transactionId)
        |> List.ofSeq

    let private sumOf (things: FlowThing list) =
        things |> List.sumBy (fun thing -> FlowStep.fen "amount" thing.Fields)

    /// What the order was marked for.
    let private markedFor (order: Order) =
        match Settlement.tryField "subsidy_amount" order with
        | ValueSome amount when amount.ValueKind = JsonValueKind.Number ->
            match amount.TryGetInt64() with
            | true, fen -> fen
            | _ -> 0L
        | ValueSome _
        | ValueNone -> 0L

    let private requireAmount (question: Question) =
        if FlowStep.fen "amount" question.Body < 1L then
            Error(PlatformError.parameter "body" "/amount" "" "应大于 0")
        else
            Ok()

    let private checkSubsidy (question: Question) (order: Order) ledger =
        let transactionId = FlowStep.text "transaction_id" question.Body
        let paid = sumOf (ofPayment Subsidy transactionId ledger)

        match markedFor order with
        | _ when not (ofPayment Cancelled transactionId ledger).IsEmpty -> refuse "订单的补贴已取消"
        | marked when marked < 1L -> refuse "订单下单时未标记补贴"
        | marked when paid + FlowStep.fen "amount" question.Body > marked -> refuse "补贴金额超过下单时标记的补贴金额"
        | _ -> requireAmount question

    /// What was done, as the answer tells of it.
    let private made family number numberField (setting: FlowSetting) (question: Question) fields ledger =
        let platformNumber = setting.NewNumber "3008"

        { FlowStep.thing family "" [ platformNumber ] Done "" question with
            Number = number
        }
        |> Flow.withFields
            [
                numberField, Shapes.text platformNumber
                "result", Shapes.text Done
                "success_time", Shapes.time setting.Now
                yield! fields
            ]
        |> FlowStep.keep ledger

    /// The merchant's number of a subsidy; without one an order has a single subsidy.
    let private subsidyNumber (question: Question) =
        match FlowStep.text "out_subsidy_no" question.Body with
        | "" -> FlowStep.text "transaction_id" question.Body
        | own -> own

    let private subsidise setting question ledger order =
        let number = subsidyNumber question

        FlowStep.createAs taken Subsidy number question ledger (fun () ->
            checkSubsidy question order ledger
            |> Result.map (fun () -> made Subsidy number "subsidy_id" setting question [] ledger))

    let private cancel setting question ledger (_: Order) =
        let transactionId = FlowStep.text "transaction_id" question.Body

        FlowStep.createAs taken Cancelled transactionId question ledger (fun () ->
            if (ofPayment Subsidy transactionId ledger).IsEmpty then
                Ok(made Cancelled transactionId "cancel_id" setting question [] ledger)
            else
                refuse "订单已补贴，不能取消")

    let private isOf (order: Order) (refund: RefundEntry) =
        refund.OutTradeNo = order.OutTradeNo && refund.State <> RefundState.Closed

    /// No more comes back than was paid, and only of an order that was refunded.
    let private checkReturn (setting: FlowSetting) (question: Question) (order: Order) ledger =
        result {
            do! requireAmount question

            let! refund =
                Refunds.findById (ownerOf setting question) (FlowStep.text "refund_id" question.Body) ledger

            if not (isOf order refund) then
                return! refuse "退款单不属于该订单或已关闭"

            let transactionId = FlowStep.text "transaction_id" question.Body
            let named = FlowStep.text "subsidy_id" question.Body

            let isNamed (thing: FlowThing) =
                named = "" || FlowStep.text "subsidy_id" thing.Fields = named

            let sum family =
                ofPayment family transactionId ledger |> List.filter isNamed |> sumOf

            if FlowStep.fen "amount" question.Body + sum SubsidyReturn > sum Subsidy then
                return! refuse "回退金额超过已补贴且未回退的金额"
        }

    let private giveBack setting question ledger order =
        FlowStep.create taken SubsidyReturn "out_order_no" question ledger (fun () ->
            checkReturn setting question order ledger
            |> Result.map (fun () ->
                let number = FlowStep.text "out_order_no" question.Body
                made SubsidyReturn number "subsidy_refund_id" setting question [] ledger))

    let private checkAdvance (refund: RefundEntry) =
        match refund.State with
        | _ when not (RefundEntry.isAdvanced refund) -> refuse "该退款不是平台垫付退款"
        | RefundState.Success _ -> Ok()
        | RefundState.Processing
        | RefundState.Abnormal
        | RefundState.Closed -> refuse "退款尚未成功，不能回补"

    let private advanceFields (setting: FlowSetting) (refund: RefundEntry) =
        [
            "refund_id", Shapes.text refund.RefundId
            "return_amount", Shapes.integer refund.Amount
            yield! Shapes.optional "payer_mchid" refund.Owner.SubMerchant
            "payer_account", Shapes.text "BASIC"
            "payee_mchid", Shapes.text setting.MerchantId
            "payee_account", Shapes.text "BASIC"
        ]

    /// The sub-merchant pays back what the platform advanced for its refund.
    let private repay (setting: FlowSetting) (question: Question) (ledger: Ledger) =
        let number = FlowStep.parameter "refund_id" question

        match Refunds.findById (ownerOf setting question) number ledger with
        | Error _ when ledger.Refunds.IsEmpty -> ValueNone
        | Error error -> ValueSome(Error error)
        | Ok refund ->
            FlowStep.createAs taken AdvanceReturn number question ledger (fun () ->
                checkAdvance refund
                |> Result.map (fun () ->
                    let fields = advanceFields setting refund
                    made AdvanceReturn number "advance_return_id" setting question fields ledger))
            |> ValueSome

    let private answer (setting: FlowSetting) (question: Question) (ledger: Ledger) =
        match question.Endpoint.Id with
        | "ecommerce_subsidies.create_subsidy" -> aboutOrder setting question ledger (subsidise setting question ledger)
        | "ecommerce_subsidies.cancel_subsidy" -> aboutOrder setting question ledger (cancel setting question ledger)
        | "ecommerce_subsidies.return_subsidy" -> aboutOrder setting question ledger (giveBack setting question ledger)
        | "ecommerce_refunds.return_advance" -> repay setting question ledger
        | "ecommerce_refunds.get_return_advance" ->
            FlowStep.about
                AdvanceReturn
                (FlowStep.parameter "refund_id" question)
                ledger
                (FlowStep.ofSubMerchant question (FlowStep.tell ledger >> Ok))
        | _ -> ValueNone

    let rules =
        {
            Answer = answer
            Advance = fun _ _ _ _ -> ValueNone
        }
