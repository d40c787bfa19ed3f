namespace WeChatPay.Simulator

open System.Text.Json.Nodes
open FsToolkit.ErrorHandling

/// Transfers to a user's balance, and the user's consent to receive them without confirming each.
[<RequireQualifiedAccess>]
module internal TransferFlow =
    [<Literal>]
    let private Bill = "transfer"

    [<Literal>]
    let private Consent = "transfer_authorization"

    [<Literal>]
    let private Kind = "mch_payment"

    let private billMoves =
        [
            "WAIT_USER_CONFIRM", [ "TRANSFERING"; "SUCCESS"; "FAIL"; "CANCELING"; "CANCELLED" ]
            "PROCESSING", [ "TRANSFERING"; "SUCCESS"; "FAIL" ]
            "TRANSFERING", [ "SUCCESS"; "FAIL" ]
            "CANCELING", [ "CANCELLED" ]
        ]

    let private consentMoves =
        [
            "WAIT_USER_CONFIRM", [ "TAKING_EFFECT"; "CLOSED" ]
            "TAKING_EFFECT", [ "CLOSED" ]
        ]

    let private stateFields (setting: FlowSetting) (thing: FlowThing) : (string * (JsonNode | null)) list =
        [
            "state", Shapes.text thing.State
            "update_time", Shapes.time setting.Now
            if thing.State = "FAIL" then
                "fail_reason", Shapes.text "PAYEE_ACCOUNT_ABNORMAL"
            if thing.State <> "WAIT_USER_CONFIRM" then
                "package_info", null
        ]

    let private billNews (thing: FlowThing) =
        {
            Kind = Kind
            EventType = "MCHTRANSFER.BILL.FINISHED"
            Summary = "商家转账单据终态通知"
            Resource =
                thing.Fields
                |> FlowStep.pick
                    [
                        "mchid"
                        "out_bill_no"
                        "transfer_bill_no"
                        "state"
                        "transfer_amount"
                        "openid"
                        "create_time"
                        "update_time"
                        "fail_reason"
                    ]
        }

    let private moveBill setting target ledger (bill: FlowThing) =
        result {
            let! moved = Flow.move billMoves target bill
            let moved = Flow.withFields (stateFields setting moved) moved
            let step = FlowStep.keep ledger moved

            return
                if List.contains target [ "SUCCESS"; "FAIL"; "CANCELLED" ] then
                    FlowStep.announce moved (billNews moved) step
                else
                    step
        }

    let private createBill (setting: FlowSetting) state openId (question: Question) ledger =
        FlowStep.create FlowStep.alreadyExists Bill "out_bill_no" question ledger (fun () ->
            let number = setting.NewNumber "1330"

            let bill =
                FlowStep.thing Bill "out_bill_no" [ number ] state (FlowStep.text "notify_url" question.Body) question

            if FlowStep.fen "transfer_amount" question.Body < 1L then
                Error(PlatformError.parameter "body" "/transfer_amount" "" "应大于 0")
            else
                bill
                |> Flow.withFields
                    [
                        "mchid", Shapes.text setting.MerchantId
                        "mch_id", Shapes.text setting.MerchantId
                        "transfer_bill_no", Shapes.text number
                        "create_time", Shapes.time setting.Now
                        "openid", openId
                        yield! stateFields setting bill
                    ]
                |> FlowStep.keep ledger
                |> Ok)

    let private openIdOf (fields: JsonObject) : JsonNode | null =
        match fields["openid"] with
        | null -> null
        | found -> found.DeepClone()

    /// A transfer that needs no confirmation needs a consent that is in effect, where there are any.
    let private transferByConsent setting (question: Question) (ledger: Ledger) =
        let named =
            [ "out_authorization_no"; "authorization_id" ]
            |> List.map (fun name -> FlowStep.text name question.Body)
            |> List.filter (fun number -> number <> "")
            |> List.tryPick (fun number -> Flow.tryFind Consent number ledger.Flows)

        match named with
        | Some consent ->
            Flow.require [ "TAKING_EFFECT" ] consent
            |> Result.bind (fun consent -> createBill setting "PROCESSING" (openIdOf consent.Fields) question ledger)
        | None when Flow.isFresh Consent ledger.Flows -> createBill setting "PROCESSING" null question ledger
        | None -> Error FlowStep.resourceNotExists

    let private cancel setting ledger (bill: FlowThing) =
        if bill.State = "CANCELLED" then
            Ok(FlowStep.tell ledger bill)
        else
            Flow.require [ "WAIT_USER_CONFIRM" ] bill
            |> Result.bind (moveBill setting "CANCELLED" ledger)

    let private consentNews (consent: FlowThing) =
        {
            Kind = Kind
            EventType = "MCHTRANSFER.AUTHORIZATION.CONFIRMED"
            Summary = "用户确认收款授权通知"
            Resource =
                consent.Fields
                |> FlowStep.pick
                    [
                        "mchid"
                        "appid"
                        "out_authorization_no"
                        "authorization_id"
                        "state"
                        "openid"
                        "user_display_name"
                        "authorize_time"
                    ]
        }

    let private createConsent (setting: FlowSetting) (question: Question) ledger =
        FlowStep.create FlowStep.alreadyExists Consent "out_authorization_no" question ledger (fun () ->
            let number = setting.NewNumber "1331"
            let url = FlowStep.text "authorization_notify_url" question.Body

            FlowStep.thing Consent "out_authorization_no" [ number ] "WAIT_USER_CONFIRM" url question
            |> Flow.withFields
                [
                    "mchid", Shapes.text setting.MerchantId
                    "authorization_id", Shapes.text number
                    "state", Shapes.text "WAIT_USER_CONFIRM"
                    "create_time", Shapes.time setting.Now
                    "authorize_time", null
                    "close_info", null
                ]
            |> FlowStep.keep ledger
            |> Ok)

    let private moveConsent (setting: FlowSetting) target reason ledger (consent: FlowThing) =
        result {
            let! moved = Flow.move consentMoves target consent

            let moved =
                moved
                |> Flow.withFields
                    [
                        "state", Shapes.text target
                        "package_info", null
                        if target = "TAKING_EFFECT" then
                            "authorize_time", Shapes.time setting.Now
                        else
                            "close_info",
                            Shapes.object [ "close_time", Shapes.time setting.Now; "close_reason", Shapes.text reason ]
                    ]

            let step = FlowStep.keep ledger moved

            return
                if target = "TAKING_EFFECT" then
                    FlowStep.announce moved (consentNews moved) step
                else
                    step
        }

    let private answer (setting: FlowSetting) (question: Question) (ledger: Ledger) =
        let tell thing = Ok(FlowStep.tell ledger thing)
        let number name = FlowStep.parameter name question

        match question.Endpoint.Id with
        | "merchant_transfers.create_transfer_bill"
        | "merchant_transfers.pre_transfer_with_authorization" ->
            ValueSome(createBill setting "WAIT_USER_CONFIRM" (openIdOf question.Body) question ledger)
        | "merchant_transfers.transfer_with_authorization" -> ValueSome(transferByConsent setting question ledger)
        | "merchant_transfers.get_transfer_bill_by_out_bill_no" ->
            FlowStep.about Bill (number "out_bill_no") ledger tell
        | "merchant_transfers.get_transfer_bill_by_transfer_bill_no" ->
            FlowStep.about Bill (number "transfer_bill_no") ledger tell
        | "merchant_transfers.cancel_transfer_bill" ->
            FlowStep.about Bill (number "out_bill_no") ledger (cancel setting ledger)
        | "merchant_transfers.create_user_confirm_authorization" -> ValueSome(createConsent setting question ledger)
        | "merchant_transfers.get_user_confirm_authorization" ->
            FlowStep.about Consent (number "out_authorization_no") ledger tell
        | "merchant_transfers.close_user_confirm_authorization" ->
            moveConsent setting "CLOSED" "CLOSE_VIA_MCH_API" ledger
            |> FlowStep.about Consent (number "out_authorization_no") ledger
        | _ -> ValueNone

    let private advance setting number state (ledger: Ledger) =
        match FlowStep.advance Bill number ledger (moveBill setting state ledger) with
        | ValueNone -> FlowStep.advance Consent number ledger (moveConsent setting state "USER_CLOSE" ledger)
        | found -> found

    let rules = { Answer = answer; Advance = advance }
