/// Uploads on real Kestrel: the part `meta` is what is signed, the file is streamed, and another parser reads both.
module WeChatPay.Tests.UploadTests

open System
open System.Collections.Generic
open System.IO
open System.Net.Http
open System.Security.Cryptography
open System.Text.Json
open System.Threading
open System.Threading.Tasks
open Expecto
open Microsoft.AspNetCore.Http
open WeChatPay
open WeChatPay.Api
open WeChatPay.Functional
open WeChatPay.Shell
open WeChatPay.Tests.Platform
open WeChatPay.Tests.WirePlatform

[<Literal>]
let private MiB = 1_048_576

let private accepted = json """{"media_id":"m1"}"""
let private openAccepting () = openPlatform (fun _ -> accepted)
let private bytesOf length = RandomNumberGenerator.GetBytes length

let private sha256 (bytes: byte array) =
    Convert.ToHexStringLower(SHA256.HashData bytes)

/// A stream as a network's: forward only, in small pieces.
type private Forward(bytes: byte array) =
    inherit MemoryStream(bytes)
    override _.CanSeek = false
    override _.Length = raise (NotSupportedException())

    override _.Position
        with get () = raise (NotSupportedException())
        and set _ = raise (NotSupportedException())

    override _.Seek(_, _) = raise (NotSupportedException())

    override stream.ReadAsync(buffer: Memory<byte>, _) =
        ValueTask<int>(base.Read(buffer.Slice(0, min 1000 buffer.Length).Span))

/// A stream whose reader gives up with the first read.
type private Abandoned(bytes: byte array, source: CancellationTokenSource) =
    inherit MemoryStream(bytes)
    member val Reads = 0 with get, set

    override stream.ReadAsync(buffer: Memory<byte>, cancellationToken: CancellationToken) =
        stream.Reads <- stream.Reads + 1
        source.Cancel()
        base.ReadAsync(buffer, cancellationToken)

/// Keeps what it is told, at once.
type private Told() =
    member val Counts = ResizeArray<int64>()

    interface IProgress<int64> with
        member told.Report count = told.Counts.Add count

let private upload (client: Client) name (content: Stream) progress =
    Uploads.send CancellationToken.None client name content progress Media.UploadImage

/// The two parts, where there are just these.
let private partsOf (asked: Asked) =
    match asked.Parts with
    | [ meta; file ] -> meta, file
    | other -> failtest (string other.Length + " parts")

let private arrives (client: Client) (platform: WirePlatform) name (content: Stream) (bytes: byte array) =
    task {
        platform.Asked.Clear()
        let! result = upload client name content null
        Expect.equal (valueOf result).MediaId "m1" "the answer"
        let meta, file = partsOf platform.Only
        use document = JsonDocument.Parse meta.Bytes

        let field (key: string) =
            document.RootElement.GetProperty(key).GetString()

        Expect.equal (field "filename") name "the name as it is"
        Expect.equal (field "sha256") (sha256 bytes) "the hash"

        Expect.equal
            (meta.Name, meta.FileName, meta.ContentType)
            ("meta", "", "application/json")
            "meta has no file name"

        Expect.isTrue (file.Bytes.AsSpan().SequenceEqual bytes) "the bytes"
        Expect.equal file.Name "file" "the part"
        Expect.equal (platform.Only.Header "Content-Length") (string platform.Only.Body.Length) "the length is told"
        return file.FileName
    }

