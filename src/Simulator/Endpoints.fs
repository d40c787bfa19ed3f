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

    let private compositionOf (world: World) request question record =
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
            Question = question
            Known = Records.over (defaultArg record (JsonObject())) (asked question)
            Merchant = world.Keys.Merchant.Rsa
        }

    /// A 204 has no body: where an answer is described all the same, it comes with 200.
    let private statusOf (endpoint: Endpoint) =
        match endpoint.Answer with
        | AnswerKind.Json _ when endpoint.Status = 204 -> 200
        | _ -> endpoint.Status

    let private reply composition question =
        let status = statusOf question.Endpoint

        match question.Endpoint.Answer with
        | AnswerKind.Nothing -> struct (JsonObject(), { Reply.empty with Status = status })
        | AnswerKind.Bytes -> struct (JsonObject(), file question.Endpoint)
        | AnswerKind.Json(FieldType.Shape key) ->
            let answer = Composer.compose composition key
            struct (answer, Reply.json status answer)
        | AnswerKind.Json _
        | AnswerKind.Unknown -> struct (JsonObject(), Reply.json status (JsonObject()))

    /// Answers a signed call.
    let answer (world: World) signer (request: Request) : Result<Reply, PlatformError> =
        match Router.tryRoute request.Method (Request.segments request) (Router.platform ()) with
        | ValueNone -> Error PlatformError.notFound
        | ValueSome(struct (endpoint, held)) ->
            result {
                do! requireKind signer endpoint
                let description = DescriptionReader.description ()
                let! question = QuestionReader.read description world.Keys endpoint held request

                return!
                    world.Update(fun ledger ->
                        result {
                            do! requireKnown question ledger.Records
                            let record = recordOf question ledger.Records

                            let struct (made, reply) =
                                reply (compositionOf world request question record) question

                            return
                                reply,
                                { ledger with
                                    Records = change question made ledger.Records
                                }
                        })
            }
