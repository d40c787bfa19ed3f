namespace WeChatPay.Functional

open System
open System.Security.Cryptography
open System.Security.Cryptography.X509Certificates
open System.Text

/// The name of a key: a certificate's serial number in upper hex without leading zeros, or a public key id as it is.
[<RequireQualifiedAccess>]
module Serial =
    let private isHex (text: string) =
        text.Length > 0 && String.forall Char.IsAsciiHexDigit text

    /// The one spelling of a serial. Serials are numbers: .NET prints `00F157…` where OpenSSL and the platform print `F157…`.
    let canonical (text: string) =
        if isHex text then
            match text.TrimStart('0').ToUpperInvariant() with
            | "" -> "0"
            | digits -> digits
        else
            text

    /// A certificate's serial as configured.
    let ofHex (text: string) =
        if isHex text && text.Length <= 64 then
            Ok(canonical text)
        else
            Error KeyError.BadSerial

/// The key that seals resources and certificates: 32 bytes that the merchant set.
[<Sealed>]
type ApiV3Key internal (bytes: byte array) =
    member internal _.Bytes = ReadOnlySpan<byte> bytes
    override _.ToString() = "ApiV3Key(***)"

/// The merchant's private key with the serial of the merchant's certificate; signs requests, opens sensitive fields.
[<Sealed>]
type MerchantKey internal (serial: string, rsa: RSA) =
    /// The serial of the merchant's certificate, in upper hex.
    member _.Serial = serial
    member internal _.Rsa = rsa
    override _.ToString() = "MerchantKey(" + serial + ", ***)"

/// A key of the platform: a certificate with its validity, or a public key, which does not expire. Shared by threads.
[<Sealed>]
type PlatformKey internal (serial: string, rsa: RSA, notBefore: DateTimeOffset, notAfter: DateTimeOffset) =
    let spki = lazy (rsa.ExportSubjectPublicKeyInfo())
    /// A certificate's serial in upper hex, or a public key id.
    member _.Serial = serial
    /// From when on the key may be used.
    member _.NotBefore = notBefore
    /// Until when the key may be used, this instant included.
    member _.NotAfter = notAfter
    /// Whether the key is a public key with an id, not a certificate.
    member _.IsPublicKey = serial.StartsWith("PUB_KEY_ID_", StringComparison.Ordinal)
    member internal _.Rsa = rsa
    member internal _.SubjectPublicKeyInfo = ReadOnlySpan<byte>(spki.Force())
    override _.ToString() = "PlatformKey(" + serial + ")"

[<RequireQualifiedAccess>]
module ApiV3Key =
    /// The only way to make one: exactly 32 bytes of text.
    let create (text: string) =
        match Encoding.UTF8.GetBytes text with
        | bytes when bytes.Length = 32 -> Ok(ApiV3Key bytes)
        | bytes -> Error(KeyError.WrongApiV3KeyLength bytes.Length)

/// PEM texts, made into keys once.
module private Pem =
    [<Literal>]
    let LeastBits = 2048

    let label what (pem: string) =
        match PemEncoding.TryFind(pem.AsSpan()) with
        | true, fields ->
            Ok(
                pem
                    .AsSpan()
                    .Slice(fields.Label.Start.Value, fields.Label.End.Value - fields.Label.Start.Value)
                    .ToString()
            )
        | _ -> Error(KeyError.NotPem what)

    let requireLabel what (allowed: string list) (pem: string) =
        label what pem
        |> Result.bind (fun found ->
            if List.contains found allowed then
                Ok pem
            else
                Error(KeyError.UnexpectedPem(what, found.ToLowerInvariant())))

    let requireSize what (rsa: RSA) =
        if rsa.KeySize >= LeastBits then
            Ok rsa
        else
            Error(KeyError.TooShort(what, rsa.KeySize))

    let toRsa what (pem: string) =
        let rsa = RSA.Create()

        try
            rsa.ImportFromPem(pem.AsSpan())
            requireSize what rsa
        with
        | :? CryptographicException
        | :? ArgumentException ->
            rsa.Dispose()
            Error(KeyError.NotRsa what)

[<RequireQualifiedAccess>]
module MerchantKey =
    [<Literal>]
    let private What = "merchant private key"

    /// From a private key in PEM (`apiclient_key.pem`, PKCS#8 or PKCS#1) and the merchant certificate's serial.
    let ofPem (serial: string) (pem: string) =
        match Serial.ofHex serial with
        | Error error -> Error error
        | Ok serial ->
            Pem.requireLabel What [ "PRIVATE KEY"; "RSA PRIVATE KEY" ] pem
            |> Result.bind (Pem.toRsa What)
            |> Result.map (fun rsa -> MerchantKey(serial, rsa))

[<RequireQualifiedAccess>]
module PlatformKey =
    [<Literal>]
    let private Prefix = "PUB_KEY_ID_"

    /// From a public key in PEM and its id, both from the merchant platform.
    let ofPublicKeyPem (id: string) (pem: string) =
        let what = "platform public key"

        if
            not (id.StartsWith(Prefix, StringComparison.Ordinal))
            || id.Length <= Prefix.Length
        then
            Error KeyError.BadPublicKeyId
        else
            Pem.requireLabel what [ "PUBLIC KEY"; "RSA PUBLIC KEY" ] pem
            |> Result.bind (Pem.toRsa what)
            |> Result.map (fun rsa -> PlatformKey(id, rsa, DateTimeOffset.MinValue, DateTimeOffset.MaxValue))

    let private ofCertificate what (certificate: X509Certificate2) =
        match certificate.GetRSAPublicKey() with
        | null -> Error(KeyError.NotRsa what)
        | rsa ->
            let serial = Serial.canonical certificate.SerialNumber
            let notBefore = DateTimeOffset(certificate.NotBefore.ToUniversalTime())
            let notAfter = DateTimeOffset(certificate.NotAfter.ToUniversalTime())

            Pem.requireSize what rsa
            |> Result.map (fun rsa -> PlatformKey(serial, rsa, notBefore, notAfter))

    /// From a platform certificate in PEM.
    let ofCertificatePem (pem: string) =
        let what = "platform certificate"

        let load (pem: string) =
            try
                Ok(X509Certificate2.CreateFromPem(pem.AsSpan()))
            with :? CryptographicException ->
                Error(KeyError.NotPem what)

        Pem.requireLabel what [ "CERTIFICATE" ] pem
        |> Result.bind load
        |> Result.bind (fun certificate ->
            use certificate = certificate
            ofCertificate what certificate)
