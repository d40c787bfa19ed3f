namespace WeChatPay.Simulator

open System.Globalization
open System.Text.Json.Nodes

/// Papay contracts of merchants, service providers and e-commerce platforms: the payer signs once, the merchant deducts until one of them ends it.
[<RequireQualifiedAccess>]
module internal PapayFlow =
    [<Literal>]
    let private Family = "papay"

    /// Contracts of e-commerce platforms, under which several orders are charged at once.
    [<Literal>]
    let private Combined = "combine_papay"

    /// The payer has been shown the contract; queries do not know it yet.
    [<Literal>]
    let private Shown = "SIGNING"

    let private moves = [ Shown, [ "SIGNED" ]; "SIGNED", [ "TERMINATED" ] ]

    let private taken = PlatformError.badRequest "商户侧签约协议号已存在，且内容与首次请求不一致"

    let private notifyUrlOf (body: JsonObject) =
        match FlowStep.text "contract_notify_url" body with
        | "" -> FlowStep.text "notify_url" body
        | own -> own

    let private show family (setting: FlowSetting) (question: Question) ledger =
        FlowStep.create taken family "out_contract_code" question ledger (fun () ->
            let number = setting.NewNumber "2026"

            FlowStep.thing family "out_contract_code" [ number ] Shown (notifyUrlOf question.Body) question
            |> Flow.withFields
                [
                    FlowStep.caller setting question.Body
                    "contract_id", Shapes.text number
                    "contract_state", Shapes.text Shown
                    "contract_terminate_info", null
                ]
            |> FlowStep.keep ledger
            |> Ok)

    let private resource (contract: FlowThing) =
        contract.Fields
        |> FlowStep.pick
            [
                "mchid"
                "appid"
                "sp_mchid"
                "sp_appid"
                "sub_mchid"
                "sub_appid"
                "plan_id"
                "out_contract_code"
                "contract_id"
                "contract_state"
                "contract_signed_time"
                "contract_expired_time"
                "openid"
                "sp_openid"
                "sub_openid"
                "contract_display_account"
                "out_user_code"
                "contract_terminate_info"
                "deduct_schedule"
            ]

    /// An e-commerce platform's notification has names of its own.
    let private combinedResource (setting: FlowSetting) (contract: FlowThing) =
        let told =
            contract.Fields
            |> FlowStep.pick
                [
                    "mchid"
                    "appid"
                    "out_contract_code"
                    "contract_id"
                    "plan_id"
                    "openid"
                    "contract_expired_time"
                ]

        told["operate_time"] <- Shapes.time setting.Now

        match contract.Fields["contract_terminate_info"] with
        | :? JsonObject as ended ->
            told["contract_termination_mode"] <- Shapes.text (FlowStep.text "contract_termination_mode" ended)
        | _ -> ()

        told

    let private news setting act summary (contract: FlowThing) =
        if contract.Family = Combined then
            {
                Kind = "entrust"
                EventType = "ECOMMERCE_ENTRUST." + act
                Summary = summary
                Resource = combinedResource setting contract
            }
        else
            {
                Kind = "entrust"
                EventType = "ENTRUST." + act
                Summary = summary
                Resource = resource contract
            }

    /// The payer's number, under the name that whose contract it is gives it.
    let private payer (contract: FlowThing) : (string * (JsonNode | null)) list =
        let name =
            if FlowStep.text "sub_mchid" contract.Fields = "" then
                "openid"
            else
                "sp_openid"

        if FlowStep.text name contract.Fields = "" then
            [ name, Shapes.text Payment.OpenId ]
        else
            []

    let private sign (setting: FlowSetting) =
        let fields (contract: FlowThing) : (string * (JsonNode | null)) list =
            [
                "contract_state", Shapes.text contract.State
                "contract_signed_time", Shapes.time setting.Now
                "contract_expired_time", Shapes.time (setting.Now.AddYears 10)
                yield! payer contract
            ]

        FlowStep.moveTo moves "SIGNED" fields (fun contract -> [ news setting "SIGN" "签约成功" contract ])

    let private terminate (setting: FlowSetting) mode remark =
        let fields (contract: FlowThing) : (string * (JsonNode | null)) list =
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

        FlowStep.moveTo moves "TERMINATED" fields (fun contract -> [ news setting "TERMINATE" "解约成功" contract ])

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

    let private answer (setting: FlowSetting) (question: Question) (ledger: Ledger) =
        let number name = FlowStep.said name question

        let about family change =
            FlowStep.about
                family
                (number "out_contract_code")
                ledger
                (FlowStep.ofSubMerchant question (known question change))

        let withContract change =
            PapayDeductions.inForce Family (number "contract_id") question ledger change

        let end' ledger =
            terminate setting "MCH_API_TERMINATE" (FlowStep.text "contract_termination_remark" question.Body) ledger

        match question.Endpoint.Id with
        | "papay_sign.pre_entrust_sign"
        | "papay_scheduled.pre_entrust_sign_app"
        | "papay_scheduled.pre_entrust_sign_h5"
        | "papay_scheduled.pre_entrust_sign_jsapi"
        | "papay_scheduled.pre_entrust_sign_mini_program"
        | "partner_papay_scheduled.pre_entrust_sign_app"
        | "partner_papay_scheduled.pre_entrust_sign_h5"
        | "partner_papay_scheduled.pre_entrust_sign_jsapi"
        | "partner_papay_scheduled.pre_entrust_sign_mini_program" -> ValueSome(show Family setting question ledger)
        | "ecommerce_combine_papay.pre_entrust_sign_app"
        | "ecommerce_combine_papay.pre_entrust_sign_mini_program" -> ValueSome(show Combined setting question ledger)
        | "papay_sign.get_contract"
        | "partner_papay_sign.get_contract" -> about Family (FlowStep.tell ledger >> Ok)
        | "ecommerce_combine_papay.get_contract" -> about Combined (FlowStep.tell ledger >> Ok)
        | "papay_sign.terminate_contract"
        | "partner_papay_sign.terminate_contract" -> about Family (end' ledger)
        | "ecommerce_combine_papay.terminate_contract" -> about Combined (end' ledger)
        | "papay_pay.apply_transaction" -> withContract (PapayDeductions.deduct Side.Merchant setting question ledger)
        | "partner_papay_pay.apply_transaction" ->
            withContract (PapayDeductions.deduct Side.Provider setting question ledger)
        | "papay_pay.create_schedule"
        | "partner_papay_pay.create_schedule" -> withContract (PapayDeductions.schedule setting question ledger)
        | "papay_pay.get_schedule"
        | "partner_papay_pay.get_schedule" -> withContract (PapayDeductions.findSchedule ledger)
        | "ecommerce_combine_papay.create_transaction" ->
            PapayDeductions.inForce
                Combined
                (number "contract_id")
                question
                ledger
                (CombinedPapay.charge setting question ledger)
        | "ecommerce_combine_papay.get_transaction" -> CombinedPapay.query setting question ledger
        | "ecommerce_combine_papay.reverse_transaction" -> CombinedPapay.reverse setting question ledger
        | _ -> ValueNone

    let private advance setting number state (ledger: Ledger) =
        let move ledger contract =
            match state with
            | "TERMINATED" -> terminate setting "USER_TERMINATE" "" ledger contract
            | "SIGNED" -> sign setting ledger contract
            | other -> Flow.move moves other contract |> Result.map (FlowStep.tell ledger)

        FlowStep.advance number ledger [ Family, move; Combined, move ]

    let rules = { Answer = answer; Advance = advance }
