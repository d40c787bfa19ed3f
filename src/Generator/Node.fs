namespace WeChatPay.Generator

open System.Collections.Generic
open System.Text.Json.Nodes
open Microsoft.OpenApi

/// Extension keys of the description, read without surprise.
[<RequireQualifiedAccess>]
module Node =
    /// An `x-` key's value.
    let extension (name: string) (extensions: IDictionary<string, IOpenApiExtension>) : JsonNode option =
        match extensions with
        | null -> None
        | extensions ->
            match extensions.TryGetValue name with
            | true, (:? JsonNodeExtension as found) -> Some found.Node
            | _ -> None

    /// A text, also one that YAML takes for a number or a boolean.
    let text (node: JsonNode) =
        match node with
        | :? JsonValue as value ->
            match value.TryGetValue<string>() with
            | true, text -> Some text
            | _ -> Some(value.ToJsonString())
        | _ -> None

    /// A list of texts; a text alone is a list of one.
    let texts (node: JsonNode) =
        match node with
        | :? JsonArray as items -> items |> Seq.choose Option.ofObj |> Seq.choose text |> List.ofSeq
        | single -> text single |> Option.toList

    /// The texts of an `x-` key; none when it is absent.
    let textsOf name extensions =
        extension name extensions |> Option.map texts |> Option.defaultValue []

    /// The text of an `x-` key.
    let textOf name extensions =
        extension name extensions |> Option.bind text

    /// Whether an `x-` key says true, or what is usual when it is absent.
    let flag name usual extensions =
        match textOf name extensions with
        | Some "true" -> true
        | Some "false" -> false
        | _ -> usual

    /// A member of an object.
    let member' (name: string) (node: JsonNode) =
        match node with
        | :? JsonObject as fields ->
            if fields.ContainsKey name then
                Option.ofObj fields[name]
            else
                None
        | _ -> None

    /// The members of an object, in their order.
    let members (node: JsonNode) =
        match node with
        | :? JsonObject as fields ->
            fields
            |> Seq.map (fun (KeyValue(name, value)) -> name, Option.ofObj value)
            |> List.ofSeq
        | _ -> []
