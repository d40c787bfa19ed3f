namespace WeChatPay.Simulator

open System.Text.Json.Nodes
open FsToolkit.ErrorHandling

/// What a merchant does under a papay contract: announces deductions, and makes them.
[<RequireQualifiedAccess>]
module internal PapayDeductions =
    /// A contract in force, which alone allows deductions.
    let inForce family number question ledger change =
        FlowStep.about
            family
            number
            ledger
            (FlowStep.ofSubMerchant question (fun contract -> Flow.require [ "SIGNED" ] contract |> Result.bind change))

    /// Asks for a deduction: an order that the platform charges soon, and then tells of.
    let deduct side (setting: FlowSetting) (question: Question) (ledger: Ledger) _ =
        result {
            let! order =
                Shapes.element question.Body
                |> Requests.deduction side setting.Now setting.MerchantId

            let! _, placed = Ledger.place setting.Now order ledger

            return
                {
                    Known = JsonObject()
                    Ledger = placed
                    News = []
                }
        }

    let private scheduleOf (contract: FlowThing) =
        match contract.Fields["deduct_schedule"] with
        | :? JsonObject as schedule -> schedule
        | _ -> JsonObject()

    let private tellSchedule ledger (contract: FlowThing) =
        { FlowStep.tell ledger contract with
            Known = scheduleOf contract
        }

    let private isScheduled (contract: FlowThing) =
        FlowStep.text "schedule_state" (scheduleOf contract) <> ""

    let private scheduledTwice = PlatformError.badRequest "该协议已预约扣费，且金额与首次请求不一致"

    /// Announces the next deduction; the payer is told, and it can be made within days.
    let schedule (setting: FlowSetting) (question: Question) ledger (contract: FlowThing) =
        let amount = question.Body["schedule_amount"]

        match scheduleOf contract with
        | known when isScheduled contract ->
            if JsonNode.DeepEquals(known["scheduled_amount"], amount) then
                Ok(tellSchedule ledger contract)
            else
                Error scheduledTwice
        | estimated ->
            let day (after: float) = Shapes.day (setting.Now.AddDays after)

            let announced =
                Shapes.object
                    [
                        "schedule_state", Shapes.text "SCHEDULED"
                        "deduct_start_date", day 2.0
                        "deduct_end_date", day 8.0
                    ]

            announced["scheduled_amount"] <- (nonNull amount).DeepClone()

            let contract =
                contract
                |> Flow.withFields [ "deduct_schedule", Records.over estimated announced ]

            Ok
                { FlowStep.keep ledger contract with
                    Known = scheduleOf contract
                }

    /// The announced deduction, where there is one.
    let findSchedule ledger (contract: FlowThing) =
        if isScheduled contract then
            Ok(tellSchedule ledger contract)
        else
            Error FlowStep.resourceNotExists
