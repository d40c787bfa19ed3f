namespace WeChatPay.Functional

open System
open System.Collections.Generic
open System.Formats.Asn1
open System.Security.Cryptography
open System.Security.Cryptography.X509Certificates
open FsToolkit.ErrorHandling

/// Who must have issued the platform's certificates: empty when that is not asked. The APIv3 key proves them; this is a second lock, for those who want one.
[<Sealed>]
type CertificateRoots internal (issuers: IReadOnlyList<X509Certificate2>) =
    /// How many there are.
    member _.Count = issuers.Count
    member internal _.Issuers = issuers

    override _.ToString() =
        "CertificateRoots("
        + issuers.Count.ToString Globalization.CultureInfo.InvariantCulture
        + ")"

/// Reads issuers, and asks whether a certificate is theirs. Pure: no store of the machine is looked into, and nothing is downloaded.
[<RequireQualifiedAccess; CompilationRepresentation(CompilationRepresentationFlags.ModuleSuffix)>]
module CertificateRoots =
    let private role = KeyRole.PlatformCertificate

    /// Nobody is asked for.
    let none = CertificateRoots []

    let private isAuthority (certificate: X509Certificate2) =
        certificate.Extensions
        |> Seq.exists (fun extension ->
            match extension with
            | :? X509BasicConstraintsExtension as constraints -> constraints.CertificateAuthority
            | _ -> false)

    let private issuerOf (material: KeyMaterial) =
        RsaKey.certificateOf role material.Der
        |> Result.bind (fun certificate ->
            if isAuthority certificate then
                Ok certificate
            else
                certificate.Dispose()
                Error KeyError.NotAnIssuer)

    /// From certificates of issuers in any form that people give them in: the platform's root, and what stands between it and the certificates.
    let read (bytes: ReadOnlySpan<byte>) : Result<CertificateRoots, KeyError> =
        KeyText.read role bytes
        |> Result.bind (KeyText.pickAll role [ KeyForm.Certificate ])
        |> Result.bind (List.traverseResultM issuerOf)
        |> Result.map (fun issuers -> CertificateRoots(List.toArray issuers))

    /// All of several.
    let join (roots: CertificateRoots seq) =
        CertificateRoots(roots |> Seq.collect _.Issuers |> Array.ofSeq)

    /// The algorithms that certificates are signed with by RSA (RFC 4055).
    let private hashOf (oid: string) =
        match oid with
        | "1.2.840.113549.1.1.11" -> ValueSome HashAlgorithmName.SHA256
        | "1.2.840.113549.1.1.12" -> ValueSome HashAlgorithmName.SHA384
        | "1.2.840.113549.1.1.13" -> ValueSome HashAlgorithmName.SHA512
        | _ -> ValueNone

    /// What is signed, and the signature (RFC 5280: tbsCertificate, signatureAlgorithm, signatureValue).
    let private partsOf (certificate: X509Certificate2) =
        let reader = AsnReader(certificate.RawDataMemory, AsnEncodingRules.DER)
        let whole = reader.ReadSequence()
        let signed = whole.ReadEncodedValue()
        whole.ReadEncodedValue() |> ignore
        let mutable unused = 0
        struct (signed, whole.ReadBitString &unused)

    let private hasSigned (issuer: X509Certificate2) (certificate: X509Certificate2) =
        match hashOf (certificate.SignatureAlgorithm.Value |> Option.ofObj |> Option.defaultValue "") with
        | ValueNone -> false
        | ValueSome hash ->
            let struct (signed, signature) = partsOf certificate
            use key = issuer.GetRSAPublicKey()

            match key with
            | null -> false
            | key -> key.VerifyData(signed.Span, ReadOnlySpan<byte> signature, hash, RSASignaturePadding.Pkcs1)

    let private isBy (now: DateTimeOffset) (certificate: X509Certificate2) (issuer: X509Certificate2) =
        let moment = now.UtcDateTime

        issuer.NotBefore.ToUniversalTime() <= moment
        && moment <= issuer.NotAfter.ToUniversalTime()
        && certificate.IssuerName.RawData.AsSpan().SequenceEqual(ReadOnlySpan<byte> issuer.SubjectName.RawData)
        && hasSigned issuer certificate

    /// Whether one of the issuers, valid now, has signed the certificate; always when nobody is asked for.
    let haveIssued (now: DateTimeOffset) (pem: string) (roots: CertificateRoots) =
        if roots.Count = 0 then
            true
        else
            try
                use certificate = X509Certificate2.CreateFromPem(pem.AsSpan())
                roots.Issuers |> Seq.exists (isBy now certificate)
            with
            | :? CryptographicException
            | :? AsnContentException -> false
