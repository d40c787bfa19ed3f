/// What an adversary found, each as the smallest case: it stays mended.
module WeChatPay.Tests.AttackTests

open System
open System.Collections.Generic
open System.IO
open System.Net
open System.Net.Http
open System.Net.Sockets
open System.Security.Cryptography
open System.Security.Cryptography.X509Certificates
open System.Threading
open System.Threading.Tasks
open Expecto
open Microsoft.AspNetCore.Builder
open Microsoft.AspNetCore.Hosting
open Microsoft.AspNetCore.Http
open Microsoft.Extensions.Configuration
open Microsoft.Extensions.DependencyInjection
open Microsoft.Extensions.Logging
open WeChatPay
open WeChatPay.Api
open WeChatPay.Functional
open WeChatPay.Simulator
open WeChatPay.Tests.Platform
open WeChatPay.Tests.CallTests

let private options () =
    WeChatPayOptions(
        MerchantId = "1900000001",
        MerchantSerial = "AB",
        MerchantPrivateKey = merchantPair.ExportPkcs8PrivateKeyPem(),
        ApiV3Key = apiV3KeyText,
        PlatformPublicKeyId = PublicKeyId,
        PlatformPublicKey = publicKeyPem,
        BaseAddress = "https://platform.test",
        BaseDirectory = Path.GetTempPath()
    )

let private problemsOf (options: WeChatPayOptions) =
    try
        WeChatPayClient(new HttpClient(), options) |> ignore
        ""
    with :? WeChatPayConfigurationException as failure ->
        failure.Message

/// Remembers what was sent.
type private Sent() =
    inherit HttpMessageHandler()
    member val Uri = "" with get, set
    member val Serial = "" with get, set

    override sent.SendAsync(request, _) =
        sent.Uri <- string request.RequestUri
        sent.Serial <- String.Join("|", request.Headers.GetValues "Wechatpay-Serial")
        raise (HttpRequestException "seen")

let private callOver (handler: HttpMessageHandler) options =
    try
        WeChatPayClient(new HttpClient(handler), options, StoppedClock())
            .Payments.QueryByOutTradeNoAsync("order-1")
            .Wait()
    with :? AggregateException ->
        ()

let private certify (serial: byte) (notBefore: DateTimeOffset) (notAfter: DateTimeOffset) =
    let request =
        CertificateRequest("CN=x", stranger, HashAlgorithmName.SHA256, RSASignaturePadding.Pkcs1)

    let signer =
        X509SignatureGenerator.CreateForRSA(stranger, RSASignaturePadding.Pkcs1)

    use made =
        request.Create(request.SubjectName, signer, notBefore, notAfter, [| serial |])

    made.RawData

let private pem (der: byte array) =
    PemEncoding.WriteString("CERTIFICATE".AsSpan(), ReadOnlySpan der)

/// A shop whose server answers what a raw text gets.
let private rawAnswer (request: string) =
    task {
        let builder = WebApplication.CreateSlimBuilder()
        builder.Logging.ClearProviders() |> ignore
        builder.WebHost.UseUrls "http://127.0.0.1:0" |> ignore

        builder.Configuration.AddInMemoryCollection(
            [
                for name, value in
                    [
                        "MerchantId", "1900000001"
                        "MerchantSerial", "AB"
                        "MerchantPrivateKey", merchantPair.ExportPkcs8PrivateKeyPem()
                        "ApiV3Key", apiV3KeyText
                        "PlatformPublicKeyId", PublicKeyId
                        "PlatformPublicKey", publicKeyPem
                    ] -> KeyValuePair("WeChatPay:" + name, value)
            ]
        )
        |> ignore

        builder.Services.AddWeChatPay(builder.Configuration.GetSection "WeChatPay")
        |> ignore

        use app = builder.Build()
        // As every template for production has it.
        app.UseExceptionHandler(fun (broken: IApplicationBuilder) ->
            broken.Run(fun context -> context.Response.WriteAsync "oops"))
        |> ignore

        app.MapWeChatPayNotifications("/notify", Func<_, _, _>(fun _ _ -> Task.CompletedTask))
        |> ignore

        do! app.StartAsync()
        use client = new TcpClient("127.0.0.1", Uri(Seq.head app.Urls).Port)
        client.ReceiveTimeout <- 5000
        let stream = client.GetStream()
        do! stream.WriteAsync(ReadOnlyMemory(utf8 request))
        use reader = new StreamReader(stream)
        return! reader.ReadLineAsync()
    }

