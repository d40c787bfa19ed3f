namespace WeChatPay.Functional

open System
open System.Buffers
open System.Collections.Generic
open System.Globalization
open System.Runtime.InteropServices
open System.Text
open System.Text.Json
open FsToolkit.ErrorHandling
open WeChatPay.Wire

/// A request as it will be signed and sent.
[<NoComparison; ReferenceEquality>]
type PreparedRequest =
    {
        /// GET, POST, …
        Method: string
        /// Path and query, encoded once: what is signed is what is sent.
        Url: string
        /// The body's bytes; empty for none.
        Body: byte array
        /// Headers beside the usual ones.
        Headers: KeyValuePair<string, string> list
        /// The part that a file travels in, and the file; then the body is the part `meta`.
        File: struct (string * UploadedFile) voption
    }

[<RequireQualifiedAccess>]
module internal WellFormed =
    /// Half a surrogate pair cannot be written in UTF-8.
    let isSo (value: string) =
        Encoding.UTF8.GetString(Encoding.UTF8.GetBytes value) = value

/// For whom a request is written: the caller's own numbers, and the platform key that sensitive texts are sealed to.
[<Sealed>]
type internal RequestScope(caller: Caller, key: PlatformKey voption, file: UploadedFile voption) =
    inherit WireScope()

    override _.Fill(source) : string | null =
        match source, file with
        | WireDefault.FileName, ValueSome file -> file.Name
        | WireDefault.FileSha256, ValueSome file -> file.Sha256
        | _ -> caller.Fill source

    override _.Seal(plain: string, [<Out>] problem: byref<string>) : string | null =
        match key with
        | ValueNone ->
            problem <- "cannot be sealed: no key of the platform is configured"
            null
        | ValueSome _ when not (WellFormed.isSo plain) ->
            problem <- "is not well-formed Unicode"
            null
        | ValueSome key ->
            match Sensitive.seal key plain with
            | Ok text ->
                problem <- ""
                text
            | Error(SensitiveError.TooLong(_, limit)) ->
                problem <-
                    "is too long to be sealed: at most "
                    + limit.ToString CultureInfo.InvariantCulture
                    + " bytes in UTF-8"

                null
            | Error SensitiveError.Nothing ->
                problem <- "is empty, which SM2 cannot seal"
                null
            | Error SensitiveError.NotBase64
            | Error SensitiveError.NotAuthentic ->
                problem <- "cannot be sealed"
                null

/// From an operation to the request that is signed and sent.
[<RequireQualifiedAccess>]
module OperationRequest =
    /// A value encoded once.
    let private encode (name: string) (value: string) =
        if value = "" then
            Error(ApiError.InvalidRequest(name, "is empty"))
        elif not (WellFormed.isSo value) then
            Error(ApiError.InvalidRequest(name, "is not well-formed Unicode"))
        else
            Ok(Uri.EscapeDataString value)

    /// In a path dots alone would be taken for a step, nothing for another endpoint.
    let private encodeStep (name: string) (value: string) =
        if value.Trim '.' = "" then
            Error(ApiError.InvalidRequest(name, "is empty or only dots"))
        else
            encode name value

    let private pathOf (operation: Operation<'Answer>) =
        (Ok operation.Parts.Template, operation.Parts.Path)
        ||> List.fold (fun path (KeyValue(name, value)) ->
            path
            |> Result.bind (fun path ->
                encodeStep name value
                |> Result.map (fun text -> path.Replace("{" + name + "}", text, StringComparison.Ordinal))))

    let private valueOf (scope: RequestScope) (caller: Caller) (name: string) value =
        match value with
        | QueryValue.Text text -> Ok text
        | QueryValue.Filled fill ->
            match fill.Invoke caller with
            | null -> Error(ApiError.InvalidRequest(name, "is missing"))
            | text -> Ok text
        | QueryValue.Sealed plain ->
            match scope.Seal(plain.Reveal()) with
            | null, problem -> Error(ApiError.InvalidRequest(name, problem))
            | text, _ -> Ok text

    let private queryOf (scope: RequestScope) (caller: Caller) (operation: Operation<'Answer>) =
        (Ok "", operation.Parts.Query)
        ||> List.fold (fun query (struct (name, value)) ->
            result {
                let! query = query
                let! text = valueOf scope caller name value
                let! encoded = encode name text
                return query + (if query = "" then "?" else "&") + name + "=" + encoded
            })

    let private bodyOf (scope: RequestScope) (operation: Operation<'Answer>) =
        match operation.Parts.Body with
        | ValueNone -> Ok [||]
        | ValueSome write ->
            let buffer = ArrayBufferWriter<byte>()
            use json = new Utf8JsonWriter(buffer, WireJson.Options)

            try
                let mutable writer = WireWriter(json, scope)
                write.Invoke &writer
                json.Flush()

                if scope.IsRefused then
                    Error(ApiError.InvalidRequest(scope.RefusedPath, scope.Problem))
                else
                    Ok(buffer.WrittenSpan.ToArray())
            with :? ArgumentException ->
                // The writer's only complaint about JSON that the caller made.
                Error(ApiError.InvalidRequest("body", "has a text that is not well-formed Unicode"))

    let private isHeader (text: string) =
        text <> "" && String.forall (fun letter -> '!' <= letter && letter <= '~') text

    let private headersOf (operation: Operation<'Answer>) =
        match
            operation.Parts.Headers
            |> List.tryFind (fun (KeyValue(_, value)) -> not (isHeader value))
        with
        | Some(KeyValue(name, _)) ->
            Error(ApiError.InvalidRequest(name, "has characters that a header may not have, or none"))
        | None -> Ok operation.Parts.Headers

    let private nameOf kinds =
        [
            MerchantKinds.Direct, "direct merchants"
            MerchantKinds.Partner, "service providers"
            MerchantKinds.Brand, "brands"
            MerchantKinds.Institution, "institutions and banks"
            MerchantKinds.Global, "merchants outside the mainland"
        ]
        |> List.filter (fun (kind, _) -> kinds &&& kind <> MerchantKinds.None)
        |> List.map snd
        |> String.concat ", "

    let private requireKind (caller: Caller) (operation: Operation<'Answer>) =
        match caller.Kind, caller.BrandId with
        | kind, _ when operation.Kinds &&& kind = MerchantKinds.None ->
            Error(ApiError.InvalidRequest("call", "is only for " + nameOf operation.Kinds))
        | MerchantKinds.Brand, Null -> Error(ApiError.InvalidRequest("brand_id", "is missing"))
        | _ -> Ok()

    /// The request of an operation by this caller: placeholders filled and encoded, body written, sensitive texts sealed to this key.
    let prepareFor
        (caller: Caller)
        (key: PlatformKey voption)
        (operation: Operation<'Answer>)
        : Result<PreparedRequest, ApiError> =
        result {
            let file = operation.Parts.File |> ValueOption.map (fun (struct (_, file)) -> file)
            let scope = RequestScope(caller, key, file)
            do! requireKind caller operation
            let! path = pathOf operation
            let! query = queryOf scope caller operation
            let! headers = headersOf operation
            let! body = bodyOf scope operation

            return
                {
                    Method = operation.Method
                    Url = path + query
                    Body = body
                    Headers = headers
                    File = operation.Parts.File
                }
        }

    /// The request of an operation that has nothing to seal.
    let prepare (caller: Caller) (operation: Operation<'Answer>) : Result<PreparedRequest, ApiError> =
        prepareFor caller ValueNone operation
