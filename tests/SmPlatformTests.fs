/// The platform played by the SM suite: the simulator, `WeChatPay.Testing`, and the tool, whose signatures openssl verifies.
module WeChatPay.Tests.SmPlatformTests

open System
open System.Collections
open System.IO
open System.Net.Http
open System.Text.Json
open System.Text.Json.Nodes
open System.Text.RegularExpressions
open System.Threading
open System.Threading.Tasks
open Expecto
open Microsoft.AspNetCore.Builder
open Microsoft.AspNetCore.Http
open Microsoft.Extensions.DependencyInjection
open WeChatPay
open WeChatPay.Api
open WeChatPay.Functional
open WeChatPay.Simulator
open WeChatPay.Testing
open WeChatPay.Tests.PlantedFaults
open WeChatPay.Tests.Platform
open WeChatPay.Tests.Shop
open WeChatPay.Tests.SmTests

let private smOptions () =
    WeChatPaySimulatorOptions(Suite = sm, TimeCompression = 1000.0)

let private useSm (builder: WebApplicationBuilder) =
    builder.Services.Configure<WeChatPayOptions>(fun (options: WeChatPayOptions) -> options.Suite <- sm)
    |> ignore

let private openSmShop options = openWith options useSm ignore accept

let private smClient (platform: WeChatPaySimulator) change =
    let options = clientFor platform change
    options.Suite <- sm
    WeChatPayClient(new HttpClient(WeChatPayClient.CreateHandler()), options)

/// A request without any code of the library: signed by openssl, sent as it is; status, headers and body of the answer.
let private send
    (platform: WeChatPaySimulator)
    (change: string -> string)
    (sign: string -> string -> byte array)
    (url: string)
    =
    task {
        let timestamp = DateTimeOffset.UtcNow.ToUnixTimeSeconds().ToString()
        let nonce = "5K8264ILTKCH16CQ2502SI8ZNMTM67VS"

        let signature =
            sign platform.MerchantPrivateKeyPem ("GET\n" + url + "\n" + timestamp + "\n" + nonce + "\n\n")

        let authorization =
            "WECHATPAY2-SM2-WITH-SM3 mchid=\""
            + platform.MerchantId
            + "\",nonce_str=\""
            + nonce
            + "\",signature=\""
            + Convert.ToBase64String signature
            + "\",timestamp=\""
            + timestamp
            + "\",serial_no=\""
            + platform.MerchantSerial
            + "\""

        use http = new HttpClient()

        use message = new HttpRequestMessage(HttpMethod.Get, Uri(platform.BaseAddress, url))

        for name, value in
            [
                "Authorization", change authorization
                "Accept", "application/json"
                "User-Agent", "test"
            ] do
            message.Headers.TryAddWithoutValidation(name, value) |> ignore

        use! response = http.SendAsync message
        let! body = response.Content.ReadAsByteArrayAsync()

        let headers =
            dict
                [
                    for header in response.Headers do
                        header.Key, String.Join(",", header.Value)
                ]

        return struct (int response.StatusCode, headers, body)
    }

let private signSm2 (pem: string) (text: string) =
    withFolder (fun folder ->
        File.WriteAllText(Path.Combine(folder, "key.pem"), pem)
        File.WriteAllText(Path.Combine(folder, "m"), text)
        openssl folder "pkeyutl -sign -inkey key.pem -rawin -digest sm3 -pkeyopt distid:1234567812345678 -in m")

/// Whether openssl takes the signature of an answer or a notification, by the public key or the certificate.
let private opensslVerifies (flag: string) (pem: string) (find: string -> string) (body: byte array) =
    withFolder (fun folder ->
        let path name = Path.Combine(folder, name)
        File.WriteAllText(path "key.pem", pem)

        File.WriteAllBytes(
            path "m",
            Array.concat
                [
                    utf8 (find "Wechatpay-Timestamp" + "\n" + find "Wechatpay-Nonce" + "\n")
                    body
                    "\n"B
                ]
        )

        File.WriteAllBytes(path "sig", Convert.FromBase64String(find "Wechatpay-Signature"))

        openssl
            folder
            ("pkeyutl -verify "
             + flag
             + " -inkey key.pem -rawin -digest sm3 -pkeyopt distid:1234567812345678 -in m -sigfile sig")
        |> ignore)

