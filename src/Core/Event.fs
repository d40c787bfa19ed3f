namespace WeChatPay.Functional

open System
open System.Collections.Generic
open WeChatPay

/// What happened, proven by the fields of the resource: a case holds only what says what its name says.
[<RequireQualifiedAccess; NoComparison; ReferenceEquality>]
type WeChatPayEvent =
    /// An order of a direct merchant has been paid.
    | PaymentSucceeded of Transaction: PaymentNotification
    /// An order of a service provider's sub-merchant has been paid.
    | PartnerPaymentSucceeded of Transaction: PartnerPaymentNotification
    /// Several orders have been paid at once.
    | CombinedPaymentSucceeded of Transaction: CombinedPaymentNotification
    /// A direct merchant's refund has reached the payer.
    | RefundSucceeded of Refund: RefundNotification
    /// A direct merchant's refund is stuck: the payer's card is closed or frozen, the merchant has to act.
    | RefundAbnormal of Refund: RefundNotification
    /// A direct merchant's refund was closed; the money stays with the merchant.
    | RefundClosed of Refund: RefundNotification
    /// A sub-merchant's refund has reached the payer.
    | PartnerRefundSucceeded of Refund: PartnerRefundNotification
    /// A sub-merchant's refund is stuck: the payer's card is closed or frozen, the merchant has to act.
    | PartnerRefundAbnormal of Refund: PartnerRefundNotification
    /// A sub-merchant's refund was closed; the money stays with the merchant.
    | PartnerRefundClosed of Refund: PartnerRefundNotification
    /// Genuine, but this version has no case for it, or a field that would prove the case is absent or says something else. The reason is in words; the plain bytes are in `DecodedEvent.Resource`.
    | Unrecognized of Reason: string

/// A notification that the platform is proven to have sent, opened and read.
[<NoComparison; ReferenceEquality; StructuredFormatDisplay("{Display}")>]
type DecodedEvent =
    {
        /// The platform's number for this notification; the same whenever it is sent again.
        Id: string
        /// What happened as the platform writes it, such as `TRANSACTION.SUCCESS`; there for every event, recognised or not.
        EventType: string
        /// What kind of object was sealed, such as `transaction`.
        OriginalType: string | null
        /// When the notification was made.
        CreatedAt: Nullable<DateTimeOffset>
        /// What happened, in words.
        Summary: string | null
        /// What happened, typed.
        Event: WeChatPayEvent
        /// The opened resource, byte for byte.
        Resource: ReadOnlyMemory<byte>
        /// The platform key that signed.
        Serial: string
        /// What an effect must happen once for: the payment's or refund's own number with its state, or the notification's where there is no case.
        IdempotencyKey: string
        /// Fields outside the evidence that could not be read as described: absent from the typed value, raw in its `Extra`.
        Anomalies: IReadOnlyList<DecodeError>
    }

    /// The notification's number and type; nothing personal.
    override event.ToString() =
        "DecodedEvent(" + event.Id + ", " + event.EventType + ")"

    member private event.Display = event.ToString()

/// What is said of an event, whatever its case.
[<RequireQualifiedAccess>]
module WeChatPayEvent =
    /// The case's name, as the tool and logs show it.
    let caseName event =
        match event with
        | WeChatPayEvent.PaymentSucceeded _ -> "PaymentSucceeded"
        | WeChatPayEvent.PartnerPaymentSucceeded _ -> "PartnerPaymentSucceeded"
        | WeChatPayEvent.CombinedPaymentSucceeded _ -> "CombinedPaymentSucceeded"
        | WeChatPayEvent.RefundSucceeded _ -> "RefundSucceeded"
        | WeChatPayEvent.RefundAbnormal _ -> "RefundAbnormal"
        | WeChatPayEvent.RefundClosed _ -> "RefundClosed"
        | WeChatPayEvent.PartnerRefundSucceeded _ -> "PartnerRefundSucceeded"
        | WeChatPayEvent.PartnerRefundAbnormal _ -> "PartnerRefundAbnormal"
        | WeChatPayEvent.PartnerRefundClosed _ -> "PartnerRefundClosed"
        | WeChatPayEvent.Unrecognized _ -> "Unrecognized"

    /// The number that an effect must happen once for, where the case has one.
    let businessKey event =
        match event with
        | WeChatPayEvent.PaymentSucceeded transaction -> ValueSome("payment:" + transaction.TransactionId)
        | WeChatPayEvent.PartnerPaymentSucceeded transaction -> ValueSome("payment:" + transaction.TransactionId)
        | WeChatPayEvent.CombinedPaymentSucceeded transaction -> ValueSome("combined:" + transaction.CombineOutTradeNo)
        | WeChatPayEvent.RefundSucceeded refund
        | WeChatPayEvent.RefundAbnormal refund
        | WeChatPayEvent.RefundClosed refund -> ValueSome("refund:" + refund.RefundId + ":" + refund.RefundStatus.Value)
        | WeChatPayEvent.PartnerRefundSucceeded refund
        | WeChatPayEvent.PartnerRefundAbnormal refund
        | WeChatPayEvent.PartnerRefundClosed refund ->
            ValueSome("refund:" + refund.RefundId + ":" + refund.RefundStatus.Value)
        | WeChatPayEvent.Unrecognized _ -> ValueNone
