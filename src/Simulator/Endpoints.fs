namespace WeChatPay.Simulator

open System
open System.Text.Json.Nodes
open FsToolkit.ErrorHandling

/// Answers every endpoint by its description: checks the question, remembers what it makes, and answers what fits it.
[<RequireQualifiedAccess>]
module internal Endpoints =
    let private requireKind signer (endpoint: Endpoint) =
        let isAllowed kind =
            match signer with
            | Signer.Brand _ -> kind = "brand"
            | Signer.Merchant _ -> kind <> "brand"

        if List.exists isAllowed endpoint.Kinds then
            Ok()
        else
            Error PlatformError.noAuth

    /// What was asked, as one object: the body, and the parameters over it.
    let private asked (question: Question) =
        question.Parameters
        |> List.map (fun (name, text) -> name, Shapes.text text)
        |> Shapes.object
        |> Records.over question.Body

    let private numbersIn (pairs: (string * string) list) =
        pairs |> List.filter (fun (name, _) -> Records.isNumber name)

    /// The numbers that say what a question is about: the path's, else the query's, else the body's.
    let private subjectOf (question: Question) =
        match numbersIn question.InPath, numbersIn question.Parameters with
        | [], [] -> Records.numbersOf question.Body
        | [], inQuery -> inQuery
        | inPath, _ -> inPath

    /// What is remembered of the subject; the last number of a path is the nearest. What a body asks for is known only if all its numbers are.
    let private recordOf (question: Question) records =
        let found =
            subjectOf question
            |> List.map (fun number -> Records.tryFind question.Endpoint.Service number records)

        match numbersIn question.Parameters with
        | [] when List.exists Option.isNone found -> None
        | _ -> found |> List.rev |> List.tryPick id

    /// Of what was made under other numbers, what a query names must have been made, too.
    let private requireKnown (question: Question) records =
        let service = question.Endpoint.Service

        let isUnknown (name, number) =
            Records.isTaken service name records
            && (Records.tryFind service (name, number) records).IsNone

        if question.Endpoint.Method = "GET" && List.exists isUnknown (subjectOf question) then
            Error PlatformError.resourceNotExists
        else
            Ok()

    /// The platform's numbers in an answer, and when it says that the thing was made.
    let private madeIn (answer: JsonObject) =
        [
            for pair in answer do
                match pair.Value with
                | NonNull(:? JsonValue as value) when
                    Records.isNumber pair.Key
                    || pair.Key.StartsWith("create", StringComparison.Ordinal)
                    ->
                    pair.Key, value.DeepClone()
                | _ -> ()
        ]
        |> Shapes.object

    let private remember (question: Question) (answer: JsonObject) records =
        let made = madeIn answer
        let thing = Records.over made (asked question)
        let service = question.Endpoint.Service

        let taken =
            [
                for name, _ in Records.numbersOf thing do
                    if Records.isOwnNumber name || not (question.Body.ContainsKey name) then
                        name
            ]

        Records.remember service (Records.numbersOf thing) taken thing records

    let private endsInPlaceholder (endpoint: Endpoint) = endpoint.Path.EndsWith '}'

    let private change (question: Question) answer records =
        match question.Endpoint.Method with
        | "GET" -> records
        | "DELETE" when endsInPlaceholder question.Endpoint ->
            numbersIn question.InPath
            |> List.tryLast
            |> Option.map (fun number -> Records.forget question.Endpoint.Service number records)
            |> Option.defaultValue records
        | _ -> remember question answer records

    let private file (endpoint: Endpoint) =
        let headers =
            if endpoint.Path.EndsWith("statements", StringComparison.Ordinal) then
                [ "Wechatpay-Statement-Sha1", SimulatedFile.hash ]
            else
                []

        Reply.file headers SimulatedFile.bytes

    let private compositionOf (world: World) request question known =
        let setting =
            {
                Now = world.Now
                MerchantId = world.MerchantId
                BrandId = world.BrandId
                Address = "http://" + Request.header "Host" request
            }

        {
            Description = DescriptionReader.description ()
            Setting = setting
            Fullness = world.Fullness
            Question = ValueSome question
            Known = known
            Merchant = world.Keys.Merchant.Pair
        }

    /// A 204 has no body: where an answer is described all the same, it comes with 200.
    let private statusOf (endpoint: Endpoint) =
        match endpoint.Answer with
        | AnswerKind.Json _ when endpoint.Status = 204 -> 200
        | _ -> endpoint.Status

    let private replyWith adjust composition question =
        let status = statusOf question.Endpoint

        match question.Endpoint.Answer with
        | AnswerKind.Nothing -> struct (JsonObject(), { Reply.empty with Status = status })
        | AnswerKind.Bytes -> struct (JsonObject(), file question.Endpoint)
        | AnswerKind.Json(FieldType.Shape key) ->
            let answer = Composer.compose composition key
            adjust answer
            struct (answer, Reply.json status answer)
        | AnswerKind.Json _
        | AnswerKind.Unknown -> struct (JsonObject(), Reply.json status (JsonObject()))

    /// What a flow knows to be absent is not made up.
    let private withoutAbsent (fullness: Fullness) (known: JsonObject) (answer: JsonObject) =
        if fullness <> Fullness.Maximal then
            for pair in known do
                if isNull pair.Value then
                    answer.Remove pair.Key |> ignore

    /// A call about a thing of a flow, whose rules decide.
    let private ofFlow (world: World) request question (step: FlowStep) =
        let known = Records.over (asked question) step.Known
        let composition = compositionOf world request question known

        let struct (made, reply) =
            replyWith (withoutAbsent world.Fullness known) composition question

        let ledger =
            { step.Ledger with
                Records = change question made step.Ledger.Records
            }

        struct (reply, step.News), ledger

    /// A call that only its description speaks of.
    let private ofDescription (world: World) request question (ledger: Ledger) =
        result {
            do! requireKnown question ledger.Records
            let record = recordOf question ledger.Records
            let known = Records.over (defaultArg record (JsonObject())) (asked question)

            let struct (made, reply) =
                replyWith ignore (compositionOf world request question known) question

            return
                struct (reply, []),
                { ledger with
                    Records = change question made ledger.Records
                }
        }

    /// What a call asks, as far as it fits its description.
    let question (world: World) signer (request: Request) =
        match Router.tryRoute request.Method (Request.segments request) (Router.platform ()) with
        | ValueNone -> Error PlatformError.notFound
        | ValueSome(struct (endpoint, held)) ->
            result {
                do! requireKind signer endpoint
                return! QuestionReader.read (DescriptionReader.description ()) world.Keys endpoint held request
            }

    /// Whether a call that has rules of its own fits its description.
    let check (world: World) signer request =
        question world signer request |> Result.map ignore

    /// Answers a signed call.
    let answer (world: World) signer (request: Request) : Result<Reply, PlatformError> =
        result {
            let! question = question world signer request

            let! struct (reply, news) =
                world.Update(fun ledger ->
                    match PlatformFlows.answer world question ledger with
                    | ValueSome step -> step |> Result.map (ofFlow world request question)
                    | ValueNone -> ofDescription world request question ledger)

            for url, one in news do
                world.NotifyLater(url, one)

            return reply
        }
