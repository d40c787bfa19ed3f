/// Every notification of the description, from the simulator to a handler; what proves it, and what does not.
module WeChatPay.Tests.EveryEventTests

open System
open System.Text
open System.Text.Json.Nodes
open Expecto
open WeChatPay
open WeChatPay.Functional
open WeChatPay.Generator
open WeChatPay.Simulator
open WeChatPay.Tests.EventResources
open WeChatPay.Tests.Shop
open WeChatPay.Tests.WireSamples

let private isNone (found: string list) =
    if not found.IsEmpty then
        failtestf "%i, such as\n%s" found.Length (String.concat "\n" (List.truncate 10 found))

let private json (decoded: DecodedEvent) =
    nonNull (JsonNode.Parse(Encoding.UTF8.GetString decoded.Resource.Span))

/// What was lost between the bytes and the typed value, or added.
let private lost label (decoded: DecodedEvent) =
    match decoded.Event with
    | WeChatPayEvent.Unrecognized reason -> Some(label + ": " + reason)
    | event ->
        let written = writeBack event

        if not (JsonNode.DeepEquals(json decoded, written)) then
            Some(
                label
                + ":\n"
                + (json decoded).ToJsonString relaxed
                + "\n"
                + written.ToJsonString relaxed
            )
        elif decoded.Anomalies.Count > 0 then
            Some(label + ": " + string decoded.Anomalies[0])
        else
            None

/// Sends a notification from the simulator and tells what the handler got.
let private arrive (shop: Shop) name fullness =
    task {
        let! sent = shop.Platform.NotifyAsync(name, shop.NotifyUrl, fullness)

        if not sent.IsAccepted then
            failtestf "%s: %s" name sent.Attempts[0].Outcome

        match shop.Seen.TryDequeue() with
        | true, decoded -> return decoded
        | _ -> return failtestf "%s did not arrive" name
    }

/// Whether some enumeration is left open by what the resource must say.
let private hasOpenEnum (webhook: Webhook) =
    (resourceShape webhook).Fields
    |> List.exists (fun field ->
        match field.Type with
        | EnumOf _ -> webhook.Proves |> List.forall (fun (path, _) -> path <> field.Wire)
        | _ -> false)

let private arrives fullness =
    task {
        let! shop = openShop accept
        use shop = shop

        for eventType, webhook in cases do
            let! decoded = arrive shop webhook.Case fullness
            Expect.equal (WeChatPayEvent.caseName decoded.Event) webhook.Case (string decoded.Event)
            Expect.equal decoded.EventType eventType webhook.Case
            lost webhook.Case decoded |> Option.iter failtest
            let key = decoded.IdempotencyKey

            match webhook.KeyPrefix with
            | Some prefix when fullness = WeChatPay.Simulator.Fullness.Maximal ->
                Expect.stringStarts key (prefix + ":") webhook.Case
            | Some _ -> Expect.isNotEmpty key webhook.Case
            | None -> Expect.equal key ("notification:" + decoded.Id) webhook.Case

            if fullness = WeChatPay.Simulator.Fullness.Maximal then
                let text = (json decoded).ToJsonString()
                Expect.stringContains text "x_unknown" "a field that nobody has described came along"

                if hasOpenEnum webhook then
                    Expect.stringContains text "X_UNKNOWN" "a text that the enumeration lacks came along"
    }

let private wrongOf kind =
    match kind with
    | Integer -> [ "\"1\""; "1.0"; "1e2"; "9223372036854775808"; "true"; "{}" ], DecodeReason.NotAnInteger
    | ShapeOf _ -> [ "7"; "\"x\""; "[]"; "false" ], DecodeReason.NotAnObject
    | ListOf _ -> [ "7"; "\"x\""; "{}"; "true" ], DecodeReason.NotAnArray
    | _ -> [ "7"; "true"; "{}"; "[]"; "\"\\ud800\"" ], DecodeReason.NotAString

let private absentOf kind =
    match kind with
    | Integer
    | ShapeOf _ -> [ None; Some "null" ]
    | ListOf _ -> [ None; Some "null"; Some "[]" ]
    | _ -> [ None; Some "null"; Some "\"\"" ]

/// Another shape of the event type whose evidence a resource has all the same: then it is that one's.
let private isAnothers eventType (webhook: Webhook) (resource: string) =
    let root = (nonNull (JsonNode.Parse resource)).AsObject()

    cases
    |> List.filter (fun (other, sibling) ->
        other = eventType
        && sibling.Case <> webhook.Case
        && evidenceOf sibling |> List.forall (fun evidence -> has evidence.Path root)
        && sibling.Lacks |> List.forall (fun name -> not (has ("$." + name) root)))
    |> List.map (fun (_, sibling) -> sibling.Case)

let private provesNothing eventType (webhook: Webhook) label resource =
    let found = fateOf (decodeAs eventType resource)

    if
        found = "Unrecognized"
        || List.contains found (isAnothers eventType webhook resource)
    then
        None
    else
        Some(webhook.Case + " " + label + " gave " + found)

