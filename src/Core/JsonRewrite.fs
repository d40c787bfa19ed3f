namespace WeChatPay.Functional

open System
open System.Globalization
open System.Text
open System.Text.Json

/// What happened to a JSON text that was parsed and written again, as far as two texts of one value show it.
[<Flags>]
type RewriteTraces =
    /// Nothing that is looked for.
    | None = 0
    /// The keys are in another order.
    | KeyOrder = 1
    /// Blanks or line ends between the parts came or went.
    | Blanks = 2
    /// Characters are written as `\u…`, or no longer so.
    | UnicodeEscapes = 4
    /// Slashes are written as `\/`, or no longer so.
    | SlashEscapes = 8
    /// Numbers are written in another form.
    | Numbers = 16
    /// Dates are written in another form.
    | Dates = 32
    /// Fields that are null came or went.
    | Nulls = 64

/// How JSON may be written: one way in each respect.
[<NoComparison; ReferenceEquality>]
type internal JsonStyle =
    {
        /// The order of an object's keys.
        Order: string array -> string array
        /// What stands behind a comma, behind a colon, and for one level of depth (null: everything in one line).
        AfterComma: string
        AfterColon: string
        Indent: string | null
        /// How a character beyond the necessary escapes is written; null: as it is.
        Escape: char -> string | null
        Number: string -> string
        Date: string -> string
        SkipsNulls: bool
    }

