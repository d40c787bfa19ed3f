/// What an answer may be taken for: success, refusal, doubt; what may be tried again; which question it answers.
module WeChatPay.Tests.PromisesAnswerTests

open System
open System.Net.Http
open Expecto
open WeChatPay
open WeChatPay.Api
open WeChatPay.Api.Operations
open WeChatPay.Functional
open WeChatPay.Tests.Platform
open WeChatPay.Wire

let private caller = Caller "1900000001"
let private answerPolicy = VerificationPolicy.forAnswers ring

/// What the platform's side puts on an answer: its signature, none, or one over other bytes.
let private signed (body: byte array) = headersOf (sign body)
let private unsigned (_: byte array) : (string * string) list = []
let private forged (body: byte array) = signed (Array.append body " "B)

let private answerTo (operation: Operation<'Answer>) status (headersFor: byte array -> (string * string) list) body =
    Response.create status (pairs (headersFor body)) (ReadOnlySpan body)
    |> Core.answer answerPolicy now caller operation

let private codeOf result =
    match result with
    | Ok _ -> "ok"
    | Error error -> ApiError.code error

let private refusalOf result =
    match result with
    | Error(ApiError.Refused refusal) -> refusal
    | other -> failtestf "gave %s" (codeOf other)

let private errorOf result =
    match result with
    | Error error -> error
    | Ok _ -> failtest "The answer was taken."

let private order =
    utf8 """{"out_trade_no":"order-1","mchid":"1900000001","trade_state":"NOTPAY","amount":{"total":1}}"""

let private query = Payments.QueryByOutTradeNo "order-1"
let private close = Payments.Close "order-1"
let private failure = utf8 """{"code":"SYSTEM_ERROR","message":"busy"}"""

let private refusals =
    testList
        "refusals"
        [
            test "after a POST a refusal leaves the outcome open where it is unsigned or 5xx; after a GET never" {
                for status in [ 400; 401; 403; 404; 429; 499; 500; 501; 502; 503; 504; 599 ] do
                    for headersFor, isSigned in [ signed, true; unsigned, false; forged, false ] do
                        let label = string status + (if isSigned then " signed" else " unsigned")
                        let posted = answerTo close status headersFor failure
                        let refusal = refusalOf posted
                        let isOpen = not isSigned || status >= 500
                        Expect.equal (refusal.Status, refusal.IsSigned) (status, isSigned) label
                        Expect.equal refusal.OutcomeUnknown isOpen (label + ", POST")
                        Expect.equal (ApiError.isOutcomeUnknown (errorOf posted)) isOpen (label + ", POST")
                        let asked = answerTo query status headersFor failure
                        Expect.isFalse (refusalOf asked).OutcomeUnknown (label + ", GET")
                        Expect.isFalse (ApiError.isOutcomeUnknown (errorOf asked)) (label + ", GET")
            }

            test "200 to 299 is success, everything else is a refusal, signed or not" {
                for status in [ 200; 202; 299 ] do
                    Expect.equal (codeOf (answerTo query status signed order)) "ok" (string status)

                for status in [ 0; 100; 199; 300; 301; 302; 304; 307; 399; 600 ] do
                    for headersFor, isSigned in [ signed, true; unsigned, false ] do
                        let refusal = refusalOf (answerTo query status headersFor order)
                        Expect.equal (refusal.Status, refusal.IsSigned) (status, isSigned) (string status)

                    Expect.isTrue (refusalOf (answerTo close status unsigned order)).OutcomeUnknown "a proxy's redirect"
            }

            test "an answer of 16 MiB is read, one byte more is not" {
                let padded length =
                    Array.append order (Array.create (length - order.Length) ' 'B)

                Expect.equal (codeOf (answerTo query 200 signed (padded Delivery.AnswerLimit))) "ok" "at the limit"

                match answerTo query 200 signed (padded (Delivery.AnswerLimit + 1)) with
                | Error(ApiError.UntrustedAnswer(200, _, VerifyError.BodyTooLarge limit, false)) ->
                    Expect.equal limit 16_777_216 "the limit"
                | other -> failtest (codeOf other)
            }

            test "the very same call may be tried again after 429, 500, 502, 503 and silence, after nothing else" {
                for status in [ 400; 401; 403; 404; 408; 409; 428; 429; 430; 500; 501; 502; 503; 504; 599 ] do
                    let mayRetry = List.contains status [ 429; 500; 502; 503 ]

                    for headersFor in [ signed; unsigned ] do
                        let error = errorOf (answerTo close status headersFor failure)
                        Expect.equal (ApiError.mayRetry error) mayRetry (string status)

                let malformed = DecodeError("$", DecodeReason.NotJson)
                let refusal = refusalOf (answerTo query 500 signed failure)

                for error, mayRetry in
                    [
                        ApiError.Unreachable(HttpRequestException "gone", true), true
                        ApiError.Unreachable(HttpRequestException "gone", false), true
                        ApiError.InvalidRequest("f", "p"), false
                        ApiError.AnswerTooLarge(1, false), false
                        ApiError.NoPlatformCertificates refusal, false
                        ApiError.UntrustedAnswer(500, "", VerifyError.SignatureMismatch "s", false), false
                        ApiError.MalformedAnswer("", malformed, false), false
                        ApiError.AnswerMismatch("", "f", false), false
                    ] do
                    Expect.equal (ApiError.mayRetry error) mayRetry (ApiError.code error)
            }

            test "only a signed 404 says that the platform does not know the number" {
                let unknown = "does not know this number"

                for code in [ "ORDER_NOT_EXIST"; "RESOURCE_NOT_EXISTS" ] do
                    let body = utf8 ("{\"code\":\"" + code + "\",\"message\":\"m\"}")

                    let adviceOf operation headersFor =
                        ApiError.advice (errorOf (answerTo operation 404 headersFor body))

                    Expect.stringContains (adviceOf query signed).English unknown code
                    Expect.stringContains (adviceOf query signed).Chinese "不存在此单号" code

                    for headersFor in [ unsigned; forged ] do
                        let asked = adviceOf query headersFor
                        Expect.isFalse (asked.English.Contains unknown) "an unsigned one says nothing of the order"
                        Expect.isFalse (asked.Chinese.Contains "不存在") "in Chinese neither"
                        let posted = answerTo close 404 headersFor body |> errorOf |> ApiError.advice
                        Expect.stringContains posted.English "is not known: query" "ask first"
                        Expect.stringContains posted.Chinese "请先用商户单号查询" "ask first"
            }

            test "what is not the platform's has no code, and is told by its status" {
                for body in [ ""; "<html>"; "[]"; "{}"; "{\"code\":7}"; "{\"code\":\"A\",\"code\":\"B\"}" ] do
                    let answered = answerTo query 502 unsigned (utf8 body)
                    Expect.equal (refusalOf answered).Code "" body

                    Expect.equal
                        (ApiError.message (errorOf answered))
                        "Something that is not the platform answered 502."
                        body
            }

            test "the number at the end of a request id stands behind its last hyphen" {
                for requestId, number in
                    [
                        "08F7-268435462", ValueSome 268435462L
                        "08F7-1-2", ValueSome 2L
                        "-0", ValueSome 0L
                        "08F7-9223372036854775807", ValueSome Int64.MaxValue
                        "08F7-9223372036854775808", ValueNone
                        "268435462", ValueNone
                        "", ValueNone
                        "-", ValueNone
                        "08F7-", ValueNone
                        "08F7-1-", ValueNone
                        "08F7-+1", ValueNone
                        "08F7- 1", ValueNone
                        "08F7-1 ", ValueNone
                        "08F7-1.0", ValueNone
                        "08F7-1e2", ValueNone
                        "08F7-A1", ValueNone
                        "08F7-١", ValueNone
                    ] do
                    Expect.equal (RequestId.subCode requestId) number requestId
            }

            test "the request id is told of every answer, whatever became of it" {
                let requestIdOf name operation status headersFor (body: byte array) =
                    let headers = (name, "08F7-1") :: headersFor body
                    let answer = Response.create status (pairs headers) (ReadOnlySpan body)
                    Core.answer answerPolicy now caller operation answer

                for name in [ "Request-ID"; "request-id" ] do
                    Expect.equal (refusalOf (requestIdOf name query 404 unsigned failure)).RequestId "08F7-1" name

                    for headersFor, body in
                        [
                            unsigned, order
                            signed, utf8 "{}"
                            signed, utf8 (Text.Encoding.UTF8.GetString(order).Replace("order-1", "order-2"))
                        ] do
                        match requestIdOf name query 200 headersFor body with
                        | Error(ApiError.UntrustedAnswer(_, requestId, _, _))
                        | Error(ApiError.MalformedAnswer(requestId, _, _))
                        | Error(ApiError.AnswerMismatch(requestId, _, _)) -> Expect.equal requestId "08F7-1" name
                        | other -> failtest (codeOf other)
            }

            test "what is read is what was verified, whatever answer is laid beside it" {
                let answerOf headersFor (body: byte array) =
                    Response.create 200 (pairs (headersFor body)) (ReadOnlySpan body)

                let paid = utf8 (Text.Encoding.UTF8.GetString(order).Replace("NOTPAY", "SUCCESS"))

                let read answer verified =
                    Core.readAnswer caller (WireOpener()) query answer verified

                match Core.proveAnswer answerPolicy now query (answerOf signed order) with
                | Error error -> failtest (ApiError.message error)
                | Ok verified ->
                    match read (answerOf forged paid) verified with
                    | Ok found -> Expect.equal found.TradeState TradeState.Notpay "the proven bytes"
                    | Error error -> failtest (ApiError.message error)

                for headersFor in [ unsigned; forged ] do
                    match Core.proveAnswer answerPolicy now query (answerOf headersFor paid) with
                    | Error(ApiError.UntrustedAnswer(200, _, _, false)) -> ()
                    | Error other -> failtest (ApiError.code other)
                    | Ok _ -> failtest "There is evidence of what nobody signed."
            }
        ]

/// A refund as the platform answers it; a field without a value is left out.
let private refundAnswer (outRefundNo: string) (outTradeNo: string | null) (transactionId: string | null) =
    let field name (value: string | null) =
        match value with
        | null -> ""
        | value -> "\"" + name + "\":\"" + value + "\","

    utf8 (
        "{"
        + field "out_refund_no" outRefundNo
        + field "out_trade_no" outTradeNo
        + field "transaction_id" transactionId
        + "\"refund_id\":\"r\",\"status\":\"SUCCESS\",\"amount\":{\"refund\":1}}"
    )

let private request (outTradeNo: string | null) (transactionId: string | null) =
    Refunds.Create(
        RefundRequest(
            OutTradeNo = outTradeNo,
            TransactionId = transactionId,
            OutRefundNo = "refund-1",
            Amount = RefundRequestAmount(Refund = 1L, Total = 1L, Currency = "CNY")
        )
    )

let private fieldOf result =
    match result with
    | Ok _ -> "ok"
    | Error(ApiError.AnswerMismatch(_, field, _)) -> field
    | Error error -> ApiError.code error

let private echoes =
    testList
        "echoes"
        [
            test
                "a refund's answer has the numbers that were asked with; those not asked with, and absent ones, are free" {
                for asked, answer, expected in
                    [
                        request "o1" null, refundAnswer "refund-1" "o1" "t1", "ok"
                        request "o1" null, refundAnswer "refund-1" null null, "ok"
                        request "o1" null, refundAnswer "refund-2" "o1" "t1", "out_refund_no"
                        request "o1" null, refundAnswer "Refund-1" "o1" "t1", "out_refund_no"
                        request "o1" null, refundAnswer "refund-1" "o2" "t1", "out_trade_no"
                        request null "t1", refundAnswer "refund-1" "o2" "t1", "ok"
                        request null "t1", refundAnswer "refund-1" null null, "ok"
                        request null "t1", refundAnswer "refund-1" "o1" "t2", "transaction_id"
                        request "o1" "t1", refundAnswer "refund-1" "o1" "t2", "transaction_id"
                        request "o1" "t1", refundAnswer "refund-1" "o2" "t1", "out_trade_no"
                        request "o1" "t1", refundAnswer null "o1" "t1", "malformed_answer"
                        Refunds.Query "refund-1", refundAnswer "refund-1" "o1" "t1", "ok"
                        Refunds.Query "refund-1", refundAnswer "refund-2" "o1" "t1", "out_refund_no"
                    ] do
                    Expect.equal (fieldOf (answerTo asked 200 signed answer)) expected (string asked)
            }

            test "another refund's answer leaves open what became of the one asked for" {
                let isUnknown operation =
                    answerTo operation 200 signed (refundAnswer "refund-2" null null)
                    |> errorOf
                    |> ApiError.isOutcomeUnknown

                Expect.isTrue (isUnknown (request "o1" null)) "query first"
                Expect.isFalse (isUnknown (Refunds.Query "refund-1")) "a question changes nothing"
            }

            test "an order's answer may leave the merchant out, not name another" {
                let without =
                    Text.Encoding.UTF8.GetString(order).Replace("\"mchid\":\"1900000001\",", "")

                Expect.equal (fieldOf (answerTo query 200 signed (utf8 without))) "ok" "left out"
                let other = Text.Encoding.UTF8.GetString(order).Replace("1900000001", "1900000002")
                Expect.equal (fieldOf (answerTo query 200 signed (utf8 other))) "mchid" "another"
            }

            test "an insurance policy's answer may leave its number out, not name another" {
                let answers (operation: Operation<'Answer>) =
                    [
                        for body in [ """{"out_insurance_no":"i1"}"""; "{}"; """{"out_insurance_no":"i2"}""" ] do
                            fieldOf (answerTo operation 200 signed (utf8 body))
                    ]

                let expected = [ "ok"; "ok"; "out_insurance_no" ]
                Expect.equal (answers (InsurancePolicies.GetPolicy "i1")) expected "policy"
                Expect.equal (answers (InsurancePolicies.GetAuthorization "i1")) expected "authorization"

                Expect.equal (answers (InsurancePolicies.UpdatePolicy("i1", UpdatePolicyRequest()))) expected "change"
            }
        ]

[<Tests>]
let tests = testList "promises of answers" [ refusals; echoes ]
