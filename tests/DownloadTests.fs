/// Downloads on real Kestrel: streamed, unpacked, and nothing is right before the hash is.
module WeChatPay.Tests.DownloadTests

open System
open System.IO
open System.IO.Compression
open System.Net.Http
open System.Reflection
open System.Security.Cryptography
open System.Text
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

let private bill = utf8 ("交易时间,公众账号ID\n" + String('`', 200_000))

let private gzip (bytes: byte array) =
    use packed = new MemoryStream()

    (use stream = new GZipStream(packed, CompressionLevel.Fastest)
     stream.Write(bytes, 0, bytes.Length))

    packed.ToArray()

let private sha1 (bytes: byte array) =
    Convert.ToHexStringLower(SHA1.HashData bytes)

/// A file as the platform answers it: unsigned.
let private file bytes =
    { answer 200 bytes with
        IsSigned = false
    }

let private receive (client: Client) hash url =
    task {
        use destination = new MemoryStream()

        let! result =
            Downloads.receive CancellationToken.None client hash destination (Operation.DownloadFrom url)

        return result, destination.ToArray()
    }

let private codeOf result =
    match result with
    | Ok _ -> "ok"
    | Error error -> ApiError.code error

/// What becomes of a download that is answered so.
let private fateOf hash reply' =
    task {
        use! platform = openPlatform (fun _ -> reply')

        let! result, bytes =
            receive (shellAt platform.Url) hash "/v3/billdownload/file?token=t"

        return codeOf result, bytes
    }

let private hashes =
    testList
        "hash"
        [
            testCaseTask "the hash decides at the end, in either algorithm, packed or not" (fun () ->
                task {
                    let good = FileHash.Sha1(sha1 bill)
                    let upper = FileHash.Sha1((sha1 bill).ToUpperInvariant())
                    let good256 = FileHash.Sha256(Convert.ToHexStringLower(SHA256.HashData bill))
                    let bad = FileHash.Sha1(sha1 (Array.append bill [| 1uy |]))
                    let bad256 = FileHash.Sha256(Convert.ToHexStringLower(SHA256.HashData(gzip bill)))

                    for label, hash, expected in
                        [
                            "SHA-1", good, "ok"
                            "in upper case", upper, "ok"
                            "SHA-256", good256, "ok"
                            "another", bad, "hash_mismatch"
                            "of the packed bytes", bad256, "hash_mismatch"
                            "the wrong algorithm", FileHash.Sha256(sha1 bill), "hash_mismatch"
                        ] do
                        for bytes in [ bill; gzip bill ] do
                            let! code, received = fateOf hash (file bytes)
                            Expect.equal code expected label
                            Expect.isTrue (received.AsSpan().SequenceEqual bill) (label + ": unpacked")
                })

            testCaseTask "a hash in the header decides as well, and a header that is not there is no hash" (fun () ->
                task {
                    let withHash hash =
                        { file (gzip bill) with
                            Headers = [ "Wechatpay-Statement-Sha1", hash ]
                        }

                    for reply, expected in
                        [
                            withHash (sha1 bill), "ok"
                            withHash (sha1 (gzip bill)), "hash_mismatch"
                            withHash "", "hash_mismatch"
                            file bill, "hash_mismatch"
                        ] do
                        let! code, _ = fateOf FileHash.InHeader reply
                        Expect.equal code expected "header"
                })

            testCaseTask "files of none, one and two bytes are files" (fun () ->
                task {
                    for bytes in [ [||]; [| 0x1Fuy |]; [| 0x1Fuy; 0x8Auy |]; [| 0x1Euy; 0x8Buy; 0uy |] ] do
                        let! code, received = fateOf (FileHash.Sha1(sha1 bytes)) (file bytes)
                        Expect.equal (code, received) ("ok", bytes) (string bytes.Length)
                })

            testCase "what is not verified says so in its name" (fun () ->
                let unverified =
                    typeof<FileHash>.GetProperties(BindingFlags.Public ||| BindingFlags.Static)
                    |> Array.filter (fun property -> (property.GetValue null :?> FileHash).Algorithm = "")

                Expect.equal (unverified |> Array.map _.Name) [| "WithoutVerification" |] "one door"

                for make in [ FileHash.Sha1; FileHash.Sha256 ] do
                    Expect.throwsT<ArgumentException> (fun () -> make "" |> ignore) "no empty hash")

            testCaseTask "a picture without a hash is whatever came" (fun () ->
                task {
                    use! platform = openPlatform (fun _ -> file bill)
                    use destination = new MemoryStream()

                    do!
                        (facadeAt platform.Url)
                            .Complaints.DownloadImageAsync("m/1", destination, FileHash.WithoutVerification)

                    Expect.equal platform.Only.Target "/v3/merchant-service/images/m%2F1" "asked"
                    Expect.isTrue (destination.ToArray().AsSpan().SequenceEqual bill) "came"
                })
        ]

let private thrownBy (call: unit -> Task) =
    task {
        try
            do! call ()
            return None
        with failure ->
            return Some failure
    }

let private doors =
    testList
        "doors"
        [
            testCaseTask "only path and query of an address count, whatever host it names" (fun () ->
                task {
                    use! platform = openPlatform (fun _ -> file bill)
                    use! elsewhere = openPlatform (fun _ -> file [||])
                    let hash = FileHash.Sha1(sha1 bill)

                    for address, target in
                        [
                            elsewhere.Url + "/v3/billdownload/file?token=a%2Bb", "/v3/billdownload/file?token=a%2Bb"
                            "https://user:word@elsewhere.test:1/v3/f?t=1#frag", "/v3/f?t=1"
                            elsewhere.Url + "//" + Uri(elsewhere.Url).Authority + "/v3/f",
                            "//" + Uri(elsewhere.Url).Authority + "/v3/f"
                            "/v3/f?t=1", "/v3/f?t=1"
                        ] do
                        platform.Asked.Clear()
                        let! result, _ = receive (shellAt platform.Url) hash address
                        Expect.equal (codeOf result) "ok" address
                        Expect.equal platform.Only.Target target "asked here"

                    Expect.isEmpty elsewhere.Asked "never there"
                })

            testCaseTask "C#: a mismatch is an answer that must not be used, a refusal one of the platform" (fun () ->
                task {
                    use! platform = openPlatform (fun _ -> file bill)
                    let client = facadeAt platform.Url
                    use destination = new MemoryStream()

                    let download (url: string) =
                        client.DownloadAsync(url, destination, FileHash.Sha1(sha1 [||]))

                    let! failure = thrownBy (fun () -> download "/v3/f")

                    match failure with
                    | Some(:? WeChatPayUntrustedAnswerException as failure) ->
                        Expect.equal (failure.Code, failure.RequestId) ("hash_mismatch", "08F7") "which"
                        Expect.isFalse failure.OutcomeUnknown "nothing changed"
                    | other -> failtest (string other)

                    let refusal = utf8 """{"code":"NO_STATEMENT_EXIST","message":"账单不存在"}"""

                    for isSigned in [ true; false ] do
                        use! platform =
                            openPlatform (fun _ ->
                                { answer 400 refusal with
                                    IsSigned = isSigned
                                })

                        let client = facadeAt platform.Url
                        use destination = new MemoryStream()

                        let! failure =
                            thrownBy (fun () -> client.DownloadAsync("/v3/f", destination, FileHash.InHeader))

                        match failure with
                        | Some(:? WeChatPayApiException as failure) ->
                            Expect.equal failure.ErrorCode "NO_STATEMENT_EXIST" "why"
                            Expect.equal failure.IsSigned isSigned "signed"
                            Expect.equal destination.Length 0L "nothing written"
                        | other -> failtest (string other)
                })

            testCaseTask "a refused signature is laid beside what was signed" (fun () ->
                task {
                    let detail =
                        """{"sign_information":{"truncated_sign_message":"POST\n/v3/f\n","sign_message_length":64}}"""

                    let refusal = utf8 $"""{{"code":"SIGN_ERROR","message":"签名错误","detail":{detail}}}"""

                    use! platform = openPlatform (fun _ -> answer 401 refusal)
                    let! result, _ = receive (shellAt platform.Url) FileHash.InHeader "/v3/f"

                    match result with
                    | Error(ApiError.Refused refusal) ->
                        Expect.equal
                            refusal.SignDifference
                            (ValueSome(SignDifference.Line("method", "GET", "POST")))
                            "the method"
                    | other -> failtest (codeOf other)
                })

            testCase "what an address asks for stays out of names" (fun () ->
                for operation in
                    [
                        Operation.DownloadFrom("https://a.test/v3/f?token=secret").ToString()
                        Operation.DownloadFrom("https://a.test/v3/f?token=secret").PathTemplate
                        Operation.Raw("GET", "/v3/f?token=secret", null).ToString()
                    ] do
                    Expect.isFalse (operation.Contains "secret") operation
                    Expect.stringContains operation "/v3/f" "but its path")
        ]

/// A platform that begins an answer, then does something to the connection.
let private openBreaking (first: byte array) (next: HttpContext -> Task) =
    openServing (fun context _ ->
        task {
            do! context.Response.Body.WriteAsync(first, 0, first.Length)
            do! context.Response.Body.FlushAsync()
            do! next context
        })

let private failures =
    testList
        "failures"
        [
            testCaseTask "damaged compression is a result" (fun () ->
                task {
                    let packed = gzip bill
                    let hash = FileHash.Sha1(sha1 bill)

                    for length in [ 2; 10; packed.Length / 2; packed.Length - 20 ] do
                        let! code, _ = fateOf hash (file packed[.. length - 1])
                        Expect.equal code "hash_mismatch" ("cut at " + string length)

                    let broken = Array.append packed[..9] (Array.create 100 0xFFuy)
                    let! code, _ = fateOf FileHash.WithoutVerification (file broken)
                    Expect.equal code "unreachable" "no deflate"
                })

            testCaseTask
                "a connection that is cut or falls silent is a result, a cancelled download is cancelled"
                (fun () ->
                    task {
                        let isResult serve (timeout: TimeSpan) =
                            task {
                                use! platform = openBreaking bill serve

                                let client =
                                    { shellAt platform.Url with
                                        Http = new HttpClient(Client.createHandler (), Timeout = timeout)
                                    }

                                let! result, received = receive client (FileHash.Sha1(sha1 bill)) "/v3/f"
                                Expect.isTrue (received.AsSpan().SequenceEqual bill) "what came is written"

                                match result with
                                | Error(ApiError.Unreachable(:? IOException, false)) -> return "cut"
                                | Error(ApiError.Unreachable(failure, false)) -> return failure.GetType().Name
                                | other -> return codeOf other
                            }

                        let abort (context: HttpContext) =
                            task {
                                do! Task.Delay 100
                                context.Abort()
                            }
                            :> Task

                        let silent (context: HttpContext) : Task =
                            Task.Delay(3000, context.RequestAborted)

                        let! cut = isResult abort (TimeSpan.FromSeconds 100.0)
                        Expect.equal cut "cut" "cut"
                        let! stalled = isResult silent (TimeSpan.FromMilliseconds 500.0)
                        Expect.equal stalled "TaskCanceledException" "silent"
                        use! platform = openBreaking bill silent
                        use source = new CancellationTokenSource(TimeSpan.FromMilliseconds 300.0)

                        let! failure =
                            thrownBy (fun () ->
                                Downloads.receive
                                    source.Token
                                    (shellAt platform.Url)
                                    FileHash.WithoutVerification
                                    Stream.Null
                                    (Operation.DownloadFrom "/v3/f"))

                        Expect.isTrue (failure.Value :? OperationCanceledException) "cancelled"
                    })

            testCaseTask "a slow file is not a silent one" (fun () ->
                task {
                    use! platform =
                        openServing (fun context _ ->
                            task {
                                for piece in Array.chunkBySize 50_000 bill do
                                    do! context.Response.Body.WriteAsync(piece, 0, piece.Length)
                                    do! context.Response.Body.FlushAsync()
                                    do! Task.Delay 400
                            })

                    let client =
                        { shellAt platform.Url with
                            Http = new HttpClient(Client.createHandler (), Timeout = TimeSpan.FromMilliseconds 1200.0)
                        }

                    let! result, _ = receive client (FileHash.Sha1(sha1 bill)) "/v3/f"
                    Expect.equal (codeOf result) "ok" "longer than the timeout in all"
                })

            testCaseTask "nobody there is a result" (fun () ->
                task {
                    let! result, _ =
                        receive (shellAt "http://127.0.0.1:1") FileHash.WithoutVerification "/v3/f"

                    Expect.equal (codeOf result) "unreachable" "refused"
                })
        ]

[<Tests>]
let tests = testList "downloads" [ hashes; doors; failures ]
