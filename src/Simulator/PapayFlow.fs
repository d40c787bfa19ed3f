namespace WeChatPay.Simulator

open System.Globalization
open System.Text.Json.Nodes
open FsToolkit.ErrorHandling

/// Papay contracts: the payer signs once, the merchant deducts until one of them ends it.
[<RequireQualifiedAccess>]
module internal PapayFlow =
    [<Literal>]
    let private Family = "papay"

    /// The payer has been shown the contract; queries do not know it yet.
    [<Literal>]
    let private Shown = "SIGNING"

    let private moves = [ Shown, [ "SIGNED" ]; "SIGNED", [ "TERMINATED" ] ]

    let private taken = PlatformError.badRequest "商户侧签约协议号已存在，且内容与首次请求不一致"

    let private show (setting: FlowSetting) (question: Question) ledger =
        FlowStep.create taken Family "out_contract_code" question ledger (fun () ->
            let number = setting.NewNumber "2026"

            FlowStep.thing
                Family
                "out_contract_code"
                [ number ]
                Shown
                (FlowStep.text "contract_notify_url" question.Body)
                question
            |> Flow.withFields
                [
                    "mchid", Shapes.text setting.MerchantId
                    "contract_id", Shapes.text number
                    "contract_state", Shapes.text Shown
                    "contract_terminate_info", null
                ]
            |> FlowStep.keep ledger
            |> Ok)

    let private news eventType summary (contract: FlowThing) =
        {
            Kind = "entrust"
            EventType = eventType
            Summary = summary
            Resource =
                contract.Fields
                |> FlowStep.pick
                    [
                        "mchid"
                        "appid"
                        "plan_id"
                        "out_contract_code"
                        "contract_id"
                        "contract_state"
                        "contract_signed_time"
                        "contract_expired_time"
                        "openid"
                        "contract_display_account"
                        "out_user_code"
                        "contract_terminate_info"
                        "deduct_schedule"
                    ]
        }

    let private keepWith eventType summary ledger (contract: FlowThing) =
        FlowStep.keep ledger contract
        |> FlowStep.announce contract (news eventType summary contract)

    let private signed (setting: FlowSetting) (contract: FlowThing) =
        contract
        |> Flow.withFields
            [
                "contract_state", Shapes.text contract.State
                "contract_signed_time", Shapes.time setting.Now
                "contract_expired_time", Shapes.time (setting.Now.AddYears 10)
                if FlowStep.text "openid" contract.Fields = "" then
                    "openid", Shapes.text "oSimulatedPayer000000000000"
            ]

    let private terminated (setting: FlowSetting) mode remark (contract: FlowThing) =
        contract
        |> Flow.withFields
            [
                "contract_state", Shapes.text contract.State
                "contract_terminate_info",
                Shapes.object
                    [
                        "contract_termination_mode", Shapes.text mode
                        "contract_terminated_time", Shapes.time setting.Now
                        "contract_termination_remark", Shapes.text remark
                    ]
            ]

    let private terminate (setting: FlowSetting) mode remark ledger (contract: FlowThing) =
        Flow.move moves "TERMINATED" contract
        |> Result.map (terminated setting mode remark >> keepWith "ENTRUST.TERMINATE" "解约成功" ledger)

    let private sign (setting: FlowSetting) ledger (contract: FlowThing) =
        Flow.move moves "SIGNED" contract
        |> Result.map (signed setting >> keepWith "ENTRUST.SIGN" "签约成功" ledger)

    /// A contract that the payer has signed at some time, of the plan that was asked.
    let private known
        (question: Question)
        (change: FlowThing -> Result<FlowStep, PlatformError>)
        (contract: FlowThing)
        =
        let plan = FlowStep.fen "plan_id" contract.Fields

        if
            contract.State = Shown
            || plan.ToString CultureInfo.InvariantCulture
               <> FlowStep.parameter "plan_id" question
        then
            Error FlowStep.resourceNotExists
        else
            change contract

    /// Only a contract in force allows deductions.
    let private requireSigned number ledger =
        FlowStep.about Family number ledger (fun contract ->
            match Flow.require [ "SIGNED" ] contract with
            | Ok _ ->
                Ok
                    { FlowStep.tell ledger contract with
                        Known = JsonObject()
                    }
            | Error refusal -> Error refusal)

    let private answer (setting: FlowSetting) (question: Question) (ledger: Ledger) =
        let about change =
            FlowStep.about Family (FlowStep.parameter "out_contract_code" question) ledger (known question change)

        match question.Endpoint.Id with
        | "papay_sign.pre_entrust_sign"
        | "papay_scheduled.pre_entrust_sign_app"
        | "papay_scheduled.pre_entrust_sign_h5"
        | "papay_scheduled.pre_entrust_sign_jsapi"
        | "papay_scheduled.pre_entrust_sign_mini_program" -> ValueSome(show setting question ledger)
        | "papay_sign.get_contract" -> about (FlowStep.tell ledger >> Ok)
        | "papay_sign.terminate_contract" ->
            let remark = FlowStep.text "contract_termination_remark" question.Body
            about (terminate setting "MCH_API_TERMINATE" remark ledger)
        | "papay_pay.apply_transaction" -> requireSigned (FlowStep.text "contract_id" question.Body) ledger
        | "papay_pay.create_schedule" -> requireSigned (FlowStep.parameter "contract_id" question) ledger
        | _ -> ValueNone

    let private advance setting number state (ledger: Ledger) =
        FlowStep.advance Family number ledger (fun contract ->
            match state with
            | "TERMINATED" -> terminate setting "USER_TERMINATE" "" ledger contract
            | "SIGNED" -> sign setting ledger contract
            | other -> Flow.move moves other contract |> Result.map (FlowStep.tell ledger))

    let rules = { Answer = answer; Advance = advance }