let private isMalformed eventType (webhook: Webhook) path reason value resource =
    match decodeAs eventType resource with
    | Error(VerifyError.MalformedResource error) when error.Path = path && error.Reason = reason -> None
    | Error(VerifyError.MalformedResource error) ->
        Some(webhook.Case + " " + path + " = " + value + ": " + string error)
    | other -> Some(webhook.Case + " " + path + " = " + value + " gave " + fateOf other)

let private overHttp =
    testSequenced
    <| testList
        "from the simulator to a handler"
        [
            test "as many as the platform's catalogue has" {
                Expect.equal cases.Length 88 "cases"
                Expect.equal (cases |> List.map (snd >> _.Case) |> List.distinct |> List.length) 88 "each its own"
                Expect.equal (cases |> List.map fst |> List.distinct |> List.length) 57 "event types"
                Expect.equal undescribed.Length 29 "event types that nobody has described"
            }

            testCaseTask "every case arrives with what must be there, and no field is lost" (fun () ->
                arrives WeChatPay.Simulator.Fullness.Minimal)

            testCaseTask "every case arrives as full as usual, and no field is lost" (fun () ->
                arrives WeChatPay.Simulator.Fullness.Usual)

            testCaseTask
                "every case arrives with everything, what nobody has described included, and no field is lost"
                (fun () -> arrives WeChatPay.Simulator.Fullness.Maximal)

            testCaseTask
                "what nobody has described arrives unrecognised, and so does what nobody has heard of"
                (fun () ->
                    task {
                        let! shop = openShop accept
                        use shop = shop

                        for eventType in "TEA.SERVED" :: undescribed do
                            let! decoded = arrive shop eventType WeChatPay.Simulator.Fullness.Usual
                            Expect.equal (WeChatPayEvent.caseName decoded.Event) "Unrecognized" eventType
                            Expect.equal decoded.EventType eventType "its type is told"
                            Expect.equal ((json decoded).ToJsonString()) "{}" "so is its resource"
                            Expect.equal decoded.IdempotencyKey ("notification:" + decoded.Id) "and it is told apart"
                    })

            testCaseTask "the control sends, too; what it does not know it refuses" (fun () ->
                task {
                    let! shop = openShop accept
                    use shop = shop
                    use http = new Net.Http.HttpClient(BaseAddress = shop.Platform.BaseAddress)

                    let ask (call: string) =
                        task {
                            use! answer = http.PostAsync("/simulator/notify/" + call, null)
                            let! text = answer.Content.ReadAsStringAsync()
                            return int answer.StatusCode, text
                        }

                    let url = "?notify_url=" + Uri.EscapeDataString shop.NotifyUrl
                    let! status, text = ask ("ComplaintCreated" + url + "&fullness=minimal")
                    Expect.equal status 200 text
                    Expect.stringContains text "COMPLAINT.CREATE" "what was sent"
                    let! status, text = ask ("COMPLAINT.CREATE" + url)
                    Expect.equal status 200 text

                    Expect.equal
                        [ for event in shop.Seen -> WeChatPayEvent.caseName event.Event ]
                        [ "ComplaintCreated"; "ComplaintCreated" ]
                        "what came"

                    for call, expected, words in
                        [
                            "ComplaintCreated", 400, "notify_url"
                            "ComplaintCreated" + url + "&fullness=some", 400, "minimal"
                            "Complaint" + url, 404, "no case of that name"
                            "TRANSACTION.SUCCESS" + url, 400, "ParkingPaymentSucceeded"
                        ] do
                        let! status, text = ask call
                        Expect.equal status expected text
                        Expect.stringContains text words call

                    let mutable isRefused = false

                    try
                        let! _ = shop.Platform.NotifyAsync("Tea", shop.NotifyUrl)
                        ()
                    with :? InvalidOperationException as refusal ->
                        isRefused <- refusal.Message.Contains("no case of that name", StringComparison.Ordinal)

                    Expect.isTrue isRefused "a name that is none"
                })
        ]

