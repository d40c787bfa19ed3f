module WeChatPay.Tests.CallTests

open System
open System.Net
open System.Net.Http
open System.Security.Cryptography
open System.Text.RegularExpressions
open System.Threading
open System.Threading.Tasks
open Expecto
open WeChatPay
open WeChatPay.Api
open WeChatPay.Functional
open WeChatPay.Shell
open WeChatPay.Tests.Platform

let merchantPair = RSA.Create 2048

let private merchantKey =
    force (MerchantKey.ofPem "00ab" (merchantPair.ExportPkcs8PrivateKeyPem()))

/// The platform's end of the wire, in memory: refuses what is not signed over the very bytes that came, and signs what it answers.
type Wire(status: int, answer: string, sign: HttpResponseMessage -> byte array -> unit) =
    inherit HttpMessageHandler()
    member val Seen = "" with get, set

    override wire.SendAsync(request, cancellationToken) =
        task {
            let! body =
                match request.Content with
                | null -> Task.FromResult [||]
                | content -> content.ReadAsByteArrayAsync cancellationToken

            let authorization = String.Join(",", request.Headers.GetValues "Authorization")

            let part name =
                Regex.Match(authorization, name + "=\"([^\"]*)\"").Groups[1].Value

            let timestamp, nonce = part "timestamp", part "nonce_str"

            let head =
                $"{request.Method.Method}\n{request.RequestUri.PathAndQuery}\n{timestamp}\n{nonce}\n"

            let text = Array.concat [ utf8 head; body; utf8 "\n" ]
            let signature = Convert.FromBase64String(part "signature")

            if not (merchantPair.VerifyData(text, signature, HashAlgorithmName.SHA256, RSASignaturePadding.Pkcs1)) then
                return new HttpResponseMessage(HttpStatusCode.Unauthorized)
            else
                wire.Seen <- head + Text.Encoding.UTF8.GetString body
                let response = new HttpResponseMessage(enum<HttpStatusCode> status)
                response.Content <- new ByteArrayContent(utf8 answer)
                response.Headers.Add("Request-ID", "08F7-268435462")
                sign response (utf8 answer)
                return response
        }

let signed (response: HttpResponseMessage) body =
    for name, value in headersOf (Platform.sign body) do
        response.Headers.TryAddWithoutValidation(name, value) |> ignore

let unsigned (_: HttpResponseMessage) (_: byte array) = ()

let forged (response: HttpResponseMessage) (body: byte array) =
    signed response (Array.append body [| ' 'B |])

type StoppedClock() =
    inherit TimeProvider()
    override _.GetUtcNow() = now

let private clientOver (wire: HttpMessageHandler) =
    {
        Http = new HttpClient(wire)
        BaseAddress = Uri "https://platform.test"
        GlobalAddress = Uri "https://platform.test"
        Caller = Caller "1900000001"
        Key = InMemoryMerchantKey merchantKey
        Keys = PlatformKeys.ofRing ring
        PlatformSerial = PublicKeyId
        Clock = StoppedClock()
        NewNonce = Client.newNonce
        Resilience = Resilience.Off System.TimeProvider.System
        Report = ignore
    }

let private send wire operation =
    (Client.send (clientOver wire) operation).GetAwaiter().GetResult()

let order =
    """{"out_trade_no":"order-1","mchid":"1900000001","trade_state":"NOTPAY","amount":{"total":1}}"""

let prepay () =
    NativePrepayRequest(
        Appid = "wx1",
        Description = "一杯茶",
        OutTradeNo = "order-1",
        NotifyUrl = "https://shop.test/notify",
        Amount = OrderAmount(Total = 1L)
    )

let private refund () =
    RefundRequest(
        OutTradeNo = "order-1",
        OutRefundNo = "refund-1",
        Amount = RefundRequestAmount(Refund = 1L, Total = 1L, Currency = "CNY")
    )

let private codeOf result =
    match result with
    | Ok _ -> "ok", false
    | Error error -> ApiError.code error, ApiError.isOutcomeUnknown error

