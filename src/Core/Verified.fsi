namespace WeChatPay.Functional

open System

/// Evidence that the platform sent exactly these bytes, recently. Only `Verified.authenticate` makes one.
[<Sealed; NoComparison; NoEquality>]
type Verified =
    /// The bytes that the signature covers.
    member Body: ReadOnlyMemory<byte>

    /// The key that signed, in its one spelling.
    member Serial: string

    /// When the platform signed.
    member Timestamp: DateTimeOffset

    /// The nonce that the signature covers.
    member Nonce: string

/// Makes the evidence.
[<RequireQualifiedAccess>]
module Verified =
    /// Fresh, signed by a key of the ring that is valid now, over these very bytes: all or nothing.
    val authenticate:
        policy: VerificationPolicy -> now: DateTimeOffset -> delivery: Delivery -> Result<Verified, VerifyError>