let private codeOfJson (body: byte array) =
    JsonDocument.Parse(body).RootElement.GetProperty("code").GetString()

let private simulator =
    testList
        "simulator"
        [
            testCaseTask "an order's life by the façade: placed, paid once, notified, refunded" (fun () ->
                task {
                    use! shop = openSmShop (smOptions ())
                    let! placed = shop.Client.Payments.PrepayNativeAsync(order shop "sm-order-1")
                    Expect.stringStarts placed.CodeUrl "weixin://wxpay/" "a code to scan"
                    let! sent = shop.Platform.PayAsync "sm-order-1"
                    Expect.isTrue sent.IsAccepted "the shop took it"

                    let! refund =
                        shop.Client.Refunds.CreateAsync(refundOf shop "sm-order-1" "sm-refund-1" 30L)

                    Expect.equal refund.Status.Value "PROCESSING" "on its way"
                    do! shop.Platform.DrainAsync CancellationToken.None

                    Expect.equal
                        [ for seen in shop.Seen -> WeChatPayEvent.caseName seen.Event ]
                        [ "PaymentSucceeded"; "RefundSucceeded" ]
                        "both notifications were verified, opened by SM4 and typed"
                })

            testCaseTask
                "openssl signs a request and verifies the answer, by the public key and by the certificate"
                (fun () ->
                    task {
                        for signsWith in [ PlatformKeyKind.PublicKey; PlatformKeyKind.Certificate ] do
                            use! platform =
                                WeChatPaySimulator.StartAsync(
                                    WeChatPaySimulatorOptions(Suite = sm, SignsWith = signsWith),
                                    CancellationToken.None
                                )

                            let url = "/v3/pay/transactions/out-trade-no/none-1?mchid=" + platform.MerchantId

                            let! struct (status, headers, body) = send platform id signSm2 url
                            Expect.equal (status, codeOfJson body) (404, "ORDER_NOT_EXIST") "signed rightly"
                            Expect.equal headers["Wechatpay-Signature-Type"] "WECHATPAY2-SM2-WITH-SM3" "the type"

                            if signsWith = PlatformKeyKind.PublicKey then
                                Expect.equal headers["Wechatpay-Serial"] platform.PlatformPublicKeyId "named"
                                opensslVerifies "-pubin" platform.PlatformPublicKeyPem (fun name -> headers[name]) body
                            else
                                Expect.equal headers["Wechatpay-Serial"] platform.PlatformCertificateSerial "named"

                                opensslVerifies
                                    "-certin"
                                    platform.PlatformCertificatePem
                                    (fun name -> headers[name])
                                    body
                    })

            testCaseTask
                "requests that are not the merchant's are refused: another key, another user, another scheme, RSA"
                (fun () ->
                    task {
                        use! platform = WeChatPaySimulator.StartAsync(smOptions (), CancellationToken.None)

                        let url = "/v3/pay/transactions/out-trade-no/none-1?mchid=" + platform.MerchantId

                        let otherKey _ text = signSm2 strangerPair.Value.Private text

                        let otherUser (pem: string) (text: string) =
                            withFolder (fun folder ->
                                File.WriteAllText(Path.Combine(folder, "key.pem"), pem)
                                File.WriteAllText(Path.Combine(folder, "m"), text)
                                openssl folder "pkeyutl -sign -inkey key.pem -rawin -digest sm3 -in m")

                        let byRsa _ (text: string) =
                            stranger.SignData(
                                utf8 text,
                                Security.Cryptography.HashAlgorithmName.SHA256,
                                Security.Cryptography.RSASignaturePadding.Pkcs1
                            )

                        let rsaScheme (authorization: string) =
                            authorization.Replace("WECHATPAY2-SM2-WITH-SM3", "WECHATPAY2-SHA256-RSA2048")

                        let brandScheme (authorization: string) =
                            authorization
                                .Replace("WECHATPAY2-SM2-WITH-SM3", "WECHATPAY-BRAND-SHA256-RSA2048")
                                .Replace("mchid=\"1900000001\"", "brand_id=\"40001\"")

                        for change, sign in
                            [
                                id, otherKey
                                id, otherUser
                                id, byRsa
                                rsaScheme, byRsa
                                rsaScheme, signSm2
                                brandScheme, signSm2
                            ] do
                            let! struct (status, _, body) = send platform change sign url
                            Expect.equal (status, codeOfJson body) (401, "SIGN_ERROR") "refused"

                        use! rsa = WeChatPaySimulator.StartAsync()
                        let! struct (status, _, body) = send rsa id (fun _ text -> otherKey "" text) url
                        Expect.equal (status, codeOfJson body) (401, "SIGN_ERROR") "SM2 to a platform of RSA"
                    })

            testCaseTask "its certificates are asked for by algorithm_type=SM2, and read by openssl" (fun () ->
                task {
                    use! platform = WeChatPaySimulator.StartAsync(smOptions (), CancellationToken.None)

                    for url in [ "/v3/certificates"; "/v3/certificates?algorithm_type=RSA" ] do
                        let! struct (status, _, body) = send platform id signSm2 url
                        Expect.equal (status, codeOfJson body) (404, "RESOURCE_NOT_EXISTS") url

                    let! struct (status, headers, body) =
                        send platform id signSm2 "/v3/certificates?algorithm_type=SM2"

                    Expect.equal
                        (status, headers["Wechatpay-Serial"])
                        (200, platform.PlatformCertificateSerial)
                        "given"

                    let entry = JsonDocument.Parse(body).RootElement.GetProperty("data")[0]

                    Expect.equal
                        (entry.GetProperty("encrypt_certificate").GetProperty("algorithm").GetString())
                        "AEAD_SM4_128_GCM"
                        "sealed by SM4"

                    // By our client, which asks by itself, without any key.
                    let client =
                        smClient platform (fun options ->
                            options.PlatformPublicKey <- null
                            options.PlatformPublicKeyId <- null
                            options.DownloadPlatformCertificates <- true
                            options.PlatformCertificateFolder <- "")

                    let! found = client.DownloadCertificatesAsync()
                    Expect.equal [ for one in found -> one.Serial ] [ platform.PlatformCertificateSerial ] "downloaded"

                    withFolder (fun folder ->
                        File.WriteAllText(Path.Combine(folder, "cert.pem"), found[0].Pem)

                        let said =
                            openssl folder "x509 -in cert.pem -noout -serial -subject -dates -pubkey"
                            |> Text.Encoding.UTF8.GetString

                        Expect.stringContains said platform.PlatformCertificateSerial "the serial"
                        Expect.stringContains said "Tenpay.com sign (simulated)" "the name"

                        // The first and the last part of a certificate: what is signed, and the signature.
                        let last =
                            (openssl folder "asn1parse -in cert.pem"
                             |> Text.Encoding.UTF8.GetString
                             |> fun text -> text.Trim().Split '\n'
                             |> Array.last)
                                .Split(':')[0]

                        openssl folder "asn1parse -in cert.pem -strparse 4 -noout -out m" |> ignore

                        openssl folder ("asn1parse -in cert.pem -strparse " + last.Trim() + " -noout -out sig")
                        |> ignore

                        openssl
                            folder
                            "pkeyutl -verify -certin -inkey cert.pem -rawin -digest sm3 -pkeyopt distid:1234567812345678 -in m -sigfile sig"
                        |> ignore)

                    // A platform of RSA has none of SM2.
                    use! rsa = WeChatPaySimulator.StartAsync()

                    let key = force (MerchantKey.ofPem rsa.MerchantSerial rsa.MerchantPrivateKeyPem)

                    let byRsa _ (text: string) = Signing.sign key (span (utf8 text))

                    let scheme (authorization: string) =
                        authorization.Replace("WECHATPAY2-SM2-WITH-SM3", "WECHATPAY2-SHA256-RSA2048")

                    for url, expected in
                        [
                            "/v3/certificates", 200
                            "/v3/certificates?algorithm_type=RSA", 200
                            "/v3/certificates?algorithm_type=SM2", 404
                        ] do
                        let! struct (status, _, _) = send rsa scheme byRsa url
                        Expect.equal status expected url
                })

            testCaseTask
                "what it does wrong is not trusted: answers of a stranger, of an ended certificate, unsigned"
                (fun () ->
                    task {
                        use! platform = WeChatPaySimulator.StartAsync(smOptions (), CancellationToken.None)
                        let client = smClient platform ignore

                        let isTrusted () =
                            task {
                                try
                                    let! _ =
                                        client.Payments.PrepayNativeAsync(
                                            NativePrepayRequest(
                                                Appid = "wx0000000000000001",
                                                Description = "tea",
                                                OutTradeNo = "sm-wrong-1",
                                                NotifyUrl = "http://127.0.0.1:1/n",
                                                Amount = OrderAmount(Total = 100L)
                                            )
                                        )

                                    return true
                                with :? WeChatPayUntrustedAnswerException ->
                                    return false
                            }

                        let! right = isTrusted ()
                        Expect.isTrue right "done rightly"

                        for wrong in
                            [
                                Misbehaviour.WrongKey
                                Misbehaviour.Tampered
                                Misbehaviour.Unsigned
                                Misbehaviour.Stale
                                Misbehaviour.OldKey
                                Misbehaviour.Probe
                            ] do
                            platform.Misbehaviour <- wrong
                            let! trusted = isTrusted ()
                            Expect.isFalse trusted (wrong.ToString())
                    })

            testCaseTask "an ended certificate is SM2's, and ended" (fun () ->
                task {
                    use! platform = WeChatPaySimulator.StartAsync(smOptions (), CancellationToken.None)

                    let old =
                        force (PlatformKey.ofCertificatePemFor sm platform.PlatformOldCertificatePem)

                    Expect.isLessThan old.NotAfter DateTimeOffset.UtcNow "ended"
                })
        ]

