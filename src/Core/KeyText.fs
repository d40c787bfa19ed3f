namespace WeChatPay.Functional

open System
open System.Formats.Asn1
open System.Text
open WeChatPay.Wire

/// A key or certificate in DER, and what kind of thing it is.
[<NoComparison; ReferenceEquality>]
type internal KeyMaterial = { Form: KeyForm; Der: byte array }

/// Keys as people give them: PEM with or without a byte order mark, with any line ends or none, as base64 alone, as DER, or PKCS#12.
[<RequireQualifiedAccess>]
module internal KeyText =
    [<Literal>]
    let private Begin = "-----BEGIN "

    [<Literal>]
    let private Dashes = "-----"

    /// What PKCS#1 writes before the key of an encrypted PEM.
    [<Literal>]
    let private EncryptedMark = "ENCRYPTED"

    let private tagsOf (der: ReadOnlyMemory<byte>) =
        let reader = AsnReader(der, AsnEncodingRules.BER).ReadSequence()

        [
            while reader.HasData do
                let tag = reader.PeekTag()
                reader.ReadEncodedValue() |> ignore

                if tag.TagClass = TagClass.Universal then
                    enum<UniversalTagNumber> tag.TagValue
                else
                    UniversalTagNumber.EndOfContents
        ]

    /// A certificate's first part has six fields at least, that of a request for one has four at most.
    let private isCertificate (der: byte array) =
        let reader = AsnReader(ReadOnlyMemory der, AsnEncodingRules.BER).ReadSequence()
        (tagsOf (reader.ReadEncodedValue())).Length >= 6

    let private formOf (der: byte array) =
        try
            match tagsOf (ReadOnlyMemory der) with
            | UniversalTagNumber.Integer :: UniversalTagNumber.Sequence :: UniversalTagNumber.OctetString :: _
            | UniversalTagNumber.Integer :: UniversalTagNumber.OctetString :: _ -> KeyForm.PrivateKey
            | [ UniversalTagNumber.Integer; UniversalTagNumber.Integer ]
            | [ UniversalTagNumber.Sequence; UniversalTagNumber.BitString ] -> KeyForm.PublicKey
            | UniversalTagNumber.Integer :: UniversalTagNumber.Integer :: _ -> KeyForm.PrivateKey
            | [ UniversalTagNumber.Sequence; UniversalTagNumber.Sequence; UniversalTagNumber.BitString ] ->
                if isCertificate der then
                    KeyForm.Certificate
                else
                    KeyForm.CertificateRequest
            | [ UniversalTagNumber.Sequence; UniversalTagNumber.OctetString ] -> KeyForm.EncryptedPrivateKey
            | UniversalTagNumber.Integer :: UniversalTagNumber.Sequence :: _ -> KeyForm.Pkcs12
            | _ -> KeyForm.Other
        with :? AsnContentException ->
            KeyForm.Other

    let private materialOf der = { Form = formOf der; Der = der }

    let private bare (text: string) =
        String.filter (fun letter -> not (Char.IsWhiteSpace letter)) text

    /// Text in UTF-8 or, with its byte order mark, UTF-16; quotes around it and `\n` in two letters (as in environment variables) undone.
    let private decode (bytes: ReadOnlySpan<byte>) =
        let text =
            if bytes.StartsWith(ReadOnlySpan<byte>(Encoding.Unicode.GetPreamble())) then
                Encoding.Unicode.GetString bytes
            elif bytes.StartsWith(ReadOnlySpan<byte>(Encoding.BigEndianUnicode.GetPreamble())) then
                Encoding.BigEndianUnicode.GetString bytes
            else
                Encoding.UTF8.GetString bytes

        text.Replace("\uFEFF", "").Replace("\\r", "").Replace("\\n", "\n").Trim().Trim('"', '\'').Trim()

    let private block role (content: string) =
        match StrictBase64.TryDecode(bare content) with
        | true, NonNull der -> Ok(materialOf der)
        // PKCS#1 behind a password: lines of headers before the base64.
        | _ when content.Contains EncryptedMark ->
            Ok
                {
                    Form = KeyForm.EncryptedPrivateKey
                    Der = [||]
                }
        | _ -> Error(KeyError.Damaged role)

    /// Every block between its BEGIN and END, in order.
    let rec private blocks role (text: string) (found: KeyMaterial list) =
        match text.IndexOf(Begin, StringComparison.Ordinal) with
        | -1 -> Ok(List.rev found)
        | at ->
            let rest = text.Substring(at + Begin.Length)

            match rest.IndexOf(Dashes, StringComparison.Ordinal) with
            | -1 -> Error(KeyError.Damaged role)
            | length ->
                let label = rest.Substring(0, length)
                let content = rest.Substring(length + Dashes.Length)

                match content.IndexOf("-----END " + label + Dashes, StringComparison.Ordinal) with
                | -1 -> Error(KeyError.Damaged role)
                | stop ->
                    match block role (content.Substring(0, stop)) with
                    | Ok material -> blocks role (content.Substring stop) (material :: found)
                    | Error error -> Error error

    let private looksLikeFileName (text: string) =
        text.Length < 260
        && not (text.Contains '\n')
        && [ ".pem"; ".key"; ".p12"; ".pfx"; ".crt"; ".cer"; ".der"; ".txt" ]
           |> List.exists (fun ending -> text.EndsWith(ending, StringComparison.OrdinalIgnoreCase))

    /// What is left of a PEM that lost its first line.
    let private withoutEndLine (text: string) =
        match text.IndexOf("-----END", StringComparison.Ordinal) with
        | -1 -> text
        | at -> text.Substring(0, at)

    /// Everything that a file or text holds, in order; at least one thing.
    let rec read (role: KeyRole) (bytes: ReadOnlySpan<byte>) : Result<KeyMaterial list, KeyError> =
        // Keys of SM2 are so short that their length stands in one byte, which may as well be a letter.
        let isShort =
            bytes.Length > 2
            && int bytes[1] + 2 = bytes.Length
            && formOf (bytes.ToArray()) <> KeyForm.Other

        let isDer = bytes.Length > 2 && bytes[0] = 0x30uy && (bytes[1] >= 0x80uy || isShort)

        if isDer then
            Ok [ materialOf (bytes.ToArray()) ]
        else
            readText role (decode bytes)

    and private readText role text =
        if text = "" then
            Error(KeyError.Empty role)
        elif text.Contains(Begin, StringComparison.Ordinal) then
            blocks role text []
        elif looksLikeFileName text then
            Error(KeyError.IsFileName role)
        else
            match StrictBase64.TryDecode(bare (withoutEndLine text)) with
            // A secret store may have wrapped the whole PEM file in base64.
            | true, NonNull inner when inner.AsSpan().StartsWith(ReadOnlySpan<byte>(Encoding.ASCII.GetBytes Begin)) ->
                blocks role (decode (ReadOnlySpan inner)) []
            | true, NonNull inner when inner.Length > 2 && inner[0] = 0x30uy -> Ok [ materialOf inner ]
            | _ -> Error(KeyError.NotAKey role)

    /// Everything of a form that fits; otherwise what was found in its place.
    let pickAll (role: KeyRole) (fits: KeyForm list) (materials: KeyMaterial list) =
        match materials |> List.filter (fun material -> List.contains material.Form fits), materials with
        | [], { Form = KeyForm.Other } :: _
        | [], [] -> Error(KeyError.NotAKey role)
        | [], first :: _ -> Error(KeyError.WrongForm(role, first.Form))
        | found, _ -> Ok found

    /// The first thing of a form that fits; otherwise what was found in its place.
    let pick role fits materials =
        pickAll role fits materials |> Result.map List.head
