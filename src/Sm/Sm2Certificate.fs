namespace WeChatPay.Functional

open System
open System.Formats.Asn1

/// A certificate of a key of SM2, as it was read.
[<NoComparison; ReferenceEquality>]
type internal Sm2Certified =
    {
        Half: CertifiedHalf
        Key: Sm2PublicHalf
        /// Whose it is and who signed it: names in DER.
        Subject: ReadOnlyMemory<byte>
        Issuer: ReadOnlyMemory<byte>
        /// What is signed, by which algorithm, and the signature.
        Signed: ReadOnlyMemory<byte>
        Algorithm: string
        Signature: byte array
        /// What comes after the key.
        Rest: AsnReader
    }

/// Certificates of keys of SM2, read here since not every system's own reader knows the curve.
[<RequireQualifiedAccess>]
module internal Sm2Certificate =
    /// SM2 with SM3 (GM/T 0006).
    [<Literal>]
    let SignatureAlgorithm = "1.2.156.10197.1.501"

    [<Literal>]
    let private BasicConstraints = "2.5.29.19"

    let private tag number =
        Asn1Tag(TagClass.ContextSpecific, number, true)

    let private instant (reader: AsnReader) =
        if reader.PeekTag() = Asn1Tag.UtcTime then
            // The years 1950 to 2049 (RFC 5280).
            reader.ReadUtcTime 2049
        else
            reader.ReadGeneralizedTime()

    /// The three parts of a certificate: what is signed, by which algorithm, the signature.
    let private partsOf (der: byte array) =
        let outer = AsnReader(ReadOnlyMemory der, AsnEncodingRules.DER)
        let certificate = outer.ReadSequence()
        outer.ThrowIfNotEmpty()
        let signed = certificate.ReadEncodedValue()
        let algorithm = certificate.ReadSequence().ReadObjectIdentifier()
        let mutable unused = 0
        let signature = certificate.ReadBitString &unused
        // Whole bytes, or it is no signature at all.
        struct (signed, algorithm, (if unused = 0 then signature else [||]))

    let private read role (der: byte array) =
        let struct (signed, algorithm, signature) = partsOf der
        let body = AsnReader(signed, AsnEncodingRules.DER).ReadSequence()

        if body.PeekTag() = tag 0 then
            body.ReadEncodedValue() |> ignore

        let serial = body.ReadIntegerBytes()
        // The signature's algorithm once more.
        body.ReadEncodedValue() |> ignore
        let issuer = body.ReadEncodedValue()
        let validity = body.ReadSequence()
        let notBefore = instant validity
        let notAfter = instant validity
        let subject = body.ReadEncodedValue()

        match Sm2Der.tryPublic (body.ReadEncodedValue()) with
        | ValueNone -> Error(KeyError.NotSm2 role)
        | ValueSome bytes ->
            match Sm2.tryPoint bytes with
            | ValueNone -> Error(KeyError.Damaged role)
            | ValueSome point ->
                let key = Sm2PublicHalf point

                Ok
                    {
                        Half =
                            {
                                Serial = Serial.canonical (Convert.ToHexString serial.Span)
                                NotBefore = notBefore
                                NotAfter = notAfter
                                Key = key
                            }
                        Key = key
                        Subject = subject
                        Issuer = issuer
                        Signed = signed
                        Algorithm = algorithm
                        Signature = signature
                        Rest = body
                    }

    let private readAll role der =
        try
            read role der
        with :? AsnContentException ->
            Error(KeyError.Damaged role)

    let ofDer role (der: byte array) : Result<CertifiedHalf, KeyError> = readAll role der |> Result.map _.Half

    /// Whether an extension says that the certificate may issue others.
    let private isConstraint (extension: AsnReader) =
        if extension.ReadObjectIdentifier() = BasicConstraints then
            if extension.PeekTag() = Asn1Tag.Boolean then
                extension.ReadBoolean() |> ignore

            let value =
                AsnReader(ReadOnlyMemory(extension.ReadOctetString()), AsnEncodingRules.DER)

            let constraints = value.ReadSequence()

            constraints.HasData
            && constraints.PeekTag() = Asn1Tag.Boolean
            && constraints.ReadBoolean()
        else
            false

    let private isAuthority (certified: Sm2Certified) =
        let rest = certified.Rest
        // Numbers of issuer and subject, which nobody gives.
        while rest.HasData && rest.PeekTag() <> tag 3 do
            rest.ReadEncodedValue() |> ignore

        let mutable isFound = false

        if rest.HasData then
            let extensions = rest.ReadSequence(tag 3).ReadSequence()

            while extensions.HasData do
                isFound <- isConstraint (extensions.ReadSequence()) || isFound

        isFound

    let private isBy (issuer: Sm2Certified) (certified: Sm2Certified) =
        certified.Algorithm = SignatureAlgorithm
        && certified.Issuer.Span.SequenceEqual issuer.Subject.Span
        && issuer.Key.IsSignature(certified.Signed.Span, ReadOnlySpan<byte> certified.Signature)

    let private issuerOf (issuer: Sm2Certified) =
        { new IssuerHalf() with
            member _.HasIssued(now, der) =
                match readAll KeyRole.PlatformCertificate der with
                | Ok certified ->
                    issuer.Half.NotBefore <= now
                    && now <= issuer.Half.NotAfter
                    && isBy issuer certified
                | Error _ -> false
        }

    let ofIssuer role (der: byte array) : Result<IssuerHalf, KeyError> =
        try
            match read role der with
            | Error error -> Error error
            | Ok certified when isAuthority certified -> Ok(issuerOf certified)
            | Ok _ -> Error KeyError.NotAnIssuer
        with :? AsnContentException ->
            Error(KeyError.Damaged role)
