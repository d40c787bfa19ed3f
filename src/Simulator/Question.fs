namespace WeChatPay.Simulator

open System
open System.Globalization
open System.Text.Json
open System.Text.Json.Nodes
open FsToolkit.ErrorHandling
open WeChatPay.Functional
open WeChatPay.Wire

/// A request that fits its endpoint's description, with what was sealed opened.
[<NoComparison; ReferenceEquality>]
type internal Question =
    {
        Endpoint: Endpoint
        /// Path and query by name, as texts.
        Parameters: (string * string) list
        /// What the path alone holds.
        InPath: (string * string) list
        /// The described fields of the body, or of an upload's part `meta`; empty where there is none.
        Body: JsonObject
    }

/// Checks a value of a request by its description; the first field that breaks its rule is named.
[<RequireQualifiedAccess>]
module internal FieldCheck =
    /// What values are checked against.
    [<NoComparison; ReferenceEquality>]
    type Rulebook =
        {
            Description: Description
            /// Who may call the endpoint.
            Kinds: string list
            /// The platform's private key that the request's `Wechatpay-Serial` names.
            Key: KeyPair voption
        }

    [<Literal>]
    let private Missing = "缺少必填字段"

    let private momentFormats =
        [|
            "yyyy-MM-dd'T'HH:mm:sszzz"
            "yyyy-MM-dd'T'HH:mm:ss.FFFFFFFzzz"
            "yyyy-MM-dd'T'HH:mm:ss'Z'"
        |]

    let private isMoment (text: string) =
        fst (
            DateTimeOffset.TryParseExact(
                text,
                momentFormats,
                CultureInfo.InvariantCulture,
                DateTimeStyles.AssumeUniversal
            )
        )

    let private isDay (text: string) =
        fst (DateOnly.TryParseExact(text, "yyyy-MM-dd", CultureInfo.InvariantCulture, DateTimeStyles.None))

    let private lengthOf (text: string) = Seq.length (text.EnumerateRunes())

    /// Opens a sealed text; nothing when this key does not open it.
    let private tryOpen (key: KeyPair voption) (text: string) =
        match key, StrictBase64.TryDecode text with
        | ValueSome key, (true, NonNull bytes) ->
            key.Unseal(ReadOnlySpan<byte> bytes)
            |> ValueOption.map (fun plain -> Text.Encoding.UTF8.GetString plain)
        | _ -> ValueNone

    let private requireLength (field: Field) refuse (text: string) =
        match field.MaxLength with
        | ValueSome most when lengthOf text > most -> refuse "长度超过限制"
        | _ when text = "" && field.IsRequired -> refuse "长度不足"
        | _ -> Ok text

    /// A text's own rules; gives what was sealed as plain text.
    let plainText (rulebook: Rulebook) (field: Field) (refuse: string -> Result<string, PlatformError>) text =
        if field.IsSensitive then
            match tryOpen rulebook.Key text with
            | ValueSome plain -> requireLength field refuse plain
            | ValueNone -> refuse "敏感信息解密失败，应使用 Wechatpay-Serial 对应的平台公钥加密"
        else
            requireLength field refuse text

    /// Whether requests to the endpoint must have a field.
    let private isRequired (rulebook: Rulebook) (field: Field) =
        field.IsRequired
        && (field.Kinds.IsEmpty
            || rulebook.Kinds |> List.forall (fun kind -> List.contains kind field.Kinds))

    let private broken (pointer: string) (text: string) issue =
        Error(PlatformError.parameter "body" pointer text issue)

    let private tryParse (text: string) =
        try
            use document = JsonDocument.Parse text
            ValueSome(document.RootElement.Clone())
        with :? JsonException ->
            ValueNone

    let private textNode (text: string) : JsonNode = nonNull (JsonValue.Create text)

    let private isKind (kind: JsonValueKind) (element: JsonElement) = element.ValueKind = kind

    let private textOf pointer (element: JsonElement) =
        if not (isKind JsonValueKind.String element) then
            broken pointer (element.GetRawText()) "应为字符串"
        else
            match Rules.tryString element with
            | ValueSome text -> Ok text
            | ValueNone -> broken pointer (element.GetRawText()) "含有不成对的代理字符"

    let private textThat isGood issue pointer (element: JsonElement) =
        textOf pointer element
        |> Result.bind (fun text ->
            if isGood text then
                Ok(textNode text)
            else
                broken pointer text issue)

    let private copy (element: JsonElement) : JsonNode =
        match JsonNode.Parse(element.GetRawText()) with
        | null -> JsonObject()
        | node -> node

    let private copyIf isGood issue pointer (element: JsonElement) =
        if isGood then
            Ok(copy element)
        else
            broken pointer (element.GetRawText()) issue

    let rec private value rulebook field kind pointer (element: JsonElement) : Result<JsonNode, PlatformError> =
        match kind with
        | FieldType.Text ->
            textOf pointer element
            |> Result.bind (plainText rulebook field (broken pointer (element.GetRawText())))
            |> Result.map textNode
        | FieldType.Enum _ -> textThat (fun text -> text <> "" || not field.IsRequired) "长度不足" pointer element
        | FieldType.Moment -> textThat isMoment "应为 RFC 3339 时间" pointer element
        | FieldType.Day -> textThat isDay "应为 yyyy-MM-dd 日期" pointer element
        | FieldType.Int ->
            let isInteger = isKind JsonValueKind.Number element && fst (element.TryGetInt64())

            copyIf isInteger "应为整数" pointer element
        | FieldType.Number -> copyIf (isKind JsonValueKind.Number element) "应为数字" pointer element
        | FieldType.Bool ->
            let isBool = isKind JsonValueKind.True element || isKind JsonValueKind.False element

            copyIf isBool "应为布尔值" pointer element
        | FieldType.Any -> Ok(copy element)
        | FieldType.Shape key when isKind JsonValueKind.Object element ->
            shape rulebook rulebook.Description.Shapes[key] pointer element
            |> Result.map (fun fields -> fields :> JsonNode)
        | FieldType.Shape _ -> broken pointer (element.GetRawText()) "应为对象"
        | FieldType.List inner when isKind JsonValueKind.Array element -> list rulebook field inner pointer element
        | FieldType.List inner when field.IsOneOrMany -> value rulebook field inner pointer element
        | FieldType.List _ -> broken pointer (element.GetRawText()) "应为数组"
        | FieldType.JsonText inner ->
            textOf pointer element
            |> Result.bind (fun text ->
                match tryParse text with
                | ValueSome parsed -> value rulebook field inner pointer parsed
                | ValueNone -> broken pointer text "应为 JSON 文本")

    and private list rulebook field inner pointer (element: JsonElement) =
        element.EnumerateArray()
        |> List.ofSeq
        |> List.indexed
        |> List.traverseResultM (fun (index, item) ->
            value rulebook field inner (pointer + "/" + index.ToString CultureInfo.InvariantCulture) item)
        |> Result.map (fun items -> JsonArray(Array.ofList items) :> JsonNode)

    /// An object's fields; what nobody has described passes, and is left out of the result.
    and shape
        rulebook
        (fields: Field list)
        (pointer: string)
        (element: JsonElement)
        : Result<JsonObject, PlatformError> =
        let member' (field: Field) =
            let at = pointer + "/" + field.Name

            match element.TryGetProperty field.Name with
            | true, found when not (isKind JsonValueKind.Null found) ->
                value rulebook field field.Type at found
                |> Result.map (fun node -> [ field.Name, node ])
            | _ when isRequired rulebook field -> broken at "" Missing
            | _ -> Ok []

        fields
        |> List.traverseResultM member'
        |> Result.map (fun members -> Shapes.object (List.concat members))

    let private parameterIssue (kind: FieldType) (text: string) =
        match kind with
        | FieldType.Int when
            not (fst (Int64.TryParse(text, NumberStyles.AllowLeadingSign, CultureInfo.InvariantCulture)))
            ->
            ValueSome "应为整数"
        | FieldType.Bool when text <> "true" && text <> "false" -> ValueSome "应为 true 或 false"
        | FieldType.Moment when not (isMoment text) -> ValueSome "应为 RFC 3339 时间"
        | FieldType.Day when not (isDay text) -> ValueSome "应为 yyyy-MM-dd 日期"
        | _ -> ValueNone

    /// A parameter beside the body, where it is there; opened if it was sealed.
    let parameter rulebook (place: string) (field: Field) (found: string option) =
        let refuse issue =
            Error(PlatformError.parameter place field.Name (defaultArg found "") issue)

        let checkedText text =
            match parameterIssue field.Type text with
            | ValueSome issue -> refuse issue
            | ValueNone -> plainText rulebook field refuse text

        match found with
        | None
        | Some "" when isRequired rulebook field -> refuse Missing |> Result.map (fun text -> [ field.Name, text ])
        | None -> Ok []
        | Some text -> checkedText text |> Result.map (fun plain -> [ field.Name, plain ])
