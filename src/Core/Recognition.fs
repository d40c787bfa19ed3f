namespace WeChatPay.Functional

open System
open System.Collections.Generic
open System.Text.Json
open WeChatPay
open WeChatPay.Wire

/// The fields of a resource that tell one event type's shapes apart.
[<Flags>]
type internal Marks =
    | None = 0
    | Mchid = 1
    | SpMchid = 2
    | CombineOutTradeNo = 4
    /// Only parking, education and ETC write these in a resource of `TRANSACTION.SUCCESS`.
    | ForeignToPayment = 8
    /// Only global merchants' refunds have these.
    | ForeignToRefund = 16

/// Which case a resource proves. One event type may come in several shapes; the table below tells them apart by the fields that are present.
[<RequireQualifiedAccess>]
module internal Recognition =
    let private markNames =
        [|
            struct ("mchid"B, Marks.Mchid)
            struct ("sp_mchid"B, Marks.SpMchid)
            struct ("combine_out_trade_no"B, Marks.CombineOutTradeNo)
            struct ("trade_state_description"B, Marks.ForeignToPayment)
            struct ("trade_scene"B, Marks.ForeignToPayment)
            struct ("parking_info"B, Marks.ForeignToPayment)
            struct ("contract_id"B, Marks.ForeignToPayment)
            struct ("recv_account"B, Marks.ForeignToRefund)
            struct ("fund_source"B, Marks.ForeignToRefund)
        |]

    let private markOf (reader: byref<Utf8JsonReader>) =
        let mutable mark = Marks.None

        for struct (name, candidate) in markNames do
            if reader.ValueTextEquals(ReadOnlySpan<byte> name) then
                mark <- candidate

        mark

    /// The marks among the outermost fields; a field that is null is absent.
    let private marksOf (document: WireDocument) =
        let mutable reader = Utf8JsonReader(document.Json.Span)
        let mutable marks = Marks.None
        reader.Read() |> ignore

        while reader.Read() && reader.TokenType = JsonTokenType.PropertyName do
            let mark = markOf &reader
            reader.Read() |> ignore

            if reader.TokenType <> JsonTokenType.Null then
                marks <- marks ||| mark

            reader.Skip()

        marks

    /// What reading a resource gave: the case and the odd fields beside its evidence.
    type Recognised = (struct (WeChatPayEvent * IReadOnlyList<DecodeError>))

    /// One row: these marks and no others of `Marks`, read in this way.
    type private Row =
        {
            Marks: Marks
            Ignored: Marks
            Read: WireDocument -> Result<Recognised, DecodeError>
        }

    let private unrecognised reason : Recognised =
        struct (WeChatPayEvent.Unrecognized reason, [||])

    /// Evidence that is absent, or says something else, gives `Unrecognized`; of the wrong type it is refused.
    let private prove
        (isProof: 'T -> bool)
        (field: string)
        (case: 'T -> WeChatPayEvent)
        (read: struct (bool * 'T | null * DecodeError | null * IReadOnlyList<DecodeError>))
        =
        match read with
        | struct (true, NonNull value, _, anomalies) when isProof value -> Ok(struct (case value, anomalies))
        | struct (true, _, _, _) -> Ok(unrecognised (field + " says something else than the event type."))
        | struct (_, _, NonNull error, _) when error.Reason = DecodeReason.Missing ->
            Ok(unrecognised (error.ToString() + "."))
        | struct (_, _, NonNull error, _) -> Error error
        | struct (_, _, Null, _) -> Ok(unrecognised "The resource could not be read.")

    let private direct =
        {
            Marks = Marks.Mchid
            Ignored = Marks.ForeignToRefund
            Read =
                fun document ->
                    let isRead, value, error, anomalies = PaymentNotification.TryRead document

                    struct (isRead, value, error, anomalies)
                    |> prove
                        (fun payment -> payment.TradeState = TradeState.Success)
                        "$.trade_state"
                        WeChatPayEvent.PaymentSucceeded
        }

    let private partner =
        {
            Marks = Marks.SpMchid
            Ignored = Marks.ForeignToRefund
            Read =
                fun document ->
                    let isRead, value, error, anomalies = PartnerPaymentNotification.TryRead document

                    struct (isRead, value, error, anomalies)
                    |> prove
                        (fun payment -> payment.TradeState = TradeState.Success)
                        "$.trade_state"
                        WeChatPayEvent.PartnerPaymentSucceeded
        }

    let private isWhollyPaid (payment: CombinedPaymentNotification) =
        payment.SubOrders
        |> Seq.forall (fun order -> order.TradeState = TradeState.Success)

    let private combined =
        {
            Marks = Marks.CombineOutTradeNo
            Ignored = Marks.ForeignToRefund
            Read =
                fun document ->
                    let isRead, value, error, anomalies = CombinedPaymentNotification.TryRead document

                    struct (isRead, value, error, anomalies)
                    |> prove isWhollyPaid "$.sub_orders[].trade_state" WeChatPayEvent.CombinedPaymentSucceeded
        }

    let private refund marks status case =
        {
            Marks = marks
            Ignored = Marks.ForeignToPayment
            Read =
                fun document ->
                    let isRead, value, error, anomalies = RefundNotification.TryRead document

                    struct (isRead, value, error, anomalies)
                    |> prove (fun refund -> refund.RefundStatus = status) "$.refund_status" case
        }

    let private partnerRefund status case =
        {
            Marks = Marks.SpMchid
            Ignored = Marks.ForeignToPayment
            Read =
                fun document ->
                    let isRead, value, error, anomalies = PartnerRefundNotification.TryRead document

                    struct (isRead, value, error, anomalies)
                    |> prove (fun refund -> refund.RefundStatus = status) "$.refund_status" case
        }

    let private refundRows status case partnerCase =
        [
            refund Marks.Mchid status case
            refund Marks.None status case // A direct refund does not always name its merchant.
            partnerRefund status partnerCase
        ]

    let private table =
        dict
            [
                "TRANSACTION.SUCCESS", [ direct; partner; combined ]
                "REFUND.SUCCESS",
                refundRows RefundStatus.Success WeChatPayEvent.RefundSucceeded WeChatPayEvent.PartnerRefundSucceeded
                "REFUND.ABNORMAL",
                refundRows RefundStatus.Abnormal WeChatPayEvent.RefundAbnormal WeChatPayEvent.PartnerRefundAbnormal
                "REFUND.CLOSED",
                refundRows RefundStatus.Closed WeChatPayEvent.RefundClosed WeChatPayEvent.PartnerRefundClosed
            ]

    /// The case that this resource of this event type proves, or `Unrecognized`; an error only where evidence is of the wrong type.
    let recognise (eventType: string) (document: WireDocument) : Result<Recognised, DecodeError> =
        match table.TryGetValue eventType with
        | true, rows ->
            let marks = marksOf document

            match List.tryFind (fun row -> marks &&& ~~~row.Ignored = row.Marks) rows with
            | Some row -> row.Read document
            | None -> Ok(unrecognised "The resource has the fields of another shape.")
        | _ -> Ok(unrecognised "This version has no case for the event type.")
