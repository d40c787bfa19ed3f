/// Every way to pay for a direct merchant, through the façade, against the simulator; what pages and apps are handed; the platform's certificates.
module WeChatPay.Tests.WaysToPayTests

open System
open System.Net
open System.Net.Http
open System.Security.Cryptography
open System.Text.Json
open System.Threading.Tasks
open Expecto
open WeChatPay
open WeChatPay.Api
open WeChatPay.Functional
open WeChatPay.Simulator
open WeChatPay.Tests.Platform
open WeChatPay.Tests.Shop

let private notifyUrl = "https://shop.test/notify"
let private amount = OrderAmount(Total = 100L)

let private jsapi number =
    JsapiPrepayRequest(
        Appid = "wx1",
        Description = "tea",
        OutTradeNo = number,
        NotifyUrl = notifyUrl,
        Amount = amount,
        Payer = OrderPayer(Openid = "o1"),
        LimitPay = [| PaymentLimit.NoCredit |]
    )

let private app number =
    AppPrepayRequest(Appid = "wx1", Description = "tea", OutTradeNo = number, NotifyUrl = notifyUrl, Amount = amount)

let private h5 number =
    H5PrepayRequest(
        Appid = "wx1",
        Description = "tea",
        OutTradeNo = number,
        NotifyUrl = notifyUrl,
        Amount = amount,
        SceneInfo = H5OrderScene(PayerClientIp = "192.0.2.7", H5Info = H5Info(Type = "Wap"))
    )

let private tradeTypeOf (client: WeChatPayClient) (platform: WeChatPaySimulator) number =
    task {
        let! _ = platform.PayAsync number
        let! order = client.Payments.QueryByOutTradeNoAsync number
        return order.TradeType.Value.Value
    }

let private verifies (pem: string) (text: string) (signature: string) =
    use rsa = RSA.Create()
    rsa.ImportFromPem(pem.AsSpan())
    rsa.VerifyData(utf8 text, Convert.FromBase64String signature, HashAlgorithmName.SHA256, RSASignaturePadding.Pkcs1)

let private ways =
    testList
        "orders"
        [
            testCaseTask "each way is placed, paid, and known by its kind" (fun () ->
                task {
                    use! platform = WeChatPaySimulator.StartAsync()
                    let client = direct platform ignore TimeProvider.System
                    let! prepaid = client.Payments.PrepayJsapiAsync(jsapi "jsapi-1")
                    Expect.stringStarts prepaid.PrepayId "wx" "prepay_id"
                    let! prepaid = client.Payments.PrepayAppAsync(app "app-01")
                    Expect.stringStarts prepaid.PrepayId "wx" "prepay_id"
                    let! prepaid = client.Payments.PrepayH5Async(h5 "h5-001")
                    Expect.stringStarts prepaid.H5Url "https://" "h5_url"

                    for number, kind in [ "jsapi-1", "JSAPI"; "app-01", "APP"; "h5-001", "MWEB" ] do
                        let! found = tradeTypeOf client platform number
                        Expect.equal found kind number
                })

            testCaseTask "what a way needs beyond the others is asked for by name" (fun () ->
                task {
                    use! platform = WeChatPaySimulator.StartAsync()
                    let client = direct platform ignore TimeProvider.System

                    let! refusal =
                        refusalOf (fun () ->
                            let request =
                                JsapiPrepayRequest(
                                    Appid = "wx1",
                                    Description = "tea",
                                    OutTradeNo = "jsapi-1",
                                    NotifyUrl = notifyUrl,
                                    Amount = amount,
                                    Payer = OrderPayer(Openid = "")
                                )

                            client.Payments.PrepayJsapiAsync request)

                    Expect.equal refusal.ErrorCode "PARAM_ERROR" "code"
                    Expect.stringContains (refusal.Body.Detail.Value.GetRawText()) "/payer/openid" "the field"
                })

            testCaseTask "one number cannot be used for two ways" (fun () ->
                task {
                    use! platform = WeChatPaySimulator.StartAsync()
                    let client = direct platform ignore TimeProvider.System
                    let! _ = client.Payments.PrepayJsapiAsync(jsapi "order-1")
                    let! refusal = refusalOf (fun () -> client.Payments.PrepayAppAsync(app "order-1"))
                    Expect.equal refusal.ErrorCode "OUT_TRADE_NO_USED" "the platform's error"
                })
        ]

/// The texts in the platform's documentation (JSAPI and APP, "call payment"), line by line.
let private documented =
    [
        Canonical.jsapiInvocation
            "wx8888888888888888"
            "1414561699"
            "5K8264ILTKCH16CQ2502SI8ZNMTM67VS"
            "prepay_id=wx201410272009395522657a690389285100",
        "wx8888888888888888\n1414561699\n5K8264ILTKCH16CQ2502SI8ZNMTM67VS\nprepay_id=wx201410272009395522657a690389285100\n"
        Canonical.appInvocation
            "wx8888888888888888"
            "1414561699"
            "5K8264ILTKCH16CQ2502SI8ZNMTM67VS"
            "WX1217752501201407033233368018",
        "wx8888888888888888\n1414561699\n5K8264ILTKCH16CQ2502SI8ZNMTM67VS\nWX1217752501201407033233368018\n"
    ]

