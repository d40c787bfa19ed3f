namespace WeChatPay.Functional

open System
open System.Formats.Asn1
open System.Security.Cryptography
open System.Security.Cryptography.Pkcs
open FsToolkit.ErrorHandling

/// PKCS#12 archives with a key of SM2 and its certificate, read here since not every system's own reader knows the curve.
[<RequireQualifiedAccess>]
module internal Sm2Archive =
    /// The bags of a part; none of one that is sealed otherwise than by a password.
    let private unseal (password: string) (contents: Pkcs12SafeContents) =
        if contents.ConfidentialityMode = Pkcs12ConfidentialityMode.Password then
            contents.Decrypt(password.AsSpan())

        if contents.ConfidentialityMode = Pkcs12ConfidentialityMode.None then
            List.ofSeq (contents.GetBags())
        else
            []

    /// Whether the password is the one that the archive was made with, where that is said.
    let private isWhole (password: string) (archive: Pkcs12Info) =
        match archive.IntegrityMode with
        | Pkcs12IntegrityMode.Password -> archive.VerifyMac(password.AsSpan())
        | Pkcs12IntegrityMode.None -> true
        | _ -> false

    let private bagsOf (password: string) (der: byte array) =
        let mutable read = 0
        let archive = Pkcs12Info.Decode(ReadOnlyMemory der, &read)

        if isWhole password archive then
            ValueSome(archive.AuthenticatedSafe |> List.ofSeq |> List.collect (unseal password))
        else
            ValueNone

    let private tryKey (password: string) (bag: Pkcs12SafeBag) =
        match bag with
        | :? Pkcs12ShroudedKeyBag as shrouded ->
            SmPassword.tryOpen password (shrouded.EncryptedPkcs8PrivateKey.ToArray())
        | :? Pkcs12KeyBag as bare -> ValueSome(bare.Pkcs8PrivateKey.ToArray())
        | _ -> ValueNone

    let private tryCertificate (bag: Pkcs12SafeBag) =
        match bag with
        | :? Pkcs12CertBag as certificate ->
            let value = AsnReader(certificate.EncodedCertificate, AsnEncodingRules.BER)
            ValueSome(value.ReadOctetString())
        | _ -> ValueNone

    /// The certificate of the key: an archive may hold its issuers as well.
    let private ownOf role (key: Sm2PrivateHalf) (certificates: byte array list) =
        let own = key.SubjectPublicKeyInfo()

        certificates
        |> List.choose (fun der -> Sm2Certificate.ofDer role der |> Result.toOption)
        |> List.tryFind (fun certified -> certified.Key.SubjectPublicKeyInfo.AsSpan().SequenceEqual(ReadOnlySpan own))
        |> Result.requireSome (KeyError.WrongForm(role, KeyForm.PrivateKey))

    let private pick chooser bags =
        bags
        |> List.choose (fun bag ->
            match chooser bag with
            | ValueSome found -> Some found
            | ValueNone -> None)

    let private read role password (bags: Pkcs12SafeBag list) =
        let hasKey =
            bags
            |> List.exists (fun bag -> bag :? Pkcs12ShroudedKeyBag || bag :? Pkcs12KeyBag)

        match pick (tryKey password) bags with
        | [] when hasKey -> Error(KeyError.WrongPassword role)
        | [] -> Error(KeyError.WrongForm(role, KeyForm.Certificate))
        | key :: _ ->
            result {
                let! half = Sm2PrivateKey.ofDer role key
                let! certified = ownOf role half (pick tryCertificate bags)
                return struct (certified, half :> PrivateHalf)
            }

    /// The private key with its certificate.
    let ofDer role (password: string) (der: byte array) =
        try
            match bagsOf password der with
            | ValueNone -> Error(KeyError.WrongPassword role)
            | ValueSome bags -> read role password bags
        with
        | :? CryptographicException
        | :? AsnContentException -> Error(KeyError.WrongPassword role)