let private files =
    testList
        "files"
        [
            testCaseTask "meta is signed byte for byte, and any name is right there" (fun () ->
                task {
                    use! platform = openAccepting ()
                    let client = shellAt platform.Url
                    let bytes = bytesOf 1000

                    for name, inHeader in
                        [
                            "a.jpg", "a.jpg"
                            "身份证 正面.jpg", "身份证 正面.jpg"
                            "a\"; name=\"meta\".jpg", "a%22; name=%22meta%22.jpg"
                            "a\r\nX: y.jpg", "a%0D%0AX: y.jpg"
                            "😀'&<>+%41.png", "😀'&<>+%41.png"
                        ] do
                        let! fileName = arrives client platform name (new MemoryStream(bytes)) bytes
                        Expect.equal fileName inHeader "as browsers write it"
                })

            testCaseTask "2 MiB and 5 MiB arrive whole, so do one byte and none" (fun () ->
                task {
                    use! platform = openAccepting ()
                    let client = shellAt platform.Url

                    for length in [ 2 * MiB; 5 * MiB; 1; 0; 65536; 65537 ] do
                        let bytes = bytesOf length
                        let! _ = arrives client platform "a.jpg" (new MemoryStream(bytes)) bytes
                        let! _ = arrives client platform "a.jpg" (new Forward(bytes)) bytes
                        ()
                })

            testCaseTask "a stream is sent from where it stands, and stays open" (fun () ->
                task {
                    use! platform = openAccepting ()
                    let bytes = bytesOf 100_000
                    use content = new MemoryStream(bytes)
                    content.Position <- 70_000L
                    let! _ = arrives (shellAt platform.Url) platform "a.jpg" content bytes[70_000..]
                    Expect.isTrue content.CanRead "not closed"
                    use forward = new Forward(bytes)
                    forward.Read(Array.zeroCreate 70_000, 0, 70_000) |> ignore
                    let! _ = arrives (shellAt platform.Url) platform "a.jpg" forward bytes[70_000..]
                    ()
                })

            testCaseTask "one upload's boundary ends nothing in the next file" (fun () ->
                task {
                    use! platform = openAccepting ()
                    let client = shellAt platform.Url
                    let first = bytesOf 10
                    let! _ = arrives client platform "a.jpg" (new MemoryStream(first)) first
                    let contentType = platform.Only.Header "Content-Type"
                    let boundary = contentType.Substring(contentType.IndexOf '"').Trim '"'

                    let bytes =
                        utf8
                            $"a\r\n--{boundary}\r\nContent-Disposition: form-data; name=\"meta\"\r\n\r\n{{}}\r\n--{boundary}--\r\n"

                    let! _ = arrives client platform "a.jpg" (new MemoryStream(bytes)) bytes
                    ()
                })

            testCaseTask "progress counts the file's bytes up to its length" (fun () ->
                task {
                    use! platform = openAccepting ()
                    let told = Told()

                    let! result =
                        upload (shellAt platform.Url) "a.jpg" (new MemoryStream(bytesOf (2 * MiB))) told

                    valueOf result |> ignore
                    let counts = List.ofSeq told.Counts
                    Expect.equal (List.last counts) (int64 (2 * MiB)) "all of it"
                    Expect.equal counts (List.sort counts |> List.distinct) "each step forward"
                    Expect.isGreaterThan counts.Length 10 "on the way"
                })
        ]

/// A wire that tries again what it sent, as resilience handlers do.
type private Twice() =
    inherit DelegatingHandler(Client.createHandler ())

    member private _.Send(message, cancellationToken) =
        base.SendAsync(message, cancellationToken)

    override handler.SendAsync(message, cancellationToken) =
        task {
            let! response = handler.Send(message, cancellationToken)
            response.Dispose()
            return! handler.Send(message, cancellationToken)
        }

