namespace WeChatPay.Generator

open System
open System.Collections.Generic
open Microsoft.OpenApi

/// Reads schemas: shapes, open enumerations, the types of fields.
[<RequireQualifiedAccess>]
module SchemaReader =
    [<Literal>]
    let private SchemaPointer = "#/components/schemas/"

    /// The kinds that `x-modes` names.
    let kindsOf (problems: Problems) file pointer (names: string list) =
        names
        |> List.choose (fun name ->
            let kind = Kind.tryOf name

            if kind.IsNone then
                problems.Add file pointer ("x-modes has no kind of merchant '" + name + "'")

            kind)

    let private fillingOf (problems: Problems) file pointer (text: string option) =
        let filling = text |> Option.bind Filling.tryOf

        match text with
        | Some name when filling.IsNone -> problems.Add file pointer ("x-default has no source '" + name + "'")
        | _ -> ()

        filling

    /// A reference as it stands in the file.
    let keyOf (file: string) (reference: string) =
        match reference.IndexOf SchemaPointer with
        | -1 -> None
        | at ->
            let home = if at = 0 then file else reference.Substring(0, at)

            Some
                {
                    File = home
                    Name = reference.Substring(at + SchemaPointer.Length)
                }

    let private keyOfReference file (reference: OpenApiSchemaReference) =
        {
            File =
                defaultArg (Option.ofObj reference.Reference.ExternalResource) ""
                |> (fun home -> if home = "" then file else home)
            Name = defaultArg (Option.ofObj reference.Reference.Id) ""
        }

    let private isKind (kind: JsonSchemaType) (schema: IOpenApiSchema) =
        schema.Type.HasValue && schema.Type.Value.HasFlag kind

    /// The type of a value; `enums` tells which named schemas are enumerations.
    let rec typeOf (problems: Problems) (isEnum: SchemaKey -> bool) file pointer (schema: IOpenApiSchema) : FieldType =
        match schema with
        | :? OpenApiSchemaReference as reference ->
            let key = keyOfReference file reference
            if isEnum key then EnumOf key else ShapeOf key
        | _ ->
            match Node.extension "x-json" schema.Extensions with
            | Some inner -> JsonIn(jsonType problems isEnum file pointer inner)
            | None ->
                if isKind JsonSchemaType.Array schema then
                    match schema.Items with
                    | null ->
                        problems.Add file pointer "an array needs items"
                        ListOf AnyJson
                    | items -> ListOf(typeOf problems isEnum file (pointer + "/items") items)
                elif isKind JsonSchemaType.Integer schema then
                    Integer
                elif isKind JsonSchemaType.Number schema then
                    Fraction
                elif isKind JsonSchemaType.Boolean schema then
                    Bool
                elif isKind JsonSchemaType.String schema then
                    match schema.Format with
                    | "date-time" -> Moment
                    | "date" -> Day
                    | _ -> Text
                elif isKind JsonSchemaType.Object schema then
                    problems.Add file pointer "an object needs a name: put it under components/schemas and refer to it"
                    AnyJson
                else
                    AnyJson

    /// What `x-json` says is inside a text: a reference, or a list.
    and private jsonType problems isEnum file pointer node : FieldType =
        match Node.member' "$ref" node |> Option.bind Node.text with
        | Some reference ->
            match keyOf file reference with
            | Some key -> ShapeOf key
            | None ->
                problems.Add file (pointer + "/x-json") "the reference leads nowhere"
                AnyJson
        | None ->
            match Node.member' "type" node |> Option.bind Node.text, Node.member' "items" node with
            | Some "array", Some items -> ListOf(jsonType problems isEnum file pointer items)
            | Some "string", _ -> Text
            | _ -> AnyJson

    /// A field or a parameter by its schema; `extensions` are those beside the schema.
    let fieldOf
        problems
        isEnum
        file
        pointer
        (wire: string)
        (schema: IOpenApiSchema)
        (extensions: IDictionary<string, IOpenApiExtension>)
        : Field =
        let isReference = schema :? OpenApiSchemaReference
        // A reference shows what it refers to; only its description is its own.
        let own = if isReference then null else schema.Extensions

        let textOf name =
            Node.textOf name extensions |> Option.orElse (Node.textOf name own)

        let description =
            match schema with
            | :? OpenApiSchemaReference as reference -> Option.ofObj reference.Reference.Description
            | _ -> Option.ofObj schema.Description

        {
            Wire = wire
            Type = typeOf problems isEnum file pointer schema
            Description = description
            IsSensitive = textOf "x-sensitive" = Some "true"
            Unit = textOf "x-unit"
            Filling = fillingOf problems file pointer (textOf "x-default")
            Kinds =
                match Node.textsOf "x-modes" extensions @ Node.textsOf "x-modes" own with
                | [] -> None
                | names -> Some(Set.ofList (kindsOf problems file pointer names))
            IsOneOrMany = textOf "x-one-or-many" = Some "true"
            MaxLength =
                if isReference || not schema.MaxLength.HasValue then
                    None
                else
                    Some schema.MaxLength.Value
            KnownIntegers =
                match (if isReference then null else schema.Enum) with
                | null -> []
                | values when isKind JsonSchemaType.Integer schema ->
                    values |> Seq.choose Option.ofObj |> Seq.choose Node.text |> List.ofSeq
                | _ -> []
            Format = textOf "x-format"
        }

    /// Whether a named schema is an open enumeration.
    let isEnumeration (schema: IOpenApiSchema) =
        isKind JsonSchemaType.String schema
        && (match schema.Enum with
            | null -> false
            | values -> values.Count > 0)

    /// A named object.
    let shapeOf problems isEnum file (name: string) (schema: IOpenApiSchema) : Shape =
        let pointer = SchemaPointer + name

        let fields =
            match schema.Properties with
            | null -> []
            | properties ->
                [
                    for KeyValue(wire, field) in properties do
                        fieldOf problems isEnum file (pointer + "/properties/" + wire) wire field null
                ]

        {
            Key = { File = file; Name = name }
            Description = Option.ofObj schema.Description
            Required =
                match schema.Required with
                | null -> Set.empty
                | required -> Set.ofSeq required
            Evidence = Set.ofList (Node.textsOf "x-evidence" schema.Extensions)
            Fields = fields
        }

    /// A named enumeration.
    let enumOf file (name: string) (schema: IOpenApiSchema) : OpenEnum =
        let meanings = Node.textsOf "x-enum-descriptions" schema.Extensions

        let texts =
            match schema.Enum with
            | null -> []
            | values -> values |> Seq.choose Option.ofObj |> Seq.choose Node.text |> List.ofSeq

        {
            Key = { File = file; Name = name }
            Description = Option.ofObj schema.Description
            Texts = texts |> List.mapi (fun index text -> text, List.tryItem index meanings)
        }