/// The same JSON value in the forms that platforms, frameworks and proxies write.
[<RequireQualifiedAccess>]
module internal JsonRewrite =
    [<Literal>]
    let private China = 8.0

    let private unicode (format: string) (letter: char) =
        "\\u" + (int letter).ToString(format, CultureInfo.InvariantCulture)

    let private escaped (style: JsonStyle) (letter: char) : string | null =
        match letter with
        | '"' -> "\\\""
        | '\\' -> "\\\\"
        | '\n' -> "\\n"
        | '\r' -> "\\r"
        | '\t' -> "\\t"
        | '\b' -> "\\b"
        | '\f' -> "\\f"
        | _ when letter < ' ' -> unicode "x4" letter
        | _ -> style.Escape letter

    let private writeText (style: JsonStyle) (text: string) (output: StringBuilder) =
        output.Append '"' |> ignore

        for letter in text do
            match escaped style letter with
            | null -> output.Append letter |> ignore
            | form -> output.Append form |> ignore

        output.Append '"' |> ignore

    let private newLine (style: JsonStyle) depth (output: StringBuilder) =
        match style.Indent with
        | null -> ()
        | indent ->
            output.Append '\n' |> ignore

            for _ in 1..depth do
                output.Append indent |> ignore

    let private separate (style: JsonStyle) isFirst (output: StringBuilder) =
        if not isFirst then
            output.Append(',').Append(style.AfterComma) |> ignore

    let private fieldsOf (style: JsonStyle) (element: JsonElement) =
        let fields =
            [|
                for field in element.EnumerateObject() do
                    if not (style.SkipsNulls && field.Value.ValueKind = JsonValueKind.Null) then
                        field
            |]

        style.Order(fields |> Array.map (fun field -> field.Name))
        |> Array.map (fun name -> fields |> Array.find (fun field -> field.Name = name))

    let rec private writeValue (style: JsonStyle) depth (element: JsonElement) (output: StringBuilder) =
        match element.ValueKind with
        | JsonValueKind.Object -> writeObject style depth element output
        | JsonValueKind.Array -> writeArray style depth element output
        | JsonValueKind.String ->
            match element.GetString() with
            | null -> ()
            | text -> writeText style (style.Date text) output
        | JsonValueKind.Number -> output.Append(style.Number(element.GetRawText())) |> ignore
        | _ -> output.Append(element.GetRawText()) |> ignore

    and private writeObject style depth element output =
        output.Append '{' |> ignore
        let fields = fieldsOf style element

        fields
        |> Array.iteri (fun index field ->
            separate style (index = 0) output
            newLine style (depth + 1) output
            writeText style field.Name output
            output.Append(':').Append(style.AfterColon) |> ignore
            writeValue style (depth + 1) field.Value output)

        if fields.Length > 0 then
            newLine style depth output

        output.Append '}' |> ignore

    and private writeArray style depth element output =
        output.Append '[' |> ignore
        let mutable index = 0

        for item in element.EnumerateArray() do
            separate style (index = 0) output
            newLine style (depth + 1) output
            writeValue style (depth + 1) item output
            index <- index + 1

        if index > 0 then
            newLine style depth output

        output.Append ']' |> ignore

    let private asIs (letter: char) : string | null =
        ignore letter
        null

    let private unless isPlain (form: char -> string) (letter: char) : string | null =
        if isPlain letter then null else form letter

    let private isAscii (letter: char) = letter < '\u007f'
    let private slash (letter: char) : string | null = if letter = '/' then "\\/" else null

    let private both (first: char -> string | null) (second: char -> string | null) (letter: char) =
        match first letter with
        | null -> second letter
        | form -> form

    /// As they are; JSON.stringify of old; Python; Java; PHP with and without Unicode; Go; .NET.
    let private escapes =
        [|
            asIs
            unless isAscii (unicode "x4")
            unless isAscii (unicode "X4")
            slash
            both slash (unless isAscii (unicode "x4"))
            unless (fun letter -> not ("<>&\u2028\u2029".Contains letter)) (unicode "x4")
            unless (fun letter -> isAscii letter && not ("<>&'+`".Contains letter)) (unicode "X4")
        |]

    let private layouts: struct (string * string * (string | null)) array =
        [|
            struct ("", "", null)
            struct (" ", " ", null)
            struct ("", " ", null)
            struct ("", " ", "  ")
            struct ("", " ", "    ")
        |]

    let private ranked (order: string array) (names: string array) =
        names
        |> Array.sortBy (fun name ->
            match Array.IndexOf(order, name) with
            | -1 -> order.Length
            | rank -> rank)

    /// As received; as the platform writes envelopes, in its two documented orders; by name.
    let private orders =
        [|
            id
            ranked
                [|
                    "id"
                    "create_time"
                    "resource_type"
                    "event_type"
                    "summary"
                    "resource"
                    "original_type"
                    "algorithm"
                    "ciphertext"
                    "associated_data"
                    "nonce"
                |]
            ranked
                [|
                    "id"
                    "create_time"
                    "resource_type"
                    "event_type"
                    "resource"
                    "algorithm"
                    "ciphertext"
                    "nonce"
                    "original_type"
                    "associated_data"
                    "summary"
                |]
            Array.sortWith (fun one other -> String.CompareOrdinal(one, other))
        |]

    /// `1.0` and `1e2` as integers, where they are.
    let private integral (number: string) =
        match Decimal.TryParse(number, NumberStyles.Float, CultureInfo.InvariantCulture) with
        | true, value when value = Decimal.Truncate value ->
            Decimal.Truncate(value).ToString("0", CultureInfo.InvariantCulture)
        | _ -> number

    let private fractional (number: string) =
        if String.forall (fun letter -> Char.IsAsciiDigit letter || letter = '-') number then
            number + ".0"
        else
            number

    /// A date with an offset or `Z`, as the platform writes it.
    let private chinese (text: string) =
        let formats = [| "yyyy-MM-dd'T'HH:mm:ss.FFFFFFFK" |]

        match DateTimeOffset.TryParseExact(text, formats, CultureInfo.InvariantCulture, DateTimeStyles.None) with
        | true, date when text.Length > 19 ->
            date.ToOffset(TimeSpan.FromHours China).ToString("yyyy-MM-dd'T'HH:mm:sszzz", CultureInfo.InvariantCulture)
        | _ -> text

    let rec private exists (isWanted: JsonElement -> bool) (element: JsonElement) =
        match element.ValueKind with
        | JsonValueKind.Object ->
            element.EnumerateObject()
            |> Seq.exists (fun field -> exists isWanted field.Value)
        | JsonValueKind.Array -> element.EnumerateArray() |> Seq.exists (exists isWanted)
        | _ -> isWanted element

    let private isNumber (element: JsonElement) =
        element.ValueKind = JsonValueKind.Number

    let private isNull (element: JsonElement) = element.ValueKind = JsonValueKind.Null

    let private isOtherDate (element: JsonElement) =
        element.ValueKind = JsonValueKind.String
        && (match element.GetString() with
            | null -> false
            | text -> chinese text <> text)

    /// All styles that can make a difference to this value, the likeliest first.
    let private stylesFor (root: JsonElement) =
        let numbers =
            if exists isNumber root then
                [ id; integral; fractional ]
            else
                [ id ]

        let dates = if exists isOtherDate root then [ id; chinese ] else [ id ]
        let nulls = if exists isNull root then [ false; true ] else [ false ]

        seq {
            for skipsNulls in nulls do
                for date in dates do
                    for number in numbers do
                        for struct (afterComma, afterColon, indent) in layouts do
                            for order in orders do
                                for escape in escapes do
                                    {
                                        Order = order
                                        AfterComma = afterComma
                                        AfterColon = afterColon
                                        Indent = indent
                                        Escape = escape
                                        Number = number
                                        Date = date
                                        SkipsNulls = skipsNulls
                                    }
        }

    let private write root style =
        let output = StringBuilder()
        writeValue style 0 root output
        output.ToString()

    /// The JSON value in every form, each once, the likeliest first; nothing for what is not JSON.
    let forms (json: ReadOnlyMemory<byte>) : string seq =
        try
            let options = JsonDocumentOptions(MaxDepth = 16)
            use document = JsonDocument.Parse(json, options)
            let root = document.RootElement.Clone()
            // A half surrogate cannot be written; better to find it out here.
            write root (Seq.head (stylesFor root)) |> ignore
            stylesFor root |> Seq.map (write root) |> Seq.distinct
        with
        | :? JsonException
        | :? InvalidOperationException -> Seq.empty

    let private tokensOf (json: ReadOnlySpan<byte>) =
        let mutable reader = Utf8JsonReader(json)
        let tokens = ResizeArray<struct (JsonTokenType * string)>()

        while reader.Read() do
            tokens.Add(struct (reader.TokenType, Encoding.UTF8.GetString reader.ValueSpan))

        tokens

    let private namesOf (tokens: ResizeArray<struct (JsonTokenType * string)>) =
        [
            for struct (kind, text) in tokens do
                if kind = JsonTokenType.PropertyName then
                    text
        ]

    let private textsOf kinds (tokens: ResizeArray<struct (JsonTokenType * string)>) =
        [
            for struct (kind, text) in tokens do
                if List.contains kind kinds then
                    text
        ]
        |> List.sort

    let private strings = textsOf [ JsonTokenType.String; JsonTokenType.PropertyName ]

    let private isPlain (text: string) =
        not (text.Contains "\\u") && not (text.Contains "\\/")

    /// What two texts of one value differ in.
    let traces (one: byte array) (other: byte array) =
        try
            let first, second = tokensOf (ReadOnlySpan one), tokensOf (ReadOnlySpan other)
            let mutable found = RewriteTraces.None

            let add isThere trace =
                if isThere then
                    found <- found ||| trace

            let sortedNames = namesOf first |> List.sort, namesOf second |> List.sort
            add (fst sortedNames <> snd sortedNames) RewriteTraces.Nulls
            add (fst sortedNames = snd sortedNames && namesOf first <> namesOf second) RewriteTraces.KeyOrder

            let differing =
                strings first
                |> List.filter (fun text -> not (List.contains text (strings second)))

            let changed =
                differing
                @ (strings second
                   |> List.filter (fun text -> not (List.contains text (strings first))))

            add (List.exists (fun (text: string) -> text.Contains "\\u") changed) RewriteTraces.UnicodeEscapes
            add (List.exists (fun (text: string) -> text.Contains "\\/") changed) RewriteTraces.SlashEscapes

            add
                (not changed.IsEmpty
                 && List.forall isPlain changed
                 && fst sortedNames = snd sortedNames)
                RewriteTraces.Dates

            add
                (textsOf [ JsonTokenType.Number ] first
                 <> textsOf [ JsonTokenType.Number ] second)
                RewriteTraces.Numbers

            let length (tokens: ResizeArray<_>) =
                tokens
                |> Seq.sumBy (fun (struct (_, text: string)) -> Encoding.UTF8.GetByteCount text)

            add
                (one.Length - length first <> other.Length - length second
                 && found &&& RewriteTraces.Nulls = RewriteTraces.None)
                RewriteTraces.Blanks

            found
        with :? JsonException ->
            RewriteTraces.None
