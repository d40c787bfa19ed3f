namespace WeChatPay.Shell

open System
open System.Collections.Generic
open System.IO
open System.Net
open System.Net.Http
open System.Net.Http.Headers
open System.Net.Sockets
open System.Security.Cryptography
open System.Text
open System.Threading
open System.Threading.Tasks
open WeChatPay
open WeChatPay.Functional
open WeChatPay.Wire

/// Everything that a call needs from the world.
[<NoComparison; ReferenceEquality>]
type Client =
    {
        /// The wire; its handler comes from `Client.createHandler` or behaves like it.
        Http: HttpClient
        /// The platform's host, such as `https://api.mch.weixin.qq.com`.
        BaseAddress: Uri
        /// The platform's host for merchants outside the mainland, such as `https://apihk.mch.weixin.qq.com`.
        GlobalAddress: Uri
        /// Who calls.
        Caller: Caller
        /// The key that signs requests.
        Key: IMerchantKey
        /// Whose answers are trusted: `PlatformKeys.ofRing`, or keys that renew themselves (`RenewedKeys`).
        Keys: IPlatformKeys
        /// The platform key that is to sign answers, `Wechatpay-Serial` on every request; empty for the one of the policy's keys that suits best at the time.
        PlatformSerial: string
        /// The clock.
        Clock: TimeProvider
        /// Makes a nonce: letters and digits, never the same twice.
        NewNonce: unit -> string
    }

    /// The same client with other keys of the platform.
    member client.With(keys: IPlatformKeys) = { client with Keys = keys }

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

    let private replySerial (client: Client) (policy: VerificationPolicy) =
        if client.PlatformSerial <> "" then
            client.PlatformSerial
        else
            Keyring.preferredSerial (client.Clock.GetUtcNow()) policy.Keys

    let private hostOf (client: Client) host =
        match host with
        | PlatformHost.Global -> client.GlobalAddress
        | _ -> client.BaseAddress

    /// The host and, letter for letter, the path that was signed: `Uri` would resolve dots, decode letters, and take what follows `//` for another host.
    let private addressOf (client: Client) host (url: string) =
        let host = (hostOf client host).GetLeftPart UriPartial.Authority

        let mutable asSigned =
            UriCreationOptions(DangerousDisablePathAndQueryCanonicalization = true)

        Uri(host + url, &asSigned)

    /// A JSON body; null for none.
    let internal jsonContent (request: PreparedRequest) : HttpContent | null =
        if request.Body.Length = 0 then
            null
        else
            let content = new ByteArrayContent(request.Body)
            content.Headers.ContentType <- MediaTypeHeaderValue("application/json", "utf-8")
            content

    let private createRequest
        (client: Client)
        host
        (serial: string)
        (request: PreparedRequest)
        (content: HttpContent | null)
        (authorization: string)
        =
        let message =
            new HttpRequestMessage(HttpMethod request.Method, addressOf client host request.Url, Content = content)

        message.Headers.TryAddWithoutValidation("Authorization", authorization)
        |> ignore

        match serial with
        | "" -> ()
        | serial -> message.Headers.TryAddWithoutValidation("Wechatpay-Serial", serial) |> ignore

        for KeyValue(name, value) in request.Headers do
            message.Headers.TryAddWithoutValidation(name, value) |> ignore

        message.Headers.TryAddWithoutValidation("Accept", "application/json") |> ignore

        message.Headers.TryAddWithoutValidation("User-Agent", "WeChatPay.Functional/0.1")
        |> ignore

        message

    let private answerOf (operation: Operation<'Answer>) exchanged =
        match exchanged with
        | Error failure -> Error(ApiError.Unreachable(failure, operation.ChangesSomething))
        | Ok(struct (_, _, body: byte array)) when body.Length > Delivery.AnswerLimit ->
            Error(ApiError.AnswerTooLarge(Delivery.AnswerLimit, operation.ChangesSomething))
        | Ok(struct (status, headers, body)) -> Ok(Response.create status headers (ReadOnlySpan<byte> body))

    /// Signs under keys that are there; the message to send and the text that was signed.
    let internal signWith
        (contentOf: PreparedRequest -> HttpContent | null)
        (cancellationToken: CancellationToken)
        (client: Client)
        (policy: VerificationPolicy)
        (operation: Operation<'Answer>)
        =
        backgroundTask {
            let timestamp = client.Clock.GetUtcNow().ToUnixTimeSeconds()
            // Once: what is sealed must open under the key that is named.
            let serial = replySerial client policy
            let key = Keyring.tryFind serial policy.Keys

            match Core.prepareFor client.Caller key timestamp (client.NewNonce()) operation with
            | Error error -> return Error error
            | Ok(struct (request, prepared)) ->
                let! signature =
                    client.Key.SignAsync(ReadOnlyMemory<byte> prepared.Message, cancellationToken)

                let authorization =
                    Core.authorizeFor
                        policy.Suite
                        client.Caller
                        client.Key.Serial
                        (ReadOnlySpan<byte> signature)
                        prepared

                let message =
                    createRequest client operation.Host serial request (contentOf request) authorization

                return Ok(struct (prepared.Message, message))
        }

    /// Sends what is signed; the text that was signed, and the answer as it came.
    let internal exchangeSigned
        (cancellationToken: CancellationToken)
        (client: Client)
        (operation: Operation<'Answer>)
        (struct (signed: byte array, message: HttpRequestMessage))
        =
        backgroundTask {
            let! exchanged =
                Exchange.attempt client.Http cancellationToken (fun patience ->
                    Exchange.exchange client.Http message patience.Token)

            return
                answerOf operation exchanged
                |> Result.map (fun answer -> struct (signed, answer))
        }

    /// Signs, once a key of the platform is there.
    let private sign contentOf cancellationToken (client: Client) (operation: Operation<'Answer>) =
        backgroundTask {
            match! client.Keys.ReadyAsync cancellationToken with
            | Error error -> return Error error
            | Ok policy -> return! signWith contentOf cancellationToken client policy operation
        }

    /// Signs and sends; the text that was signed, and the answer as it came, nothing of it trusted yet.
    let private askWith
        contentOf
        (cancellationToken: CancellationToken)
        (client: Client)
        (operation: Operation<'Answer>)
        =
        backgroundTask {
            match! sign contentOf cancellationToken client operation with
            | Error error -> return Error error
            | Ok signed -> return! exchangeSigned cancellationToken client operation signed
        }

    let private ask cancellationToken client operation =
        askWith jsonContent cancellationToken client operation

    /// What the core makes of an answer by the keys that are there; one by a key that is not known yet is judged again once the platform has been asked for its certificates. A refused signature is laid beside what was signed.
    let private judge
        (cancellationToken: CancellationToken)
        (client: Client)
        (read: VerificationPolicy -> DateTimeOffset -> Answer -> Result<'Value, ApiError>)
        (asked: Result<struct (byte array * Answer), ApiError>)
        =
        backgroundTask {
            match asked with
            | Error error -> return Error error
            | Ok(struct (message, answer)) ->
                let policy, now = client.Keys.Policy, client.Clock.GetUtcNow()
                let first = read policy now answer

                match Response.unknownSerial policy now answer first with
                | ValueNone -> return first |> Result.mapError (Response.explainSignature message)
                | ValueSome serial ->
                    let! policy = client.Keys.AfterUnknownAsync(serial, cancellationToken)

                    return
                        read policy (client.Clock.GetUtcNow()) answer
                        |> Result.mapError (Response.explainSignature message)
        }

    /// The evidence beside the answer: what is read twice is verified once.
    let private proven (operation: Operation<'Answer>) policy now (answer: Answer) =
        Core.proveAnswer policy now operation answer
        |> Result.map (fun verified -> struct (answer, verified))

    /// Opens what an answer's first reading found sealed; what is not sealed to this merchant stays as it is.
    let private openAll (cancellationToken: CancellationToken) (client: Client) (opener: WireOpener) =
        backgroundTask {
            for sealedText in opener.Sealed do
                match StrictBase64.TryDecode sealedText with
                | true, NonNull bytes ->
                    let! plain = client.Key.DecryptAsync(ReadOnlyMemory<byte> bytes, cancellationToken)

                    match plain with
                    | NonNull plain when Unicode.Utf8.IsValid(ReadOnlySpan<byte> plain) ->
                        opener.Open(sealedText, Encoding.UTF8.GetString plain)
                    | _ -> ()
                | _ -> ()
        }

    /// The same with a body of another form than JSON.
    let internal sendWith
        (contentOf: PreparedRequest -> HttpContent | null)
        (cancellationToken: CancellationToken)
        (client: Client)
        (operation: Operation<'Answer>)
        : Task<Result<'Answer, ApiError>> =
        backgroundTask {
            let! asked = askWith contentOf cancellationToken client operation

            match! asked |> judge cancellationToken client (proven operation) with
            | Error error -> return Error error
            | Ok(struct (answer, verified)) ->
                let opener = WireOpener()
                let first = Core.readAnswer client.Caller opener operation answer verified

                if opener.Sealed.Count = 0 then
                    return first
                else
                    do! openAll cancellationToken client opener
                    return Core.readAnswer client.Caller opener operation answer verified
        }

    /// Signs, sends, verifies, decodes, and compares the answer with the question; cancellation raises `OperationCanceledException`.
    let sendCancellable
        (cancellationToken: CancellationToken)
        (client: Client)
        (operation: Operation<'Answer>)
        : Task<Result<'Answer, ApiError>> =
        sendWith jsonContent cancellationToken client operation

    /// Signs, sends, verifies, decodes, and compares the answer with the question.
    let send (client: Client) (operation: Operation<'Answer>) : Task<Result<'Answer, ApiError>> =
        sendCancellable CancellationToken.None client operation

    /// A refusal of what was to be streamed, read as every refusal is.
    let private refusal
        (client: Client)
        (operation: Operation<NoContent>)
        (signed: byte array)
        (response: HttpResponseMessage)
        cancellationToken
        =
        backgroundTask {
            let! body = Exchange.readBody response.Content cancellationToken

            let answer =
                Response.create (int response.StatusCode) (Exchange.headersOf response) (ReadOnlySpan<byte> body)

            return!
                Ok(struct (signed, answer))
                |> judge cancellationToken client (fun policy now answer ->
                    Core.answer policy now client.Caller operation answer)
        }

    let private receiveWith
        receive
        (client: Client)
        operation
        signed
        (message: HttpRequestMessage)
        (patience: Patience)
        =
        backgroundTask {
            use message = message

            use! response =
                client.Http.SendAsync(message, HttpCompletionOption.ResponseHeadersRead, patience.Token)

            if response.IsSuccessStatusCode then
                return! receive response patience
            else
                return! refusal client operation signed response patience.Token
        }

    /// Signs and sends what a stream answers; the receiver has the last word on a success.
    let internal stream
        (receive: HttpResponseMessage -> Patience -> Task<Result<NoContent, ApiError>>)
        (cancellationToken: CancellationToken)
        (client: Client)
        (operation: Operation<NoContent>)
        : Task<Result<NoContent, ApiError>> =
        backgroundTask {
            match! sign jsonContent cancellationToken client operation with
            | Error error -> return Error error
            | Ok(struct (signed, message)) ->
                match!
                    Exchange.attempt client.Http cancellationToken (receiveWith receive client operation signed message)
                with
                | Ok received -> return received
                | Error failure -> return Error(ApiError.Unreachable(failure, operation.ChangesSomething))
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
