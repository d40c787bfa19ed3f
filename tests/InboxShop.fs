/// A merchant's application on real Kestrel that takes a test platform's notifications into an inbox.
module WeChatPay.Tests.InboxShop

open System
open System.Collections.Generic
open System.Data.Common
open System.Diagnostics
open System.Net.Http
open System.Threading
open System.Threading.Tasks
open Expecto
open Microsoft.AspNetCore.Builder
open Microsoft.AspNetCore.Hosting
open Microsoft.Extensions.DependencyInjection
open Microsoft.Extensions.Logging
open WeChatPay
open WeChatPay.Functional
open WeChatPay.Inbox
open WeChatPay.Testing
open WeChatPay.Tests.InboxDatabases
open WeChatPay.Tests.Shop

/// What the platform hears of a notification: the status and the body.
let post (http: HttpClient) (sent: SignedNotification) =
    task {
        use! answer = sent.PostAsync(http, "/notify")
        let! text = answer.Content.ReadAsStringAsync()
        return struct (int answer.StatusCode, text)
    }

let taken = struct (204, "")

let failed = struct (500, """{"code":"FAIL","message":"handler_failed"}""")

type InboxShop =
    {
        App: WebApplication
        Platform: TestPlatform
        Store: IInboxStore
        Log: LogBook
        Http: HttpClient
    }

    member shop.Post sent = post shop.Http sent

    /// Sends what must be taken.
    member shop.Take sent =
        task {
            let! answer = shop.Post sent
            Expect.equal answer taken "taken"
        }

    /// Stops as a host does, with so much patience.
    member shop.StopWithin(patience: TimeSpan) =
        task {
            use limit = new CancellationTokenSource(patience)

            try
                do! shop.App.StopAsync limit.Token
            with :? OperationCanceledException ->
                ()
        }

    interface IAsyncDisposable with
        member shop.DisposeAsync() =
            ValueTask(
                task {
                    shop.Http.Dispose()
                    do! shop.StopWithin(TimeSpan.FromSeconds 5.0)
                    do! shop.App.DisposeAsync()
                }
                :> Task
            )

/// Waits and repeats are short: a test has no minute.
let quick (options: InboxOptions) =
    options.LeaseDuration <- TimeSpan.FromSeconds 20.0
    options.PollInterval <- TimeSpan.FromMilliseconds 50.0
    options.Retry.FirstDelay <- TimeSpan.FromMilliseconds 20.0
    options.Retry.LongestDelay <- TimeSpan.FromMilliseconds 100.0

/// The application, not yet started.
let build platform log (store: IInboxStore) (configure: IServiceCollection -> WeChatPayInboxBuilder -> unit) =
    let builder = quietBuilder (WebApplicationOptions())

    builder.Logging.SetMinimumLevel(LogLevel.Trace).AddProvider(log: LogBook)
    |> ignore

    builder.WebHost.UseUrls "http://127.0.0.1:0" |> ignore
    builder.Services.UseTestPlatform platform |> ignore

    builder.Services.AddWeChatPay(builder.Configuration.GetSection "WeChatPay")
    |> ignore

    builder.Services.AddWeChatPayInbox().UseStore(fun _ -> store).Configure quick
    |> configure builder.Services

    let app = builder.Build()
    app.MapWeChatPayNotifications "/notify" |> ignore
    app

/// Starts one with a platform, a store and settings of its own.
let openWith platform store configure =
    task {
        let log = new LogBook()
        let app = build platform log store configure
        do! app.StartAsync()

        return
            {
                App = app
                Platform = platform
                Store = store
                Log = log
                Http = new HttpClient(BaseAddress = Uri(Seq.head app.Urls))
            }
    }

/// A shop with settings of its own.
let openSet (database: Database) (change: InboxOptions -> unit) (handle: Handler) =
    openWith (TestPlatform()) (database.Open()) (fun _ inbox -> inbox.Configure(change).Handle handle |> ignore)

let openShop database handle = openSet database ignore handle

/// Waits until something is so, for so long at most; then says what was not.
let eventuallyWithin (patience: TimeSpan) (what: string) (isSo: unit -> Task<bool>) =
    task {
        let clock = Stopwatch.StartNew()
        let mutable isDone = false

        while not isDone do
            let! so = isSo ()
            isDone <- so

            if not so then
                if clock.Elapsed > patience then
                    failtest $"Never: {what}"

                do! Task.Delay 10
    }

/// Waits for ten seconds at most.
let eventually what isSo =
    eventuallyWithin (TimeSpan.FromSeconds 10.0) what isSo

/// Waits for something that needs no waiting to be known.
let soon what (isSo: unit -> bool) =
    eventually what (fun () -> Task.FromResult(isSo ()))

