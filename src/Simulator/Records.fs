namespace WeChatPay.Simulator

open System
open System.Text.Json
open System.Text.Json.Nodes

/// Things that calls made or changed, each under every number that names it. Immutable: every change gives a new one.
[<NoComparison; ReferenceEquality>]
type internal Records =
    {
        /// By service, the number's name, and the number. Nobody changes what is in it.
        Things: Map<struct (string * string * string), JsonObject>
        /// The numbers' names, by service, of which some are known to be taken, so that others are not.
        Taken: Set<struct (string * string)>
    }

/// Which numbers name a thing, and what is known under them.
[<RequireQualifiedAccess>]
module internal Records =
    let empty =
        {
            Things = Map.empty
            Taken = Set.empty
        }

    /// Names of numbers that say who or what kind, not which thing.
    let private others =
        [
            "mchid"
            "mch_id"
            "merchant_id"
            "appid"
            "app_id"
            "openid"
            "open_id"
            "unionid"
            "brand_id"
            "scene_id"
            "serial_no"
            "certificate_no"
            "template_id"
            "card_no"
            "account_no"
        ]

    /// Whether a field's name is that of a number which names one thing, such as `out_bill_no`.
    let isNumber (name: string) =
        (name = "id"
         || name.EndsWith("_no", StringComparison.Ordinal)
         || name.EndsWith("_id", StringComparison.Ordinal)
         || name.EndsWith("coupon_code", StringComparison.Ordinal)
         || name.EndsWith("business_code", StringComparison.Ordinal))
        && not (List.exists (fun (other: string) -> name.EndsWith(other, StringComparison.Ordinal)) others)

    /// A merchant's own number; the platform's numbers are in its answers.
    let isOwnNumber (name: string) =
        isNumber name && name.Contains("out_", StringComparison.Ordinal)

    let private textOf (node: JsonNode | null) =
        match node with
        | :? JsonValue as value ->
            match value.GetValueKind() with
            | JsonValueKind.String
            | JsonValueKind.Number -> ValueSome(value.ToString())
            | _ -> ValueNone
        | _ -> ValueNone

    /// The numbers of an object, by name.
    let numbersOf (thing: JsonObject) =
        [
            for pair in thing do
                if isNumber pair.Key then
                    match textOf pair.Value with
                    | ValueSome text when text <> "" -> pair.Key, text
                    | _ -> ()
        ]

    /// What is known under a number.
    let tryFind service (name: string, number: string) (records: Records) =
        records.Things.TryFind(struct (service, name, number))

    /// Whether other numbers of that name are known to be taken.
    let isTaken service name (records: Records) =
        records.Taken.Contains(struct (service, name))

    /// One object over another: its fields win.
    let over (below: JsonObject) (above: JsonObject) =
        let merged = below.DeepClone() :?> JsonObject

        for pair in above do
            merged[pair.Key] <-
                match pair.Value with
                | null -> null
                | node -> node.DeepClone()

        merged

    let private partsOf (thing: JsonObject) =
        [
            for pair in thing do
                match pair.Value with
                | :? JsonArray as items ->
                    for item in items do
                        match item with
                        | :? JsonObject as part -> part
                        | _ -> ()
                | _ -> ()
        ]

    let private put service (thing: JsonObject) records number =
        let name, value = number
        let key = struct (service, name, value)

        let known =
            match records.Things.TryFind key with
            | Some known -> over known thing
            | None -> thing

        { records with
            Things = records.Things.Add(key, known)
        }

    /// Remembers a thing under numbers, and the parts of its lists under their own.
    let remember service (numbers: (string * string) list) (taken: string list) (thing: JsonObject) records =
        let whole = numbers |> List.fold (put service thing) records

        let withParts =
            partsOf thing
            |> List.fold (fun records part -> numbersOf part |> List.fold (put service part) records) whole

        let names =
            taken
            @ (partsOf thing
               |> List.collect numbersOf
               |> List.map fst
               |> List.filter isOwnNumber)

        { withParts with
            Taken =
                names
                |> List.fold (fun taken name -> taken.Add(struct (service, name))) withParts.Taken
        }

    /// Forgets what is known under a number; that numbers of its name are taken stays known.
    let forget service (name: string, number: string) (records: Records) =
        match tryFind service (name, number) records with
        | None -> records
        | Some gone ->
            let isGone (key: struct (string * string * string)) thing =
                let struct (home, _, _) = key
                home = service && JsonNode.DeepEquals(thing, gone)

            { records with
                Things =
                    records.Things
                    |> Map.filter (fun key thing -> not (isGone key thing))
                    |> Map.remove (struct (service, name, number))
            }
