namespace WeChatPay.Shell

open System
open System.IO
open System.Net
open System.Net.Http
open System.Runtime.ExceptionServices
open System.Threading
open System.Threading.Tasks
open Polly
open WeChatPay.Functional

/// One attempt of a call, while it lasts: how far its request got.
[<Sealed>]
type internal Attempt(host: int, timeout: TimeSpan, isRepeatable: bool, watch: CallWatch) =
    let mutable failure: exn | null = null

    /// The host that it goes to: 0 is the main one.
    member _.Host = host

    /// How long the wire may say nothing.
    member _.Timeout = timeout

    /// Whoever watches its call.
    member _.Watch = watch

    /// Whether the wire was asked to send.
    member val IsStarted = false with get, set

    /// Whether something of the body has left.
    member val HasLeft = false with get, set

    /// Whether what comes back is being handed on, so that nothing can be tried again.
    member val IsFinal = false with get, set

    /// How long the answer asks to be left alone.
    member val RetryAfter: TimeSpan voption = ValueNone with get, set

    /// A second body of one attempt comes from a handler or a pipeline of the user's, which cannot know what is safe.
    member attempt.LeaveOnce() =
        if attempt.HasLeft && not isRepeatable then
            raise (
                HttpRequestException
                    "The request is not sent twice: the platform would do twice what it asks for. Ask what has become of it."
            )

        attempt.HasLeft <- true

    /// The user's pipeline may run an attempt again: not one that may have been received and must not be repeated.
    member attempt.Begin() =
        match failure with
        | NonNull failure when not isRepeatable && not (attempt.IsUnsent failure) -> ExceptionDispatchInfo.Throw failure
        | _ -> ()

    /// Notes why the wire failed.
    member _.Fail(reason: exn) = failure <- reason

    /// Whether a failure came before the request was on its way.
    member attempt.IsUnsent(reason: exn) =
        let isBeforeConnection =
            match reason with
            | :? HttpRequestException as failure ->
                match failure.HttpRequestError with
                | HttpRequestError.NameResolutionError
                | HttpRequestError.ConnectionError
                | HttpRequestError.SecureConnectionError
                | HttpRequestError.ProxyTunnelError -> true
                | _ -> false
            // `ConnectTimeout`, and a pipeline that lets nothing through, come without a word of how far the request got: its body tells.
            | :? OperationCanceledException
            | :? ExecutionRejectedException -> attempt.HasBody
            | _ -> false

        not attempt.IsStarted || (not attempt.HasLeft && isBeforeConnection)

    /// Whether the request has a body, which leaves after the connection is there.
    member val HasBody = false with get, set

/// A body that is told when it leaves.
[<Sealed>]
type internal WatchedContent(body: byte array, attempt: Attempt) =
    inherit HttpContent()

    override _.TryComputeLength(length: byref<int64>) =
        length <- int64 body.Length
        true

    override content.SerializeToStreamAsync(stream: Stream, context: TransportContext | null) =
        content.SerializeToStreamAsync(stream, context, CancellationToken.None)

    override _.SerializeToStreamAsync
        (stream: Stream, _: TransportContext | null, cancellationToken: CancellationToken)
        =
        attempt.LeaveOnce()
        stream.WriteAsync(ReadOnlyMemory<byte> body, cancellationToken).AsTask()
