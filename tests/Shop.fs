/// A merchant's application on real Kestrel beside a simulated platform, both on loopback.
module WeChatPay.Tests.Shop

open System
open System.Collections.Concurrent
open System.Net.Http
open System.Threading
open System.Threading.Tasks
open Microsoft.AspNetCore.Builder
open Microsoft.AspNetCore.Hosting
open Microsoft.Extensions.Configuration
open Microsoft.Extensions.DependencyInjection
open Microsoft.Extensions.Logging
open WeChatPay
open WeChatPay.Api
open WeChatPay.Functional
open WeChatPay.Simulator

/// Keeps what is logged, with the text of exceptions.
type LogBook() =
    let lines = ConcurrentQueue<string>()
    member _.Text = String.Join("\n", lines)

    interface ILoggerProvider with
        member _.CreateLogger name =
            { new ILogger with
                member _.BeginScope _ = null
                member _.IsEnabled _ = true

                member _.Log(level, _, state, failure, format) =
                    lines.Enqueue $"{level} {name}: {format.Invoke(state, failure)} {failure}"
            }

        member _.Dispose() = ()

type Handler = NotificationContext -> CancellationToken -> Task

/// What a shop is made of: the events that its handler saw, in order, and its log.
type Shop =
    {
        App: WebApplication
        Platform: WeChatPaySimulator
        Seen: ConcurrentQueue<DecodedEvent>
        Log: LogBook
        NotifyUrl: string
    }

    member shop.Client = shop.App.Services.GetRequiredService<WeChatPayClient>()

    interface IAsyncDisposable with
        member shop.DisposeAsync() =
            ValueTask(
                task {
                    do! (shop.Platform :> IAsyncDisposable).DisposeAsync()
                    do! shop.App.DisposeAsync()
                }
                :> Task
            )

let accept: Handler = fun _ _ -> Task.CompletedTask

/// A builder whose application keeps its log to itself.
let quietBuilder (options: WebApplicationOptions) =
    let builder = WebApplication.CreateSlimBuilder options
    builder.Logging.ClearProviders() |> ignore
    builder

let private build (platform: WeChatPaySimulator) (log: LogBook) (configure: WebApplicationBuilder -> unit) =
    let builder = quietBuilder (WebApplicationOptions())

    builder.Logging.SetMinimumLevel(LogLevel.Trace).AddProvider log |> ignore

    builder.WebHost.UseUrls "http://127.0.0.1:0" |> ignore
    builder.Configuration.AddInMemoryCollection platform.Settings |> ignore

    builder.Services.AddWeChatPay(builder.Configuration.GetSection "WeChatPay")
    |> ignore

    configure builder
    builder.Build()

/// Starts a platform and a shop that receives its notifications at `/notify`.
let openWith (options: WeChatPaySimulatorOptions) configure (map: WebApplication -> unit) (handle: Handler) =
    task {
        let! platform = WeChatPaySimulator.StartAsync(options, CancellationToken.None)
        let log = new LogBook()
        let app = build platform log configure
        let seen = ConcurrentQueue<DecodedEvent>()
        map app

        app.MapWeChatPayNotifications(
            "/notify",
            fun context cancellationToken ->
                seen.Enqueue context.Notification
                handle context cancellationToken
        )
        |> ignore

        do! app.StartAsync()

        return
            {
                App = app
                Platform = platform
                Seen = seen
                Log = log
                NotifyUrl = Seq.head app.Urls + "/notify"
            }
    }

/// A shop with the usual platform, whose retries are fast.
let openShop handle =
    openWith (WeChatPaySimulatorOptions(TimeCompression = 1000.0)) ignore ignore handle

let order (shop: Shop) outTradeNo =
    NativePrepayRequest(
        Appid = "wx0000000000000001",
        Description = "一杯茶 & a “cup”",
        OutTradeNo = outTradeNo,
        NotifyUrl = shop.NotifyUrl,
        Attach = "table 7",
        Amount = OrderAmount(Total = 100L)
    )

let refundOf (shop: Shop) outTradeNo outRefundNo fen =
    RefundRequest(
        OutTradeNo = outTradeNo,
        OutRefundNo = outRefundNo,
        NotifyUrl = shop.NotifyUrl,
        Amount = RefundRequestAmount(Refund = fen, Total = 100L, Currency = "CNY")
    )

/// An order that has been paid.
let paidOrder (shop: Shop) outTradeNo =
    task {
        let! _ = shop.Client.Payments.PrepayNativeAsync(order shop outTradeNo)
        let! _ = shop.Platform.PayAsync outTradeNo
        return ()
    }

/// The application's clock.
let addClock (clock: TimeProvider) (builder: WebApplicationBuilder) =
    builder.Services.AddSingleton<TimeProvider> clock |> ignore

/// Waits until something is so, for five seconds at most.
let until (isSo: unit -> bool) =
    task {
        let mutable rounds = 0

        while rounds < 500 && not (isSo ()) do
            rounds <- rounds + 1
            do! Task.Delay 10
    }

/// The refusal that a call ends with.
let refusalOf (call: unit -> Task) =
    task {
        try
            do! call ()
            return Expecto.Tests.failtest "The call was not refused."
        with :? WeChatPayApiException as refusal ->
            return refusal
    }

let clientFor (platform: WeChatPaySimulator) (change: WeChatPayOptions -> unit) =
    let options =
        WeChatPayOptions(
            MerchantId = platform.MerchantId,
            MerchantSerial = platform.MerchantSerial,
            MerchantPrivateKey = platform.MerchantPrivateKeyPem,
            ApiV3Key = platform.ApiV3Key,
            PlatformPublicKeyId = platform.PlatformPublicKeyId,
            PlatformPublicKey = platform.PlatformPublicKeyPem,
            BaseAddress = platform.BaseAddress.ToString()
        )

    change options
    options

let direct platform change clock =
    WeChatPayClient(new HttpClient(WeChatPayClient.CreateHandler()), clientFor platform change, clock)

let native outTradeNo =
    NativePrepayRequest(
        Appid = "wx1",
        Description = "tea",
        OutTradeNo = outTradeNo,
        NotifyUrl = "https://shop.test/notify",
        Amount = OrderAmount(Total = 100L)
    )
