namespace WeChatPay.Generator

open System
open System.Collections.Generic

/// Finds what a file alone cannot show: references that lead nowhere, names twice, evidence and echoes that no answer has.
[<RequireQualifiedAccess>]
module Checks =
    let private pointerOf (key: SchemaKey) = "#/components/schemas/" + key.Name

    let rec private keysOf (kind: FieldType) =
        match kind with
        | EnumOf key
        | ShapeOf key -> [ key ]
        | ListOf inner
        | JsonIn inner -> keysOf inner
        | Text
        | Integer
        | Fraction
        | Bool
        | Moment
        | Day
        | AnyJson -> []

    let private checkReferences (problems: Problems) (description: Description) =
        let known =
            set
                [
                    for family in description.Families do
                        yield! family.Shapes |> List.map _.Key
                        yield! family.Enums |> List.map _.Key
                ]

        let check file pointer kind =
            for key in keysOf kind do
                if not (known.Contains key) then
                    problems.Add file pointer ("refers to " + key.File + pointerOf key + ", which is not there")

        for family in description.Families do
            for shape in family.Shapes do
                for field in shape.Fields do
                    check family.File (pointerOf shape.Key + "/properties/" + field.Wire) field.Type

            for endpoint in family.Endpoints do
                for parameter in endpoint.Parameters do
                    check family.File endpoint.Pointer parameter.Field.Type

                match endpoint.Body, endpoint.Answer with
                | JsonBody body, JsonBack answer ->
                    check family.File endpoint.Pointer body
                    check family.File endpoint.Pointer answer
                | JsonBody kind, _
                | _, JsonBack kind -> check family.File endpoint.Pointer kind
                | _ -> ()

            for webhook in family.Webhooks do
                check family.File webhook.Pointer (ShapeOf webhook.Shape)

    let private checkTypeNames (problems: Problems) (description: Description) =
        let seen = Dictionary<string, string>(StringComparer.OrdinalIgnoreCase)

        for family in description.Families do
            let names =
                [
                    yield! family.Shapes |> List.map (fun shape -> shape.Key.Name, pointerOf shape.Key)
                    yield! family.Enums |> List.map (fun known -> known.Key.Name, pointerOf known.Key)
                    yield!
                        family.Services
                        |> List.map (fun service -> service.Class, "#/tags/" + service.Name)
                ]

            for name, pointer in names do
                let full = family.Namespace + "." + name

                match seen.TryGetValue full with
                | true, other ->
                    problems.Add
                        family.File
                        pointer
                        ("is named as " + other + " is; within a namespace a name is used once")
                | _ -> seen[full] <- "api/" + family.File + pointer

                if name <> Names.pascal name then
                    problems.Add family.File pointer ("the name is not a C# name in Pascal case: " + Names.pascal name)

    let private checkShape (problems: Problems) file (shape: Shape) =
        let pointer = pointerOf shape.Key
        let byWire = shape.Fields |> List.map (fun field -> field.Wire, field) |> Map.ofList

        for name in Set.union shape.Required shape.Evidence do
            if not (byWire.ContainsKey name) then
                problems.Add file pointer ("has no field " + name + " to require")

        for name in shape.Evidence do
            match byWire.TryFind name |> Option.map _.Type with
            | Some(Text | Integer | EnumOf _ | ShapeOf _ | ListOf(ShapeOf _))
            | None -> ()
            | Some _ ->
                problems.Add
                    file
                    (pointer + "/properties/" + name)
                    "evidence is a text, an integer, an object or an array of objects"

        let members = shape.Fields |> List.countBy (fun field -> Names.pascal field.Wire)

        for name, count in members do
            if count > 1 then
                problems.Add file pointer ("has two fields that become " + name)

    let private checkEndpoint
        (problems: Problems)
        (shapes: Map<SchemaKey, Shape>)
        (family: Family)
        (endpoint: Endpoint)
        =
        let problem reason =
            problems.Add family.File endpoint.Pointer reason

        if not (family.Services |> List.exists (fun service -> service.Name = endpoint.Service)) then
            problem ("the service " + endpoint.Service + " has no tag")

        if endpoint.Summary = "" then
            problem "summary says what it does"

        let placeholders =
            endpoint.Path.Split('/') |> Array.filter (fun part -> part.Contains '{')

        for part in placeholders do
            let name =
                part.Substring(part.IndexOf '{' + 1, part.IndexOf '}' - part.IndexOf '{' - 1)

            if
                not (
                    endpoint.Parameters
                    |> List.exists (fun parameter -> parameter.Place = InPath && parameter.Field.Wire = name)
                )
            then
                problem ("the path's {" + name + "} has no parameter")

        let answer =
            match endpoint.Answer with
            | JsonBack(ShapeOf key) -> shapes.TryFind key
            | _ -> None

        for name in endpoint.Echo @ endpoint.EchoIfPresent do
            match
                answer
                |> Option.bind (fun shape -> shape.Fields |> List.tryFind (fun field -> field.Wire = name))
            with
            | Some { Type = Text; IsSensitive = false } -> ()
            | _ -> problem ("the answer has no text " + name + " to compare with the question")

        match endpoint.Paging with
        | Some paging when
            answer
            |> Option.forall (fun shape -> shape.Fields |> List.forall (fun field -> field.Wire <> paging.Items))
            ->
            problem ("the answer has no " + paging.Items + " to page through")
        | _ -> ()

    /// Adds what does not hold together to the problems.
    let check (problems: Problems) (description: Description) =
        checkReferences problems description
        checkTypeNames problems description

        let shapes =
            [
                for family in description.Families do
                    yield! family.Shapes |> List.map (fun shape -> shape.Key, shape)
            ]
            |> Map.ofList

        for family in description.Families do
            family.Shapes |> List.iter (checkShape problems family.File)
            family.Endpoints |> List.iter (checkEndpoint problems shapes family)

        // Forms of calls are told of shapes that are there.
        if problems.Found.IsEmpty then
            for family in description.Families do
                family.Endpoints
                |> List.iter (Repeating.check problems shapes description family)

        WebhookChecks.check problems shapes description

        let operations =
            [
                for family in description.Families do
                    for endpoint in family.Endpoints do
                        endpoint.Service + "." + endpoint.Name
            ]

        for family in description.Families do
            BillsReader.check problems family.File operations family.Bills

        for (service, name), count in
            description.Families
            |> List.collect _.Endpoints
            |> List.countBy (fun endpoint -> endpoint.Service, Names.pascal endpoint.Name) do
            if count > 1 then
                problems.Add "" "#" (service + " has two calls " + name)
