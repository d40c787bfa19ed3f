namespace WeChatPay.Simulator

open System.Text.Json

/// What an order says of its settlement: whether it is shared, what subsidy it gets.
[<RequireQualifiedAccess>]
module internal Settlement =
    let private tryMember (name: string) (element: JsonElement) =
        match element.ValueKind with
        | JsonValueKind.Object ->
            match element.TryGetProperty name with
            | true, found -> ValueSome found
            | _ -> ValueNone
        | _ -> ValueNone

    let private isOf (order: Order) (part: JsonElement) =
        match tryMember "out_trade_no" part with
        | ValueSome number -> number.ValueKind = JsonValueKind.String && number.GetString() = order.OutTradeNo
        | ValueNone -> false

    /// What the order was asked for by; a part of a combined order has its own piece of the request.
    let private contentOf (order: Order) =
        match tryMember "sub_orders" order.Content with
        | ValueSome parts when parts.ValueKind = JsonValueKind.Array ->
            parts.EnumerateArray()
            |> Seq.tryFind (isOf order)
            |> Option.defaultValue order.Content
        | ValueSome _
        | ValueNone -> order.Content

    /// A field of `settle_info`.
    let tryField name (order: Order) =
        contentOf order |> tryMember "settle_info" |> ValueOption.bind (tryMember name)
