/// Every way of receiving that docs/receiving.md shows, on a real server: the very code of the page.
module WeChatPay.Tests.ReceivingTests

open System
open System.Collections.Concurrent
open System.Collections.Generic
open System.IO
open System.Net
open System.Net.Http
open System.Text.RegularExpressions
open System.Threading.Tasks
open Expecto
open Microsoft.AspNetCore.Builder
open Microsoft.AspNetCore.Http
open Microsoft.AspNetCore.Server.Kestrel.Core
open Microsoft.Extensions.DependencyInjection
open WeChatPay
open WeChatPay.Functional
open WeChatPay.Simulator
open WeChatPay.Tests
open WeChatPay.Tests.Platform
open WeChatPay.Tests.ReceivingShop
open WeChatPay.Tests.Receivers

let private http1 = HttpProtocols.Http1

let private addControllers (builder: WebApplicationBuilder) =
    builder.Services.AddControllers().AddApplicationPart typeof<WeChatPayController>.Assembly
    |> ignore

let private mapControllers (app: WebApplication) = app.MapControllers() |> ignore

/// A host that knows headers and a forward-only stream, and writes a status and bytes.
let private mapBare (run: HttpContext -> Task<struct (int * byte array)>) (app: WebApplication) =
    app.MapPost(
        "/wechatpay/notify",
        RequestDelegate(fun context ->
            task {
                let! struct (status, json) = run context
                context.Response.StatusCode <- status

                if json.Length > 0 then
                    do! context.Response.Body.WriteAsync(ReadOnlyMemory json)
            })
    )
    |> ignore

let private readAll (context: HttpContext) =
    task {
        use body = new MemoryStream()
        do! context.Request.Body.CopyToAsync body
        return body.ToArray()
    }

let private runFunction (context: HttpContext) =
    task {
        let! body = readAll context
        use message = new HttpRequestMessage()

        for header in context.Request.Headers do
            message.Headers.TryAddWithoutValidation(header.Key, header.Value.ToArray())
            |> ignore

        let services = context.RequestServices

        let receive =
            NotifyFunction(services.GetRequiredService<WeChatPayNotifications>(), services.GetRequiredService<Orders>())

        let! struct (status, json) =
            receive.RunAsync(message.Headers, new ForwardStream(body), context.RequestAborted)

        return struct (status, json)
    }

let private runGateway isBase64 (context: HttpContext) =
    task {
        let! body = readAll context
        let headers = Dictionary<string, string array>()

        for header in context.Request.Headers do
            headers[header.Key] <- header.Value.ToArray()

        let notifications =
            context.RequestServices.GetRequiredService<WeChatPayNotifications>()

        let text =
            if isBase64 then
                Convert.ToBase64String body
            else
                Text.Encoding.UTF8.GetString body

        return GatewayEvent.Receive(notifications, headers, text, isBase64)
    }

// The code of docs/receiving.md, as it stands there: a test compares the two.
let receive (notifications: WeChatPayNotifications) (settle: DecodedEvent -> Task) (context: HttpContext) : Task =
    task {
        let! result = notifications.DecodeAsync(context.Request, context.RequestAborted)

        match result.TryGet() with
        | true, NonNull decoded, _ ->
            do! settle decoded
            context.Response.StatusCode <- 204
        | _, _, NonNull failure ->
            context.Response.StatusCode <- failure.StatusCode
            do! context.Response.Body.WriteAsync(ReadOnlyMemory(failure.Answer.ToUtf8Json()), context.RequestAborted)
        | _ -> context.Response.StatusCode <- 500
    }

let private mapFSharp (app: WebApplication) =
    let orders = app.Services.GetRequiredService<Orders>()
    let notifications = app.Services.GetRequiredService<WeChatPayNotifications>()

    let settle decoded =
        orders.SettleAsync(decoded, Threading.CancellationToken.None)

    app.MapPost("/wechatpay/notify", RequestDelegate(receive notifications settle))
    |> ignore

let private mapFSharpEndpoint (markPaid: string -> int64 -> Threading.CancellationToken -> Task) (app: WebApplication) =
    app.MapWeChatPayNotifications(
        "/wechatpay/notify",
        fun context cancellationToken ->
            match context.Event with
            | WeChatPayEvent.PaymentSucceeded paid -> markPaid paid.OutTradeNo paid.Amount.Total cancellationToken
            | _ -> Task.CompletedTask
    )
    |> ignore

