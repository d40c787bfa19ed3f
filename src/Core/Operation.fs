namespace WeChatPay.Functional

open System
open System.Collections.Generic
open WeChatPay
open WeChatPay.Wire

/// A field of the answer that must be the one asked for: a signature covers time, nonce and body, not the question.
[<Sealed>]
type Echo<'Answer>
    (field: string, mayBeAbsent: bool, expected: Func<Caller, string | null>, actual: Func<'Answer, string | null>) =
    /// The field's name on the wire.
    member _.Field = field

    /// The same for an answer whose type is not known here.
    member internal _.Boxed() : Echo<obj> =
        Echo<obj>(
            field,
            mayBeAbsent,
            expected,
            Func<obj, string | null>(fun answer ->
                match answer with
                | :? 'Answer as answer -> actual.Invoke answer
                | _ -> null)
        )

    /// Whether the answer has another value there, or none where it must have one; a question that did not name it is answered by any.
    member _.Differs(caller: Caller, answer: 'Answer) =
        match expected.Invoke caller, actual.Invoke answer with
        | null, _ -> false
        | _, null -> not mayBeAbsent
        | expected, actual -> not (String.Equals(actual, expected, StringComparison.Ordinal))

/// The platform's hosts.
type PlatformHost =
    /// The mainland's.
    | Main = 0
    /// The one for merchants outside the mainland.
    | Global = 1

/// A parameter behind the question mark.
[<RequireQualifiedAccess; NoComparison; ReferenceEquality>]
type internal QueryValue =
    | Text of string
    | Filled of Func<Caller, string | null>
    | Sealed of SensitiveText

/// The path of a call that the description lacks, as it may be shown.
[<RequireQualifiedAccess>]
module internal RawPath =
    let private isWord (step: string) =
        step = "v2"
        || step = "v3"
        || (step.Length <= 40
            && String.forall (fun letter -> Char.IsAsciiLetterLower letter || letter = '-' || letter = '_') step)

    /// Words of lower-case letters stay; what may be a number of an order, a payer or a merchant does not.
    let template (pathAndQuery: string) =
        let path = Array.head (pathAndQuery.Split '?')

        path.Split '/'
        |> Array.map (fun step -> if isWord step then step else "{…}")
        |> String.concat "/"

/// What an operation is made of.
[<NoComparison; ReferenceEquality>]
type internal OperationParts<'Answer when 'Answer: not struct and 'Answer: not null> =
    {
        Method: string
        Template: string
        IsDescribed: bool
        Path: KeyValuePair<string, string> list
        Query: struct (string * QueryValue) list
        Headers: KeyValuePair<string, string> list
        Body: WireBody voption
        File: struct (string * UploadedFile) voption
        Decoder: WireDecoder<'Answer>
        OpeningDecoder: WireOpeningDecoder<'Answer> voption
        Echoes: Echo<'Answer> list
        Kinds: MerchantKinds
        Host: PlatformHost
        RepeatableBy: string
        Settling: Func<Operation<obj> | null> | null
    }

/// An API call as a value: nothing happens until somebody sends it. Immutable; every `With…` gives a new one.
and [<Sealed>] Operation<'Answer when 'Answer: not struct and 'Answer: not null>
    internal (parts: OperationParts<'Answer>) =
    /// The HTTP method.
    member _.Method = parts.Method

    /// The path with its placeholders, such as `/v3/refund/domestic/refunds/{out_refund_no}`: the name of the endpoint in logs. Of a raw call without its query, which may hold a token, and with `{…}` for every step that may be a number or a name.
    member _.PathTemplate =
        if parts.IsDescribed then
            parts.Template
        else
            RawPath.template parts.Template

    /// Reads the answer's body.
    member _.Decoder = parts.Decoder

    /// Whether the call changes something, so that a lost answer leaves its outcome unknown.
    member _.ChangesSomething = parts.Method <> "GET"

    /// Who may call.
    member _.Kinds = parts.Kinds

    /// Where it is sent.
    member _.Host = parts.Host

    /// The field whose number makes it safe to send the very same request again, such as `out_trade_no`; empty where nothing does.
    member _.RepeatedBy = parts.RepeatableBy

    /// Whether the very same request may be sent again: what only asks, and what the platform does once for a number.
    member _.IsRepeatable = parts.Method = "GET" || parts.RepeatableBy <> ""

    /// The query that tells what has become of the call; null where there is none, or where a number that it needs was left out.
    member _.SettlingQuery: Operation<obj> | null =
        match parts.Settling with
        | null -> null
        | settling -> settling.Invoke()

    member internal _.Parts = parts

    /// The same for whoever does not know the answer's type.
    member internal _.Boxed() : Operation<obj> =
        let opening =
            parts.OpeningDecoder
            |> ValueOption.map (fun decoder ->
                WireOpeningDecoder<obj>(fun json opener value error ->
                    let mutable typed = Unchecked.defaultof<'Answer | null>
                    let isRead = decoder.Invoke(json, opener, &typed, &error)
                    value <- box typed
                    isRead))

        Operation<obj>
            {
                Method = parts.Method
                Template = parts.Template
                IsDescribed = parts.IsDescribed
                Path = parts.Path
                Query = parts.Query
                Headers = parts.Headers
                Body = parts.Body
                File = parts.File
                Decoder =
                    WireDecoder<obj>(fun json value error ->
                        let mutable typed = Unchecked.defaultof<'Answer | null>
                        let isRead = parts.Decoder.Invoke(json, &typed, &error)
                        value <- box typed
                        isRead)
                OpeningDecoder = opening
                Echoes = parts.Echoes |> List.map _.Boxed()
                Kinds = parts.Kinds
                Host = parts.Host
                RepeatableBy = parts.RepeatableBy
                Settling = null
            }

    /// Puts a value into a placeholder of the path.
    member _.WithPath(name: string, value: string) =
        Operation
            { parts with
                Path = KeyValuePair(name, value) :: parts.Path
            }

    member private _.AddQuery(name: string, value: QueryValue) =
        Operation
            { parts with
                Query = parts.Query @ [ struct (name, value) ]
            }

    /// Adds a parameter behind the question mark; null leaves it out.
    member operation.WithQuery(name: string, value: string | null) =
        match value with
        | null -> operation
        | value -> operation.AddQuery(name, QueryValue.Text value)

    /// Adds a parameter that depends on who calls, and that must be there.
    member operation.WithQuery(name: string, value: Func<Caller, string | null>) =
        operation.AddQuery(name, QueryValue.Filled value)

    /// Adds a parameter that the caller's options fill in when it is null, and that must be there.
    member operation.WithFilledQuery(name: string, value: string | null, source: WireDefault) =
        match value with
        | null -> operation.WithQuery(name, Func<Caller, string | null>(fun caller -> caller.Fill source))
        | value -> operation.WithQuery(name, value)

    /// Adds a parameter that travels sealed; null leaves it out.
    member operation.WithSealedQuery(name: string, value: SensitiveText | null) =
        match value with
        | null -> operation
        | value -> operation.AddQuery(name, QueryValue.Sealed value)

    /// Adds a header; null leaves it out.
    member operation.WithHeader(name: string, value: string | null) =
        match value with
        | null -> operation
        | value ->
            Operation
                { parts with
                    Headers = KeyValuePair(name, value) :: parts.Headers
                }

    /// Sets the JSON body.
    member _.WithBody(write: WireBody) =
        Operation { parts with Body = ValueSome write }

    /// Sets the JSON body to a shape.
    member operation.WithBody(shape: IWireShape) =
        operation.WithBody(WireJson.BodyOf shape)

    /// Sends a file in this part of the request; the JSON body becomes the part `meta`, which is what the signature covers.
    member _.WithFile(part: string, file: UploadedFile) =
        Operation
            { parts with
                File = ValueSome(struct (part, file))
            }

    /// Reads the answer with its sealed texts opened.
    member _.WithOpening(decoder: WireOpeningDecoder<'Answer>) =
        Operation
            { parts with
                OpeningDecoder = ValueSome decoder
            }

    member private _.AddEcho(echo: Echo<'Answer>) =
        Operation
            { parts with
                Echoes = echo :: parts.Echoes
            }

    /// Binds the answer to the question by one more field, which the answer must have; a null is not asked for.
    member operation.WithEcho
        (field: string, expected: Func<Caller, string | null>, actual: Func<'Answer, string | null>)
        =
        operation.AddEcho(Echo(field, false, expected, actual))

    /// Binds the answer to the question by a field that the answer may leave out; a null is not asked for.
    member operation.WithOptionalEcho
        (field: string, expected: Func<Caller, string | null>, actual: Func<'Answer, string | null>)
        =
        operation.AddEcho(Echo(field, true, expected, actual))

    /// Says which field's number makes it safe to send the very same request again.
    member _.RepeatableBy(field: string) =
        Operation { parts with RepeatableBy = field }

    /// Says which query tells what has become of the call; one that gives null has not what it needs.
    member _.SettledBy<'Found when 'Found: not struct and 'Found: not null>(query: Func<Operation<'Found> | null>) =
        Operation
            { parts with
                Settling =
                    Func<Operation<obj> | null>(fun () ->
                        match query.Invoke() with
                        | null -> null
                        | query -> query.Boxed())
            }

    /// Says that the path is the user's own: values stand in it.
    member internal _.Undescribed() =
        Operation { parts with IsDescribed = false }

    /// Says who may call; everybody else is refused before anything is sent.
    member _.For(kinds: MerchantKinds) = Operation { parts with Kinds = kinds }

    /// Says where it is sent.
    member _.At(host: PlatformHost) = Operation { parts with Host = host }

    /// The method and the path's template.
    override operation.ToString() =
        parts.Method + " " + operation.PathTemplate

/// Makes operations.
[<AbstractClass; Sealed>]
type Operation =
    /// A call by any method, such as `PATCH`.
    static member Create<'Answer when 'Answer: not struct and 'Answer: not null>
        (method: string, template: string, decoder: WireDecoder<'Answer>)
        =
        Operation<'Answer>
            {
                Method = method
                Template = template
                IsDescribed = true
                Path = []
                Query = []
                Headers = []
                Body = ValueNone
                File = ValueNone
                Decoder = decoder
                OpeningDecoder = ValueNone
                Echoes = []
                Kinds = MerchantKinds.All
                Host = PlatformHost.Main
                RepeatableBy = ""
                Settling = null
            }

    /// A call that only asks.
    static member Get<'Answer when 'Answer: not struct and 'Answer: not null>
        (template: string, decoder: WireDecoder<'Answer>)
        =
        Operation.Create<'Answer>("GET", template, decoder)

    /// A call that changes something.
    static member Post<'Answer when 'Answer: not struct and 'Answer: not null>
        (template: string, decoder: WireDecoder<'Answer>)
        =
        Operation.Create<'Answer>("POST", template, decoder)

    /// A call that the description lacks: path and query as they are to be sent, and a body of JSON.
    static member Raw(method: string, pathAndQuery: string, json: string | null) =
        let operation =
            Operation
                .Create<RawJson>(
                    method,
                    pathAndQuery,
                    WireDecoder<RawJson>(fun json value error -> RawJson.TryRead(json, &value, &error))
                )
                .Undescribed()

        match json with
        | null -> operation
        | json -> operation.WithBody(WireJson.BodyOf json)

    /// A file at an address that an earlier answer gave; the host is the client's own.
    static member DownloadFrom(downloadUrl: string) =
        let pathAndQuery =
            match Uri.TryCreate(downloadUrl, UriKind.Absolute) with
            | true, NonNull address when address.Scheme <> Uri.UriSchemeFile -> address.PathAndQuery
            | _ -> downloadUrl

        Operation
            .Create<NoContent>(
                "GET",
                pathAndQuery,
                WireDecoder<NoContent>(fun json value error -> NoContent.TryRead(json, &value, &error))
            )
            .Undescribed()
