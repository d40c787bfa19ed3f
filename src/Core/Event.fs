namespace WeChatPay.Functional

open System
open System.Collections.Generic
open WeChatPay

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

    /// What the notification is about, such as one payment or one contract, whatever happened to it: the same for all that must be handled in order. The notification's own number where there is no case.
    member event.Subject =
        match WeChatPayEvent.subject event.Event with
        | ValueSome subject -> subject
        | ValueNone -> "notification:" + event.Id

    /// The notification's number and type; nothing personal.
    override event.ToString() =
        "DecodedEvent(" + event.Id + ", " + event.EventType + ")"

    member private event.Display = event.ToString()
