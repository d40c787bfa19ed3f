namespace WeChatPay.Generator

open System
open System.Globalization

/// Writes the table that tells the shapes of each event type apart, in F#.
[<RequireQualifiedAccess>]
module EventTableSource =
    let private camel (text: string) =
        string (Char.ToLowerInvariant text[0]) + text.Substring 1

    /// The condition that a text says something else than these; outside the evidence it may be absent. Or that it says one of these, where they are denied.
    let private leaf isDenied (path: EvidencePath) subject (texts: string list) =
        let value = subject + "." + EventSource.property path.Shape path.Field

        let text =
            match path.Field.Type with
            | EnumOf _ when path.IsEvidence -> value + ".Value"
            | EnumOf _ -> "(if " + value + ".HasValue then " + value + ".Value.Value else null)"
            | _ -> value

        let says =
            texts
            |> List.map (fun expected -> "Recognition.says \"" + expected + "\" " + text)
            |> String.concat " || "

        if isDenied then says
        elif path.IsEvidence then "not (" + says + ")"
        else "not (isNull " + text + " || " + says + ")"

    let rec private along isDenied (path: EvidencePath) subject depth (steps: EvidenceStep list) texts =
        let inner = "part" + (if depth = 0 then "" else string depth)

        let over how owner field rest =
            subject
            + "."
            + EventSource.property owner field
            + " |> Seq."
            + how
            + " (fun "
            + inner
            + " -> "
            + along isDenied path inner (depth + 1) rest texts
            + ")"

        match steps with
        | [] -> leaf isDenied path subject texts
        | Into(owner, field) :: rest when owner.Evidence.Contains field.Wire ->
            along isDenied path (subject + "." + EventSource.property owner field) depth rest texts
        | Into(owner, field) :: rest ->
            "(match "
            + subject
            + "."
            + EventSource.property owner field
            + " with null -> false | "
            + inner
            + " -> "
            + along isDenied path inner (depth + 1) rest texts
            + ")"
        | IntoEach(owner, field) :: rest -> over "exists" owner field rest
        | IntoAny(owner, field) :: rest -> over "forall" owner field rest

    let private contradiction (catalogue: Catalogue) (webhook: Webhook) isDenied (path: string, texts) =
        let found = EvidencePath.resolve catalogue.Shapes webhook path

        "        | resource when "
        + along isDenied found "resource" 0 found.Steps texts
        + " -> Recognition.contradicted \"$."
        + path.Replace("[any]", "[]", StringComparison.Ordinal)
        + "\""

    let private readCase catalogue (webhook: Webhook) =
        [
            "    let private " + camel webhook.Case + " (document: WireDocument) ="
            "        let _, resource, error, anomalies = "
            + webhook.Shape.Name
            + ".TryRead document"
            ""
            "        match resource with"
            "        | null -> Recognition.unread error"
            yield! webhook.Proves |> List.map (contradiction catalogue webhook false)
            yield! webhook.DeniedBy |> List.map (contradiction catalogue webhook true)
            "        | resource -> Recognition.proven (WeChatPayEvent."
            + webhook.Case
            + " resource) anomalies"
            ""
        ]

    let private mask (names: string list) (fields: string list) =
        let bits =
            fields |> List.sumBy (fun field -> 1u <<< List.findIndex ((=) field) names)

        "0x" + bits.ToString("x", CultureInfo.InvariantCulture) + "u"

    let private namesOf (webhooks: Webhook list) =
        webhooks
        |> List.collect (fun webhook -> webhook.Has @ webhook.HasAny @ webhook.Lacks)
        |> List.distinct

    /// A shape that asks for something is looked at before one that asks for nothing.
    let private bySpecificity (webhooks: Webhook list) =
        webhooks
        |> List.sortBy (fun webhook -> webhook.Has.IsEmpty && webhook.HasAny.IsEmpty)

    let private choose names (webhooks: Webhook list) =
        [
            for index, webhook in List.indexed (bySpecificity webhooks) do
                let word = if index = 0 then "if" else "elif"

                "            "
                + word
                + " Recognition.fits present "
                + mask names webhook.Has
                + " "
                + mask names webhook.HasAny
                + " "
                + mask names webhook.Lacks
                + " then "
                + camel webhook.Case
                + " document"
            "            else Recognition.foreign"
        ]

    let private arrayName (eventType: string) = Names.camel eventType + "Fields"

    /// Which case a resource of an event type proves.
    let write (catalogue: Catalogue) (webhooks: Webhook list) =
        let types =
            [
                for eventType in webhooks |> List.collect _.EventTypes |> List.distinct do
                    eventType,
                    webhooks
                    |> List.filter (fun webhook -> List.contains eventType webhook.EventTypes)
            ]

        let arrays =
            types
            |> List.map (fun (eventType, own) -> namesOf own, eventType)
            |> List.filter (fun (names, _) -> not names.IsEmpty)
            |> List.distinctBy fst

        EventSource.start
            [
                "open WeChatPay"
                "open WeChatPay.Wire"
                ""
                "/// The shapes that notifications come in: those of one event type are told apart by the outermost fields that are present, one bit each."
                "[<RequireQualifiedAccess>]"
                "module internal EventTable ="
                "    let private noFields: byte array array = [||]"
                ""
                for names, eventType in arrays do
                    "    let private " + arrayName eventType + " ="
                    "        [|"

                    for name in names do
                        "            \"" + name + "\"B"

                    "        |]"
                    ""
                for webhook in webhooks do
                    yield! readCase catalogue webhook
                "    /// The place of an event type in the table; -1 for one that this version has no case for."
                "    let placeOf (eventType: string) ="
                "        match eventType with"
                for place, (eventType, _) in List.indexed types do
                    "        | \"" + eventType + "\" -> " + string place
                "        | _ -> -1"
                ""
                "    /// The outermost fields to look for while a resource of this place's event type is checked, the lowest bit for the first."
                "    let namesOf (place: int) ="
                "        match place with"
                for place, (_, own) in List.indexed types do
                    match arrays |> List.tryFind (fun (names, _) -> names = namesOf own) with
                    | Some(_, first) -> "        | " + string place + " -> " + arrayName first
                    | None -> ()
                "        | _ -> noFields"
                ""
                "    /// The case that a resource of this place's event type proves, or `Unrecognized`; an error only where evidence is of the wrong type."
                "    let recognise (place: int) (present: uint32) (document: WireDocument) ="
                "        match place with"
                for place, (eventType, own) in List.indexed types do
                    match own, namesOf own with
                    | [ webhook ], [] -> "        | " + string place + " -> " + camel webhook.Case + " document"
                    | _, names ->
                        "        // " + eventType
                        "        | " + string place + " ->"
                        yield! choose names own
                "        | _ -> Recognition.unrecognised \"This version has no case for the event type.\""
                ""
            ]
