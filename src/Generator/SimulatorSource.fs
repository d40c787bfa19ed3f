namespace WeChatPay.Generator

open System
open System.Text
open System.Text.Encodings.Web
open System.Text.Json

/// Writes src/Simulator/platform.json: what the simulator knows of every endpoint and notification, one of them and one shape a line.
/// A field is its type, then what else is to be said: `text required max=32`, `list shape payments.GoodsDetail`.
[<RequireQualifiedAccess>]
module SimulatorSource =
    let private quoted (text: string) =
        "\""
        + JsonEncodedText.Encode(text, JavaScriptEncoder.UnsafeRelaxedJsonEscaping).ToString()
        + "\""

    let private listed (texts: string list) =
        "[" + String.Join(",", texts |> List.map quoted) + "]"

    let private objectOf (members: (string * string) list) =
        "{"
        + String.Join(",", members |> List.map (fun (name, value) -> quoted name + ":" + value))
        + "}"

    let private keyText (key: SchemaKey) =
        key.File.Replace(".yaml", ".", StringComparison.Ordinal) + key.Name

    let rec private typeText kind =
        match kind with
        | Text -> "text"
        | Integer -> "int"
        | Fraction -> "number"
        | Bool -> "bool"
        | Moment -> "moment"
        | Day -> "day"
        | AnyJson -> "any"
        | EnumOf key -> "enum " + keyText key
        | ShapeOf key -> "shape " + keyText key
        | ListOf inner -> "list " + typeText inner
        | JsonIn inner -> "json " + typeText inner

    let private fieldText isRequired isEvidence (field: Field) =
        let words =
            [
                typeText field.Type
                if isRequired then
                    "required"
                if isEvidence then
                    "evidence"
                if field.IsSensitive then
                    "sensitive"
                if field.IsOneOrMany then
                    "one-or-many"
                match field.Unit with
                | Some unit -> "unit=" + unit
                | None -> ()
                match field.MaxLength with
                | Some length -> "max=" + string length
                | None -> ()
                match field.Filling with
                | Some source -> "fills=" + Filling.name source
                | None -> ()
                match field.Kinds with
                | Some kinds -> "for=" + String.Join(",", kinds |> Seq.map Kind.name)
                | None -> ()
                if not field.KnownIntegers.IsEmpty then
                    "known=" + String.Join(",", field.KnownIntegers)
                match field.Format with
                // A format of several words stands in the description for people only.
                | Some format when not (format.Contains ' ') -> "format=" + format
                | _ -> ()
            ]

        quoted (String.Join(" ", words))

    let private shapeText (shape: Shape) =
        objectOf
            [
                for field in shape.Fields ->
                    field.Wire,
                    fieldText (shape.Required.Contains field.Wire) (shape.Evidence.Contains field.Wire) field
            ]

    let private parametersOf place (endpoint: Endpoint) =
        endpoint.Parameters
        |> List.filter (fun parameter -> parameter.Place = place)
        |> List.map (fun parameter -> parameter.Field.Wire, fieldText parameter.IsRequired false parameter.Field)

    let private pageText (paging: Paging) =
        String.Join(
            " ",
            [
                "items=" + paging.Items
                match paging.Start with
                | Some(start, size) -> "start=" + start + " size=" + size
                | None -> ()
                match paging.Total with
                | Some total -> "total=" + total
                | None -> ()
                match paging.Token with
                | Some(token, next) -> "token=" + token + " next=" + next
                | None -> ()
            ]
        )

    let private endpointText (endpoint: Endpoint) =
        objectOf
            [
                "id", quoted (endpoint.Service + "." + endpoint.Name)
                "method", quoted endpoint.Method
                "path", quoted endpoint.Path
                "kinds", quoted (String.Join(",", endpoint.Kinds |> List.map Kind.name))
                for name, place in [ "in-path", InPath; "in-query", InQuery; "in-header", InHeader ] do
                    match parametersOf place endpoint with
                    | [] -> ()
                    | parameters -> name, objectOf parameters
                match endpoint.Body with
                | NoBody -> ()
                | JsonBody kind -> "body", quoted (typeText kind)
                | FileBody(meta, part) -> "upload", quoted (keyText meta + " " + part)
                match endpoint.Answer with
                | NothingBack -> "answer", quoted "nothing"
                | JsonBack kind -> "answer", quoted (typeText kind)
                | BytesBack -> "answer", quoted "bytes"
                | UnknownBack -> "answer", quoted "unknown"
                "status", string endpoint.Status
                if not endpoint.IsSigned then
                    "signed", "false"
                if not endpoint.Echo.IsEmpty then
                    "echo", listed endpoint.Echo
                if not endpoint.EchoIfPresent.IsEmpty then
                    "echo-if-present", listed endpoint.EchoIfPresent
                match endpoint.Paging with
                | Some paging -> "page", quoted (pageText paging)
                | None -> ()
            ]

    let private eventText (webhook: Webhook) (eventType: string) =
        objectOf
            [
                "case", quoted webhook.Case
                "type", quoted eventType
                match webhook.OriginalType with
                | Some kind -> "kind", quoted kind
                | None -> ()
                "shape", quoted (keyText webhook.Shape)
                if not webhook.Proves.IsEmpty then
                    "proves", objectOf [ for path, texts in webhook.Proves -> path, quoted texts.Head ]
            ]

    let private lines (items: string list) = "\n" + String.Join(",\n", items) + "\n"

    /// The file.
    let write (catalogue: Catalogue) =
        let families = catalogue.Description.Families
        let text = StringBuilder()
        let add (part: string) = text.Append part |> ignore
        let endpoints = families |> List.collect _.Endpoints

        let named (entries: (SchemaKey * string) list) =
            entries
            |> List.map (fun (key, value) -> quoted (keyText key) + ":" + value)
            |> lines

        add "{\n\"written\":\"by src/Generator from api/\",\n\"endpoints\":["
        endpoints |> List.map endpointText |> lines |> add
        add "],\n\"events\":["

        [
            for webhook in families |> List.collect _.Webhooks do
                for eventType in webhook.EventTypes -> eventText webhook eventType
        ]
        |> lines
        |> add

        add "],\n\"shapes\":{"

        families
        |> List.collect _.Shapes
        |> List.map (fun shape -> shape.Key, shapeText shape)
        |> named
        |> add

        add "},\n\"enums\":{"

        families
        |> List.collect _.Enums
        |> List.map (fun known -> known.Key, listed (known.Texts |> List.map fst))
        |> named
        |> add

        add "}\n}\n"
        text.ToString()
