/// The evidence of every shape, field by field: of the wrong type it is refused with its path, absent it proves nothing.
module WeChatPay.Tests.PromisesEvidenceTests

open System
open System.Text
open System.Text.Json.Nodes
open Expecto
open WeChatPay
open WeChatPay.Functional
open WeChatPay.Tests.Platform

/// What a field is described as.
type private Kind =
    | Text
    | Integer
    | Object
    | Array

let private wrongOf kind =
    match kind with
    | Text -> [ "7"; "true"; "{}"; "[]"; "\"\\ud800\"" ], DecodeReason.NotAString
    | Integer ->
        [
            "\"1\""
            "\"\""
            "1.0"
            "1.5"
            "1e2"
            "1E0"
            "-1e0"
            "9223372036854775808"
            "-9223372036854775809"
            "true"
            "{}"
            "[]"
        ],
        DecodeReason.NotAnInteger
    | Object -> [ "7"; "\"\""; "\"x\""; "[]"; "false" ], DecodeReason.NotAnObject
    | Array -> [ "7"; "\"\""; "{}"; "true" ], DecodeReason.NotAnArray

/// What proves nothing: another state, or nothing at all. An empty text is absent only where a text belongs.
let private proveNothing (path: string) kind =
    match kind with
    | Text when path.EndsWith "_state" || path.EndsWith "_status" ->
        [ None; Some "null"; Some "\"\""; Some "\"PROCESSING\""; Some "\"success\"" ]
    | Text -> [ None; Some "null"; Some "\"\"" ]
    | Integer
    | Object -> [ None; Some "null" ]
    | Array -> [ None; Some "null"; Some "[]" ]

let private payment merchant =
    "{\""
    + merchant
    + "\":\"1\",\"out_trade_no\":\"o\",\"transaction_id\":\"t\",\"trade_state\":\"SUCCESS\",\"amount\":{\"total\":1}}"

let private combined =
    let order = (payment "mchid").Replace("total", "total_amount")
    "{\"combine_out_trade_no\":\"c\",\"sub_orders\":[" + order + "," + order + "]}"

let private refund merchant status =
    "{\""
    + merchant
    + "\":\"1\",\"out_refund_no\":\"o\",\"refund_id\":\"r\",\"refund_status\":\""
    + status
    + "\",\"amount\":{\"refund\":1}}"

/// Without `sp_mchid` its other number tells that it is no direct merchant's.
let private partnerRefund status =
    (refund "sp_mchid" status).Replace("{\"sp_mchid\"", "{\"sub_mchid\":\"2\",\"sp_mchid\"")

let private paymentEvidence merchant =
    [
        "$." + merchant, Text
        "$.out_trade_no", Text
        "$.transaction_id", Text
        "$.trade_state", Text
        "$.amount", Object
        "$.amount.total", Integer
    ]

let private combinedEvidence =
    [
        "$.combine_out_trade_no", Text
        "$.sub_orders", Array
        for at in [ "$.sub_orders[0]"; "$.sub_orders[1]" ] do
            at + ".mchid", Text
            at + ".out_trade_no", Text
            at + ".transaction_id", Text
            at + ".trade_state", Text
            at + ".amount", Object
            at + ".amount.total_amount", Integer
    ]

let private refundEvidence =
    [
        "$.out_refund_no", Text
        "$.refund_id", Text
        "$.refund_status", Text
        "$.amount", Object
        "$.amount.refund", Integer
    ]

/// Every shape: the case that it proves, the event type that it comes in, its smallest resource, its evidence.
let private shapes =
    [
        "PaymentSucceeded", "TRANSACTION.SUCCESS", payment "mchid", paymentEvidence "mchid"
        "PartnerPaymentSucceeded", "TRANSACTION.SUCCESS", payment "sp_mchid", paymentEvidence "sp_mchid"
        "CombinedPaymentSucceeded", "TRANSACTION.SUCCESS", combined, combinedEvidence
        for name, status in [ "Succeeded", "SUCCESS"; "Abnormal", "ABNORMAL"; "Closed", "CLOSED" ] do
            "Refund" + name, "REFUND." + status, refund "mchid" status, refundEvidence
            "PartnerRefund" + name, "REFUND." + status, partnerRefund status, ("$.sp_mchid", Text) :: refundEvidence
    ]

