namespace WeChatPay.Simulator

open System.Globalization
open System.Text.Json
open System.Text.Json.Nodes
open FsToolkit.ErrorHandling

/// Profit sharing: parts of a payment for others, the rest for the merchant, and parts that come back.
[<RequireQualifiedAccess>]
module internal SharingFlow =
    [<Literal>]
    let private Sharing = "sharing"

    [<Literal>]
    let private Return = "sharing_return"

    let private sharingMoves = [ "PROCESSING", [ "FINISHED"; "CLOSED" ] ]
    let private returnMoves = [ "PROCESSING", [ "SUCCESS"; "FAILED" ] ]

    let private taken = PlatformError.badRequest "商户单号已存在，且内容与首次请求不一致"

    let private notEnough = PlatformError.create 403 "NOT_ENOUGH" "待分账余额不足"

    let private receiversOf (sharing: FlowThing) =
        FlowStep.objects "receivers" sharing.Fields

    /// Who gets a part: the e-commerce calls have names of their own for it.
    let private accountOf (part: JsonObject) =
        [ "account"; "receiver_account"; "receiver_mchid" ]
        |> List.map (fun name -> FlowStep.text name part)
        |> List.tryFind (fun account -> account <> "")
        |> Option.defaultValue ""

    let private sumOf (parts: JsonObject list) =
        parts |> List.sumBy (FlowStep.fen "amount")

    let private ofPayment transactionId (ledger: Ledger) =
        Flow.ofFamily Sharing ledger.Flows
        |> Seq.filter (fun sharing -> FlowStep.text "transaction_id" sharing.Fields = transactionId)
        |> List.ofSeq

    /// Whether the rest went to the merchant.
    let private isEnded (sharings: FlowThing list) =
        sharings
        |> List.exists (fun sharing ->
            sharing.MadeBy = "profit_sharing.unfreeze_order"
            || sharing.MadeBy = "ecommerce_profit_sharing.finish_order"
            || FlowStep.isTrue "unfreeze_unsplit" sharing.Asked
            // The e-commerce calls' own name for the same.
            || FlowStep.isTrue "finish" sharing.Asked)

    let private isShareable (order: Order) =
        match Settlement.tryField "profit_sharing" order with
        | ValueSome marked -> marked.ValueKind = JsonValueKind.True
        | ValueNone -> false

    let private tryOrder transactionId (ledger: Ledger) =
        ledger.Orders.Values
        |> Seq.tryFind (fun order ->
            match order.State with
            | OrderState.Paid payment -> payment.TransactionId = transactionId
            | OrderState.NotPaid
            | OrderState.Closed
            | OrderState.Failed
            | OrderState.Revoked _ -> false)

    let private isRefunded (refund: RefundEntry) =
        match refund.State with
        | RefundState.Processing
        | RefundState.Success _ -> true
        | RefundState.Abnormal
        | RefundState.Closed -> false

    /// What is left to share of an order: its price less refunds and shares, nothing once it has ended.
    let private restOf (order: Order) transactionId (ledger: Ledger) =
        let sharings = ofPayment transactionId ledger

        let shared =
            sharings
            |> List.filter (fun sharing -> sharing.State <> "CLOSED")
            |> List.sumBy (receiversOf >> sumOf)

        let refunded =
            Refunds.ofOrder order ledger
            |> Seq.filter isRefunded
            |> Seq.sumBy (fun refund -> refund.Amount)

        if isEnded sharings then
            0L
        else
            max 0L (order.Total - refunded - shared)

    /// A payment that this platform did not see has no limit, but for its end.
    let private checkRest (body: JsonObject) (ledger: Ledger) =
        let transactionId = FlowStep.text "transaction_id" body
        let amounts = FlowStep.objects "receivers" body

        match tryOrder transactionId ledger with
        | _ when isEnded (ofPayment transactionId ledger) -> Error(PlatformError.badRequest "订单已完结分账，不能继续分账")
        | Some order when not (isShareable order) -> Error(PlatformError.badRequest "非分账订单不支持分账")
        | Some order when sumOf amounts > restOf order transactionId ledger -> Error notEnough
        | _ when amounts |> List.exists (fun part -> FlowStep.fen "amount" part < 1L) ->
            Error(PlatformError.parameter "body" "/receivers/0/amount" "" "应大于 0")
        | _ -> Ok()

    let private receiver (setting: FlowSetting) (asked: JsonObject) : JsonNode =
        let made =
            FlowStep.pick
                [
                    "type"
                    "account"
                    "receiver_account"
                    "receiver_mchid"
                    "amount"
                    "description"
                ]
                asked

        made["result"] <- Shapes.text "PENDING"
        made["detail_id"] <- Shapes.text (setting.NewNumber "3600")
        made["create_time"] <- Shapes.time setting.Now
        made

    let private receiverList (receivers: JsonNode list) : JsonNode | null =
        if receivers.IsEmpty then
            null
        else
            JsonArray(Array.ofList receivers)

    let private make (setting: FlowSetting) (question: Question) ledger =
        let number = setting.NewNumber "3000"

        let receivers =
            FlowStep.objects "receivers" question.Body |> List.map (receiver setting)

        FlowStep.thing
            Sharing
            "out_order_no"
            [ number ]
            "PROCESSING"
            (FlowStep.text "notify_url" question.Body)
            question
        |> Flow.withFields
            [
                "mchid", Shapes.text setting.MerchantId
                "order_id", Shapes.text number
                "state", Shapes.text "PROCESSING"
                "status", Shapes.text "PROCESSING"
                "receivers", receiverList receivers
            ]
        |> FlowStep.keep ledger

    let private create setting (question: Question) ledger =
        FlowStep.create taken Sharing "out_order_no" question ledger (fun () ->
            checkRest question.Body ledger
            |> Result.map (fun () -> make setting question ledger))

    let private settled (setting: FlowSetting) result (part: JsonObject) : JsonNode =
        let made = part.DeepClone() :?> JsonObject
        made["result"] <- Shapes.text result
        made["finish_time"] <- Shapes.time setting.Now

        if result = "CLOSED" then
            made["fail_reason"] <- Shapes.text "ACCOUNT_ABNORMAL"

        made

    let private news (setting: FlowSetting) eventType summary (sharing: FlowThing) (part: JsonObject) =
        let resource =
            FlowStep.pick [ "mchid"; "sub_mchid"; "transaction_id"; "out_order_no"; "order_id" ] sharing.Fields

        // A provider's notification names both merchants, and no `mchid`.
        if resource.ContainsKey "sub_mchid" then
            resource.Remove "mchid" |> ignore
            resource["sp_mchid"] <- Shapes.text setting.MerchantId

        let receiver = FlowStep.pick [ "type"; "amount"; "description" ] part
        receiver["account"] <- Shapes.text (accountOf part)
        resource["receiver"] <- receiver
        resource["success_time"] <- Shapes.time setting.Now

        {
            Kind = "profitsharing"
            EventType = eventType
            Summary = summary
            Resource = resource
        }

    let private moveSharing (setting: FlowSetting) target =
        let outcome = if target = "CLOSED" then "CLOSED" else "SUCCESS"

        let fields sharing : (string * (JsonNode | null)) list =
            [
                "state", Shapes.text "FINISHED"
                "status", Shapes.text "FINISHED"
                "receivers", receiverList (receiversOf sharing |> List.map (settled setting outcome))
            ]

        let told sharing =
            if target = "CLOSED" then
                []
            else
                receiversOf sharing
                |> List.map (news setting "PROFITSHARING.SUCCESS" "分账成功" sharing)

        FlowStep.moveTo sharingMoves target fields told

    let private returnsOf (sharing: FlowThing) account (ledger: Ledger) =
        Flow.ofFamily Return ledger.Flows
        |> Seq.filter (fun back ->
            back.State <> "FAILED"
            && FlowStep.text "order_id" back.Fields = FlowStep.text "order_id" sharing.Fields
            && FlowStep.text "return_mchid" back.Fields = account)
        |> Seq.map _.Fields
        |> List.ofSeq

    /// No more comes back than the receiver has got.
    let private checkReturn (body: JsonObject) (sharing: FlowThing) ledger =
        let account = FlowStep.text "return_mchid" body

        let got =
            receiversOf sharing
            |> List.filter (fun part -> accountOf part = account && FlowStep.text "result" part = "SUCCESS")
            |> sumOf

        match FlowStep.fen "amount" body with
        | amount when amount < 1L ->
            Error(PlatformError.parameter "body" "/amount" (amount.ToString CultureInfo.InvariantCulture) "应大于 0")
        | amount when amount + sumOf (returnsOf sharing account ledger) > got ->
            Error(PlatformError.badRequest "回退金额超过接收方已分得且未回退的金额")
        | _ -> Ok()

    let private giveBack (setting: FlowSetting) (question: Question) ledger (sharing: FlowThing) =
        FlowStep.create taken Return "out_return_no" question ledger (fun () ->
            result {
                do! checkReturn question.Body sharing ledger
                let number = setting.NewNumber "3100"

                return
                    FlowStep.thing Return "out_return_no" [ number ] "PROCESSING" sharing.NotifyUrl question
                    |> Flow.withFields
                        [
                            "return_id", Shapes.text number
                            "return_no", Shapes.text number
                            "order_id", Shapes.text (FlowStep.text "order_id" sharing.Fields)
                            "out_order_no", Shapes.text sharing.Number
                            "result", Shapes.text "PROCESSING"
                            "create_time", Shapes.time setting.Now
                            "finish_time", null
                        ]
                    |> FlowStep.keep ledger
            })

    let private createReturn setting (question: Question) (ledger: Ledger) =
        let number =
            match FlowStep.text "order_id" question.Body with
            | "" -> FlowStep.text "out_order_no" question.Body
            | ours -> ours

        FlowStep.about Sharing number ledger (giveBack setting question ledger)

    let private receiverOf (back: FlowThing) =
        Shapes.object
            [
                "type", Shapes.text "MERCHANT_ID"
                "account", Shapes.text (FlowStep.text "return_mchid" back.Fields)
                "amount", Shapes.integer (FlowStep.fen "amount" back.Fields)
                "description", Shapes.text (FlowStep.text "description" back.Fields)
            ]

    let private moveReturn (setting: FlowSetting) target (ledger: Ledger) =
        let fields _ : (string * (JsonNode | null)) list =
            [
                "result", Shapes.text target
                "finish_time", Shapes.time setting.Now
                if target = "FAILED" then
                    "fail_reason", Shapes.text "ACCOUNT_ABNORMAL"
            ]

        let told (back: FlowThing) =
            match Flow.tryFind Sharing (FlowStep.text "order_id" back.Fields) ledger.Flows with
            | Some sharing when target = "SUCCESS" ->
                [ news setting "PROFITSHARING.RETURN" "分账回退成功" sharing (receiverOf back) ]
            | Some _
            | None -> []

        FlowStep.moveTo returnMoves target fields told ledger

    /// Only of a payment that the platform has seen is the rest known.
    let private amounts transactionId (ledger: Ledger) =
        tryOrder transactionId ledger
        |> Option.map (fun order ->
            Ok
                {
                    Known =
                        Shapes.object
                            [
                                "transaction_id", Shapes.text transactionId
                                "unsplit_amount", Shapes.integer (restOf order transactionId ledger)
                            ]
                    Ledger = ledger
                    News = []
                })
        |> Option.toValueOption

    /// A sharing, or a return, of just the payment or order that the query names, too.
    let private naming (name: string) (question: Question) ledger (thing: FlowThing) =
        let named = FlowStep.parameter name question

        if named = "" || FlowStep.text name thing.Fields = named then
            Ok(FlowStep.tell ledger thing)
        else
            Error FlowStep.resourceNotExists

    let private answer (setting: FlowSetting) (question: Question) (ledger: Ledger) =
        let number name = FlowStep.parameter name question

        match question.Endpoint.Id with
        | "profit_sharing.create_order"
        | "profit_sharing.unfreeze_order"
        | "ecommerce_profit_sharing.create_order"
        | "ecommerce_profit_sharing.finish_order" -> ValueSome(create setting question ledger)
        | "profit_sharing.get_order"
        | "ecommerce_profit_sharing.get_order" ->
            FlowStep.about Sharing (number "out_order_no") ledger (naming "transaction_id" question ledger)
        | "profit_sharing.create_return_order"
        | "ecommerce_profit_sharing.create_return_order" -> createReturn setting question ledger
        | "profit_sharing.get_return_order"
        | "ecommerce_profit_sharing.get_return_order" ->
            FlowStep.about Return (number "out_return_no") ledger (naming "out_order_no" question ledger)
        | "profit_sharing.query_amounts"
        | "ecommerce_profit_sharing.query_amounts" -> amounts (number "transaction_id") ledger
        | _ -> ValueNone

    let private advance setting number state (ledger: Ledger) =
        FlowStep.advance number ledger [ Sharing, moveSharing setting state; Return, moveReturn setting state ]

    let rules = { Answer = answer; Advance = advance }