let private kestrel configure map =
    fun merchant -> openKestrelOf merchant http1 configure map "/wechatpay/notify"

let private ways =
    [
        "the endpoint", kestrel ignore Program.MapEndpoint
        "a minimal API", kestrel ignore Program.MapMinimal
        "an MVC controller", kestrel addControllers mapControllers
        "HttpListener", openListenerOf
        "a function with HttpHeaders and a stream", kestrel ignore (mapBare runFunction)
        "F#, with an answer of its own", kestrel ignore mapFSharp
    ]

let private takes (name, openReceiver: Merchant -> Task<Receiver>) =
    testList
        name
        [
            for form, content in [ "with a length", sized; "chunked", unsized ] do
                testCaseTask (form + ": taken, the smallest change refused, too large refused") (fun () ->
                    task {
                        use! receiver = openReceiver merchant

                        let send callback =
                            post HttpVersion.Version11 receiver.Url content callback

                        let! answer = send changed
                        Expect.equal answer (refused 401 "signature_mismatch") "changed"
                        let! answer = send oversized
                        Expect.equal answer (refused 413 "body_too_large") "too large"
                        Expect.isFalse (receiver.Orders.IsPaid "order-1") "nothing was handed on"
                        let! answer = send payment
                        Expect.equal answer (204, "") "taken"
                        Expect.isTrue (receiver.Orders.IsPaid "order-1") "settled"
                    })
        ]

/// The simulated platform pays, signs with keys of its own, and posts to the receiver.
let private isReached (name, openReceiver: Merchant -> Task<Receiver>) =
    testCaseTask (name + " is reached by the simulated platform") (fun () ->
        task {
            use! platform = WeChatPaySimulator.StartAsync()

            use! receiver =
                openReceiver
                    {
                        Settings = platform.Settings
                        Clock = TimeProvider.System
                    }

            let client = Shop.direct platform ignore TimeProvider.System
            let order = Shop.native "tea-order-1"

            let order =
                Api.NativePrepayRequest(
                    Appid = order.Appid,
                    Description = order.Description,
                    OutTradeNo = order.OutTradeNo,
                    NotifyUrl = receiver.Url,
                    Amount = order.Amount
                )

            let! _ = client.Payments.PrepayNativeAsync order
            Expect.isFalse (receiver.Orders.IsPaid "tea-order-1") "not yet"
            let! _ = platform.PayAsync "tea-order-1"
            Expect.isTrue (receiver.Orders.IsPaid "tea-order-1") "paid"
        })

let private comesAgain =
    testCaseTask "the platform comes again after a body that was read, and is taken once that is mended" (fun () ->
        task {
            let mutable isBroken = true

            let readOnce (app: WebApplication) =
                app.Use(fun (context: HttpContext) (next: RequestDelegate) ->
                    task {
                        if isBroken then
                            isBroken <- false
                            let! _ = readAll context
                            ()

                        do! next.Invoke context
                    }
                    :> Task)
                |> ignore

            let options = WeChatPaySimulatorOptions(TimeCompression = 1000.0)
            use! shop = Shop.openWith options ignore readOnce Shop.accept
            do! Shop.paidOrder shop "order-1"
            do! Shop.until (fun () -> not shop.Seen.IsEmpty)
            Expect.hasLength shop.Seen 1 "once"
            Expect.stringContains shop.Log.Text "body_already_read" "the first time"
        })

let private gateway =
    testList
        "a gateway's text"
        [
            for name, isBase64 in [ "as it is", false; "in base64", true ] do
                testCaseTask (name + ": taken, the smallest change refused") (fun () ->
                    task {
                        use! receiver =
                            openKestrel http1 ignore (mapBare (runGateway isBase64)) "/wechatpay/notify"

                        let! answer = post HttpVersion.Version11 receiver.Url sized changed
                        Expect.equal answer (refused 401 "signature_mismatch") "changed"
                        let! answer = post HttpVersion.Version11 receiver.Url sized payment
                        Expect.equal answer (204, "") "taken"
                    })
        ]

