namespace WeChatPay.Functional

open System
open System.Collections.Generic
open System.Text
open FsToolkit.ErrorHandling

/// Who must have issued the platform's certificates: empty when that is not asked. The APIv3 key proves them; this is a second lock, for those who want one.
[<Sealed>]
type CertificateRoots internal (issuers: IReadOnlyList<IssuerHalf>) =
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

    let private certificates bytes =
        KeyText.read role bytes
        |> Result.bind (KeyText.pickAll role [ KeyForm.Certificate ])

    /// From certificates of a suite's issuers in any form that people give them in: the platform's root, and what stands between it and the certificates.
    let readFor (suite: Suite) (bytes: ReadOnlySpan<byte>) : Result<CertificateRoots, KeyError> =
        certificates bytes
        |> Result.bind (List.traverseResultM (fun material -> suite.Algorithms.ReadIssuer(role, material.Der)))
        |> Result.map (fun issuers -> CertificateRoots(List.toArray issuers))

    /// The same of RSA.
    let read (bytes: ReadOnlySpan<byte>) : Result<CertificateRoots, KeyError> = readFor Suite.rsa bytes

    /// All of several.
    let join (roots: CertificateRoots seq) =
        CertificateRoots(roots |> Seq.collect _.Issuers |> Array.ofSeq)

    /// Whether one of the issuers, valid now, has signed the certificate; always when nobody is asked for.
    let haveIssued (now: DateTimeOffset) (pem: string) (roots: CertificateRoots) =
        if roots.Count = 0 then
            true
        else
            match certificates (ReadOnlySpan<byte>(Encoding.UTF8.GetBytes pem)) with
            | Ok [ certificate ] ->
                roots.Issuers
                |> Seq.exists (fun issuer -> issuer.HasIssued(now, certificate.Der))
            | Ok _
            | Error _ -> false
