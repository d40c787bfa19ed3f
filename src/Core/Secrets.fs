namespace WeChatPay.Functional

open System
open System.Security.Cryptography
open System.Text
open System.Threading

/// The key that seals resources and certificates: 32 bytes that the merchant set.
[<Sealed>]
type ApiV3Key internal (bytes: byte array) =
    let mutable idle: AesGcm | null = null

    member internal _.Bytes = ReadOnlySpan<byte> bytes

    /// The cipher that lies idle, for this caller alone, or a new one: `AesGcm` must never be shared by threads, and making one costs more than opening a resource with it.
    member internal _.TakeCipher(tagLength: int) =
        match Interlocked.Exchange(&idle, null) with
        | null -> new AesGcm(bytes, tagLength)
        | aes -> aes

    /// Gives a cipher back; one too many is dropped.
    member internal _.ReturnCipher(aes: AesGcm) =
        match Interlocked.Exchange(&idle, aes) with
        | null -> ()
        | other -> other.Dispose()

    override _.ToString() = "ApiV3Key(***)"

/// A merchant's certificate: the serial that goes with every request, and the public half of the merchant's key. Not secret.
[<Sealed>]
type MerchantCertificate
    internal (serial: string, publicKey: byte array, notBefore: DateTimeOffset, notAfter: DateTimeOffset) =
    /// The serial, in upper hex.
    member _.Serial = serial
    /// From when on it may be used.
    member _.NotBefore = notBefore
    /// Until when it may be used, this instant included.
    member _.NotAfter = notAfter
    member internal _.SubjectPublicKeyInfo = ReadOnlySpan<byte> publicKey
    override _.ToString() = "MerchantCertificate(" + serial + ")"

/// The merchant's private key with the serial of the merchant's certificate; signs requests, opens sensitive fields.
[<Sealed>]
type MerchantKey internal (serial: string, half: PrivateHalf, certificate: MerchantCertificate | null) =
    /// The serial of the merchant's certificate, in upper hex.
    member _.Serial = serial
    /// The merchant's certificate, where it came with the key in an archive or was shown to be the key's (`MerchantKey.requireCertificate`); else null.
    member _.Certificate = certificate
    member internal _.Half = half
    override _.ToString() = "MerchantKey(" + serial + ", ***)"

/// A key of the platform: a certificate with its validity, or a public key, which does not expire. Shared by threads.
[<Sealed>]
type PlatformKey internal (serial: string, half: PublicHalf, notBefore: DateTimeOffset, notAfter: DateTimeOffset) =
    /// A certificate's serial in upper hex, or a public key id.
    member _.Serial = serial
    /// From when on the key may be used.
    member _.NotBefore = notBefore
    /// Until when the key may be used, this instant included.
    member _.NotAfter = notAfter
    /// Whether the key is a public key with an id, not a certificate.
    member _.IsPublicKey = serial.StartsWith("PUB_KEY_ID_", StringComparison.Ordinal)
    member internal _.Half = half
    member internal _.SubjectPublicKeyInfo = ReadOnlySpan<byte> half.SubjectPublicKeyInfo
    override _.ToString() = "PlatformKey(" + serial + ")"

/// Makes APIv3 keys.
[<RequireQualifiedAccess>]
module ApiV3Key =
    [<Literal>]
    let private Length = 32

    /// The only way to make one: exactly 32 bytes of text, without blanks.
    let create (text: string) =
        match Encoding.UTF8.GetBytes text with
        | bytes when String.exists Char.IsWhiteSpace text -> Error(KeyError.BlankInApiV3Key bytes.Length)
        | bytes when bytes.Length = Length -> Ok(ApiV3Key bytes)
        | bytes -> Error(KeyError.WrongApiV3KeyLength bytes.Length)