let private fsharpEndpoint =
    testCaseTask "F#: the endpoint hands on the payment, and nothing that was changed" (fun () ->
        task {
            let seen = ConcurrentQueue<string>()

            let markPaid outTradeNo fen _ =
                seen.Enqueue(outTradeNo + ": " + string fen)
                Task.CompletedTask

            use! receiver =
                openKestrel http1 ignore (mapFSharpEndpoint markPaid) "/wechatpay/notify"

            let! answer = post HttpVersion.Version11 receiver.Url sized changed
            Expect.equal answer (refused 401 "signature_mismatch") "changed"
            let! answer = post HttpVersion.Version11 receiver.Url sized payment
            Expect.equal answer (204, "") "taken"
            Expect.equal (List.ofSeq seen) [ "order-1: 1" ] "once"
        })

/// A clock that a test sets.
type private SetClock() =
    inherit TimeProvider()
    member val Now = now with get, set
    override clock.GetUtcNow() = clock.Now

let private store =
    testCaseTask "store first: what was proven and stored is decoded a day later, at its own time only" (fun () ->
        task {
            let clock = SetClock()
            let kept = ConcurrentQueue<StoredNotification>()
            let mutable opened = Unchecked.defaultof<NotificationStore>

            let configure (builder: WebApplicationBuilder) =
                builder.Services.AddSingleton<TimeProvider> clock |> ignore

            let map (app: WebApplication) =
                opened <- NotificationStore(app.Services.GetRequiredService<WeChatPayNotifications>(), clock)

                app.MapPost(
                    "/wechatpay/notify",
                    RequestDelegate(fun context ->
                        task {
                            let keep stored =
                                kept.Enqueue stored
                                Task.CompletedTask

                            let! answer = opened.TakeAsync(context.Request, keep, context.RequestAborted)
                            do! answer.ExecuteAsync context
                        })
                )
                |> ignore

            use! receiver = openKestrel http1 configure map "/wechatpay/notify"
            let! answer = post HttpVersion.Version11 receiver.Url sized changed
            Expect.equal answer (refused 401 "signature_mismatch") "changed"
            let! answer = post HttpVersion.Version11 receiver.Url unsized payment
            Expect.equal answer (204, "") "taken"
            clock.Now <- now.AddDays 1.0
            let stored = Seq.exactlyOne kept

            match opened.Read(stored).TryGet() with
            | true, decoded, _ -> Expect.equal decoded.Id "EV-1" "decoded"
            | _, _, failure -> failtest failure.Code

            let late = StoredNotification(clock.Now, stored.Headers, stored.Body)

            match opened.Read(late).TryGet() with
            | true, _, _ -> failtest "decoded"
            | _, _, failure -> Expect.equal failure.Code "outside_tolerance" "another time"
        })

let private root =
    let rec up (folder: DirectoryInfo) =
        if File.Exists(Path.Combine(folder.FullName, "global.json")) then
            folder.FullName
        else
            up (nonNull folder.Parent)

    up (DirectoryInfo AppContext.BaseDirectory)

/// Lines without indentation, blank ones and `using` left out: a page and a file lay them out differently.
let private linesOf (text: string) =
    text.Split '\n'
    |> Array.map (fun line -> line.Trim())
    |> Array.filter (fun line ->
        line <> ""
        && not (line.StartsWith "using " && line.EndsWith ";" && not (line.Contains '=')))
    |> List.ofArray

let private page =
    test "every block of docs/receiving.md is code that these tests run" {
        let files =
            [
                yield! Directory.GetFiles(Path.Combine(root, "tests", "Receivers"), "*.cs")
                Path.Combine(root, "tests", "ReceivingTests.fs")
                Path.Combine(root, "tests", "HandlerTests.fs")
            ]

        let code =
            files
            |> List.map (fun file -> "\n" + String.Join("\n", linesOf (File.ReadAllText file)) + "\n")

        let text = File.ReadAllText(Path.Combine(root, "docs", "receiving.md"))

        let blocks =
            Regex.Matches(text, "```(?:csharp|fsharp)\n(.*?)```", RegexOptions.Singleline)

        Expect.isGreaterThan blocks.Count 10 "the blocks are found"

        for block in blocks do
            let shown = String.Join("\n", linesOf block.Groups[1].Value)
            let isThere = code |> List.exists (fun file -> file.Contains("\n" + shown + "\n"))
            Expect.isTrue isThere shown
    }

[<Tests>]
let tests =
    testList
        "receiving"
        [
            yield! List.map takes ways
            yield! List.map isReached ways
            comesAgain
            gateway
            fsharpEndpoint
            store
            page
        ]
