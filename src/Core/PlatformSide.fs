namespace WeChatPay.Functional

open System
open System.Security.Cryptography

/// Both halves of a key that was made for a run.
[<AbstractClass>]
type internal KeyPair() =
    /// Signs bytes.
    abstract Sign: message: ReadOnlySpan<byte> -> byte array

    /// Whether these bytes are the pair's signature over the text; false for any others.
    abstract IsSignature: text: ReadOnlySpan<byte> * signature: ReadOnlySpan<byte> -> bool

    /// Seals bytes that only the pair opens.
    abstract Seal: plain: byte array -> Result<byte array, SensitiveError>

    /// Opens bytes that were sealed to the pair; nothing when they were not.
    abstract Unseal: bytes: ReadOnlySpan<byte> -> byte array voption

    /// The private key, PKCS#8 in DER.
    abstract PrivateKey: byte array

    /// The public key in DER.
    abstract PublicKey: byte array

    /// A certificate that the pair signs for itself, in DER. The serial is positive, big-endian.
    abstract Certify:
        name: string * serial: byte array * notBefore: DateTimeOffset * notAfter: DateTimeOffset -> byte array

    /// The private key, PKCS#8 in PEM.
    member pair.PrivateKeyPem = PemEncoding.WriteString("PRIVATE KEY", pair.PrivateKey)

    /// The public key in PEM.
    member pair.PublicKeyPem = PemEncoding.WriteString("PUBLIC KEY", pair.PublicKey)

/// The other side of a suite: what the platform does and its merchants do not, for those who play it in the simulator and in tests. Whoever does not play it loses it by trimming.
[<AbstractClass>]
type internal PlatformSide() =
    /// The scheme of requests, and the type of signatures.
    abstract SignatureType: string

    /// What `/v3/certificates` is asked for to give the suite's.
    abstract CertificateType: string

    /// Makes a pair. Not deterministic.
    abstract NewPair: unit -> KeyPair

    /// The name of the cipher that seals resources.
    abstract Cipher: string

    /// Seals bytes under an APIv3 key: ciphertext, then tag. A nonce, of 12 bytes, must never be used twice with one key.
    abstract Seal:
        apiV3Key: ReadOnlySpan<byte> *
        nonce: ReadOnlySpan<byte> *
        associatedData: ReadOnlySpan<byte> *
        plain: ReadOnlySpan<byte> ->
            byte array
