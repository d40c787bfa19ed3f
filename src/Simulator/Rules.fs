namespace WeChatPay.Simulator

open System
open System.Globalization
open System.Text.Json

/// What the platform asks of the fields of a request; the first that breaks its rule is named.
[<RequireQualifiedAccess>]
module internal Rules =
    let private pointer (path: string) = "/" + path.Replace('.', '/')

    let private broken path (value: JsonElement voption) issue =
        let text =
            match value with
            | ValueSome element -> element.GetRawText()
            | ValueNone -> ""

        Error(PlatformError.parameter "body" (pointer path) text issue)

    /// What an object has under a name, or a list at an index.
    let private tryStep (name: string) (element: JsonElement) =
        match element.ValueKind with
        | JsonValueKind.Object ->
            match element.TryGetProperty name with
            | true, field when field.ValueKind <> JsonValueKind.Null -> ValueSome field
            | _ -> ValueNone
        | JsonValueKind.Array ->
            match Int32.TryParse(name, NumberStyles.None, CultureInfo.InvariantCulture) with
            | true, index when index < element.GetArrayLength() -> ValueSome element[index]
            | _ -> ValueNone
        | _ -> ValueNone

    let private tryFind (path: string) (root: JsonElement) =
        (ValueSome root, path.Split '.')
        ||> Array.fold (fun found name -> found |> ValueOption.bind (tryStep name))

    /// A string's text; nothing when it has half a surrogate.
    let tryString (field: JsonElement) =
        try
            match field.GetString() with
            | NonNull text -> ValueSome text
            | _ -> ValueNone
        with :? InvalidOperationException ->
            ValueNone

    /// Characters as the platform counts them: one for an emoji, too.
    let private characters (text: string) = Seq.length (text.EnumerateRunes())

    /// A text that may be left out, of so many characters at most.
    let optionalText path most root =
        match tryFind path root with
        | ValueNone -> Ok None
        | ValueSome field when field.ValueKind <> JsonValueKind.String -> broken path (ValueSome field) "应为字符串"
        | ValueSome field ->
            match tryString field with
            | ValueSome text when characters text <= most -> Ok(Some text)
            | ValueSome _ -> broken path (ValueSome field) "长度超过限制"
            | ValueNone -> broken path (ValueSome field) "含有不成对的代理字符"

    /// A text that must be there, of so many characters.
    let text path least most root =
        match optionalText path most root with
        | Ok(Some text) when characters text >= least -> Ok text
        | Ok(Some _) -> broken path (tryFind path root) "长度不足"
        | Ok None -> broken path ValueNone "缺少必填字段"
        | Error error -> Error error

    /// An integer that must be there.
    let integer path least root =
        match tryFind path root with
        | ValueNone -> broken path ValueNone "缺少必填字段"
        | ValueSome field when field.ValueKind <> JsonValueKind.Number -> broken path (ValueSome field) "应为整数"
        | ValueSome field ->
            match field.TryGetInt64() with
            | true, number when number >= least -> Ok number
            | _ -> broken path (ValueSome field) "超出取值范围"

    /// The paths of a list's elements, so many at most.
    let elements path most root =
        match tryFind path root with
        | ValueNone -> broken path ValueNone "缺少必填字段"
        | ValueSome field when field.ValueKind <> JsonValueKind.Array -> broken path (ValueSome field) "应为数组"
        | ValueSome field ->
            match field.GetArrayLength() with
            | length when 1 <= length && length <= most ->
                Ok
                    [
                        for index in 0 .. length - 1 -> path + "." + index.ToString CultureInfo.InvariantCulture
                    ]
            | _ -> broken path ValueNone "元素个数超出范围"

    let private isNumberLetter (allowed: string) letter =
        Char.IsAsciiLetterOrDigit letter || allowed.Contains letter

    /// A merchant's own number: letters, digits and what else is allowed.
    let number path least most (allowed: string) root =
        match text path least most root with
        | Ok number when String.forall (isNumberLetter allowed) number -> Ok number
        | Ok _ -> broken path (tryFind path root) "含有不允许的字符"
        | Error error -> Error error

    let private isLoopback (address: Uri) =
        address.Scheme = Uri.UriSchemeHttp && address.IsLoopback

    let private isNotifyUrl (text: string) =
        match Uri.TryCreate(text, UriKind.Absolute) with
        | true, NonNull address ->
            address.Query = ""
            && address.Fragment = ""
            && (address.Scheme = Uri.UriSchemeHttps || isLoopback address)
        | _ -> false

    /// Where notifications go: https (here also http on loopback), without a query.
    let optionalNotifyUrl path root =
        match optionalText path 256 root with
        | Ok(Some url) when not (isNotifyUrl url) -> broken path (tryFind path root) "应为不带查询串的 https 地址"
        | result -> result

    let notifyUrl path root =
        match optionalNotifyUrl path root with
        | Ok(Some url) -> Ok url
        | Ok None -> broken path ValueNone "缺少必填字段"
        | Error error -> Error error

    /// A time as RFC 3339 that may be left out.
    let optionalTime path root =
        match optionalText path 64 root with
        | Error error -> Error error
        | Ok None -> Ok None
        | Ok(Some text) ->
            match
                DateTimeOffset.TryParseExact(
                    text,
                    [| "yyyy-MM-dd'T'HH:mm:sszzz"; "yyyy-MM-dd'T'HH:mm:ss'Z'" |],
                    CultureInfo.InvariantCulture,
                    DateTimeStyles.AssumeUniversal
                )
            with
            | true, time -> Ok(Some time)
            | _ -> broken path (tryFind path root) "应为 RFC 3339 时间"

    /// The one currency there is.
    let currency path root =
        match optionalText path 16 root with
        | Ok None
        | Ok(Some "CNY") -> Ok()
        | Ok(Some _) -> broken path (tryFind path root) "不支持的币种"
        | Error error -> Error error

    /// The field must hold just this.
    let equals path (expected: string) root =
        match text path 1 64 root with
        | Ok found when found = expected -> Ok()
        | Ok _ -> broken path (tryFind path root) "与请求头中的商户不一致"
        | Error error -> Error error

    /// One of two texts must be there.
    let oneOf path otherPath most root =
        match optionalText path most root, optionalText otherPath most root with
        | Error error, _
        | _, Error error -> Error error
        | Ok None, Ok None -> broken path ValueNone (path + " 与 " + otherPath + " 至少填一个")
        | Ok _, Ok _ -> Ok()

    /// Every element has another value there.
    let distinct (pathsAndValues: (string * 'Value) list) =
        let firstAgain =
            pathsAndValues
            |> List.indexed
            |> List.tryFind (fun (index, (_, value)) ->
                pathsAndValues
                |> List.take index
                |> List.exists (fun (_, other) -> other = value))

        match firstAgain with
        | Some(_, (path, _)) -> broken path ValueNone "与其他子单重复"
        | None -> Ok()
