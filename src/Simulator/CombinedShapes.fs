namespace WeChatPay.Simulator

open System.Text.Json.Nodes

/// The platform's JSON for combined orders.
[<RequireQualifiedAccess>]
module internal CombinedShapes =
    let private subOpenId (part: Order) (payment: Payment) =
        Shapes.optional "sub_openid" (part.SubAppId |> Option.map (fun _ -> payment.OpenId))

    /// What is known of a part only when it is paid.
    let private paid (part: Order) =
        match Ledger.tryPayment part.State with
        | None -> []
        | Some payment ->
            [
                "transaction_id", Shapes.text payment.TransactionId
                "trade_type", Shapes.text (Shapes.tradeType part.TradeType)
                "bank_type", Shapes.text "OTHERS"
                "success_time", Shapes.time payment.PaidAt
                yield! subOpenId part payment
            ]

    let private part (part: Order, isRefunded) : JsonNode =
        Shapes.object
            [
                "mchid", Shapes.text part.MerchantId
                yield! Shapes.optional "sub_mchid" part.Owner.SubMerchant
                yield! Shapes.optional "sub_appid" part.SubAppId
                "out_trade_no", Shapes.text part.OutTradeNo
                "trade_state", Shapes.text (fst (Shapes.stateOf part isRefunded))
                "attach", Shapes.text part.Attach
                yield! paid part
                "amount",
                Shapes.object
                    [
                        "total_amount", Shapes.integer part.Total
                        "payer_amount", Shapes.integer part.Total
                        "currency", Shapes.text "CNY"
                        "payer_currency", Shapes.text "CNY"
                    ]
            ]

    let private payment (whole: CombinedOrder) =
        match Ledger.tryPayment whole.State with
        | None -> []
        | Some payment ->
            [
                "combine_transaction_id", Shapes.text payment.TransactionId
                "combine_payer_info", Shapes.object [ "openid", Shapes.text payment.OpenId ] :> JsonNode
            ]

    /// A combined order as a query answers it, and as a notification of its payment holds it; of each part, whether it was refunded.
    let transaction (whole: CombinedOrder) (parts: (Order * bool) list) =
        Shapes.object
            [
                "combine_appid", Shapes.text whole.AppId
                "combine_mchid", Shapes.text whole.MerchantId
                "combine_out_trade_no", Shapes.text whole.OutTradeNo
                yield! payment whole
                "sub_orders", JsonArray(parts |> List.map part |> Array.ofList)
            ]

    /// Where the notification of a payment goes, and what it holds.
    let notification paid =
        match paid with
        | Paid.One order -> struct (order.NotifyUrl, Shapes.transaction order false)
        | Paid.Several(whole, parts) ->
            struct (whole.NotifyUrl, transaction whole (parts |> List.map (fun part -> part, false)))
