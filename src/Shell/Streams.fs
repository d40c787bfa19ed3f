namespace WeChatPay.Shell

open System
open System.IO
open System.Threading

/// Reading streams whose length is not known.
[<RequireQualifiedAccess>]
module internal Streams =
    /// A stream's bytes, or as many of them as show that it is over the limit.
    let takeAtMost (limit: int64) (stream: Stream) (cancellationToken: CancellationToken) =
        backgroundTask {
            let taken = new MemoryStream()
            let buffer = Array.zeroCreate<byte> 16384
            let mutable count = 1

            while count > 0 && taken.Length <= limit do
                let! read = stream.ReadAsync(buffer.AsMemory(), cancellationToken)
                taken.Write(buffer, 0, read)
                count <- read

            return taken
        }
