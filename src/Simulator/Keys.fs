namespace WeChatPay.Simulator

open System
open System.Globalization
open System.Security.Cryptography
open System.Text
open WeChatPay.Functional

/// A certificate of the platform or of the merchant, with its key.
[<NoComparison; ReferenceEquality>]
type internal CertifiedKey =
    {
        Pair: KeyPair
        Serial: string
        Pem: string
        NotBefore: DateTimeOffset
        NotAfter: DateTimeOffset
    }

/// The keys of one run, made when it starts and gone with it.
[<NoComparison; ReferenceEquality>]
type internal Keys =
    {
        /// The algorithms of the merchant's suite.
        Side: PlatformSide
        /// The one that signs.
        Certificate: CertifiedKey
        /// Those before it, the newest first: listed until they end, and what is sealed to them is opened.
        Earlier: CertifiedKey list
        PublicKeyId: string
        PublicKey: KeyPair
        Merchant: CertifiedKey
        ApiV3KeyText: string
        ApiV3Key: ApiV3Key
        /// A key that nobody trusts, for answers and notifications that must be refused.
        Stranger: Lazy<KeyPair>
        /// A certificate of the platform that has ended.
        Old: Lazy<CertifiedKey>
    }

[<RequireQualifiedAccess>]
module internal Keys =
    [<Literal>]
    let private Alphanumeric =
        "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz"

    /// So many random letters and digits.
    let newToken length =
        RandomNumberGenerator.GetString(Alphanumeric.AsSpan(), length)

    let private sideOf (suite: Suite) : PlatformSide =
        match suite.Algorithms.PlatformSide with
        | null -> RsaPlatformSide()
        | side -> side

    let private certify (side: PlatformSide) (name: string) (now: DateTimeOffset) =
        let pair = side.NewPair()
        let serial = RandomNumberGenerator.GetBytes 20
        // Positive, and of the usual 40 hex digits.
        serial[0] <- (serial[0] &&& 0x3Fuy) ||| 0x40uy
        let notBefore, notAfter = now.AddDays -1.0, now.AddYears 5
        let certificate = pair.Certify(name, serial, notBefore, notAfter)

        {
            Pair = pair
            Serial = Serial.canonical (Convert.ToHexString serial)
            Pem = PemEncoding.WriteString("CERTIFICATE", certificate)
            NotBefore = notBefore
            NotAfter = notAfter
        }

    [<Literal>]
    let private PlatformName = "Tenpay.com sign (simulated)"

    /// The same with a new certificate, which signs from now on.
    let rotate (now: DateTimeOffset) (keys: Keys) =
        { keys with
            Certificate = certify keys.Side PlatformName now
            Earlier = keys.Certificate :: keys.Earlier
        }

    /// The platform's certificates, the one that signs first.
    let certificates (keys: Keys) = keys.Certificate :: keys.Earlier

    /// The certificate of a serial.
    let tryCertificate (serial: string) (keys: Keys) =
        let canonical = Serial.canonical serial

        certificates keys
        |> List.tryFind (fun certificate -> certificate.Serial = canonical)

    let create (suite: Suite) (merchantId: string) (now: DateTimeOffset) =
        let side = sideOf suite
        let apiV3KeyText = newToken 32

        match ApiV3Key.create apiV3KeyText with
        | Error error -> invalidOp ((KeyError.advice error).English)
        | Ok apiV3Key ->
            {
                Side = side
                Certificate = certify side PlatformName now
                Earlier = []
                PublicKeyId =
                    "PUB_KEY_ID_0"
                    + merchantId
                    + now.UtcDateTime.ToString("yyyyMMdd", CultureInfo.InvariantCulture)
                    + "00000000000000"
                PublicKey = side.NewPair()
                Merchant = certify side merchantId now
                ApiV3KeyText = apiV3KeyText
                ApiV3Key = apiV3Key
                // Not `lazy`, whose helper in FSharp.Core warns in a native publish (IL2091).
                Stranger = Lazy<KeyPair>(fun () -> side.NewPair())
                Old = Lazy<CertifiedKey>(fun () -> certify side "Tenpay.com sign (simulated) ended" (now.AddYears -6))
            }

    let private bytes (text: string) =
        ReadOnlyMemory<byte>(Encoding.UTF8.GetBytes text)

    /// Seals bytes under the APIv3 key with a fresh nonce of 12 letters and digits; gives the nonce and the sealed bytes.
    let seal (associatedData: string) (plain: byte array) (keys: Keys) =
        let nonce = newToken 12
        let nonceBytes, data = bytes nonce, bytes associatedData

        struct (nonce, keys.Side.Seal(keys.ApiV3Key.Bytes, nonceBytes.Span, data.Span, ReadOnlySpan<byte> plain))
