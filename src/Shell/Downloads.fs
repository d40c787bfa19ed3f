namespace WeChatPay.Shell

open System
open System.Collections.Generic
open System.IO
open System.IO.Compression
open System.Net.Http
open System.Security.Cryptography
open System.Threading
open System.Threading.Tasks
open WeChatPay
open WeChatPay.Functional

/// Receives files: streamed, unpacked where they are compressed, their hash compared at the end.
[<RequireQualifiedAccess>]
module Downloads =
    /// The header that statements carry their hash in.
    [<Literal>]
    let private StatementHash = "Wechatpay-Statement-Sha1"

    let internal algorithmOf (hash: FileHash) =
        match hash.Algorithm with
        | "SHA256" -> HashAlgorithmName.SHA256
        | _ -> HashAlgorithmName.SHA1

    let private header (name: string) (response: HttpResponseMessage) =
        match response.Headers.TryGetValues name with
        | true, NonNull values -> Seq.head values
        | _ -> ""

    let private expectedOf (hash: FileHash) (response: HttpResponseMessage) =
        if hash.Algorithm = "" || hash.Hex <> "" then
            hash.Hex
        else
            header StatementHash response

    let private fill (stream: Stream) (buffer: byte array) (cancellationToken: CancellationToken) =
        stream.ReadAtLeastAsync(buffer.AsMemory(), buffer.Length, false, cancellationToken)

    /// The file's own bytes: gzip is recognised by its first two, since the platform does not always say so.
    let internal unpacked (stream: Stream) (cancellationToken: CancellationToken) =
        backgroundTask {
            let first = Array.zeroCreate<byte> 2
            let! count = fill stream first cancellationToken
            let whole = new Prefixed(first.AsMemory(0, count), stream) :> Stream

            if count = 2 && first[0] = 0x1Fuy && first[1] = 0x8Buy then
                return new GZipStream(whole, CompressionMode.Decompress) :> Stream
            else
                return whole
        }

    /// Waits for the wire patiently, for the destination without a limit.
    let private copy (source: Stream) (destination: Stream) algorithm (patience: Patience) =
        backgroundTask {
            use sum = IncrementalHash.CreateHash algorithm
            let buffer = Array.zeroCreate<byte> 65536
            let mutable count = -1

            while count <> 0 do
                patience.Begin()
                let! read = source.ReadAsync(buffer.AsMemory(), patience.Token)
                patience.Rest()
                sum.AppendData(buffer, 0, read)
                do! destination.WriteAsync(ReadOnlyMemory<byte>(buffer, 0, read), patience.Given)
                count <- read

            return Convert.ToHexString(sum.GetHashAndReset())
        }

    let internal isSame (hash: FileHash) (expected: string) (actual: string) =
        hash.Algorithm = ""
        || String.Equals(expected, actual, StringComparison.OrdinalIgnoreCase)

    let internal requestIdOf (response: HttpResponseMessage) = header "Request-ID" response

    let private receiveBody
        (hash: FileHash)
        (destination: Stream)
        (response: HttpResponseMessage)
        (patience: Patience)
        =
        backgroundTask {
            let expected = expectedOf hash response
            let! body = response.Content.ReadAsStreamAsync patience.Token
            use! source = unpacked body patience.Token
            let! actual = copy source destination (algorithmOf hash) patience

            return
                if isSame hash expected actual then
                    Ok NoContent.Value
                else
                    Error(ApiError.HashMismatch(requestIdOf response, hash.Algorithm))
        }

    /// Sends the call and writes the file to the destination; an error after the first byte leaves there what nobody has verified.
    let receive
        (cancellationToken: CancellationToken)
        (client: Client)
        (hash: FileHash)
        (destination: Stream)
        (operation: Operation<NoContent>)
        : Task<Result<NoContent, ApiError>> =
        Client.stream (receiveBody hash destination) cancellationToken client operation
