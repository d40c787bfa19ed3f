/// A whole call on loopback: an order is written, signed and sent, its answer verified and read; by the façade, and by hand as an application would that had no library.
module WeChatPay.Benchmarks.EndToEnd

open System
open System.Net
open System.Net.Http
open System.Net.Http.Headers
open System.Net.Sockets
open System.Security.Cryptography
open System.Text
open System.Text.Json
open System.Threading
open System.Threading.Tasks
open Polly
open Polly.CircuitBreaker
open WeChatPay
open WeChatPay.Benchmarks.SystemTextJson

[<Literal>]
let private Path = "/v3/pay/transactions/native"

[<Literal>]
let private PlatformId = "PUB_KEY_ID_0190000000012026010100000000000000"

[<Literal>]
let private Serial = "5157F09EFDC096DE15EBE81A47057A72"

let private now = DateTimeOffset(2026, 1, 31, 8, 0, 0, TimeSpan.Zero)

/// A clock that stands, so that one signed answer stays fresh.
[<Sealed>]
type private StandingClock() =
    inherit TimeProvider()
    override _.GetUtcNow() = now

let private seconds =
    now.ToUnixTimeSeconds().ToString Globalization.CultureInfo.InvariantCulture

/// The answer that the server gives to everything, signed beforehand: neither side waits for the other's RSA.
let private answerOf (platform: RSA) =
    let body = """{"code_url":"weixin://wxpay/bizpayurl?pr=p4lpSuKzz"}"""
    let text = Encoding.UTF8.GetBytes(seconds + "\nnonce\n" + body + "\n")

    let signature =
        Convert.ToBase64String(platform.SignData(text, HashAlgorithmName.SHA256, RSASignaturePadding.Pkcs1))

    Encoding.UTF8.GetBytes(
        String.Join(
            "\r\n",
            "HTTP/1.1 200 OK",
            "Content-Type: application/json",
            "Content-Length: "
            + body.Length.ToString Globalization.CultureInfo.InvariantCulture,
            "Request-ID: 08F78BB5AF0610D302",
            "Wechatpay-Timestamp: " + seconds,
            "Wechatpay-Nonce: nonce",
            "Wechatpay-Signature: " + signature,
            "Wechatpay-Signature-Type: WECHATPAY2-SHA256-RSA2048",
            "Wechatpay-Serial: " + PlatformId,
            "",
            body
        )
    )

let private lengthOf (head: string) =
    head.Split "\r\n"
    |> Array.tryFind (fun line -> line.StartsWith("Content-Length:", StringComparison.OrdinalIgnoreCase))
    |> Option.map (fun line -> int (line.Substring(line.IndexOf ':' + 1)))
    |> Option.defaultValue 0

/// Reads requests of one connection and answers each.
let private serve (answer: byte array) (client: TcpClient) =
    task {
        use client = client
        client.NoDelay <- true
        use stream = client.GetStream()
        let buffer = Array.zeroCreate<byte> 16384
        let mutable filled = 0
        let mutable isOpen = true

        while isOpen do
            let! read = stream.ReadAsync(buffer.AsMemory filled)
            filled <- filled + read
            isOpen <- read > 0
            let headEnd = buffer.AsSpan(0, filled).IndexOf("\r\n\r\n"B.AsSpan())

            if headEnd > 0 then
                let whole = headEnd + 4 + lengthOf (Encoding.ASCII.GetString(buffer, 0, headEnd))

                if filled >= whole then
                    filled <- 0
                    do! stream.WriteAsync(ReadOnlyMemory<byte> answer)
    }

