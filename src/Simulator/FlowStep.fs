namespace WeChatPay.Simulator

open System
open System.Globalization
open System.Text.Json
open System.Text.Json.Nodes

/// What a step of a flow depends on beside the ledger.
[<NoComparison; ReferenceEquality>]
type internal FlowSetting =
    {
        Now: DateTimeOffset
        MerchantId: string
        /// A new number of the platform's, with a prefix.
        NewNumber: string -> string
    }

/// What a call, or the payer, has done to a thing.
[<NoComparison; ReferenceEquality>]
type internal FlowStep =
    {
        /// What the answer tells; null is what it does not have.
        Known: JsonObject
        Ledger: Ledger
        /// What is sent, each with where it goes.
        News: (string * News) list
    }

/// A flow: what it makes of calls, and of what the payer or the platform does.
[<NoComparison; NoEquality>]
type internal FlowRules =
    {
        /// Nothing where the call is none of the flow's, or none of its things was made yet.
        Answer: FlowSetting -> Question -> Ledger -> Result<FlowStep, PlatformError> voption
        /// Moves the thing of a number to a state; nothing where there is none.
        Advance: FlowSetting -> string -> string -> Ledger -> Result<FlowStep, PlatformError> voption
    }

[<RequireQualifiedAccess>]
module internal FlowStep =
    /// A text of an object; empty where there is none.
    let text (name: string) (fields: JsonObject) =
        match fields[name] with
        | :? JsonValue as value when value.GetValueKind() = JsonValueKind.String -> value.GetValue<string>()
        | _ -> ""

    /// An amount of an object, in fen; 0 where there is none.
    let fen (name: string) (fields: JsonObject) =
        match fields[name] with
        | :? JsonValue as value ->
            match Int64.TryParse(value.ToJsonString(), NumberStyles.AllowLeadingSign, CultureInfo.InvariantCulture) with
            | true, amount -> amount
            | _ -> 0L
        | _ -> 0L

    let isTrue (name: string) (fields: JsonObject) =
        match fields[name] with
        | :? JsonValue as value -> value.GetValueKind() = JsonValueKind.True
        | _ -> false

    /// The objects of a list.
    let objects (name: string) (fields: JsonObject) =
        match fields[name] with
        | :? JsonArray as items ->
            items
            |> Seq.choose (function
                | :? JsonObject as item -> Some item
                | _ -> None)
            |> List.ofSeq
        | _ -> []

    /// Some fields of an object, as far as they are there.
    let pick (names: string list) (fields: JsonObject) =
        Shapes.object
            [
                for name in names do
                    match fields[name] with
                    | null -> ()
                    | found -> name, found.DeepClone()
            ]

    let parameter (name: string) (question: Question) =
        question.Parameters
        |> List.tryFind (fun (found, _) -> found = name)
        |> Option.map snd
        |> Option.defaultValue ""

    /// What a question says under a name, in its parameters or else in its body.
    let said (name: string) (question: Question) =
        match parameter name question with
        | "" -> text name question.Body
        | found -> found

    let resourceNotExists = PlatformError.resourceNotExists
    let alreadyExists = PlatformError.create 400 "ALREADY_EXISTS" "商户单号已存在，且内容与首次请求不一致"

    /// Nothing happens to the thing; the answer tells of it.
    let tell ledger (thing: FlowThing) =
        {
            Known = thing.Fields
            Ledger = ledger
            News = []
        }

    /// The thing is as it is now; the answer tells of it.
    let keep (ledger: Ledger) (thing: FlowThing) =
        tell
            { ledger with
                Flows = Flow.put thing ledger.Flows
            }
            thing

    /// Sends news of a thing, where they are wanted.
    let announce (thing: FlowThing) (news: News) (step: FlowStep) =
        if thing.NotifyUrl = "" then
            step
        else
            { step with
                News = step.News @ [ thing.NotifyUrl, news ]
            }

    /// The caller's number, under the name that it has beside a sub-merchant's or without one.
    let caller (setting: FlowSetting) (body: JsonObject) : string * (JsonNode | null) =
        (if text "sub_mchid" body = "" then "mchid" else "sp_mchid"), Shapes.text setting.MerchantId

    /// A new thing, made of the body of a question.
    let thing family (numberName: string) (others: string list) state notifyUrl (question: Question) =
        {
            Family = family
            Number = text numberName question.Body
            Others = others
            State = state
            MadeBy = question.Endpoint.Id
            Asked = question.Body
            Fields = question.Body
            NotifyUrl = notifyUrl
        }

    /// Makes a thing by `make` unless its number is taken. The same request again is answered the same; another request with its number is refused with `taken`.
    let createAs taken family number (question: Question) (ledger: Ledger) make =
        match Flow.tryFind family number ledger.Flows with
        | None -> make ()
        | Some known when
            known.MadeBy = question.Endpoint.Id
            && JsonNode.DeepEquals(known.Asked, question.Body)
            ->
            Ok(tell ledger known)
        | Some _ -> Error taken

    /// The same for a number that the body names.
    let create taken family numberName (question: Question) ledger make =
        createAs taken family (text numberName question.Body) question ledger make

    /// A thing of the sub-merchant that the call names, or of none; another's is not there.
    let ofSubMerchant question (change: FlowThing -> Result<FlowStep, PlatformError>) (thing: FlowThing) =
        if said "sub_mchid" question = text "sub_mchid" thing.Fields then
            change thing
        else
            Error resourceNotExists

    /// Moves a thing to a state: `fields` are what is told of it then, `news` what is sent where that is wanted.
    let moveTo
        moves
        target
        (fields: FlowThing -> (string * (JsonNode | null)) list)
        (news: FlowThing -> News list)
        ledger
        (thing: FlowThing)
        =
        Flow.move moves target thing
        |> Result.map (fun moved ->
            let moved = Flow.withFields (fields moved) moved

            news moved
            |> List.fold (fun step one -> announce moved one step) (keep ledger moved))

    /// What a call about a thing gives; nothing where no thing of the family was made yet.
    let about family number (ledger: Ledger) (change: FlowThing -> Result<FlowStep, PlatformError>) =
        match Flow.tryFind family number ledger.Flows with
        | Some thing -> ValueSome(change thing)
        | None when Flow.isFresh family ledger.Flows -> ValueNone
        | None -> ValueSome(Error resourceNotExists)

    /// What the payer or the platform does to the thing of a number, in the first family that has one; nothing where none has.
    let advance
        number
        (ledger: Ledger)
        (families: (string * (Ledger -> FlowThing -> Result<FlowStep, PlatformError>)) list)
        =
        families
        |> List.tryPick (fun (family, change) -> Flow.tryFind family number ledger.Flows |> Option.map (change ledger))
        |> Option.toValueOption
