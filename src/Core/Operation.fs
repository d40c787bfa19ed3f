namespace WeChatPay.Functional

open System
open System.Buffers
open System.Collections.Generic
open System.Text
open System.Text.Encodings.Web
open System.Text.Json
open FsToolkit.ErrorHandling
open WeChatPay.Wire

/// Who calls: what a request leaves out comes from here.
[<Sealed>]
type Caller(merchantId: string) =
    /// The merchant's number, `mchid`.
    member _.MerchantId = merchantId
    override _.ToString() = "Caller(" + merchantId + ")"

/// A field of the answer that must be the one asked for: a signature covers time, nonce and body, not the question.
[<Sealed>]
type Echo<'Answer>
    (field: string, mayBeAbsent: bool, expected: Func<Caller, string>, actual: Func<'Answer, string | null>) =
    /// The field's name on the wire.
    member _.Field = field

    /// Whether the answer has another value there, or none where it must have one.
    member _.Differs(caller: Caller, answer: 'Answer) =
        match actual.Invoke answer with
        | null -> not mayBeAbsent
        | value -> not (String.Equals(value, expected.Invoke caller, StringComparison.Ordinal))

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
    }

/// An API call as a value: nothing happens until somebody sends it. Immutable; every `With…` gives a new one.
[<Sealed>]
type Operation<'Answer when 'Answer: not struct and 'Answer: not null>
    internal
    (
        method: string,
        template: string,
        path: KeyValuePair<string, string> list,
        query: struct (string * Func<Caller, string>) list,
        body: Action<Utf8JsonWriter, Caller> option,
        decoder: WireDecoder<'Answer>,
        echoes: Echo<'Answer> list
    ) =
    /// The HTTP method.
    member _.Method = method

    /// The path with its placeholders, such as `/v3/refund/domestic/refunds/{out_refund_no}`: the name of the endpoint in logs.
    member _.PathTemplate = template

    /// Reads the answer's body.
    member _.Decoder = decoder

    /// Whether the call changes something, so that a lost answer leaves its outcome unknown.
    member _.ChangesSomething = method <> "GET"

    member internal _.PathValues = path
    member internal _.QueryValues = query
    member internal _.WriteBody = body
    member internal _.Echoes = echoes

    /// Puts a value into a placeholder of the path.
    member _.WithPath(name: string, value: string) =
        Operation(method, template, KeyValuePair(name, value) :: path, query, body, decoder, echoes)

    /// Adds a parameter behind the question mark.
    member _.WithQuery(name: string, value: Func<Caller, string>) =
        Operation(method, template, path, query @ [ struct (name, value) ], body, decoder, echoes)

    /// Sets the JSON body.
    member _.WithBody(write: Action<Utf8JsonWriter, Caller>) =
        Operation(method, template, path, query, Some write, decoder, echoes)

    /// Binds the answer to the question by one more field, which the answer must have.
    member _.WithEcho(field: string, expected: Func<Caller, string>, actual: Func<'Answer, string | null>) =
        Operation(method, template, path, query, body, decoder, Echo(field, false, expected, actual) :: echoes)

    /// Binds the answer to the question by a field that the answer may leave out.
    member _.WithOptionalEcho(field: string, expected: Func<Caller, string>, actual: Func<'Answer, string | null>) =
        Operation(method, template, path, query, body, decoder, Echo(field, true, expected, actual) :: echoes)

    /// The method and the path's template.
    override _.ToString() = method + " " + template

/// Makes operations, and makes them ready to be signed.
[<AbstractClass; Sealed>]
type Operation =
    /// A call that only asks.
    static member Get<'Answer when 'Answer: not struct and 'Answer: not null>
        (template: string, decoder: WireDecoder<'Answer>)
        =
        Operation<'Answer>("GET", template, [], [], None, decoder, [])

    /// A call that changes something.
    static member Post<'Answer when 'Answer: not struct and 'Answer: not null>
        (template: string, decoder: WireDecoder<'Answer>)
        =
        Operation<'Answer>("POST", template, [], [], None, decoder, [])

/// From an operation to the request that is signed and sent.
[<RequireQualifiedAccess>]
module OperationRequest =
    /// Chinese stays Chinese, `<` stays `<`: the body is signed as it is sent, nobody puts it into HTML.
    let private writerOptions =
        JsonWriterOptions(Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping)

    /// Half a surrogate pair cannot be written in UTF-8.
    let private isWellFormed (value: string) =
        Encoding.UTF8.GetString(Encoding.UTF8.GetBytes value) = value

    /// A value encoded once; dots alone would be taken for a step in the path, nothing for another endpoint.
    let private encode (name: string) (value: string) =
        if value.Trim '.' = "" then
            Error(ApiError.InvalidRequest(name, "is empty or only dots"))
        elif not (isWellFormed value) then
            Error(ApiError.InvalidRequest(name, "is not well-formed Unicode"))
        else
            Ok(Uri.EscapeDataString value)

    let private pathOf (operation: Operation<'Answer>) =
        (Ok operation.PathTemplate, operation.PathValues)
        ||> List.fold (fun path (KeyValue(name, value)) ->
            path
            |> Result.bind (fun path ->
                encode name value
                |> Result.map (fun text -> path.Replace("{" + name + "}", text, StringComparison.Ordinal))))

    let private queryOf (caller: Caller) (operation: Operation<'Answer>) =
        (Ok "", operation.QueryValues)
        ||> List.fold (fun query (struct (name, value)) ->
            query
            |> Result.bind (fun query ->
                encode name (value.Invoke caller)
                |> Result.map (fun text -> query + (if query = "" then "?" else "&") + name + "=" + text)))

    let private bodyOf (caller: Caller) (operation: Operation<'Answer>) =
        match operation.WriteBody with
        | None -> Ok [||]
        | Some write ->
            let buffer = ArrayBufferWriter<byte>()
            use writer = new Utf8JsonWriter(buffer, writerOptions)

            try
                write.Invoke(writer, caller)
                writer.Flush()
                Ok(buffer.WrittenSpan.ToArray())
            with :? ArgumentException ->
                // The writer's only complaint about a text.
                Error(ApiError.InvalidRequest("body", "has a text that is not well-formed Unicode"))

    /// The request of an operation by this caller: placeholders filled and encoded, body written.
    let prepare (caller: Caller) (operation: Operation<'Answer>) : Result<PreparedRequest, ApiError> =
        result {
            let! path = pathOf operation
            let! query = queryOf caller operation
            let! body = bodyOf caller operation

            return
                {
                    Method = operation.Method
                    Url = path + query
                    Body = body
                }
        }
