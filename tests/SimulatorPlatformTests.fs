module WeChatPay.Tests.SimulatorPlatformTests

open System
open System.Collections.Generic
open System.Text.Json.Nodes
open Expecto
open WeChatPay.Functional
open WeChatPay.Simulator
open WeChatPay.Tests.PlatformRequests

let private made =
    endpoints
    // Queries first: what was never made is answered, too, until something of its kind was made.
    |> List.sortBy (fun endpoint -> endpoint.Method <> "GET")
    |> List.filter (isHandWritten >> not)

let private madeInRounds =
    made
    |> rounds (fun endpoint -> flowOf (endpoint.Id.Split('.')[0])) (fun endpoint -> endpoint.Method = "GET")

let private namesIn (answer: JsonObject) = set [ for pair in answer -> pair.Key ]

/// What a wrong route would change: the status, the fields, whether it is signed.
let private expectOwn platform (fieldsOf: Endpoint -> Set<string>) endpoint =
    task {
        let! answer = send platform (draft platform endpoint)
        let shown = endpoint.Id + " " + Text.Encoding.UTF8.GetString answer.Bytes
        // What has a body cannot be a 204, whatever the description says.
        let status =
            if answer.Bytes.Length > 0 && endpoint.Status = 204 then
                200
            else
                endpoint.Status

        Expect.equal answer.Status status shown
        Expect.equal (isSigned platform answer) endpoint.IsSigned shown

        match endpoint.Answer with
        | [ "nothing" ] -> Expect.equal answer.Bytes.Length 0 shown
        | [ "bytes" ] -> Expect.isGreaterThan answer.Bytes.Length 0 shown
        | _ -> Expect.equal (namesIn answer.Json) (fieldsOf endpoint) shown

        return answer
    }

let private answerShape endpoint =
    match endpoint.Answer with
    | "shape" :: key :: _ -> shape key
    | _ -> []

let private every =
    testList
        "every endpoint"
        [
            testCaseTask "is answered as itself, in full, by a signed answer" (fun () ->
                task {
                    let all endpoint =
                        match answerShape endpoint with
                        | [] -> Set.empty
                        | fields -> Set.add "x_unknown" (set (List.map fst fields))

                    Expect.isGreaterThan made.Length 1000 "the whole description"

                    for round in madeInRounds do
                        use! platform = startWith Fullness.Maximal

                        for endpoint in round do
                            let! answer = expectOwn platform all endpoint

                            if answerShape endpoint |> List.exists (fun (_, words) -> List.head words = "enum") then
                                Expect.isTrue
                                    (Seq.exists
                                        (fun (pair: KeyValuePair<string, JsonNode>) -> $"{pair.Value}" = "X_UNKNOWN")
                                        answer.Json)
                                    endpoint.Id
                })

            testCaseTask "has at least its evidence, and the numbers that it is compared by" (fun () ->
                task {
                    let least endpoint =
                        answerShape endpoint
                        |> List.filter (fun (name, words) -> isEvidence words || List.contains name endpoint.Echo)
                        |> List.map fst
                        |> set

                    for round in madeInRounds do
                        use! platform = startWith Fullness.Minimal

                        for endpoint in round do
                            let! _ = expectOwn platform least endpoint
                            ()
                })

            testCaseTask "gives back the numbers of the path that its answer has" (fun () ->
                task {
                    for round in madeInRounds do
                        use! platform = startWith Fullness.Usual

                        for endpoint in round do
                            let texts =
                                answerShape endpoint
                                |> List.filter (fun (_, words) -> List.head words = "text")
                                |> List.map fst

                            let asked = draft platform endpoint
                            let! answer = send platform asked

                            for name, words in endpoint.InPath do
                                if List.contains name texts && List.head words = "text" then
                                    Expect.equal (answer.Json[name].ToString()) asked.Path[name] endpoint.Id
                })

            testCaseTask "that has no such method or path is not there" (fun () ->
                task {
                    use! platform = startWith Fullness.Usual
                    let known = endpoint "merchant_transfers.get_transfer_bill_by_out_bill_no"

                    for other in
                        [
                            { known with Method = "DELETE" }
                            { known with
                                Path = known.Path + "/more"
                            }
                        ] do
                        let! answer = send platform (draft platform other)

                        Expect.equal (answer.Status, fst answer.Refusal) (404, "RESOURCE_NOT_EXISTS") other.Path
                })
        ]

/// Every required field of a request's body, with the words that say what it is.
let rec private requiredIn pointer (key: string) depth : (string list * Words) list =
    [
        for name, words in shape key do
            if isRequired words && not (words |> List.exists _.StartsWith("for=")) then
                pointer @ [ name ], words

                match words with
                | "shape" :: inner :: _ when depth < 4 -> yield! requiredIn (pointer @ [ name ]) inner (depth + 1)
                | "list" :: "shape" :: inner :: _ when depth < 4 ->
                    yield! requiredIn (pointer @ [ name; "0" ]) inner (depth + 1)
                | _ -> ()
    ]

let private without (path: string list) (body: JsonObject) =
    let copy = body.DeepClone()

    let parent =
        List.take (path.Length - 1) path
        |> List.fold
            (fun (node: JsonNode) (step: string) ->
                match node with
                | :? JsonArray as items -> items[int step]
                | _ -> node[step])
            copy

    parent.AsObject().Remove(List.last path) |> ignore
    copy.AsObject()

