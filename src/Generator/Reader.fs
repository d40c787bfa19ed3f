namespace WeChatPay.Generator

open System
open System.IO
open Microsoft.OpenApi
open Microsoft.OpenApi.Reader

/// Reads `api/` with a standard OpenAPI reader.
[<RequireQualifiedAccess>]
module Reader =
    let private load (problems: Problems) (path: string) : OpenApiDocument option =
        let settings = OpenApiReaderSettings()
        settings.AddYamlReader()
        let file = nonNull (Path.GetFileName path)
        use stream = new MemoryStream(File.ReadAllBytes path)
        let result = OpenApiDocument.Load(stream, "yaml", settings)

        match result.Diagnostic with
        | null -> ()
        | diagnostic ->
            for error in Seq.append diagnostic.Errors diagnostic.Warnings do
                problems.Add file (defaultArg (Option.ofObj error.Pointer) "#") error.Message

        match result.Document with
        | null ->
            problems.Add file "#" "is not an OpenAPI document"
            None
        | document -> Some document

    let private schemasOf (document: OpenApiDocument) =
        match document.Components with
        | null -> []
        | components ->
            match components.Schemas with
            | null -> []
            | schemas -> [ for KeyValue(name, schema) in schemas -> name, schema ]

    let private servicesOf (document: OpenApiDocument) : Service list =
        match document.Tags with
        | null -> []
        | tags ->
            [
                for tag in tags do
                    let name = defaultArg (Option.ofObj tag.Name) ""

                    let classOf =
                        Node.textOf "x-class" tag.Extensions |> Option.defaultValue (Names.pascal name)

                    {
                        Name = name
                        Class = classOf
                        Property = Node.textOf "x-property" tag.Extensions |> Option.defaultValue classOf
                        Summary = defaultArg (Option.ofObj tag.Description) ""
                    }
            ]

    let private familyOf problems isEnum (file: string, document: OpenApiDocument) : Family =
        let shapes, enums =
            schemasOf document
            |> List.partition (fun (_, schema) -> not (SchemaReader.isEnumeration schema))

        {
            File = file
            Namespace =
                match Node.textOf "x-namespace" document.Extensions with
                | Some name -> name
                | None ->
                    (problems: Problems).Add file "#" "x-namespace names the C# namespace"
                    ""
            IsContract = Node.textOf "x-assembly" document.Extensions = Some "Contracts"
            Services = servicesOf document
            Shapes =
                shapes
                |> List.map (fun (name, schema) -> SchemaReader.shapeOf problems isEnum file name schema)
            Enums = enums |> List.map (fun (name, schema) -> SchemaReader.enumOf file name schema)
            Endpoints = PathReader.endpointsOf problems isEnum file document
            Webhooks = PathReader.webhooksOf problems isEnum file document
            Undescribed = PathReader.undescribedOf document
            Bills = BillsReader.read document
        }

    /// A flat list of `name: sentence`; YAML's quoting is undone.
    let private glossaryOf (problems: Problems) (path: string) =
        let unquote (text: string) =
            if text.Length >= 2 && text[0] = '\'' && text[text.Length - 1] = '\'' then
                text.Substring(1, text.Length - 2).Replace("''", "'", StringComparison.Ordinal)
            else
                text

        [
            for index, line in File.ReadAllLines path |> Seq.indexed do
                if line <> "" && not (line.StartsWith '#') then
                    match line.IndexOf(": ", StringComparison.Ordinal) with
                    | -1 -> problems.Add "glossary.yaml" ("line " + string (index + 1)) "is not `name: sentence`"
                    | at -> unquote (line.Substring(0, at)), unquote (line.Substring(at + 2))
        ]
        |> Map.ofList

    /// The whole description, as far as it can be read; what cannot is in the problems.
    let read (problems: Problems) (folder: string) : Description =
        let documents =
            Directory.GetFiles(folder, "*.yaml")
            |> Array.filter (fun path -> Path.GetFileName path <> "glossary.yaml")
            |> Array.sortWith (fun one other -> String.CompareOrdinal(one, other))
            |> Array.choose (fun path ->
                load problems path
                |> Option.map (fun document -> nonNull (Path.GetFileName path), document))
            |> List.ofArray

        let enums =
            set
                [
                    for file, document in documents do
                        for name, schema in schemasOf document do
                            if SchemaReader.isEnumeration schema then
                                { File = file; Name = name }
                ]

        {
            Families = documents |> List.map (familyOf problems enums.Contains)
            Glossary = glossaryOf problems (Path.Combine(folder, "glossary.yaml"))
        }
