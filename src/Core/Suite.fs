namespace WeChatPay.Functional

open System

/// RSA, SHA-256 and AES-256-GCM.
[<Sealed>]
type internal RsaAlgorithms() =
    inherit Algorithms()

    override _.Scheme = "WECHATPAY2-SHA256-RSA2048"
    override _.IsSignatureType text = RsaPublicHalf.IsType text
    override _.CertificateType: string | null = null

    override _.ReadPrivate(role, der) =
        RsaKey.ofPrivate role der |> Result.map (fun rsa -> RsaPrivateHalf rsa)

    override _.ReadEncrypted(role, password, der) =
        RsaKey.ofEncrypted role password der
        |> Result.map (fun rsa -> RsaPrivateHalf rsa)

    override _.ReadArchive(role, password, der) =
        RsaKey.ofArchive role password der
        |> Result.bind (fun certificate ->
            RsaKey.ofArchived role certificate
            |> Result.map (fun rsa -> struct (Serial.canonical certificate.SerialNumber, RsaPrivateHalf rsa)))

    override _.ReadPublic(role, der) =
        RsaKey.ofPublic role der |> Result.map (fun rsa -> RsaPublicHalf rsa)

    override _.ReadCertificate(role, der) =
        RsaKey.certificateOf role der
        |> Result.bind (fun certificate ->
            use certificate = certificate

            RsaKey.ofCertificate role certificate
            |> Result.map (fun rsa ->
                let struct (notBefore, notAfter) = RsaKey.validityOf certificate

                {
                    Serial = Serial.canonical certificate.SerialNumber
                    NotBefore = notBefore
                    NotAfter = notAfter
                    Key = RsaPublicHalf rsa
                }))

    override _.HasSm4 = false
    override _.OpenSm4(_, _, _, _) = false

/// The algorithms that a merchant and the platform use with each other, as a value: RSA for most; the package WeChatPay.Sm brings SM2, SM3 and SM4.
[<Sealed>]
type Suite internal (name: string, algorithms: Algorithms) =
    /// `RSA` or `SM`.
    member _.Name = name
    member internal _.Algorithms = algorithms
    override _.ToString() = "Suite(" + name + ")"

/// The suites that the core has itself.
[<RequireQualifiedAccess; CompilationRepresentation(CompilationRepresentationFlags.ModuleSuffix)>]
module Suite =
    /// RSA with SHA-256, AES-256-GCM, and RSA-OAEP for fields: what merchants have unless they asked for another.
    let rsa = Suite("RSA", RsaAlgorithms())
