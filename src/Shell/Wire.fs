namespace WeChatPay.Shell

open System
open System.Collections.Generic
open System.IO
open System.Net
open System.Net.Http
open System.Net.Http.Headers
open System.Net.Sockets
open System.Threading
open System.Threading.Tasks
open Polly
open WeChatPay.Functional

/// One request and its answer over HTTP, as bytes.
[<RequireQualifiedAccess>]
module internal Wire =
    /// The wire as the protocol needs it: no redirects, no cookies, no decompression (the signature covers the bytes as they came).
    /// No span of its own either, since it would have the whole address, with numbers that are nobody's business: a call's spans name its endpoint.
    let handler () =
        new SocketsHttpHandler(
            AllowAutoRedirect = false,
            UseCookies = false,
            AutomaticDecompression = DecompressionMethods.None,
            PooledConnectionLifetime = TimeSpan.FromMinutes 2.0,
            ConnectTimeout = TimeSpan.FromSeconds 10.0,
            EnableMultipleHttp2Connections = true,
            ActivityHeadersPropagator = null
        )

    /// A JSON body; null for none.
    let jsonContent (attempt: Attempt) (request: PreparedRequest) : HttpContent | null =
        if request.Body.Length = 0 then
            null
        else
            let content = new WatchedContent(request.Body, attempt)
            content.Headers.ContentType <- MediaTypeHeaderValue("application/json", "utf-8")
            content

    /// The host and, letter for letter, the path that was signed: `Uri` would resolve dots, decode letters, and take what follows `//` for another host.
    let private addressOf (host: Uri) (url: string) =
        let mutable asSigned =
            UriCreationOptions(DangerousDisablePathAndQueryCanonicalization = true)

        Uri(host.GetLeftPart UriPartial.Authority + url, &asSigned)

    /// HTTP/2 where it is offered, unless the client was told which version to speak.
    let private speak (http: HttpClient) (message: HttpRequestMessage) =
        let isUnsaid =
            http.DefaultVersionPolicy = HttpVersionPolicy.RequestVersionOrLower
            && http.DefaultRequestVersion.Equals HttpVersion.Version11

        message.Version <-
            if isUnsaid then
                HttpVersion.Version20
            else
                http.DefaultRequestVersion

        message.VersionPolicy <- http.DefaultVersionPolicy

    /// A signed request as a message.
    let message
        (http: HttpClient)
        (host: Uri)
        (serial: string)
        (request: PreparedRequest)
        (content: HttpContent | null)
        (authorization: string)
        =
        let message =
            new HttpRequestMessage(HttpMethod request.Method, addressOf host request.Url, Content = content)

        speak http message

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

    let headersOf (response: HttpResponseMessage) =
        [
            for header in Seq.append response.Headers response.Content.Headers do
                for value in header.Value do
                    KeyValuePair(header.Key, value)
        ]

    let readBody (content: HttpContent) (cancellationToken: CancellationToken) =
        backgroundTask {
            use! stream = content.ReadAsStreamAsync cancellationToken
            use! body = Streams.takeAtMost (int64 Delivery.AnswerLimit) stream cancellationToken
            return body.ToArray()
        }

    /// Sends, and notes that something may have left from here on.
    let send (http: HttpClient) (attempt: Attempt) (message: HttpRequestMessage) cancellationToken =
        attempt.HasBody <- not (isNull message.Content)
        attempt.IsStarted <- true

        Watched.request attempt.Watch (nonNull message.RequestUri) (fun () ->
            http.SendAsync(message, HttpCompletionOption.ResponseHeadersRead, cancellationToken))

    /// Sends, and reads the whole answer.
    let exchange (http: HttpClient) (attempt: Attempt) (message: HttpRequestMessage) cancellationToken =
        backgroundTask {
            use message = message
            use! response = send http attempt message cancellationToken
            let! body = readBody response.Content cancellationToken
            return struct (int response.StatusCode, headersOf response, body)
        }

    /// Connection failures, timeouts and damaged bytes are results; cancellation by the caller stays what it is.
    let patiently (limit: TimeSpan) cancellationToken (work: Patience -> Task<'Value>) =
        backgroundTask {
            use patience = new Patience(limit, cancellationToken)
            patience.Begin()

            try
                let! value = work patience
                return Ok value
            with
            | :? HttpRequestException as failure -> return Error(failure :> exn)
            | :? IOException as failure -> return Error(failure :> exn)
            | :? InvalidDataException as failure -> return Error(failure :> exn)
            | :? SocketException as failure -> return Error(failure :> exn)
            | :? ExecutionRejectedException as failure -> return Error(failure :> exn)
            | :? OperationCanceledException as failure when not patience.Given.IsCancellationRequested ->
                // Its own words where it has some: a connection that did not come about in time is no lost answer.
                match failure.InnerException with
                | :? TimeoutException when not (patience.Token.IsCancellationRequested) -> return Error(failure :> exn)
                | _ ->
                    let timeout =
                        TimeoutException("No whole answer came within the time for a call.", failure)

                    return Error(TaskCanceledException(timeout.Message, timeout) :> exn)
        }