/// The server, and both ways to call it.
[<Sealed>]
type There() =
    let platform, merchant = RSA.Create 2048, RSA.Create 2048
    let listener = new TcpListener(IPAddress.Loopback, 0)
    do listener.Start()
    let answer = answerOf platform
    let ending = new CancellationTokenSource()

    let accepting =
        task {
            try
                while true do
                    let! client = listener.AcceptTcpClientAsync ending.Token
                    serve answer client |> ignore
            with :? OperationCanceledException ->
                ()
        }

    let address =
        Uri("http://127.0.0.1:" + (listener.LocalEndpoint :?> IPEndPoint).Port.ToString())

    let http = new HttpClient(WeChatPayClient.CreateHandler())

    let clientOf (change: WeChatPayOptions -> unit) =
        let options =
            WeChatPayOptions(
                MerchantId = "1230000109",
                MerchantSerial = Serial,
                MerchantPrivateKey = merchant.ExportPkcs8PrivateKeyPem(),
                ApiV3Key = String('k', 32),
                PlatformPublicKeyId = PlatformId,
                PlatformPublicKey = platform.ExportSubjectPublicKeyInfoPem(),
                BaseAddress = address.ToString()
            )

        change options
        WeChatPayClient(http, options, StandingClock())

    let clientWith (change: WeChatPayResilienceOptions -> unit) =
        clientOf (fun options -> change options.Resilience)

    let client = clientWith ignore
    let bare = clientWith (fun resilience -> resilience.Attempts <- 1)

    let surround (resilience: WeChatPayResilienceOptions) =
        resilience.BackupAddresses.Add(address.ToString())
        resilience.CallsPerSecond["POST " + Path] <- 1_000_000

        resilience.Pipeline <- ResiliencePipelineBuilder().AddCircuitBreaker(CircuitBreakerStrategyOptions()).Build()

    let resilient = clientWith surround

    // Certificates are asked for beside the public key, as while a merchant changes over.
    let whole =
        clientOf (fun options ->
            surround options.Resilience
            options.DownloadPlatformCertificates <- true
            options.PlatformCertificateFolder <- "")

    let ears = Ears()

    let order () =
        WeChatPay.Api.NativePrepayRequest(
            Appid = "wxd678efh567hg6787",
            Description = "一杯茶",
            OutTradeNo = "1217752501201407033233368018",
            NotifyUrl = "https://shop.example/wechatpay/notify",
            Amount = WeChatPay.Api.OrderAmount(Total = 100L, Currency = "CNY")
        )

    let header (response: HttpResponseMessage) (name: string) =
        Seq.head (response.Headers.GetValues name)

    let byHand () : Task<string> =
        task {
            let body =
                JsonSerializer.SerializeToUtf8Bytes(
                    SystemTextJson.NativePrepayRequest(
                        Appid = "wxd678efh567hg6787",
                        Mchid = "1230000109",
                        Description = "一杯茶",
                        OutTradeNo = "1217752501201407033233368018",
                        NotifyUrl = "https://shop.example/wechatpay/notify",
                        Amount = SystemTextJson.OrderAmount(Total = 100L, Currency = "CNY")
                    ),
                    ShapesContext.Relaxed.NativePrepayRequest
                )

            let nonce =
                RandomNumberGenerator.GetString("0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZ".AsSpan(), 32)

            let text =
                Encoding.UTF8.GetBytes(
                    "POST\n"
                    + Path
                    + "\n"
                    + seconds
                    + "\n"
                    + nonce
                    + "\n"
                    + Encoding.UTF8.GetString body
                    + "\n"
                )

            let signature =
                Convert.ToBase64String(merchant.SignData(text, HashAlgorithmName.SHA256, RSASignaturePadding.Pkcs1))

            use content = new ByteArrayContent(body)
            content.Headers.ContentType <- MediaTypeHeaderValue "application/json"

            use message =
                new HttpRequestMessage(HttpMethod.Post, Uri(address, Path), Content = content)

            message.Headers.TryAddWithoutValidation(
                "Authorization",
                "WECHATPAY2-SHA256-RSA2048 mchid=\"1230000109\",nonce_str=\""
                + nonce
                + "\",signature=\""
                + signature
                + "\",timestamp=\""
                + seconds
                + "\",serial_no=\""
                + Serial
                + "\""
            )
            |> ignore

            message.Headers.TryAddWithoutValidation("Wechatpay-Serial", PlatformId)
            |> ignore

            message.Headers.TryAddWithoutValidation("Accept", "application/json") |> ignore
            message.Headers.TryAddWithoutValidation("User-Agent", "by hand") |> ignore
            use! response = http.SendAsync message
            let! bytes = response.Content.ReadAsByteArrayAsync()

            let head =
                header response "Wechatpay-Timestamp"
                + "\n"
                + header response "Wechatpay-Nonce"
                + "\n"

            let signed = [| yield! Encoding.UTF8.GetBytes head; yield! bytes; '\n'B |]
            let proof = Convert.FromBase64String(header response "Wechatpay-Signature")

            if not (platform.VerifyData(signed, proof, HashAlgorithmName.SHA256, RSASignaturePadding.Pkcs1)) then
                invalidOp "The answer is not the platform's."

            match JsonSerializer.Deserialize(ReadOnlySpan bytes, ShapesContext.Relaxed.NativePrepayResponse) with
            | Null -> return invalidOp "The answer is empty."
            | NonNull answer -> return answer.CodeUrl
        }

    let demand (codeUrl: string) =
        if not (codeUrl.StartsWith "weixin:") then
            invalidOp "A measured step gave the wrong result."

    /// An order placed by hand.
    member _.ByHand() =
        demand (byHand().GetAwaiter().GetResult())

    /// The same order placed by the façade.
    member _.ByFacade() =
        demand (client.Payments.PrepayNativeAsync(order ()).GetAwaiter().GetResult().CodeUrl)

    /// The same order, each call sent once and nothing around it.
    member _.ByBareClient() =
        demand (bare.Payments.PrepayNativeAsync(order ()).GetAwaiter().GetResult().CodeUrl)

    /// The same order with attempts, a backup host, a limit by call and a circuit breaker.
    member _.ByResilientClient() =
        demand (resilient.Payments.PrepayNativeAsync(order ()).GetAwaiter().GetResult().CodeUrl)

    /// The same order, each call sent once, and nobody listens.
    member there.ByBareClientUnheard() =
        ears.Off()
        there.ByBareClient()

    /// The same order with all of this, keys that renew themselves, and somebody who collects traces and metrics.
    member _.ByWholeClientHeard() =
        ears.On()
        let before = ears.Spans
        demand (whole.Payments.PrepayNativeAsync(order ()).GetAwaiter().GetResult().CodeUrl)

        if ears.Spans < before + 2L then
            invalidOp "Nobody heard the call."

    interface IDisposable with
        member _.Dispose() =
            ears.Off()
            ending.Cancel()
            accepting.Wait()
            listener.Stop()
            http.Dispose()
            ending.Dispose()
