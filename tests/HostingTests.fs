module WeChatPay.Tests.HostingTests

open System
open System.Collections.Generic
open System.IO
open System.Net.Http
open System.Net.Http.Headers
open System.Threading
open System.Threading.Tasks
open Expecto
open Microsoft.AspNetCore.Builder
open Microsoft.AspNetCore.Http
open Microsoft.Extensions.Configuration
open Microsoft.Extensions.DependencyInjection
open Microsoft.Extensions.Hosting
open Microsoft.Extensions.Options
open WeChatPay
open WeChatPay.Functional
open WeChatPay.Simulator
open WeChatPay.Tests.Shop

/// Keeps what the platform would have sent, so that a test can change it on the way.
let private capture (platform: WeChatPaySimulator) number =
    task {
        let! catcher =
            task {
                let app = quietBuilder(WebApplicationOptions()).Build()
                app.Urls.Add "http://127.0.0.1:0"

                let caught =
                    TaskCompletionSource<struct (KeyValuePair<string, string> list * byte array)>()

                app.Run(fun (context: HttpContext) ->
                    task {
                        use body = new MemoryStream()
                        do! context.Request.Body.CopyToAsync body

                        let headers =
                            [
                                for header in context.Request.Headers ->
                                    KeyValuePair(header.Key, header.Value.ToString())
                            ]

                        caught.TrySetResult(struct (headers, body.ToArray())) |> ignore
                        context.Response.StatusCode <- 204
                    }
                    :> Task)

                do! app.StartAsync()
                return struct (app, caught.Task)
            }

        let struct (app, caught) = catcher

        let client =
            let configuration =
                ConfigurationBuilder().AddInMemoryCollection(platform.Settings).Build()

            WeChatPayClient(
                new HttpClient(WeChatPayClient.CreateHandler()),
                WeChatPayOptions.Read(configuration.GetSection "WeChatPay", ".")
            )

        let! _ =
            client.Payments.PrepayNativeAsync(
                WeChatPay.Api.NativePrepayRequest(
                    Appid = "wx1",
                    Description = "tea",
                    OutTradeNo = number,
                    NotifyUrl = Seq.head app.Urls + "/notify",
                    Amount = WeChatPay.Api.OrderAmount(Total = 100L)
                )
            )

        let! _ = platform.PayAsync number
        let! sent = caught
        do! app.DisposeAsync()
        return sent
    }

let private send (url: string) (headers: KeyValuePair<string, string> seq) (body: HttpContent) =
    task {
        use http = new HttpClient()
        use message = new HttpRequestMessage(HttpMethod.Post, url)
        message.Content <- body

        for header in headers do
            if header.Key.StartsWith("Wechatpay-", StringComparison.OrdinalIgnoreCase) then
                message.Headers.TryAddWithoutValidation(header.Key, header.Value) |> ignore

        let! response = http.SendAsync message
        let! text = response.Content.ReadAsStringAsync()
        return struct (int response.StatusCode, text)
    }

let private bytes (body: byte array) = new ByteArrayContent(body)

/// A handler with a dependency, made by DI.
type Ledger() =
    member val Paid = 0L with get, set

type LedgerHandler(ledger: Ledger) =
    interface IWeChatPayNotificationHandler with
        member _.HandleAsync(context, _) =
            match context.Event with
            | WeChatPayEvent.PaymentSucceeded paid -> ledger.Paid <- ledger.Paid + paid.Amount.Total
            | _ -> ()

            Task.CompletedTask

