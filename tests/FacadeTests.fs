module WeChatPay.Tests.FacadeTests

open System
open System.IO
open System.Net.Http
open Expecto
open WeChatPay
open WeChatPay.Functional
open WeChatPay.Tests.Platform
open WeChatPay.Tests.CallTests

let private options () =
    let folder = Directory.CreateTempSubdirectory "wechatpay"
    File.WriteAllText(Path.Combine(folder.FullName, "platform.pem"), publicKeyPem)

    WeChatPayOptions(
        MerchantId = "1900000001",
        MerchantSerial = "AB",
        MerchantPrivateKey = merchantPair.ExportPkcs8PrivateKeyPem(),
        ApiV3Key = apiV3KeyText,
        PlatformPublicKeyId = PublicKeyId,
        PlatformPublicKeyFile = "platform.pem",
        BaseAddress = "https://platform.test",
        BaseDirectory = folder.FullName
    )

let private clientOver wire =
    WeChatPayClient(new HttpClient(wire: HttpMessageHandler), options (), StoppedClock())

let private thrown<'E when 'E :> exn> (call: unit -> Threading.Tasks.Task) =
    try
        call().GetAwaiter().GetResult()
        failtest "nothing was thrown"
    with :? 'E as failure ->
        failure

[<Tests>]
let tests =
    testList
        "façade"
        [
            test "an order is placed by an async method" {
                let client =
                    clientOver (new Wire(200, """{"code_url":"weixin://wxpay/1"}""", signed))

                let answer = client.Payments.PrepayNativeAsync(prepay ()).GetAwaiter().GetResult()
                Expect.equal answer.CodeUrl "weixin://wxpay/1" "the code"
            }

            test "a refusal is an exception with all that is known" {
                let body = """{"code":"ORDER_NOT_EXIST","message":"no such order"}"""
                let client = clientOver (new Wire(404, body, signed))

                let failure =
                    thrown<WeChatPayApiException>(fun () -> client.Payments.QueryByOutTradeNoAsync "order-1")

                Expect.equal (failure.StatusCode, failure.ErrorCode) (404, "ORDER_NOT_EXIST") "facts"
                Expect.equal failure.RequestIdCode (Nullable 268435462L) "the number at the end"
                Expect.isTrue (failure.IsSigned && not failure.MayRetry && not failure.OutcomeUnknown) "signed, final"
            }

            test "an untrusted answer, an impossible request and a dead wire are told apart" {
                let untrusted = clientOver (new Wire(204, "", forged))

                let failure =
                    thrown<WeChatPayUntrustedAnswerException>(fun () -> untrusted.Payments.CloseAsync "order-1")

                Expect.isTrue failure.OutcomeUnknown "query first"

                let invalid =
                    thrown<WeChatPayValidationException>(fun () -> untrusted.Payments.QueryByOutTradeNoAsync "..")

                Expect.equal invalid.Field "out_trade_no" "the field"

                let dead =
                    { new HttpMessageHandler() with
                        member _.SendAsync(_, _) = raise (HttpRequestException "refused")
                    }

                thrown<HttpRequestException>(fun () -> (clientOver dead).Payments.QueryByOutTradeNoAsync "order-1")
                |> ignore
            }

            test "all that is missing is named at once, and no value is shown" {
                let empty = WeChatPayOptions(ApiV3Key = "canary")

                let failure =
                    try
                        WeChatPayClient(new HttpClient(), empty) |> ignore
                        failtest "accepted"
                    with :? WeChatPayConfigurationException as failure ->
                        failure.Message

                for name in
                    [
                        "MerchantId"
                        "MerchantSerial"
                        "MerchantPrivateKeyFile"
                        "6 bytes"
                        "No platform key"
                    ] do
                    Expect.stringContains failure name name

                Expect.isFalse (failure.Contains "canary") "no value"
            }

            test "a notification is decoded, or refused with a code, a status and an answer" {
                let notifications = WeChatPayNotifications.Create(options (), StoppedClock())
                let good = notify "TRANSACTION.SUCCESS" paid

                match notifications.Decode(pairs (headersOf good), ReadOnlySpan good.Body).TryGet() with
                | true, decoded, _ -> Expect.equal decoded.EventType "TRANSACTION.SUCCESS" "decoded"
                | _, _, failure -> failtest failure.Code

                match notifications.Decode(pairs (headersOf good), ReadOnlySpan(utf8 "{}")).TryGet() with
                | true, _, _ -> failtest "accepted"
                | _, _, failure ->
                    Expect.equal
                        (failure.Code, failure.StatusCode, failure.Remedy)
                        ("signature_mismatch", 401, Remedy.Reject)
                        "refused"

                    Expect.equal (failure.Answer.Code, failure.Answer.Message) ("FAIL", "signature_mismatch") "answered"
            }
        ]
