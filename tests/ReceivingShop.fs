/// Applications of every kind that receive notifications, on real servers, and what stands between them and the platform.
module WeChatPay.Tests.ReceivingShop

open System
open System.Collections.Generic
open System.IO
open System.Net
open System.Net.Http
open System.Net.Sockets
open System.Text
open System.Threading
open System.Threading.Tasks
open Expecto
open Microsoft.AspNetCore.Builder
open Microsoft.AspNetCore.Hosting
open Microsoft.AspNetCore.Server.Kestrel.Core
open Microsoft.Extensions.Configuration
open Microsoft.Extensions.DependencyInjection
open Microsoft.Extensions.Logging
open WeChatPay
open WeChatPay.Tests.CallTests
open WeChatPay.Tests.Platform
open WeChatPay.Tests.Receivers
open WeChatPay.Tests.Shop

/// A merchant whose keys are this run's, as an application's settings name them.
let settings =
    dict
        [
            "WeChatPay:MerchantId", "1900000001"
            "WeChatPay:MerchantSerial", "AB"
            "WeChatPay:MerchantPrivateKey", merchantPair.ExportPkcs8PrivateKeyPem()
            "WeChatPay:ApiV3Key", apiV3KeyText
            "WeChatPay:PlatformPublicKeyId", PublicKeyId
            "WeChatPay:PlatformPublicKey", publicKeyPem
        ]

/// Whose notifications are received, and by which clock.
type Merchant =
    {
        Settings: KeyValuePair<string, string> seq
        Clock: TimeProvider
    }

/// The merchant of `payment`, at the time at which it was signed.
let merchant =
    {
        Settings = settings
        Clock = StoppedClock()
    }

let private receiverOf merchant =
    let configuration =
        ConfigurationBuilder().AddInMemoryCollection(merchant.Settings).Build()

    WeChatPayNotifications.Create(WeChatPayOptions.Read(configuration.GetSection "WeChatPay", "."), merchant.Clock)

/// A receiver without any application.
let notifications () = receiverOf merchant

/// What the platform sends when the order `order-1` is paid.
let payment = notify "TRANSACTION.SUCCESS" paid

/// The smallest change of its body.
let changed =
    { payment with
        Body =
            payment.Body
            |> Array.mapi (fun i letter -> if i = 10 then letter ^^^ 1uy else letter)
    }

/// A body that is one byte over the limit.
let oversized =
    { payment with
        Body = Array.zeroCreate 1_048_577
    }

/// An application that receives, and what it made of it.
type Receiver =
    {
        Url: string
        Orders: Orders
        Log: LogBook
        Close: unit -> Task
    }

    interface IAsyncDisposable with
        member receiver.DisposeAsync() = ValueTask(receiver.Close())

/// An application on Kestrel, listening on a free port with these protocols.
let openKestrelOf merchant protocols (configure: WebApplicationBuilder -> unit) (map: WebApplication -> unit) path =
    task {
        let log = new LogBook()
        let builder = quietBuilder (WebApplicationOptions())
        builder.Logging.AddProvider log |> ignore
        builder.Configuration.AddInMemoryCollection merchant.Settings |> ignore
        addClock merchant.Clock builder
        Program.Add builder
        configure builder

        builder.WebHost.ConfigureKestrel(fun (options: KestrelServerOptions) ->
            options.Listen(IPAddress.Loopback, 0, (fun endpoint -> endpoint.Protocols <- protocols)))
        |> ignore

        let app = builder.Build()
        map app
        do! app.StartAsync()

        return
            {
                Url = Seq.head app.Urls + path
                Orders = app.Services.GetRequiredService<Orders>()
                Log = log
                Close = fun () -> app.DisposeAsync().AsTask()
            }
    }

let openKestrel protocols configure map path =
    openKestrelOf merchant protocols configure map path

let freePort () =
    use listener = new TcpListener(IPAddress.Loopback, 0)
    listener.Start()
    (listener.LocalEndpoint :?> IPEndPoint).Port

/// The documentation's `HttpListener`, running until it is closed.
let openListenerOf merchant =
    task {
        let stop = new CancellationTokenSource()
        let orders = Orders()
        let log = new LogBook()

        let write (failure: exn) =
            (log :> ILoggerProvider).CreateLogger("listener").LogError(failure, "failed")

        let listener = NotificationListener(receiverOf merchant, orders, Action<_> write)

        let prefix = "http://127.0.0.1:" + string (freePort ()) + "/wechatpay/"
        let running = listener.RunAsync(prefix, stop.Token)

        let close () =
            task {
                do! stop.CancelAsync()

                try
                    do! running
                with :? OperationCanceledException ->
                    ()

                stop.Dispose()
            }
            :> Task

        return
            {
                Url = prefix + "notify"
                Orders = orders
                Log = log
                Close = close
            }
    }

