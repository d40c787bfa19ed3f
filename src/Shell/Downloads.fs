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

    let private expectedOf (hash: FileHash) (response: HttpResponseMessage) =
        if hash.Algorithm = "" || hash.Hex <> "" then
            hash.Hex
        else
            ResponseHeaders.first StatementHash response

    /// The file's own bytes.
    let internal unpacked (stream: Stream) (cancellationToken: CancellationToken) =
        backgroundTask {
            let! struct (whole, isGzip) = Packed.recognise stream cancellationToken

            return
                if isGzip then
                    new GZipStream(whole, CompressionMode.Decompress) :> Stream
                else
                    whole :> Stream
        }

    /// Waits for the wire patiently, for whoever takes each piece without a limit; ends with the file, or when no more is taken.
    let internal pass
        (source: Stream)
        (take: ReadOnlyMemory<byte> -> CancellationToken -> Task<bool>)
        (patience: Patience)
        =
        backgroundTask {
            let buffer = Array.zeroCreate<byte> 65536
            let mutable count = -1

            while count <> 0 do
                patience.Begin()
                let! read = source.ReadAsync(buffer.AsMemory(), patience.Token)
                patience.Rest()
                let! goesOn = take (ReadOnlyMemory(buffer, 0, read)) patience.Given
                count <- if goesOn then read else 0
        }

    let private copy (source: Stream) (destination: Stream) algorithm (patience: Patience) =
        backgroundTask {
            use sum = IncrementalHash.CreateHash algorithm

            let write (bytes: ReadOnlyMemory<byte>) (cancellationToken: CancellationToken) =
                backgroundTask {
                    sum.AppendData bytes.Span
                    do! destination.WriteAsync(bytes, cancellationToken)
                    return true
                }

            do! pass source write patience
            return Convert.ToHexString(sum.GetHashAndReset())
        }

    let internal isSame (hash: FileHash) (expected: string) (actual: string) =
        hash.Algorithm = ""
        || String.Equals(expected, actual, StringComparison.OrdinalIgnoreCase)

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
                    Error(ApiError.HashMismatch(ResponseHeaders.requestId response, hash.Algorithm))
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
