namespace WeChatPay.Generator

open System

/// Writes the query that settles a call, given the call's own arguments.
[<RequireQualifiedAccess>]
module SettlingSource =
    /// The query that tells what has become of a call; none where what it needs was left out.
    let private settling (catalogue: Catalogue) (from: string) (call: Call) (shape: Shape option) =
        let written (parameter: Parameter, given: Given) =
            let mayLack isThere =
                parameter.IsRequired && parameter.Field.Filling.IsNone && not isThere

            match given with
            | FromParameter own -> Names.camel own.Field.Wire, mayLack own.IsRequired
            | SwitchedOff -> "false", false
            | FromBody field ->
                let shape = Option.get shape

                "request." + Members.property (Variants.nameOf call.IsDirectForm shape) field,
                mayLack (shape.Required.Contains field.Wire && field.Filling.IsNone)

        let called (family: Family, query: Endpoint) =
            match
                Repeating.tryForm catalogue.Shapes call query
                |> Option.map (fun form -> form, Repeating.argumentsOf catalogue.Shapes call form)
            with
            | Some(form, Ok given) ->
                let service =
                    family.Services |> List.find (fun service -> service.Name = query.Service)

                let operation =
                    Members.relative
                        catalogue.Namespaces[from]
                        catalogue.Namespaces[family.File]
                        (Variants.classOf catalogue.Shapes service form)

                let arguments =
                    given
                    |> List.map (fun (parameter, given) ->
                        Names.camel parameter.Field.Wire + ": " + fst (written (parameter, given)))

                let lacking =
                    given
                    |> List.map written
                    |> List.filter snd
                    |> List.map (fun (name, _) -> name + " is null")

                let guard =
                    if lacking.IsEmpty then
                        ""
                    else
                        String.Join(" || ", lacking) + " ? null : "

                [
                    ".SettledBy(() => "
                    + guard
                    + operation
                    + "."
                    + Names.pascal query.Name
                    + "("
                    + String.Join(", ", arguments)
                    + "))"
                ]
            | _ -> []

        call.Endpoint.SettledBy
        |> Option.bind (Repeating.tryFind catalogue.Description)
        |> Option.map called
        |> Option.defaultValue []

    /// What a call says of being sent again, and of being asked after.
    let steps (catalogue: Catalogue) (from: string) (call: Call) (shape: Shape option) =
        let repeatable =
            call.Endpoint.IdempotentBy
            |> Option.map (fun field -> ".RepeatableBy(" + Source.literal field + ")")
            |> Option.toList

        repeatable @ settling catalogue from call shape
