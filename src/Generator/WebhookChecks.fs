namespace WeChatPay.Generator

/// Finds what does not hold together in the notifications: fields that a resource has not, evidence that proves nothing, two shapes that one resource could be.
[<RequireQualifiedAccess>]
module WebhookChecks =
    /// As many names as there are bits to mark them with.
    [<Literal>]
    let private NamesLimit = 32

    let private checkDiscriminators (problems: Problems) file (shape: Shape) (webhook: Webhook) =
        let problem reason =
            problems.Add file webhook.Pointer reason

        let fields = shape.Fields |> List.map _.Wire |> set

        for name in webhook.Has do
            if not (shape.Evidence.Contains name) then
                problem ("x-has: " + name + " is no evidence of " + shape.Key.Name)

        if
            not webhook.HasAny.IsEmpty
            && not (webhook.HasAny |> List.exists shape.Evidence.Contains)
        then
            problem ("x-has-any: none is evidence of " + shape.Key.Name)

        for name in webhook.Lacks do
            if fields.Contains name then
                problem ("x-lacks: " + shape.Key.Name + " has " + name)

    let private isText (field: Field) =
        match field.Type with
        | Text
        | EnumOf _ -> true
        | _ -> false

    let private checkPaths (problems: Problems) file shapes (shape: Shape) (webhook: Webhook) =
        let problem reason =
            problems.Add file webhook.Pointer reason

        let resolve path =
            EvidencePath.tryResolve shapes shape path

        for path, texts in webhook.Proves @ webhook.DeniedBy do
            match resolve path with
            | Some found when isText found.Field && not texts.IsEmpty -> ()
            | _ -> problem (path + " is no text that could say something")

        let isEvidence step =
            match step with
            | Into(shape, field) -> shape.Evidence.Contains field.Wire
            | IntoEach _
            | IntoAny _ -> false

        for index, path in List.indexed webhook.KeyFields do
            match resolve path with
            | Some({
                       Field = { Type = Text | Integer | EnumOf _ }
                   } as found) when found.IsEvidence && List.forall isEvidence found.Steps -> ()
            // The last part may be absent: then the notification's own number is the key.
            | Some {
                       Steps = []
                       Field = { Type = Text | Moment }
                   } when index = webhook.KeyFields.Length - 1 && index > 0 -> ()
            | _ -> problem ("x-business-key: " + path + " is no evidence of " + shape.Key.Name)

    let private checkTold (problems: Problems) (family: Family) (webhook: Webhook) =
        let problem reason =
            problems.Add family.File webhook.Pointer reason

        if webhook.Case <> Names.pascal webhook.Case then
            problem "operationId is the case, in Pascal case"

        if webhook.Summary = "" then
            problem "summary says what happened"

        if webhook.EventTypes.IsEmpty then
            problem "x-event-types says which notification it comes in"

        if webhook.Field = "" then
            problem "x-field names the case's field"

        if webhook.Kinds.IsEmpty then
            problem "x-modes says who gets it"

        if webhook.Sources = "" then
            problem "x-sources says how well it is attested"

    /// Whether some resource of one notification's shape would be taken for the other: the fullest that has nothing which the other must lack.
    let private mayBeTakenFor (shapes: Map<SchemaKey, Shape>) (one: Webhook) (other: Webhook) =
        let shape = shapes[one.Shape]

        let possible =
            Set.difference (shape.Fields |> List.map _.Wire |> set) (set other.Lacks)

        Set.intersect shape.Evidence (set other.Lacks) |> Set.isEmpty
        && other.Has |> List.forall possible.Contains
        && (other.HasAny.IsEmpty || other.HasAny |> List.exists possible.Contains)

    let private checkTogether (problems: Problems) shapes (webhooks: (string * Webhook) list) =
        for case, same in webhooks |> List.groupBy (fun (_, webhook) -> webhook.Case) do
            match same with
            | _ :: (file, webhook) :: _ -> problems.Add file webhook.Pointer ("there are two cases " + case)
            | _ -> ()

        let byType =
            [
                for file, webhook in webhooks do
                    for eventType in webhook.EventTypes -> eventType, (file, webhook)
            ]
            |> List.groupBy fst

        for eventType, entries in byType do
            let entries = entries |> List.map snd

            let names =
                entries
                |> List.collect (fun (_, webhook) -> webhook.Has @ webhook.HasAny @ webhook.Lacks)
                |> List.distinct

            if names.Length > NamesLimit then
                let file, webhook = entries.Head
                problems.Add file webhook.Pointer (eventType + " is told apart by more than 32 fields")

            for _, one in entries do
                for file, other in entries do
                    if one.Case <> other.Case && mayBeTakenFor shapes one other then
                        problems.Add
                            file
                            other.Pointer
                            ("a resource of "
                             + one.Case
                             + " would be taken for "
                             + other.Case
                             + ": tell "
                             + eventType
                             + " apart with x-has, x-has-any or x-lacks")

    /// Adds what does not hold together to the problems.
    let check (problems: Problems) (shapes: Map<SchemaKey, Shape>) (description: Description) =
        let known =
            [
                for family in description.Families do
                    for webhook in family.Webhooks do
                        match shapes.TryFind webhook.Shape with
                        | Some shape -> family, webhook, shape
                        // `Checks` has told of it.
                        | None -> ()
            ]

        for family, webhook, shape in known do
            checkTold problems family webhook
            checkDiscriminators problems family.File shape webhook
            checkPaths problems family.File shapes shape webhook

        known
        |> List.map (fun (family, webhook, _) -> family.File, webhook)
        |> checkTogether problems shapes

        let described =
            known |> List.collect (fun (_, webhook, _) -> webhook.EventTypes) |> set

        for family in description.Families do
            for eventType, _ in family.Undescribed do
                if described.Contains eventType then
                    problems.Add family.File "#/x-undescribed-events" (eventType + " is described")
