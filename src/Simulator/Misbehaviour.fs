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
    /// Every call is done, but its answer takes `AnswerDelay`.
    | Delayed = 128
    /// Every call is done, then the connection is reset.
    | Reset = 256
    /// Every call is done, but half of its answer's body arrives.
    | HalfAnswer = 512
    /// Every call is answered by 429 `FREQUENCY_LIMITED` and `Retry-After: 1`, and nothing is done.
    | RateLimited = 1024
    /// Something before the platform answers every call by 502 and HTML, and nothing is done.
    | BadGateway = 2048
    /// Something before the platform refuses every call by 404 and JSON without a signature, and nothing is done.
    | UnsignedRefusal = 4096
    /// Something before the platform answers every call by 200 and HTML, and nothing is done.
    | ProxyPage = 8192
    /// Something before the platform sends every call elsewhere, and nothing is done.
    | Redirect = 16384
    /// Answers and notifications are signed by a certificate that has ended, `PlatformOldCertificatePem`.
    | OldKey = 32768
    /// Answers and notifications name a key that there is not.
    | UnknownSerial = 65536
    /// The body of answers is compressed after it was signed.
    | Gzip = 131072
    /// The length of answers is said one byte too short.
    | WrongLength = 262144
    /// Answers, rightly signed, are to another question: their numbers are another's.
    | OtherAnswer = 524288
    /// The signatures of answers and notifications are forged in the way by which the platform tests its merchants.
    | Probe = 1048576
    /// The hash that is given for a bill is another file's.
    | BillWrongHash = 2097152
    /// The second half of a bill's file is missing; its hash is that of the whole.
    | BillCut = 4194304
    /// A bill has one column more, that nobody has heard of.
    | BillExtraColumn = 8388608
    /// A bill's last row is missing; its totals have it, its hash is right.
    | BillLostRow = 16777216

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
            if named = keys.PublicKeyId then false
            elif (Keys.tryCertificate named keys).IsSome then true
            else usual = PlatformKeyKind.Certificate

        if isCertificate then
            struct (keys.Certificate.Serial, keys.Certificate.Pair)
        else
            struct (keys.PublicKeyId, keys.PublicKey)

    /// The same headers with a signature that is marked as a test and does not verify.
    let asProbe headers =
        [
            for name, value in headers do
                if name = "Wechatpay-Signature" then
                    name, ProbePrefix + value
                else
                    name, value
        ]

    let private signerOf (keys: Keys) (wrong: Misbehaviour) (struct (serial: string, key: KeyPair)) =
        if wrong.HasFlag Misbehaviour.OldKey then
            struct (keys.Old.Value.Serial, keys.Old.Value.Pair)
        elif wrong.HasFlag Misbehaviour.WrongKey then
            struct (serial, keys.Stranger.Value)
        else
            struct (serial, key)

    /// The headers that sign a body, and the body as it is sent.
    let headers
        (keys: Keys)
        (wrong: Misbehaviour)
        (now: DateTimeOffset)
        (named: struct (string * KeyPair))
        (body: byte array)
        =
        let struct (serial, signer) = signerOf keys wrong named

        let serial =
            if wrong.HasFlag Misbehaviour.UnknownSerial then
                RandomNumberGenerator.GetHexString 40
            else
                serial

        let at =
            if wrong.HasFlag Misbehaviour.Stale then
                now.AddMinutes -10.0
            else
                now

        let timestamp = at.ToUnixTimeSeconds().ToString CultureInfo.InvariantCulture

        let nonce = Keys.newToken 32

        let text = Canonical.delivery timestamp nonce (ReadOnlySpan<byte> body)

        let signature = Convert.ToBase64String(signer.Sign(ReadOnlySpan<byte> text))

        let signed =
            [
                "Wechatpay-Nonce", nonce
                "Wechatpay-Serial", serial
                "Wechatpay-Signature", signature
                "Wechatpay-Signature-Type", keys.Side.SignatureType
                "Wechatpay-Timestamp", timestamp
            ]

        let sent =
            if wrong.HasFlag Misbehaviour.Tampered then
                Array.append body " "B
            else
                body

        let signature =
            if wrong.HasFlag Misbehaviour.Unsigned then []
            elif wrong.HasFlag Misbehaviour.Probe then asProbe signed
            else signed

        struct (signature, sent)
