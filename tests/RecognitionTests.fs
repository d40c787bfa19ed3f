module WeChatPay.Tests.RecognitionTests

open Expecto
open WeChatPay
open WeChatPay.Functional
open WeChatPay.Tests.Platform

let private order =
    "\"out_trade_no\":\"o\",\"transaction_id\":\"t\",\"trade_state\":\"SUCCESS\""

let private refundOf status =
    "\"out_refund_no\":\"o\",\"refund_id\":\"r\",\"refund_status\":\""
    + status
    + "\",\"amount\":{\"refund\":1}"

let private subOrder =
    "{\"mchid\":\"1\"," + order + ",\"amount\":{\"total_amount\":1}}"

/// The minimal resource of every shape, with the event type that it comes in and the case that it proves.
let private shapes =
    [
        "TRANSACTION.SUCCESS", "{\"mchid\":\"1\"," + order + ",\"amount\":{\"total\":1}}", "PaymentSucceeded"
        "TRANSACTION.SUCCESS", "{\"sp_mchid\":\"1\"," + order + ",\"amount\":{\"total\":1}}", "PartnerPaymentSucceeded"
        "TRANSACTION.SUCCESS",
        "{\"combine_out_trade_no\":\"c\",\"sub_orders\":[" + subOrder + "]}",
        "CombinedPaymentSucceeded"
        for name, status in [ "Succeeded", "SUCCESS"; "Abnormal", "ABNORMAL"; "Closed", "CLOSED" ] do
            "REFUND." + status, "{" + refundOf status + "}", "Refund" + name
            "REFUND." + status, "{\"mchid\":\"1\"," + refundOf status + "}", "Refund" + name
            "REFUND." + status, "{\"sp_mchid\":\"1\"," + refundOf status + "}", "PartnerRefund" + name
    ]

/// Shapes of others that come in the same event types.
let private foreign =
    [
        "TRANSACTION.SUCCESS",
        "{\"mchid\":\"1\",\"out_trade_no\":\"o\",\"id\":\"t\",\"trade_state\":\"SUCCESS\",\"amount\":{\"total\":1}}",
        "GlobalPaymentSucceeded"
        "TRANSACTION.SUCCESS",
        "{\"sp_mchid\":\"1\",\"trade_scene\":\"PARKING\",\"trade_state_description\":\"d\","
        + order
        + ",\"amount\":{\"total\":1}}",
        "ParkingPaymentSucceeded"
        "TRANSACTION.SUCCESS",
        "{\"mchid\":\"1\",\"trade_state_description\":\"d\","
        + order
        + ",\"amount\":{\"total\":1}}",
        "EducationPaymentSucceeded"
        "TRANSACTION.SUCCESS",
        "{\"sp_mchid\":\"1\",\"contract_id\":\"c\",\"bind_state\":\"BOUND\",\"plate_number\":\"p\"}",
        "EtcContractChanged"
        "REFUND.SUCCESS", "{\"mchid\":\"1\",\"recv_account\":\"a\"," + refundOf "SUCCESS" + "}", "GlobalRefundSucceeded"
        "REFUND.SUCCESS",
        "{\"sp_mchid\":\"1\",\"recv_account\":\"a\"," + refundOf "SUCCESS" + "}",
        "GlobalPartnerRefundSucceeded"
        "REFUND.SUCCESS", "{\"fund_source\":\"a\"," + refundOf "SUCCESS" + "}", "Unrecognized"
    ]

let private caseOf eventType resource =
    match decode (notify eventType resource) with
    | Ok decoded -> WeChatPayEvent.caseName decoded.Event
    | Error error -> VerifyError.code error

let private payment resource =
    match decode (notify "TRANSACTION.SUCCESS" resource) with
    | Ok({
             Event = WeChatPayEvent.PaymentSucceeded transaction
         } as decoded) -> transaction, decoded
    | Ok decoded -> failtestf "gave %s" (WeChatPayEvent.caseName decoded.Event)
    | Error error -> failtestf "gave %s" (VerifyError.code error)

let private withField (field: string) =
    paid.Replace("\"amount\"", field + ",\"amount\"")

