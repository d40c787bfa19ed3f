namespace WeChatPay.Simulator

open System
open System.Text.Json
open System.Text.Json.Nodes

/// What is to become of a refund.
type RefundOutcome =
    /// The money is back with the payer.
    | Success = 0
    /// The payer's card is closed or frozen; the merchant has to act.
    | Abnormal = 1
    /// The refund was given up; the money stays with the merchant.
    | Closed = 2

/// What a merchant asks for.
[<NoComparison; ReferenceEquality>]
type internal RefundOrder =
    {
        Owner: Owner
        OutRefundNo: string
        /// The platform's number for the payment, or the merchant's own for the order.
        TransactionId: string option
        OutTradeNo: string option
        Amount: int64
        Total: int64
        NotifyUrl: string option
        Content: JsonElement
    }

/// The life of a refund: asked for, then settled one way or the other.
[<RequireQualifiedAccess>]
module internal Refunds =
    let private put (refund: RefundEntry) ledger =
        { ledger with
            Refunds = ledger.Refunds.Add((refund.Owner, refund.OutRefundNo), refund)
        }

    let private countsAsRefunded (refund: RefundEntry) =
        match refund.State with
        | RefundState.Processing
        | RefundState.Success _
        | RefundState.Abnormal -> true
        | RefundState.Closed -> false

    /// All refunds of an order.
    let ofOrder (order: Order) ledger =
        ledger.Refunds.Values
        |> Seq.filter (fun refund -> refund.Owner = order.Owner && refund.OutTradeNo = order.OutTradeNo)

    /// Whether any of an order was refunded, or is to be.
    let isRefunded ledger order =
        ofOrder order ledger |> Seq.isEmpty |> not

    let private refundedSoFar (order: Order) ledger =
        ofOrder order ledger
        |> Seq.filter countsAsRefunded
        |> Seq.sumBy (fun refund -> refund.Amount)

    /// The refund of a number.
    let find owner outRefundNo ledger =
        match ledger.Refunds.TryFind((owner, outRefundNo)) with
        | Some refund -> Ok refund
        | None -> Error PlatformError.resourceNotExists

    /// The refund of the platform's number.
    let findById (owner: Owner) refundId ledger =
        ledger.Refunds.Values
        |> Seq.tryFind (fun refund -> refund.Owner = owner && refund.RefundId = refundId)
        |> function
            | Some refund -> Ok refund
            | None -> Error PlatformError.resourceNotExists

    let private hasEnded (refund: RefundEntry) =
        match refund.State with
        | RefundState.Success _
        | RefundState.Closed -> true
        | RefundState.Processing
        | RefundState.Abnormal -> false

    /// The refund that is meant by its number alone: of several sub-merchants' refunds one that has not ended.
    let findToSettle placer outRefundNo ledger =
        let found =
            ledger.Refunds.Values
            |> Seq.filter (fun refund -> refund.Owner.Placer = placer && refund.OutRefundNo = outRefundNo)
            |> List.ofSeq

        found
        |> List.tryFind (hasEnded >> not)
        |> Option.orElse (List.tryHead found)
        |> function
            | Some refund -> Ok refund
            | None -> Error PlatformError.resourceNotExists

    let private orderOf now (asked: RefundOrder) ledger =
        match asked.TransactionId, asked.OutTradeNo with
        | None, None -> Error(PlatformError.parameter "body" "/transaction_id" "" "transaction_id 与 out_trade_no 至少填一个")
        | Some transactionId, other ->
            match Ledger.findSoldBy now asked.Owner transactionId ledger, other with
            | Error _, _ -> Error PlatformError.resourceNotExists
            | Ok order, Some outTradeNo when order.OutTradeNo <> outTradeNo ->
                Error(PlatformError.badRequest "transaction_id 与 out_trade_no 不是同一订单")
            | Ok order, _ -> Ok order
        | None, Some outTradeNo ->
            Ledger.findSold now asked.Owner outTradeNo ledger
            |> Result.mapError (fun _ -> PlatformError.resourceNotExists)

    let private start refundId now (asked: RefundOrder) (order: Order) (payment: Payment) ledger =
        let rest = order.Total - refundedSoFar order ledger

        match ledger.Funds with
        | _ when asked.Total <> order.Total -> Error(PlatformError.badRequest "订单总金额与原订单不一致")
        | _ when asked.Amount > rest -> Error(PlatformError.badRequest "申请退款金额大于订单剩余可退金额")
        | Some funds when asked.Amount > funds -> Error PlatformError.notEnough
        | funds ->
            let refund =
                {
                    RefundId = refundId
                    OutRefundNo = asked.OutRefundNo
                    Owner = order.Owner
                    MerchantId = order.MerchantId
                    OutTradeNo = order.OutTradeNo
                    TransactionId = payment.TransactionId
                    Amount = asked.Amount
                    Total = order.Total
                    NotifyUrl = asked.NotifyUrl
                    Content = asked.Content
                    CreatedAt = now
                    Redirected = None
                    State = RefundState.Processing
                }

            let funds = funds |> Option.map (fun funds -> funds - asked.Amount)
            Ok(refund, put refund { ledger with Funds = funds })

    /// Asks for a refund. The same request again gives the same refund; another request with its number is refused.
    let ask refundId now (asked: RefundOrder) ledger =
        match find asked.Owner asked.OutRefundNo ledger with
        | Ok known when JsonElement.DeepEquals(known.Content, asked.Content) -> Ok(known, ledger)
        | Ok _ -> Error(PlatformError.badRequest "商户退款单号重复，且内容与首次请求不一致")
        | Error _ ->
            match orderOf now asked ledger with
            | Error error -> Error error
            | Ok({ State = OrderState.Paid payment } as order) -> start refundId now asked order payment ledger
            | Ok _ -> Error(PlatformError.badRequest "订单未支付，不能退款")

    let private isAgain (asked: JsonObject) (refund: RefundEntry) =
        refund.Redirected
        |> Option.exists (fun first -> JsonNode.DeepEquals(first, asked))

    /// Sends a stuck refund another way, so that it is worked on again. The same request again gives the refund as it is.
    let redirect owner refundId outRefundNo (asked: JsonObject) ledger =
        match findById owner refundId ledger with
        | Error error -> Error error
        | Ok refund when refund.OutRefundNo <> outRefundNo ->
            Error(PlatformError.badRequest "refund_id 与 out_refund_no 不是同一退款")
        | Ok({ State = RefundState.Abnormal } as refund) ->
            let refund =
                { refund with
                    State = RefundState.Processing
                    Redirected = Some asked
                }

            Ok(refund, put refund ledger)
        | Ok refund when isAgain asked refund -> Ok(refund, ledger)
        | Ok _ -> Error(PlatformError.badRequest "退款状态不是退款异常，不能发起异常退款")

    /// Whether a refund is still being worked on.
    let isProcessing owner outRefundNo ledger =
        match find owner outRefundNo ledger with
        | Ok { State = RefundState.Processing } -> true
        | Ok _
        | Error _ -> false

    /// Ends a refund that is being worked on, or one that is stuck; money of a closed refund is the merchant's again.
    let settle now outcome owner outRefundNo ledger =
        match find owner outRefundNo ledger with
        | Error error -> Error error
        | Ok { State = RefundState.Success _ }
        | Ok { State = RefundState.Closed } -> Error(PlatformError.badRequest "退款已终结")
        | Ok refund ->
            let state, back =
                match outcome with
                | RefundOutcome.Abnormal -> RefundState.Abnormal, 0L
                | RefundOutcome.Closed -> RefundState.Closed, refund.Amount
                | _ -> RefundState.Success now, 0L

            let refund = { refund with State = state }
            let funds = ledger.Funds |> Option.map (fun funds -> funds + back)
            Ok(refund, put refund { ledger with Funds = funds })