let private fateOf (platform: TestPlatform) (sent: SignedNotification) =
    match platform.CreateClient().Notifications.Decode(sent.Headers, sent.Body.Span).TryGet() with
    | true, NonNull decoded, _ -> WeChatPayEvent.caseName decoded.Event
    | _, _, NonNull failure -> failure.Code
    | _ -> "nothing"

/// Says the scheme of RSA over what SM2 has signed.
[<Sealed>]
type private OtherScheme(inner: HttpMessageHandler) =
    inherit DelegatingHandler(inner)

    member private _.Send(request, cancellationToken) =
        base.SendAsync(request, cancellationToken)

    override handler.SendAsync(request: HttpRequestMessage, cancellationToken) =
        let said = String.Join("", request.Headers.GetValues "Authorization")
        request.Headers.Remove "Authorization" |> ignore

        request.Headers.TryAddWithoutValidation(
            "Authorization",
            said.Replace("WECHATPAY2-SM2-WITH-SM3", "WECHATPAY2-SHA256-RSA2048")
        )
        |> ignore

        handler.Send(request, cancellationToken)

let private testing =
    testList
        "testing"
        [
            test "notifications of a test platform of the suite, good and spoilt; openssl verifies the good one" {
                let platform = TestPlatform(suite = sm)
                let sent = platform.PaymentSucceeded("tea-1", 100L)
                let headers = dict [ for header in sent.Headers -> header.Key, header.Value ]
                Expect.equal headers["Wechatpay-Signature-Type"] "WECHATPAY2-SM2-WITH-SM3" "the type"

                opensslVerifies
                    "-pubin"
                    (nonNull platform.Options.PlatformPublicKey)
                    (fun name -> headers[name])
                    (sent.Body.ToArray())

                for expected, sent in
                    [
                        "PaymentSucceeded", sent
                        "PaymentSucceeded", sent.Again()
                        "RefundSucceeded", platform.RefundSucceeded("r-1", "tea-1", 40L, 100L)
                        "signature_mismatch", sent.WithWrongSignature()
                        "signature_mismatch", sent.WithTamperedBody()
                        "outside_tolerance", sent.Stale()
                        "unknown_serial", sent.WithUnknownSerial()
                        "missing_header", sent.WithoutSignature()
                        "signature_probe", sent.AsProbe()
                        "decryption_failed", sent.WithOtherApiV3Key()
                    ] do
                    Expect.equal (fateOf platform sent) expected expected
            }

            test "a merchant of RSA refuses what a platform of SM sends, and the other way round" {
                let rsa, other = TestPlatform(), TestPlatform(suite = sm)

                let mixed (keys: TestPlatform) (sender: TestPlatform) =
                    let options = keys.Options
                    options.PlatformPublicKeyId <- sender.PlatformPublicKeyId
                    let sent = sender.PaymentSucceeded("tea-1", 100L)

                    match WeChatPayNotifications.Create(options).Decode(sent.Headers, sent.Body.Span).TryGet() with
                    | _, _, NonNull failure -> failure.Code
                    | _ -> "ok"

                Expect.equal (mixed rsa other) "unsupported_signature_type" "SM to RSA"
                Expect.equal (mixed other rsa) "unsupported_signature_type" "RSA to SM"
            }

            testCaseTask
                "calls are verified, answered and signed by the suite; a stranger's request is refused"
                (fun () ->
                    task {
                        let platform = TestPlatform(suite = sm)

                        platform.Handler.Answer(
                            "POST",
                            "/v3/pay/transactions/native",
                            200,
                            """{"code_url":"weixin://wxpay/bizpayurl?pr=1"}"""
                        )
                        |> ignore

                        let request =
                            NativePrepayRequest(
                                Appid = "wx1",
                                Description = "tea",
                                OutTradeNo = "tea-001",
                                NotifyUrl = "https://shop.example/n",
                                Amount = OrderAmount(Total = 1L)
                            )

                        let! placed = platform.CreateClient().Payments.PrepayNativeAsync request
                        Expect.equal placed.CodeUrl "weixin://wxpay/bizpayurl?pr=1" "answered"

                        let refused change =
                            let options = platform.Options
                            change options

                            refusalOf (fun () ->
                                WeChatPayClient(new HttpClient(platform.Handler, false), options)
                                    .Payments.PrepayNativeAsync
                                    request)

                        let! otherKey =
                            refused (fun options -> options.MerchantPrivateKey <- strangerPair.Value.Private)

                        Expect.equal (otherKey.StatusCode, otherKey.ErrorCode) (401, "SIGN_ERROR") "another key"

                        let! rsa =
                            refused (fun options ->
                                let rsa = TestPlatform().Options
                                options.MerchantPrivateKey <- rsa.MerchantPrivateKey
                                options.PlatformPublicKey <- rsa.PlatformPublicKey
                                options.Suite <- Suite.rsa)

                        Expect.equal (rsa.StatusCode, rsa.ErrorCode) (401, "SIGN_ERROR") "a key of RSA"

                        let disguised =
                            WeChatPayClient(new HttpClient(new OtherScheme(platform.Handler), false), platform.Options)

                        let! scheme = refusalOf (fun () -> disguised.Payments.PrepayNativeAsync request)
                        Expect.equal (scheme.StatusCode, scheme.ErrorCode) (401, "SIGN_ERROR") "the scheme of RSA"

                        platform.Handler.Answer(
                            "POST",
                            "/v3/pay/transactions/native",
                            TestAnswer.Json(200, """{"code_url":"weixin://wxpay/bizpayurl?pr=1"}""").WronglySigned()
                        )
                        |> ignore

                        let! isTrusted =
                            task {
                                try
                                    let! _ = platform.CreateClient().Payments.PrepayNativeAsync request
                                    return true
                                with :? WeChatPayUntrustedAnswerException ->
                                    return false
                            }

                        Expect.isFalse isTrusted "an answer of a stranger"
                    })
        ]

