namespace WeChatPay.Simulator

open System
open System.Globalization
open System.Security.Cryptography
open WeChatPay.Functional

/// What the platform is to do wrong, until told otherwise. Several may be set at once.
[<Flags>]
type Misbehaviour =
    /// Nothing.
    | None = 0
    /// Answers and notifications are signed by a key that nobody trusts, under a serial that is trusted.
    | WrongKey = 1
    /// The body of answers and notifications is changed after it was signed.
    | Tampered = 2
    /// Answers and notifications come without a signature.
    | Unsigned = 4
    /// Every notification is sent twice at the same time.
    | Duplicates = 8
    /// The signatures of answers and notifications are ten minutes old.
    | Stale = 16
    /// Every call is answered by 500 `SYSTEM_ERROR`, and nothing is done.
    | SystemError = 32
    /// Every call is done, but its answer never arrives.
    | LostAnswer = 64

/// Which key of the platform signs notifications, and answers to calls that name no key.
type PlatformKeyKind =
    /// The public key with an id `PUB_KEY_ID_…`, as for all new merchants.
    | PublicKey = 0
    /// The certificate.
    | Certificate = 1

/// What the platform signs, and how it fails to.
[<RequireQualifiedAccess>]
module internal Signature =
    [<Literal>]
    let private ProbePrefix = "WECHATPAY/SIGNTEST/"

    /// Which key signs: the one that is named, or the usual one.
    let keyFor (usual: PlatformKeyKind) (named: string) (keys: Keys) =
        let isCertificate =
            if named = keys.PublicKeyId then
                false
            elif Serial.canonical named = keys.Certificate.Serial then
                true
            else
                usual = PlatformKeyKind.Certificate

        if isCertificate then
            struct (keys.Certificate.Serial, keys.Certificate.Rsa)
        else
            struct (keys.PublicKeyId, keys.PublicKey)

    /// The headers that sign a body, and the body as it is sent.
    let headers
        (keys: Keys)
        (wrong: Misbehaviour)
        (now: DateTimeOffset)
        (struct (serial: string, key: RSA))
        (body: byte array)
        =
        let signer =
            if wrong.HasFlag Misbehaviour.WrongKey then
                keys.Stranger.Value
            else
                key

        let at =
            if wrong.HasFlag Misbehaviour.Stale then
                now.AddMinutes -10.0
            else
                now

        let timestamp = at.ToUnixTimeSeconds().ToString CultureInfo.InvariantCulture

        let nonce = Keys.newToken 32

        let text = Canonical.delivery timestamp nonce (ReadOnlySpan<byte> body)

        let signature =
            Convert.ToBase64String(signer.SignData(text, HashAlgorithmName.SHA256, RSASignaturePadding.Pkcs1))

        let signed =
            [
                "Wechatpay-Nonce", nonce
                "Wechatpay-Serial", serial
                "Wechatpay-Signature", signature
                "Wechatpay-Signature-Type", Signing.Scheme
                "Wechatpay-Timestamp", timestamp
            ]

        let sent =
            if wrong.HasFlag Misbehaviour.Tampered then
                Array.append body " "B
            else
                body

        struct ((if wrong.HasFlag Misbehaviour.Unsigned then [] else signed), sent)

    /// The same headers with a signature that is marked as a test and does not verify.
    let asProbe headers =
        [
            for name, value in headers do
                if name = "Wechatpay-Signature" then
                    name, ProbePrefix + value
                else
                    name, value
        ]
