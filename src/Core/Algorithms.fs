namespace WeChatPay.Functional

open System

/// The public half of a key, of whatever algorithm. Shared by threads.
[<AbstractClass>]
type internal PublicHalf() =
    /// The type of the key's signatures (`Wechatpay-Signature-Type`), where nothing else is said.
    abstract SignatureType: string

    /// Whether a signature of this type (`Wechatpay-Signature-Type`) is of the key's algorithm.
    abstract IsSignatureType: text: string -> bool

    /// Whether these bytes are the key's signature over the text; false for any others.
    abstract IsSignature: text: ReadOnlySpan<byte> * signature: ReadOnlySpan<byte> -> bool

    /// Seals bytes that only the private half opens. Not deterministic.
    abstract Seal: plain: byte array -> Result<byte array, SensitiveError>

    /// The key in its one form, by which keys are compared.
    abstract SubjectPublicKeyInfo: byte array

/// The private half of a key, of whatever algorithm. Shared by threads.
[<AbstractClass>]
type internal PrivateHalf() =
    /// How long the key is, in bits.
    abstract Bits: int

    /// Signs bytes.
    abstract Sign: message: ReadOnlySpan<byte> -> byte array

    /// Opens bytes that were sealed to the key; nothing when they were not.
    abstract Unseal: bytes: ReadOnlySpan<byte> -> byte array voption

    /// The public half in its one form.
    abstract SubjectPublicKeyInfo: unit -> byte array

/// What a certificate says, and the key in it.
[<NoComparison; ReferenceEquality>]
type internal CertifiedHalf =
    {
        /// The serial, in upper hex.
        Serial: string
        /// From when on it is valid.
        NotBefore: DateTimeOffset
        /// Until when it is valid, this instant included.
        NotAfter: DateTimeOffset
        /// The key.
        Key: PublicHalf
    }

/// Whoever issues certificates.
[<AbstractClass>]
type internal IssuerHalf() =
    /// Whether the issuer, valid at a time, has signed a certificate in DER; false for any other bytes.
    abstract HasIssued: now: DateTimeOffset * der: byte array -> bool

/// The algorithms of a suite: what keys it reads, how it signs, and what seals resources beside AES-256-GCM.
[<AbstractClass>]
type internal Algorithms() =
    /// The scheme in `Authorization`.
    abstract Scheme: string

    /// Whether signatures of this type are known at all.
    abstract IsSignatureType: text: string -> bool

    /// What to ask `/v3/certificates` for; null for what it gives unasked.
    abstract CertificateType: string | null

    /// A private key, PKCS#8 or of its algorithm's own form.
    abstract ReadPrivate: role: KeyRole * der: byte array -> Result<PrivateHalf, KeyError>

    /// A private key behind a password, PKCS#8.
    abstract ReadEncrypted: role: KeyRole * password: string * der: byte array -> Result<PrivateHalf, KeyError>

    /// The private key of a PKCS#12 archive, with its certificate.
    abstract ReadArchive:
        role: KeyRole * password: string * der: byte array -> Result<struct (CertifiedHalf * PrivateHalf), KeyError>

    /// A public key.
    abstract ReadPublic: role: KeyRole * der: byte array -> Result<PublicHalf, KeyError>

    /// A certificate.
    abstract ReadCertificate: role: KeyRole * der: byte array -> Result<CertifiedHalf, KeyError>

    /// A certificate that may issue others.
    abstract ReadIssuer: role: KeyRole * der: byte array -> Result<IssuerHalf, KeyError>

    /// The other side of the suite; null where .NET has all of it.
    abstract PlatformSide: PlatformSide | null

    /// Whether SM4-GCM is among the ciphers.
    abstract HasSm4: bool

    /// Opens what SM4-GCM sealed, where it stands, as AES-GCM does: the plain bytes are all but the last 16. False when it is not what was sealed, or there is no SM4.
    abstract OpenSm4:
        apiV3Key: ReadOnlySpan<byte> *
        nonce: ReadOnlySpan<byte> *
        associatedData: ReadOnlySpan<byte> *
        sealedBytes: Span<byte> ->
            bool
