namespace WeChatPay.Generator

/// The clients of the façade: banks and institutions share one.
type ClientKind =
    | DirectClient
    | PartnerClient
    | BrandClient
    | InstitutionClient
    | GlobalClient

/// An endpoint as one kind of merchant calls it.
type Call =
    {
        Endpoint: Endpoint
        /// Whether it is the form without what only providers send.
        IsDirectForm: bool
        /// Who may make it in this form.
        Kinds: Kind list
    }

/// A façade's client of one service, and the kinds that share it.
type ServiceClient =
    {
        Service: Service
        /// The class, such as `PaymentsClient`.
        Class: string
        Kinds: ClientKind list
        Calls: Call list
    }

/// Which form of a request each kind of merchant has, and what each kind's client shows.
[<RequireQualifiedAccess>]
module Variants =
    /// The clients in the order in which they give names.
    let all =
        [ DirectClient; PartnerClient; BrandClient; InstitutionClient; GlobalClient ]

    /// The name before a class that is not the first kind's.
    let prefix kind =
        match kind with
        | DirectClient -> "Direct"
        | PartnerClient -> "Partner"
        | BrandClient -> "Brand"
        | InstitutionClient -> "Institution"
        | GlobalClient -> "Global"

    let private clientOf kind =
        match kind with
        | Direct -> DirectClient
        | Partner -> PartnerClient
        | Brand -> BrandClient
        | Bank
        | Institution -> InstitutionClient
        | Global -> GlobalClient

    /// Whether a shape is written in two forms: with and without what only providers send.
    let hasTwoForms (shape: Shape) =
        shape.Fields |> List.exists (fun field -> field.Kinds.IsSome)

    /// The fields of a form.
    let fieldsOf isDirectForm (shape: Shape) =
        if isDirectForm then
            shape.Fields
            |> List.filter (fun field -> field.Kinds |> Option.forall (Set.contains Direct))
        else
            shape.Fields

    /// The forms that a shape is written in: direct merchants' first, where there are two.
    let formsOf (shape: Shape) =
        if hasTwoForms shape then [ true; false ] else [ true ]

    let private ofForm isDirectForm hasTwo name =
        if isDirectForm || not hasTwo then
            name
        else
            "Partner" + name

    /// The name of a form of a request.
    let nameOf isDirectForm (shape: Shape) =
        ofForm isDirectForm (hasTwoForms shape) shape.Key.Name

    let private differs (shapes: Map<SchemaKey, Shape>) (endpoint: Endpoint) =
        let body =
            match endpoint.Body with
            | JsonBody(ShapeOf key)
            | FileBody(key, _) -> hasTwoForms shapes[key]
            | _ -> false

        body
        || endpoint.Parameters
           |> List.exists (fun parameter -> parameter.Field.Kinds.IsSome)

    /// The forms of an endpoint: one, or a direct merchant's and everybody else's.
    let callsOf shapes (endpoint: Endpoint) =
        let direct, others = endpoint.Kinds |> List.partition (fun kind -> kind = Direct)

        if differs shapes endpoint && not direct.IsEmpty then
            [
                {
                    Endpoint = endpoint
                    IsDirectForm = true
                    Kinds = direct
                }
                if not others.IsEmpty then
                    {
                        Endpoint = endpoint
                        IsDirectForm = false
                        Kinds = others
                    }
            ]
        else
            [
                {
                    Endpoint = endpoint
                    IsDirectForm = false
                    Kinds = endpoint.Kinds
                }
            ]

    /// The class that has the operation of a call.
    let classOf shapes (service: Service) (call: Call) =
        ofForm call.IsDirectForm ((callsOf shapes call.Endpoint).Length > 1) service.Class

    /// The façade's clients of a service.
    let clientsOf shapes (service: Service) (endpoints: Endpoint list) : ServiceClient list =
        let calls = endpoints |> List.collect (callsOf shapes)

        let visible kind =
            calls
            |> List.filter (fun call -> call.Kinds |> List.exists (fun caller -> clientOf caller = kind))

        let groups =
            all
            |> List.map (fun kind -> kind, visible kind)
            |> List.filter (fun (_, calls) -> not calls.IsEmpty)
            |> List.groupBy (fun (_, calls) -> calls |> List.map (fun call -> call.Endpoint.Name, call.IsDirectForm))

        // The plain name goes to the kind that the service is named after, else to the first.
        let owner =
            groups
            |> List.tryFindIndex (fun (_, members) ->
                members |> List.exists (fun (kind, _) -> service.Class.StartsWith(prefix kind)))
            |> Option.defaultValue 0

        [
            for index, (_, members) in List.indexed groups do
                let kinds = members |> List.map fst
                let first = prefix kinds.Head

                let name =
                    if index = owner then
                        service.Class
                    else
                        first + service.Class

                {
                    Service = service
                    Class = name + "Client"
                    Kinds = kinds
                    Calls = snd members.Head
                }
        ]
