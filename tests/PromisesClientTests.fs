/// The wire as the protocol needs it, on real servers: nothing followed, kept or unpacked; whatever breaks is a result.
module WeChatPay.Tests.PromisesClientTests

open System
open System.Collections.Concurrent
open System.Collections.Generic
open System.IO
open System.IO.Compression
open System.Net
open System.Net.Http
open System.Net.Sockets
open System.Threading
open System.Threading.Tasks
open Expecto
open Microsoft.AspNetCore.Builder
open Microsoft.AspNetCore.Http
open Microsoft.Extensions.Configuration
open Microsoft.Extensions.DependencyInjection
open WeChatPay
open WeChatPay.Api
open WeChatPay.Functional
open WeChatPay.Shell
open WeChatPay.Tests.CallTests
open WeChatPay.Tests.Platform
open WeChatPay.Tests.ReceivingShop
open WeChatPay.Tests.Shop

let private merchantKey =
    force (MerchantKey.ofPem "00ab" (merchantPair.ExportPkcs8PrivateKeyPem()))

let private shellOver (http: HttpClient) (address: string) : Client =
    {
        Http = http
        BaseAddress = Uri address
        GlobalAddress = Uri address
        Caller = Caller "1900000001"
        Key = InMemoryMerchantKey merchantKey
        Keys = PlatformKeys.ofRing ring
        PlatformSerial = PublicKeyId
        Clock = StoppedClock()
        NewNonce = Client.newNonce
        Resilience = Resilience.Off System.TimeProvider.System
        Report = ignore
    }

let private query = Payments.QueryByOutTradeNo "order-1"
let private close = Payments.Close "order-1"

let private fateOf result =
    match result with
    | Ok _ -> "ok"
    | Error error -> ApiError.code error

/// Asks for the order; what became of it, as a code.
type private Ask = unit -> Task<string>

let private askByShell (address: string) : Ask =
    let client = shellOver (new HttpClient(Client.createHandler ())) address

    fun () ->
        task {
            let! result = Client.send client query
            return fateOf result
        }

/// The same by the client that an application gets from its services.
let private askByServices (address: string) : Ask =
    let services = ServiceCollection()

    let configuration =
        ConfigurationBuilder()
            .AddInMemoryCollection(settings)
            .AddInMemoryCollection([ KeyValuePair("WeChatPay:BaseAddress", address) ])
            .Build()

    services.AddSingleton<TimeProvider>(StoppedClock()) |> ignore
    services.AddWeChatPay(configuration.GetSection "WeChatPay") |> ignore
    let client = services.BuildServiceProvider().GetRequiredService<WeChatPayClient>()

    fun () ->
        task {
            try
                let! _ = client.SendAsync query
                return "ok"
            with :? WeChatPayException as failure ->
                return failure.Code
        }

let private clients = [ "shell", askByShell; "services", askByServices ]

/// What a server saw of a request.
type private Seen =
    {
        Path: string
        Headers: IHeaderDictionary
    }

/// A platform on Kestrel that answers everything in one way.
let private openPlatform (answer: HttpContext -> Task) =
    task {
        let app = quietBuilder(WebApplicationOptions()).Build()
        app.Urls.Add "http://127.0.0.1:0"
        let seen = ConcurrentQueue<Seen>()

        app.Run(fun (context: HttpContext) ->
            seen.Enqueue
                {
                    Path = context.Request.Path.Value
                    Headers = HeaderDictionary(Dictionary context.Request.Headers)
                }

            answer context)

        do! app.StartAsync()
        return struct (app, seen)
    }

let private answerSigned (over: byte array) (body: byte array) (context: HttpContext) : Task =
    for name, value in headersOf (sign over) do
        context.Response.Headers[name] <- value

    context.Response.Body.WriteAsync(body, 0, body.Length)

let private answerOrder = answerSigned (utf8 CallTests.order) (utf8 CallTests.order)

let private gzip (body: byte array) =
    use packed = new MemoryStream()

    (use stream = new GZipStream(packed, CompressionLevel.Fastest)
     stream.Write(body, 0, body.Length))

    packed.ToArray()

