namespace WeChatPay.Simulator

open System
open System.Globalization
open System.Text.Json.Nodes
open FsToolkit.ErrorHandling

/// PayScore orders: a service first, its price afterwards.
[<RequireQualifiedAccess>]
module internal PayScoreFlow =
    [<Literal>]
    let private Family = "payscore"

    /// The service was rendered, and what it costs is being collected; answers say `DOING`.
    [<Literal>]
    let private Completed = "MCH_COMPLETE"

    let private byPayer =
        [
            "CREATED", [ "DOING"; "EXPIRED" ]
            "DOING", [ "EXPIRED" ]
            Completed, [ "DONE" ]
        ]

    let private byMerchant =
        [
            "CREATED", [ "REVOKED" ]
            "DOING", [ "REVOKED"; Completed ]
            Completed, [ "DONE" ]
        ]

    let private sumOf name body =
        FlowStep.objects name body |> List.sumBy (FlowStep.fen "amount")

    /// What is asked for must be the payments less the discounts.
    let private checkTotal (body: JsonObject) =
        match FlowStep.fen "total_amount" body with
        | total when total = sumOf "post_payments" body - sumOf "post_discounts" body -> Ok total
        | total ->
            Error(
                PlatformError.parameter
                    "body"
                    "/total_amount"
                    (total.ToString CultureInfo.InvariantCulture)
                    "应等于付费项目金额之和减去优惠金额之和"
            )

    let private stateFields state : (string * (JsonNode | null)) list =
        match state with
        | "DOING" ->
            [
                "state", Shapes.text "DOING"
                "state_description", Shapes.text "USER_CONFIRM"
            ]
        | Completed -> [ "state", Shapes.text "DOING"; "state_description", Shapes.text Completed ]
        | other -> [ "state", Shapes.text other; "state_description", null ]

    /// How far the money came; `paid` is the payment's number, when it was paid and by which way.
    let private collection total (paid: (string * string * string) option) =
        let paying, settled =
            match paid with
            | Some _ -> 0L, total
            | None -> total, 0L

        Shapes.object
            [
                "state", Shapes.text (if paid.IsSome then "USER_PAID" else "USER_PAYING")
                "total_amount", Shapes.integer total
                "paying_amount", Shapes.integer paying
                "paid_amount", Shapes.integer settled
                match paid with
                | None -> ()
                | Some(transactionId, time, way) ->
                    "details",
                    JsonArray(
                        Shapes.object
                            [
                                "seq", Shapes.integer 1L
                                "amount", Shapes.integer total
                                "paid_type", Shapes.text way
                                "paid_time", Shapes.text time
                                "transaction_id", Shapes.text transactionId
                            ]
                    )
            ]

    let private paidAt (at: DateTimeOffset) =
        at.ToOffset(TimeSpan.FromHours 8.0).ToString("yyyyMMddHHmmss", CultureInfo.InvariantCulture)

    let private news eventType summary (order: FlowThing) =
        {
            Kind = "payscore"
            EventType = eventType
            Summary = summary
            Resource =
                order.Fields
                |> FlowStep.pick
                    [
                        "appid"
                        "mchid"
                        "out_order_no"
                        "order_id"
                        "service_id"
                        "service_introduction"
                        "openid"
                        "state"
                        "state_description"
                        "total_amount"
                        "attach"
                        "post_payments"
                        "post_discounts"
                        "time_range"
                        "location"
                        "risk_fund"
                        "need_collection"
                        "collection"
                    ]
        }

    let private make (setting: FlowSetting) state (fields: (string * (JsonNode | null)) list) question ledger =
        let number = setting.NewNumber "1000"
        let queryId = setting.NewNumber "1500"

        FlowStep.thing
            Family
            "out_order_no"
            [ number; queryId ]
            state
            (FlowStep.text "notify_url" question.Body)
            question
        |> Flow.withFields
            [
                "mchid", Shapes.text setting.MerchantId
                "order_id", Shapes.text number
                "openid",
                Shapes.text (
                    match FlowStep.text "openid" question.Body with
                    | "" -> "oSimulatedPayer000000000000"
                    | openId -> openId
                )
                yield! stateFields state
                yield! fields
            ]
        |> FlowStep.keep ledger

    let private notCollected: (string * (JsonNode | null)) list =
        [ "total_amount", null; "need_collection", null; "collection", null ]

    let private collected total paid : (string * (JsonNode | null)) list =
        [
            "total_amount", Shapes.integer total
            "need_collection", JsonValue.Create true
            "collection", collection total paid
        ]

    let private taken = PlatformError.badRequest "商户服务订单号已存在，且内容与首次请求不一致"

    let private create setting (question: Question) ledger =
        FlowStep.create taken Family "out_order_no" question ledger (fun () ->
            let needsUser =
                not (question.Body.ContainsKey "need_user_confirm")
                || FlowStep.isTrue "need_user_confirm" question.Body

            Ok(make setting (if needsUser then "CREATED" else "DOING") notCollected question ledger))

    let private createCompleted setting (question: Question) ledger =
        FlowStep.create taken Family "out_order_no" question ledger (fun () ->
            checkTotal question.Body
            |> Result.map (fun total -> make setting Completed (collected total None) question ledger))

    /// The service is rendered: the merchant says what it costs.
    let private complete (question: Question) ledger (order: FlowThing) =
        result {
            let! total = checkTotal question.Body
            let! moved = Flow.move byMerchant Completed order

            let body =
                FlowStep.pick [ "post_payments"; "post_discounts"; "time_range"; "location" ] question.Body

            return
                { moved with
                    Fields = Records.over moved.Fields body
                }
                |> Flow.withFields (stateFields Completed @ collected total None)
                |> FlowStep.keep ledger
        }

    /// What it costs may become less, never more.
    let private modify (question: Question) ledger (order: FlowThing) =
        result {
            let! _ = Flow.require [ Completed ] order
            let! total = checkTotal question.Body

            if total > FlowStep.fen "total_amount" order.Fields then
                return! Error(PlatformError.badRequest "修改后的金额不能大于完结金额")

            let body = FlowStep.pick [ "post_payments"; "post_discounts" ] question.Body

            return
                { order with
                    Fields = Records.over order.Fields body
                }
                |> Flow.withFields (collected total None)
                |> FlowStep.keep ledger
        }

    let private settle (moved: FlowThing) paid ledger =
        let total = FlowStep.fen "total_amount" moved.Fields

        let settled =
            Flow.withFields (stateFields "DONE" @ collected total (Some paid)) moved

        struct (settled, FlowStep.keep ledger settled)

    /// The payer has paid the merchant by another way.
    let private sync (setting: FlowSetting) (question: Question) ledger (order: FlowThing) =
        let time =
            match question.Body["detail"] with
            | :? JsonObject as detail -> FlowStep.text "paid_time" detail
            | _ -> paidAt setting.Now

        Flow.move byMerchant "DONE" order
        |> Result.map (fun moved ->
            let struct (_, step) = settle moved (setting.NewNumber "4200", time, "MCH") ledger
            step)

    let private revoke ledger (order: FlowThing) =
        if order.State = "REVOKED" then
            Ok(FlowStep.tell ledger order)
        else
            Flow.move byMerchant "REVOKED" order
            |> Result.map (Flow.withFields (stateFields "REVOKED") >> FlowStep.keep ledger)

    let private advanceOrder (setting: FlowSetting) target ledger (order: FlowThing) =
        result {
            let! moved = Flow.move byPayer target order

            match target with
            | "DONE" ->
                let paid = setting.NewNumber "4200", paidAt setting.Now, "NEWTON"
                let struct (settled, step) = settle moved paid ledger
                return FlowStep.announce settled (news "PAYSCORE.USER_PAID" "用户支付成功" settled) step
            | _ ->
                let moved = Flow.withFields (stateFields target) moved
                let step = FlowStep.keep ledger moved

                return
                    if target = "DOING" then
                        FlowStep.announce moved (news "PAYSCORE.USER_CONFIRM" "用户确认成功" moved) step
                    else
                        step
        }

    /// Looks an order up by its number, else by the number of a query, and of the service that was asked.
    let private query (question: Question) ledger =
        let number =
            match FlowStep.parameter "out_order_no" question with
            | "" -> FlowStep.parameter "query_id" question
            | own -> own

        FlowStep.about Family number ledger (fun order ->
            if FlowStep.text "service_id" order.Fields = FlowStep.parameter "service_id" question then
                Ok(FlowStep.tell ledger order)
            else
                Error FlowStep.resourceNotExists)

    let private requiring states ledger order =
        Flow.require states order |> Result.map (FlowStep.tell ledger)

    let private answer (setting: FlowSetting) (question: Question) (ledger: Ledger) =
        let about change =
            FlowStep.about Family (FlowStep.parameter "out_order_no" question) ledger change

        match question.Endpoint.Id with
        | "payscore_orders.create_order" -> ValueSome(create setting question ledger)
        | "payscore_orders.create_and_complete_order" -> ValueSome(createCompleted setting question ledger)
        | "payscore_orders.get_order" -> query question ledger
        | "payscore_orders.complete_order" -> about (complete question ledger)
        | "payscore_orders.modify_order" -> about (modify question ledger)
        | "payscore_orders.cancel_order" -> about (revoke ledger)
        | "payscore_orders.sync_order" -> about (sync setting question ledger)
        | "payscore_orders.pay_order"
        | "payscore_orders.send_pending_message" -> about (requiring [ Completed ] ledger)
        | "payscore_orders.send_prepaid_message" -> about (requiring [ "DOING" ] ledger)
        | _ -> ValueNone

    let private advance setting number state (ledger: Ledger) =
        FlowStep.advance number ledger [ Family, advanceOrder setting state ]

    let rules = { Answer = answer; Advance = advance }
