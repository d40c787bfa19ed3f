namespace WeChatPay.Simulator

open System
open System.Collections.Generic
open System.Text.Json
open System.Text.Unicode

/// A request as it came: nothing decoded, nothing trusted.
[<NoComparison; ReferenceEquality>]
type internal Request =
    {
        Method: string
        /// Path and query, byte for byte as they came.
        Url: string
        /// By name, whatever its case; several values are joined by a comma.
        Headers: IReadOnlyDictionary<string, string>
        Body: byte array
    }

[<RequireQualifiedAccess>]
module internal Request =
    /// A header's value; empty where there is none.
    let header name (request: Request) =
        match request.Headers.TryGetValue name with
        | true, value -> value
        | _ -> ""

    let private splitUrl (request: Request) =
        match request.Url.Split('?', 2) with
        | [| path; query |] -> struct (path, query)
        | _ -> struct (request.Url, "")

    /// The parts of the path, percent-decoded.
    let segments request =
        let struct (path, _) = splitUrl request

        path.Split '/'
        |> Array.skip 1
        |> Array.map Uri.UnescapeDataString
        |> List.ofArray

    /// The parameters of the query in their order, percent-decoded.
    let queryPairs request =
        let struct (_, query) = splitUrl request

        query.Split('&', StringSplitOptions.RemoveEmptyEntries)
        |> Array.map (fun pair ->
            match pair.Split('=', 2) with
            | [| name; value |] -> Uri.UnescapeDataString name, Uri.UnescapeDataString value
            | _ -> Uri.UnescapeDataString pair, "")
        |> List.ofArray

    /// A parameter of the query, percent-decoded; empty where there is none.
    let query (name: string) request =
        queryPairs request
        |> List.tryFind (fun (found, _) -> found = name)
        |> Option.map snd
        |> Option.defaultValue ""

    let private notJson = PlatformError.parameter "body" "/" "" "请求体不是合法的 JSON 对象"

    let private parse (body: ReadOnlyMemory<byte>) =
        use document =
            JsonDocument.Parse(body, JsonDocumentOptions(AllowDuplicateProperties = false))

        match document.RootElement.ValueKind with
        | JsonValueKind.Object -> Ok(document.RootElement.Clone())
        | _ -> Error notJson

    /// Bytes as a JSON object without duplicate keys, in UTF-8 without half surrogates.
    let jsonOf (body: ReadOnlyMemory<byte>) : Result<JsonElement, PlatformError> =
        try
            if Utf8.IsValid body.Span then parse body else Error notJson
        with
        | :? JsonException
        | :? InvalidOperationException -> Error notJson

    /// The body as a JSON object.
    let json request =
        jsonOf (ReadOnlyMemory<byte> request.Body)
