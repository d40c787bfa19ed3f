namespace WeChatPay.Shell

open System
open System.IO
open System.Net.Http
open System.Runtime.ExceptionServices
open System.Security.Cryptography
open System.Threading
open System.Threading.Tasks
open WeChatPay
open WeChatPay.Functional

/// Tells how many unpacked bytes of all files have come.
[<Sealed>]
type internal BillProgress(progress: IProgress<int64> | null) =
    let mutable before = 0L

    /// So many bytes of the file at hand have come.
    member _.Report(length: int64) =
        match progress with
        | null -> ()
        | progress -> progress.Report(before + length)

    /// The file is there.
    member _.Close(length: int64) = before <- before + length

/// Takes a file's bytes in their order; what is wrong here is told apart from what is wrong on the wire.
[<Sealed>]
type internal BillTaker(take: ReadOnlyMemory<byte> -> CancellationToken -> Task<BillFailure voption>) =
    /// Why it takes no more.
    member val Failure: BillFailure voption = ValueNone with get, set

    /// What a user's own code threw.
    member val Thrown: ExceptionDispatchInfo | null = null with get, set

    /// How many bytes it took.
    member val Length = 0L with get, set

    /// Whether it goes on.
    member taker.TakeAsync(bytes: ReadOnlyMemory<byte>, cancellationToken: CancellationToken) =
        backgroundTask {
            try
                let! failure = take bytes cancellationToken
                taker.Failure <- failure
                taker.Length <- taker.Length + int64 bytes.Length
                return failure.IsNone
            with failure ->
                // Whatever it is, it is not the wire's: thrown again, as it was, once the wire is closed.
                taker.Thrown <- ExceptionDispatchInfo.Capture failure
                return false
        }

/// One file of a bill from the wire: opened, unpacked as it comes, compared with its hash.
[<RequireQualifiedAccess>]
module internal BillReceiving =
    /// A sealed file is opened whole, in memory; one that is too large is left where it is.
    let private opened (key: BillKey) (body: Stream) (patience: Patience) requestId =
        backgroundTask {
            let kept = new MemoryStream()

            let keep (bytes: ReadOnlyMemory<byte>) (_: CancellationToken) =
                kept.Write bytes.Span
                Task.FromResult(kept.Length <= int64 BillKey.FileLimit)

            do! Downloads.pass body keep patience

            if kept.Length > int64 BillKey.FileLimit then
                return Error(ApiError.AnswerTooLarge(BillKey.FileLimit, false))
            else
                let bytes = kept.GetBuffer()

                if key.TryOpen(Span<byte>(bytes, 0, int kept.Length)) then
                    return Ok(new MemoryStream(bytes, 0, int kept.Length - 16, false) :> Stream)
                else
                    return Error(ApiError.HashMismatch(requestId, Cipher.Aes256Gcm))
        }

    let private plainOf (source: BillSource) (response: HttpResponseMessage) (patience: Patience) =
        backgroundTask {
            patience.Begin()
            let! body = response.Content.ReadAsStreamAsync patience.Token

            match source.Key with
            | null -> return Ok body
            | key -> return! opened key body patience (ResponseHeaders.requestId response)
        }

    let private receive
        (source: BillSource)
        (taker: BillTaker)
        (progress: BillProgress)
        (response: HttpResponseMessage)
        (patience: Patience)
        =
        backgroundTask {
            match! plainOf source response patience with
            | Error error -> return Error error
            | Ok plain ->
                use! unpacked = Downloads.unpacked plain patience.Token
                use sum = IncrementalHash.CreateHash(Downloads.algorithmOf source.Hash)

                let take (bytes: ReadOnlyMemory<byte>) cancellationToken =
                    backgroundTask {
                        sum.AppendData bytes.Span
                        let! goesOn = taker.TakeAsync(bytes, cancellationToken)
                        progress.Report taker.Length
                        return goesOn
                    }

                do! Downloads.pass unpacked take patience

                if
                    Downloads.isSame source.Hash source.Hash.Hex (Convert.ToHexString(sum.GetHashAndReset()))
                    || taker.Failure.IsSome
                    || not (isNull taker.Thrown)
                then
                    return Ok NoContent.Value
                else
                    return Error(ApiError.HashMismatch(ResponseHeaders.requestId response, source.Hash.Algorithm))
        }

    /// Downloads one file; what the taker found wrong comes before what it made of the hash.
    let download cancellationToken (client: Client) progress (taker: BillTaker) (source: BillSource) =
        backgroundTask {
            let! received =
                Client.stream
                    (receive source taker progress)
                    cancellationToken
                    client
                    (Operation.DownloadFrom source.DownloadUrl)

            match taker.Thrown with
            | null -> ()
            | thrown -> thrown.Throw()

            match taker.Failure, received with
            | ValueSome failure, _ -> return Error failure
            | ValueNone, Error error -> return Error(BillFailure.Call error)
            | ValueNone, Ok _ -> return Ok()
        }