let private enter (node: JsonNode) (step: string) =
    match step.Split('[', ']') with
    | [| name; index; _ |] -> node[name][int index]
    | _ -> node[step]

/// The JSON with another value at a path, or without the field.
let private withValue (path: string) (value: string option) (json: string) =
    let steps = path.Split '.' |> List.ofArray |> List.tail
    let root = JsonNode.Parse json
    let parent = (root, steps[.. steps.Length - 2]) ||> List.fold enter
    let field = List.last steps

    match value with
    | Some text ->
        // The value goes in as it is: half a surrogate pair could not be written.
        parent[field] <- JsonValue.Create "here"
        root.ToJsonString().Replace("\"here\"", text)
    | None ->
        parent.AsObject().Remove field |> ignore
        root.ToJsonString()

let private fateOf result =
    match result with
    | Ok decoded -> WeChatPayEvent.caseName decoded.Event
    | Error error -> VerifyError.code error

let private isMalformed path reason result label =
    match result with
    | Error(VerifyError.MalformedResource error) -> Expect.equal (error.Path, error.Reason) (path, reason) label
    | other -> failtestf "%s gave %s" label (fateOf other)

let private resources =
    testList
        "resources"
        [
            for case, eventType, resource, evidence in shapes do
                test (case + ": evidence of the wrong type is refused with its path") {
                    Expect.equal (fateOf (decode (notify eventType resource))) case "as it is"

                    for path, kind in evidence do
                        let values, reason = wrongOf kind

                        for value in values do
                            let changed = withValue path (Some value) resource
                            isMalformed path reason (decode (notify eventType changed)) (path + " = " + value)
                }

                test (case + ": evidence that is absent, null, empty or something else proves nothing") {
                    for path, kind in evidence do
                        for value in proveNothing path kind do
                            let changed = withValue path value resource

                            match decode (notify eventType changed) with
                            | Ok({
                                     Event = WeChatPayEvent.Unrecognized reason
                                 } as decoded) ->
                                Expect.equal decoded.EventType eventType "the type is told"
                                Expect.equal (Encoding.UTF8.GetString decoded.Resource.Span) changed "so are the bytes"
                                Expect.isNotEmpty reason path
                            | other -> failtestf "%s = %A gave %s" path value (fateOf other)
                }

            test "a sub-order that is no object is refused with its place" {
                for value in [ "7"; "null"; "[]" ] do
                    let changed = combined.Replace("]}", "," + value + "]}")

                    isMalformed
                        "$.sub_orders[2]"
                        DecodeReason.NotAnObject
                        (decode (notify "TRANSACTION.SUCCESS" changed))
                        value
            }

            test "integers as large as they come are read" {
                for number in [ Int64.MaxValue; 0L ] do
                    let changed = withValue "$.amount.total" (Some(string number)) paid

                    match decode (notify "TRANSACTION.SUCCESS" changed) with
                    | Ok {
                             Event = WeChatPayEvent.PaymentSucceeded transaction
                         } -> Expect.equal transaction.Amount.Total number "the number"
                    | other -> failtest (fateOf other)
            }

            test "beside the evidence a text of digits is an integer, any other text is an anomaly" {
                let read value =
                    match
                        decode (notify "TRANSACTION.SUCCESS" (withValue "$.amount.payer_total" (Some value) paid))
                    with
                    | Ok({
                             Event = WeChatPayEvent.PaymentSucceeded transaction
                         } as decoded) ->
                        Option.ofNullable transaction.Amount.PayerTotal,
                        [ for anomaly in decoded.Anomalies -> anomaly.Path, anomaly.Reason ]
                    | other -> failtestf "%s gave %s" value (fateOf other)

                for value in [ "\"40000\""; "\"040000\""; "40000" ] do
                    Expect.equal (read value) (Some 40000L, []) value

                for value in
                    [
                        "\"\""
                        "\"+1\""
                        "\"-1\""
                        "\" 1\""
                        "\"1 \""
                        "\"1.0\""
                        "\"1e2\""
                        "\"1,000\""
                        "\"0x1\""
                        "\"١\""
                        "\"9223372036854775808\""
                        "1.0"
                        "1e2"
                        "true"
                    ] do
                    Expect.equal (read value) (None, [ "$.amount.payer_total", DecodeReason.NotAnInteger ]) value
            }
        ]

