namespace WeChatPay.Shell

open System
open System.IO
open System.IO.Compression
open System.Threading
open System.Threading.Tasks
open WeChatPay.Functional

/// Reads bills from streams, packed or not, in constant memory.
[<RequireQualifiedAccess>]
module BillFiles =
    [<Literal>]
    let private Piece = 65536

    let private pushAll (reader: BillReader) (hash: BillHash) (stream: Stream) (cancellationToken: CancellationToken) =
        backgroundTask {
            let buffer = Array.zeroCreate<byte> Piece
            let mutable isGoing = true

            while isGoing do
                let! count = stream.ReadAsync(buffer.AsMemory(), cancellationToken)
                hash.Append(ReadOnlySpan(buffer, 0, count))
                isGoing <- reader.Push(ReadOnlySpan(buffer, 0, count)) && count > 0
        }

    let private outcome (reader: BillReader) (hash: BillHash) (hashValue: string | null) =
        match Bill.finish reader, hashValue with
        | Ok summary, NonNull value -> Bill.verify value hash |> Result.map (fun () -> summary)
        | read, _ -> read

    let private unpack (reader: BillReader) (hash: BillHash) (packed: Prefixed) (cancellationToken: CancellationToken) =
        backgroundTask {
            use plain = new GZipStream(packed, CompressionMode.Decompress, true)

            try
                do! pushAll reader hash plain cancellationToken
                return None
            with :? InvalidDataException ->
                return
                    if packed.IsEnded then
                        Some(BillError.Truncated reader.Lines)
                    else
                        Some(BillError.Malformed(reader.Lines + 1L, "", BillFault.Damaged))
        }

    /// Reads a bill to its end; gzip is recognised by its first bytes. Each row goes to the handler before the totals have been compared: nothing is true before the result is there.
    /// `takesAny` reads bills that nobody has described, too; `hashValue` is what the platform gave, null where it is not known. The stream stays open.
    let read
        (takesAny: bool)
        (hashValue: string | null)
        (handler: BillRowHandler)
        (stream: Stream)
        (cancellationToken: CancellationToken)
        : Task<Result<BillSummary, BillError>> =
        backgroundTask {
            let! struct (whole, isGzip) = Packed.recognise stream cancellationToken
            let reader = BillReader(takesAny, handler)
            use hash = new BillHash()

            if isGzip then
                match! unpack reader hash whole cancellationToken with
                | Some error when isNull reader.Error -> return Error error
                | Some _
                | None -> return outcome reader hash hashValue
            else
                do! pushAll reader hash whole cancellationToken
                return outcome reader hash hashValue
        }
