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
    let private unseal (key: ApiV3Key) (verified: Verified) (resource: SealedResource) =
        let nonce = Encoding.UTF8.GetBytes resource.Nonce

        if resource.Ciphertext.Length < TagLength then
            malformed "$.resource.ciphertext" DecodeReason.WrongLength
        elif nonce.Length <> NonceLength then
            malformed "$.resource.nonce" DecodeReason.WrongLength
        elif resource.Algorithm <> Cipher.Aes256Gcm then
            Error(VerifyError.UnsupportedCipher resource.Algorithm)
        else
            let associatedData = Encoding.UTF8.GetBytes resource.AssociatedData
            // The envelope was read below and is seen by nobody else: its bytes may become the plain ones.
            let bytes = MemoryMarshal.AsMemory resource.Ciphertext

            if Cipher.unsealInPlace key (ReadOnlySpan nonce) (ReadOnlySpan associatedData) bytes.Span then
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

    let private idempotencyKey (envelope: NotificationEnvelope) event =
        match WeChatPayEvent.businessKey event with
        | ValueSome key -> key
        | ValueNone -> "notification:" + envelope.Id

    let private readResource (verified: Verified) (envelope: NotificationEnvelope) anomalies =
        let _, document, present, error =
            WireDocument.TryCheck(plainOf envelope.Resource, ReadOnlySpan EventTable.names)

        match error with
        | null ->
            match EventTable.recognise envelope.EventType present document with
            | Error error -> Error(VerifyError.MalformedResource error)
            | Ok recognised ->
                Ok
                    {
                        Id = envelope.Id
                        EventType = envelope.EventType
                        OriginalType = envelope.Resource.OriginalType
                        CreatedAt = envelope.CreateTime
                        Summary = envelope.Summary
                        Event = recognised.Case
                        Resource = document.Json
                        Serial = verified.Serial
                        IdempotencyKey = idempotencyKey envelope recognised.Case
                        Anomalies = join anomalies recognised.Odd
                    }
        | error -> Error(VerifyError.MalformedResource error)

    let private readEnvelope (key: ApiV3Key) (verified: Verified) (document: WireDocument) =
        let _, envelope, error, anomalies = NotificationEnvelope.TryRead document

        match envelope, error with
        | null, null -> malformed "$" DecodeReason.NotJson
        | null, error -> Error(VerifyError.MalformedEnvelope(nonNull error))
        | envelope, _ ->
            match unseal key verified envelope.Resource with
            | Error error -> Error error
            | Ok() -> readResource verified envelope anomalies

    /// Opens and reads what is proven to be the platform's.
    let read (key: ApiV3Key) (verified: Verified) : Result<DecodedEvent, VerifyError> =
        let _, document, error = WireDocument.TryCheck verified.Body

        match error with
        | null -> readEnvelope key verified document
        | error -> Error(VerifyError.MalformedEnvelope error)
