namespace WeChatPay.Shell

open System
open System.IO
open System.Net.Http
open System.Net.Http.Headers
open System.Security.Cryptography
open System.Text
open System.Threading
open System.Threading.Tasks
open WeChatPay.Functional

/// A multipart body of two parts: `meta`, whose bytes the signature covers, and the file, which is streamed.
[<Sealed>]
type internal UploadContent
    (
        boundary: string,
        meta: byte array,
        part: string,
        file: UploadedFile,
        content: Stream,
        progress: IProgress<int64> | null,
        attempt: Attempt
    ) =
    inherit HttpContent()

    /// As browsers write it: UTF-8 as it is, and the three characters that would end the name escaped.
    let quoted (name: string) =
        name
            .Replace("\"", "%22", StringComparison.Ordinal)
            .Replace("\r", "%0D", StringComparison.Ordinal)
            .Replace("\n", "%0A", StringComparison.Ordinal)

    let head =
        [|
            yield!
                Encoding.UTF8.GetBytes(
                    "--"
                    + boundary
                    + "\r\nContent-Disposition: form-data; name=\"meta\"\r\nContent-Type: application/json\r\n\r\n"
                )
            yield! meta
            yield!
                Encoding.UTF8.GetBytes(
                    "\r\n--"
                    + boundary
                    + "\r\nContent-Disposition: form-data; name=\""
                    + part
                    + "\"; filename=\""
                    + quoted file.Name
                    + "\"\r\nContent-Type: application/octet-stream\r\n\r\n"
                )
        |]

    /// A handler that tries again sends all of it again.
    let start = content.Position

    let tail = Encoding.UTF8.GetBytes("\r\n--" + boundary + "--\r\n")

    do base.Headers.ContentType <- MediaTypeHeaderValue.Parse("multipart/form-data; boundary=\"" + boundary + "\"")

    override _.TryComputeLength(length: byref<int64>) =
        length <- int64 head.Length + file.Length + int64 tail.Length
        true

    override content'.SerializeToStreamAsync(stream, context) =
        content'.SerializeToStreamAsync(stream, context, CancellationToken.None)

    override _.SerializeToStreamAsync(stream, _, cancellationToken) =
        backgroundTask {
            attempt.HasLeft <- true
            do! stream.WriteAsync(ReadOnlyMemory<byte> head, cancellationToken)
            content.Position <- start
            let buffer = Array.zeroCreate<byte> 65536
            let mutable sent = 0L
            let mutable count = -1

            while count <> 0 do
                let! read = content.ReadAsync(buffer.AsMemory(), cancellationToken)
                do! stream.WriteAsync(ReadOnlyMemory<byte>(buffer, 0, read), cancellationToken)
                sent <- sent + int64 read
                count <- read

                match progress with
                | null -> ()
                | progress when read > 0 -> progress.Report sent
                | _ -> ()

            do! stream.WriteAsync(ReadOnlyMemory<byte> tail, cancellationToken)
        }
        :> Task

/// Sends files: hashed first, since the signature covers the hash, then streamed.
[<RequireQualifiedAccess>]
module Uploads =
    /// A stream that cannot be read twice is kept in memory up to this many bytes; the platform takes 5 MiB at most.
    [<Literal>]
    let MemoryLimit = 67_108_864

    /// As much of a stream as may be kept; one byte over the limit shows that it is too large.
    let private keep (stream: Stream) (cancellationToken: CancellationToken) =
        backgroundTask {
            let! kept = Streams.takeAtMost (int64 MemoryLimit) stream cancellationToken
            kept.Position <- 0L
            return kept :> Stream
        }

    /// What is said of the bytes from where the stream stands, and stands again afterwards.
    let private describe (fileName: string) (stream: Stream) (cancellationToken: CancellationToken) =
        backgroundTask {
            let start = stream.Position
            let! hash = SHA256.HashDataAsync(stream, cancellationToken)
            let length = stream.Position - start
            stream.Position <- start
            return UploadedFile(fileName, Convert.ToHexStringLower hash, length)
        }

    /// Sends a file from where the stream stands: hashes it, signs what is said of it, streams it, and treats the answer as every other.
    let send
        (cancellationToken: CancellationToken)
        (client: Client)
        (fileName: string)
        (content: Stream)
        (progress: IProgress<int64> | null)
        (operationOf: UploadedFile -> Operation<'Answer>)
        : Task<Result<'Answer, ApiError>> =
        backgroundTask {
            let! stream =
                if content.CanSeek then
                    Task.FromResult content
                else
                    keep content cancellationToken

            if not content.CanSeek && stream.Length > int64 MemoryLimit then
                return
                    Error(ApiError.InvalidRequest("file", "has more than 64 MiB, and its stream cannot be read twice"))
            else
                let! file = describe fileName stream cancellationToken

                let contentOf attempt (request: PreparedRequest) : HttpContent | null =
                    match request.File with
                    | ValueSome(struct (part, file)) ->
                        new UploadContent(client.NewNonce(), request.Body, part, file, stream, progress, attempt)
                        :> (HttpContent | null)
                    | ValueNone -> Wire.jsonContent attempt request

                return! Client.sendWith contentOf cancellationToken client (operationOf file)
        }
