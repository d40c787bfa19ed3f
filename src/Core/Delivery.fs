namespace WeChatPay.Functional

open System
open System.Collections.Generic
open System.Globalization
open WeChatPay.Wire

/// The headers that a signature speaks of, in the order in which they are checked.
[<RequireQualifiedAccess>]
module internal SignedHeader =
    let names =
        [|
            "Wechatpay-Timestamp"
            "Wechatpay-Nonce"
            "Wechatpay-Signature"
            "Wechatpay-Serial"
            "Wechatpay-Signature-Type"
        |]

    [<Literal>]
    let Timestamp = 0

    [<Literal>]
    let Nonce = 1

    [<Literal>]
    let Signature = 2

    [<Literal>]
    let Serial = 3

    [<Literal>]
    let SignatureType = 4

    let private isSame (letter: char) (expected: char) =
        letter = expected
        || (letter = '_' && expected = '-')
        || (Char.IsAsciiLetter letter && (int letter ||| 0x20) = (int expected ||| 0x20))

    let private startsWith (prefix: string) (text: ReadOnlySpan<char>) =
        let mutable i = 0

        while i < prefix.Length && i < text.Length && isSame text[i] prefix[i] do
            i <- i + 1

        i = prefix.Length

    /// Which of the five this is, in any framework's spelling (`wechatpay-nonce`, `HTTP_WECHATPAY_NONCE`); -1 for any other.
    let indexOf (name: string) =
        let text = name.AsSpan()
        let bare = if startsWith "HTTP-" text then text.Slice 5 else text
        let mutable found = -1

        for i in 0 .. names.Length - 1 do
            if bare.Length = names[i].Length && startsWith names[i] bare then
                found <- i

        found

/// The headers and the exact bytes of one callback or answer, copied once. Nothing is trusted yet.
[<Sealed>]
type Delivery internal (values: string array, twice: int, isProbe: bool, body: byte array, bodyLength: int) =
    /// The bytes, exactly as they came; empty when they were more than the limit.
    member _.Body = ReadOnlyMemory<byte> body
    /// How many bytes came.
    member _.BodyLength = bodyLength
    member internal _.Value index = values[index]
    /// `twice` has one bit for each header.
    member internal _.IsTwice index = twice &&& (1 <<< index) <> 0
    member internal _.IsProbe = isProbe
    member internal _.IsCut = bodyLength > body.Length

    override _.ToString() =
        "Delivery(" + bodyLength.ToString CultureInfo.InvariantCulture + " bytes)"

/// A delivery whose headers have the platform's form. Well-formed, not trusted.
[<NoComparison; NoEquality>]
type WellFormedDelivery =
    {
        /// When the sender says that it signed, in seconds since 1970.
        Timestamp: int64
        /// The same as it stood in the header.
        TimestampText: string
        /// 1 to 128 visible ASCII characters without comma.
        Nonce: string
        /// The signature's bytes.
        Signature: byte array
        /// The key that is said to have signed, as it stood in the header.
        Serial: string
        /// The signature's kind as it stood in the header; empty when there was none: then it is that of the key.
        SignatureType: string
        /// The bytes, exactly as they came.
        Body: ReadOnlyMemory<byte>
    }