let private wire =
    testList
        "wire"
        [
            for name, ask in clients do
                testCaseTask (name + ": a redirect is an answer, not an address") (fun () ->
                    task {
                        for status in [ 301; 302; 303; 307; 308 ] do
                            let! struct (app, seen) =
                                openPlatform (fun context ->
                                    if context.Request.Path = PathString "/elsewhere" then
                                        answerOrder context
                                    else
                                        context.Response.StatusCode <- status
                                        context.Response.Headers.Location <- "/elsewhere"
                                        Task.CompletedTask)

                            use app = app
                            let! fate = ask (Seq.head app.Urls) ()
                            Expect.equal fate "refused" (string status)

                            Expect.equal
                                (seen |> Seq.map _.Path |> List.ofSeq)
                                [ "/v3/pay/transactions/out-trade-no/order-1" ]
                                "asked once, there"
                    })

                testCaseTask (name + ": cookies are not kept") (fun () ->
                    task {
                        let! struct (app, seen) =
                            openPlatform (fun context ->
                                context.Response.Headers.SetCookie <- "session=1; Path=/"
                                answerOrder context)

                        use app = app
                        let ask = ask (Seq.head app.Urls)

                        for _ in 1..2 do
                            let! fate = ask ()
                            Expect.equal fate "ok" "answered"

                        Expect.equal seen.Count 2 "twice"

                        for request in seen do
                            Expect.isFalse (request.Headers.ContainsKey "Cookie") "none comes back"
                    })

                testCaseTask (name + ": nothing is unpacked, nor asked for packed") (fun () ->
                    task {
                        let plain = utf8 CallTests.order
                        let packed = gzip plain

                        for over, expected in [ plain, "untrusted_answer"; packed, "malformed_answer" ] do
                            let! struct (app, seen) =
                                openPlatform (fun context ->
                                    context.Response.Headers.ContentEncoding <- "gzip"
                                    answerSigned over packed context)

                            use app = app
                            let! fate = ask (Seq.head app.Urls) ()
                            Expect.equal fate expected "the bytes are judged as they came"
                            let request = Seq.head seen
                            Expect.isFalse (request.Headers.ContainsKey "Accept-Encoding") "not asked for"
                    })
        ]

/// A server that reads what comes first, then breaks the connection in its own way.
let private openBroken (serve: TcpClient -> CancellationToken -> Task) =
    let listener = new TcpListener(IPAddress.Loopback, 0)
    listener.Start()

    let ending = new CancellationTokenSource()

    let running =
        task {
            try
                while true do
                    use! peer = listener.AcceptTcpClientAsync ending.Token
                    let! _ = peer.GetStream().ReadAsync(Array.zeroCreate<byte> 8192, 0, 8192)
                    do! serve peer ending.Token
            with :? OperationCanceledException ->
                listener.Stop()
        }

    let stop () =
        ending.Cancel()
        running.Wait()
        ending.Dispose()

    "http://127.0.0.1:" + string (listener.LocalEndpoint :?> IPEndPoint).Port, stop

let private write (text: string) (peer: TcpClient) (_: CancellationToken) =
    peer.GetStream().WriteAsync(ReadOnlyMemory(utf8 text)).AsTask()

let private reset (peer: TcpClient) (_: CancellationToken) : Task =
    peer.LingerState <- LingerOption(true, 0)
    peer.Close()
    Task.CompletedTask

let private begun = "HTTP/1.1 200 OK\r\nContent-Length: 90\r\n\r\n{"

let private closed (_: TcpClient) (_: CancellationToken) = Task.CompletedTask

let private silent (_: TcpClient) (ending: CancellationToken) = Task.Delay(Timeout.Infinite, ending)

let private silentInBody peer ending =
    task {
        do! write begun peer ending
        do! silent peer ending
    }
    :> Task

let private patient () = new HttpClient(Client.createHandler ())

let private impatient () =
    new HttpClient(Client.createHandler (), Timeout = TimeSpan.FromMilliseconds 300.0)

