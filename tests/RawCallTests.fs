/// Calls that the description lacks, and JSON in the forms that are no plain object: signed, verified, and as they came.
module WeChatPay.Tests.RawCallTests

open System
open System.Collections.Generic
open System.Net.Http
open System.Text.Json
open System.Threading
open System.Threading.Tasks
open Expecto
open WeChatPay
open WeChatPay.Api
open WeChatPay.Api.Onboarding
open WeChatPay.Api.Risk
open WeChatPay.Functional
open WeChatPay.Shell
open WeChatPay.Tests.Platform
open WeChatPay.Tests.WirePlatform
open WeChatPay.Wire

let private codeOf result =
    match result with
    | Ok _ -> "ok"
    | Error error -> ApiError.code error

let private askAs kind (bytes: byte array) (operation: Operation<'Answer>) =
    task {
        use! platform =
            openPlatform (fun _ -> answer (if bytes.Length = 0 then 204 else 200) bytes)

        let client =
            { shellAt platform.Url with
                Caller = Caller("1900000001", kind, null, null)
            }

        return! Client.send client operation
    }

let private ask bytes operation =
    askAs MerchantKinds.Direct bytes operation

let private askRaw bytes =
    ask bytes (Operation.Raw("GET", "/v3/new/thing", null))

let private requests =
    testList
        "requests"
        [
            testCaseTask "any method, path and JSON travels as it is given, signed" (fun () ->
                task {
                    use! platform = openPlatform (fun _ -> json """{"a":1}""")
                    let client = facadeAt platform.Url

                    for method, body in
                        [
                            HttpMethod.Post, """{ "b" : [1,2.50,"é\u00e9/"] , "订单":"<&>" }""" + "\n"
                            HttpMethod.Put, "[1]"
                            HttpMethod.Patch, "\"text\""
                            HttpMethod.Delete, null
                            HttpMethod.Get, null
                        ] do
                        platform.Asked.Clear()
                        let! raw = client.SendAsync(method, "/v3/new/thing?x=%2B&y", body)
                        Expect.equal (raw.Json.Value.GetProperty("a").GetInt32()) 1 "read"
                        let asked = platform.Only
                        Expect.equal (asked.Method, asked.Target) (method.Method, "/v3/new/thing?x=%2B&y") "as given"
                        Expect.equal asked.Text (if isNull body then "" else body) "letter for letter"

                        Expect.equal
                            (asked.Header "Content-Type")
                            (if isNull body then
                                 ""
                             else
                                 "application/json; charset=utf-8")
                            "said to be JSON, where it is"
                })

            testCaseTask "what is not JSON is refused by name, and not sent" (fun () ->
                task {
                    use! platform = openPlatform (fun _ -> json "{}")
                    let client = facadeAt platform.Url

                    for body in
                        [
                            ""
                            " "
                            "{"
                            "{} {}"
                            "{\"a\":1,}"
                            "// c\n{}"
                            "{'a':1}"
                            "NaN"
                            "\"" + string (char 0xD800) + "\""
                        ] do
                        let! field =
                            task {
                                try
                                    let! _ = client.SendAsync(HttpMethod.Post, "/v3/new/thing", body)
                                    return ""
                                with :? WeChatPayValidationException as failure ->
                                    Expect.stringContains failure.Message "is not JSON" body
                                    return failure.Field
                            }

                        Expect.equal field "body" body

                    Expect.isEmpty platform.Asked "not sent"
                })
        ]

let private answers =
    testList
        "answers"
        [
            testCaseTask "any JSON is kept byte for byte, nothing is nothing" (fun () ->
                task {
                    for text, kind in
                        [
                            "{\"b\": 1.50,\n\"a\":{}}", JsonValueKind.Object
                            " [ {\"a\":1}, {\"a\":2} ]", JsonValueKind.Array
                            "1", JsonValueKind.Number
                            "null", JsonValueKind.Null
                            "\uFEFF{}", JsonValueKind.Object
                        ] do
                        let! result = askRaw (utf8 text)
                        let raw = valueOf result
                        Expect.equal (raw.Bytes.ToArray()) (utf8 text) text
                        Expect.equal raw.Json.Value.ValueKind kind text
                        Expect.equal (raw.ToString()) $"RawJson({(utf8 text).Length} bytes)" "says nothing of itself"

                    let! result = askRaw [||]
                    let raw = valueOf result
                    Expect.isTrue raw.Bytes.IsEmpty "no bytes"
                    Expect.isFalse raw.Json.HasValue "no JSON"
                })

            testCaseTask "a key twice, no JSON, no text: malformed, wherever it stands" (fun () ->
                task {
                    let deep = String('[', 65) + String(']', 65)

                    let notJson = DecodeError("$", DecodeReason.NotJson)

                    let twice path =
                        DecodeError(path, DecodeReason.DuplicateKey)

                    for bytes, expected in
                        [
                            utf8 """{"a":1,"a":2}""", twice "$.a"
                            utf8 """{"b":[{"a":1,"a":2}]}""", twice "$.b[0].a"
                            utf8 """[{"a":1,"a":2}]""", notJson
                            utf8 """[[{"a":1,"\u0061":2}]]""", notJson
                            utf8 "{", notJson
                            utf8 " ", notJson
                            utf8 "{} {}", notJson
                            utf8 deep, notJson
                            [| '['B; '"'B; 0xFFuy; '"'B; ']'B |], notJson
                            [| '{'B; '"'B; 'a'B; '"'B; ':'B; '"'B; 0xFFuy; '"'B; '}'B |], notJson
                        ] do
                        match! askRaw bytes with
                        | Error(ApiError.MalformedAnswer(_, error, _)) ->
                            Expect.equal error expected (Text.Encoding.UTF8.GetString bytes)
                        | other -> failtest (codeOf other)
                })

            testCaseTask "an answer that is not signed is no data, in any form" (fun () ->
                task {
                    for status, body in [ 200, "{\"a\":1}"; 200, "[]"; 204, "" ] do
                        use! platform =
                            openPlatform (fun _ ->
                                { answer status (utf8 body) with
                                    IsSigned = false
                                })

                        let client = shellAt platform.Url
                        let! raw = Client.send client (Operation.Raw("POST", "/v3/new/thing", "{}"))
                        Expect.equal (codeOf raw) "untrusted_answer" "raw"
                        let! close = Client.send client (Payments.Close "order-1")
                        Expect.equal (codeOf close) "untrusted_answer" "no content"
                })

            testCaseTask "a call without an answer is done by its status, whatever the body" (fun () ->
                task {
                    for bytes in [ [||]; utf8 "{}"; utf8 "ok" ] do
                        let! result = ask bytes (Payments.Close "order-1")
                        Expect.equal (valueOf result) NoContent.Value "done"

                    use! platform = openPlatform (fun _ -> answer 204 [||])
                    do! (facadeAt platform.Url).Payments.CloseAsync "order-1"
                    Expect.equal platform.Only.Text "{\"mchid\":\"1900000001\"}" "asked"
                })

            testCaseTask "an answer of nothing is an object without fields, and lacks its evidence" (fun () ->
                task {
                    let! without =
                        askAs
                            MerchantKinds.Partner
                            [||]
                            (MerchantOperationManagement.GetEnhancedDueDiligence("d", "1900000002"))

                    Expect.isEmpty (valueOf without).Extra "nothing was said"

                    let! evident = ask [||] (Payments.QueryByOutTradeNo "order-1")

                    match evident with
                    | Error(ApiError.MalformedAnswer(_, error, _)) ->
                        Expect.equal error.Reason DecodeReason.Missing "what is not said is not proven"
                    | other -> failtestf "%A" other
                })
        ]

let private quoted (text: string) = JsonSerializer.Serialize text

let private fieldsOf (repeated: string) =
    let inner =
        $"""{{"record_fields":[{{"item_id":"1","repeated_field_data":{repeated}}}]}}"""

    task {
        let! result =
            askAs
                MerchantKinds.Partner
                (utf8 $"""{{"requested_item_info":{quoted inner}}}""")
                (MerchantManagement.GetRecord("r", "1900000002"))

        let record = valueOf result
        Expect.isFalse (record.Extra.ContainsKey "requested_item_info") "the outer text is JSON"
        return Seq.exactlyOne record.RequestedItemInfo.RecordFields
    }

let private within =
    testList
        "JSON within"
        [
            testCaseTask "an object in a text is read, whatever is not one stays as it came" (fun () ->
                task {
                    let reason text =
                        task {
                            let! result =
                                askAs
                                    MerchantKinds.Partner
                                    (utf8 $"""{{"reject_reason":{text}}}""")
                                    (MerchantOperationManagement.GetEnhancedDueDiligence("d", "1900000002"))

                            return valueOf result
                        }

                    let! good = reason (quoted """{"audit_detail_by_item":[{"item_id":7,"new":"订"}]}""")
                    let item = Seq.exactlyOne good.RejectReason.AuditDetailByItem
                    Expect.equal item.ItemId (Nullable 7L) "read"
                    Expect.equal (item.Extra["new"].GetString()) "订" "nothing lost"

                    for text in [ quoted "no JSON"; quoted "[]"; quoted """{"a":1,"a":2}"""; "7"; "{}" ] do
                        let! odd = reason text
                        Expect.isNull odd.RejectReason text
                        Expect.equal (odd.Extra["reject_reason"].GetRawText()) text "as it came"

                    for text in [ "null"; quoted "" ] do
                        let! none = reason text
                        Expect.isNull none.RejectReason text
                        Expect.isFalse (none.Extra.ContainsKey "reject_reason") text
                })

            testCaseTask "an array of objects in a text within a text" (fun () ->
                task {
                    let! field =
                        fieldsOf (quoted """[{"name":"一"},{"name":"二","evidence_img_list":["m"]}]""")

                    Expect.equal [ for data in field.RepeatedFieldData -> data.Name ] [ "一"; "二" ] "read"
                    let! field = fieldsOf (quoted "[]")
                    Expect.isEmpty field.RepeatedFieldData "none"

                    for text in [ "{}"; "[1]"; "[],\"x\":[]"; "[]]"; "" ] do
                        let! field = fieldsOf (quoted text)
                        Expect.isNull field.RepeatedFieldData text

                        if text <> "" then
                            Expect.equal (field.Extra["repeated_field_data"].GetString()) text "as it came"
                })

            testCaseTask "an array that sometimes is one object alone" (fun () ->
                task {
                    for media, expected in
                        [
                            """{"media_type":"IMAGE","media_url":["u"]}""", [ "IMAGE" ]
                            """[{"media_type":"IMAGE"},{"media_type":"VIDEO"}]""", [ "IMAGE"; "VIDEO" ]
                            "[]", []
                        ] do
                        let! result =
                            ask
                                (utf8 $"""{{"data":[{{"complaint_media_list":{media}}}],"total_count":1}}""")
                                (Complaints.ListNegotiationHistory "c")

                        let entry = Seq.exactlyOne (valueOf result).Data

                        Expect.equal
                            [ for media in entry.ComplaintMediaList -> media.MediaType.Value.Value ]
                            expected
                            media

                    let! result =
                        ask
                            (utf8 """{"data":[{"complaint_media_list":"u"}]}""")
                            (Complaints.ListNegotiationHistory "c")

                    let entry = Seq.exactlyOne (valueOf result).Data
                    Expect.isNull entry.ComplaintMediaList "neither"
                    Expect.equal (entry.Extra["complaint_media_list"].GetString()) "u" "as it came"
                })

            testCase "a number that JSON has no words for is refused by name" (fun () ->
                let dish count =
                    WeChatPay.Api.Operations.Dish(
                        OutDishNo = "1",
                        Name = "茶",
                        Price = 1L,
                        Unit = WeChatPay.Api.Operations.Unit "cup",
                        Count = count
                    )

                Expect.stringContains (WireJson.TextOf(dish 1.5)) "\"count\":1.5" "a number"

                for count in [ nan; infinity; -infinity ] do
                    let message =
                        Expect.throwsC (fun () -> WireJson.TextOf(dish count) |> ignore) _.Message

                    Expect.stringStarts message "count is not a finite number" "none")

            testCase "an array of texts is written as one text, and what cannot be one is refused" (fun () ->
                let licence dates =
                    SubjectConfirmationBusinessLicenseInfo(
                        LicenceNumber = "1",
                        LicenceCopy = "m",
                        MerchantName = "店",
                        LegalPerson = "李",
                        CompanyAddress = "a",
                        LicenceValidDate = dates
                    )

                use document =
                    JsonDocument.Parse(WireJson.TextOf(licence [| "2020-01-01"; "\"长期\"" |]))

                Expect.equal
                    (document.RootElement.GetProperty("licence_valid_date").GetString())
                    """["2020-01-01","\"长期\""]"""
                    "JSON in a text"

                for bad, problem in [ null, "is missing"; string (char 0xDFFF), "is not well-formed Unicode" ] do
                    let failure =
                        Expect.throwsC (fun () -> WireJson.TextOf(licence [| "x"; bad |]) |> ignore) (fun failure ->
                            failure.Message)

                    Expect.stringStarts failure ("licence_valid_date[1] " + problem) "by name")
        ]

[<Tests>]
let tests = testList "raw calls" [ requests; answers; within ]
