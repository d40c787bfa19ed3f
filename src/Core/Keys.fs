namespace WeChatPay.Functional

open System
open System.Text
open FsToolkit.ErrorHandling

/// Reads merchants' certificates.
[<RequireQualifiedAccess; CompilationRepresentation(CompilationRepresentationFlags.ModuleSuffix)>]
module MerchantCertificate =
    let private role = KeyRole.MerchantCertificate

    let internal ofCertified (certified: CertifiedHalf) =
        MerchantCertificate(
            certified.Serial,
            certified.Key.SubjectPublicKeyInfo,
            certified.NotBefore,
            certified.NotAfter
        )

    /// From `apiclient_cert.pem` of a suite, in any form that people give it in.
    let readFor (suite: Suite) (bytes: ReadOnlySpan<byte>) : Result<MerchantCertificate, KeyError> =
        KeyText.read role bytes
        |> Result.bind (KeyText.pick role [ KeyForm.Certificate ])
        |> Result.bind (fun material -> suite.Algorithms.ReadCertificate(role, material.Der))
        |> Result.map ofCertified

    /// From `apiclient_cert.pem` of RSA, in any form that people give it in.
    let read (bytes: ReadOnlySpan<byte>) : Result<MerchantCertificate, KeyError> = readFor Suite.rsa bytes

    /// The one in `apiclient_cert.p12` of a suite, which has the private key beside it.
    let readArchiveFor
        (suite: Suite)
        (password: string)
        (bytes: ReadOnlySpan<byte>)
        : Result<MerchantCertificate, KeyError> =
        KeyText.read role bytes
        |> Result.bind (KeyText.pick role [ KeyForm.Pkcs12 ])
        |> Result.bind (fun material -> suite.Algorithms.ReadArchive(role, password, material.Der))
        |> Result.map (fun (struct (certified, _)) -> ofCertified certified)

    /// The same of RSA.
    let readArchive (password: string) (bytes: ReadOnlySpan<byte>) : Result<MerchantCertificate, KeyError> =
        readArchiveFor Suite.rsa password bytes

/// Reads merchants' private keys.
[<RequireQualifiedAccess; CompilationRepresentation(CompilationRepresentationFlags.ModuleSuffix)>]
module MerchantKey =
    let private role = KeyRole.MerchantPrivateKey

    let private forms =
        [ KeyForm.PrivateKey; KeyForm.Pkcs12; KeyForm.EncryptedPrivateKey ]

    /// A serial that is configured must be the one that the certificate has.
    let private agree (configured: string) (serial: string) =
        match Serial.ofText configured with
        | _ when String.IsNullOrWhiteSpace configured -> Ok serial
        | Ok text when text = serial -> Ok serial
        | Ok text -> Error(KeyError.SerialOfAnother(text, serial))
        | Error error -> Error error

    let private ofMaterial (suite: Suite) password serial (material: KeyMaterial) =
        match material.Form with
        | KeyForm.Pkcs12 ->
            suite.Algorithms.ReadArchive(role, password, material.Der)
            |> Result.bind (fun (struct (archived, half)) ->
                agree serial archived.Serial
                |> Result.map (fun serial -> MerchantKey(serial, half, MerchantCertificate.ofCertified archived)))
        | KeyForm.EncryptedPrivateKey ->
            Serial.ofText serial
            |> Result.bind (fun serial ->
                suite.Algorithms.ReadEncrypted(role, password, material.Der)
                |> Result.map (fun half -> MerchantKey(serial, half, null)))
        | KeyForm.PrivateKey
        | KeyForm.PublicKey
        | KeyForm.Certificate
        | KeyForm.CertificateRequest
        | KeyForm.Other ->
            Serial.ofText serial
            |> Result.bind (fun serial ->
                suite.Algorithms.ReadPrivate(role, material.Der)
                |> Result.map (fun half -> MerchantKey(serial, half, null)))

    /// From `apiclient_key.pem` of a suite (PKCS#8, PKCS#1, SEC 1) in any form that people give it in, and the merchant certificate's serial; or from `apiclient_cert.p12`, which has the serial in it.
    /// The password is for those that have one, otherwise empty.
    let readFor
        (suite: Suite)
        (password: string)
        (serial: string)
        (bytes: ReadOnlySpan<byte>)
        : Result<MerchantKey, KeyError> =
        KeyText.read role bytes
        |> Result.bind (KeyText.pick role forms)
        |> Result.bind (ofMaterial suite password serial)

    /// The same of RSA.
    let read (password: string) (serial: string) (bytes: ReadOnlySpan<byte>) : Result<MerchantKey, KeyError> =
        readFor Suite.rsa password serial bytes

    /// From a private key in PEM and the merchant certificate's serial.
    let ofPem (serial: string) (pem: string) =
        read "" serial (ReadOnlySpan<byte>(Encoding.UTF8.GetBytes pem))

    /// The key with its certificate; refused where it is another's: by its serial, and its public half.
    let requireCertificate (certificate: MerchantCertificate) (key: MerchantKey) : Result<MerchantKey, KeyError> =
        let publicKey = key.Half.SubjectPublicKeyInfo()

        if not (certificate.SubjectPublicKeyInfo.SequenceEqual(ReadOnlySpan<byte> publicKey)) then
            Error(KeyError.NotOfCertificate certificate.Serial)
        elif certificate.Serial <> key.Serial then
            Error(KeyError.SerialOfAnother(key.Serial, certificate.Serial))
        else
            Ok(MerchantKey(key.Serial, key.Half, certificate))