let private fields count =
    [ for number in 1..count -> "\"k" + string number + "\":" + string number ]

let private objectOf (fields: string list) = "{" + String.Join(",", fields) + "}"

/// A payment with a later field beside its evidence.
let private withLater (later: string) =
    paid.Replace("\"amount\"", "\"later\":" + later + ",\"amount\"")

let private duplicates =
    test "a key that comes twice is found among few and among many, at any depth" {
        for count in [ 1; 2; 62; 63; 64; 65; 66; 129; 300 ] do
            let known = fields count
            let label = string count + " keys"

            let fate later =
                decode (notify "TRANSACTION.SUCCESS" (withLater later))

            Expect.equal (fateOf (fate (objectOf known))) "PaymentSucceeded" label

            for twice in List.distinct [ 1; min count 64; min count 65; count ] do
                let name = "k" + string twice

                for again in [ "\"" + name + "\":0"; "\"\\u006b" + name.Substring 1 + "\":0" ] do
                    let path = if again.Contains '\\' then "" else name

                    match fate (objectOf (known @ [ again ])) with
                    | Error(VerifyError.MalformedResource error) ->
                        Expect.equal error.Reason DecodeReason.DuplicateKey label
                        Expect.stringStarts error.Path ("$.later." + path) label
                    | other -> failtestf "%s, %s again, gave %s" label name (fateOf other)

            // Siblings and children may have the keys of each other.
            let nested = objectOf (known @ [ "\"in\":" + objectOf known ])
            Expect.equal (fateOf (fate ("[" + nested + "," + nested + "]"))) "PaymentSucceeded" label

            let below = objectOf (known @ [ "\"in\":" + objectOf (known @ [ "\"k1\":0" ]) ])
            isMalformed "$.later.in.k1" DecodeReason.DuplicateKey (fate below) label

            let after = objectOf (known @ [ "\"in\":" + objectOf known; "\"k1\":0" ])
            isMalformed "$.later.k1" DecodeReason.DuplicateKey (fate after) label
    }

let private envelope =
    envelopeWith "TRANSACTION.SUCCESS" (utf8 (withLater "1")) "transaction"

let private enveloped path value =
    decode (sign (utf8 (withValue path value envelope)))

let private isBadEnvelope path reason result label =
    match result with
    | Error(VerifyError.MalformedEnvelope error) -> Expect.equal (error.Path, error.Reason) (path, reason) label
    | other -> failtestf "%s gave %s" label (fateOf other)

let private base64 length =
    Some("\"" + Convert.ToBase64String(Array.zeroCreate<byte> length) + "\"")

let private needed =
    [
        "$.id", Text
        "$.event_type", Text
        "$.resource", Object
        "$.resource.algorithm", Text
        "$.resource.nonce", Text
    ]

