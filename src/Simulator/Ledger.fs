namespace WeChatPay.Simulator

open System
open System.Text.Json

/// How an order is paid; the text is the platform's `trade_type`.
[<RequireQualifiedAccess>]
type internal TradeType =
    | Native
    | Jsapi
    | App
    | H5

/// A payment that took place.
type internal Payment =
    {
        TransactionId: string
        PaidAt: DateTimeOffset
        OpenId: string
    }

[<RequireQualifiedAccess>]
type internal OrderState =
    | NotPaid
    | Closed
    | Paid of Payment

/// An order as the platform keeps it.
[<NoComparison; ReferenceEquality>]
type internal Order =
    {
        TradeType: TradeType
        AppId: string
        MerchantId: string
        OutTradeNo: string
        Description: string
        Attach: string
        NotifyUrl: string
        /// What it costs, in fen.
        Total: int64
        ExpiresAt: DateTimeOffset
        /// The request's body, for comparing a repeated request with the first.
        Content: JsonElement
        /// What names the order on the payer's side: behind `code_url`, `h5_url`, or the `prepay_id` itself.
        PrepayId: string
        State: OrderState
    }

[<RequireQualifiedAccess>]
type internal RefundState =
    | Processing
    | Success of At: DateTimeOffset
    | Abnormal
    | Closed

/// A refund as the platform keeps it.
[<NoComparison; ReferenceEquality>]
type internal RefundEntry =
    {
        RefundId: string
        OutRefundNo: string
        MerchantId: string
        OutTradeNo: string
        TransactionId: string
        /// What is given back, in fen.
        Amount: int64
        /// What the order cost, in fen.
        Total: int64
        NotifyUrl: string option
        Content: JsonElement
        CreatedAt: DateTimeOffset
        State: RefundState
    }

/// Everything that the platform remembers. Immutable: every change gives a new one.
[<NoComparison; ReferenceEquality>]
type internal Ledger =
    {
        /// By the merchant's number and the order's.
        Orders: Map<string * string, Order>
        /// By the merchant's number and the refund's.
        Refunds: Map<string * string, RefundEntry>
        /// What the merchant can refund from, in fen; no limit unless set.
        Funds: int64 option
        /// What the endpoints that have no rules of their own made.
        Records: Records
    }

/// The life of an order: placed, paid or closed.
[<RequireQualifiedAccess>]
module internal Ledger =
    let empty =
        {
            Orders = Map.empty
            Refunds = Map.empty
            Funds = None
            Records = Records.empty
        }

    let private put (order: Order) ledger =
        { ledger with
            Orders = ledger.Orders.Add((order.MerchantId, order.OutTradeNo), order)
        }

    /// An order that was not paid in time is closed, whoever looks.
    let private atTime (now: DateTimeOffset) (order: Order) =
        match order.State with
        | OrderState.NotPaid when order.ExpiresAt < now -> { order with State = OrderState.Closed }
        | OrderState.NotPaid
        | OrderState.Closed
        | OrderState.Paid _ -> order

    /// The order of a number.
    let findOrder now merchantId outTradeNo ledger =
        match ledger.Orders.TryFind((merchantId, outTradeNo)) with
        | Some order -> Ok(atTime now order)
        | None -> Error PlatformError.orderNotExist

    /// The order of a payment.
    let findPayment now merchantId transactionId ledger =
        ledger.Orders.Values
        |> Seq.tryFind (fun order ->
            match order.State with
            | OrderState.Paid payment -> order.MerchantId = merchantId && payment.TransactionId = transactionId
            | OrderState.NotPaid
            | OrderState.Closed -> false)
        |> function
            | Some order -> Ok(atTime now order)
            | None -> Error PlatformError.orderNotExist

    /// Places an order. The same request again gives the same order; another request with its number is refused.
    let place now (order: Order) ledger =
        match findOrder now order.MerchantId order.OutTradeNo ledger with
        | Error _ -> Ok(order, put order ledger)
        | Ok known when
            known.TradeType <> order.TradeType
            || not (JsonElement.DeepEquals(known.Content, order.Content))
            ->
            Error PlatformError.outTradeNoUsed
        | Ok { State = OrderState.Paid _ } -> Error PlatformError.orderPaid
        | Ok { State = OrderState.Closed } -> Error PlatformError.orderClosed
        | Ok known -> Ok(known, ledger)

    /// Closes an order that is not paid.
    let close now merchantId outTradeNo ledger =
        match findOrder now merchantId outTradeNo ledger with
        | Error error -> Error error
        | Ok { State = OrderState.Paid _ } -> Error PlatformError.orderPaid
        | Ok { State = OrderState.Closed } -> Error PlatformError.orderClosed
        | Ok order -> Ok(put { order with State = OrderState.Closed } ledger)

    /// The payer pays.
    let pay (payment: Payment) merchantId outTradeNo ledger =
        match findOrder payment.PaidAt merchantId outTradeNo ledger with
        | Error error -> Error error
        | Ok { State = OrderState.Paid _ } -> Error PlatformError.orderPaid
        | Ok { State = OrderState.Closed } -> Error PlatformError.orderClosed
        | Ok order ->
            let order =
                { order with
                    State = OrderState.Paid payment
                }

            let funds = ledger.Funds |> Option.map (fun funds -> funds + order.Total)
            Ok(order, put order { ledger with Funds = funds })
