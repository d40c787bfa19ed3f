namespace WeChatPay.Simulator

open System.Text.Json.Nodes

/// Who has consented to transfers: a user, to receive them without confirming each; a sub-merchant, to a service provider's making them.
[<RequireQualifiedAccess>]
module internal TransferConsents =
    /// Users' consents.
    [<Literal>]
    let OfUser = "transfer_authorization"

    /// Sub-merchants' consents, by the number of the invitation.
    [<Literal>]
    let OfSubMerchant = "transfer_invitation"

    let private userMoves =
        [
            "WAIT_USER_CONFIRM", [ "TAKING_EFFECT"; "CLOSED" ]
            "TAKING_EFFECT", [ "CLOSED" ]
        ]

    let private subMerchantMoves =
        [ "INVITED", [ "PASSED"; "REJECTED"; "EXPIRED" ]; "PASSED", [ "CANCELED" ] ]

    let private userNews (consent: FlowThing) =
        {
            Kind = "mch_payment"
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

    let private waiting (setting: FlowSetting) number : (string * (JsonNode | null)) list =
        [
            "mchid", Shapes.text setting.MerchantId
            "authorization_id", Shapes.text number
            "state", Shapes.text "WAIT_USER_CONFIRM"
            "create_time", Shapes.time setting.Now
            "authorize_time", null
            "close_info", null
        ]

    /// A service provider's call names the address as other calls do.
    let private notifyUrlOf (asked: JsonObject) =
        match FlowStep.text "authorization_notify_url" asked with
        | "" -> FlowStep.text "notify_url" asked
        | own -> own

    let private waitingThing setting (question: Question) (asked: JsonObject) fields =
        let number = setting.NewNumber "1331"

        {
            Family = OfUser
            Number = FlowStep.text "out_authorization_no" asked
            Others = [ number ]
            State = "WAIT_USER_CONFIRM"
            MadeBy = question.Endpoint.Id
            Asked = asked
            Fields = fields
            NotifyUrl = notifyUrlOf asked
        }
        |> Flow.withFields (waiting setting number)

    /// A user is asked.
    let create setting (question: Question) ledger =
        FlowStep.create FlowStep.alreadyExists OfUser "out_authorization_no" question ledger (fun () ->
            waitingThing setting question question.Body question.Body
            |> FlowStep.keep ledger
            |> Ok)

    /// A user is asked together with a transfer, where the transfer says so.
    let createWith setting (question: Question) ledger =
        match question.Body["authorization_info"] with
        | :? JsonObject as asked when
            (Flow.tryFind OfUser (FlowStep.text "out_authorization_no" asked) ledger.Flows).IsNone
            ->
            FlowStep.pick [ "appid"; "openid"; "transfer_scene_id"; "user_recv_perception" ] question.Body
            |> fun about -> waitingThing setting question asked (Records.over about asked)
            |> FlowStep.keep ledger
            |> fun step -> Ok step.Ledger
        | :? JsonObject -> Error FlowStep.alreadyExists
        | _ -> Ok ledger

    /// Moves a user's consent.
    let move (setting: FlowSetting) target reason =
        let fields _ : (string * (JsonNode | null)) list =
            [
                "state", Shapes.text target
                "package_info", null
                if target = "TAKING_EFFECT" then
                    "authorize_time", Shapes.time setting.Now
                else
                    "close_info",
                    Shapes.object [ "close_time", Shapes.time setting.Now; "close_reason", Shapes.text reason ]
            ]

        let told consent =
            if target = "TAKING_EFFECT" then
                [ userNews consent ]
            else
                []

        FlowStep.moveTo userMoves target fields told

    /// The consent that a transfer names.
    let tryNamed (question: Question) (ledger: Ledger) =
        [ "out_authorization_no"; "authorization_id" ]
        |> List.map (fun name -> FlowStep.text name question.Body)
        |> List.filter (fun number -> number <> "")
        |> List.tryPick (fun number -> Flow.tryFind OfUser number ledger.Flows)

    /// A sub-merchant is asked.
    let invite (setting: FlowSetting) (question: Question) ledger =
        FlowStep.create FlowStep.alreadyExists OfSubMerchant "out_apply_no" question ledger (fun () ->
            FlowStep.thing OfSubMerchant "out_apply_no" [] "INVITED" "" question
            |> Flow.withFields
                [
                    "state", Shapes.text "INVITED"
                    "accept_time", Shapes.time setting.Now
                    "update_time", Shapes.time setting.Now
                    "authorization_time", null
                    "cancel_authorization_time", null
                ]
            |> FlowStep.keep ledger
            |> Ok)

    let private invitationsOf subMerchant (ledger: Ledger) =
        Flow.ofFamily OfSubMerchant ledger.Flows
        |> Seq.filter (fun invitation -> FlowStep.text "sub_mchid" invitation.Fields = subMerchant)
        |> List.ofSeq

    /// The invitation that counts: one that was accepted, else any.
    let private invitationThatCounts subMerchant ledger =
        let found = invitationsOf subMerchant ledger

        found
        |> List.tryFind (fun invitation -> invitation.State = "PASSED")
        |> Option.orElse (List.tryLast found)

    let private authorizationOf (invitation: FlowThing) =
        let state =
            match invitation.State with
            | "PASSED" -> "AUTHORIZED"
            | "CANCELED" -> "CANCELED"
            | _ -> "UNAUTHORIZED"

        [
            "state", Shapes.text state
            "apply_order",
            invitation.Fields
            |> FlowStep.pick [ "sub_mchid"; "out_apply_no"; "state"; "accept_time"; "update_time" ]
            :> JsonNode
        ]
        |> Shapes.object
        |> Records.over invitation.Fields

    /// Whether a sub-merchant has consented, as a query answers it; nothing where none was asked yet.
    let ofSubMerchant (question: Question) (ledger: Ledger) =
        match invitationThatCounts (FlowStep.parameter "sub_mchid" question) ledger with
        | Some invitation ->
            ValueSome(
                Ok
                    { FlowStep.tell ledger invitation with
                        Known = authorizationOf invitation
                    }
            )
        | None when Flow.isFresh OfSubMerchant ledger.Flows -> ValueNone
        | None -> ValueSome(Error FlowStep.resourceNotExists)

    let private noConsent = PlatformError.create 403 "NO_AUTH" "特约商户未授权服务商代其转账"

    /// A service provider's transfer needs the sub-merchant's consent, where any was asked.
    let requireSubMerchant (question: Question) (ledger: Ledger) =
        if
            question.Endpoint.Service <> "partner_merchant_transfers"
            || Flow.isFresh OfSubMerchant ledger.Flows
        then
            Ok()
        else
            match invitationThatCounts (FlowStep.text "sub_mchid" question.Body) ledger with
            | Some { State = "PASSED" } -> Ok()
            | Some _
            | None -> Error noConsent

    let private moveInvitation (setting: FlowSetting) target =
        // The invitation stays accepted when the consent is taken back.
        let shown = if target = "CANCELED" then "PASSED" else target

        let fields _ : (string * (JsonNode | null)) list =
            [
                "state", Shapes.text shown
                "update_time", Shapes.time setting.Now
                if target = "PASSED" then
                    "authorization_time", Shapes.time setting.Now
                if target = "CANCELED" then
                    "cancel_authorization_time", Shapes.time setting.Now
            ]

        FlowStep.moveTo subMerchantMoves target fields (fun _ -> [])

    /// What users and sub-merchants do.
    let advances setting state =
        [
            OfUser, move setting state "USER_CLOSE"
            OfSubMerchant, moveInvitation setting state
        ]
