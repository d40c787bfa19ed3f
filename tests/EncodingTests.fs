/// Path and query are encoded once, and what is signed is what is sent: judged by the bytes that a socket receives.
module WeChatPay.Tests.EncodingTests

open System
open System.Collections.Concurrent
open System.IO
open System.Net
open System.Net.Sockets
open System.Text
open System.Threading
open System.Threading.Tasks
open Expecto
open FsCheck
open FsCheck.FSharp
open WeChatPay
open WeChatPay.Api
open WeChatPay.Api.Invoices
open WeChatPay.Functional
open WeChatPay.Shell
open WeChatPay.Tests.CallTests
open WeChatPay.Tests.Platform
open WeChatPay.Tests.WirePlatform

let private headOf (stream: NetworkStream) =
    task {
        let head = StringBuilder()
        let buffer = Array.zeroCreate<byte> 65536

        while not (head.ToString().Contains "\r\n\r\n") do
            let! count = stream.ReadAsync(buffer, 0, buffer.Length)

            if count = 0 then
                raise (EndOfStreamException())

            head.Append(Encoding.Latin1.GetString(buffer, 0, count)) |> ignore

        return head.ToString().Split "\r\n"
    }

/// A signed 204, which says whether the signature fitted what came.
let private answerTo (head: string array) =
    let line = head[0].Split ' '

    let authorization =
        head
        |> Array.find (fun header -> header.StartsWith("Authorization: ", StringComparison.OrdinalIgnoreCase))

    if isSigned authorization line[0] line[1] [||] then
        let headers =
            [ for name, value in headersOf (sign [||]) -> name + ": " + value + "\r\n" ]

        "HTTP/1.1 204 No Content\r\n"
        + String.Concat headers
        + "Connection: close\r\n\r\n"
    else
        "HTTP/1.1 401 Unauthorized\r\nContent-Length: 0\r\nConnection: close\r\n\r\n"

/// A server that keeps the target of every request as it came.
type private Socket() =
    let listener = new TcpListener(IPAddress.Loopback, 0)
    do listener.Start()
    let ending = new CancellationTokenSource()
    let targets = ConcurrentQueue<string>()

    let running =
        task {
            try
                while true do
                    use! peer = listener.AcceptTcpClientAsync ending.Token
                    let! head = headOf (peer.GetStream())
                    targets.Enqueue((head[0].Split ' ')[1])
                    do! peer.GetStream().WriteAsync(ReadOnlyMemory(Encoding.ASCII.GetBytes(answerTo head)))
            with :? OperationCanceledException ->
                listener.Stop()
        }

    member _.Client =
        shellAt ("http://127.0.0.1:" + string (listener.LocalEndpoint :?> IPEndPoint).Port)

    /// What came since the last time.
    member _.TakeTargets() =
        let taken = List.ofSeq targets
        targets.Clear()
        taken

    interface IDisposable with
        member _.Dispose() =
            ending.Cancel()
            running.Wait()
            ending.Dispose()

let private decoder =
    WeChatPay.Wire.WireDecoder<NoContent>(fun json value error -> NoContent.TryRead(json, &value, &error))

let private get template =
    Operation.Create<NoContent>("GET", template, decoder)

