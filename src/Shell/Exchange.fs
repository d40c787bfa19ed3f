namespace WeChatPay.Shell

open System
open System.Collections.Generic
open System.IO
open System.Net.Http
open System.Net.Sockets
open System.Threading
open System.Threading.Tasks
open WeChatPay.Functional

/// A message out, bytes in; what the wire throws becomes a result.
[<RequireQualifiedAccess>]
module internal Exchange =
    /// All headers, each value apart.
    let headersOf (response: HttpResponseMessage) =
        [
            for header in Seq.append response.Headers response.Content.Headers do
                for value in header.Value do
                    KeyValuePair(header.Key, value)
        ]

    /// The body, or one byte more than an answer may have.
    let readBody (content: HttpContent) (cancellationToken: CancellationToken) =
        backgroundTask {
            use! stream = content.ReadAsStreamAsync cancellationToken
            use! body = Streams.takeAtMost (int64 Delivery.AnswerLimit) stream cancellationToken
            return body.ToArray()
        }

    /// Sends; status, headers and body.
    let exchange (http: HttpClient) (message: HttpRequestMessage) (cancellationToken: CancellationToken) =
        backgroundTask {
            use message = message

            use! response =
                http.SendAsync(message, HttpCompletionOption.ResponseHeadersRead, cancellationToken)

            let! body = readBody response.Content cancellationToken
            return struct (int response.StatusCode, headersOf response, body)
        }

    /// Connection failures, timeouts and damaged bytes are results; cancellation by the caller stays what it is.
    let attempt (http: HttpClient) cancellationToken (work: Patience -> Task<'Value>) =
        backgroundTask {
            use patience = new Patience(http.Timeout, cancellationToken)
            patience.Begin()

            try
                let! value = work patience
                return Ok value
            with
            | :? HttpRequestException as failure -> return Error(failure :> exn)
            | :? IOException as failure -> return Error(failure :> exn)
            | :? InvalidDataException as failure -> return Error(failure :> exn)
            | :? SocketException as failure -> return Error(failure :> exn)
            | :? OperationCanceledException as failure when not patience.Given.IsCancellationRequested ->
                let timeout =
                    TimeoutException("No whole answer came within HttpClient.Timeout.", failure)

                return Error(TaskCanceledException(timeout.Message, timeout) :> exn)
        }