/// Requests that lack one field, each with how it is named: one for each place, depth and type of field.
let private lacking platform =
    [
        for endpoint in made do
            let whole = lazy (draft platform endpoint)

            for name, words in endpoint.InQuery do
                if isRequired words && not (words |> List.exists _.StartsWith("for=")) then
                    ("query", 0, List.head words),
                    (fun () ->
                        { whole.Value with
                            Query = whole.Value.Query.Remove name
                        }),
                    name

            match endpoint.Body, endpoint.Upload with
            | _ :: key :: _, _
            | _, [ key; _ ] ->
                for path, words in requiredIn [] key 0 do
                    (endpoint.Upload.IsEmpty.ToString(), path.Length, List.head words),
                    (fun () ->
                        { whole.Value with
                            Body = without path whole.Value.Body
                        }),
                    "/" + String.Join("/", path)
            | _ -> ()
    ]
    |> List.distinctBy (fun (kind, _, _) -> kind)

let private checks =
    testList
        "requests"
        [
            testCaseTask "without a field that is required are refused, and the field is named" (fun () ->
                task {
                    use! platform = startWith Fullness.Usual
                    let requests = lacking platform
                    Expect.isGreaterThan requests.Length 20 "of every kind"

                    for _, make, field in requests do
                        do! isRefusedFor platform field (make ())
                })

            testCaseTask
                "with a value of another type, or one that is too long, are refused; unknown fields pass"
                (fun () ->
                    task {
                        use! platform = startWith Fullness.Usual
                        let bill = draft platform (endpoint "merchant_transfers.create_transfer_bill")

                        for name, value in
                            [
                                "out_bill_no", JsonValue.Create 7 :> JsonNode
                                "out_bill_no", JsonValue.Create ""
                                "transfer_amount", JsonValue.Create "7"
                                "transfer_amount", JsonValue.Create 7.5
                                "transfer_scene_id", JsonValue.Create true
                                "transfer_scene_report_infos", JsonObject()
                                "user_recv_style", JsonArray()
                            ] do
                            do! isRefusedFor platform ("/" + name) (changed name value bill)

                        let! answer = send platform (changed "x_unknown" (JsonValue.Create 7) bill)
                        Expect.equal answer.Status 200 "unknown"

                        let coupon = draft platform (endpoint "merchant_coupons.associate_coupon")

                        let! answer =
                            send platform (changed "coupon_code" (JsonValue.Create(String('茶', 15))) coupon)

                        Expect.equal answer.Status 200 "at the limit"

                        do!
                            isRefusedFor
                                platform
                                "/coupon_code"
                                (changed "coupon_code" (JsonValue.Create(String('茶', 16))) coupon)

                        let list = draft platform (endpoint "iot_devices.list_devices")

                        do!
                            isRefusedFor
                                platform
                                "limit"
                                { list with
                                    Query = list.Query.Add("limit", "many")
                                }
                    })

            testCaseTask "that seal to another key, or name none, are refused" (fun () ->
                task {
                    use! platform = startWith Fullness.Usual
                    let bill = draft platform (endpoint "merchant_transfers.create_transfer_bill")
                    let other = Platform.stranger.ExportSubjectPublicKeyInfoPem()
                    let sealed' = sealTo platform.PlatformPublicKeyPem "张三"
                    let! answer = send platform (changed "user_name" (JsonValue.Create sealed') bill)
                    Expect.equal answer.Status 200 "to the platform's key"

                    for text in [ sealTo other "张三"; "张三"; "AAAA" ] do
                        do! isRefusedFor platform "/user_name" (changed "user_name" (JsonValue.Create text) bill)

                    let sealedBill = changed "user_name" (JsonValue.Create sealed') bill

                    do!
                        isRefusedFor
                            platform
                            "/user_name"
                            { sealedBill with
                                Headers = sealedBill.Headers.Remove "Wechatpay-Serial"
                            }

                    do!
                        isRefusedFor
                            platform
                            "Wechatpay-Serial"
                            { bill with
                                Headers = bill.Headers.Add("Wechatpay-Serial", "ABCD")
                            }
                })

            testCaseTask "of a brand are signed under its own number, and only for brands" (fun () ->
                task {
                    use! platform = startWith Fullness.Usual

                    let good =
                        draft platform (endpoint "brand_direct_product_coupons.get_notify_config")

                    let! answer = send platform good
                    Expect.equal answer.Status 200 "a brand"

                    for bad in
                        [
                            { good with Signer = "40002" }
                            { good with
                                Scheme = "WECHATPAY-BRAND-SHA256-RSA2048 mchid="
                            }
                            { good with
                                Key =
                                    Platform.force (
                                        MerchantKey.ofPem
                                            platform.MerchantSerial
                                            (Platform.stranger.ExportPkcs8PrivateKeyPem())
                                    )
                            }
                        ] do
                        let! answer = send platform bad
                        Expect.equal (answer.Status, fst answer.Refusal) (401, "SIGN_ERROR") "not this brand"

                    let! answer =
                        send
                            platform
                            { good with
                                Scheme = "WECHATPAY2-SHA256-RSA2048 mchid="
                                Signer = platform.MerchantId
                            }

                    Expect.equal (answer.Status, fst answer.Refusal) (403, "NO_AUTH") "a merchant"
                    let bill = draft platform (endpoint "merchant_transfers.create_transfer_bill")

                    let! answer =
                        send
                            platform
                            { bill with
                                Scheme = good.Scheme
                                Signer = good.Signer
                            }

                    Expect.equal (answer.Status, fst answer.Refusal) (403, "NO_AUTH") "a brand elsewhere"
                })
        ]

[<Tests>]
let tests = testList "the platform's description" [ every; checks ]