let private send (client: Client) (operation: Operation<'Answer>) =
    (Client.send client operation).GetAwaiter().GetResult()

let private isUnicode (text: string) =
    try
        UTF8Encoding(false, true).GetBytes text |> ignore
        true
    with :? EncoderFallbackException ->
        false

/// Letters that mean something in an address, are rewritten by some library, or are no text at all.
let private odd =
    [
        for letter in "/?#[]@!$&'()*+,;=%.~-_ \\|^\"<>{}`:\u0000\r\n\t\u007F\u200E\u202E\uFEFF\uFFFD中é" do
            string letter
        "😀"
        "%2F"
        "%41"
        "%"
        "+"
        "../"
        "{b}"
        string (char 0xD800)
        string (char 0xDC00)
    ]

let private texts =
    let letters = Gen.elements odd |> Gen.listOf |> Gen.map String.Concat

    let any =
        ArbMap.defaults
        |> ArbMap.generate<string>
        |> Gen.map (fun text -> if isNull text then "" else text)

    let steps = Gen.elements [ ""; "."; ".."; "..." ]
    Gen.frequency [ 5, letters; 5, any; 1, steps ] |> Arb.fromGen

let private unreserved (text: string) =
    text
    |> String.forall (fun letter -> Char.IsAsciiLetterOrDigit letter || "-._~%".Contains letter)

let private check config property =
    Check.One((config: Config).WithQuietOnSuccess true, property)

let private properties =
    testList
        "properties"
        [
            testCase "any text in a path and a query arrives as it is, or is refused before it is sent" (fun () ->
                use socket = new Socket()
                let client = socket.Client

                let arrives (text: string) (other: string) =
                    let operation =
                        get("/v3/{a}/x/{b}/y").WithPath("a", text).WithPath("b", other).WithQuery("q", text)

                    let isStep (text: string) = isUnicode text && text.Trim '.' <> ""

                    match send client operation, socket.TakeTargets() with
                    | Ok _, [ target ] ->
                        let steps = target.Split('?').[0].Split '/'
                        let query = target.Substring(target.IndexOf("?q=", StringComparison.Ordinal) + 3)

                        isStep text
                        && isStep other
                        && steps.Length = 6
                        && Uri.UnescapeDataString steps[2] = text
                        && Uri.UnescapeDataString steps[4] = other
                        && Uri.UnescapeDataString query = text
                        && List.forall unreserved [ steps[2]; steps[4]; query ]
                    | Error(ApiError.InvalidRequest(field, _)), [] ->
                        (field = "a" && not (isStep text)) || (field = "b" && not (isStep other))
                    | _ -> false

                check
                    (Config.QuickThrowOnFailure.WithMaxTest 400)
                    (Prop.forAll texts (fun text -> Prop.forAll texts (arrives text))))

            testCase "a raw path is sent letter for letter to the client's own host, or refused" (fun () ->
                use socket = new Socket()
                let client = socket.Client

                let visible =
                    Gen.elements [ for code in 0x21..0x7E -> string (char code) ]
                    |> Gen.listOf
                    |> Gen.map (fun letters -> "/" + String.Concat letters)

                let stays (path: string) =
                    match send client (Operation.Raw("GET", path, null)), socket.TakeTargets() with
                    | Ok _, [ target ] -> target = path
                    | Error(ApiError.InvalidRequest("path", _)), [] -> path.Contains '#'
                    | _ -> false

                check (Config.QuickThrowOnFailure.WithMaxTest 300) (Prop.forAll (Arb.fromGen visible) stays))
        ]

let private examples =
    testList
        "examples"
        [
            testCase "what a library would rewrite stays" (fun () ->
                use socket = new Socket()
                let client = socket.Client

                for path in
                    [
                        "/v3/a/../b"
                        "/v3/%2e%2e/b"
                        "/v3/%7E%41?x=%7e"
                        "//elsewhere.test/v3/a"
                        "/v3\\a"
                        "/v3/a?b=c?d={e}|f"
                        "/v3/a?"
                    ] do
                    valueOf (send client (Operation.Raw("GET", path, null))) |> ignore
                    Expect.equal (socket.TakeTargets()) [ path ] path

                for path in
                    [
                        ""
                        "v3/a"
                        "https://elsewhere.test/v3/a"
                        "/v3/订单"
                        "/v3/a b"
                        "/v3/a\r\nX: y"
                        "/v3/a#b"
                    ] do
                    let field, _ = refusedBefore (send client (Operation.Raw("GET", path, null)))
                    Expect.equal field "path" path
                    Expect.isEmpty (socket.TakeTargets()) "not sent")

            testCase
                "dots and nothing are no step of a path; in a query dots are a text, and nothing is refused"
                (fun () ->
                    use socket = new Socket()
                    let client = socket.Client

                    for text in [ ""; "."; ".."; "..." ] do
                        let field, _ = refusedBefore (send client (get("/v3/{a}").WithPath("a", text)))
                        Expect.equal field "a" text

                    valueOf (send client (get("/v3/a").WithQuery("q", "..").WithQuery("r", "x+y z")))
                    |> ignore

                    Expect.equal (socket.TakeTargets()) [ "/v3/a?q=..&r=x%2By%20z" ] "encoded once"
                    let field, _ = refusedBefore (send client (get("/v3/a").WithQuery("q", "")))
                    Expect.equal field "q" "nothing"
                    valueOf (send client (get("/v3/a").WithQuery("q", (null: string)))) |> ignore
                    Expect.equal (socket.TakeTargets()) [ "/v3/a" ] "null leaves it out")

            testCase "a value is not taken for a placeholder" (fun () ->
                use socket = new Socket()

                valueOf (send socket.Client (get("/v3/{a}/{b}").WithPath("b", "2").WithPath("a", "{b}")))
                |> ignore

                Expect.equal (socket.TakeTargets()) [ "/v3/%7Bb%7D/2" ] "filled once")

            testCaseTask "an array in a query is one parameter, its parts joined by commas" (fun () ->
                task {
                    use! platform = openPlatform (fun _ -> json "{}")

                    let operation =
                        Fapiao.GetSpInviteUrl(
                            "t",
                            FapiaoMode "m",
                            "c",
                            [| FapiaoAbilityType "A,1"; FapiaoAbilityType "B&2" |]
                        )

                    let client =
                        { shellAt platform.Url with
                            Caller = Caller("1900000001", MerchantKinds.Partner, null, null)
                        }

                    let! _ = Client.send client operation

                    Expect.stringContains
                        platform.Only.Target
                        "&fapiao_ability_type_list=A%2C1%2CB%262&"
                        "encoded once"
                })

            testCase "half a surrogate pair is refused by name wherever it stands in a body" (fun () ->
                let half = "x" + string (char 0xDC00)
                use socket = new Socket()
                let client = socket.Client

                let described text =
                    Payments.PrepayNative(
                        NativePrepayRequest(
                            Appid = "wx1",
                            Description = text,
                            OutTradeNo = "order-1",
                            NotifyUrl = "https://shop.test/notify",
                            Amount = OrderAmount(Total = 1L, Currency = "CNY")
                        )
                    )

                Expect.equal
                    (refusedBefore (send client (described half)))
                    ("description", "is not well-formed Unicode")
                    "a field"

                Expect.isEmpty (socket.TakeTargets()) "not sent")
        ]

[<Tests>]
let tests = testList "encoding" [ properties; examples ]
