namespace WeChatPay.Functional

open System
open System.Security.Cryptography

/// RSA-2048 and longer: signatures with SHA-256 and PKCS#1 v1.5, fields sealed by OAEP with SHA-1 and MGF1-SHA-1.
[<Sealed>]
type internal RsaPublicHalf(rsa: RSA) =
    inherit PublicHalf()

    /// What OAEP with SHA-1 takes from a key's length, in bytes.
    static let overhead = 42

    let spki = Lazy<byte array>(fun () -> rsa.ExportSubjectPublicKeyInfo())

    /// What the documents say of a signature without a type.
    override _.SignatureType = "WECHATPAY2-SHA256-RSA2048"

    /// Brand notifications name their own scheme; the algorithm is the same.
    static member IsType(text: string) =
        match text with
        | "WECHATPAY2-SHA256-RSA2048"
        | "WECHATPAY-BRAND-SHA256-RSA2048" -> true
        | _ -> false

    override _.IsSignatureType text = RsaPublicHalf.IsType text

    override _.IsSignature(text, signature) =
        rsa.VerifyData(text, signature, HashAlgorithmName.SHA256, RSASignaturePadding.Pkcs1)

    override _.Seal plain =
        let limit = rsa.KeySize / 8 - overhead

        if plain.Length > limit then
            Error(SensitiveError.TooLong(plain.Length, limit))
        else
            Ok(rsa.Encrypt(plain, RSAEncryptionPadding.OaepSHA1))

    override _.SubjectPublicKeyInfo = spki.Value

/// A private key of RSA.
[<Sealed>]
type internal RsaPrivateHalf(rsa: RSA) =
    inherit PrivateHalf()

    override _.Bits = rsa.KeySize

    override _.Sign message =
        let signature = Array.zeroCreate<byte>(rsa.KeySize / 8)

        rsa.SignData(message, signature.AsSpan(), HashAlgorithmName.SHA256, RSASignaturePadding.Pkcs1)
        |> ignore

        signature

    override _.Unseal bytes =
        try
            ValueSome(rsa.Decrypt(bytes, RSAEncryptionPadding.OaepSHA1))
        with :? CryptographicException ->
            ValueNone

    override _.SubjectPublicKeyInfo() = rsa.ExportSubjectPublicKeyInfo()
