namespace WeChatPay.Functional

open System
open System.Formats.Asn1

/// Certificates of keys of SM2, read here since not every system's own reader knows the curve.
[<RequireQualifiedAccess>]
module internal Sm2Certificate =
    let private instant (reader: AsnReader) =
        if reader.PeekTag() = Asn1Tag.UtcTime then
            // The years 1950 to 2049 (RFC 5280).
            reader.ReadUtcTime 2049
        else
            reader.ReadGeneralizedTime()

    /// The first part of a certificate; the second and third are the signature.
    let private bodyOf (der: byte array) =
        let outer = AsnReader(ReadOnlyMemory der, AsnEncodingRules.DER)
        let certificate = outer.ReadSequence()
        outer.ThrowIfNotEmpty()
        certificate.ReadSequence()

    let private read role (der: byte array) =
        let body = bodyOf der
        let versionTag = Asn1Tag(TagClass.ContextSpecific, 0, true)

        if body.PeekTag() = versionTag then
            body.ReadEncodedValue() |> ignore

        let serial = body.ReadIntegerBytes()
        // The signature's algorithm, who signed.
        body.ReadEncodedValue() |> ignore
        body.ReadEncodedValue() |> ignore
        let validity = body.ReadSequence()
        let notBefore = instant validity
        let notAfter = instant validity
        // Whose it is.
        body.ReadEncodedValue() |> ignore

        match Sm2Der.tryPublic (body.ReadEncodedValue()) with
        | ValueNone -> Error(KeyError.NotSm2 role)
        | ValueSome bytes ->
            match Sm2.tryPoint bytes with
            | ValueNone -> Error(KeyError.Damaged role)
            | ValueSome key ->
                Ok
                    {
                        Serial = Serial.canonical (Convert.ToHexString serial.Span)
                        NotBefore = notBefore
                        NotAfter = notAfter
                        Key = Sm2PublicHalf key
                    }

    let ofDer role (der: byte array) : Result<CertifiedHalf, KeyError> =
        try
            read role der
        with :? AsnContentException ->
            Error(KeyError.Damaged role)
