/// A body that something read before the library could: told from everything that a sender can do, with the way to mend it.
module WeChatPay.Tests.ReceivingBodyTests

open System
open System.IO
open System.Net
open System.Net.Http
open System.Threading
open System.Threading.Tasks
open Expecto
open Microsoft.AspNetCore.Builder
open Microsoft.AspNetCore.Http
open Microsoft.AspNetCore.Server.Kestrel.Core
open Microsoft.Extensions.DependencyInjection
open WeChatPay
open WeChatPay.Tests.Platform
open WeChatPay.Tests.ReceivingShop
open WeChatPay.Tests.Receivers

let private address = "/wechatpay/notify"

/// A middleware in front of the endpoint.
let private ahead (read: HttpContext -> Task) (app: WebApplication) =
    app.Use(fun (context: HttpContext) (next: RequestDelegate) ->
        task {
            do! read context
            do! next.Invoke context
        }
        :> Task)
    |> ignore

let private readWholly (context: HttpContext) =
    task {
        use reader = new StreamReader(context.Request.Body, leaveOpen = true)
        let! _ = reader.ReadToEndAsync()
        ()
    }
    :> Task

let private readAndClose (context: HttpContext) =
    task {
        use reader = new StreamReader(context.Request.Body)
        let! _ = reader.ReadToEndAsync()
        ()
    }
    :> Task

let private readTenBytes (context: HttpContext) =
    context.Request.Body.ReadExactlyAsync(Memory(Array.zeroCreate 10)).AsTask()

let private readByPipe (context: HttpContext) =
    task {
        let! read = context.Request.BodyReader.ReadAtLeastAsync payment.Body.Length
        context.Request.BodyReader.AdvanceTo read.Buffer.End
        do! context.Request.BodyReader.CompleteAsync()
    }
    :> Task

let private both maps (app: WebApplication) =
    for map in maps do
        map app

let private openBehind protocols maps =
    openKestrel protocols ignore (both [ yield! maps; Program.MapEndpoint ]) address

let private bodyAlreadyRead = refused 401 "body_already_read"

/// Of every kind: a length, chunks, HTTP/2 with and without a length.
let private wires =
    [
        "HTTP/1.1 with a length", HttpProtocols.Http1, HttpVersion.Version11, sized
        "HTTP/1.1 chunked", HttpProtocols.Http1, HttpVersion.Version11, unsized
        "HTTP/2 with a length", HttpProtocols.Http2, HttpVersion.Version20, sized
        "HTTP/2 without one", HttpProtocols.Http2, HttpVersion.Version20, unsized
    ]

let private overEveryWire =
    testList
        "over every wire"
        [
            for wire, protocols, version, content in wires do
                testCaseTask (wire + ": read before, it comes again and the log says how to mend it") (fun () ->
                    task {
                        use! receiver = openBehind protocols [ ahead readWholly ]
                        let! answer = post version receiver.Url content payment
                        Expect.equal answer bodyAlreadyRead "an answer of its own"
                        Expect.isFalse (receiver.Orders.IsPaid "order-1") "nothing unverified is handed on"

                        for words in [ "Error"; "body_already_read"; "EnableBuffering()"; "[FromBody]"; address ] do
                            Expect.stringContains receiver.Log.Text words "said"

                        Expect.isFalse (receiver.Log.Text.Contains payment.Signature) "no header"
                    })

                testCaseTask (wire + ": buffered ahead of the reader, it is taken, and its change refused") (fun () ->
                    task {
                        use! receiver = openBehind protocols [ Program.Buffer; ahead readWholly ]
                        let! answer = post version receiver.Url content changed
                        Expect.equal answer (refused 401 "signature_mismatch") "changed"
                        let! answer = post version receiver.Url content payment
                        Expect.equal answer (204, "") "taken"
                        Expect.isTrue (receiver.Orders.IsPaid "order-1") "settled"
                    })
        ]

/// What the page says about a part, by whether the length is known.
let private parts =
    [
        for wire, protocols, version, content in wires do
            let isKnown = wire.EndsWith "with a length"

            let expected =
                if isKnown then
                    bodyAlreadyRead
                else
                    refused 401 "signature_mismatch"

            testCaseTask (wire + ": read in part, it is " + snd expected) (fun () ->
                task {
                    use! receiver = openBehind protocols [ ahead readTenBytes ]
                    let! answer = post version receiver.Url content payment
                    Expect.equal answer expected "answered"
                    Expect.isFalse (receiver.Orders.IsPaid "order-1") "nothing is handed on"
                })
    ]

let private closed =
    [
        for name, maps in
            [
                "a pipe that its reader completed", [ ahead readByPipe ]
                "a buffered body that its reader closed", [ Program.Buffer; ahead readAndClose ]
                "a body that was buffered too late", [ ahead readTenBytes; Program.Buffer ]
            ] do
            testCaseTask (name + " is read already") (fun () ->
                task {
                    use! receiver = openBehind HttpProtocols.Http1 maps
                    let! answer = post HttpVersion.Version11 receiver.Url sized payment
                    Expect.equal answer bodyAlreadyRead "told"
                })
    ]

let private answerCode (app: WebApplication) (context: HttpContext) : Task =
    task {
        let! result =
            app.Services.GetRequiredService<WeChatPayNotifications>().DecodeAsync context.Request

        match result.TryGet() with
        | true, _, _ -> context.Response.StatusCode <- 204
        | _, _, failure -> do! context.Response.WriteAsync failure.Code
    }