let private endpoint =
    testList
        "endpoint"
        [
            testCaseTask "the exact bytes are taken, and the smallest change is refused, in JSON" (fun () ->
                task {
                    use! shop = openShop accept
                    let! struct (headers, body) = capture shop.Platform "order-1"
                    let! struct (status, text) = send shop.NotifyUrl headers (bytes body)
                    Expect.equal (status, text) (204, "") "taken, without a body"
                    let changed = Array.copy body
                    changed[10] <- changed[10] ^^^ 1uy
                    let! struct (status, text) = send shop.NotifyUrl headers (bytes changed)
                    Expect.equal (status, text) (401, """{"code":"FAIL","message":"signature_mismatch"}""") "refused"
                    Expect.equal shop.Seen.Count 1 "handled once"
                })

            testCaseTask "chunked bodies, other content types and lower-case headers are taken as well" (fun () ->
                task {
                    use! shop = openShop accept
                    let! struct (headers, body) = capture shop.Platform "order-1"

                    let chunked =
                        { new HttpContent() with
                            member _.SerializeToStreamAsync(stream, _) = stream.WriteAsync(body, 0, body.Length)

                            member _.TryComputeLength(length) =
                                length <- 0L
                                false
                        }

                    chunked.Headers.ContentType <- MediaTypeHeaderValue "text/plain"

                    let lower =
                        [
                            for header in headers -> KeyValuePair(header.Key.ToLowerInvariant(), header.Value)
                        ]

                    let! struct (status, _) = send shop.NotifyUrl lower chunked
                    Expect.equal status 204 "taken"
                })

            testCaseTask "a body over the limit is refused with 413, one at the limit is read" (fun () ->
                task {
                    use! shop = openShop accept
                    let! struct (headers, _) = capture shop.Platform "order-1"

                    let! struct (status, text) =
                        send shop.NotifyUrl headers (bytes (Array.zeroCreate 1_048_577))

                    Expect.equal (status, text) (413, """{"code":"FAIL","message":"body_too_large"}""") "over"

                    let! struct (status, text) =
                        send shop.NotifyUrl headers (bytes (Array.zeroCreate 1_048_576))

                    Expect.equal
                        (status, text)
                        (401, """{"code":"FAIL","message":"signature_mismatch"}""")
                        "at the limit"
                })

            testCaseTask "a handler that throws answers 500, and is logged without the body" (fun () ->
                task {
                    use! shop =
                        openShop (fun _ _ -> Task.FromException(InvalidOperationException "The database is away."))

                    let! struct (headers, body) = capture shop.Platform "order-1"
                    let! struct (status, text) = send shop.NotifyUrl headers (bytes body)
                    Expect.equal (status, text) (500, """{"code":"FAIL","message":"handler_failed"}""") "come again"
                    Expect.stringContains shop.Log.Text "The database is away." "the cause is logged"

                    for secret in [ "order-1"; "oSimulatedPayer"; shop.Platform.ApiV3Key; "ciphertext" ] do
                        Expect.isFalse (shop.Log.Text.Contains secret) "nothing that was sealed, no key"
                })

            testCaseTask
                "a body that was buffered and read before is read again; one that is gone is explained"
                (fun () ->
                    task {
                        let mutable buffers = true

                        let greedy (app: WebApplication) =
                            app.Use(fun (context: HttpContext) (next: RequestDelegate) ->
                                task {
                                    if buffers then
                                        context.Request.EnableBuffering()

                                    use reader = new StreamReader(context.Request.Body, leaveOpen = true)
                                    let! _ = reader.ReadToEndAsync()
                                    do! next.Invoke context
                                }
                                :> Task)
                            |> ignore

                        use! shop = openWith (WeChatPaySimulatorOptions()) ignore greedy accept
                        let! struct (headers, body) = capture shop.Platform "order-1"
                        let! struct (status, _) = send shop.NotifyUrl headers (bytes body)
                        Expect.equal status 204 "buffered"
                        buffers <- false
                        let! struct (status, text) = send shop.NotifyUrl headers (bytes body)
                        Expect.equal (status, text) (401, """{"code":"FAIL","message":"body_already_read"}""") "gone"
                        Expect.stringContains shop.Log.Text "EnableBuffering()" "the log says how to mend it"
                    })

            testCaseTask "a handler is a class from DI, and merchants have names" (fun () ->
                task {
                    use! first = WeChatPaySimulator.StartAsync()

                    use! second =
                        WeChatPaySimulator.StartAsync(
                            WeChatPaySimulatorOptions(MerchantId = "1900000002"),
                            CancellationToken.None
                        )

                    let builder = quietBuilder (WebApplicationOptions())

                    for name, platform in [ "tea", first; "coffee", second ] do
                        let section =
                            ConfigurationBuilder().AddInMemoryCollection(platform.Settings).Build().GetSection
                                "WeChatPay"

                        builder.Services.AddWeChatPay(name, section) |> ignore

                    builder.Services.AddSingleton<Ledger>() |> ignore
                    use app = builder.Build()
                    app.Urls.Add "http://127.0.0.1:0"
                    app.MapWeChatPayNotifications<LedgerHandler>("/tea", "tea") |> ignore
                    app.MapWeChatPayNotifications<LedgerHandler>("/coffee", "coffee") |> ignore
                    do! app.StartAsync()
                    let! struct (headers, body) = capture first "order-1"
                    let! struct (status, _) = send (Seq.head app.Urls + "/coffee") headers (bytes body)
                    Expect.equal status 401 "another merchant's address refuses it"
                    let! struct (status, _) = send (Seq.head app.Urls + "/tea") headers (bytes body)
                    Expect.equal status 204 "its own takes it"
                    Expect.equal (app.Services.GetRequiredService<Ledger>().Paid) 100L "once"
                    let client = app.Services.GetRequiredKeyedService<WeChatPayClient> "coffee"
                    let! refusal = refusalOf (fun () -> client.Payments.QueryByOutTradeNoAsync "order-1")
                    Expect.equal refusal.ErrorCode "ORDER_NOT_EXIST" "each calls its own platform"
                })

            testCaseTask "a merchant that was not added is named where the address is mapped" (fun () ->
                task {
                    let app = quietBuilder(WebApplicationOptions()).Build()

                    let words =
                        try
                            app.MapWeChatPayNotifications("/notify", Func<_, _, _>(fun _ _ -> Task.CompletedTask))
                            |> ignore

                            ""
                        with :? InvalidOperationException as failure ->
                            failure.Message

                    Expect.stringContains words "services.AddWeChatPay(" "what to call"
                })
        ]

