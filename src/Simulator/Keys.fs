namespace WeChatPay.Simulator

open System
open System.Globalization
open System.Security.Cryptography
open System.Security.Cryptography.X509Certificates
open System.Text
open WeChatPay.Functional

/// A certificate of the platform or of the merchant, with its key.
[<NoComparison; ReferenceEquality>]
type internal CertifiedKey =
    {
        Rsa: RSA
        Serial: string
        Pem: string
        NotBefore: DateTimeOffset
        NotAfter: DateTimeOffset
    }

/// The keys of one run, made when it starts and gone with it.
[<NoComparison; ReferenceEquality>]
type internal Keys =
    {
        Certificate: CertifiedKey
        PublicKeyId: string
        PublicKey: RSA
        Merchant: CertifiedKey
        ApiV3KeyText: string
        ApiV3Key: ApiV3Key
        /// A key that nobody trusts, for answers and notifications that must be refused.
        Stranger: Lazy<RSA>
        /// A certificate of the platform that has ended.
        Old: Lazy<CertifiedKey>
    }

[<RequireQualifiedAccess>]
module internal Keys =
    [<Literal>]
    let private Bits = 2048

    [<Literal>]
    let private Alphanumeric =
        "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz"

    /// So many random letters and digits.
    let newToken length =
        RandomNumberGenerator.GetString(Alphanumeric.AsSpan(), length)

    let private certify (name: string) (now: DateTimeOffset) =
        let rsa = RSA.Create Bits
        let subject = X500DistinguishedName("CN=" + name)

        let request =
            CertificateRequest(subject, rsa, HashAlgorithmName.SHA256, RSASignaturePadding.Pkcs1)

        let signer = X509SignatureGenerator.CreateForRSA(rsa, RSASignaturePadding.Pkcs1)
        let serial = RandomNumberGenerator.GetBytes 20
        // Positive, and of the usual 40 hex digits.
        serial[0] <- (serial[0] &&& 0x3Fuy) ||| 0x40uy
        let notBefore, notAfter = now.AddDays -1.0, now.AddYears 5
        use certificate = request.Create(subject, signer, notBefore, notAfter, serial)

        {
            Rsa = rsa
            Serial = Serial.canonical (Convert.ToHexString serial)
            Pem = certificate.ExportCertificatePem()
            NotBefore = notBefore
            NotAfter = notAfter
        }

    let create (merchantId: string) (now: DateTimeOffset) =
        let apiV3KeyText = newToken 32

        match ApiV3Key.create apiV3KeyText with
        | Error error -> invalidOp ((KeyError.advice error).English)
        | Ok apiV3Key ->
            {
                Certificate = certify "Tenpay.com sign (simulated)" now
                PublicKeyId =
                    "PUB_KEY_ID_0"
                    + merchantId
                    + now.UtcDateTime.ToString("yyyyMMdd", CultureInfo.InvariantCulture)
                    + "00000000000000"
                PublicKey = RSA.Create Bits
                Merchant = certify merchantId now
                ApiV3KeyText = apiV3KeyText
                ApiV3Key = apiV3Key
                // Not `lazy`, whose helper in FSharp.Core warns in a native publish (IL2091).
                Stranger = Lazy<RSA>(fun () -> RSA.Create Bits)
                Old = Lazy<CertifiedKey>(fun () -> certify "Tenpay.com sign (simulated) ended" (now.AddYears -6))
            }

    let private bytes (text: string) =
        ReadOnlyMemory<byte>(Encoding.UTF8.GetBytes text)

    /// Seals bytes under the APIv3 key with a fresh nonce of 12 letters and digits; gives the nonce and the sealed bytes.
    let seal (associatedData: string) (plain: byte array) (keys: Keys) =
        let nonce = newToken 12
        let nonceBytes, data = bytes nonce, bytes associatedData

        match Cipher.seal keys.ApiV3Key nonceBytes.Span data.Span (ReadOnlySpan<byte> plain) with
        | Ok sealedBytes -> struct (nonce, sealedBytes)
        | Error(CipherError.WrongNonceLength _)
        | Error(CipherError.TooShort _)
        | Error CipherError.NotAuthentic -> invalidOp "A nonce of 12 bytes always seals."
