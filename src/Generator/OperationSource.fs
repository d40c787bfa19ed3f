namespace WeChatPay.Generator

open System

/// An argument of a call.
type Argument =
    {
        /// The parameter or body it is for; none for a body.
        Parameter: Parameter option
        Type: string
        Name: string
        IsRequired: bool
        Meaning: string
    }

/// Writes a service's operations: one value each, for a service's class in each form.
[<RequireQualifiedAccess>]
module OperationSource =
    /// What the caller's number stands for is no argument.
    let private isCallers (parameter: Parameter) =
        parameter.Field.Filling = Some MerchantId
        || parameter.Field.Filling = Some BrandId

    let private isOf (call: Call) (field: Field) =
        not call.IsDirectForm || field.Kinds |> Option.forall (Set.contains Direct)

    /// A body of which the caller's options fill in every field needs no argument.
    let private isWhollyFilled (call: Call) (shape: Shape) =
        Variants.fieldsOf call.IsDirectForm shape
        |> List.forall (fun field -> field.Filling.IsSome)

    let private bodyShape (catalogue: Catalogue) (call: Call) =
        match call.Endpoint.Body with
        | JsonBody(ShapeOf key)
        | FileBody(key, _) -> Some catalogue.Shapes[key]
        | _ -> None

    /// The body's type, where the call takes one.
    let private bodyType (catalogue: Catalogue) (from: string) (call: Call) =
        match call.Endpoint.Body, bodyShape catalogue call with
        | JsonBody(ListOf(ShapeOf key)), _ -> Some("IReadOnlyList<" + Members.name catalogue from key + ">")
        | _, Some shape when not (isWhollyFilled call shape) ->
            let key =
                { shape.Key with
                    Name = Variants.nameOf call.IsDirectForm shape
                }

            Some(Members.name catalogue from key)
        | _ -> None

    /// The arguments of a call in their order: what must be there first, then the body, then what may be left out.
    let argumentsOf (catalogue: Catalogue) (from: string) (call: Call) : Argument list =
        let parameters =
            call.Endpoint.Parameters
            |> List.filter (fun parameter -> isOf call parameter.Field && not (isCallers parameter))
            |> List.map (fun parameter ->
                {
                    Parameter = Some parameter
                    Type = Members.typeOf catalogue from parameter.Field parameter.Field.Type
                    Name = Names.camel parameter.Field.Wire
                    IsRequired = parameter.IsRequired && parameter.Field.Filling.IsNone
                    Meaning = Members.describe catalogue parameter.Field
                })

        let file =
            match call.Endpoint.Body with
            | FileBody _ ->
                [
                    {
                        Parameter = None
                        Type = "UploadedFile"
                        Name = "file"
                        IsRequired = true
                        Meaning = "The file's name and hash; its bytes are handed over when it is sent."
                    }
                ]
            | _ -> []

        let body =
            bodyType catalogue from call
            |> Option.map (fun kind ->
                {
                    Parameter = None
                    Type = kind
                    Name = "request"
                    IsRequired = true
                    Meaning = "The request."
                })
            |> Option.toList

        let required, optional = parameters |> List.partition _.IsRequired
        required @ file @ body @ optional

    /// The answer's type.
    let answerType (catalogue: Catalogue) (from: string) (endpoint: Endpoint) =
        match endpoint.Answer with
        | JsonBack(ShapeOf key) -> Members.name catalogue from key
        | UnknownBack
        | JsonBack _ -> "RawJson"
        | NothingBack
        | BytesBack -> "NoContent"

    let private isReference (argument: Argument) =
        match argument.Parameter with
        | None -> true
        | Some parameter ->
            match parameter.Field.Type with
            | Text
            | ShapeOf _
            | ListOf _
            | JsonIn _ -> true
            | _ -> false

    /// An argument as the text that travels in a path or behind the question mark.
    let private textOf (field: Field) name (isNullable: bool) =
        let ask = if isNullable then "?" else ""

        match field.Type with
        | Text -> name
        | EnumOf _ -> name + ask + ".Value"
        | Integer
        | Fraction -> name + ask + ".ToString(CultureInfo.InvariantCulture)"
        | Bool when isNullable ->
            name
            + " is { } "
            + name.TrimStart '@'
            + "Known ? ("
            + name.TrimStart '@'
            + "Known ? \"true\" : \"false\") : null"
        | Bool -> name + " ? \"true\" : \"false\""
        | Moment when isNullable ->
            name
            + " is { } "
            + name.TrimStart '@'
            + "Known ? WireText.WriteDate("
            + name.TrimStart '@'
            + "Known) : null"
        | Moment -> "WireText.WriteDate(" + name + ")"
        | Day when isNullable ->
            name
            + " is { } "
            + name.TrimStart '@'
            + "Known ? WireText.WriteDay("
            + name.TrimStart '@'
            + "Known) : null"
        | Day -> "WireText.WriteDay(" + name + ")"
        | ListOf(EnumOf _) ->
            name
            + " is null ? null : string.Join(',', "
            + name
            + ".Select(static item => item.Value))"
        | ListOf _ -> name + " is null ? null : string.Join(',', " + name + ")"
        | JsonIn(ShapeOf _) -> "WireJson.TextOf(" + name + ")"
        | ShapeOf _
        | JsonIn _
        | AnyJson -> name

    let private parameterStep (argument: Argument option) (parameter: Parameter) =
        let field = parameter.Field
        let wire = Source.literal field.Wire

        match parameter.Place, argument, field.Filling with
        | InPath, Some argument, _ -> ".WithPath(" + wire + ", " + textOf field argument.Name false + ")"
        | InHeader, Some argument, _ ->
            ".WithHeader("
            + wire
            + ", "
            + textOf field argument.Name (not argument.IsRequired)
            + ")"
        | _, Some argument, _ when field.IsSensitive -> ".WithSealedQuery(" + wire + ", " + argument.Name + ")"
        | _, Some argument, Some source ->
            ".WithFilledQuery("
            + wire
            + ", "
            + argument.Name
            + ", "
            + Members.filling source
            + ")"
        | _, Some argument, None ->
            ".WithQuery("
            + wire
            + ", "
            + textOf field argument.Name (not argument.IsRequired)
            + ")"
        | _, None, Some source -> ".WithFilledQuery(" + wire + ", null, " + Members.filling source + ")"
        | _, None, None -> ""

    let private bodyStep (call: Call) (shape: Shape option) =
        match call.Endpoint.Body, shape with
        | JsonBody(ListOf _), _ -> [ ".WithBody(WireJson.BodyOf(request))" ]
        | FileBody(_, part), Some shape when isWhollyFilled call shape ->
            [
                ".WithBody(new " + Variants.nameOf call.IsDirectForm shape + "())"
                ".WithFile(" + Source.literal part + ", file)"
            ]
        | FileBody(_, part), _ -> [ ".WithBody(request)"; ".WithFile(" + Source.literal part + ", file)" ]
        | JsonBody _, Some shape when isWhollyFilled call shape ->
            [ ".WithBody(new " + Variants.nameOf call.IsDirectForm shape + "())" ]
        | JsonBody _, _ -> [ ".WithBody(request)" ]
        | NoBody, _ -> []

    let private echoSteps (catalogue: Catalogue) (call: Call) (arguments: Argument list) (shape: Shape option) =
        let answer =
            match call.Endpoint.Answer with
            | JsonBack(ShapeOf key) -> catalogue.Shapes.TryFind key
            | _ -> None

        let expected wire =
            let parameter =
                call.Endpoint.Parameters
                |> List.tryFind (fun parameter -> parameter.Field.Wire = wire)

            let argument =
                arguments
                |> List.tryFind (fun argument ->
                    argument.Parameter
                    |> Option.exists (fun parameter -> parameter.Field.Wire = wire))

            match argument, parameter, shape with
            | Some argument, Some { Field = { Filling = Some source } }, _ ->
                Some("caller => " + argument.Name + " ?? caller.Fill(" + Members.filling source + ")")
            | Some argument, Some _, _ -> Some("_ => " + argument.Name)
            | None, Some { Field = { Filling = Some source } }, _ ->
                Some("static caller => caller.Fill(" + Members.filling source + ")")
            | _, _, Some shape ->
                Variants.fieldsOf call.IsDirectForm shape
                |> List.tryFind (fun field -> field.Wire = wire && field.Type = Text && not field.IsSensitive)
                |> Option.map (fun field ->
                    "_ => request."
                    + Members.property (Variants.nameOf call.IsDirectForm shape) field)
            | _ -> None

        let step method wire =
            match expected wire, answer with
            | Some expected, Some answer ->
                let field = answer.Fields |> List.find (fun field -> field.Wire = wire)

                [
                    "."
                    + method
                    + "("
                    + Source.literal wire
                    + ", "
                    + expected
                    + ", static answer => answer."
                    + Members.property answer.Key.Name field
                    + ")"
                ]
            | _ -> []

        (call.Endpoint.Echo |> List.collect (step "WithEcho"))
        @ (call.Endpoint.EchoIfPresent |> List.collect (step "WithOptionalEcho"))

    let private kindsStep (call: Call) =
        let name kind =
            match kind with
            | Direct -> "MerchantKinds.Direct"
            | Partner -> "MerchantKinds.Partner"
            | Brand -> "MerchantKinds.Brand"
            | Bank
            | Institution -> "MerchantKinds.Institution"
            | Global -> "MerchantKinds.Global"

        ".For(" + String.Join(" | ", call.Kinds |> List.map name |> List.distinct) + ")"

    let private steps (catalogue: Catalogue) (from: string) (call: Call) (arguments: Argument list) =
        let shape = bodyShape catalogue call

        let argumentOf (parameter: Parameter) =
            arguments |> List.tryFind (fun argument -> argument.Parameter = Some parameter)

        [
            for parameter in call.Endpoint.Parameters do
                if isOf call parameter.Field then
                    match parameterStep (argumentOf parameter) parameter with
                    | "" -> ()
                    | step -> step

            yield! bodyStep call shape

            yield! echoSteps catalogue call arguments shape
            yield! SettlingSource.steps catalogue from call shape
            kindsStep call

            if call.Endpoint.IsGlobalHost then
                ".At(PlatformHost.Global)"
            elif call.Endpoint.HasGlobalHost && List.contains Global call.Kinds then
                ".At(PlatformHost.Global)"
        ]

    /// An argument as a method declares it.
    let declare (argument: Argument) =
        if argument.IsRequired then
            argument.Type + " " + argument.Name
        else
            argument.Type + "? " + argument.Name + " = null"

    let documentArgument (source: Source) (argument: Argument) =
        source.Line(
            "/// <param name=\""
            + argument.Name.TrimStart '@'
            + "\">"
            + Source.doc argument.Meaning
            + "</param>"
        )

    /// The documentation of a call, with its arguments.
    let document (source: Source) (endpoint: Endpoint) (arguments: Argument list) =
        source.Line("/// <summary>" + Source.doc endpoint.Summary + "</summary>")
        arguments |> List.iter (documentArgument source)

    let markObsolete (source: Source) (endpoint: Endpoint) =
        if endpoint.IsDeprecated then
            source.Line "[Obsolete(\"The platform has withdrawn it or will.\")]"

    let private writeCall (catalogue: Catalogue) (source: Source) (from: string) (methods: Set<string>) (call: Call) =
        let endpoint = call.Endpoint
        let arguments = argumentsOf catalogue from call
        let answer = answerType catalogue from endpoint
        // A method of the class may have the name of an answer.
        let answer =
            if methods |> Set.contains answer then
                "global::" + catalogue.Namespaces[from] + "." + answer
            else
                answer

        source.Gap()
        document source endpoint arguments
        source.Line("/// <remarks><c>" + endpoint.Method + " " + endpoint.Path + "</c></remarks>")

        markObsolete source endpoint

        source.Line(
            "public static Operation<"
            + answer
            + "> "
            + Names.pascal endpoint.Name
            + "("
            + String.Join(", ", arguments |> List.map declare)
            + ")"
        )

        source.Open()

        for argument in arguments do
            if argument.IsRequired && isReference argument then
                source.Line("ArgumentNullException.ThrowIfNull(" + argument.Name + ");")

        let opening =
            match endpoint.Answer with
            | JsonBack(ShapeOf key) when catalogue.Sealing.Contains key -> [ ".WithOpening(" + answer + ".TryRead)" ]
            | _ -> []

        let chain = steps catalogue from call arguments @ opening

        source.Line(
            "return Operation.Create<"
            + answer
            + ">("
            + Source.literal endpoint.Method
            + ", "
            + Source.literal endpoint.Path
            + ", "
            + answer
            + ".TryRead)"
        )

        source.Deeper(fun () ->
            for index, step in List.indexed chain do
                source.Line(if index = chain.Length - 1 then step + ";" else step))

        source.Close()

    /// The file of a service's operations in one form: `className` with these calls.
    let write (catalogue: Catalogue) (file: string) (className: string) (summary: string) (calls: Call list) =
        let source =
            Source.start
                ("api/" + file)
                [
                    "System.Globalization"
                    "System.Text.Json"
                    "WeChatPay.Functional"
                    "WeChatPay.Wire"
                ]
                catalogue.Namespaces[file]

        source.Line(
            "/// <summary>"
            + Source.doc summary
            + " As operations: nothing happens until one is sent.</summary>"
        )

        source.Line("public static class " + className)
        source.Open()
        let methods = calls |> List.map (fun call -> Names.pascal call.Endpoint.Name) |> set
        calls |> List.iter (writeCall catalogue source file methods)
        source.Close()
        source.ToString()