let private start =
    testList
        "at start"
        [
            testCaseTask "an application without its settings does not start, and every one is named" (fun () ->
                task {
                    let builder = quietBuilder (WebApplicationOptions())
                    builder.Configuration["WeChatPay:MerchantId"] <- "abc"
                    builder.Configuration["WeChatPay:ApiV3Key"] <- "canary"
                    builder.Configuration["WeChatPay:Tolerance"] <- "soon"

                    builder.Services.AddWeChatPay(builder.Configuration.GetSection "WeChatPay")
                    |> ignore

                    use app = builder.Build()
                    app.Urls.Add "http://127.0.0.1:0"

                    try
                        do! app.StartAsync()
                        failtest "started"
                    with :? OptionsValidationException as failure ->
                        let text = String.Join("\n", failure.Failures)

                        for name in
                            [
                                "MerchantId is not a number"
                                "MerchantSerial"
                                "MerchantPrivateKeyFile"
                                "6 bytes"
                                "No platform key"
                                "Tolerance"
                            ] do
                            Expect.stringContains text name name

                        Expect.isFalse (text.Contains "canary") "no value"
                })

            testCaseTask "relative paths are relative to the content root" (fun () ->
                task {
                    use! platform = WeChatPaySimulator.StartAsync()
                    let folder = Directory.CreateTempSubdirectory("wechatpay").FullName
                    do! platform.WriteConfigAsync(Path.Combine(folder, "merchant.json"))

                    let builder = quietBuilder (WebApplicationOptions(ContentRootPath = folder))

                    builder.Configuration.AddJsonFile "merchant.json" |> ignore

                    builder.Services.AddWeChatPay(builder.Configuration.GetSection "WeChatPay")
                    |> ignore

                    use app = builder.Build()

                    let! refusal =
                        refusalOf (fun () ->
                            app.Services.GetRequiredService<WeChatPayClient>().Payments.QueryByOutTradeNoAsync
                                "none-1")

                    Expect.isTrue refusal.IsSigned "it works at once"
                })

            testCaseTask "a real merchant's configuration is never overwritten, and files are private" (fun () ->
                task {
                    use! platform = WeChatPaySimulator.StartAsync()

                    let file =
                        Path.Combine(Directory.CreateTempSubdirectory("wechatpay").FullName, "merchant.json")

                    let real = """{"WeChatPay":{"MerchantId":"1900000009"}}"""
                    File.WriteAllText(file, real)

                    let! words =
                        task {
                            try
                                do! platform.WriteConfigAsync file
                                return ""
                            with :? IOException as failure ->
                                return failure.Message
                        }

                    Expect.stringContains words "left as it is" "said"
                    Expect.equal (File.ReadAllText file) real "untouched"
                    File.Delete file
                    do! platform.WriteConfigAsync file
                    do! platform.WriteConfigAsync file
                    let folder = nonNull (Path.GetDirectoryName file)
                    Expect.hasLength (Directory.GetFiles folder) 4 "four files, no leftovers"

                    if not (OperatingSystem.IsWindows()) then
                        for written in Directory.GetFiles folder do
                            Expect.equal
                                (File.GetUnixFileMode written)
                                (UnixFileMode.UserRead ||| UnixFileMode.UserWrite)
                                written
                })

            testCaseTask "verify now, read later: what is stored is proven, and opens with the key" (fun () ->
                task {
                    use! shop = openShop accept
                    let! struct (headers, body) = capture shop.Platform "order-1"
                    let notifications = shop.App.Services.GetRequiredService<WeChatPayNotifications>()

                    match notifications.Verify(headers, ReadOnlySpan body).TryGet() with
                    | false, _, failure -> failtest failure.Code
                    | true, proof, _ ->
                        match notifications.Read(proof).TryGet() with
                        | true, decoded, _ -> Expect.equal decoded.EventType "TRANSACTION.SUCCESS" "read"
                        | false, _, failure -> failtest failure.Code

                    match notifications.Verify(headers, ReadOnlySpan(Array.append body " "B)).TryGet() with
                    | true, _, _ -> failtest "proven"
                    | false, _, failure -> Expect.equal failure.Code "signature_mismatch" "refused"
                })
        ]

[<Tests>]
let tests = testList "hosting" [ endpoint; start ]
