namespace WeChatPay.Simulator

open System
open System.Text.Json
open System.Text.Json.Nodes

/// How an order is paid; the text is the platform's `trade_type`.
[<RequireQualifiedAccess>]
type internal TradeType =
    | Native
    | Jsapi
    | App
    | H5
    /// By the payment code that the payer shows at the counter.
    | Code
    /// By a contract that the payer has signed.
    | Entrust

/// A payment that took place.
type internal Payment =
    {
        TransactionId: string
        PaidAt: DateTimeOffset
        OpenId: string
    }

[<RequireQualifiedAccess>]
module internal Payment =
    /// The one payer that there is.
    [<Literal>]
    let OpenId = "oSimulatedPayer000000000000"

    /// What the payer pays now; `newNumber` makes a number of the platform's with a prefix.
    let create (newNumber: string -> string) now =
        {
            TransactionId = newNumber "4200"
            PaidAt = now
            OpenId = OpenId
        }

[<RequireQualifiedAccess>]
type internal OrderState =
    | NotPaid
    | Closed
    | Paid of Payment
    /// The payer's side refused to pay.
    | Failed
    /// The merchant took the order back; what was paid went back with it.
    | Revoked of Payment option

/// Whose an order is. A merchant's own numbers are unique within it.
type internal Owner =
    {
        /// Who places orders, and alone may ask after them: the merchant, or a service provider.
        Placer: string
        /// The sub-merchant for whom a service provider places them.
        SubMerchant: string option
    }