[<Tests>]
let tests =
    testList
        "every event"
        [
            overHttp

            test "the smallest and the fullest resource of a shape are its own case, and no other's of the event type" {
                isNone
                    [
                        for eventType, webhook in cases do
                            for fullness in [ Minimal; Maximal ] do
                                let resource = (resourceOf fullness webhook).ToJsonString()
                                let found = fateOf (decodeAs eventType resource)

                                if found <> webhook.Case then
                                    webhook.Case + " is taken for " + found + ": " + resource
                    ]
            }

            test "no field is lost between the bytes and the typed value, of today's or tomorrow's" {
                isNone
                    [
                        for eventType, webhook in cases do
                            for fullness in [ Minimal; Maximal ] do
                                match decodeAs eventType ((resourceOf fullness webhook).ToJsonString()) with
                                | Ok decoded -> yield! lost webhook.Case decoded |> Option.toList
                                | Error error -> webhook.Case + " " + VerifyError.code error
                    ]
            }

            test "evidence that is absent, null or empty proves nothing" {
                isNone
                    [
                        for eventType, webhook in cases do
                            for evidence in evidenceOf webhook do
                                for value in absentOf evidence.Kind do
                                    let changed = withValue evidence.Path value (resourceOf Minimal webhook)
                                    let label = evidence.Path + " = " + defaultArg value "absent"
                                    yield! provesNothing eventType webhook label changed |> Option.toList
                    ]
            }

            test "evidence of the wrong type is refused with its path" {
                isNone
                    [
                        for eventType, webhook in cases do
                            for evidence in evidenceOf webhook do
                                let values, reason = wrongOf evidence.Kind

                                for value in values do
                                    let changed = withValue evidence.Path (Some value) (resourceOf Minimal webhook)

                                    yield!
                                        isMalformed eventType webhook evidence.Path reason value changed
                                        |> Option.toList
                    ]
            }

            test "a resource that says something else than its event proves nothing" {
                let isContradicted eventType (webhook: Webhook) path text =
                    let place = placeOf path

                    let changed =
                        withValue place (Some("\"" + text + "\"")) (resourceOf Maximal webhook)

                    match decodeAs eventType changed with
                    | Ok {
                             Event = WeChatPayEvent.Unrecognized reason
                         } when reason.Contains(placeOf(path).Replace("[0]", "[]"), StringComparison.Ordinal) -> None
                    | other -> Some(webhook.Case + " " + place + " = " + text + " gave " + fateOf other)

                isNone
                    [
                        for eventType, webhook in cases do
                            for path, texts in webhook.Proves do
                                for text in [ "PROCESSING"; texts.Head.ToLowerInvariant(); texts.Head + " " ] do
                                    yield! isContradicted eventType webhook path text |> Option.toList

                            for path, texts in webhook.DeniedBy do
                                for text in texts do
                                    yield! isContradicted eventType webhook path text |> Option.toList
                    ]
            }

            test "each of the texts that prove a case does, and outside the evidence none has to" {
                isNone
                    [
                        for eventType, webhook in cases do
                            for path, texts in webhook.Proves do
                                for text in texts do
                                    let changed =
                                        withValue (placeOf path) (Some("\"" + text + "\"")) (resourceOf Maximal webhook)

                                    let found = fateOf (decodeAs eventType changed)

                                    if found <> webhook.Case then
                                        webhook.Case + " " + path + " = " + text + " gave " + found

                                if not (EvidencePath.resolve catalogue.Shapes webhook path).IsEvidence then
                                    let without = withValue (placeOf path) None (resourceOf Maximal webhook)
                                    let found = fateOf (decodeAs eventType without)

                                    if found <> webhook.Case then
                                        webhook.Case + " without " + path + " gave " + found
                    ]
            }

            test "what an effect must happen once for names the case's own numbers, and nothing personal" {
                isNone
                    [
                        for _, webhook in cases do
                            for path in webhook.KeyFields do
                                if path.Contains("openid", StringComparison.Ordinal) || path.Contains "account" then
                                    webhook.Case + " has " + path
                    ]

                let keyOf case change =
                    let eventType, webhook =
                        cases |> List.find (fun (_, webhook) -> webhook.Case = case)

                    match decodeAs eventType (change (resourceOf Minimal webhook)) with
                    | Ok decoded -> decoded.IdempotencyKey
                    | Error error -> failtest (VerifyError.code error)

                let plain (root: JsonObject) = root.ToJsonString()
                let bill = "qq-wallet-transfer-bill:文本 transfer_bill_no:"
                Expect.equal (keyOf "QqWalletTransferBillFinished" plain) (bill + "SUCCESS") "a number and a state"

                Expect.equal
                    (keyOf "QqWalletTransferBillFinished" (withValue "$.state" (Some "\"FAIL\"")))
                    (bill + "FAIL")
                    "another state"

                Expect.equal
                    (keyOf "RiskyTradeIdentified" plain)
                    "risky-trade:文本 mchid:文本 out_trade_no:9007199254740993:9007199254740993"
                    "integers"

                Expect.equal (keyOf "EducationContractSigned" plain) "papay-signed:文本 contract_id" "a number in a part"

                Expect.equal
                    (keyOf "ParkingStateChanged" plain)
                    "notification:EV-1"
                    "without the moment, the notification's"

                let at (root: JsonObject) =
                    root["state_update_time"] <- JsonValue.Create "2026-01-31T08:00:00+08:00"
                    root.ToJsonString()

                Expect.equal
                    (keyOf "ParkingStateChanged" at)
                    "parking-state:文本 parking_id:文本 parking_state:1769817600000"
                    "with the moment, its own"
            }
        ]