/// Nothing at all: `Content-Length: 0`, or the end of an HTTP/2 stream with its headers.
let private nothing (_: byte array) : HttpContent = new ByteArrayContent([||])

let private senders =
    [
        for wire, protocols, version in
            [
                "HTTP/1.1", HttpProtocols.Http1, HttpVersion.Version11
                "HTTP/2", HttpProtocols.Http2, HttpVersion.Version20
            ] do
            testCaseTask (wire + ": an empty body that a sender chose is no fault of the application") (fun () ->
                task {
                    use! receiver = openBehind protocols []
                    let! answer = post version receiver.Url nothing payment
                    Expect.equal answer (refused 401 "signature_mismatch") "refused as ever"
                    Expect.stringContains receiver.Log.Text "which is empty" "the log says what was found"
                    Expect.isFalse (receiver.Log.Text.Contains "body_already_read") "nothing was read before"
                })

            testCaseTask (wire + ": a request that can have no body is refused, and no fault either") (fun () ->
                task {
                    let map (app: WebApplication) =
                        Program.MapMinimal app
                        app.MapGet("/get", RequestDelegate(answerCode app)) |> ignore

                    use! receiver = openKestrel protocols ignore map "/get"
                    let! answer = get version receiver.Url payment
                    Expect.equal answer (200, "signature_mismatch") "a failure, nothing is thrown"
                })

        for name, callback, code in
            [
                "a missing header", { payment with Signature = "" }, "missing_header"
                "a probe",
                { payment with
                    Signature = "WECHATPAY/SIGNTEST/1"
                },
                "signature_probe"
                "an unknown key", { payment with Serial = "PUB_KEY_ID_0" }, "unknown_serial"
                "an old timestamp",
                { payment with
                    Timestamp = "1700000000"
                },
                "outside_tolerance"
            ] do
            testCaseTask (name + " is refused as ever where the body was read before: it is the sender's") (fun () ->
                task {
                    use! receiver = openBehind HttpProtocols.Http1 [ ahead readWholly ]
                    let! answer = post HttpVersion.Version11 receiver.Url sized callback
                    Expect.equal answer (refused 401 code) "4xx"
                })
    ]

let private addControllers (builder: WebApplicationBuilder) =
    builder.Services.AddControllers().AddApplicationPart typeof<BindingController>.Assembly
    |> ignore

let private openBinding maps =
    openKestrel
        HttpProtocols.Http1
        addControllers
        (both [ yield! maps; fun app -> app.MapControllers() |> ignore ])
        "/wechatpay/bound"

let private json (body: byte array) : HttpContent =
    let content = new ByteArrayContent(body)
    content.Headers.ContentType <- Headers.MediaTypeHeaderValue "application/json"
    content

let private binding =
    [
        testCaseTask "[FromBody] in an action is told as what it is, and the platform comes again" (fun () ->
            task {
                use! receiver = openBinding []
                let! status, _ = post HttpVersion.Version11 receiver.Url json payment
                Expect.equal status 500 "it comes again"
                Expect.isFalse (receiver.Orders.IsPaid "order-1") "nothing unverified is handed on"

                for words in
                    [
                        "WeChatPayBodyAlreadyReadException"
                        "take no [FromBody]"
                        "hand Request to the library"
                    ] do
                    Expect.stringContains receiver.Log.Text words "the developer is told"
            })

        testCaseTask "[FromBody] over a buffered body works, and a change is refused" (fun () ->
            task {
                use! receiver = openBinding [ Program.Buffer ]

                let! status, _ =
                    post
                        HttpVersion.Version11
                        receiver.Url
                        json
                        { payment with
                            Body = Array.append payment.Body " "B
                        }

                Expect.equal status 401 "changed"
                let! answer = post HttpVersion.Version11 receiver.Url json payment
                Expect.equal answer (204, "") "taken"
            })

        testCaseTask "DecodeAsync and VerifyAsync throw the same, in two languages" (fun () ->
            task {
                let failures = Collections.Concurrent.ConcurrentQueue<exn>()

                let keep (call: unit -> Task) =
                    task {
                        try
                            do! call ()
                        with :? InvalidOperationException as failure ->
                            failures.Enqueue failure
                    }

                let map (app: WebApplication) =
                    let notifications = app.Services.GetRequiredService<WeChatPayNotifications>()

                    app.Run(
                        RequestDelegate(fun context ->
                            task {
                                do! readWholly context
                                do! keep (fun () -> notifications.DecodeAsync context.Request)
                                do! keep (fun () -> notifications.VerifyAsync context.Request)
                            })
                    )

                use! receiver = openKestrel HttpProtocols.Http1 ignore map address
                let! _ = post HttpVersion.Version11 receiver.Url unsized payment
                Expect.hasLength failures 2 "both"

                for failure in failures do
                    let failure = failure :?> WeChatPayBodyAlreadyReadException
                    Expect.equal failure.Message failure.Advice.English "the message is the advice"
                    Expect.stringContains failure.Advice.Chinese "EnableBuffering()" "in Chinese, too"
            })
    ]

[<Tests>]
let tests =
    testList
        "receiving: a body that was read already"
        [
            overEveryWire
            testList "in part" parts
            testList "closed" closed
            testList "senders" senders
            testList "binding" binding
        ]
