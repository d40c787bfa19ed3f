namespace WeChatPay.Shell

open System
open System.IO
open System.Threading
open System.Threading.Tasks

/// A stream whose first bytes have been read already and come again.
[<Sealed>]
type internal Prefixed(first: Memory<byte>, rest: Stream) =
    inherit Stream()
    let mutable remaining = first
    let mutable isEnded = false

    let note count =
        isEnded <- isEnded || count = 0
        count

    /// Somebody has been told that there is no more.
    member _.IsEnded = isEnded

    override _.CanRead = true
    override _.CanSeek = false
    override _.CanWrite = false
    override _.Length = raise (NotSupportedException())

    override _.Position
        with get () = raise (NotSupportedException())
        and set _ = raise (NotSupportedException())

    override _.Flush() = ()
    override _.Seek(_, _) = raise (NotSupportedException())
    override _.SetLength _ = raise (NotSupportedException())
    override _.Write(_: byte array, _: int, _: int) = raise (NotSupportedException())

    override stream.Read(buffer: byte array, offset: int, count: int) =
        if remaining.Length > 0 then
            let taken = min count remaining.Length
            remaining.Slice(0, taken).CopyTo(buffer.AsMemory(offset, count))
            remaining <- remaining.Slice taken
            taken
        else
            rest.Read(buffer, offset, count) |> note

    override _.ReadAsync(buffer: Memory<byte>, cancellationToken: CancellationToken) =
        if remaining.Length > 0 then
            let taken = min buffer.Length remaining.Length
            remaining.Slice(0, taken).CopyTo buffer
            remaining <- remaining.Slice taken
            ValueTask<int> taken
        else
            let read =
                backgroundTask {
                    let! count = rest.ReadAsync(buffer, cancellationToken)
                    return note count
                }

            ValueTask<int> read

    override _.Dispose isDisposing =
        if isDisposing then
            rest.Dispose()

        base.Dispose isDisposing

/// Files that may be packed.
[<RequireQualifiedAccess>]
module internal Packed =
    /// The stream from its beginning, and whether it is gzip: told by its first two bytes, since the platform does not always say so.
    let recognise (stream: Stream) (cancellationToken: CancellationToken) : Task<struct (Prefixed * bool)> =
        backgroundTask {
            let first = Array.zeroCreate<byte> 2

            let! count =
                stream.ReadAtLeastAsync(first.AsMemory(), first.Length, false, cancellationToken)

            let isGzip = count = 2 && first[0] = 0x1Fuy && first[1] = 0x8Buy
            return struct (new Prefixed(first.AsMemory(0, count), stream), isGzip)
        }