let openListener () = openListenerOf merchant

/// A body whose length is said beforehand.
let sized (body: byte array) : HttpContent = new ByteArrayContent(body)

/// A body whose length nobody knows before its end: chunked in HTTP/1.1, without `content-length` in HTTP/2.
let unsized (body: byte array) : HttpContent =
    { new HttpContent() with
        member _.SerializeToStreamAsync(stream, _) =
            task {
                let half = body.Length / 2
                do! stream.WriteAsync(body, 0, half)
                do! stream.FlushAsync()
                do! stream.WriteAsync(body, half, body.Length - half)
            }

        member _.TryComputeLength(length) =
            length <- 0L
            false
    }

let private isLarge (content: HttpContent | null) =
    match content with
    | null -> false
    | content -> content.Headers.ContentLength.GetValueOrDefault() > 1_048_576L

let private exchange (verb: HttpMethod) (version: Version) (url: string) headers (content: HttpContent | null) =
    task {
        use http = new HttpClient()
        use message = new HttpRequestMessage(verb, url)
        message.Version <- version
        message.VersionPolicy <- HttpVersionPolicy.RequestVersionExact
        message.Content <- content

        // A server may refuse by the length alone and hang up: whoever is still writing then sees a broken pipe, not the answer.
        message.Headers.ExpectContinue <- version = HttpVersion.Version11 && isLarge content

        for name: string, value: string in headers do
            message.Headers.TryAddWithoutValidation(name, value) |> ignore

        use! response = http.SendAsync message
        let! text = response.Content.ReadAsStringAsync()
        Expect.equal response.Version version "the version that was asked for"
        return (int response.StatusCode, text)
    }

/// Posts a callback; the answer's status and text.
let post version url (content: byte array -> HttpContent) callback =
    exchange HttpMethod.Post version url (headersOf callback) (content callback.Body)

/// Sends a callback's headers by a verb that comes without a body.
let get version url callback =
    exchange HttpMethod.Get version url (headersOf callback) null

/// What a refusal is answered with.
let refused status code =
    (status, """{"code":"FAIL","message":""" + "\"" + code + "\"}")

let private headEnd = "\r\n\r\n"B

let private readHead (stream: NetworkStream) =
    task {
        use seen = new MemoryStream()
        let buffer = Array.zeroCreate<byte> 4096
        let mutable found = -1

        while found < 0 do
            let! count = stream.ReadAsync(buffer, 0, buffer.Length)

            if count = 0 then
                raise (EndOfStreamException())

            seen.Write(buffer, 0, count)
            found <- ReadOnlySpan(seen.ToArray()).IndexOf(ReadOnlySpan headEnd)

        let bytes = seen.ToArray()
        return struct (Encoding.Latin1.GetString(bytes, 0, found), bytes[found + headEnd.Length ..])
    }

/// A proxy on loopback that passes requests on byte for byte, but for the lines of their head, which it rewrites.
type Proxy(target: Uri, rewrite: string list -> string list) =
    let listener = new TcpListener(IPAddress.Loopback, 0)
    let stop = new CancellationTokenSource()
    do listener.Start()

    let isOwn (line: string) =
        line.StartsWith("Host:", StringComparison.OrdinalIgnoreCase)
        || line.StartsWith("Connection:", StringComparison.OrdinalIgnoreCase)

    let pass (client: TcpClient) =
        task {
            use client = client
            use server = new TcpClient()
            do! server.ConnectAsync(target.Host, target.Port)
            let! struct (head, rest) = readHead (client.GetStream())
            let lines = List.ofArray (head.Split "\r\n")

            let passed =
                [
                    List.head lines
                    "Host: " + target.Authority
                    "Connection: close"
                    yield! rewrite (List.filter (isOwn >> not) (List.tail lines))
                ]

            let upstream = server.GetStream()
            do! upstream.WriteAsync(Encoding.Latin1.GetBytes(String.Join("\r\n", passed) + "\r\n\r\n"))
            do! upstream.WriteAsync rest
            let sending = client.GetStream().CopyToAsync upstream
            do! upstream.CopyToAsync(client.GetStream())
            client.Close()

            try
                do! sending
            with
            | :? IOException
            | :? ObjectDisposedException -> ()
        }

    let running =
        task {
            try
                while true do
                    let! client = listener.AcceptTcpClientAsync stop.Token
                    do! pass client
            with :? OperationCanceledException ->
                listener.Stop()
        }

    member _.Url =
        "http://127.0.0.1:"
        + string (listener.LocalEndpoint :?> IPEndPoint).Port
        + target.PathAndQuery

    interface IAsyncDisposable with
        member _.DisposeAsync() =
            stop.Cancel()
            ValueTask(running :> Task)
