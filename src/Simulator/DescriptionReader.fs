namespace WeChatPay.Simulator

open System
open System.Collections.Generic
open System.Globalization
open System.IO
open System.Reflection
open System.Text.Json

/// Reads `platform.json`, which the generator writes and this assembly carries: what it says is right, or nothing works.
[<RequireQualifiedAccess>]
module internal DescriptionReader =
    [<Literal>]
    let private Resource = "WeChatPay.Simulator.platform.json"

    let private wrong what =
        invalidOp ("platform.json cannot be read: " + what)

    let rec private typeOf (words: string list) : struct (FieldType * string list) =
        match words with
        | "text" :: rest -> FieldType.Text, rest
        | "int" :: rest -> FieldType.Int, rest
        | "number" :: rest -> FieldType.Number, rest
        | "bool" :: rest -> FieldType.Bool, rest
        | "moment" :: rest -> FieldType.Moment, rest
        | "day" :: rest -> FieldType.Day, rest
        | "any" :: rest -> FieldType.Any, rest
        | "enum" :: key :: rest -> FieldType.Enum key, rest
        | "shape" :: key :: rest -> FieldType.Shape key, rest
        | "list" :: rest ->
            let struct (inner, rest) = typeOf rest
            FieldType.List inner, rest
        | "json" :: rest ->
            let struct (inner, rest) = typeOf rest
            FieldType.JsonText inner, rest
        | _ -> wrong (String.Join(" ", words))

    let private wordsOf (text: string) = List.ofArray (text.Split ' ')

    let private plainField name kind =
        {
            Name = name
            Type = kind
            IsRequired = false
            IsEvidence = false
            IsSensitive = false
            IsOneOrMany = false
            IsMoney = false
            MaxLength = ValueNone
            Filling = ""
            Kinds = []
            KnownIntegers = []
            Format = ""
        }

    let private integer (text: string) =
        Int64.Parse(text, NumberStyles.AllowLeadingSign, CultureInfo.InvariantCulture)

    let private withWord (field: Field) (word: string) =
        match word.Split('=', 2) with
        | [| "required" |] -> { field with IsRequired = true }
        | [| "evidence" |] -> { field with IsEvidence = true }
        | [| "sensitive" |] -> { field with IsSensitive = true }
        | [| "one-or-many" |] -> { field with IsOneOrMany = true }
        | [| "unit"; unit |] -> { field with IsMoney = (unit = "fen") }
        | [| "max"; length |] ->
            { field with
                MaxLength = ValueSome(int (integer length))
            }
        | [| "fills"; source |] -> { field with Filling = source }
        | [| "for"; kinds |] ->
            { field with
                Kinds = List.ofArray (kinds.Split ',')
            }
        | [| "known"; numbers |] ->
            { field with
                KnownIntegers = [ for number in numbers.Split ',' -> integer number ]
            }
        | [| "format"; format |] -> { field with Format = format }
        | _ -> wrong word

    let private textOf (element: JsonElement) =
        match element.GetString() with
        | null -> wrong "a text is missing"
        | text -> text

    let private fieldsOf (element: JsonElement) =
        [
            for property in element.EnumerateObject() do
                let struct (kind, rest) = typeOf (wordsOf (textOf property.Value))
                List.fold withWord (plainField property.Name kind) rest
        ]

    let private tryMember (name: string) (element: JsonElement) =
        match element.TryGetProperty name with
        | true, found -> ValueSome found
        | _ -> ValueNone

    let private memberText name element =
        match tryMember name element with
        | ValueSome found -> textOf found
        | ValueNone -> wrong ("an endpoint lacks " + name)

    let private memberFields name element =
        match tryMember name element with
        | ValueSome found -> fieldsOf found
        | ValueNone -> []

    let private textsOf (element: JsonElement) =
        [ for item in element.EnumerateArray() -> textOf item ]

    let private memberTexts name element =
        match tryMember name element with
        | ValueSome found -> textsOf found
        | ValueNone -> []

    let private typeAlone text =
        let struct (kind, _) = typeOf (wordsOf text)
        kind

    let private bodyOf element =
        match tryMember "body" element, tryMember "upload" element with
        | ValueSome body, _ -> BodyKind.Json(typeAlone (textOf body))
        | ValueNone, ValueSome upload ->
            match wordsOf (textOf upload) with
            | [ meta; part ] -> BodyKind.Upload(meta, part)
            | _ -> wrong "an upload is a shape and a part"
        | ValueNone, ValueNone -> BodyKind.Nothing

    let private answerOf element =
        match memberText "answer" element with
        | "nothing" -> AnswerKind.Nothing
        | "bytes" -> AnswerKind.Bytes
        | "unknown" -> AnswerKind.Unknown
        | text -> AnswerKind.Json(typeAlone text)

    let private pageOf (text: string) =
        let found =
            [
                for word in wordsOf text do
                    match word.Split('=', 2) with
                    | [| name; value |] -> name, value
                    | _ -> wrong word
            ]
            |> Map.ofList

        let part name = defaultArg (found.TryFind name) ""

        {
            Items = part "items"
            Start = part "start"
            Total = part "total"
            Token = part "token"
            Next = part "next"
        }

    let private endpointOf element =
        let service, name =
            match (memberText "id" element).Split('.', 2) with
            | [| service; name |] -> service, name
            | _ -> wrong "an id is service.name"

        {
            Service = service
            Name = name
            Method = memberText "method" element
            Path = memberText "path" element
            Kinds = List.ofArray ((memberText "kinds" element).Split ',')
            InPath = memberFields "in-path" element
            InQuery = memberFields "in-query" element
            InHeader = memberFields "in-header" element
            Body = bodyOf element
            Answer = answerOf element
            Status =
                match tryMember "status" element with
                | ValueSome status -> status.GetInt32()
                | ValueNone -> wrong "an endpoint lacks status"
            IsSigned = (tryMember "signed" element).IsNone
            Echo = memberTexts "echo" element
            Page = tryMember "page" element |> ValueOption.map (textOf >> pageOf)
        }

    let private dictionaryOf (read: JsonElement -> 'Value) (element: JsonElement) =
        let found = Dictionary<string, 'Value>(StringComparer.Ordinal)

        for property in element.EnumerateObject() do
            found[property.Name] <- read property.Value

        found :> IReadOnlyDictionary<string, 'Value>

    let private eventOf element =
        {
            Name = memberText "case" element
            EventType = memberText "type" element
            Kind = tryMember "kind" element |> ValueOption.map textOf
            Shape = memberText "shape" element
            Proves =
                match tryMember "proves" element with
                | ValueSome proves -> [ for path in proves.EnumerateObject() -> path.Name, textOf path.Value ]
                | ValueNone -> []
        }

    let private read () =
        match Assembly.GetExecutingAssembly().GetManifestResourceStream Resource with
        | null -> wrong "the assembly does not carry it"
        | stream ->
            use stream: Stream = stream
            use document = JsonDocument.Parse stream
            let root = document.RootElement

            {
                Endpoints =
                    [
                        for endpoint in (root.GetProperty "endpoints").EnumerateArray() -> endpointOf endpoint
                    ]
                Shapes = dictionaryOf fieldsOf (root.GetProperty "shapes")
                Enums = dictionaryOf textsOf (root.GetProperty "enums")
                Events = [ for event in (root.GetProperty "events").EnumerateArray() -> eventOf event ]
            }

    let private once = Lazy<Description>(Func<Description> read)

    /// What the platform has, read when it is first asked for.
    let description () = once.Value
