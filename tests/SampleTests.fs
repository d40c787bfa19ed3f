/// Requests, answers and resources as the platform's documents and SDKs show them (`tests/samples`, each with its source): nobody here wrote them.
module WeChatPay.Tests.SampleTests

open System
open System.IO
open System.Text
open System.Text.Json
open System.Text.Json.Nodes
open Expecto
open WeChatPay.Functional
open WeChatPay.Generator
open WeChatPay.Testing
open WeChatPay.Tests.WireSamples
open WeChatPay.Wire

type private Sample =
    {
        /// `service.name` of the endpoint, or the event's type.
        Of: string
        IsAnswer: bool
        Json: JsonNode
        Place: string
    }

let private textOf (node: JsonNode) (name: string) =
    match node[name] with
    | null -> ""
    | value -> value.GetValue<string>()

let private read file =
    let items = (nonNull (JsonNode.Parse(File.ReadAllText file))).AsArray()

    [
        for index, item in Seq.indexed items do
            let item = nonNull item

            {
                Of = textOf item "endpoint" + textOf item "event"
                IsAnswer = textOf item "kind" <> "request"
                Json = nonNull item["json"]
                Place = nonNull (Path.GetFileName file) + "[" + string index + "]"
            }
    ]

let private files =
    Directory.GetFiles(Path.Combine(Packable.root, "tests", "samples"), "*.json")
    |> Array.sort
    |> List.ofArray

let private samples =
    files
    |> List.filter (fun file -> not (file.EndsWith "notifications.json"))
    |> List.collect read

let private isDigits (text: string) =
    text <> "" && Seq.forall Char.IsAsciiDigit text

let private scalar (node: JsonNode) =
    match node.GetValueKind() with
    | JsonValueKind.String -> node.GetValue<string>()
    | _ -> node.ToJsonString()

/// The same moment in another spelling, the same number with or without quotes, the same JSON inside a text.
let private isSameScalar (one: JsonNode) (other: JsonNode) =
    let one, other = scalar one, scalar other

    let sameMoment () =
        match WireText.TryReadDate one, WireText.TryReadDate other with
        | (true, first), (true, second) -> first = second
        | _ -> false

    let sameJson () =
        try
            one.StartsWith '{'
            && JsonNode.DeepEquals(JsonNode.Parse one, JsonNode.Parse other)
        with :? JsonException ->
            false

    one = other || sameMoment () || sameJson ()

let private isNothing (node: JsonNode | null) =
    match node with
    | null -> true
    | node -> node.GetValueKind() = JsonValueKind.String && node.GetValue<string>() = ""

/// Where two values differ.
let rec private differences path (expected: JsonNode | null) (actual: JsonNode | null) : string list =
    match expected, actual with
    | (:? JsonObject as expected), (:? JsonObject as actual) ->
        [
            for KeyValue(name, value) in expected do
                yield! differences (path + "." + name) value actual[name]
            for KeyValue(name, _) in actual do
                if not (expected.ContainsKey name) then
                    path + "." + name + " was added"
        ]
    | (:? JsonArray as expected), (:? JsonArray as actual) when expected.Count = actual.Count ->
        Seq.zip expected actual
        |> Seq.indexed
        |> Seq.collect (fun (index, (one, other)) -> differences (path + "[" + string index + "]") one other)
        |> List.ofSeq
    // Written as one object alone where an array of them is described.
    | (:? JsonObject as expected), (:? JsonArray as actual) when actual.Count = 1 -> differences path expected actual[0]
    | expected, actual when isNothing expected && isNothing actual -> []
    | NonNull expected, NonNull actual when isSameScalar expected actual -> []
    | _ -> [ path ]

let private byId =
    [
        for _, endpoint in endpoints do
            endpoint.Service + "." + endpoint.Name, endpoint
    ]
    |> Map.ofList

let private bytes (node: JsonNode) =
    Encoding.UTF8.GetBytes(node.ToJsonString relaxed)

let private tryAnswer (sample: Sample) (endpoint: Endpoint) =
    match endpoint.Answer with
    | JsonBack(ShapeOf key) ->
        match WireTypes.read (WireTypes.classOf true catalogue.Shapes[key]) (bytes sample.Json) with
        | Error error -> [ error ]
        | Ok value ->
            let _, written = WireTypes.write false (value :?> IWireShape)
            differences "$" sample.Json (JsonNode.Parse(WireTypes.show written))
    | _ -> [ "is no shape" ]

let private tryRequest (sample: Sample) (endpoint: Endpoint) =
    match endpoint.Body with
    | JsonBody(ShapeOf key)
    | FileBody(key, _) ->
        let shape = catalogue.Shapes[key]
        let kind = WireTypes.classOf false shape
        let value = WireTypes.build kind (JsonDocument.Parse(bytes sample.Json).RootElement)
        let _, written = WireTypes.write false (value :?> IWireShape)
        differences "$" sample.Json (JsonNode.Parse(WireTypes.show written))
    | _ -> [ "has no body" ]