/// The merchant's archive and encrypted key by openssl, in the place of its plain key.
let private byOpenssl (command: string) name (patient: Patient) =
    withFolder (fun folder ->
        let path file = Path.Combine(folder, file)
        File.WriteAllText(path "key.pem", patient.Platform.MerchantPrivateKeyPem)
        File.WriteAllText(path "cert.pem", patient.Platform.MerchantCertificatePem)
        openssl folder (command + " -out made") |> ignore
        patient.Write(name, File.ReadAllBytes(path "made"))
        patient.Set("MerchantPrivateKeyFile", name))

let private allFine name arguments options plant =
    testTask name {
        let! (report: Report) = examine options arguments plant
        Expect.equal report.Lines.Length (report.With "fine").Length "healthy"
    }

let private wrongAlone name options plant expected =
    testTask name {
        let! (report: Report) = examine options withNotifyUrl plant
        Expect.equal (report.With "wrong") expected name
    }

let private doctor =
    testList
        "doctor"
        [
            allFine "a right configuration of SM is healthy" withNotifyUrl (smOptions ()) ignore

            allFine
                "with certificates that are downloaded"
                withNotifyUrl
                (WeChatPaySimulatorOptions(Suite = sm, SignsWith = PlatformKeyKind.Certificate))
                (fun patient ->
                    for name in [ "PlatformPublicKeyId"; "PlatformPublicKeyFile"; "PlatformCertificateFiles" ] do
                        patient.Drop name

                    patient.Settings["DownloadPlatformCertificates"] <- JsonValue.Create true
                    patient.Set("PlatformCertificateFolder", ""))

            allFine "with an archive, whose certificate is looked at" withNotifyUrl (smOptions ()) (fun patient ->
                byOpenssl
                    "pkcs12 -export -inkey key.pem -in cert.pem -passout pass:1900000001"
                    "apiclient_cert.p12"
                    patient

                patient.Drop "MerchantSerial"
                patient.Drop "MerchantCertificateFile")

            allFine "with a key behind a password" withNotifyUrl (smOptions ()) (fun patient ->
                byOpenssl "pkcs8 -topk8 -v2 sm4-cbc -in key.pem -passout pass:of-the-key" "apiclient_key.pem" patient
                patient.Set("MerchantPrivateKeyPassword", "of-the-key"))

            wrongAlone
                "a stranger's key is not the certificate's"
                (smOptions ())
                (fun patient -> patient.Give("MerchantPrivateKeyFile", "apiclient_key.pem", strangerPair.Value.Private))
                [ "merchant_key", "key_not_of_certificate" ]

            wrongAlone
                "an APIv3 key that does not open the certificates"
                (smOptions ())
                (fun patient -> patient.Set("ApiV3Key", String('x', 32)))
                [ "api_v3_key", "api_v3_key_wrong" ]

            wrongAlone
                "a platform key of SM2 beside a merchant's of RSA is the fault, not the merchant's"
                (usual ())
                (fun patient -> patient.Give("PlatformPublicKeyFile", "platform.pem", platformPair.Value.Public))
                [ "platform_keys", "key_sm2_for_rsa" ]
        ]

