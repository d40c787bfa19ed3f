/// Resources of every case, made from the description: what a notification must have, and everything.
module WeChatPay.Tests.EventResources

open System
open System.Text.Json.Nodes
open Microsoft.FSharp.Reflection
open WeChatPay.Functional
open WeChatPay.Generator
open WeChatPay.Tests.Platform
open WeChatPay.Tests.WireSamples
open WeChatPay.Wire

/// Every notification that has a case, with each event type that it comes in.
let cases =
    [
        for family in catalogue.Description.Families do
            for webhook in family.Webhooks do
                for eventType in webhook.EventTypes -> eventType, webhook
    ]

/// The event types whose resource nobody has described.
let undescribed =
    catalogue.Description.Families |> List.collect _.Undescribed |> List.map fst

let resourceShape (webhook: Webhook) = catalogue.Shapes[webhook.Shape]

/// A field of the evidence, by the place in a resource where each list has one element.
type Evidence = { Path: string; Kind: FieldType }

let rec private evidenceIn prefix (shape: Shape) : Evidence list =
    [
        for field in shape.Fields do
            if shape.Evidence.Contains field.Wire then
                let path = prefix + "." + field.Wire
                { Path = path; Kind = field.Type }

                match field.Type with
                | ShapeOf key -> yield! evidenceIn path catalogue.Shapes[key]
                | ListOf(ShapeOf key) -> yield! evidenceIn (path + "[0]") catalogue.Shapes[key]
                | _ -> ()
    ]

/// All that must be there for a case, down to the parts.
let evidenceOf webhook = evidenceIn "$" (resourceShape webhook)

/// The place in a resource that a path of the description leads to.
let placeOf (path: string) =
    "$."
    + path.Replace("[]", "[0]", StringComparison.Ordinal).Replace("[any]", "[0]", StringComparison.Ordinal)

let private enter (node: JsonNode) (step: string) =
    match node with
    | null -> null
    | node ->
        match step.Split('[', ']') with
        | [| name; index; _ |] -> node[name][int index]
        | _ -> node[step]

let private around (path: string) (root: JsonNode) =
    let steps = path.Split '.' |> List.ofArray |> List.tail
    let parent = (root, steps[.. steps.Length - 2]) ||> List.fold enter
    parent, List.last steps

/// Whether there is a value at a place; null and an empty text are none.
let has path (root: JsonObject) =
    match around path root with
    | null, _ -> false
    | parent, field ->
        match parent[field] with
        | null -> false
        | value -> value.ToJsonString() <> "\"\""

/// The JSON with another value at a place, or without the field.
let withValue path (value: string option) (root: JsonObject) =
    let changed = root.DeepClone()
    let parent, field = around path changed

    match value with
    | Some text ->
        // The value goes in as it is: half a surrogate pair could not be written.
        parent[field] <- JsonValue.Create "here"
        changed.ToJsonString().Replace("\"here\"", text)
    | None ->
        parent.AsObject().Remove field |> ignore
        changed.ToJsonString()

/// A resource that says what its case says.
let resourceOf fullness (webhook: Webhook) =
    let root = shape fullness 1 (resourceShape webhook)

    for path, texts in webhook.Proves do
        let place = placeOf path

        if has place root then
            let parent, field = around place root
            parent[field] <- JsonValue.Create texts.Head

    root

/// What a resource is taken for: the case's name, or the code of the refusal.
let fateOf result =
    match result with
    | Ok decoded -> WeChatPayEvent.caseName decoded.Event
    | Error error -> VerifyError.code error

let decodeAs eventType (json: string) = decode (notify eventType json)

/// The typed value that a case holds, written as JSON again.
let writeBack (event: WeChatPayEvent) =
    let _, fields = FSharpValue.GetUnionFields(event, typeof<WeChatPayEvent>)
    let _, written = WireTypes.write false (fields[0] :?> IWireShape)
    nonNull (JsonNode.Parse(WireTypes.show written))
