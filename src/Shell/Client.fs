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
        /// What is tried again, for how long and where: `Resilience.Usual`, or `Resilience.Off` for each call once.
        Resilience: Resilience
        /// Told how each call ended, for logs; `ignore` where nobody asks.
        Report: CallReport -> unit
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

    /// The wire as the protocol needs it: no redirects, no cookies, no decompression (the signature covers the bytes as they came), no trace of whole addresses.
    let createHandler () = Wire.handler ()

    let private replySerial (client: Client) (policy: VerificationPolicy) =
        if client.PlatformSerial <> "" then
            client.PlatformSerial
        else
            Keyring.preferredSerial (client.Clock.GetUtcNow()) policy.Keys

    let private hostOf (client: Client) (attempt: Attempt) host =
        match host with
        | PlatformHost.Global -> client.GlobalAddress
        | _ when attempt.Host > 0 -> client.Resilience.Backups[attempt.Host - 1]
        | _ -> client.BaseAddress

    /// The attempts of a call; the host for merchants outside the mainland stands alone.
    let private courseOf watch (client: Client) (policy: RetryPolicy) (operation: Operation<'Answer>) =
        let hasBackups =
            operation.Host <> PlatformHost.Global && not client.Resilience.Backups.IsEmpty

        Course(client.Resilience, policy, Attempts.natureOf operation, hasBackups, client.Http.Timeout, watch)

    let private answerOf (operation: Operation<'Answer>) status headers (body: byte array) =
        if body.Length > Delivery.AnswerLimit then
            Error(ApiError.AnswerTooLarge(Delivery.AnswerLimit, operation.ChangesSomething))
        else
            Ok(Response.create status headers (ReadOnlySpan<byte> body))

    /// The request as all attempts send it, with the key that is to sign the answer: what is sealed must open under the key that is named.
    let private draft (client: Client) (policy: VerificationPolicy) (operation: Operation<'Answer>) =
        let serial = replySerial client policy
        let key = Keyring.tryFind serial policy.Keys

        OperationRequest.prepareFor client.Caller key operation
        |> Result.map (fun request -> struct (serial, request))

    /// Signs; the message to send and the text that was signed.
    let private sign
        (contentOf: Attempt -> PreparedRequest -> HttpContent | null)
        (client: Client)
        (operation: Operation<'Answer>)
        (struct (serial: string, request: PreparedRequest))
        (attempt: Attempt)
        (cancellationToken: CancellationToken)
        =
        backgroundTask {
            let timestamp = client.Clock.GetUtcNow().ToUnixTimeSeconds()

            match Core.prepareAgain timestamp (client.NewNonce()) request with
            | Error error -> return Error error
            | Ok prepared ->
                let! signature =
                    client.Key.SignAsync(ReadOnlyMemory<byte> prepared.Message, cancellationToken)

                let suite = client.Keys.Policy.Suite

                let authorization =
                    Core.authorizeFor suite client.Caller client.Key.Serial (ReadOnlySpan<byte> signature) prepared

                let message =
                    Wire.message
                        client.Http
                        (hostOf client attempt operation.Host)
                        serial
                        request
                        (contentOf attempt request)
                        authorization

                return Ok(struct (prepared.Message, message))
        }

    /// Runs an attempt: within the limit of its call and the user's own pipeline, signed each time; what fails on the wire is an error.
    let private attemptOnce
        contentOf
        cancellationToken
        (client: Client)
        (operation: Operation<'Answer>)
        draft
        (attempt: Attempt)
        (work: byte array -> HttpRequestMessage -> Patience -> CancellationToken -> Task<Result<'Value, ApiError>>)
        =
        backgroundTask {
            let signedWork (patience: Patience) token =
                backgroundTask {
                    match! sign contentOf client operation draft attempt token with
                    | Error error -> return Error error
                    | Ok(struct (signed, message)) -> return! work signed message patience token
                }

            let limited (patience: Patience) token =
                Calls.limited client.Resilience attempt token (signedWork patience)

            let! done' =
                Wire.patiently attempt.Timeout cancellationToken (fun patience ->
                    Calls.around client.Resilience attempt patience.Token (limited patience))

            match done' with
            | Ok result -> return result
            | Error failure -> return Error(ApiError.Unreachable(failure, operation.ChangesSomething))
        }

    /// Signs and sends; the text that was signed, and the answer as it came, nothing of it trusted yet.
    let private askWith contentOf cancellationToken (client: Client) operation draft (attempt: Attempt) =
        attemptOnce contentOf cancellationToken client operation draft attempt (fun signed message _ token ->
            backgroundTask {
                let! struct (status, headers, body) = Wire.exchange client.Http attempt message token
                attempt.RetryAfter <- RetryAfter.read (client.Clock.GetUtcNow()) headers

                return
                    answerOf operation status headers body
                    |> Result.map (fun answer -> struct (signed, answer))
            })

    /// The work of a call, watched.
    let private watched (client: Client) (operation: Operation<'Answer>) work =
        Watched.call client.Clock client.Caller.MerchantId client.Report operation work

    /// Tries a call under keys that are there, each attempt judged by what the core makes of its answer.
    let private callUnder
        watch
        contentOf
        (cancellationToken: CancellationToken)
        (client: Client)
        retry
        (policy: VerificationPolicy)
        (operation: Operation<'Answer>)
        (read: Result<struct (byte array * Answer), ApiError> -> Task<Result<'Value, ApiError>>)
        =
        backgroundTask {
            match draft client policy operation with
            | Error error -> return Error error
            | Ok draft ->
                return!
                    Calls.run
                        cancellationToken
                        (courseOf watch client retry operation)
                        client.Resilience
                        (fun attempt ->
                            backgroundTask {
                                let! asked = askWith contentOf cancellationToken client operation draft attempt
                                return! read asked
                            })
        }

    /// Asks once, and waits for no key of the platform: for whoever brings them.
    let internal askOnce cancellationToken (client: Client) (operation: Operation<'Answer>) read =
        let once =
            { client.Resilience.Policy with
                Attempts = 1
            }

        watched client operation (fun watch ->
            callUnder watch Wire.jsonContent cancellationToken client once client.Keys.Policy operation (fun asked ->
                Task.FromResult(asked |> Result.bind read)))

    /// What the core makes of an answer by the keys that are there; one by a key that is not known yet is judged again once the platform has been asked for its certificates. A refused signature is laid beside what was signed.
    let private judge
        (cancellationToken: CancellationToken)
        (client: Client)
        (read: VerificationPolicy -> DateTimeOffset -> Answer -> Result<'Value, ApiError>)
        (asked: Result<struct (byte array * Answer), ApiError>)
        : Task<Result<'Value, ApiError>> =
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

    let private sendWatched contentOf (cancellationToken: CancellationToken) (client: Client) operation watch =
        backgroundTask {
            let! answered =
                backgroundTask {
                    match! client.Keys.ReadyAsync cancellationToken with
                    | Error error -> return Error error
                    | Ok policy ->
                        return!
                            judge cancellationToken client (proven operation)
                            |> callUnder
                                watch
                                contentOf
                                cancellationToken
                                client
                                client.Resilience.Policy
                                policy
                                operation
                }

            match answered with
            | Error error -> return Error error
            | Ok(struct (answer, verified)) ->
                let opener = WireOpener()
                let first = Core.readAnswer client.Caller opener operation answer verified

                if opener.Sealed.Count = 0 then
                    return first
                else
                    do! SealedTexts.openAll cancellationToken client.Key opener
                    return Core.readAnswer client.Caller opener operation answer verified
        }

    /// The same with a body of another form than JSON.
    let internal sendWith
        (contentOf: Attempt -> PreparedRequest -> HttpContent | null)
        (cancellationToken: CancellationToken)
        (client: Client)
        (operation: Operation<'Answer>)
        : Task<Result<'Answer, ApiError>> =
        watched client operation (sendWatched contentOf cancellationToken client operation)

    /// Signs, sends, verifies, decodes, and compares the answer with the question; cancellation raises `OperationCanceledException`.
    let sendCancellable
        (cancellationToken: CancellationToken)
        (client: Client)
        (operation: Operation<'Answer>)
        : Task<Result<'Answer, ApiError>> =
        sendWith Wire.jsonContent cancellationToken client operation

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
            let! body = Wire.readBody response.Content cancellationToken

            let answer =
                Response.create (int response.StatusCode) (Wire.headersOf response) (ReadOnlySpan<byte> body)

            return!
                Ok(struct (signed, answer))
                |> judge cancellationToken client (fun policy now answer ->
                    Core.answer policy now client.Caller operation answer)
        }

    let private receiveWith receive (client: Client) operation attempt signed message (patience: Patience) token =
        backgroundTask {
            use message: HttpRequestMessage = message
            use! response = Wire.send client.Http attempt message token

            if response.IsSuccessStatusCode then
                attempt.IsFinal <- true
                return! receive response patience
            else
                attempt.RetryAfter <- RetryAfter.read (client.Clock.GetUtcNow()) (Wire.headersOf response)
                return! refusal client operation signed response token
        }

    let private streamWatched receive (cancellationToken: CancellationToken) (client: Client) operation watch =
        backgroundTask {
            let! ready = client.Keys.ReadyAsync cancellationToken

            match ready |> Result.bind (fun policy -> draft client policy operation) with
            | Error error -> return Error error
            | Ok draft ->
                let course = courseOf watch client client.Resilience.Policy operation

                return!
                    Calls.run cancellationToken course client.Resilience (fun attempt ->
                        attemptOnce
                            Wire.jsonContent
                            cancellationToken
                            client
                            operation
                            draft
                            attempt
                            (receiveWith receive client operation attempt))
        }

    /// Signs and sends what a stream answers; the receiver has the last word on a success.
    let internal stream
        (receive: HttpResponseMessage -> Patience -> Task<Result<NoContent, ApiError>>)
        (cancellationToken: CancellationToken)
        (client: Client)
        (operation: Operation<NoContent>)
        : Task<Result<NoContent, ApiError>> =
        watched client operation (streamWatched receive cancellationToken client operation)

    /// Signs what was made of an app and an order, now and once.
    let private invoke
        prepare
        (complete: byte array -> PreparedSignature -> 'Invocation)
        (cancellationToken: CancellationToken)
        (client: Client)
        : Task<Result<'Invocation, ApiError>> =
        backgroundTask {
            match prepare (client.Clock.GetUtcNow().ToUnixTimeSeconds()) (client.NewNonce()) with
            | Error error -> return Error(PrepayInvocation.explain error)
            | Ok(prepared: PreparedSignature) ->
                let! signature =
                    client.Key.SignAsync(ReadOnlyMemory<byte> prepared.Message, cancellationToken)

                return Ok(complete signature prepared)
        }

    /// Signs what a page inside WeChat or a mini program opens the payment with; nothing is sent.
    let invokeJsapi (cancellationToken: CancellationToken) (client: Client) (appid: string) (prepayId: string) =
        invoke
            (fun timestamp nonce -> PrepayInvocation.prepareJsapi timestamp nonce appid prepayId)
            (fun signature prepared ->
                PrepayInvocation.completeJsapi appid prepayId (ReadOnlySpan<byte> signature) prepared)
            cancellationToken
            client

    /// Signs what an app opens the payment with; nothing is sent.
    let invokeApp (cancellationToken: CancellationToken) (client: Client) (appid: string) (prepayId: string) =
        invoke
            (fun timestamp nonce -> PrepayInvocation.prepareApp timestamp nonce appid prepayId)
            (fun signature prepared ->
                PrepayInvocation.completeApp client.Caller appid prepayId (ReadOnlySpan<byte> signature) prepared)
            cancellationToken
            client