let private invocations =
    testList
        "invocations"
        [
            test "the texts are the documentation's" {
                for text, expected in documented do
                    Expect.equal (Text.Encoding.UTF8.GetString text) expected "byte for byte"
            }

            testCaseTask "a page is handed what it expects, signed by the merchant" (fun () ->
                task {
                    use! platform = WeChatPaySimulator.StartAsync()
                    let client = direct platform ignore TimeProvider.System
                    let! invocation = client.Payments.InvokeJsapiAsync("wx1", "wx2014")
                    use json = JsonDocument.Parse(JsonSerializer.Serialize invocation)

                    let field (name: string) =
                        json.RootElement.GetProperty(name).GetString() |> nonNull

                    Expect.equal (json.RootElement.EnumerateObject() |> Seq.length) 6 "six fields"

                    Expect.equal
                        (field "package", field "signType", field "appId")
                        ("prepay_id=wx2014", "RSA", "wx1")
                        "as they are"

                    let text =
                        "wx1\n" + field "timeStamp" + "\n" + field "nonceStr" + "\nprepay_id=wx2014\n"

                    let key = RSA.Create()
                    key.ImportFromPem(platform.MerchantPrivateKeyPem.AsSpan())
                    let pem = key.ExportSubjectPublicKeyInfoPem()
                    Expect.isTrue (verifies pem text (field "paySign")) "signed"

                    Expect.isFalse
                        (verifies pem (text.Replace("wx2014", "wx2015")) (field "paySign"))
                        "another order is not"
                })

            testCaseTask "an app is handed what it expects, signed by the merchant" (fun () ->
                task {
                    use! platform = WeChatPaySimulator.StartAsync()
                    let client = direct platform ignore TimeProvider.System
                    let! invocation = client.Payments.InvokeAppAsync("wx1", "wx2014")
                    use json = JsonDocument.Parse(JsonSerializer.Serialize invocation)

                    let field (name: string) =
                        json.RootElement.GetProperty(name).GetString() |> nonNull

                    Expect.equal (json.RootElement.EnumerateObject() |> Seq.length) 7 "seven fields"

                    Expect.equal
                        (field "package", field "partnerid", field "prepayid")
                        ("Sign=WXPay", "1900000001", "wx2014")
                        "as they are"

                    let text = "wx1\n" + field "timestamp" + "\n" + field "noncestr" + "\nwx2014\n"
                    let key = RSA.Create()
                    key.ImportFromPem(platform.MerchantPrivateKeyPem.AsSpan())
                    Expect.isTrue (verifies (key.ExportSubjectPublicKeyInfoPem()) text (field "sign")) "signed"
                })

            testCaseTask "whoever places orders opens them: single and combined, a provider's as well" (fun () ->
                task {
                    use! platform = WeChatPaySimulator.StartAsync()
                    let options = clientFor platform ignore
                    let direct = WeChatPayClient(new HttpClient(), options)
                    let partner = WeChatPayPartnerClient(new HttpClient(), options)
                    let key = RSA.Create()
                    key.ImportFromPem(platform.MerchantPrivateKeyPem.AsSpan())
                    let pem = key.ExportSubjectPublicKeyInfoPem()

                    let clients: InvocationsClient list =
                        [
                            direct.Payments
                            direct.CombinedPayments
                            partner.Payments
                            partner.CombinedPayments
                        ]

                    for client in clients do
                        let! page = client.InvokeJsapiAsync("wx1", "wx2014")

                        let text = "wx1\n" + page.TimeStamp + "\n" + page.NonceStr + "\nprepay_id=wx2014\n"

                        Expect.isTrue (verifies pem text page.PaySign) "the page"
                        let! app = client.InvokeAppAsync("wx1", "wx2014")
                        let text = "wx1\n" + app.Timestamp + "\n" + app.NonceStr + "\nwx2014\n"
                        Expect.isTrue (verifies pem text app.Sign) "the app"
                        Expect.equal app.PartnerId "1900000001" "who is paid"
                })

            test "what cannot open a payment is refused by its field" {
                let field result =
                    match result with
                    | Ok _ -> "ok"
                    | Error error ->
                        match PrepayInvocation.explain error with
                        | ApiError.InvalidRequest(field, _) -> field
                        | _ -> "other"

                let jsapi time nonce appid id =
                    field (PrepayInvocation.prepareJsapi time nonce appid id)

                Expect.equal (jsapi 1L "n" "wx1" "wx2014") "ok" "good"
                Expect.equal (jsapi -1L "n" "wx1" "wx2014") "timestamp" "before 1970"
                Expect.equal (jsapi 1L (String('n', 33)) "wx1" "wx2014") "nonce" "33"
                Expect.equal (jsapi 1L "n" "wx1\nwx2" "wx2014") "appid" "a line more"
                Expect.equal (jsapi 1L "n" "" "wx2014") "appid" "none"
                Expect.equal (jsapi 1L "n" "wx1" "prepay_id=wx2014") "prepay_id" "prefixed already"
                Expect.equal (field (PrepayInvocation.prepareApp 1L "n" "wx1" "")) "prepay_id" "none"
            }
        ]

