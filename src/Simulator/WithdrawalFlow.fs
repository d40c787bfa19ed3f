namespace WeChatPay.Simulator

open System.Text.Json.Nodes

/// Withdrawals to a bank account: a sub-merchant's, and a service provider's own.
[<RequireQualifiedAccess>]
module internal WithdrawalFlow =
    [<Literal>]
    let private Family = "withdrawal"

    /// What the bank sends back after all is a refund.
    let private moves =
        [ "CREATE_SUCCESS", [ "SUCCESS"; "FAIL"; "CLOSE" ]; "SUCCESS", [ "REFUND" ] ]

    let private taken = PlatformError.badRequest "商户提现单号已存在，且内容与首次请求不一致"

    let private stateFields (setting: FlowSetting) (withdrawal: FlowThing) : (string * (JsonNode | null)) list =
        [
            "status", Shapes.text withdrawal.State
            "update_time", Shapes.time setting.Now
            "reason",
            if withdrawal.State = "FAIL" || withdrawal.State = "REFUND" then
                Shapes.text "银行账户异常"
            else
                null
        ]

    let private accountType (body: JsonObject) =
        match FlowStep.text "account_type" body with
        | "" -> "BASIC"
        | said -> said

    let private make (setting: FlowSetting) (question: Question) =
        let number = setting.NewNumber "1020"
        let url = FlowStep.text "notify_url" question.Body

        let withdrawal =
            FlowStep.thing Family "out_request_no" [ number ] "CREATE_SUCCESS" url question

        withdrawal
        |> Flow.withFields
            [
                FlowStep.caller setting question.Body
                "withdraw_id", Shapes.text number
                "account_type", Shapes.text (accountType question.Body)
                "create_time", Shapes.time setting.Now
                yield! stateFields setting withdrawal
            ]

    let private create (setting: FlowSetting) (question: Question) ledger =
        FlowStep.create taken Family "out_request_no" question ledger (fun () ->
            if FlowStep.fen "amount" question.Body < 1L then
                Error(PlatformError.parameter "body" "/amount" "" "应大于 0")
            else
                make setting question |> FlowStep.keep ledger |> Ok)

    let private news (withdrawal: FlowThing) =
        {
            Kind = "mch_withdraw"
            EventType = "MCHWITHDRAW.CHANGE"
            Summary = "提现状态变更通知"
            Resource =
                withdrawal.Fields
                |> FlowStep.pick
                    [
                        "mchid"
                        "sp_mchid"
                        "sub_mchid"
                        "out_request_no"
                        "withdraw_id"
                        "status"
                        "amount"
                        "account_type"
                        "create_time"
                        "update_time"
                        "reason"
                        "remark"
                    ]
        }

    let private move (setting: FlowSetting) target =
        FlowStep.moveTo moves target (stateFields setting) (fun withdrawal -> [ news withdrawal ])

    let private answer (setting: FlowSetting) (question: Question) (ledger: Ledger) =
        let about name =
            FlowStep.about
                Family
                (FlowStep.parameter name question)
                ledger
                (FlowStep.ofSubMerchant question (FlowStep.tell ledger >> Ok))

        match question.Endpoint.Id with
        | "ecommerce_fund.create_withdrawal"
        | "merchant_fund.create_withdrawal" -> ValueSome(create setting question ledger)
        | "ecommerce_fund.get_withdrawal_by_out_request_no"
        | "merchant_fund.get_withdrawal_by_out_request_no" -> about "out_request_no"
        | "ecommerce_fund.get_withdrawal_by_withdraw_id"
        | "merchant_fund.get_withdrawal_by_withdraw_id" -> about "withdraw_id"
        | _ -> ValueNone

    let private advance setting number state (ledger: Ledger) =
        FlowStep.advance number ledger [ Family, move setting state ]

    let rules = { Answer = answer; Advance = advance }
