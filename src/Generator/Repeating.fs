namespace WeChatPay.Generator

/// Where an argument of the query that settles a call comes from.
type Given =
    /// A parameter of the call itself.
    | FromParameter of Parameter
    /// A field of the call's body.
    | FromBody of Field
    /// A switch that must be said, and says no.
    | SwitchedOff

/// Which calls may be sent again by their number, and which query tells what has become of one.
[<RequireQualifiedAccess>]
module Repeating =
    let private isOf (call: Call) (field: Field) =
        not call.IsDirectForm || field.Kinds |> Option.forall (Set.contains Direct)

    let private isCallers (field: Field) =
        field.Filling = Some MerchantId || field.Filling = Some BrandId

    /// The parameters that a call has as arguments.
    let private parametersOf (call: Call) =
        call.Endpoint.Parameters
        |> List.filter (fun parameter -> isOf call parameter.Field && not (isCallers parameter.Field))

    let private bodyOf (shapes: Map<SchemaKey, Shape>) (endpoint: Endpoint) =
        match endpoint.Body with
        | JsonBody(ShapeOf key) -> shapes.TryFind key
        | _ -> None

    /// The fields of a call's body, where its arguments have one: not all are filled in.
    let private fieldsOf shapes (call: Call) =
        bodyOf shapes call.Endpoint
        |> Option.map (Variants.fieldsOf call.IsDirectForm)
        |> Option.filter (List.exists (fun field -> field.Filling.IsNone))
        |> Option.defaultValue []

    /// An endpoint by `service.name`, with its family.
    let tryFind (description: Description) (id: string) =
        description.Families
        |> List.tryPick (fun family ->
            family.Endpoints
            |> List.tryFind (fun endpoint -> endpoint.Service + "." + endpoint.Name = id)
            |> Option.map (fun endpoint -> family, endpoint))

    /// The form of a query that all may make who make the call.
    let tryForm shapes (call: Call) (query: Endpoint) =
        Variants.callsOf shapes query
        |> List.tryFind (fun form -> call.Kinds |> List.forall (fun kind -> List.contains kind form.Kinds))

    /// The query's arguments with what they are given; an error names one that must be there and that the call has not.
    let argumentsOf shapes (call: Call) (query: Call) : Result<(Parameter * Given) list, string> =
        let sourceOf (parameter: Parameter) =
            let isSame (field: Field) =
                field.Wire = parameter.Field.Wire
                && field.Type = parameter.Field.Type
                && not field.IsSensitive

            let own =
                parametersOf call |> List.tryFind (fun parameter -> isSame parameter.Field)

            match own, List.tryFind isSame (fieldsOf shapes call), parameter.Field.Type with
            | Some own, _, _ -> Ok [ parameter, FromParameter own ]
            | None, Some field, _ -> Ok [ parameter, FromBody field ]
            | None, None, _ when not parameter.IsRequired || parameter.Field.Filling.IsSome -> Ok []
            | None, None, Bool -> Ok [ parameter, SwitchedOff ]
            | None, None, _ -> Error parameter.Field.Wire

        (Ok [], parametersOf query)
        ||> List.fold (fun known parameter ->
            match known, sourceOf parameter with
            | Ok known, Ok more -> Ok(known @ more)
            | Error name, _
            | _, Error name -> Error name)

    let private checkNumber problem shapes (endpoint: Endpoint) (name: string) =
        let isInPath =
            endpoint.Parameters
            |> List.exists (fun parameter -> parameter.Place = InPath && parameter.Field.Wire = name)

        let isInBody =
            bodyOf shapes endpoint
            |> Option.exists (fun shape ->
                shape.Required.Contains name
                && shape.Fields
                   |> List.exists (fun field -> field.Wire = name && field.Type = Text && field.Filling.IsNone))

        if endpoint.Method = "GET" then
            problem "x-idempotent: what only asks may be repeated anyway"
        elif not (isInPath || isInBody) then
            problem ("x-idempotent: the request has no text " + name + " that must be there")

    let private checkQuery problem shapes (description: Description) (endpoint: Endpoint) (id: string) =
        match tryFind description id with
        | None -> problem ("x-settled-by: there is no call " + id)
        | Some(_, query) when query.Method <> "GET" -> problem ("x-settled-by: " + id + " is no query")
        | Some _ when endpoint.Method = "GET" -> problem "x-settled-by: what only asks leaves nothing to settle"
        | Some(_, query) ->
            for call in Variants.callsOf shapes endpoint do
                match tryForm shapes call query |> Option.map (argumentsOf shapes call) with
                | None -> problem ("x-settled-by: " + id + " is not for all who make the call")
                | Some(Error name) -> problem ("x-settled-by: " + id + " needs " + name + ", which the call has not")
                | Some(Ok _) -> ()

    /// Adds numbers and queries that a call cannot have to the problems.
    let check (problems: Problems) shapes (description: Description) (family: Family) (endpoint: Endpoint) =
        let problem reason =
            problems.Add family.File endpoint.Pointer reason

        endpoint.IdempotentBy |> Option.iter (checkNumber problem shapes endpoint)

        endpoint.SettledBy
        |> Option.iter (checkQuery problem shapes description endpoint)
