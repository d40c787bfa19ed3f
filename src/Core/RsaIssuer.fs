namespace WeChatPay.Functional

open System
open System.Formats.Asn1
open System.Security.Cryptography
open System.Security.Cryptography.X509Certificates

/// An issuer of certificates with a key of RSA.
[<Sealed>]
type internal RsaIssuerHalf(issuer: X509Certificate2) =
    inherit IssuerHalf()

    /// The algorithms that certificates are signed with by RSA (RFC 4055).
    static let hashOf (oid: string) =
        match oid with
        | "1.2.840.113549.1.1.11" -> ValueSome HashAlgorithmName.SHA256
        | "1.2.840.113549.1.1.12" -> ValueSome HashAlgorithmName.SHA384
        | "1.2.840.113549.1.1.13" -> ValueSome HashAlgorithmName.SHA512
        | _ -> ValueNone

    /// What is signed, and the signature (RFC 5280: tbsCertificate, signatureAlgorithm, signatureValue).
    static let partsOf (certificate: X509Certificate2) =
        let reader = AsnReader(certificate.RawDataMemory, AsnEncodingRules.DER)
        let whole = reader.ReadSequence()
        let signed = whole.ReadEncodedValue()
        whole.ReadEncodedValue() |> ignore
        let mutable unused = 0
        struct (signed, whole.ReadBitString &unused)

    let hasSigned (certificate: X509Certificate2) =
        match hashOf (certificate.SignatureAlgorithm.Value |> Option.ofObj |> Option.defaultValue "") with
        | ValueNone -> false
        | ValueSome hash ->
            let struct (signed, signature) = partsOf certificate
            use key = issuer.GetRSAPublicKey()

            match key with
            | null -> false
            | key -> key.VerifyData(signed.Span, ReadOnlySpan<byte> signature, hash, RSASignaturePadding.Pkcs1)

    override _.HasIssued(now, der) =
        let moment = now.UtcDateTime

        try
            use certificate = X509CertificateLoader.LoadCertificate(ReadOnlySpan<byte> der)

            issuer.NotBefore.ToUniversalTime() <= moment
            && moment <= issuer.NotAfter.ToUniversalTime()
            && certificate.IssuerName.RawData.AsSpan().SequenceEqual(ReadOnlySpan<byte> issuer.SubjectName.RawData)
            && hasSigned certificate
        with
        | :? CryptographicException
        | :? AsnContentException -> false

/// Reads issuers with a key of RSA.
[<RequireQualifiedAccess>]
module internal RsaIssuer =
    let private isAuthority (certificate: X509Certificate2) =
        certificate.Extensions
        |> Seq.exists (fun extension ->
            match extension with
            | :? X509BasicConstraintsExtension as constraints -> constraints.CertificateAuthority
            | _ -> false)

    let read role der : Result<IssuerHalf, KeyError> =
        RsaKey.certificateOf role der
        |> Result.bind (fun certificate ->
            match RsaKey.ofCertificate role certificate with
            | Ok _ when isAuthority certificate -> Ok(RsaIssuerHalf certificate)
            | Ok _ -> Error KeyError.NotAnIssuer
            | Error error -> Error error)