let private clientOf (platform: WeChatPaySimulator) =
    let configuration =
        ConfigurationBuilder().AddInMemoryCollection(platform.Settings).Build()

    WeChatPayClient(
        new HttpClient(WeChatPayClient.CreateHandler()),
        WeChatPayOptions.Read(configuration.GetSection "WeChatPay", ".")
    )

let private order (number: string) =
    NativePrepayRequest(
        Appid = "wx1",
        Description = "tea",
        OutTradeNo = number,
        NotifyUrl = "http://127.0.0.1:9/n",
        Amount = OrderAmount(Total = 100L)
    )

[<Tests>]
let tests =
    testList
        "attacks"
        [
            test "a key that was put where its file's name belongs is not shown" {
                let options = options ()
                let secret = options.MerchantPrivateKey
                options.MerchantPrivateKey <- null
                options.MerchantPrivateKeyFile <- secret
                Expect.isFalse ((problemsOf options).Contains(secret.Substring(40, 40))) "no part of the key"
            }

            testCaseTask "a stranger's oversized or broken request is 4xx, whatever handles exceptions" (fun () ->
                task {
                    let head = "POST /notify HTTP/1.1\r\nHost: shop\r\nConnection: close\r\n"
                    let! large = rawAnswer (head + "Content-Length: 31000000\r\n\r\n{")
                    let! over = rawAnswer (head + "Content-Length: 1048577\r\n\r\n{")
                    let! within = rawAnswer (head + "Content-Length: 1048576\r\n\r\n{")
                    let! broken = rawAnswer (head + "Transfer-Encoding: chunked\r\n\r\nzz\r\n")
                    Expect.stringStarts large "HTTP/1.1 413" "too large"
                    Expect.stringStarts over "HTTP/1.1 413" "too large by a byte, and not waited for"
                    Expect.stringStarts within "HTTP/1.1 408" "not too large, and waited for"
                    Expect.stringStarts broken "HTTP/1.1 4" "broken"
                })

            test "an answer to a query by the platform's number must have that number" {
                use wire = new Wire(200, CallTests.order, signed)

                let client = WeChatPayClient(new HttpClient(wire), options (), StoppedClock())

                Expect.throwsT<AggregateException>
                    (fun () -> client.Payments.QueryByTransactionIdAsync("4200001").Wait())
                    "another order's answer, without a transaction_id, is not this payment's"
            }

            test "the key that is to sign answers is one that is valid now" {
                let folder = (Directory.CreateTempSubdirectory "wechatpay").FullName

                let write (name: string) der =
                    File.WriteAllText(Path.Combine(folder, name), pem der)

                write "old.pem" (certify 0x11uy (now.AddDays -9.0) (now.AddDays -1.0))
                write "new.pem" (certify 0x22uy (now.AddDays -1.0) (now.AddDays 9.0))
                let options = options ()
                options.PlatformPublicKeyId <- null
                options.PlatformPublicKey <- null
                options.BaseDirectory <- folder
                options.PlatformCertificateFiles.Add "old.pem"
                options.PlatformCertificateFiles.Add "new.pem"
                use sent = new Sent()
                callOver sent options
                Expect.equal sent.Serial "22" "not the expired one, though it comes first"
            }

            testCaseTask "a timeout counts for the body as well" (fun () ->
                task {
                    let listener = new TcpListener(IPAddress.Loopback, 0)
                    listener.Start()

                    let _ =
                        Task.Run(fun () ->
                            use peer = listener.AcceptTcpClient()
                            let stream = peer.GetStream()
                            stream.Read(Array.zeroCreate 8192, 0, 8192) |> ignore
                            stream.Write(utf8 "HTTP/1.1 200 OK\r\nContent-Length: 9\r\n\r\n{")
                            Thread.Sleep 20000)

                    let options = options ()
                    options.Resilience.Attempts <- 1
                    options.BaseAddress <- "http://127.0.0.1:" + string (listener.LocalEndpoint :?> IPEndPoint).Port

                    use http =
                        new HttpClient(WeChatPayClient.CreateHandler(), Timeout = TimeSpan.FromSeconds 1.0)

                    let call = WeChatPayClient(http, options).Payments.QueryByOutTradeNoAsync "order-1"
                    let! first = Task.WhenAny(call :> Task, Task.Delay 5000)
                    Expect.isTrue (Object.ReferenceEquals(first, call)) "over after a second, not never"
                })

            test "any bytes in a certificate give a result" {
                let good = certify 1uy (now.AddDays -1.0) (now.AddDays 1.0)
                // The tag of the key's SEQUENCE, nine bytes before the modulus' first.
                let modulus = (stranger.ExportParameters false).Modulus
                let at = good.AsSpan().IndexOf(ReadOnlySpan modulus)
                good[at - 9] <- 0x31uy
                Expect.isError (PlatformKey.ofCertificatePem (pem good)) "refused, not thrown"
            }

            test "any header of an answer gives a result" {
                let answer headers =
                    (Response.create 200 headers (ReadOnlySpan())).RequestId

                Expect.equal (answer [ KeyValuePair(null, "x") ]) "" "no name"
                Expect.equal (RequestId.subCode (answer [ KeyValuePair("Request-ID", null) ])) ValueNone "no value"
            }

            test "an id that no callback can name, an address that no call can use, are named at start" {
                for id in [ "PUB_KEY_ID_公钥"; "PUB_KEY_ID_" + String('1', 64); "PUB_KEY_ID_1,2" ] do
                    let options = options ()
                    options.PlatformPublicKeyId <- id
                    Expect.isNotEmpty (problemsOf options) ("'" + id + "'")

                for address in
                    [
                        "https://gateway.test/wechat/"
                        "file:///x"
                        "ftp://localhost"
                        "https://h/?x=1"
                    ] do
                    let options = options ()
                    options.BaseAddress <- address
                    Expect.isNotEmpty (problemsOf options) address
            }

            test "certificates given as one text, or as an empty one, are not passed over" {
                for name in [ "PlatformCertificateFiles"; "PlatformCertificateFiles:0" ] do
                    for value in [ "nowhere.pem"; "" ] do
                        let configuration =
                            ConfigurationBuilder().AddInMemoryCollection([ KeyValuePair("W:" + name, value) ]).Build()

                        let read = WeChatPayOptions.Read(configuration.GetSection "W", ".")
                        Expect.stringContains (problemsOf read) "PlatformCertificateFiles" (name + "=" + value)
            }

            test "every certificate of a file is taken, and one alone where one is meant" {
                let two =
                    pem (certify 1uy now (now.AddDays 1.0))
                    + "\n"
                    + pem (certify 2uy now (now.AddDays 1.0))

                Expect.isError (PlatformKey.ofCertificatePem two) "not the first alone"
                let both = force (PlatformKey.readCertificates (ReadOnlySpan(utf8 two)))
                Expect.equal (both |> List.map _.Serial) [ "1"; "2" ] "both"
            }

            test "an empty mark is an absent one" {
                let resource = paid.Replace("\"mchid\"", "\"sp_mchid\":\"\",\"mchid\"")

                match decode (notify "TRANSACTION.SUCCESS" resource) with
                | Ok decoded -> Expect.equal (WeChatPayEvent.caseName decoded.Event) "PaymentSucceeded" "direct"
                | Error error -> failtest (VerifyError.code error)
            }

            testCaseTask "the simulator's settings work at once, whichever key signs" (fun () ->
                task {
                    use! platform =
                        WeChatPaySimulator.StartAsync(
                            WeChatPaySimulatorOptions(SignsWith = PlatformKeyKind.Certificate),
                            CancellationToken.None
                        )

                    let text = String.Join(" ", platform.Settings |> Seq.map _.Value)
                    // Not stringContains: it would print the key of this run.
                    Expect.isTrue
                        (text.Contains "BEGIN CERTIFICATE")
                        "the certificate that signs notifications is among them"
                })

            testCaseTask "a refund that was ended by hand stays as it was ended" (fun () ->
                task {
                    use! platform = WeChatPaySimulator.StartAsync()
                    let client = clientOf platform
                    let! _ = client.Payments.PrepayNativeAsync(order "order-1")
                    let! _ = platform.PayAsync "order-1"

                    let! _ =
                        client.Refunds.CreateAsync(
                            RefundRequest(
                                OutTradeNo = "order-1",
                                OutRefundNo = "r1",
                                Amount = RefundRequestAmount(Refund = 1L, Total = 100L, Currency = "CNY")
                            )
                        )

                    do! platform.SettleRefundAsync("r1", RefundOutcome.Abnormal)
                    do! Task.Delay 1800
                    let! refund = client.Refunds.QueryAsync "r1"
                    Expect.equal refund.Status.Value "ABNORMAL" "not SUCCESS a second later"
                })

            testCaseTask
                "a refund without an order's number is a PARAM_ERROR; one with two orders' numbers is refused"
                (fun () ->
                    task {
                        use! platform = WeChatPaySimulator.StartAsync()
                        let client = clientOf platform

                        for number in [ "order-A"; "order-B" ] do
                            let! _ = client.Payments.PrepayNativeAsync(order number)
                            let! _ = platform.PayAsync number
                            ()

                        let! first = client.Payments.QueryByOutTradeNoAsync "order-A"
                        let amount = RefundRequestAmount(Refund = 1L, Total = 100L, Currency = "CNY")

                        let refused (request: RefundRequest) =
                            task {
                                try
                                    let! _ = client.Refunds.CreateAsync request
                                    return "ok"
                                with
                                | :? WeChatPayApiException as failure -> return failure.ErrorCode
                                | :? WeChatPayUntrustedAnswerException ->
                                    return "money of another order was given back"
                            }

                        let! neither = refused (RefundRequest(OutRefundNo = "r1", Amount = amount))

                        let! both =
                            refused (
                                RefundRequest(
                                    OutTradeNo = "order-B",
                                    TransactionId = first.TransactionId,
                                    OutRefundNo = "r2",
                                    Amount = amount
                                )
                            )

                        Expect.equal neither "PARAM_ERROR" "neither"
                        Expect.stringContains "PARAM_ERROR INVALID_REQUEST RESOURCE_NOT_EXISTS" both "both"
                    })

            testCaseTask
                "a simulator is disposed of twice; its files do not spoil another's; any file is refused in words"
                (fun () ->
                    task {
                        let folder = (Directory.CreateTempSubdirectory "wechatpay").FullName
                        use! one = WeChatPaySimulator.StartAsync()
                        let! two = WeChatPaySimulator.StartAsync()
                        do! one.WriteConfigAsync(Path.Combine(folder, "one.json"))

                        let key () =
                            File.ReadAllText(Path.Combine(folder, "one-merchant-key.pem"))

                        let before = key ()
                        do! two.WriteConfigAsync(Path.Combine(folder, "two.json"))
                        let isSpoilt = key () <> before
                        File.WriteAllText(Path.Combine(folder, "array.json"), "[]")

                        let! words =
                            task {
                                try
                                    do! one.WriteConfigAsync(Path.Combine(folder, "array.json"))
                                    return "written"
                                with
                                | :? IOException -> return "refused"
                                | failure -> return failure.GetType().Name
                            }

                        do! (two :> IAsyncDisposable).DisposeAsync()

                        let! again =
                            task {
                                try
                                    do! (two :> IAsyncDisposable).DisposeAsync()
                                    return "fine"
                                with failure ->
                                    return failure.GetType().Name
                            }

                        Expect.equal (isSpoilt, words, again) (false, "refused", "fine") "files, words, twice"
                    })
        ]