/// Samples that are not as the platform's own description says, and why.
let private oddities =
    [
        "ecommerce.json[10]", "the JSON inside business_time is escaped twice"
        "global.json[4]", "goods_detail is an object where an array of them is described"
    ]
    |> Map.ofList

let private judge (sample: Sample) =
    match byId.TryFind sample.Of with
    | None -> [ sample.Place + " " + sample.Of + " is no endpoint" ]
    | Some endpoint ->
        let found =
            try
                if sample.IsAnswer then
                    tryAnswer sample endpoint
                else
                    tryRequest sample endpoint
            with failure ->
                [ failure.Message ]

        found
        |> List.map (fun difference -> sample.Place + " " + sample.Of + " " + difference)

/// The case that a sample of a resource proves, sealed and signed as the platform does.
let private caseOf (platform: TestPlatform) (client: WeChatPay.WeChatPayClient) (sample: Sample) =
    let notification =
        platform.Notification(sample.Of, sample.Json.ToJsonString relaxed)

    match client.Notifications.Decode(notification.Headers, notification.Body.Span).TryGet() with
    | true, decoded, _ -> WeChatPayEvent.caseName (nonNull decoded).Event
    | _, _, failure -> (nonNull failure).Code

let private resources =
    let file = Path.Combine(Packable.root, "tests", "samples", "notifications.json")

    Seq.zip (read file) ((nonNull (JsonNode.Parse(File.ReadAllText file))).AsArray())
    |> Seq.map (fun (sample, entry) -> sample, textOf (nonNull entry) "variant")
    |> List.ofSeq

/// A sample says what its event says, but for two: a coupon that is used is not `EXPIRED`, and a transfer that has ended is not `ACCEPTED`.
let private expectedCase (sample: Sample) variant =
    match sample.Of, variant with
    | "TRANSACTION.SUCCESS", "direct" -> "PaymentSucceeded"
    | "TRANSACTION.SUCCESS", "partner" -> "PartnerPaymentSucceeded"
    | "TRANSACTION.SUCCESS", "combine" -> "CombinedPaymentSucceeded"
    | "TRANSACTION.SUCCESS", "global" -> "GlobalPaymentSucceeded"
    | "REFUND.SUCCESS", "direct" -> "RefundSucceeded"
    | "REFUND.SUCCESS", "partner" -> "PartnerRefundSucceeded"
    | "REFUND.SUCCESS", "global" -> "GlobalRefundSucceeded"
    | "PAYSCORE.USER_CONFIRM", _ -> "PayScoreOrderConfirmed"
    | "PAYSCORE.USER_OPEN_SERVICE", _ -> "PayScoreServiceOpened"
    | "PROFITSHARING.SUCCESS", _ -> "ProfitSharingSucceeded"
    | "MCHTRANSFER.BATCH.FINISHED", _ -> "TransferBatchFinished"
    | "MCHTRANSFER.AUTHORIZATION.CONFIRMED", _ -> "TransferAuthorizationConfirmed"
    | "FAPIAO.ISSUED", _ -> "FapiaoIssued"
    | "COMPLAINT.CREATE", _ -> "ComplaintCreated"
    | "COUPON.SEND", _ -> "MerchantCouponSent"
    | "MALL_TRANSACTION.SUCCESS", _ -> "MallPaymentSucceeded"
    | "VEHICLE.ENTRANCE_STATE_CHANGE", _ -> "ParkingStateChanged"
    | "VIOLATION.PUNISH", _ -> "ViolationPunished"
    | "ENTRUST.SIGN", _ -> "PapayContractSigned"
    | _ -> "Unrecognized"

[<Tests>]
let tests =
    testList
        "samples of the documents"
        [
            test "every sample is read and written again with nothing lost and nothing added" {
                let differing =
                    samples
                    |> List.filter (fun sample -> not (oddities.ContainsKey sample.Place))
                    |> List.collect judge

                if not differing.IsEmpty then
                    failtestf "%i differences:\n%s" differing.Length (String.concat "\n" (List.truncate 60 differing))

                Expect.isGreaterThanOrEqual samples.Length 250 "they are all looked at"
            }

            test "every resource proves the case that it should, or none" {
                let platform = TestPlatform()
                let client = platform.CreateClient()

                for sample, variant in resources do
                    Expect.equal
                        (caseOf platform client sample)
                        (expectedCase sample variant)
                        (sample.Place + " " + sample.Of + " " + variant)

                Expect.isGreaterThan resources.Length 15 "they are all looked at"
            }
        ]