[<Tests>]
let tests =
    testList
        "calls"
        [
            test "an order is placed: signed over the bytes that travel, the merchant's number filled in" {
                use wire = new Wire(200, """{"code_url":"weixin://wxpay/1"}""", signed)

                match send wire (Payments.PrepayNative(prepay ())) with
                | Ok answer -> Expect.equal answer.CodeUrl "weixin://wxpay/1" "the code"
                | Error error -> failtest (ApiError.message error)

                Expect.stringContains wire.Seen "\"mchid\":\"1900000001\"" "filled in"
                Expect.stringContains wire.Seen "一杯茶" "Chinese stays Chinese"
            }

            test "an order is queried and closed" {
                match send (new Wire(200, order, signed)) (Payments.QueryByOutTradeNo "order-1") with
                | Ok found -> Expect.equal found.TradeState TradeState.Notpay "the state"
                | Error error -> failtest (ApiError.message error)

                Expect.equal
                    (codeOf (send (new Wire(204, "", signed)) (Payments.Close "order-1")))
                    ("ok", false)
                    "closed"
            }

            test "an answer without a valid signature is never data" {
                for sign in [ unsigned; forged ] do
                    let query = send (new Wire(200, order, sign)) (Payments.QueryByOutTradeNo "order-1")
                    Expect.equal (codeOf query) ("untrusted_answer", false) "a query changes nothing"
                    let close = send (new Wire(204, "", sign)) (Payments.Close "order-1")
                    Expect.equal (codeOf close) ("untrusted_answer", true) "the outcome is not known"
            }

            test "an answer to another question is a mismatch, by either number or merchant" {
                for field, operation in
                    [
                        "out_trade_no", Payments.QueryByOutTradeNo "order-2"
                        "transaction_id", Payments.QueryByTransactionId "t-2"
                    ] do
                    let answer = order.Replace("\"mchid\"", "\"transaction_id\":\"t-1\",\"mchid\"")

                    match send (new Wire(200, answer, signed)) operation with
                    | Error(ApiError.AnswerMismatch(_, found, false)) -> Expect.equal found field "the field"
                    | other -> failtestf "%A" (codeOf other)

                let elsewhere = order.Replace("1900000001", "1900000002")

                let merchant =
                    send (new Wire(200, elsewhere, signed)) (Payments.QueryByOutTradeNo "order-1")

                Expect.equal (codeOf merchant) ("answer_mismatch", false) "merchant"

                let answer =
                    """{"refund_id":"r","out_refund_no":"refund-2","status":"SUCCESS","amount":{"refund":1}}"""

                Expect.equal
                    (codeOf (send (new Wire(200, answer, signed)) (Refunds.Create(refund ()))))
                    ("answer_mismatch", true)
                    "refund"
            }

            test "a refusal says whether it was signed; an unsigned one leaves a POST's outcome open" {
                let body = """{"code":"ORDER_NOT_EXIST","message":"no such order"}"""

                for sign, isSigned in [ signed, true; unsigned, false ] do
                    match send (new Wire(404, body, sign)) (Payments.Close "order-1") with
                    | Error(ApiError.Refused refusal) ->
                        Expect.equal refusal.IsSigned isSigned "signed"
                        Expect.equal refusal.OutcomeUnknown (not isSigned) "outcome"
                        Expect.equal (refusal.Status, refusal.Code) (404, "ORDER_NOT_EXIST") "facts"
                        Expect.equal (RequestId.subCode refusal.RequestId) (ValueSome 268435462L) "sub code"
                    | other -> failtestf "%A" (codeOf other)
            }

            test "evidence missing from an answer is a malformed answer" {
                let bare = send (new Wire(200, "{}", signed)) (Payments.PrepayNative(prepay ()))
                Expect.equal (codeOf bare) ("malformed_answer", true) "no code_url"
            }

            test "a failed connection is a result, a cancelled call is an exception" {
                let failing =
                    { new HttpMessageHandler() with
                        member _.SendAsync(_, _) = raise (HttpRequestException "refused")
                    }

                Expect.equal (codeOf (send failing (Payments.Close "order-1"))) ("unreachable", true) "POST"
                Expect.equal (codeOf (send failing (Payments.QueryByOutTradeNo "order-1"))) ("unreachable", false) "GET"

                let call =
                    Client.sendCancellable
                        (CancellationToken true)
                        (clientOver (new Wire(204, "", signed)))
                        (Payments.Close "order-1")

                Expect.throwsT<TaskCanceledException> (fun () -> call.GetAwaiter().GetResult() |> ignore) "cancelled"
            }

            test "what is signed is what is sent, for any number" {
                for number in [ "a b/ü?&#%"; "订单一"; "a|*@-_~"; "..x"; "a+b=c;d,e"; "\u0001" ] do
                    let answer = order.Replace("order-1", Uri.EscapeDataString number)

                    let result =
                        send (new Wire(200, answer, signed)) (Payments.QueryByOutTradeNo number)

                    let code, _ = codeOf result
                    Expect.isTrue (code = "ok" || code = "answer_mismatch") (number + " gave " + code)

                for number in [ ""; "."; ".."; String(char 0xD800, 1) ] do
                    let result = send (new Wire(200, order, signed)) (Payments.QueryByOutTradeNo number)
                    Expect.equal (codeOf result) ("invalid_request", false) number
            }
        ]