/// An order as the platform keeps it.
[<NoComparison; ReferenceEquality>]
type internal Order =
    {
        TradeType: TradeType
        Owner: Owner
        /// The merchant that the order names: the placer, or another one in a part of a combined order.
        MerchantId: string
        AppId: string
        /// The sub-merchant's own appid.
        SubAppId: string option
        /// The number of the combined order that it is a part of.
        Whole: string option
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

/// Several orders that are paid at once, as the platform keeps them.
[<NoComparison; ReferenceEquality>]
type internal CombinedOrder =
    {
        TradeType: TradeType
        AppId: string
        MerchantId: string
        /// The number of the whole, `combine_out_trade_no`.
        OutTradeNo: string
        NotifyUrl: string
        ExpiresAt: DateTimeOffset
        /// The keys of its parts, in the order of the request.
        Parts: (Owner * string) list
        Content: JsonElement
        PrepayId: string
        State: OrderState
    }

/// A refund as the platform keeps it.
[<NoComparison; ReferenceEquality>]
type internal RefundEntry =
    {
        RefundId: string
        OutRefundNo: string
        Owner: Owner
        /// The merchant that the order names.
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
        /// What the merchant asked for when the refund was stuck.
        Redirected: JsonObject option
        State: RefundState
    }

[<RequireQualifiedAccess>]
module internal RefundEntry =
    /// Whether the e-commerce platform advanced the money for its sub-merchant.
    let isAdvanced (refund: RefundEntry) =
        match refund.Content.TryGetProperty "refund_account" with
        | true, account when account.ValueKind = JsonValueKind.String ->
            account.GetString() = "REFUND_SOURCE_PARTNER_ADVANCE"
        | _ -> false

/// Everything that the platform remembers. Immutable: every change gives a new one.
[<NoComparison; ReferenceEquality>]
type internal Ledger =
    {
        /// By whose they are and their number; those that are parts of combined orders, too.
        Orders: Map<Owner * string, Order>
        /// By the placer's number and that of the whole.
        CombinedOrders: Map<string * string, CombinedOrder>
        /// By whose the order is and the refund's number.
        Refunds: Map<Owner * string, RefundEntry>
        /// What the merchant can refund from, in fen; no limit unless set.
        Funds: int64 option
        /// What the endpoints that have no rules of their own made.
        Records: Records
        /// Things that live through states.
        Flows: Flows
    }

/// The life of an order: placed, paid or closed.
[<RequireQualifiedAccess>]
module internal Ledger =
    let empty =
        {
            Orders = Map.empty
            CombinedOrders = Map.empty
            Refunds = Map.empty
            Funds = None
            Records = Records.empty
            Flows = Flow.empty
        }

    let put (order: Order) ledger =
        { ledger with
            Orders = ledger.Orders.Add((order.Owner, order.OutTradeNo), order)
        }

    /// What was not paid in time is closed, whoever looks.
    let stateAt (now: DateTimeOffset) expiresAt state =
        match state with
        | OrderState.NotPaid when expiresAt < now -> OrderState.Closed
        | OrderState.NotPaid
        | OrderState.Closed
        | OrderState.Paid _
        | OrderState.Failed
        | OrderState.Revoked _ -> state

    let private atTime now (order: Order) =
        { order with
            State = stateAt now order.ExpiresAt order.State
        }

    /// All orders of a placer, at this moment.
    let private ordersOf now placer ledger =
        ledger.Orders.Values
        |> Seq.filter (fun order -> order.Owner.Placer = placer)
        |> Seq.map (atTime now)

    /// The payment of an order, also of one that was taken back.
    let tryPayment state =
        match state with
        | OrderState.Paid payment -> Some payment
        | OrderState.Revoked payment -> payment
        | OrderState.NotPaid
        | OrderState.Closed
        | OrderState.Failed -> None

    let private isPaidBy transactionId (order: Order) =
        tryPayment order.State
        |> Option.exists (fun payment -> payment.TransactionId = transactionId)

    let private orMissing found =
        match found with
        | Some order -> Ok order
        | None -> Error PlatformError.orderNotExist

    /// The order of a number, which may be a part of a combined one: what was sold, and can be refunded.
    let findSold now owner outTradeNo ledger =
        ledger.Orders.TryFind((owner, outTradeNo))
        |> Option.map (atTime now)
        |> orMissing

    /// What was sold by a payment.
    let findSoldBy now (owner: Owner) transactionId ledger =
        ordersOf now owner.Placer ledger
        |> Seq.tryFind (fun order -> order.Owner = owner && isPaidBy transactionId order)
        |> orMissing

    /// A part of a combined order is asked after and closed with the whole only.
    let private requireAlone (order: Order) =
        match order.Whole with
        | None -> Ok order
        | Some _ -> Error PlatformError.orderNotExist

    /// The order of a number.
    let findOrder now owner outTradeNo ledger =
        findSold now owner outTradeNo ledger |> Result.bind requireAlone

    /// The order of a payment.
    let findPayment now owner transactionId ledger =
        findSoldBy now owner transactionId ledger |> Result.bind requireAlone

    /// Whether something can still be paid or closed.
    let requireOpen state =
        match state with
        | OrderState.NotPaid -> Ok()
        | OrderState.Paid _ -> Error PlatformError.orderPaid
        | OrderState.Closed
        | OrderState.Failed
        | OrderState.Revoked _ -> Error PlatformError.orderClosed

    /// Whether two orders were asked for by the same request.
    let isSame (known: Order) (order: Order) =
        known.TradeType = order.TradeType
        && JsonElement.DeepEquals(known.Content, order.Content)

    /// Places an order. The same request again gives the same order; another request with its number is refused.
    let place now (order: Order) ledger =
        match findSold now order.Owner order.OutTradeNo ledger with
        | Error _ -> Ok(order, put order ledger)
        | Ok known when not (isSame known order) -> Error PlatformError.outTradeNoUsed
        | Ok known -> requireOpen known.State |> Result.map (fun () -> known, ledger)

    let private closeOrder (order: Order) =
        requireOpen order.State
        |> Result.map (fun () -> { order with State = OrderState.Closed }: Order)

    /// Closes an order that is not paid.
    let close now owner outTradeNo ledger =
        findOrder now owner outTradeNo ledger
        |> Result.bind closeOrder
        |> Result.map (fun order -> put order ledger)

    /// Money that came in can be refunded.
    let addFunds fen ledger =
        { ledger with
            Funds = ledger.Funds |> Option.map (fun funds -> funds + fen)
        }

    /// Money that came in leaves the merchant again.
    let takeFunds (fen: int64) ledger =
        match ledger.Funds with
        | Some funds when fen > funds -> Error PlatformError.notEnough
        | Some funds ->
            Ok
                { ledger with
                    Funds = Some(funds - fen)
                }
        | None -> Ok ledger

    /// The order that a payer means by its number: of several sub-merchants' orders one that is not paid yet.
    let findToPay now placer outTradeNo ledger =
        let found =
            ordersOf now placer ledger
            |> Seq.filter (fun order -> order.OutTradeNo = outTradeNo && order.Whole.IsNone)
            |> List.ofSeq

        found
        |> List.tryFind (fun order -> Result.isOk (requireOpen order.State))
        |> Option.orElse (List.tryHead found)
        |> orMissing

    /// An open order is paid.
    let paid (payment: Payment) ledger (order: Order) =
        requireOpen order.State
        |> Result.map (fun () ->
            let order =
                { order with
                    State = OrderState.Paid payment
                }

            order, put order (addFunds order.Total ledger))

    let private noNews =
        PlatformError.badRequest "付款码支付没有支付通知，请用 advance 使其成为 SUCCESS 或 PAYERROR"

    /// The payer pays, and the merchant is to be told.
    let pay (payment: Payment) placer outTradeNo ledger =
        findToPay payment.PaidAt placer outTradeNo ledger
        |> Result.bind (fun order ->
            if order.TradeType = TradeType.Code then
                Error noNews
            else
                paid payment ledger order)