let private fates =
    testList
        "fates"
        [
            testCaseTask "an answer of text/plain is an answer; one that is not signed is none" (fun () ->
                task {
                    let plain =
                        { accepted with
                            Headers = [ "Content-Type", "text/plain" ]
                        }

                    use! platform = openPlatform (fun _ -> plain)

                    let! result =
                        upload (shellAt platform.Url) "a.jpg" (new MemoryStream(bytesOf 10)) null

                    Expect.equal (valueOf result).MediaId "m1" "read"
                    use! platform = openPlatform (fun _ -> { plain with IsSigned = false })

                    let! result =
                        upload (shellAt platform.Url) "a.jpg" (new MemoryStream(bytesOf 10)) null

                    match result with
                    | Error(ApiError.UntrustedAnswer(200, _, _, true)) -> ()
                    | _ -> failtest "trusted"
                })

            testCaseTask "a handler that tries again sends the whole file again" (fun () ->
                task {
                    use! platform = openAccepting ()

                    let client =
                        { shellAt platform.Url with
                            Http = new HttpClient(new Twice())
                        }

                    let bytes = bytesOf 200_000
                    use content = new MemoryStream(bytes)
                    content.Position <- 100L
                    let! result = upload client "a.jpg" content null
                    valueOf result |> ignore
                    Expect.equal platform.Asked.Count 2 "twice"

                    for asked in platform.Asked do
                        let _, file = partsOf asked
                        Expect.isTrue (file.Bytes.AsSpan().SequenceEqual bytes[100..]) "whole"
                })

            testCaseTask "a cancelled upload is cancelled, in the hashing and on the wire" (fun () ->
                task {
                    let begun = TaskCompletionSource()

                    use! platform =
                        openServing (fun _ _ ->
                            task {
                                begun.SetResult()
                                do! Task.Delay 5000
                            })

                    let client = shellAt platform.Url

                    let send (token: CancellationToken) =
                        Uploads.send token client "a.jpg" (new MemoryStream(bytesOf 100)) null Media.UploadImage

                    let isCancelled (call: Task<_>) =
                        task {
                            try
                                let! _ = call
                                return false
                            with :? OperationCanceledException ->
                                return true
                        }

                    let! before = isCancelled (send (CancellationToken true))
                    Expect.isTrue before "before the first byte"
                    use source = new CancellationTokenSource()
                    use content = new Abandoned(bytesOf MiB, source)

                    let! hashing =
                        isCancelled (Uploads.send source.Token client "a.jpg" content null Media.UploadImage)

                    Expect.isTrue hashing "in the hashing"
                    Expect.equal content.Reads 1 "no further read"
                    Expect.isEmpty platform.Asked "nothing sent"
                    use source = new CancellationTokenSource()
                    let call = send source.Token
                    do! begun.Task.WaitAsync(TimeSpan.FromSeconds 10.0)
                    source.Cancel()
                    let! during = isCancelled (call.WaitAsync(TimeSpan.FromSeconds 3.0))
                    Expect.isTrue during "waiting for the answer"
                })

            testCaseTask "a stream that cannot be read twice is kept up to 64 MiB, and refused by name above" (fun () ->
                task {
                    use! platform = openAccepting ()
                    let bytes = Array.zeroCreate<byte>(Uploads.MemoryLimit + 1)
                    let! result = upload (shellAt platform.Url) "a.jpg" (new Forward(bytes)) null
                    Expect.equal (fst (refusedBefore result)) "file" "refused"
                    Expect.isEmpty platform.Asked "not sent"
                    let most = Array.zeroCreate<byte> Uploads.MemoryLimit

                    match! upload (shellAt "http://127.0.0.1:1") "a.jpg" (new Forward(most)) null with
                    | Error(ApiError.Unreachable _) -> ()
                    | other -> failtest $"64 MiB exactly are kept, and sent: {Result.mapError ApiError.code other}"
                })

            testCaseTask "the C# door: a picture, and a name that is not Unicode is refused by name" (fun () ->
                task {
                    use! platform = openAccepting ()
                    let client = facadeAt platform.Url
                    let! answer = client.Media.UploadImageAsync("图.jpg", new MemoryStream(bytesOf 10))
                    Expect.equal answer.MediaId "m1" "uploaded"

                    let! field =
                        task {
                            try
                                let! _ = client.Media.UploadImageAsync(String(char 0xD800, 1), new MemoryStream())
                                return ""
                            with :? WeChatPayValidationException as failure ->
                                return failure.Field
                        }

                    Expect.equal field "filename" "by name"
                    Expect.equal platform.Asked.Count 1 "not sent"
                })
        ]

[<Tests>]
let tests = testList "uploads" [ files; fates ]
