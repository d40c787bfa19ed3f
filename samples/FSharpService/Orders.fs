namespace FSharpService

open WeChatPay.Functional

/// What has become of an order, as the service knows it; money in fen.
[<RequireQualifiedAccess>]
type Order =
    | AwaitingPayment of Fen: int64
    | Paid of Fen: int64 * TransactionId: string
    | Refunded of RefundId: string

module Orders =
    /// What an event makes of the orders, by number: a decision alone. The same event once more changes nothing.
    let settle (event: WeChatPayEvent) (orders: Map<string, Order>) =
        let change number next =
            Map.change number (Option.map next) orders

        match event with
        | WeChatPayEvent.PaymentSucceeded paid ->
            change paid.OutTradeNo (function
                | Order.AwaitingPayment fen when fen = paid.Amount.Total -> Order.Paid(fen, paid.TransactionId)
                | order -> order)
        | WeChatPayEvent.RefundSucceeded refund ->
            change (string refund.OutTradeNo) (function
                | Order.Paid(fen, _) when fen = refund.Amount.Refund -> Order.Refunded refund.RefundId
                | order -> order)
        | WeChatPayEvent.RefundAbnormal _
        | WeChatPayEvent.RefundClosed _
        | WeChatPayEvent.Unrecognized _ -> orders
        // Of the platform's many events these are a shop's; the others are about what it does not have.
        | _ -> orders
