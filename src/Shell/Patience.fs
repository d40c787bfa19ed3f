namespace WeChatPay.Shell

open System
open System.Threading

/// How long the wire may say nothing: until the caller gives up, or for as long as `HttpClient.Timeout`, whose own clock stops when the headers have come.
[<Sealed>]
type internal Patience(timeout: TimeSpan, cancellationToken: CancellationToken) =
    let source = CancellationTokenSource.CreateLinkedTokenSource cancellationToken

    /// Ends what waits for the wire.
    member _.Token = source.Token

    /// The caller's own.
    member _.Given = cancellationToken

    /// Counts from now.
    member _.Begin() =
        if timeout <> Timeout.InfiniteTimeSpan then
            source.CancelAfter timeout

    /// Does not count until the next beginning.
    member _.Rest() =
        source.CancelAfter Timeout.InfiniteTimeSpan

    interface IDisposable with
        member _.Dispose() = source.Dispose()
