namespace WeChatPay.Generator

open System
open System.Collections.Generic
open System.Net.Http
open System.Text.Json.Nodes
open Microsoft.OpenApi

/// Reads endpoints and notifications.
[<RequireQualifiedAccess>]
module PathReader =
    let private escape (text: string) =
        text.Replace("~", "~0", StringComparison.Ordinal).Replace("/", "~1", StringComparison.Ordinal)

    let private parameterOf problems isEnum file pointer (parameter: IOpenApiParameter) : Parameter option =
        match parameter.Name, parameter.Schema with
        | null, _
        | _, null ->
            (problems: Problems).Add file pointer "a parameter needs a name and a schema"
            None
        | name, schema ->
            let place =
                match parameter.In |> Option.ofNullable with
                | Some ParameterLocation.Path -> InPath
                | Some ParameterLocation.Header -> InHeader
                | _ -> InQuery

            Some
                {
                    Place = place
                    IsRequired = parameter.Required
                    Field =
                        SchemaReader.fieldOf
                            problems
                            isEnum
                            file
                            (pointer + "/parameters/" + name)
                            name
                            schema
                            parameter.Extensions
                }

    let private contentOf (kind: string) (content: IDictionary<string, IOpenApiMediaType>) =
        match content with
        | null -> None
        | content ->
            match content.TryGetValue kind with
            | true, media -> Option.ofObj media.Schema
            | _ -> None

    let private bodyOf (problems: Problems) isEnum file pointer (body: IOpenApiRequestBody) =
        match body with
        | null -> NoBody
        | body ->
            match contentOf "application/json" body.Content, contentOf "multipart/form-data" body.Content with
            | Some schema, _ -> JsonBody(SchemaReader.typeOf problems isEnum file (pointer + "/requestBody") schema)
            | None, Some parts ->
                let properties =
                    match parts.Properties with
                    | null -> []
                    | properties -> [ for KeyValue(name, part) in properties -> name, part ]

                let part = properties |> List.tryFind (fun (_, part) -> part.Format = "binary")

                match properties |> List.tryFind (fun (name, _) -> name = "meta"), part with
                | Some(_, (:? OpenApiSchemaReference as meta)), Some(part, _) ->
                    match SchemaReader.typeOf problems isEnum file pointer meta with
                    | ShapeOf key -> FileBody(key, part)
                    | _ -> NoBody
                | _ ->
                    problems.Add
                        file
                        (pointer + "/requestBody")
                        "an upload has the part meta, a named shape, and one binary part"

                    NoBody
            | None, None ->
                problems.Add file (pointer + "/requestBody") "a body is application/json or multipart/form-data"
                NoBody

    let private answerOf (problems: Problems) isEnum file pointer (operation: OpenApiOperation) =
        let responses =
            match operation.Responses with
            | null -> []
            | responses -> [ for KeyValue(status, response) in responses -> status, response ]

        match responses with
        | [ status, response ] ->
            let status =
                match Int32.TryParse(status: string) with
                | true, number -> number
                | _ ->
                    problems.Add file (pointer + "/responses") "the answer's status is a number"
                    200

            let answer =
                match
                    contentOf "application/json" response.Content, contentOf "application/octet-stream" response.Content
                with
                | Some schema, _ ->
                    match SchemaReader.typeOf problems isEnum file (pointer + "/responses/" + string status) schema with
                    | AnyJson -> UnknownBack
                    | known -> JsonBack known
                | None, Some _ -> BytesBack
                | None, None -> NothingBack

            status, answer
        | _ ->
            problems.Add file (pointer + "/responses") "one answer is described: the one of success"
            200, NothingBack

    let private pagingOf (extensions: IDictionary<string, IOpenApiExtension>) =
        Node.extension "x-page" extensions
        |> Option.bind (fun node ->
            let text name =
                Node.member' name node |> Option.bind Node.text

            text "items"
            |> Option.map (fun items ->
                {
                    Items = items
                    Start = Option.map2 (fun start size -> start, size) (text "start") (text "size")
                    CountsPages = text "counts" = Some "pages"
                    Total = text "total"
                    Token = Option.map2 (fun token next -> token, next) (text "token") (text "next")
                }))

    let private split (problems: Problems) file pointer (id: string) =
        match id.Split '.' with
        | [| service; name |] -> service, name
        | _ ->
            problems.Add file pointer ("operationId is service.name, not '" + id + "'")
            id, id

    let private endpointOf
        (problems: Problems)
        isEnum
        file
        path
        (method: HttpMethod)
        (operation: OpenApiOperation)
        : Endpoint list =
        let pointer = "#/paths/" + escape path + "/" + method.Method.ToLowerInvariant()
        let id = defaultArg (Option.ofObj operation.OperationId) ""
        let service, name = split problems file pointer id

        let kinds =
            SchemaReader.kindsOf problems file pointer (Node.textsOf "x-modes" operation.Extensions)

        let hosts = Node.textsOf "x-host" operation.Extensions
        let status, answer = answerOf problems isEnum file pointer operation

        if kinds.IsEmpty then
            problems.Add file pointer "x-modes says who may call"

        let endpoint =
            {
                Service = service
                Name = name
                Method = method.Method.ToUpperInvariant()
                Path = path
                Summary = defaultArg (Option.ofObj operation.Summary) ""
                Kinds = kinds
                IsGlobalHost = (hosts = [ "global" ])
                HasGlobalHost = List.contains "global" hosts
                IsSigned = Node.flag "x-signed" true operation.Extensions
                IsDeprecated = operation.Deprecated
                Sources = defaultArg (Node.textOf "x-sources" operation.Extensions) "none"
                Parameters =
                    match operation.Parameters with
                    | null -> []
                    | parameters ->
                        parameters
                        |> Seq.choose (parameterOf problems isEnum file pointer)
                        |> List.ofSeq
                Body = bodyOf problems isEnum file pointer operation.RequestBody
                Answer = answer
                Status = status
                Echo = Node.textsOf "x-echo" operation.Extensions
                EchoIfPresent = Node.textsOf "x-echo-if-present" operation.Extensions
                IdempotentBy = Node.textOf "x-idempotent" operation.Extensions
                SettledBy = Node.textOf "x-settled-by" operation.Extensions
                Paging = pagingOf operation.Extensions
                Pointer = pointer
            }

        // One path and method that the platform's documents name twice, by two numbers.
        let alias (node: JsonNode) =
            let text name =
                Node.member' name node |> Option.bind Node.text |> Option.defaultValue ""

            let service, name = split problems file pointer (text "operationId")
            let parameter = (text "path").Split('{', '}')

            { endpoint with
                Service = service
                Name = name
                Path = text "path"
                Summary = text "summary"
                Parameters =
                    endpoint.Parameters
                    |> List.map (fun known ->
                        if known.Place = InPath && parameter.Length > 1 then
                            { known with
                                Field = { known.Field with Wire = parameter[1] }
                            }
                        else
                            known)
            }

        match Node.extension "x-aliases" operation.Extensions with
        | Some(:? JsonArray as aliases) ->
            endpoint :: (aliases |> Seq.choose Option.ofObj |> Seq.map alias |> List.ofSeq)
        | _ -> [ endpoint ]

    let private operationsOf (item: IOpenApiPathItem) =
        match item.Operations with
        | null -> []
        | operations -> [ for KeyValue(method, operation) in operations -> method, operation ]

    /// The endpoints of a file.
    let endpointsOf problems isEnum file (document: OpenApiDocument) : Endpoint list =
        match document.Paths with
        | null -> []
        | paths ->
            [
                for KeyValue(path, item) in paths do
                    for method, operation in operationsOf item do
                        yield! endpointOf problems isEnum file path method operation
            ]

    let private webhookOf (problems: Problems) isEnum file name (operation: OpenApiOperation) : Webhook option =
        let pointer = "#/webhooks/" + name

        let text key =
            Node.textOf key operation.Extensions |> Option.defaultValue ""

        let key = Node.extension "x-business-key" operation.Extensions

        let keyTexts name =
            key
            |> Option.bind (Node.member' name)
            |> Option.map Node.texts
            |> Option.defaultValue []

        let textsByPath name =
            Node.extension name operation.Extensions
            |> Option.map Node.members
            |> Option.defaultValue []
            |> List.choose (fun (path, value) -> value |> Option.map (fun value -> path, Node.texts value))

        match bodyOf problems isEnum file pointer operation.RequestBody with
        | JsonBody(ShapeOf shape) ->
            Some
                {
                    Case = defaultArg (Option.ofObj operation.OperationId) ""
                    Summary = defaultArg (Option.ofObj operation.Summary) ""
                    EventTypes = Node.textsOf "x-event-types" operation.Extensions
                    Kinds = SchemaReader.kindsOf problems file pointer (Node.textsOf "x-modes" operation.Extensions)
                    Sources = text "x-sources"
                    OriginalType = Node.textOf "x-original-type" operation.Extensions
                    Has = Node.textsOf "x-has" operation.Extensions
                    HasAny = Node.textsOf "x-has-any" operation.Extensions
                    Lacks = Node.textsOf "x-lacks" operation.Extensions
                    Proves = textsByPath "x-proves"
                    DeniedBy = textsByPath "x-denied-by"
                    Field = text "x-field"
                    KeyPrefix = key |> Option.bind (Node.member' "prefix") |> Option.bind Node.text
                    KeyAbout = key |> Option.bind (Node.member' "about") |> Option.bind Node.text
                    KeySubject = keyTexts "fields"
                    KeyFields = keyTexts "fields" @ keyTexts "state"
                    Shape = shape
                    Pointer = pointer
                }
        | _ ->
            problems.Add file pointer "a notification's resource is a named shape"
            None

    /// The notifications of a file.
    let webhooksOf problems isEnum file (document: OpenApiDocument) : Webhook list =
        match document.Webhooks with
        | null -> []
        | webhooks ->
            [
                for KeyValue(name, item) in webhooks do
                    for _, operation in operationsOf item do
                        yield! webhookOf problems isEnum file name operation |> Option.toList
            ]

    /// The event types of a file whose resource nobody has described.
    let undescribedOf (document: OpenApiDocument) : (string * string) list =
        Node.extension "x-undescribed-events" document.Extensions
        |> Option.map Node.members
        |> Option.defaultValue []
        |> List.map (fun (eventType, about) -> eventType, about |> Option.bind Node.text |> Option.defaultValue "")
