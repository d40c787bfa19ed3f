namespace WeChatPay.Simulator

open System
open System.Globalization
open System.Text
open System.Text.Json
open System.Text.Json.Nodes
open WeChatPay.Functional

/// What an answer, or a notification's resource, is made from.
[<NoComparison; ReferenceEquality>]
type internal Composition =
    {
        Description: Description
        Setting: Setting
        Fullness: Fullness
        /// The call that is answered; none for a notification.
        Question: Question voption
        /// What was asked, over what is remembered of it: values that come back.
        Known: JsonObject
        /// The merchant's key, to which sensitive texts are sealed.
        Merchant: KeyPair
    }

/// Makes an answer by its description.
[<RequireQualifiedAccess>]
module internal Composer =
    [<Literal>]
    let private UsualDepth = 4

    [<Literal>]
    let private MaximalDepth = 6

    /// What RSA-OAEP with SHA-1 seals under a key of 2,048 bits, in characters of four bytes at most.
    [<Literal>]
    let private SealedLength = 53

    /// A field that no description has.
    [<Literal>]
    let UnknownField = "x_unknown"

    /// A text that no enumeration has.
    [<Literal>]
    let UnknownText = "X_UNKNOWN"

    let private depthOf fullness =
        match fullness with
        | Fullness.Maximal -> MaximalDepth
        | _ -> UsualDepth

    let private node (text: string) : JsonNode = Shapes.text text

    let rec private holdsShape kind =
        match kind with
        | FieldType.Shape _ -> true
        | FieldType.List inner
        | FieldType.JsonText inner -> holdsShape inner
        | FieldType.Text
        | FieldType.Int
        | FieldType.Number
        | FieldType.Bool
        | FieldType.Moment
        | FieldType.Day
        | FieldType.Any
        | FieldType.Enum _ -> false

    let private tryText (known: JsonNode voption) =
        match known with
        | ValueSome(:? JsonValue as value) when value.GetValueKind() = JsonValueKind.String ->
            ValueSome(value.ToString())
        | ValueSome(:? JsonValue as value) when value.GetValueKind() = JsonValueKind.Number ->
            ValueSome(value.ToJsonString())
        | _ -> ValueNone

    let private tryInteger known =
        tryText known
        |> ValueOption.bind (fun text ->
            match Int64.TryParse(text, NumberStyles.AllowLeadingSign, CultureInfo.InvariantCulture) with
            | true, number -> ValueSome number
            | _ -> ValueNone)

    let private tryBool (known: JsonNode voption) =
        match known with
        | ValueSome(:? JsonValue as value) when value.GetValueKind() = JsonValueKind.True -> ValueSome true
        | ValueSome(:? JsonValue as value) when value.GetValueKind() = JsonValueKind.False -> ValueSome false
        | _ -> ValueNone

    let private sealText (merchant: KeyPair) (plain: string) =
        let short = plain.Substring(0, min SealedLength plain.Length)

        match merchant.Seal(Encoding.UTF8.GetBytes short) with
        | Ok sealedBytes -> Convert.ToBase64String sealedBytes
        // SM2 seals nothing from nothing.
        | Error SensitiveError.Nothing
        | Error(SensitiveError.TooLong _)
        | Error SensitiveError.NotBase64
        | Error SensitiveError.NotAuthentic -> ""

    let private tryMember (known: JsonNode voption) (name: string) : JsonNode voption =
        match known with
        | ValueSome(:? JsonObject as fields) -> ValueOption.ofObj fields[name]
        | _ -> ValueNone

    let private isIncluded (composition: Composition) depth (field: Field) (known: JsonNode voption) =
        let isTooDeep = depth >= depthOf composition.Fullness && holdsShape field.Type

        let isEchoed =
            depth = 0
            && composition.Question
               |> ValueOption.exists (fun question -> List.contains field.Name question.Endpoint.Echo)

        if field.IsEvidence || isEchoed then
            true
        else
            match composition.Fullness with
            | Fullness.Minimal -> false
            | Fullness.Maximal -> not isTooDeep
            | _ -> known.IsSome || (not isTooDeep && not (Plausible.isTrouble field.Name))

    let rec private value composition depth (known: JsonNode voption) (field: Field) kind : JsonNode =
        let setting = composition.Setting

        match kind with
        | FieldType.Text ->
            let plain =
                tryText known
                |> ValueOption.defaultWith (fun () -> Plausible.text setting field)

            node (
                if field.IsSensitive then
                    sealText composition.Merchant plain
                else
                    plain
            )
        | FieldType.Int ->
            Shapes.integer (
                tryInteger known
                |> ValueOption.defaultWith (fun () -> Plausible.integer setting field)
            )
        | FieldType.Number ->
            match known with
            | ValueSome(:? JsonValue as value) when value.GetValueKind() = JsonValueKind.Number -> value.DeepClone()
            | _ -> JsonValue.Create 1.5
        | FieldType.Bool -> JsonValue.Create(tryBool known |> ValueOption.defaultValue true)
        | FieldType.Moment -> node (tryText known |> ValueOption.defaultWith (fun () -> Plausible.moment setting))
        | FieldType.Day -> node (tryText known |> ValueOption.defaultWith (fun () -> Plausible.day setting))
        | FieldType.Any ->
            match known with
            | ValueSome found -> found.DeepClone()
            | ValueNone -> JsonObject()
        | FieldType.Enum key ->
            // A notification tells how things stand, as a query's answer does.
            let isQuery =
                composition.Question
                |> ValueOption.forall (fun question -> question.Endpoint.Method = "GET")

            let texts = composition.Description.Enums[key]

            node (
                tryText known
                |> ValueOption.defaultWith (fun () -> Plausible.known isQuery texts)
            )
        | FieldType.Shape key -> shape composition (depth + 1) known composition.Description.Shapes[key]
        | FieldType.List inner -> list composition depth known field inner
        | FieldType.JsonText inner -> node ((value composition depth known field inner).ToJsonString())

    and private list composition depth known field inner =
        let one known =
            value composition depth known field inner

        match known with
        | ValueSome(:? JsonArray as items) when items.Count > 0 ->
            JsonArray([| for item in items -> one (ValueOption.ofObj item) |])
        | ValueSome(:? JsonObject) -> JsonArray(one known)
        | _ when field.IsOneOrMany && composition.Fullness = Fullness.Maximal -> one ValueNone
        | _ -> JsonArray(one ValueNone)

    and private shape composition depth known (fields: Field list) : JsonObject =
        Shapes.object
            [
                for field in fields do
                    let found = tryMember known field.Name

                    if isIncluded composition depth field found then
                        field.Name, value composition depth found field field.Type
            ]

    /// A list answers one page; what comes after it is empty.
    let private turnPage
        (composition: Composition)
        (question: Question)
        (fields: Field list)
        (page: Page)
        (answer: JsonObject)
        =
        let asked name =
            question.Parameters
            |> List.tryFind (fun (found, _) -> found = name)
            |> Option.map snd

        let isFirst =
            (asked page.Start |> Option.forall (fun start -> start = "0"))
            && (asked page.Token |> Option.forall (fun token -> token = ""))

        let mustHaveItems =
            fields |> List.exists (fun field -> field.Name = page.Items && field.IsEvidence)

        if not isFirst && not mustHaveItems && answer.ContainsKey page.Items then
            answer[page.Items] <- JsonArray()

        if answer.ContainsKey page.Total then
            match answer[page.Items] with
            | :? JsonArray as items -> answer[page.Total] <- Shapes.integer (max 1L (int64 items.Count))
            | _ -> ()

        // A token leads on, so the last page has none.
        if not isFirst || composition.Fullness <> Fullness.Maximal then
            answer.Remove page.Next |> ignore

    /// Puts an unknown text where the first enumeration is, outermost first; tells whether there was one.
    let rec private surprise (composition: Composition) (fields: Field list) (answer: JsonObject) =
        let isHere (field: Field) =
            match field.Type with
            | FieldType.Enum _ -> answer.ContainsKey field.Name
            | _ -> false

        let inside (field: Field) =
            match field.Type, tryMember (ValueSome answer) field.Name with
            | FieldType.Shape key, ValueSome(:? JsonObject as part) ->
                surprise composition composition.Description.Shapes[key] part
            | FieldType.List(FieldType.Shape key), ValueSome(:? JsonArray as items) when items.Count > 0 ->
                match items[0] with
                | :? JsonObject as part -> surprise composition composition.Description.Shapes[key] part
                | _ -> false
            | _ -> false

        match List.tryFind isHere fields with
        | Some field ->
            answer[field.Name] <- Shapes.text UnknownText
            true
        | None -> List.exists inside fields

    /// What surprises in the fullest: a text that no enumeration has, and a field that no description has.
    let private surpriseWith composition fields (answer: JsonObject) =
        if composition.Fullness = Fullness.Maximal then
            surprise composition fields answer |> ignore
            answer[UnknownField] <- Shapes.text "模拟"

    /// A notification's resource as an object: what is known of it, it says whatever the fullness.
    let composeResource (composition: Composition) key : JsonObject =
        let fields = composition.Description.Shapes[key]
        let resource = shape composition 0 (ValueSome composition.Known) fields

        let isOpen (field: Field) =
            not (composition.Known.ContainsKey field.Name)

        surpriseWith composition (List.filter isOpen fields) resource
        resource

    /// The answer as an object.
    let compose (composition: Composition) key : JsonObject =
        let fields = composition.Description.Shapes[key]
        let answer = shape composition 0 (ValueSome composition.Known) fields

        match composition.Question with
        | ValueSome question ->
            question.Endpoint.Page
            |> ValueOption.iter (fun page -> turnPage composition question fields page answer)
        | ValueNone -> ()

        surpriseWith composition fields answer
        answer
