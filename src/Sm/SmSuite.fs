namespace WeChatPay.Functional

open System

/// SM2 with SM3, and SM4-GCM beside AES-256-GCM.
[<Sealed>]
type internal SmAlgorithms() =
    inherit Algorithms()

    override _.Scheme = Sm2.SignatureType

    /// RSA, too: a ring may have keys of both while a merchant changes over.
    override _.IsSignatureType text =
        text = Sm2.SignatureType || Suite.rsa.Algorithms.IsSignatureType text

    override _.CertificateType: string | null = Sm2.CertificateType

    override _.ReadPrivate(role, der) =
        Sm2PrivateKey.ofDer role der |> Result.map (fun half -> half :> PrivateHalf)

    override _.ReadEncrypted(role, password, der) =
        Sm2PrivateKey.ofEncrypted role password der
        |> Result.map (fun half -> half :> PrivateHalf)

    override _.ReadArchive(role, password, der) = Sm2Archive.ofDer role password der

    override _.ReadPublic(role, der) =
        match Sm2Der.tryPublic (ReadOnlyMemory der) with
        | ValueNone -> Error(KeyError.NotSm2 role)
        | ValueSome point ->
            match Sm2.tryPoint point with
            | ValueNone -> Error(KeyError.Damaged role)
            | ValueSome key -> Ok(Sm2PublicHalf key)

    override _.ReadCertificate(role, der) = Sm2Certificate.ofDer role der
    override _.ReadIssuer(role, der) = Sm2Certificate.ofIssuer role der
    override _.PlatformSide: PlatformSide | null = SmPlatformSide()
    override _.HasSm4 = true

    override _.OpenSm4(apiV3Key, nonce, associatedData, sealedBytes) =
        Sm4.isOpened apiV3Key nonce associatedData sealedBytes

/// The SM suite (国密), for merchants who are set to it: keys of SM2, signatures with SM3, resources sealed by SM4-GCM.
[<AbstractClass; Sealed>]
type SmSuite private () =
    static let instance = Suite("SM", SmAlgorithms())

    /// The suite: `WeChatPayOptions.Suite`, `VerificationPolicy.Suite`, `MerchantKey.readFor`.
    static member Instance = instance
