namespace WeChatPay.Simulator

open System.Text.Json.Nodes
open FsToolkit.ErrorHandling

/// Transfers to a user's balance: a merchant's own, and a service provider's for a sub-merchant.
[<RequireQualifiedAccess>]
module internal TransferFlow =
    [<Literal>]
    let private Bill = "transfer"

    let private billMoves =
        [
            "WAIT_USER_CONFIRM", [ "TRANSFERING"; "SUCCESS"; "FAIL"; "CANCELING"; "CANCELLED" ]
            "ACCEPTED", [ "PROCESSING"; "TRANSFERING"; "SUCCESS"; "FAIL" ]
            "PROCESSING", [ "TRANSFERING"; "SUCCESS"; "FAIL" ]
            "TRANSFERING", [ "SUCCESS"; "FAIL" ]
            "CANCELING", [ "CANCELLED" ]
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
            Kind = "mch_payment"
            EventType = "MCHTRANSFER.BILL.FINISHED"
            Summary = "商家转账单据终态通知"
            Resource =
                thing.Fields
                |> FlowStep.pick
                    [
                        "mchid"
                        "sub_mchid"
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

    let private moveBill setting target =
        let told bill =
            if List.contains target [ "SUCCESS"; "FAIL"; "CANCELLED" ] then
                [ billNews bill ]
            else
                []

        FlowStep.moveTo billMoves target (stateFields setting) told

    let private openIdOf (fields: JsonObject) : JsonNode | null =
        match fields["openid"] with
        | null -> null
        | found -> found.DeepClone()

    /// What the answer to a transfer tells of the consent that goes with it.
    let private consentFields (body: JsonObject) : (string * (JsonNode | null)) list =
        match body["authorization_info"] with
        | :? JsonObject as asked ->
            [
                for name in [ "user_display_name"; "out_authorization_no" ] do
                    name, Shapes.text (FlowStep.text name asked)
            ]
        | _ -> []

    let private bill (setting: FlowSetting) state openId (question: Question) =
        let number = setting.NewNumber "1330"

        let bill =
            FlowStep.thing Bill "out_bill_no" [ number ] state (FlowStep.text "notify_url" question.Body) question

        bill
        |> Flow.withFields
            [
                "mchid", Shapes.text setting.MerchantId
                "mch_id", Shapes.text setting.MerchantId
                "transfer_bill_no", Shapes.text number
                "create_time", Shapes.time setting.Now
                "openid", openId
                yield! consentFields question.Body
                yield! stateFields setting bill
            ]

    let private requireAmount (question: Question) =
        if FlowStep.fen "transfer_amount" question.Body < 1L then
            Error(PlatformError.parameter "body" "/transfer_amount" "" "应大于 0")
        else
            Ok()

    let private createBill (setting: FlowSetting) state openId (question: Question) ledger =
        FlowStep.create FlowStep.alreadyExists Bill "out_bill_no" question ledger (fun () ->
            result {
                do! requireAmount question
                do! TransferConsents.requireSubMerchant question ledger
                let! ledger = TransferConsents.createWith setting question ledger
                return FlowStep.keep ledger (bill setting state openId question)
            })

    /// A transfer that needs no confirmation needs a consent that is in effect, where there are any.
    let private transferByConsent setting state (question: Question) (ledger: Ledger) =
        match TransferConsents.tryNamed question ledger with
        | Some consent ->
            Flow.require [ "TAKING_EFFECT" ] consent
            |> Result.bind (fun consent -> createBill setting state (openIdOf consent.Fields) question ledger)
        | None when Flow.isFresh TransferConsents.OfUser ledger.Flows -> createBill setting state null question ledger
        | None -> Error FlowStep.resourceNotExists

    let private cancel setting ledger (bill: FlowThing) =
        if bill.State = "CANCELLED" then
            Ok(FlowStep.tell ledger bill)
        else
            Flow.require [ "WAIT_USER_CONFIRM" ] bill
            |> Result.bind (moveBill setting "CANCELLED" ledger)

    let private answer (setting: FlowSetting) (question: Question) (ledger: Ledger) =
        let tell thing = Ok(FlowStep.tell ledger thing)
        let number name = FlowStep.parameter name question

        let about name change =
            FlowStep.about Bill (number name) ledger (FlowStep.ofSubMerchant question change)

        let aboutConsent change =
            FlowStep.about TransferConsents.OfUser (number "out_authorization_no") ledger change

        match question.Endpoint.Id with
        | "merchant_transfers.create_transfer_bill"
        | "merchant_transfers.pre_transfer_with_authorization"
        | "partner_merchant_transfers.create_transfer_bill"
        | "partner_merchant_transfers.pre_transfer_with_authorization"
        | "ecommerce_mch_transfer.create_transfer_bill" ->
            ValueSome(createBill setting "WAIT_USER_CONFIRM" (openIdOf question.Body) question ledger)
        | "merchant_transfers.transfer_with_authorization" ->
            ValueSome(transferByConsent setting "PROCESSING" question ledger)
        | "partner_merchant_transfers.transfer_with_authorization" ->
            ValueSome(transferByConsent setting "ACCEPTED" question ledger)
        | "merchant_transfers.get_transfer_bill_by_out_bill_no"
        | "partner_merchant_transfers.get_transfer_bill"
        | "ecommerce_mch_transfer.get_transfer_bill_by_out_bill_no" -> about "out_bill_no" tell
        | "merchant_transfers.get_transfer_bill_by_transfer_bill_no"
        | "ecommerce_mch_transfer.get_transfer_bill_by_transfer_bill_no" -> about "transfer_bill_no" tell
        | "merchant_transfers.cancel_transfer_bill"
        | "partner_merchant_transfers.cancel_transfer_bill"
        | "ecommerce_mch_transfer.cancel_transfer_bill" -> about "out_bill_no" (cancel setting ledger)
        | "merchant_transfers.create_user_confirm_authorization"
        | "partner_merchant_transfers.create_user_confirm_authorization" ->
            ValueSome(TransferConsents.create setting question ledger)
        | "merchant_transfers.get_user_confirm_authorization"
        | "partner_merchant_transfers.get_user_confirm_authorization" -> aboutConsent tell
        | "merchant_transfers.close_user_confirm_authorization"
        | "partner_merchant_transfers.close_user_confirm_authorization" ->
            aboutConsent (TransferConsents.move setting "CLOSED" "CLOSE_VIA_MCH_API" ledger)
        | "partner_merchant_transfers.create_sub_mch_authorization" ->
            ValueSome(TransferConsents.invite setting question ledger)
        | "partner_merchant_transfers.get_sub_mch_authorization" -> TransferConsents.ofSubMerchant question ledger
        | _ -> ValueNone

    let private advance setting number state (ledger: Ledger) =
        FlowStep.advance number ledger ((Bill, moveBill setting state) :: TransferConsents.advances setting state)

    let rules = { Answer = answer; Advance = advance }