/// The failure that a call to a broken platform ends with, and whether its outcome is open.
let private brokenBy (http: HttpClient) address (operation: Operation<'Answer>) =
    task {
        match! Client.send (shellOver http address) operation with
        | Error(ApiError.Unreachable(failure, isUnknown)) -> return struct (failure, isUnknown)
        | other -> return failtest (fateOf other)
    }

[<Literal>]
let private Nobody = "nobody there"

let private isUnreachable (makeHttp: unit -> HttpClient) address (isExpected: exn -> bool) label =
    task {
        let! struct (failure, isUnknown) = brokenBy (makeHttp ()) address query
        Expect.isTrue (isExpected failure) (label + " gave " + failure.GetType().Name)
        Expect.isFalse isUnknown (label + ": a question changes nothing")
        let! struct (_, isUnknown) = brokenBy (makeHttp ()) address close
        Expect.equal isUnknown (label <> Nobody) (label + ": after a POST the outcome is open, unless nothing was sent")
    }

let private isTimeout (failure: exn) =
    failure :? TaskCanceledException && failure.InnerException :? TimeoutException

/// A wire whose answers throw, on being asked or on being read.
type private Throwing(failure: exn, isRead: bool) =
    inherit HttpMessageHandler()

    override _.SendAsync(_, _) =
        if isRead then
            let body =
                { new MemoryStream() with
                    override _.ReadAsync(_: Memory<byte>, _) = ValueTask.FromException<int> failure
                }

            Task.FromResult(new HttpResponseMessage(Content = new StreamContent(body)))
        else
            Task.FromException<HttpResponseMessage> failure

/// What becomes of a call over this wire, and whether its outcome is open where the answer was too large.
let private fateOver wire (operation: Operation<'Answer>) =
    task {
        use http = new HttpClient(wire: HttpMessageHandler)
        let! result = Client.send (shellOver http "https://platform.test") operation

        match result with
        | Error(ApiError.AnswerTooLarge(limit, isUnknown)) ->
            Expect.equal limit Delivery.AnswerLimit "the limit"
            return "too large", isUnknown
        | other -> return fateOf other, false
    }

let private failures =
    testList
        "failures"
        [
            testCaseTask "a connection that is refused, closed, cut, reset or silent is a result" (fun () ->
                task {
                    let isRequest (failure: exn) = failure :? HttpRequestException

                    for label, serve, makeHttp, isExpected in
                        [
                            "closed", closed, patient, isRequest
                            "no HTTP", write "SSH-2.0\r\n\r\n", patient, isRequest
                            "cut", write begun, patient, (fun (failure: exn) -> failure :? IOException)
                            "reset", reset, patient, isRequest
                            "silent", silent, impatient, isTimeout
                            "silent in the body", silentInBody, impatient, isTimeout
                        ] do
                        let address, stop = openBroken serve
                        do! isUnreachable makeHttp address isExpected label
                        stop ()

                    let address, stop = openBroken closed
                    stop ()
                    do! isUnreachable patient address isRequest Nobody
                })

            testCaseTask "what a wire throws of itself is a result, on being asked and on being read" (fun () ->
                task {
                    for failure in
                        [
                            IOException "torn" :> exn
                            SocketException(int SocketError.ConnectionReset)
                            HttpRequestException "gone"
                        ] do
                        for isRead in [ false; true ] do
                            let makeHttp () =
                                new HttpClient(new Throwing(failure, isRead))

                            let label = failure.GetType().Name
                            do! isUnreachable makeHttp "https://platform.test" (fun seen -> seen = failure) label
                })

            testCaseTask "a bug is not taken for the network's" (fun () ->
                task {
                    use http = new HttpClient(new Throwing(InvalidOperationException "bug", false))

                    let! name =
                        task {
                            try
                                let! result = Client.send (shellOver http "https://platform.test") query
                                return fateOf result
                            with failure ->
                                return failure.Message
                        }

                    Expect.equal name "bug" "thrown"
                })

            testCaseTask "an answer is read up to 16 MiB; more is too large, however much is still to come" (fun () ->
                task {
                    let padded = CallTests.order.PadRight Delivery.AnswerLimit
                    let! fate = fateOver (new Wire(200, padded, signed)) query
                    Expect.equal fate ("ok", false) "at the limit"
                    let! fate = fateOver (new Wire(200, padded + " ", signed)) query
                    Expect.equal fate ("too large", false) "one byte more"
                    let! fate = fateOver (new Wire(200, padded + " ", signed)) close
                    Expect.equal fate ("too large", true) "after a POST the outcome is open"
                    let! fate = fateOver (new Wire(404, padded + " ", signed)) close
                    Expect.equal fate ("too large", true) "a refusal as well"

                    let! struct (app, _) =
                        openPlatform (fun context ->
                            task {
                                let block = Array.zeroCreate<byte> 65536

                                while not context.RequestAborted.IsCancellationRequested do
                                    do! context.Response.Body.WriteAsync(block, 0, block.Length)
                            })

                    use app = app
                    let! fate = askByShell (Seq.head app.Urls) ()
                    Expect.equal fate "answer_too_large" "an answer without an end"
                })
        ]

[<Tests>]
let tests = testList "promises of the client" [ wire; failures ]