/// Reads the platform's public keys and certificates.
[<RequireQualifiedAccess; CompilationRepresentation(CompilationRepresentationFlags.ModuleSuffix)>]
module PlatformKey =
    [<Literal>]
    let private Prefix = "PUB_KEY_ID_"

    let private isId (text: string) =
        text.StartsWith(Prefix, StringComparison.Ordinal)
        && text.Length > Prefix.Length
        && text.Length <= 64
        && String.forall (fun letter -> Char.IsAsciiLetterOrDigit letter || letter = '_' || letter = '-') text

    /// From the platform's public key of a suite, in any form that people give it in, and its id; both are in the merchant platform.
    let readPublicKeyFor (suite: Suite) (id: string) (bytes: ReadOnlySpan<byte>) : Result<PlatformKey, KeyError> =
        let role = KeyRole.PlatformPublicKey

        if not (isId (id.Trim())) then
            Error KeyError.BadPublicKeyId
        else
            KeyText.read role bytes
            |> Result.bind (KeyText.pick role [ KeyForm.PublicKey ])
            |> Result.bind (fun material -> suite.Algorithms.ReadPublic(role, material.Der))
            |> Result.map (fun half -> PlatformKey(id.Trim(), half, DateTimeOffset.MinValue, DateTimeOffset.MaxValue))

    /// The same of RSA.
    let readPublicKey (id: string) (bytes: ReadOnlySpan<byte>) : Result<PlatformKey, KeyError> =
        readPublicKeyFor Suite.rsa id bytes

    /// From the platform's public key in PEM and its id.
    let ofPublicKeyPem (id: string) (pem: string) =
        readPublicKey id (ReadOnlySpan<byte>(Encoding.UTF8.GetBytes pem))

    let private role = KeyRole.PlatformCertificate

    let private ofMaterial (suite: Suite) (material: KeyMaterial) =
        suite.Algorithms.ReadCertificate(role, material.Der)
        |> Result.map (fun certified ->
            PlatformKey(certified.Serial, certified.Key, certified.NotBefore, certified.NotAfter))

    /// From platform certificates of a suite, in any form that people give them in: every one in the file or text, since people put them together while they rotate.
    let readCertificatesFor (suite: Suite) (bytes: ReadOnlySpan<byte>) : Result<PlatformKey list, KeyError> =
        KeyText.read role bytes
        |> Result.bind (KeyText.pickAll role [ KeyForm.Certificate ])
        |> Result.bind (List.traverseResultM (ofMaterial suite))

    /// The same of RSA.
    let readCertificates (bytes: ReadOnlySpan<byte>) : Result<PlatformKey list, KeyError> =
        readCertificatesFor Suite.rsa bytes

    /// From one platform certificate of a suite in PEM.
    let ofCertificatePemFor (suite: Suite) (pem: string) : Result<PlatformKey, KeyError> =
        match readCertificatesFor suite (ReadOnlySpan<byte>(Encoding.UTF8.GetBytes pem)) with
        | Ok [ key ] -> Ok key
        | Ok _ -> Error(KeyError.Several role)
        | Error error -> Error error

    /// The same of RSA.
    let ofCertificatePem (pem: string) : Result<PlatformKey, KeyError> = ofCertificatePemFor Suite.rsa pem

    /// Refuses the merchant's own key or certificate in the place of the platform's.
    let requireForeign (merchant: MerchantKey) (key: PlatformKey) : Result<PlatformKey, KeyError> =
        let own = merchant.Half.SubjectPublicKeyInfo()

        if not (key.SubjectPublicKeyInfo.SequenceEqual(ReadOnlySpan<byte> own)) then
            Ok key
        elif key.IsPublicKey then
            Error(KeyError.MerchantsOwn KeyRole.PlatformPublicKey)
        else
            Error(KeyError.MerchantsOwn KeyRole.PlatformCertificate)