let private envelopes =
    testList
        "envelopes"
        [
            test "what an envelope needs is refused with its path where it is absent or of the wrong type" {
                for path, kind in needed do
                    for value in proveNothing path kind do
                        isBadEnvelope path DecodeReason.Missing (enveloped path value) path

                    let values, reason = wrongOf kind

                    for value in values do
                        isBadEnvelope path reason (enveloped path (Some value)) (path + " = " + value)

                let ciphertext = "$.resource.ciphertext"

                for value in proveNothing ciphertext Text do
                    isBadEnvelope ciphertext DecodeReason.Missing (enveloped ciphertext value) "ciphertext"

                for value, reason in
                    [
                        "7", DecodeReason.NotAString
                        "{}", DecodeReason.NotAString
                        "\"AAA\"", DecodeReason.NotBase64
                        "\"AAA=\\n\"", DecodeReason.NotBase64
                        "\"AAB=\"", DecodeReason.NotBase64
                        "\"AA_-\"", DecodeReason.NotBase64
                    ] do
                    isBadEnvelope ciphertext reason (enveloped ciphertext (Some value)) value
            }

            test "ciphertexts have 16 bytes at least and nonces 12, whatever the cipher; only then a key may be wrong" {
                let ciphertext, nonce = "$.resource.ciphertext", "$.resource.nonce"

                for length in [ 1; 15 ] do
                    isBadEnvelope ciphertext DecodeReason.WrongLength (enveloped ciphertext (base64 length)) "short"

                Expect.equal (fateOf (enveloped ciphertext (base64 16))) "decryption_failed" "16 bytes"

                for text in [ "0123456789a"; "0123456789abc"; "0123456789aé"; "é" ] do
                    isBadEnvelope nonce DecodeReason.WrongLength (enveloped nonce (Some("\"" + text + "\""))) text

                Expect.equal (fateOf (enveloped nonce (Some "\"0123456789é\""))) "decryption_failed" "12 bytes"

                let elsewhere =
                    withValue "$.resource.algorithm" (Some "\"AEAD_SM4_128_GCM\"") envelope

                for path, value in [ ciphertext, base64 15; nonce, Some "\"0123456789a\"" ] do
                    let body = withValue path value elsewhere
                    isBadEnvelope path DecodeReason.WrongLength (decode (sign (utf8 body))) "before the cipher"
            }

            test "odd fields of the envelope are anomalies, before the resource's own" {
                let odd =
                    envelopeWith "TRANSACTION.SUCCESS" (utf8 (withValue "$.bank_type" (Some "7") paid)) "transaction"

                let read path value json =
                    match decode (sign (utf8 (withValue path (Some value) json))) with
                    | Ok decoded ->
                        Expect.equal (WeChatPayEvent.caseName decoded.Event) "PaymentSucceeded" "the event is there"
                        decoded
                    | other -> failtest (fateOf other)

                for path, value, reason in
                    [
                        "$.create_time", "7", DecodeReason.NotADate
                        "$.create_time", "\"soon\"", DecodeReason.NotADate
                        "$.summary", "7", DecodeReason.NotAString
                        "$.resource.original_type", "7", DecodeReason.NotAString
                    ] do
                    for json, others in [ envelope, []; odd, [ "$.bank_type", DecodeReason.NotAString ] ] do
                        let found =
                            [
                                for anomaly in (read path value json).Anomalies -> anomaly.Path, anomaly.Reason
                            ]

                        Expect.equal found ((path, reason) :: others) (path + " = " + value)

                let without = read "$.create_time" "7" envelope
                Expect.isFalse without.CreatedAt.HasValue "no date"
                Expect.equal (without.Summary, without.OriginalType) ("done", "transaction") "the rest is there"
                Expect.equal (read "$.summary" "7" envelope).Summary null "no words"
                Expect.equal (read "$.resource.original_type" "7" envelope).OriginalType null "no type"
                let dated = read "$.create_time" "\"2026-01-31 08:00:00\"" envelope
                Expect.isEmpty dated.Anomalies "in any of the platform's spellings"
                Expect.equal (dated.CreatedAt.Value.ToUnixTimeSeconds()) 1769817600L "the date"

                for absent in [ "null"; "\"\"" ] do
                    Expect.isEmpty (read "$.create_time" absent envelope).Anomalies "an absent date is none"
            }
        ]

[<Tests>]
let tests = testList "promises of evidence" [ resources; duplicates; envelopes ]
