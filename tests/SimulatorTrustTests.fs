module WeChatPay.Tests.SimulatorTrustTests

open System
open System.Collections.Generic
open System.IO
open System.Net.Http
open System.Text.Json
open System.Threading
open System.Threading.Tasks
open Expecto
open Microsoft.Extensions.Time.Testing
open WeChatPay
open WeChatPay.Api
open WeChatPay.Functional
open WeChatPay.Simulator
open WeChatPay.Wire
open WeChatPay.Tests.Shop

let private startUsual () = WeChatPaySimulator.StartAsync()

/// An answer's bytes as they came.
type RawAnswer(json: byte array) =
    member _.Json = json

    static member Get url =
        Operation.Get<RawAnswer>(
            url,
            WireDecoder<RawAnswer>(fun json value error ->
                value <- RawAnswer(json.ToArray())
                error <- null
                true)
        )

let private signErrorOf platform change clock =
    refusalOf (fun () -> (direct platform change clock).Payments.QueryByOutTradeNoAsync "order-1")

let private trust =
    testList
        "trust"
        [
            testCaseTask "a request that another key signed is refused, with what the platform saw" (fun () ->
                task {
                    use! platform = startUsual ()

                    let! refusal =
                        signErrorOf
                            platform
                            (fun options -> options.MerchantPrivateKey <- Platform.stranger.ExportPkcs8PrivateKeyPem())
                            TimeProvider.System

                    Expect.equal (refusal.StatusCode, refusal.ErrorCode) (401, "SIGN_ERROR") "refused"
                    use detail = JsonDocument.Parse(refusal.Body.Detail.Value.GetRawText())
                    let saw = detail.RootElement.GetProperty "sign_information"
                    let url = "/v3/pay/transactions/out-trade-no/order-1?mchid=1900000001"
                    Expect.equal (saw.GetProperty("url").GetString()) url "the url"
                    let shown = saw.GetProperty("truncated_sign_message").GetString()
                    Expect.stringStarts shown ("GET\n" + url + "\n") "the text's beginning"
                    Expect.equal (saw.GetProperty("sign_message_length").GetInt32()) (shown.Length) "its length"
                })

            testCaseTask "a serial, a merchant or a clock that is off is refused, and says so" (fun () ->
                task {
                    use! platform = startUsual ()

                    let fieldOf (refusal: WeChatPayApiException) =
                        use detail = JsonDocument.Parse(refusal.Body.Detail.Value.GetRawText())
                        detail.RootElement.GetProperty("field").GetString()

                    let! serial =
                        signErrorOf platform (fun options -> options.MerchantSerial <- "ABCD") TimeProvider.System

                    Expect.equal (fieldOf serial) "serial_no" "serial"

                    let! merchant =
                        signErrorOf platform (fun options -> options.MerchantId <- "1900000002") TimeProvider.System

                    Expect.equal (fieldOf merchant) "mchid" "merchant"

                    // The simulator's clock runs on while the request travels: towards the future some seconds are left for it.
                    for seconds, expected in [ 310.0, "timestamp"; -302.0, "timestamp" ] do
                        let clock = FakeTimeProvider(DateTimeOffset.UtcNow.AddSeconds seconds)

                        let! clock =
                            signErrorOf platform (fun options -> options.Tolerance <- TimeSpan.FromHours 1.0) clock

                        Expect.equal (fieldOf clock) expected "clock"
                })

            testCaseTask "every answer is signed by the key that the request names" (fun () ->
                task {
                    use! platform = startUsual ()
                    let folder = Directory.CreateTempSubdirectory "wechatpay"
                    let file = Path.Combine(folder.FullName, "certificate.pem")
                    File.WriteAllText(file, platform.PlatformCertificatePem)

                    let client =
                        direct
                            platform
                            (fun options ->
                                options.PlatformPublicKeyId <- null
                                options.PlatformPublicKey <- null
                                options.PlatformCertificateFiles.Add file)
                            TimeProvider.System

                    let! placed = client.Payments.PrepayNativeAsync(native "order-1")
                    Expect.isNotEmpty placed.CodeUrl "verified with the certificate"
                    // Of an empty 204, too:
                    do! client.Payments.CloseAsync "order-1"
                    let! refusal = refusalOf (fun () -> client.Payments.CloseAsync "order-1")
                    Expect.isTrue refusal.IsSigned "and of refusals"
                })

            testCaseTask "each misbehaviour ends as what it is, and money's fate is never guessed" (fun () ->
                task {
                    use! platform = startUsual ()
                    let client = direct platform ignore TimeProvider.System

                    for wrong in
                        [
                            Misbehaviour.WrongKey
                            Misbehaviour.Tampered
                            Misbehaviour.Unsigned
                            Misbehaviour.Stale
                        ] do
                        platform.Misbehaviour <- wrong

                        try
                            let! _ = client.Payments.PrepayNativeAsync(native "order-1")
                            failtest (string wrong)
                        with :? WeChatPayUntrustedAnswerException as failure ->
                            Expect.isTrue failure.OutcomeUnknown (string wrong)

                    platform.Misbehaviour <- Misbehaviour.SystemError

                    let! refusal =
                        refusalOf (fun () -> client.Payments.PrepayNativeAsync(native "order-2"))

                    Expect.isTrue (refusal.MayRetry && refusal.StatusCode = 500) "try again"
                    platform.Misbehaviour <- Misbehaviour.LostAnswer

                    try
                        let! _ = client.Payments.PrepayNativeAsync(native "order-3")
                        failtest "lost"
                    with :? HttpRequestException ->
                        ()

                    platform.Misbehaviour <- Misbehaviour.None
                    let! order = client.Payments.QueryByOutTradeNoAsync "order-3"
                    Expect.equal order.TradeState.Value "NOTPAY" "the answer was lost, the order was placed"
                    let! refusal = refusalOf (fun () -> client.Payments.QueryByOutTradeNoAsync "order-2")
                    Expect.equal refusal.StatusCode 404 "after a system error nothing was done"
                })

            testCaseTask "the platform's certificate opens under the APIv3 key, and is the one that signs" (fun () ->
                task {
                    use! platform = startUsual ()

                    let! answer =
                        (direct platform ignore TimeProvider.System).SendAsync(RawAnswer.Get "/v3/certificates")

                    use document = JsonDocument.Parse(ReadOnlyMemory answer.Json)
                    let entry = document.RootElement.GetProperty("data")[0]

                    let text (name: string) =
                        entry.GetProperty("encrypt_certificate").GetProperty(name).GetString()

                    let bytes name = Platform.utf8 (text name)
                    let key = Platform.force (ApiV3Key.create platform.ApiV3Key)

                    let plain =
                        Cipher.unseal
                            key
                            (ReadOnlySpan(bytes "nonce"))
                            (ReadOnlySpan(bytes "associated_data"))
                            (ReadOnlySpan(Convert.FromBase64String(text "ciphertext")))
                        |> Platform.force

                    let certificate =
                        Platform.force (PlatformKey.ofCertificatePem (Text.Encoding.UTF8.GetString plain))

                    Expect.equal certificate.Serial platform.PlatformCertificateSerial "the certificate"
                    Expect.equal (entry.GetProperty("serial_no").GetString()) certificate.Serial "as it says"
                })
        ]

[<Tests>]
let tests = testList "simulator" [ trust ]
