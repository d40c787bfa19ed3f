namespace WeChatPay.Generator

open System
open System.Text

/// Writes docs/events.md: every notification, its case, what proves it, and what an effect must happen once for.
[<RequireQualifiedAccess>]
module EventPage =
    let private code (text: string) = "`" + text + "`"

    let private listed (texts: string list) =
        String.Join(", ", texts |> List.map code)

    /// The evidence of a shape and of its parts, as paths.
    let rec private evidence (catalogue: Catalogue) prefix (shape: Shape) : string list =
        shape.Fields
        |> List.filter (fun field -> shape.Evidence.Contains field.Wire)
        |> List.collect (fun field ->
            let inner within key =
                match evidence catalogue (prefix + field.Wire + within) catalogue.Shapes[key] with
                | [] -> [ prefix + field.Wire ]
                | parts -> parts

            match field.Type with
            | ShapeOf key -> inner "." key
            | ListOf(ShapeOf key) -> inner "[]." key
            | _ -> [ prefix + field.Wire ])

    let private orOf (texts: string list) =
        String.Join(" or ", texts |> List.map code)

    let private proven catalogue (webhook: Webhook) =
        let always = evidence catalogue "" catalogue.Shapes[webhook.Shape]

        [
            for path in always do
                match webhook.Proves |> List.tryFind (fun (name, _) -> name = path) with
                | Some(_, texts) -> code path + " = " + orOf texts
                | None -> code path
            for path, texts in webhook.Proves do
                if path.Contains("[any]", StringComparison.Ordinal) then
                    code (path.Replace("[any]", "[]", StringComparison.Ordinal))
                    + " = "
                    + orOf texts
                    + " at least once"
                elif not (List.contains path always) then
                    code path + " = " + orOf texts + " if it is there"
            for path, texts in webhook.DeniedBy do
                code path + " not " + orOf texts
        ]

    let private apart (webhook: Webhook) =
        [
            if not webhook.Has.IsEmpty then
                "has " + listed webhook.Has
            if not webhook.HasAny.IsEmpty then
                "has one of " + listed webhook.HasAny
            if not webhook.Lacks.IsEmpty then
                "lacks " + listed webhook.Lacks
        ]
        |> String.concat "; "

    let private key (webhook: Webhook) =
        match webhook.KeyPrefix with
        | None -> "the notification's `id`"
        | Some prefix ->
            code (
                prefix
                + ":"
                + String.Join(":", webhook.KeyFields |> List.map (fun field -> "{" + field + "}"))
            )

    /// The page.
    let write (catalogue: Catalogue) =
        let families = catalogue.Description.Families
        let webhooks = families |> List.collect _.Webhooks
        let undescribed = families |> List.collect _.Undescribed
        let types = webhooks |> List.collect _.EventTypes |> List.distinct |> List.sort
        let text = StringBuilder()

        let line (words: string) =
            text.Append(words).Append('\n') |> ignore

        line "<!-- Written by src/Generator from the webhooks of api/: edit those, then run it. -->"
        line ""
        line "# Notifications"
        line ""

        line (
            string types.Length
            + " event types have "
            + string webhooks.Length
            + " cases of `WeChatPayEvent`; "
            + string undescribed.Length
            + " more, and those of tomorrow, arrive as `Unrecognized` with their plain bytes."
        )

        line ""

        line
            "A resource is the case whose *evidence* it has: every field named there is present, of its type, and says what is named. Where it is absent or says something else, the notification is `Unrecognized`; where it is of the wrong type, `malformed_resource`. All other fields may be missing or odd. Where an event type comes in several shapes, the outermost fields that are present tell them apart."

        line ""

        line
            "*Once for* is `DecodedEvent.IdempotencyKey`: the same for every notification of the same effect. The notification's own `id` stands in where a resource has no number of its own for it, or lacks the last part."

        for eventType in types do
            let own =
                webhooks
                |> List.filter (fun webhook -> List.contains eventType webhook.EventTypes)

            line ""
            line ("## " + eventType)

            for webhook in own do
                line ""
                line ("**`" + webhook.Case + "`**: " + webhook.Summary)
                line ""
                line "| | |"
                line "|---|---|"

                line (
                    "| field | `"
                    + Names.pascal webhook.Field
                    + "`, a `"
                    + webhook.Shape.Name
                    + "` |"
                )

                line ("| who | " + String.Join(", ", webhook.Kinds |> List.map Kind.name) + " |")
                line ("| evidence | " + String.Join(", ", proven catalogue webhook) + " |")

                if own.Length > 1 then
                    line ("| told apart | " + apart webhook + " |")

                line ("| once for | " + key webhook + " |")
                line ("| attested | " + webhook.Sources + " |")

        line ""
        line "## Without a case"
        line ""
        line "Nobody has described what their resources hold."
        line ""
        line "| event type | what it is about |"
        line "|---|---|"

        for eventType, about in List.sort undescribed do
            line ("| `" + eventType + "` | " + about + " |")

        text.ToString()
