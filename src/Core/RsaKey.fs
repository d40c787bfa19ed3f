namespace WeChatPay.Functional

open System
open System.Security.Cryptography
open System.Security.Cryptography.X509Certificates

/// Key material, made into RSA handles once.
[<RequireQualifiedAccess>]
module internal RsaKey =
    [<Literal>]
    let private LeastBits = 2048

    /// `rsaEncryption`, as it stands in DER.
    let private rsaIdentifier =
        [|
            0x06uy
            0x09uy
            0x2Auy
            0x86uy
            0x48uy
            0x86uy
            0xF7uy
            0x0Duy
            0x01uy
            0x01uy
            0x01uy
        |]

    /// The curve of SM2 (1.2.156.10197.1.301), as it stands in DER.
    let private sm2Identifier =
        [|
            0x06uy
            0x08uy
            0x2Auy
            0x81uy
            0x1Cuy
            0xCFuy
            0x55uy
            0x01uy
            0x82uy
            0x2Duy
        |]

    /// Why this is not a key of RSA.
    let private other role (der: byte array) =
        if der.AsSpan().IndexOf(ReadOnlySpan<byte> sm2Identifier) >= 0 then
            KeyError.Sm2ForRsa role
        else
            KeyError.NotRsa role

    let private isOdd (number: byte array | null) =
        match number with
        | null -> false
        | bytes -> bytes.Length > 0 && bytes[bytes.Length - 1] &&& 1uy = 1uy

    /// Long enough, and of numbers that a key can have: with an even one the primitives throw.
    let requireSize role (rsa: RSA) =
        let numbers = rsa.ExportParameters false

        if not (isOdd numbers.Modulus && isOdd numbers.Exponent) then
            Error(KeyError.Damaged role)
        elif rsa.KeySize >= LeastBits then
            Ok rsa
        else
            Error(KeyError.TooShort(role, rsa.KeySize))

    let private tryImport (import: RSA -> unit) =
        let rsa = RSA.Create()

        try
            import rsa
            ValueSome rsa
        with :? CryptographicException ->
            rsa.Dispose()
            ValueNone

    /// The first way of reading that fits. What names itself RSA and cannot be read is damaged.
    let private ofDer role (der: byte array) (ways: (RSA -> byte array -> unit) list) =
        let mutable found = ValueNone

        for way in ways do
            if found.IsNone then
                found <- tryImport (fun rsa -> way rsa der)

        match found with
        | ValueSome rsa -> requireSize role rsa
        | ValueNone when der.AsSpan().IndexOf(ReadOnlySpan<byte> rsaIdentifier) >= 0 -> Error(KeyError.Damaged role)
        | ValueNone -> Error(other role der)

    let ofPrivate role der =
        ofDer
            role
            der
            [
                fun rsa der -> rsa.ImportPkcs8PrivateKey(ReadOnlySpan<byte> der) |> ignore
                fun rsa der -> rsa.ImportRSAPrivateKey(ReadOnlySpan<byte> der) |> ignore
            ]

    let ofPublic role der =
        ofDer
            role
            der
            [
                fun rsa der -> rsa.ImportSubjectPublicKeyInfo(ReadOnlySpan<byte> der) |> ignore
                fun rsa der -> rsa.ImportRSAPublicKey(ReadOnlySpan<byte> der) |> ignore
            ]

    /// PKCS#8 behind a password; of the older form, whose bytes say nothing of it, only that there is one.
    let ofEncrypted role (password: string) (der: byte array) =
        if password = "" || der.Length = 0 then
            Error(KeyError.Encrypted role)
        else
            match
                tryImport (fun rsa ->
                    rsa.ImportEncryptedPkcs8PrivateKey(password.AsSpan(), ReadOnlySpan<byte> der)
                    |> ignore)
            with
            | ValueSome rsa -> requireSize role rsa
            | ValueNone -> Error(KeyError.WrongPassword role)

    let certificateOf role (der: byte array) =
        try
            Ok(X509CertificateLoader.LoadCertificate(ReadOnlySpan<byte> der))
        with :? CryptographicException ->
            Error(KeyError.Damaged role)

    /// The public half of a certificate's key.
    let ofCertificate role (certificate: X509Certificate2) =
        try
            match certificate.GetRSAPublicKey() with
            | null -> Error(other role certificate.RawData)
            | rsa -> requireSize role rsa
        with :? CryptographicException ->
            Error(KeyError.Damaged role)

    /// From when until when a certificate may be used.
    let validityOf (certificate: X509Certificate2) =
        struct (DateTimeOffset(certificate.NotBefore.ToUniversalTime()),
                DateTimeOffset(certificate.NotAfter.ToUniversalTime()))

    let private withPrivateKey role (archive: X509Certificate2Collection) =
        match archive |> Seq.tryFind (fun certificate -> certificate.HasPrivateKey) with
        | None -> Error(KeyError.WrongForm(role, KeyForm.Certificate))
        | Some certificate -> Ok certificate

    /// The certificate of a PKCS#12 archive that the private key is of.
    let ofArchive role (password: string) (der: byte array) =
        // macOS cannot hold a key in memory only.
        let storage =
            if OperatingSystem.IsMacOS() then
                X509KeyStorageFlags.DefaultKeySet
            else
                X509KeyStorageFlags.EphemeralKeySet

        try
            X509CertificateLoader.LoadPkcs12Collection(ReadOnlySpan<byte> der, password.AsSpan(), storage)
            |> withPrivateKey role
        with :? CryptographicException ->
            Error(KeyError.WrongPassword role)

    /// The private key of a certificate that came with it.
    let ofArchived role (certificate: X509Certificate2) =
        try
            match certificate.GetRSAPrivateKey() with
            | null -> Error(other role certificate.RawData)
            | rsa -> requireSize role rsa
        with :? CryptographicException ->
            Error(KeyError.WrongPassword role)