/// Takes headers and bytes as they came, and judges their form.
[<RequireQualifiedAccess>]
module Delivery =
    /// How large a notification's body may be: 1 MiB, inclusive.
    [<Literal>]
    let NotificationLimit = 1_048_576

    /// How large an answer's body may be: 16 MiB, inclusive.
    [<Literal>]
    let AnswerLimit = 16_777_216

    [<Literal>]
    let private ProbePrefix = "WECHATPAY/SIGNTEST/"

    let private blanks = [| ' '; '\t' |]

    /// Whether a header of this name counts, in any framework's spelling: what is to be kept with the bytes, so that they can be verified again.
    let isSigned (name: string) = SignedHeader.indexOf name >= 0

    /// Takes headers in any spelling and the exact bytes; of a body over the limit only the length is kept.
    let createWithin (limit: int) (headers: KeyValuePair<string, string> seq) (body: ReadOnlySpan<byte>) =
        let values = [| ""; ""; ""; ""; "" |]
        let mutable seen = 0
        let mutable twice = 0
        let mutable isProbe = false

        for header in headers do
            match SignedHeader.indexOf header.Key with
            | -1 -> ()
            | index ->
                let value =
                    // C# may hand null for an empty value.
                    if String.IsNullOrEmpty header.Value then
                        ""
                    else
                        header.Value.Trim blanks

                isProbe <-
                    isProbe
                    || (index = SignedHeader.Signature
                        && value.StartsWith(ProbePrefix, StringComparison.Ordinal))

                twice <- twice ||| (seen &&& (1 <<< index))
                seen <- seen ||| (1 <<< index)

                if values[index] = "" then
                    values[index] <- value

        let kept = if body.Length > limit then [||] else body.ToArray()
        Delivery(values, twice, isProbe, kept, body.Length)

    /// Takes a notification's headers, in any spelling, and its exact bytes.
    let create (headers: KeyValuePair<string, string> seq) (body: ReadOnlySpan<byte>) =
        createWithin NotificationLimit headers body

    /// `String.forall` without a closure: a loop where it is used.
    let inline private all ([<InlineIfLambda>] isAllowed: char -> bool) (text: string) =
        let mutable i = 0

        while i < text.Length && isAllowed text[i] do
            i <- i + 1

        i = text.Length

    let private isToken (text: string) =
        text.Length <= 64
        && all (fun letter -> Char.IsAsciiLetterOrDigit letter || letter = '_' || letter = '-') text

    let private isNonce (text: string) =
        text.Length <= 128
        && all (fun letter -> '!' <= letter && letter <= '~' && letter <> ',') text

    let private isSeconds (text: string) =
        text.Length <= 11
        && all Char.IsAsciiDigit text
        && (text.Length = 1 || text[0] <> '0')

    /// The number of checked digits; `Int64.Parse` would load the system's cultures for it when a process starts.
    let private secondsOf (digits: string) =
        let mutable seconds = 0L

        for digit in digits do
            seconds <- seconds * 10L + int64 (digit - '0')

        seconds

    let private missing (delivery: Delivery) =
        let mutable index = -1

        for i in SignedHeader.Serial .. -1 .. SignedHeader.Timestamp do
            if delivery.Value i = "" then
                index <- i

        index

    let private wellFormed (delivery: Delivery) =
        let timestamp = delivery.Value SignedHeader.Timestamp
        let nonce = delivery.Value SignedHeader.Nonce
        let serial = delivery.Value SignedHeader.Serial
        let signatureType = delivery.Value SignedHeader.SignatureType

        let malformed index =
            Error(VerifyError.MalformedHeader SignedHeader.names[index])

        if delivery.IsTwice SignedHeader.Timestamp || not (isSeconds timestamp) then
            malformed SignedHeader.Timestamp
        elif delivery.IsTwice SignedHeader.Nonce || not (isNonce nonce) then
            malformed SignedHeader.Nonce
        else
            let _, signature = StrictBase64.TryDecode(delivery.Value SignedHeader.Signature)

            match signature with
            | null -> malformed SignedHeader.Signature
            | signature ->
                if delivery.IsTwice SignedHeader.Signature then
                    malformed SignedHeader.Signature
                elif delivery.IsTwice SignedHeader.Serial || not (isToken serial) then
                    malformed SignedHeader.Serial
                elif delivery.IsTwice SignedHeader.SignatureType || not (isToken signatureType) then
                    malformed SignedHeader.SignatureType
                else
                    Ok
                        {
                            Timestamp = secondsOf timestamp
                            TimestampText = timestamp
                            Nonce = nonce
                            Signature = signature
                            Serial = serial
                            SignatureType = signatureType
                            Body = delivery.Body
                        }

    /// Checks size and form: names in any spelling, strict seconds, strict base64, nothing twice. A probe is recognised before anything is judged malformed.
    let parse (limit: int) (delivery: Delivery) : Result<WellFormedDelivery, VerifyError> =
        if delivery.BodyLength > limit || delivery.IsCut then
            Error(VerifyError.BodyTooLarge limit)
        else
            match missing delivery with
            | -1 when delivery.IsProbe ->
                let serial = delivery.Value SignedHeader.Serial
                Error(VerifyError.SignatureProbe(if isToken serial then serial else ""))
            | -1 -> wellFormed delivery
            | index -> Error(VerifyError.MissingHeader SignedHeader.names[index])
