namespace WeChatPay.Functional

open System
open System.Formats.Asn1
open System.Numerics

/// The forms in which keys of SM2 and what they seal are written: SEC 1, PKCS#8, GM/T 0009. Anything else is nothing, never an exception.
[<RequireQualifiedAccess>]
module internal Sm2Der =
    /// A coordinate, a hash, a private key.
    [<Literal>]
    let Length = 32

    [<Literal>]
    let private EcPublicKey = "1.2.840.10045.2.1"

    [<Literal>]
    let private Sm2Curve = "1.2.156.10197.1.301"

    [<Literal>]
    let private Uncompressed = 4uy

    /// Both ends of a primitive that complains by an exception.
    let private attempt (read: unit -> 'Value voption) =
        try
            read ()
        with :? AsnContentException ->
            ValueNone

    let private sequence (der: ReadOnlyMemory<byte>) =
        let outer = AsnReader(der, AsnEncodingRules.DER)
        let inner = outer.ReadSequence()
        outer.ThrowIfNotEmpty()
        inner

    /// An algorithm identifier of a key on the curve of SM2.
    let private isSm2 (reader: AsnReader) =
        let identifier = reader.ReadSequence()

        identifier.ReadObjectIdentifier() = EcPublicKey
        && identifier.HasData
        && identifier.PeekTag() = Asn1Tag.ObjectIdentifier
        && identifier.ReadObjectIdentifier() = Sm2Curve
        && not identifier.HasData

    /// The number of an SEC 1 key; its curve is named by itself or by what is around it.
    let private scalarOf (isCurveKnown: bool) (der: ReadOnlyMemory<byte>) =
        let reader = sequence der
        let isVersion1 = reader.ReadInteger() = BigInteger.One
        let number = reader.ReadOctetString()
        let curveTag = Asn1Tag(TagClass.ContextSpecific, 0, true)

        let isCurve =
            if reader.HasData && reader.PeekTag() = curveTag then
                let curve = reader.ReadSequence curveTag

                curve.PeekTag() = Asn1Tag.ObjectIdentifier
                && curve.ReadObjectIdentifier() = Sm2Curve
            else
                isCurveKnown

        if isVersion1 && isCurve && number.Length <= Length then
            ValueSome number
        else
            ValueNone

    /// The number in a private key, PKCS#8 or SEC 1, big-endian.
    let tryPrivate (der: byte array) =
        attempt (fun () ->
            let reader = sequence (ReadOnlyMemory der)
            reader.ReadInteger() |> ignore

            if reader.PeekTag().HasSameClassAndValue Asn1Tag.Sequence then
                if isSm2 reader then
                    scalarOf true (ReadOnlyMemory(reader.ReadOctetString()))
                else
                    ValueNone
            else
                scalarOf false (ReadOnlyMemory der))

    /// The point in a public key, as it stands.
    let tryPublic (der: ReadOnlyMemory<byte>) =
        attempt (fun () ->
            let reader = sequence der

            if isSm2 reader then
                let mutable unused = 0
                let point = reader.ReadBitString &unused
                reader.ThrowIfNotEmpty()
                if unused = 0 then ValueSome point else ValueNone
            else
                ValueNone)

    /// A public key, from a point in its uncompressed form.
    let writePublic (point: byte array) =
        let writer = AsnWriter AsnEncodingRules.DER
        writer.PushSequence() |> ignore
        writer.PushSequence() |> ignore
        writer.WriteObjectIdentifier EcPublicKey
        writer.WriteObjectIdentifier Sm2Curve
        writer.PopSequence()
        writer.WriteBitString(ReadOnlySpan point)
        writer.PopSequence()
        writer.Encode()

    /// A private key with its public one, PKCS#8.
    let writePrivate (number: byte array) (point: byte array) =
        let key = AsnWriter AsnEncodingRules.DER
        key.PushSequence() |> ignore
        key.WriteInteger 1L
        key.WriteOctetString(ReadOnlySpan number)
        let publicTag = Asn1Tag(TagClass.ContextSpecific, 1, true)
        key.PushSequence publicTag |> ignore
        key.WriteBitString(ReadOnlySpan point)
        key.PopSequence publicTag
        key.PopSequence()
        let writer = AsnWriter AsnEncodingRules.DER
        writer.PushSequence() |> ignore
        writer.WriteInteger 0L
        writer.PushSequence() |> ignore
        writer.WriteObjectIdentifier EcPublicKey
        writer.WriteObjectIdentifier Sm2Curve
        writer.PopSequence()
        writer.WriteOctetString(ReadOnlySpan(key.Encode()))
        writer.PopSequence()
        writer.Encode()

    /// Sealed bytes in ASN.1 from those in a row, `04 ‖ x ‖ y ‖ hash ‖ bytes` (C1C3C2).
    let writeSealed (row: byte array) =
        let body = 1 + 3 * Length
        let writer = AsnWriter AsnEncodingRules.DER
        writer.PushSequence() |> ignore
        writer.WriteInteger(BigInteger(ReadOnlySpan<byte>(row, 1, Length), true, true))
        writer.WriteInteger(BigInteger(ReadOnlySpan<byte>(row, 1 + Length, Length), true, true))
        writer.WriteOctetString(ReadOnlySpan<byte>(row, 1 + 2 * Length, Length))
        writer.WriteOctetString(ReadOnlySpan<byte>(row, body, row.Length - body))
        writer.PopSequence()
        writer.Encode()

    /// The other way round; nothing for what has no bytes in it, or is too large for the curve.
    let tryRow (der: ReadOnlySpan<byte>) =
        let memory = ReadOnlyMemory(der.ToArray())

        attempt (fun () ->
            let reader = sequence memory
            let x, y = reader.ReadInteger(), reader.ReadInteger()
            let hash, bytes = reader.ReadOctetString(), reader.ReadOctetString()
            reader.ThrowIfNotEmpty()
            let row = Array.zeroCreate<byte>(1 + 3 * Length + bytes.Length)
            row[0] <- Uncompressed

            let put (number: BigInteger) at =
                let size = number.GetByteCount true
                let mutable written = 0

                number.TryWriteBytes(row.AsSpan(at + Length - size, size), &written, true, true)

            let fits (number: BigInteger) =
                number.Sign >= 0 && number.GetByteCount true <= Length

            if
                hash.Length = Length
                && bytes.Length > 0
                && fits x
                && fits y
                && put x 1
                && put y (1 + Length)
            then
                hash.CopyTo(row, 1 + 2 * Length)
                bytes.CopyTo(row, 1 + 3 * Length)
                ValueSome row
            else
                ValueNone)
