module WeChatPay.Tests.ReadingTests

open System
open System.Text
open Expecto
open FsCheck
open FsCheck.FSharp
open WeChatPay
open WeChatPay.Wire
open WeChatPay.Tests.Platform

/// A query's answer that shapes read to the last field: nothing is left for the check of the whole.
let private known =
    """{"amount":{"currency":"CNY","total":100},"appid":"wx1","mchid":"1230000109","out_trade_no":"7","promotion_detail":[{"coupon_id":"1","amount":10},{"coupon_id":"2"}],"scene_info":{"device_id":"1","store_info":{"id":"1"}},"success_time":"2026-01-31T08:00:00+08:00","trade_state":"SUCCESS","transaction_id":"9"}"""

/// The same with fields that no shape knows.
let private answer =
    known.Replace("100}", "100,\"later\":{\"a\":1,\"b\":[2]}}").TrimEnd '}'
    + ",\"new\":{\"x\":{\"y\":1},\"z\":[{\"k\":1}]}}"

let private written (value: PaymentNotification | null) =
    match value with
    | null -> ""
    | value ->
        try
            nonNull (WireJson.TextOf value)
        with :? InvalidOperationException ->
            "not to be written: half a surrogate pair in " + value.OutTradeNo

let private refusal (error: DecodeError | null) =
    match error with
    | null -> ""
    | error -> error.ToString()

let private atOnce (json: byte array) =
    let _, value, error = PaymentNotification.TryRead(ReadOnlySpan json)
    written value, refusal error

let private checkedFirst (json: byte array) =
    match WireDocument.TryCheck(ReadOnlyMemory json) with
    | true, document, _ ->
        let _, value, error, _ = PaymentNotification.TryRead document
        written value, refusal error
    | _, _, error -> "", refusal error

/// A change of the text at a place that a number chooses.
type private Edit =
    /// Behind the nth brace or comma.
    | Insert of Place: int * Text: string
    | Flip of Place: int * Bit: int
    | Cut of Place: int
    | Append of Text: string

let private deep levels =
    String('[', levels) + String(']', levels)

let private fragments =
    [
        "\"total\":1,"
        "\"appid\":\"b\","
        "\"\\u0061ppid\":\"b\","
        "\"a\":{\"k\":1,\"k\":2},"
        "\"odd\\ud800\":1,"
        "\"device_id\":{},"
        "\"id\":7,"
        "\"coupon_id\":[],"
        "\"out_trade_no\":null,"
        "\"deep\":" + deep 62 + ","
        "\"deep\":" + deep 63 + ","
        "\"deep\":" + deep 64 + ","
        "\"attach\":\"\\ud800\","
        "1,"
        " "
    ]

let private edits =
    gen {
        let! place = Gen.choose (0, 400)
        let! bit = Gen.choose (0, 7)
        let! fragment = Gen.elements fragments

        return!
            Gen.frequency
                [
                    8, Gen.constant (Insert(place, fragment))
                    1, Gen.constant (Flip(place, bit))
                    1, Gen.constant (Cut place)
                    1, Gen.elements [ Append " "; Append "{}"; Append ","; Append "\000" ]
                ]
    }

let private behindNth place (text: string) =
    let places =
        [
            for i, letter in Seq.indexed text do
                if letter = '{' || letter = ',' then
                    i + 1
        ]

    if places.IsEmpty then 0 else places[place % places.Length]

let private apply (json: byte array) edit =
    // One letter a byte, so that a flipped bit stays one.
    let text = Encoding.Latin1.GetString json

    let changed =
        match edit with
        | Insert(place, fragment) -> text.Insert(behindNth place text, fragment)
        | Append more -> text + more
        | Cut place -> text.Substring(0, min place text.Length)
        | Flip(place, bit) ->
            String.mapi
                (fun i letter ->
                    if i = place % text.Length then
                        char (int letter ^^^ (1 <<< bit))
                    else
                        letter)
                text

    Encoding.Latin1.GetBytes changed

/// An answer with a text in place of another.
let private withText (old: string) (replacement: string) =
    let least = if known.Contains old then known else answer
    Expect.stringContains least old "the answer has it"
    utf8 (least.Replace(old, replacement))

[<Tests>]
let tests =
    testList
        "reading at once"
        [
            test "an answer as it should be is read, unknown fields and all" {
                let json, error = atOnce (utf8 answer)
                Expect.equal error "" "nothing wrong"
                Expect.stringContains json "\"z\":[{\"k\":1}]" "kept"
            }

            for place, (old, replacement, path) in
                Seq.indexed
                    [
                        "\"appid\":", "\"mchid\":\"1\",\"appid\":", "$.mchid occurs twice"
                        "\"total\":", "\"currency\":\"\",\"total\":", "$.amount.currency occurs twice"
                        "\"a\":1", "\"b\":1", "$.amount.later.b occurs twice"
                        "{\"k\":1}", "{\"k\":1,\"k\":1}", "$.new.z[0].k occurs twice"
                        "\"coupon_id\":\"2\"",
                        "\"coupon_id\":\"2\",\"coupon_id\":\"3\"",
                        "$.promotion_detail[1].coupon_id occurs twice"
                        "\"device_id\":\"1\"", "\"device_id\":1,\"device_id\":1", "$.scene_info.device_id occurs twice"
                        "\"store_info\":{\"id\":\"1\"}",
                        "\"store_info\":[],\"s\":{\"t\":1,\"t\":2}",
                        "$.scene_info.s.t occurs twice"
                        "\"appid\":", "\"\\u006dchid\":\"1\",\"appid\":", "$.mchid occurs twice"
                        "\"new\":", "\"ne\\u0077\":1,\"new\":", "$.new occurs twice"
                        "\"trade_state\":\"SUCCESS\"",
                        "\"trade_state\":\"SUCCESS\",\"trade_state\":\"SUCCESS\"",
                        "$.trade_state occurs twice"
                        "\"transaction_id\":\"9\"}", "\"transaction_id\":\"9\"} ", ""
                        "\"transaction_id\":\"9\"}", "\"transaction_id\":\"9\"}{}", "$ is not JSON"
                        "[2]", deep 61, ""
                        "[2]", deep 62, "deeper than 64 levels"
                    ] do
                test $"what is inside counts, wherever it is ({place})" {
                    let json, error = atOnce (withText old replacement)
                    Expect.equal (json = "") (path <> "") "refused, or read"
                    Expect.stringContains error path "the place and the reason"
                    Expect.equal (json, error) (checkedFirst (withText old replacement)) "as the check says"
                }

            test "reading at once says what checking first and reading then says" {
                let mutable read = 0
                let mutable refused = 0

                let isAlike (isKnown, changes: Edit list) =
                    let json = List.fold apply (utf8 (if isKnown then known else answer)) changes
                    let alike = atOnce json

                    if fst alike = "" then
                        refused <- refused + 1
                    else
                        read <- read + 1

                    alike = checkedFirst json

                let some =
                    Gen.choose (0, 3)
                    |> Gen.bind (fun count -> Gen.listOfLength count edits)
                    |> Gen.zip (Gen.elements [ true; false ])

                Check.One(Config.QuickThrowOnFailure.WithMaxTest 5000, Prop.forAll (Arb.fromGen some) isAlike)
                Expect.isGreaterThan read 500 "enough that were read"
                Expect.isGreaterThan refused 500 "enough that were refused"
            }
        ]
