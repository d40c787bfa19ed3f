namespace WeChatPay.Functional

open System
open System.Collections.Generic
open System.Runtime.InteropServices
open System.Text
open WeChatPay
open WeChatPay.Wire

/// What is accepted as a notification, and the key that opens it.
[<NoComparison; ReferenceEquality>]
type NotificationPolicy =
    {
        /// Whose signatures are trusted.
        Verification: VerificationPolicy
        /// The key that resources are sealed under.
        ApiV3Key: ApiV3Key
    }

/// What an inbox keeps of a notification that was proven and opened when it came.
[<NoComparison; ReferenceEquality>]
type KeptNotification =
    {
        /// The platform's number for the notification.
        Id: string
        /// What happened as the platform writes it, such as `TRANSACTION.SUCCESS`.
        EventType: string
        /// What kind of object was sealed, such as `transaction`.
        OriginalType: string | null
        /// When the notification was made.
        CreatedAt: Nullable<DateTimeOffset>
        /// What happened, in words.
        Summary: string | null
        /// The platform key that signed.
        Serial: string
        /// The opened resource, byte for byte.
        Resource: ReadOnlyMemory<byte>
    }

/// From verified bytes to an event: envelope, AEAD, resource.
[<RequireQualifiedAccess>]
module Notification =
    [<Literal>]
    let private TagLength = 16

    [<Literal>]
    let private NonceLength = 12

    let private malformed path reason =
        Error(VerifyError.MalformedEnvelope(DecodeError(path, reason)))

    /// Opens a resource where it stands; sizes are judged first, so that `decryption_failed` means one thing: this key did not seal it.
    let private unseal (suite: Suite) (key: ApiV3Key) (verified: Verified) (resource: SealedResource) =
        let nonce = Encoding.UTF8.GetBytes resource.Nonce

        if resource.Ciphertext.Length < TagLength then
            malformed "$.resource.ciphertext" DecodeReason.WrongLength
        elif nonce.Length <> NonceLength then
            malformed "$.resource.nonce" DecodeReason.WrongLength
        elif not (Cipher.isKnown suite resource.Algorithm) then
            Error(VerifyError.UnsupportedCipher resource.Algorithm)
        else
            let associatedData = Encoding.UTF8.GetBytes resource.AssociatedData
            // The envelope was read below and is seen by nobody else: its bytes may become the plain ones.
            let bytes = (MemoryMarshal.AsMemory resource.Ciphertext).Span

            if
                Cipher.unsealInPlaceBy
                    suite
                    resource.Algorithm
                    key
                    (ReadOnlySpan nonce)
                    (ReadOnlySpan associatedData)
                    bytes
            then
                Ok()
            else
                Error(VerifyError.DecryptionFailed verified.Serial)

    /// What `unseal` left of a resource.
    let private plainOf (resource: SealedResource) =
        resource.Ciphertext.Slice(0, resource.Ciphertext.Length - TagLength)

    let private join
        (first: IReadOnlyList<DecodeError>)
        (second: IReadOnlyList<DecodeError>)
        : IReadOnlyList<DecodeError> =
        if first.Count = 0 then second
        elif second.Count = 0 then first
        else [| yield! first; yield! second |]

    let private orNumber id key =
        match key with
        | ValueSome key -> key
        | ValueNone -> "notification:" + id

    /// An event from what is known of a notification, its resource opened.
    let private recognise anomalies (kept: KeptNotification) : Result<DecodedEvent, DecodeError> =
        let place = EventTable.placeOf kept.EventType

        let _, document, present, error =
            WireDocument.TryCheck(kept.Resource, ReadOnlySpan(EventTable.namesOf place))

        match error with
        | null ->
            match EventTable.recognise place present document with
            | Error error -> Error error
            | Ok recognised ->
                Ok
                    {
                        Id = kept.Id
                        EventType = kept.EventType
                        OriginalType = kept.OriginalType
                        CreatedAt = kept.CreatedAt
                        Summary = kept.Summary
                        Event = recognised.Case
                        Resource = document.Json
                        Serial = kept.Serial
                        IdempotencyKey = WeChatPayEvent.businessKey recognised.Case |> orNumber kept.Id
                        Anomalies = join anomalies recognised.Odd
                    }
        | error -> Error error

    let private readResource (verified: Verified) (envelope: NotificationEnvelope) anomalies =
        recognise
            anomalies
            {
                Id = envelope.Id
                EventType = envelope.EventType
                OriginalType = envelope.Resource.OriginalType
                CreatedAt = envelope.CreateTime
                Summary = envelope.Summary
                Serial = verified.Serial
                Resource = plainOf envelope.Resource
            }
        |> Result.mapError VerifyError.MalformedResource

    let private readEnvelope (suite: Suite) (key: ApiV3Key) (verified: Verified) (document: WireDocument) =
        let _, envelope, error, anomalies = NotificationEnvelope.TryRead document

        match envelope, error with
        | null, null -> malformed "$" DecodeReason.NotJson
        | null, error -> Error(VerifyError.MalformedEnvelope(nonNull error))
        | envelope, _ ->
            match unseal suite key verified envelope.Resource with
            | Error error -> Error error
            | Ok() -> readResource verified envelope anomalies

    /// Opens by the ciphers of a suite, and reads, what is proven to be the platform's.
    let read (suite: Suite) (key: ApiV3Key) (verified: Verified) : Result<DecodedEvent, VerifyError> =
        let _, document, error = WireDocument.TryCheck verified.Body

        match error with
        | null -> readEnvelope suite key verified document
        | error -> Error(VerifyError.MalformedEnvelope error)

    /// Reads again what was proven and opened when it came, from wherever it was kept since. Nothing is verified here: whoever could write there is believed.
    let restoreWithoutVerification (kept: KeptNotification) : Result<DecodedEvent, DecodeError> = recognise [||] kept
