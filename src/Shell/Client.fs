namespace WeChatPay.Shell

open System
open System.Collections.Generic
open System.IO
open System.Net
open System.Net.Http
open System.Net.Http.Headers
open System.Net.Sockets
open System.Security.Cryptography
open System.Threading
open System.Threading.Tasks
open WeChatPay.Functional

/// Everything that a call needs from the world.
[<NoComparison; ReferenceEquality>]
type Client =
    {
        /// The wire; its handler comes from `Client.createHandler` or behaves like it.
        Http: HttpClient
        /// The platform's host, such as `https://api.mch.weixin.qq.com`.
        BaseAddress: Uri
        /// Who calls.
        Caller: Caller
        /// The key that signs requests.
        Key: IMerchantKey
        /// Whose answers are trusted.
        Policy: VerificationPolicy
        /// The platform key that is to sign answers, `Wechatpay-Serial` on every request; empty for the one of the policy's keys that suits best at the time.
        PlatformSerial: string
        /// The clock.
        Clock: TimeProvider
        /// Makes a nonce: letters and digits, never the same twice.
        NewNonce: unit -> string
    }

/// Sends operations. Dull: every decision is the core's.
[<RequireQualifiedAccess>]
module Client =
    [<Literal>]
    let private Letters =
        "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz"

    /// A nonce of 32 random letters and digits.
    let newNonce () =
        RandomNumberGenerator.GetString(Letters.AsSpan(), 32)

    /// The wire as the protocol needs it: no redirects, no cookies, no decompression (the signature covers the bytes as they came).
    let createHandler () =
        new SocketsHttpHandler(
            AllowAutoRedirect = false,
            UseCookies = false,
            AutomaticDecompression = DecompressionMethods.None,
            PooledConnectionLifetime = TimeSpan.FromMinutes 2.0
        )

    let private replySerial (client: Client) =
        if client.PlatformSerial <> "" then
            client.PlatformSerial
        else
            Keyring.preferredSerial (client.Clock.GetUtcNow()) client.Policy.Keys

    let private createRequest (client: Client) (request: PreparedRequest) (authorization: string) =
        let message =
            new HttpRequestMessage(HttpMethod request.Method, Uri(client.BaseAddress, request.Url))

        if request.Body.Length > 0 then
            let content = new ByteArrayContent(request.Body)
            content.Headers.ContentType <- MediaTypeHeaderValue("application/json", "utf-8")
            message.Content <- content

        message.Headers.TryAddWithoutValidation("Authorization", authorization)
        |> ignore

        match replySerial client with
        | "" -> ()
        | serial -> message.Headers.TryAddWithoutValidation("Wechatpay-Serial", serial) |> ignore

        message.Headers.TryAddWithoutValidation("Accept", "application/json") |> ignore

        message.Headers.TryAddWithoutValidation("User-Agent", "WeChatPay.Functional/0.1")
        |> ignore

        message

    let private headersOf (response: HttpResponseMessage) =
        [
            for header in Seq.append response.Headers response.Content.Headers do
                for value in header.Value do
                    KeyValuePair(header.Key, value)
        ]

    /// The body, or as much of it as shows that it is over the limit.
    let private readBody (content: HttpContent) (cancellationToken: CancellationToken) =
        backgroundTask {
            use! stream = content.ReadAsStreamAsync cancellationToken
            use body = new MemoryStream()
            let buffer = Array.zeroCreate<byte> 16384
            let mutable count = 1

            while count > 0 && body.Length <= int64 Delivery.AnswerLimit do
                let! read = stream.ReadAsync(buffer.AsMemory(), cancellationToken)
                body.Write(buffer, 0, read)
                count <- read

            return body.ToArray()
        }

    let private exchange (client: Client) (message: HttpRequestMessage) (cancellationToken: CancellationToken) =
        backgroundTask {
            use message = message

            use! response =
                client.Http.SendAsync(message, HttpCompletionOption.ResponseHeadersRead, cancellationToken)

            let! body = readBody response.Content cancellationToken
            return struct (int response.StatusCode, headersOf response, body)
        }

    /// HttpClient's own timeout ends with the headers; here it counts for the body as well.
    let private withTimeout (http: HttpClient) (cancellationToken: CancellationToken) =
        let source = CancellationTokenSource.CreateLinkedTokenSource cancellationToken

        if http.Timeout <> Timeout.InfiniteTimeSpan then
            source.CancelAfter http.Timeout

        source

    /// Connection failures and timeouts are results; cancellation by the caller stays what it is.
    let private tryExchange (client: Client) message (cancellationToken: CancellationToken) =
        backgroundTask {
            use timed = withTimeout client.Http cancellationToken

            try
                let! answer = exchange client message timed.Token
                return Ok answer
            with
            | :? HttpRequestException as failure -> return Error(failure :> exn)
            | :? IOException as failure -> return Error(failure :> exn)
            | :? SocketException as failure -> return Error(failure :> exn)
            | :? OperationCanceledException as failure when not cancellationToken.IsCancellationRequested ->
                let timeout =
                    TimeoutException("No whole answer came within HttpClient.Timeout.", failure)

                return Error(TaskCanceledException(timeout.Message, timeout) :> exn)
        }

    let private answerOf (operation: Operation<'Answer>) exchanged =
        match exchanged with
        | Error failure -> Error(ApiError.Unreachable(failure, operation.ChangesSomething))
        | Ok(struct (_, _, body: byte array)) when body.Length > Delivery.AnswerLimit ->
            Error(ApiError.AnswerTooLarge(Delivery.AnswerLimit, operation.ChangesSomething))
        | Ok(struct (status, headers, body)) -> Ok(Response.create status headers (ReadOnlySpan<byte> body))

    /// Signs and sends; the text that was signed, and the answer as it came, nothing of it trusted yet.
    let private ask (cancellationToken: CancellationToken) (client: Client) (operation: Operation<'Answer>) =
        backgroundTask {
            let timestamp = client.Clock.GetUtcNow().ToUnixTimeSeconds()

            match Core.prepare client.Caller timestamp (client.NewNonce()) operation with
            | Error error -> return Error error
            | Ok(struct (request, prepared)) ->
                let! signature =
                    client.Key.SignAsync(ReadOnlyMemory<byte> prepared.Message, cancellationToken)

                let authorization =
                    Core.authorize client.Caller client.Key.Serial (ReadOnlySpan<byte> signature) prepared

                let! exchanged =
                    tryExchange client (createRequest client request authorization) cancellationToken

                return
                    answerOf operation exchanged
                    |> Result.map (fun answer -> struct (prepared.Message, answer))
        }

    /// What the core makes of the answer; a refused signature is laid beside what was signed.
    let private judge read (asked: Result<struct (byte array * Answer), ApiError>) =
        match asked with
        | Error error -> Error error
        | Ok(struct (message, answer)) -> read answer |> Result.mapError (Response.explainSignature message)

    /// Signs, sends, verifies, decodes, and compares the answer with the question; cancellation raises `OperationCanceledException`.
    let sendCancellable
        (cancellationToken: CancellationToken)
        (client: Client)
        (operation: Operation<'Answer>)
        : Task<Result<'Answer, ApiError>> =
        backgroundTask {
            let! asked = ask cancellationToken client operation

            return
                asked
                |> judge (Core.answer client.Policy (client.Clock.GetUtcNow()) client.Caller operation)
        }

    /// Signs, sends, verifies, decodes, and compares the answer with the question.
    let send (client: Client) (operation: Operation<'Answer>) : Task<Result<'Answer, ApiError>> =
        sendCancellable CancellationToken.None client operation

    /// Downloads the platform's certificates; needs no platform key: what opens under the APIv3 key and is signed by one of the certificates inside is proven.
    let downloadCertificates
        (cancellationToken: CancellationToken)
        (client: Client)
        (apiV3Key: ApiV3Key)
        : Task<Result<PlatformCertificate list, ApiError>> =
        backgroundTask {
            let! asked = ask cancellationToken client Certificates.operation

            return
                asked
                |> judge (Certificates.read apiV3Key client.Policy (client.Clock.GetUtcNow()))
        }

    /// Signs what a page inside WeChat or a mini program opens the payment with; nothing is sent.
    let invokeJsapi (cancellationToken: CancellationToken) (client: Client) (appid: string) (prepayId: string) =
        backgroundTask {
            match
                PrepayInvocation.prepareJsapi
                    (client.Clock.GetUtcNow().ToUnixTimeSeconds())
                    (client.NewNonce())
                    appid
                    prepayId
            with
            | Error error -> return Error(PrepayInvocation.explain error)
            | Ok prepared ->
                let! signature =
                    client.Key.SignAsync(ReadOnlyMemory<byte> prepared.Message, cancellationToken)

                return Ok(PrepayInvocation.completeJsapi appid prepayId (ReadOnlySpan<byte> signature) prepared)
        }

    /// Signs what an app opens the payment with; nothing is sent.
    let invokeApp (cancellationToken: CancellationToken) (client: Client) (appid: string) (prepayId: string) =
        backgroundTask {
            match
                PrepayInvocation.prepareApp
                    (client.Clock.GetUtcNow().ToUnixTimeSeconds())
                    (client.NewNonce())
                    appid
                    prepayId
            with
            | Error error -> return Error(PrepayInvocation.explain error)
            | Ok prepared ->
                let! signature =
                    client.Key.SignAsync(ReadOnlyMemory<byte> prepared.Message, cancellationToken)

                return
                    Ok(
                        PrepayInvocation.completeApp
                            client.Caller
                            appid
                            prepayId
                            (ReadOnlySpan<byte> signature)
                            prepared
                    )
        }
