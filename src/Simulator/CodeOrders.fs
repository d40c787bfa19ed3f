namespace WeChatPay.Simulator

open System
open FsToolkit.ErrorHandling

/// Orders that the platform charges by itself, without a payer who opens them: by payment code at the counter, and by contract.
[<RequireQualifiedAccess>]
module internal CodeOrders =
    /// What a payer spends without typing the password, in fen.
    [<Literal>]
    let private WithoutPassword = 100_000L

    /// How long a payment by code can be taken back.
    let private reversible = TimeSpan.FromDays 7.0

    let private known (order: Order) ledger =
        match order.State with
        | OrderState.Closed
        | OrderState.Revoked _ -> Error PlatformError.orderClosed
        | OrderState.NotPaid
        | OrderState.Paid _
        | OrderState.Failed -> Ok(order, ledger)

    /// Charges by payment code: a little at once, more when the payer has typed the password. The same request again gives the order as it is.
    let charge (newPayment: unit -> Payment) now (order: Order) ledger =
        match Ledger.findSold now order.Owner order.OutTradeNo ledger with
        | Ok found when Ledger.isSame found order -> known found ledger
        | Ok _ -> Error PlatformError.outTradeNoUsed
        | Error _ when order.Total > WithoutPassword -> Ok(order, Ledger.put order ledger)
        | Error _ -> Ledger.paid (newPayment ()) ledger order

    let private revoked payment (order: Order) ledger =
        let order =
            { order with
                State = OrderState.Revoked payment
            }

        order, Ledger.put order ledger

    let private reverseOrder now (order: Order) ledger =
        match order.State with
        | OrderState.Revoked _ -> Ok(order, ledger)
        | OrderState.Closed -> Error PlatformError.orderClosed
        | OrderState.NotPaid
        | OrderState.Failed -> Ok(revoked None order ledger)
        | OrderState.Paid _ when Refunds.isRefunded ledger order -> Error(PlatformError.badRequest "订单已发生退款，不能撤销")
        | OrderState.Paid payment when payment.PaidAt + reversible < now ->
            Error(PlatformError.badRequest "订单支付已超过 7 天，不能撤销")
        | OrderState.Paid payment -> Ledger.takeFunds order.Total ledger |> Result.map (revoked (Some payment) order)

    /// Takes an order back: what is not paid is closed, what is paid is given back. A second time changes nothing.
    let reverse now owner outTradeNo ledger =
        result {
            let! order = Ledger.findOrder now owner outTradeNo ledger

            if order.TradeType <> TradeType.Code then
                return! Error(PlatformError.badRequest "仅付款码支付的订单可以撤销")
            else
                return! reverseOrder now order ledger
        }

    let private failed (order: Order) ledger =
        Ledger.requireOpen order.State
        |> Result.map (fun () ->
            let order = { order with State = OrderState.Failed }: Order
            order, Ledger.put order ledger)

    /// The payer types the password, or the payer's side refuses; nothing where no such order is of the number.
    let settle (payment: Payment) placer outTradeNo state ledger =
        match Ledger.findToPay payment.PaidAt placer outTradeNo ledger with
        | Error _ -> ValueNone
        | Ok order ->
            match order.TradeType, state with
            | (TradeType.Code | TradeType.Entrust), "SUCCESS" -> ValueSome(Ledger.paid payment ledger order)
            | (TradeType.Code | TradeType.Entrust), "PAYERROR" -> ValueSome(failed order ledger)
            | (TradeType.Code | TradeType.Entrust), other ->
                ValueSome(Error(PlatformError.badRequest ("订单不能变更为 " + other)))
            | (TradeType.Native | TradeType.Jsapi | TradeType.App | TradeType.H5), _ -> ValueNone
