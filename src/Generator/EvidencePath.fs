namespace WeChatPay.Generator

open System

/// A step from a shape to one of its parts.
type EvidenceStep =
    /// Into the object of a field.
    | Into of Shape * Field
    /// Into every element of an array.
    | IntoEach of Shape * Field
    /// Into one element of an array at least.
    | IntoAny of Shape * Field

/// A field of a resource or of a part of it, as the description of a notification names it: `trade_state`, `contract_information.contract_status`, `sub_orders[].trade_state`, `fapiao_information[any].fapiao_status`.
[<NoComparison>]
type EvidencePath =
    {
        Steps: EvidenceStep list
        /// The shape that the path ends in.
        Shape: Shape
        /// The field that it ends at.
        Field: Field
    }

    /// Whether the field itself is evidence.
    member path.IsEvidence = path.Shape.Evidence.Contains path.Field.Wire

/// Resolves the paths of a notification's description.
[<RequireQualifiedAccess>]
module EvidencePath =
    let private fieldOf (shape: Shape) wire =
        shape.Fields |> List.tryFind (fun field -> field.Wire = wire)

    let private tryStep (shapes: Map<SchemaKey, Shape>) (shape: Shape) (segment: string) =
        let name, step =
            if segment.EndsWith("[]", StringComparison.Ordinal) then
                segment.Substring(0, segment.Length - 2), IntoEach
            elif segment.EndsWith("[any]", StringComparison.Ordinal) then
                segment.Substring(0, segment.Length - 5), IntoAny
            else
                segment, Into

        match fieldOf shape name with
        | Some({ Type = ShapeOf key } as field) when name = segment -> Some(step (shape, field), shapes[key])
        | Some({ Type = ListOf(ShapeOf key) } as field) when name <> segment -> Some(step (shape, field), shapes[key])
        | _ -> None

    let rec private walk shapes (shape: Shape) steps (segments: string list) =
        match segments with
        | [] -> None
        | [ leaf ] ->
            fieldOf shape leaf
            |> Option.map (fun field ->
                {
                    Steps = List.rev steps
                    Shape = shape
                    Field = field
                })
        | head :: rest ->
            tryStep shapes shape head
            |> Option.bind (fun (step, inner) -> walk shapes inner (step :: steps) rest)

    /// The field of a path; none where the shape has no such field.
    let tryResolve (shapes: Map<SchemaKey, Shape>) (shape: Shape) (path: string) =
        walk shapes shape [] (List.ofArray (path.Split '.'))

    /// The field of a path that `WebhookChecks` has found.
    let resolve (catalogue: Map<SchemaKey, Shape>) (webhook: Webhook) (path: string) =
        Option.get (tryResolve catalogue catalogue[webhook.Shape] path)
