/// Applications with many merchants: a register that counts its questions, and platforms with keys of their own.
module WeChatPay.Tests.MerchantShop

open System
open System.Collections.Concurrent
open System.Net.Http
open System.Threading
open System.Threading.Tasks
open Microsoft.AspNetCore.Builder
open Microsoft.AspNetCore.Hosting
open Microsoft.Extensions.DependencyInjection
open Microsoft.Extensions.Logging
open Microsoft.Extensions.Time.Testing
open WeChatPay
open WeChatPay.Testing
open WeChatPay.Tests.Shop

/// What a register knows, and what it was asked.
type Book() =
    member val Merchants = ConcurrentDictionary<string, WeChatPayOptions>()
    member val Serials = ConcurrentDictionary<string, string list>()
    member val Asked = ConcurrentQueue<string>()
    member val AskedSerials = ConcurrentQueue<string>()
    /// Waited for before any answer.
    member val Pause: unit -> Task = (fun () -> Task.CompletedTask) with get, set

    member book.Times name =
        book.Asked |> Seq.filter ((=) name) |> Seq.length

    /// Knows a platform's merchant under a name.
    member book.Add(name: string, platform: TestPlatform) =
        book.Merchants[name] <- platform.Options

        book.Serials.AddOrUpdate(platform.PlatformPublicKeyId, [ name ], (fun _ names -> names @ [ name ]))
        |> ignore

/// A register as an application has one: made for each question, over what lives longer.
type Register(book: Book) =
    interface IWeChatPayMerchants with
        member _.FindAsync(merchant, _) =
            book.Asked.Enqueue merchant

            ValueTask<WeChatPayOptions>(
                task {
                    do! book.Pause()

                    return
                        match book.Merchants.TryGetValue merchant with
                        | true, options -> options
                        | _ -> null
                }
            )

        member _.CandidatesAsync(serial, _) =
            book.AskedSerials.Enqueue serial

            ValueTask<Collections.Generic.IReadOnlyList<string>>(
                task {
                    do! book.Pause()

                    return
                        match book.Serials.TryGetValue serial with
                        | true, names -> names :> Collections.Generic.IReadOnlyList<string>
                        | _ -> [||]
                }
            )

/// An application with such a register.
type Mall =
    {
        App: WebApplication
        Http: HttpClient
        Book: Book
        Clock: FakeTimeProvider
        Seen: ConcurrentQueue<string * string>
        Log: LogBook
    }

    interface IAsyncDisposable with
        member mall.DisposeAsync() =
            mall.Http.Dispose()
            mall.App.DisposeAsync()

/// The numbers of the merchants and of the notifications that were handed on.
let private seeing (seen: ConcurrentQueue<string * string>) =
    Func<NotificationContext, CancellationToken, Task>(fun context _ ->
        seen.Enqueue(context.Merchant, context.Notification.Id)
        Task.CompletedTask)

/// Starts one; the addresses are `/{merchant}/notify` and `/notify`.
let openMallWith (configure: WebApplicationBuilder -> unit) (limit: WeChatPayMerchantsOptions -> unit) =
    task {
        let log = new LogBook()
        let builder = quietBuilder (WebApplicationOptions())
        builder.Logging.AddProvider log |> ignore
        builder.WebHost.UseUrls "http://127.0.0.1:0" |> ignore
        let clock = FakeTimeProvider(DateTimeOffset.FromUnixTimeSeconds 1_760_000_000L)
        let book = Book()
        builder.Services.AddSingleton<TimeProvider>(clock).AddSingleton book |> ignore

        builder.Services.AddWeChatPayMerchants<Register>(fun options -> limit options)
        |> ignore

        configure builder
        let app = builder.Build()
        let seen = ConcurrentQueue<string * string>()
        app.MapWeChatPayNotifications("/{merchant}/notify", seeing seen) |> ignore
        app.MapWeChatPayNotificationsForAll("/notify", seeing seen) |> ignore
        do! app.StartAsync()

        return
            {
                App = app
                Http = new HttpClient(BaseAddress = Uri(Seq.head app.Urls))
                Book = book
                Clock = clock
                Seen = seen
                Log = log
            }
    }

let openMall () = openMallWith ignore ignore

/// A platform whose merchant the mall knows.
let platformOf (mall: Mall) name number =
    let platform = TestPlatform(number, mall.Clock)
    mall.Book.Add(name, platform)
    platform

/// Posts a notification; the answer's status and the code in it.
let send (mall: Mall) (path: string) (notification: SignedNotification) =
    task {
        use! answer = notification.PostAsync(mall.Http, path)
        let! text = answer.Content.ReadAsStringAsync()

        let code =
            if text = "" then
                ""
            else
                Text.Json.JsonDocument.Parse(text).RootElement.GetProperty("message").GetString()

        return (int answer.StatusCode, code)
    }
