namespace WeChatPay.Functional

open System
open System.Collections.Generic
open WeChatPay
open WeChatPay.Wire

/// The fields of a resource that tell one event type's shapes apart: one bit each, in the order of `Recognition.names`.
[<Flags>]
type internal Marks =
    | None = 0u
    | Mchid = 1u
    | SpMchid = 2u
    | CombineOutTradeNo = 4u
    /// Only parking, education and ETC write these four in a resource of `TRANSACTION.SUCCESS`.
    | ForeignToPayment = 0b0_0111_1000u
    /// Only global merchants' refunds have these two.
    | ForeignToRefund = 0b1_1000_0000u
    | SubMchid = 0b10_0000_0000u

/// What reading a resource gave.
[<NoComparison; ReferenceEquality>]
type internal Recognised =
    {
        /// The case that its evidence proves.
        Case: WeChatPayEvent
        /// The odd fields beside the evidence.
        Odd: IReadOnlyList<DecodeError>
    }

/// Which case a resource proves. One event type may come in several shapes; the fields that are present tell them apart.
[<RequireQualifiedAccess>]
module internal Recognition =
    /// The outermost fields to look for while the resource is checked.
    let names =
        [|
            "mchid"B
            "sp_mchid"B
            "combine_out_trade_no"B
            "trade_state_description"B
            "trade_scene"B
            "parking_info"B
            "contract_id"B
            "recv_account"B
            "fund_source"B
            "sub_mchid"B
        |]

    let private proven case odd : Result<Recognised, DecodeError> = Ok { Case = case; Odd = odd }

    let private unrecognised reason =
        proven (WeChatPayEvent.Unrecognized reason) [||]

    /// Evidence that says something else than the event type proves nothing.
    let private contradicted field =
        unrecognised (field + " says something else than the event type.")

    /// Evidence that is absent proves nothing; of the wrong type it is refused.
    let private unread (error: DecodeError | null) =
        match error with
        | null -> unrecognised "The resource could not be read."
        | error when error.Reason = DecodeReason.Missing -> unrecognised (error.ToString() + ".")
        | error -> Error error

    let private foreign = unrecognised "The resource has the fields of another shape."

    let private direct (document: WireDocument) =
        let _, payment, error, anomalies = PaymentNotification.TryRead document

        match payment with
        | null -> unread error
        | payment when payment.TradeState.Equals TradeState.Success ->
            proven (WeChatPayEvent.PaymentSucceeded payment) anomalies
        | _ -> contradicted "$.trade_state"

    let private partner (document: WireDocument) =
        let _, payment, error, anomalies = PartnerPaymentNotification.TryRead document

        match payment with
        | null -> unread error
        | payment when payment.TradeState.Equals TradeState.Success ->
            proven (WeChatPayEvent.PartnerPaymentSucceeded payment) anomalies
        | _ -> contradicted "$.trade_state"

    let private isWhollyPaid (payment: CombinedPaymentNotification) =
        payment.SubOrders
        |> Seq.forall (fun order -> order.TradeState.Equals TradeState.Success)

    let private combined (document: WireDocument) =
        let _, payment, error, anomalies = CombinedPaymentNotification.TryRead document

        match payment with
        | null -> unread error
        | payment when isWhollyPaid payment -> proven (WeChatPayEvent.CombinedPaymentSucceeded payment) anomalies
        | _ -> contradicted "$.sub_orders[].trade_state"

    let private directRefund (status: RefundStatus) case (document: WireDocument) =
        let _, refund, error, anomalies = RefundNotification.TryRead document

        match refund with
        | null -> unread error
        | refund when refund.RefundStatus.Equals status -> proven (case refund) anomalies
        | _ -> contradicted "$.refund_status"

    let private partnerRefund (status: RefundStatus) case (document: WireDocument) =
        let _, refund, error, anomalies = PartnerRefundNotification.TryRead document

        match refund with
        | null -> unread error
        | refund when refund.RefundStatus.Equals status -> proven (case refund) anomalies
        | _ -> contradicted "$.refund_status"

    let private payment (marks: Marks) (document: WireDocument) =
        match marks &&& ~~~(Marks.ForeignToRefund ||| Marks.SubMchid) with
        | Marks.Mchid -> direct document
        | Marks.SpMchid -> partner document
        | Marks.CombineOutTradeNo -> combined document
        | _ -> foreign

    let private refund status case partnerCase (marks: Marks) (document: WireDocument) =
        match marks &&& ~~~(Marks.ForeignToPayment ||| Marks.SubMchid) with
        | Marks.None when marks &&& Marks.SubMchid = Marks.SubMchid ->
            unread (DecodeError("$.sp_mchid", DecodeReason.Missing))
        | Marks.Mchid
        | Marks.None -> directRefund status case document // A direct refund does not always name its merchant.
        | Marks.SpMchid -> partnerRefund status partnerCase document
        | _ -> foreign

    /// The case that this resource of this event type proves, or `Unrecognized`; an error only where evidence is of the wrong type.
    let recognise (eventType: string) (marks: Marks) (document: WireDocument) : Result<Recognised, DecodeError> =
        match eventType with
        | "TRANSACTION.SUCCESS" -> payment marks document
        | "REFUND.SUCCESS" ->
            refund
                RefundStatus.Success
                WeChatPayEvent.RefundSucceeded
                WeChatPayEvent.PartnerRefundSucceeded
                marks
                document
        | "REFUND.ABNORMAL" ->
            refund
                RefundStatus.Abnormal
                WeChatPayEvent.RefundAbnormal
                WeChatPayEvent.PartnerRefundAbnormal
                marks
                document
        | "REFUND.CLOSED" ->
            refund RefundStatus.Closed WeChatPayEvent.RefundClosed WeChatPayEvent.PartnerRefundClosed marks document
        | _ -> unrecognised "This version has no case for the event type."
