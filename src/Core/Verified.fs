namespace WeChatPay.Functional

open System
open System.Buffers

[<Sealed; NoComparison; NoEquality>]
type Verified(body: ReadOnlyMemory<byte>, serial: string, timestamp: DateTimeOffset, nonce: string) =
    member _.Body = body
    member _.Serial = serial
    member _.Timestamp = timestamp
    member _.Nonce = nonce
    override _.ToString() = "Verified(by " + serial + ")"

[<RequireQualifiedAccess>]
module Verified =
    let private signedBy (key: PlatformKey) (delivery: WellFormedDelivery) =
        let body = delivery.Body.Span
        let length = Canonical.deliveryLength delivery.TimestampText delivery.Nonce body
        let buffer = ArrayPool<byte>.Shared.Rent length

        try
            let written =
                Canonical.writeDelivery delivery.TimestampText delivery.Nonce body (buffer.AsSpan())

            let text = ReadOnlySpan<byte>(buffer, 0, written)
            let signature = ReadOnlySpan<byte> delivery.Signature
            key.Half.IsSignature(text, signature)
        finally
            ArrayPool<byte>.Shared.Return buffer

    let private isFresh (tolerance: TimeSpan) (now: DateTimeOffset) (claimed: DateTimeOffset) =
        // The operator `<=` would box both: it is F#'s generic comparison.
        (now - claimed).Duration().CompareTo tolerance <= 0

    /// The type that is claimed must be the key's own; where none is, the key that the serial names says it. Known to the policy it must be in any case.
    let private requireType (policy: VerificationPolicy) (key: PlatformKey) (claimed: string) =
        let kind = if claimed = "" then key.Half.SignatureType else claimed

        if policy.Suite.Algorithms.IsSignatureType kind && key.Half.IsSignatureType kind then
            Ok()
        else
            Error(VerifyError.UnsupportedSignatureType kind)

    let authenticate (policy: VerificationPolicy) (now: DateTimeOffset) (delivery: Delivery) =
        match Delivery.parse policy.BodyLimit delivery with
        | Error error -> Error error
        | Ok parsed when
            parsed.SignatureType <> ""
            && not (policy.Suite.Algorithms.IsSignatureType parsed.SignatureType)
            ->
            Error(VerifyError.UnsupportedSignatureType parsed.SignatureType)
        | Ok parsed ->
            let claimed = DateTimeOffset.FromUnixTimeSeconds parsed.Timestamp

            if not (isFresh policy.Tolerance now claimed) then
                Error(VerifyError.OutsideTolerance(claimed, now))
            else
                match Keyring.select now parsed.Serial policy.Keys with
                | Error error -> Error error
                | Ok key ->
                    match requireType policy key parsed.SignatureType with
                    | Error error -> Error error
                    | Ok() when signedBy key parsed -> Ok(Verified(parsed.Body, key.Serial, claimed, parsed.Nonce))
                    | Ok() -> Error(VerifyError.SignatureMismatch key.Serial)
