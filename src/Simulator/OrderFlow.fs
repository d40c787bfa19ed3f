namespace WeChatPay.Simulator

/// Orders that the platform charges by itself: what becomes of them after they were asked for.
[<RequireQualifiedAccess>]
module internal OrderFlow =
    let private told (order: Order) ledger =
        let isWanted =
            order.NotifyUrl <> "" && Ledger.tryPayment order.State |> Option.isSome

        {
            Known = Shapes.transaction order false
            Ledger = ledger
            News =
                if isWanted then
                    [ order.NotifyUrl, News.paid (Shapes.transaction order false) ]
                else
                    []
        }

    let private advance (setting: FlowSetting) number state (ledger: Ledger) =
        let payment = Payment.create setting.NewNumber setting.Now

        CodeOrders.settle payment setting.MerchantId number state ledger
        |> ValueOption.map (Result.map (fun (order, ledger) -> told order ledger))

    /// Their calls are answered with those of all other orders.
    let rules =
        {
            Answer = fun _ _ _ -> ValueNone
            Advance = advance
        }