let private withoutKeys (options: WeChatPayOptions) =
    options.PlatformPublicKeyId <- null
    options.PlatformPublicKey <- null

let private download platform change =
    WeChatPayClient.DownloadFirstCertificatesAsync(
        new HttpClient(WeChatPayClient.CreateHandler()),
        clientFor platform (fun options ->
            withoutKeys options
            change options)
    )

let private failureOf (call: unit -> Task<_>) =
    task {
        try
            let! _ = call ()
            return failtest "downloaded"
        with :? WeChatPayException as failure ->
            return failure
    }

/// Passes calls on, and changes the answer's body.
let private rewriting (change: string -> string) =
    { new DelegatingHandler(WeChatPayClient.CreateHandler()) with
        member _.SendAsync(request, cancellationToken) =
            let pass = base.SendAsync(request, cancellationToken)

            task {
                let! answer = pass
                let! body = answer.Content.ReadAsStringAsync cancellationToken
                answer.Content <- new StringContent(change body)
                return answer
            }
    }

let private certificates =
    testList
        "certificates"
        [
            testCaseTask "are downloaded without any key of the platform, opened, verified, and work" (fun () ->
                task {
                    use! platform = WeChatPaySimulator.StartAsync()
                    let! certificates = download platform ignore
                    Expect.hasLength certificates 1 "one"
                    Expect.equal certificates[0].Serial platform.PlatformCertificateSerial "its serial"
                    Expect.equal (certificates[0].Pem.Trim()) (platform.PlatformCertificatePem.Trim()) "its bytes"
                    let client = direct platform ignore TimeProvider.System
                    let! again = client.DownloadCertificatesAsync()
                    Expect.hasLength again 1 "by a client that has keys, too"
                })

            testCaseTask "a wrong APIv3 key shows itself here" (fun () ->
                task {
                    use! platform = WeChatPaySimulator.StartAsync()

                    let! failure =
                        failureOf (fun () -> download platform (fun options -> options.ApiV3Key <- apiV3KeyText))

                    Expect.equal failure.Code "untrusted_answer" "code"
                    Expect.stringContains failure.Advice.English "APIv3 key" "advice"
                    Expect.isFalse (failure.ToString().Contains apiV3KeyText) "no key"
                })

            testCaseTask "a merchant in public key mode is told so" (fun () ->
                task {
                    let options = WeChatPaySimulatorOptions(IssuesCertificates = false)

                    use! platform =
                        WeChatPaySimulator.StartAsync(options, Threading.CancellationToken.None)

                    let! failure = failureOf (fun () -> download platform ignore)
                    Expect.equal failure.Code "no_platform_certificates" "code"
                    Expect.stringContains failure.Advice.English "PlatformPublicKeyId" "what to set"
                    Expect.stringContains failure.Advice.Chinese "公钥" "in Chinese"
                    Expect.equal (failure :?> WeChatPayApiException).StatusCode 404 "the facts"
                })

            testCaseTask
                "an answer that is changed, stale, unsigned or signed by another key is not believed"
                (fun () ->
                    task {
                        use! platform = WeChatPaySimulator.StartAsync()

                        for wrong in
                            [
                                Misbehaviour.Tampered
                                Misbehaviour.Stale
                                Misbehaviour.Unsigned
                                Misbehaviour.WrongKey
                            ] do
                            platform.Misbehaviour <- wrong
                            let! failure = failureOf (fun () -> download platform ignore)
                            Expect.equal failure.Code "untrusted_answer" (string wrong)

                        platform.Misbehaviour <- Misbehaviour.None
                        let serial = platform.PlatformCertificateSerial

                        for change, code in
                            [
                                (fun (body: string) -> body.Replace(serial, "AB")), "malformed_answer"
                                (fun _ -> "{\"data\":[]}"), "malformed_answer"
                                (fun body -> body.Replace("AEAD_AES_256_GCM", "AEAD_SM4_128_GCM")), "untrusted_answer"
                                (fun body -> body + " "), "untrusted_answer"
                            ] do
                            let! failure =
                                failureOf (fun () ->
                                    WeChatPayClient.DownloadFirstCertificatesAsync(
                                        new HttpClient(rewriting change),
                                        clientFor platform withoutKeys
                                    ))

                            Expect.equal failure.Code code "changed on the way"
                    })

            testCaseTask "all settings but the platform's keys are needed" (fun () ->
                task {
                    use! platform = WeChatPaySimulator.StartAsync()

                    try
                        let! _ = download platform (fun options -> options.ApiV3Key <- null)
                        failtest "downloaded"
                    with :? WeChatPayConfigurationException as failure ->
                        Expect.equal [ for problem in failure.Problems -> problem.Setting ] [ "ApiV3Key" ] "the one"
                })
        ]

[<Tests>]
let tests = testList "ways to pay" [ ways; invocations; certificates ]