let private tool =
    testSequencedGroup "sm tool"
    <| testList
        "tool"
        [
            testTask "sign, verify, decrypt and certificates go by the key itself" {
                let received = Concurrent.ConcurrentQueue<struct (string list * byte array)>()

                let keep (context: HttpContext) : Task =
                    task {
                        use body = new MemoryStream()
                        do! context.Request.Body.CopyToAsync body

                        received.Enqueue(
                            struct ([
                                        for header in context.Request.Headers ->
                                            header.Key + ": " + header.Value.ToString()
                                    ],
                                    body.ToArray())
                        )
                    }

                use! shop =
                    openWith
                        (smOptions ())
                        useSm
                        (fun app -> app.MapPost("/raw", RequestDelegate keep) |> ignore)
                        accept

                let platform = shop.Platform
                let folder = Directory.CreateTempSubdirectory "sm-tool-"
                let path name = Path.Combine(folder.FullName, name)

                try
                    do! platform.WriteConfigAsync(path "merchant.json")

                    let run arguments =
                        ToolProcess.run [ "LC_ALL", "C" ] arguments

                    let config = [ "--config"; path "merchant.json" ]

                    let url = "/v3/pay/transactions/out-trade-no/none-1?mchid=" + platform.MerchantId

                    // What the tool signs, the platform takes.
                    let! (signed: ToolProcess.Said) =
                        run ([ "sign" ] @ config @ [ "--method"; "GET"; "--url"; url; "--json" ])

                    let authorization = nonNull (signed.Json.GetProperty("authorization").GetString())

                    let! struct (status, headers, body) =
                        send platform (fun _ -> authorization) signSm2 url

                    Expect.equal (status, codeOfJson body) (404, "ORDER_NOT_EXIST") "signed rightly"
                    ignore headers

                    // What the platform sends, the tool verifies and opens; one byte more it does not.
                    let placed =
                        order
                            { shop with
                                NotifyUrl = shop.NotifyUrl.Replace("/notify", "/raw")
                            }
                            "sm-tool-1"

                    let! _ = shop.Client.Payments.PrepayNativeAsync placed
                    let! _ = platform.PayAsync "sm-tool-1"
                    let struct (sent, bytes) = Seq.exactlyOne received
                    File.WriteAllLines(path "headers", sent)

                    let verify (bytes: byte array) =
                        File.WriteAllBytes(path "body", bytes)

                        run (
                            [ "verify" ]
                            @ config
                            @ [ "--headers"; path "headers"; "--body"; path "body"; "--json" ]
                        )

                    let! (good: ToolProcess.Said) = verify bytes
                    Expect.equal (good.Exit, good.Json.GetProperty("case").GetString()) (0, "PaymentSucceeded") "good"
                    let! (bad: ToolProcess.Said) = verify (Array.append bytes " "B)
                    Expect.equal (bad.Exit, bad.Json.GetProperty("error").GetString()) (1, "signature_mismatch") "bad"

                    let resource = JsonDocument.Parse(bytes).RootElement.GetProperty("resource")

                    let part (name: string) =
                        nonNull (resource.GetProperty(name).GetString())

                    let decrypt nonce =
                        run (
                            [ "decrypt" ]
                            @ config
                            @ [
                                "--nonce"
                                nonce
                                "--associated-data"
                                part "associated_data"
                                "--ciphertext"
                                part "ciphertext"
                            ]
                        )

                    Expect.equal (part "algorithm") "AEAD_SM4_128_GCM" "sealed by SM4"
                    let! (opened: ToolProcess.Said) = decrypt (part "nonce")
                    Expect.equal opened.Exit 0 opened.Errors
                    Expect.stringContains opened.Output "sm-tool-1" "opened"
                    let! (shut: ToolProcess.Said) = decrypt "000000000000"
                    Expect.equal shut.Exit 1 "another nonce"

                    let! (downloaded: ToolProcess.Said) =
                        run ([ "certificates" ] @ config @ [ "--output"; path "out"; "--json" ])

                    Expect.equal downloaded.Exit 0 downloaded.Errors

                    Expect.equal
                        (File.ReadAllText(path ("out/wechatpay_" + platform.PlatformCertificateSerial + ".pem")).Trim())
                        (platform.PlatformCertificatePem.Trim())
                        "the platform's"
                finally
                    folder.Delete true
            }

            testTask "simulate --suite sm plays the platform of a merchant whose keys are of SM2" {
                let folder = Directory.CreateTempSubdirectory "sm-tool-"
                let config = Path.Combine(folder.FullName, "merchant.json")

                try
                    let started =
                        ToolProcess.start [] [ "simulate"; "--suite"; "sm"; "--write-config"; config; "--json" ]

                    let! _ = started.StandardOutput.ReadLineAsync()

                    try
                        let! (said: ToolProcess.Said) =
                            ToolProcess.run [] ([ "doctor"; "--config"; config; "--json" ] @ withNotifyUrl)

                        Expect.equal said.Exit 0 said.Output

                        let key =
                            File.ReadAllText(Path.Combine(folder.FullName, "merchant-merchant-key.pem"))

                        Expect.isOk (MerchantKey.readFor sm "" "AB" (span (utf8 key))) "a key of SM2"
                    finally
                        started.Kill()
                        started.Dispose()
                finally
                    folder.Delete true
            }
        ]

[<Tests>]
let tests = testList "sm platform" [ simulator; testing; doctor; tool ]
