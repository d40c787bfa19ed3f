namespace WeChatPay.Functional

open System
open System.Collections.Generic
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

    let private readEnvelope (verified: Verified) =
        match WireDocument.TryCheck verified.Body with
        | false, _, NonNull error -> Error(VerifyError.MalformedEnvelope error)
        | _, document, _ ->
            match NotificationEnvelope.TryRead document with
            | true, NonNull envelope, _, anomalies -> Ok(struct (envelope, anomalies))
            | _, _, NonNull error, _ -> Error(VerifyError.MalformedEnvelope error)
            | _, _, Null, _ -> malformed "$" DecodeReason.NotJson

    /// The plain bytes of a resource; sizes are judged first, so that `decryption_failed` means one thing: this key did not seal it.
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

            Cipher.unseal key (ReadOnlySpan nonce) (ReadOnlySpan associatedData) resource.Ciphertext.Span
            |> Result.mapError (fun _ -> VerifyError.DecryptionFailed verified.Serial)

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

    let private readResource (verified: Verified) (envelope: NotificationEnvelope) anomalies (plain: byte array) =
        match WireDocument.TryCheck(ReadOnlyMemory plain) with
        | false, _, NonNull error -> Error(VerifyError.MalformedResource error)
        | _, document, _ ->
            match Recognition.recognise envelope.EventType document with
            | Error error -> Error(VerifyError.MalformedResource error)
            | Ok(struct (event, odd)) ->
                Ok
                    {
                        Id = envelope.Id
                        EventType = envelope.EventType
                        OriginalType = envelope.Resource.OriginalType
                        CreatedAt = envelope.CreateTime
                        Summary = envelope.Summary
                        Event = event
                        Resource = document.Json
                        Serial = verified.Serial
                        IdempotencyKey = idempotencyKey envelope event
                        Anomalies = join anomalies odd
                    }

    /// Opens and reads what is proven to be the platform's.
    let read (key: ApiV3Key) (verified: Verified) : Result<DecodedEvent, VerifyError> =
        match readEnvelope verified with
        | Error error -> Error error
        | Ok(struct (envelope, anomalies)) ->
            match unseal key verified envelope.Resource with
            | Error error -> Error error
            | Ok plain -> readResource verified envelope anomalies plain