[<Tests>]
let tests =
    testList
        "recognition"
        [
            test "every shape's minimal resource is its own case" {
                for eventType, resource, case in shapes do
                    Expect.equal (caseOf eventType resource) case resource
            }

            test "no minimal resource of one shape decodes as another, in any event type" {
                for _, resource, own in shapes do
                    for eventType, _, _ in shapes do
                        let found = caseOf eventType resource

                        Expect.isTrue
                            (found = own || found = "Unrecognized")
                            (eventType + " " + resource + " gave " + found)
            }

            test "shapes of others that come in the same event type are not taken for ours" {
                for eventType, resource, own in foreign do
                    Expect.equal (caseOf eventType resource) own resource
            }

            test "evidence absent, null, empty or saying something else proves nothing" {
                for field in [ "mchid"; "out_trade_no"; "transaction_id"; "trade_state"; "amount" ] do
                    Expect.equal
                        (caseOf "TRANSACTION.SUCCESS" (paid.Replace("\"" + field + "\"", "\"x\"")))
                        "Unrecognized"
                        field

                Expect.equal (caseOf "TRANSACTION.SUCCESS" (paid.Replace("\"4200001\"", "\"\""))) "Unrecognized" "empty"
                Expect.equal (caseOf "TRANSACTION.SUCCESS" (paid.Replace("\"4200001\"", "null"))) "Unrecognized" "null"
                Expect.equal (caseOf "TRANSACTION.SUCCESS" (paid.Replace("SUCCESS", "NOTPAY"))) "Unrecognized" "state"
                Expect.equal (caseOf "REFUND.SUCCESS" ("{" + refundOf "CLOSED" + "}")) "Unrecognized" "status"

                Expect.equal
                    (caseOf "TRANSACTION.SUCCESS" "{\"combine_out_trade_no\":\"c\",\"sub_orders\":[]}")
                    "Unrecognized"
                    "no orders"

                let unpaid =
                    "{\"combine_out_trade_no\":\"c\",\"sub_orders\":["
                    + subOrder
                    + ","
                    + subOrder.Replace("SUCCESS", "NOTPAY")
                    + "]}"

                Expect.equal (caseOf "TRANSACTION.SUCCESS" unpaid) "Unrecognized" "one order of two"
            }

            test "an unknown event type is genuine, and its text and bytes are there" {
                match decode (notify "TEA.SERVED" "{\"a\":1}") with
                | Ok decoded ->
                    Expect.equal (WeChatPayEvent.caseName decoded.Event) "Unrecognized" "case"
                    Expect.equal decoded.EventType "TEA.SERVED" "type"
                    Expect.equal (decoded.Resource.ToArray()) (utf8 "{\"a\":1}") "bytes"
                    Expect.equal decoded.IdempotencyKey "notification:EV-1" "key"
                | Error error -> failtest (VerifyError.code error)
            }

            test "an odd field outside the evidence is an anomaly, raw in Extra, and refuses nothing" {
                for field, path in
                    [
                        "\"success_time\":\"soon\"", "$.success_time"
                        "\"bank_type\":7", "$.bank_type"
                        "\"attach\":\"\\ud800\"", "$.attach"
                        "\"payer\":\"me\"", "$.payer"
                        "\"promotion_detail\":[{},7]", "$.promotion_detail[1]"
                        "\"installment_info\":{\"use_subsidy\":\"yes\"}", "$.installment_info.use_subsidy"
                    ] do
                    let transaction, decoded = payment (withField field)
                    Expect.equal (decoded.Anomalies |> Seq.map _.Path |> List.ofSeq) [ path ] field

                    if path.LastIndexOf '.' = 1 then
                        let name = path.Substring(2).Split('[')[0]

                        Expect.equal
                            (transaction.Extra[name].GetRawText())
                            (field.Substring(field.IndexOf ':' + 1))
                            field
            }

            test "digits for integers, and null or empty dates, are no anomaly" {
                let transaction, decoded =
                    payment (
                        """{"mchid":"1","out_trade_no":"o","transaction_id":"t","trade_state":"SUCCESS","success_time":"","amount":{"total":1,"payer_total":"40000"}}"""
                    )

                Expect.isEmpty decoded.Anomalies "none"
                Expect.equal transaction.Amount.PayerTotal (System.Nullable 40000L) "digits"
                Expect.isFalse transaction.SuccessTime.HasValue "no date"
            }

            test "dates come in all of the platform's spellings" {
                for text in
                    [
                        "2026-01-31T08:00:00+08:00"
                        "2026-01-31T00:00:00Z"
                        "2026-01-31T08:00:00"
                        "2026-01-31 08:00:00"
                        "20260131080000"
                        "2026-01-31T08:00:00.000+08:00"
                        "2026-01-31T08:00:00.00000"
                        "2026-01-31T08:00:00.0000"
                        "2026-01-31T00:00:00-00:00"
                    ] do
                    let transaction, decoded = payment (withField ("\"success_time\":\"" + text + "\""))
                    Expect.isEmpty decoded.Anomalies text
                    Expect.equal (transaction.SuccessTime.Value.ToUnixTimeSeconds()) 1769817600L text
            }

            test "unknown fields and unknown enumeration texts are kept" {
                let transaction, decoded =
                    payment (withField "\"later\":{\"a\":1.50},\"trade_type\":\"MIND\"")

                Expect.isEmpty decoded.Anomalies "none"
                Expect.equal (transaction.Extra["later"].GetRawText()) "{\"a\":1.50}" "raw"
                Expect.equal transaction.TradeType.Value.Value "MIND" "text"
                Expect.equal transaction.TradeType.Value.Known TradeType.Kind.Other "other"
            }

            test "whatever happens to a thing, its notifications are about the same; each effect has a key of its own" {
                let said eventType resource =
                    let decoded = force (decode (notify eventType resource))
                    decoded.Subject, decoded.IdempotencyKey

                let ofRefund status =
                    said ("REFUND." + status) ("{" + refundOf status + "}")

                Expect.equal (ofRefund "ABNORMAL") ("refund:r", "refund:r:ABNORMAL") "stuck"
                Expect.equal (ofRefund "SUCCESS") ("refund:r", "refund:r:SUCCESS") "then through"

                let ofContract event =
                    said
                        event
                        "{\"mchid\":\"1\",\"contract_id\":\"c\",\"plan_id\":1,\"out_contract_code\":\"o\",\"contract_status\":\"1\"}"

                for event, key in [ "TRANSACTION.NEWS", "notification:EV-1"; "ENTRUST.NEWS", "notification:EV-1" ] do
                    Expect.equal (ofContract event) (key, key) "nobody knows what it is about"
            }

            test "nothing personal is printed" {
                let transaction, decoded =
                    payment (withField "\"payer\":{\"openid\":\"canary\"},\"attach\":\"canary\"")

                let printed =
                    sprintf "%A %O %A %O %A %O" decoded decoded decoded.Event transaction transaction.Payer policy

                Expect.isFalse (printed.Contains "canary") printed
                Expect.isFalse (printed.Contains apiV3KeyText) "no key"
                Expect.stringContains (transaction.ToString()) "order-1" "business numbers"
            }
        ]