let records (store: IInboxStore) =
    task {
        let! found = store.ListAsync(Nullable(), Nullable(), 1000, CancellationToken.None)
        return List.rev (List.ofSeq found)
    }

let statesOf (store: IInboxStore) =
    task {
        let! found = records store
        return found |> List.map _.State
    }

/// Waits until every item is in one state, for so long at most.
let untilAllWithin patience (store: IInboxStore) (state: InboxState) =
    eventuallyWithin patience $"all are {state}" (fun () ->
        task {
            let! states = statesOf store
            return not states.IsEmpty && states |> List.forall ((=) state)
        })

/// Waits until every item is in one state.
let untilAll store state =
    untilAllWithin (TimeSpan.FromSeconds 10.0) store state

/// The shop's own table, without any key that would hide a second effect.
let createEffects database =
    run database "CREATE TABLE effects (id varchar(64) NOT NULL)"

let effects database =
    count database "SELECT COUNT(*) FROM effects"

/// Writes an effect in a transaction.
let writeIn (transaction: DbTransaction) (id: string) =
    task {
        use command = transaction.Connection.CreateCommand()
        command.Transaction <- transaction
        command.CommandText <- "INSERT INTO effects (id) VALUES (@id)"
        let parameter = command.CreateParameter()
        parameter.ParameterName <- "id"
        parameter.Value <- id
        command.Parameters.Add parameter |> ignore
        let! _ = command.ExecuteNonQueryAsync()
        return ()
    }

/// Writes the notification's effect in the inbox's transaction.
let writeEffect (context: NotificationContext) =
    task {
        let! transaction = context.BeginTransactionAsync()
        do! writeIn transaction context.Notification.Id
    }

/// The order that a notification is about.
let orderOf (context: NotificationContext) =
    match context.Event with
    | WeChatPayEvent.PaymentSucceeded paid -> paid.OutTradeNo
    | WeChatPayEvent.PartnerPaymentSucceeded paid -> paid.OutTradeNo
    | WeChatPayEvent.RefundSucceeded refund -> refund.OutTradeNo
    | _ -> "none"

let paid (shop: InboxShop) number =
    shop.Platform.PaymentSucceeded(number, 100L)

/// A store that passes everything on, but for what a test puts in the way of an item or a transaction, or makes of a lease.
type StoreWith
    (
        inner: IInboxStore,
        add: InboxItem -> CancellationToken -> Task<bool>,
        ?leased: InboxLease -> InboxLease,
        ?beginning: InboxLease -> Task
    ) =
    interface IInboxStore with
        member _.MigrateAsync cancellationToken = inner.MigrateAsync cancellationToken
        member _.AddAsync(item, cancellationToken) = add item cancellationToken

        member _.ClaimAsync(now, duration, longestDelay, limit, cancellationToken) =
            task {
                let! leases = inner.ClaimAsync(now, duration, longestDelay, limit, cancellationToken)
                let change = defaultArg leased id
                return [| for lease in leases -> change lease |] :> IReadOnlyList<InboxLease>
            }

        member _.BeginAsync(lease, cancellationToken) =
            task {
                match beginning with
                | Some wait -> do! wait lease
                | None -> ()

                return! inner.BeginAsync(lease, cancellationToken)
            }

        member _.SkipAsync(lease, now, cancellationToken) =
            inner.SkipAsync(lease, now, cancellationToken)

        member _.PostponeAsync(lease, dueAt, error, cancellationToken) =
            inner.PostponeAsync(lease, dueAt, error, cancellationToken)

        member _.ReleaseAsync(lease, cancellationToken) =
            inner.ReleaseAsync(lease, cancellationToken)

        member _.CountAsync cancellationToken = inner.CountAsync cancellationToken

        member _.ListAsync(state, before, limit, cancellationToken) =
            inner.ListAsync(state, before, limit, cancellationToken)

        member _.FindAsync(sequence, cancellationToken) =
            inner.FindAsync(sequence, cancellationToken)

        member _.RetryAsync(sequence, now, cancellationToken) =
            inner.RetryAsync(sequence, now, cancellationToken)

        member _.PurgeAsync(doneBefore, limit, cancellationToken) =
            inner.PurgeAsync(doneBefore, limit, cancellationToken)

/// One list a kind of database: "inbox … on SQLite", "inbox … on PostgreSQL".
let onEach name (cases: (string * (Database -> Task)) list) =
    testList
        ("inbox " + name)
        [
            for kind in kinds do
                testList
                    $"on {kind.Name}"
                    [
                        for promise, keeps in cases do
                            testTask promise { do! withDatabase kind keeps }
                    ]
        ]
