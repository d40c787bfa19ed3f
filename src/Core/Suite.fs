namespace WeChatPay.Functional

open System
open System.Security.Cryptography.X509Certificates

/// RSA, SHA-256 and AES-256-GCM.
[<Sealed>]
type internal RsaAlgorithms() =
    inherit Algorithms()

    let certifiedOf role (certificate: X509Certificate2) =
        RsaKey.ofCertificate role certificate
        |> Result.map (fun rsa ->
            let struct (notBefore, notAfter) = RsaKey.validityOf certificate

            {
                Serial = Serial.canonical certificate.SerialNumber
                NotBefore = notBefore
                NotAfter = notAfter
                Key = RsaPublicHalf rsa
            })

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
            // Not disposed: on macOS the private key ends with it.
            RsaKey.ofArchived role certificate
            |> Result.bind (fun rsa ->
                certifiedOf role certificate
                |> Result.map (fun certified -> struct (certified, RsaPrivateHalf rsa))))

    override _.ReadPublic(role, der) =
        RsaKey.ofPublic role der |> Result.map (fun rsa -> RsaPublicHalf rsa)

    override _.ReadCertificate(role, der) =
        RsaKey.certificateOf role der
        |> Result.bind (fun certificate ->
            use certificate = certificate
            certifiedOf role certificate)

    override _.ReadIssuer(role, der) = RsaIssuer.read role der
    override _.PlatformSide: PlatformSide | null = null
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
