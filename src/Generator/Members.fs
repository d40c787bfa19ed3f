namespace WeChatPay.Generator

open System

/// What the writers of code ask about the description.
[<NoComparison; ReferenceEquality>]
type Catalogue =
    {
        Description: Description
        Shapes: Map<SchemaKey, Shape>
        Enums: Map<SchemaKey, OpenEnum>
        Namespaces: Map<string, string>
        /// Shapes that answers and notifications carry.
        Answered: Set<SchemaKey>
        /// Shapes that are a whole answer.
        Whole: Set<SchemaKey>
        /// Shapes that hold a sealed text, themselves or in a part.
        Sealing: Set<SchemaKey>
        /// What each shape is for, where its description does not say.
        Uses: Map<SchemaKey, string>
    }

/// Types, names and documentation of members.
[<RequireQualifiedAccess>]
module Members =
    let private taken =
        set
            [
                "Extra"
                "Read"
                "TryRead"
                "WriteTo"
                "Equals"
                "GetHashCode"
                "GetType"
                "ToString"
                "MemberwiseClone"
                "Finalize"
            ]

    /// A field's property in a class.
    let property (className: string) (field: Field) =
        let name = Names.pascal field.Wire

        if name = className || taken.Contains name then
            name + "Value"
        else
            name

    /// A field's local variable.
    let local (field: Field) =
        match Names.camel field.Wire with
        | "extra"
        | "reader"
        | "value"
        | "opener" as name -> name + "Value"
        | name -> name

    /// A type's full name, for where a member of the class has its short one.
    let qualified (catalogue: Catalogue) (key: SchemaKey) =
        catalogue.Namespaces[key.File] + "." + key.Name

    /// A type's name as a file of another namespace writes it: short where the namespaces enclose each other.
    let relative (here: string) (home: string) (name: string) =
        if here = home || here.StartsWith(home + ".") then
            name
        else
            home.Replace("WeChatPay.", "", StringComparison.Ordinal) + "." + name

    /// A type's name within the namespace of a file.
    let name (catalogue: Catalogue) (from: string) (key: SchemaKey) =
        relative catalogue.Namespaces[from] catalogue.Namespaces[key.File] key.Name

    /// The C# type of a value, without the question mark of absence.
    let rec typeOf catalogue from (field: Field) (kind: FieldType) : string =
        match kind with
        | Text -> if field.IsSensitive then "SensitiveText" else "string"
        | Integer -> "long"
        | Fraction -> "double"
        | Bool -> "bool"
        | Moment -> "DateTimeOffset"
        | Day -> "DateOnly"
        | AnyJson -> "JsonElement"
        | EnumOf key
        | ShapeOf key -> name catalogue from key
        | ListOf inner -> "IReadOnlyList<" + typeOf catalogue from field inner + ">"
        | JsonIn inner -> typeOf catalogue from field inner

    let private ends (sentence: string) = sentence.TrimEnd().TrimEnd '.'

    /// What a field means, in one sentence.
    let describe (catalogue: Catalogue) (field: Field) =
        let meaning =
            field.Description
            |> Option.orElse (catalogue.Description.Glossary.TryFind field.Wire)
            |> Option.defaultValue ("`" + field.Wire + "`: " + Names.spoken field.Wire + ".")

        let facts =
            [
                match field.Unit with
                | Some unit when not (meaning.Contains unit) -> "in " + unit
                | _ -> ()
                match field.MaxLength with
                | Some length when not (meaning.Contains(string length)) -> "at most " + string length + " characters"
                | _ -> ()
                if not field.KnownIntegers.IsEmpty then
                    "one of " + String.Join(", ", field.KnownIntegers)
                match field.Format with
                | Some format when not (meaning.Contains format) -> "in the form `" + format + "`"
                | _ -> ()
                if field.Filling.IsSome && not (meaning.Contains "unless set") then
                    "the caller's unless set"
            ]

        if facts.IsEmpty then
            meaning
        else
            ends meaning + "; " + String.Join("; ", facts) + "."

    /// What the options or the uploaded file fill in, as `WireDefault` names it.
    let filling source =
        match source with
        | MerchantId -> "WireDefault.MerchantId"
        | Appid -> "WireDefault.Appid"
        | BrandId -> "WireDefault.BrandId"
        | FileName -> "WireDefault.FileName"
        | FileSha256 -> "WireDefault.FileSha256"

    let rec private partsOf kind =
        match kind with
        | ShapeOf key -> [ key ]
        | ListOf inner
        | JsonIn inner -> partsOf inner
        | _ -> []

    let private closure (shapes: Map<SchemaKey, Shape>) (roots: SchemaKey list) =
        let rec go found key =
            if Set.contains key found then
                found
            else
                shapes[key].Fields
                |> List.collect (fun field -> partsOf field.Type)
                |> List.fold go (Set.add key found)

        List.fold go Set.empty roots

    let private sealing (shapes: Map<SchemaKey, Shape>) =
        shapes
        |> Map.filter (fun key _ ->
            closure shapes [ key ]
            |> Set.exists (fun part -> shapes[part].Fields |> List.exists _.IsSensitive))
        |> Map.toList
        |> List.map fst
        |> set

    let private uses (shapes: Map<SchemaKey, Shape>) (description: Description) =
        let classes =
            [
                for family in description.Families do
                    for service in family.Services -> service.Name, service.Class
            ]
            |> Map.ofList

        let top =
            [
                for family in description.Families do
                    for endpoint in family.Endpoints do
                        let call =
                            "`"
                            + defaultArg (classes.TryFind endpoint.Service) ""
                            + "."
                            + Names.pascal endpoint.Name
                            + "`"

                        match endpoint.Body with
                        | JsonBody kind -> yield! partsOf kind |> List.map (fun key -> key, "What " + call + " asks.")
                        | FileBody(key, _) -> key, "What is said of a file that is uploaded."
                        | NoBody -> ()

                        match endpoint.Answer with
                        | JsonBack kind ->
                            yield! partsOf kind |> List.map (fun key -> key, "What " + call + " answers.")
                        | _ -> ()
            ]

        let parts =
            [
                for KeyValue(key, shape) in shapes do
                    for field in shape.Fields do
                        for part in partsOf field.Type do
                            part, "`" + field.Wire + "` of `" + key.Name + "`."
            ]

        // The first use counts, a call's before a part's.
        List.rev (top @ parts) |> Map.ofList

    /// All that is asked about a description.
    let catalogue (description: Description) : Catalogue =
        let shapes =
            [
                for family in description.Families do
                    for shape in family.Shapes -> shape.Key, shape
            ]
            |> Map.ofList

        let answered =
            [
                for family in description.Families do
                    for endpoint in family.Endpoints do
                        match endpoint.Answer with
                        | JsonBack kind -> yield! partsOf kind
                        | _ -> ()

                    if family.IsContract then
                        yield! family.Shapes |> List.map _.Key
            ]

        {
            Description = description
            Shapes = shapes
            Enums =
                [
                    for family in description.Families do
                        for known in family.Enums -> known.Key, known
                ]
                |> Map.ofList
            Namespaces =
                [ for family in description.Families -> family.File, family.Namespace ]
                |> Map.ofList
            Answered = closure shapes answered
            Whole = set answered
            Sealing = sealing shapes
            Uses = uses shapes description
        }
