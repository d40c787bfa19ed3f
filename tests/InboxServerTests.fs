/// A PostgreSQL server that is gone, silent or held by another.
module WeChatPay.Tests.InboxServerTests

open System
open System.Data.Common
open System.Threading
open System.Threading.Tasks
open Expecto
open WeChatPay
open WeChatPay.Inbox
open WeChatPay.Testing
open WeChatPay.Tests.Shop
open WeChatPay.Tests.InboxDatabases
open WeChatPay.Tests.InboxShop
open WeChatPay.Tests.InboxRelay
open WeChatPay.Tests.InboxFaultTests

let private comesBack (database: Database) =
    task {
        let struct (relay, store) = through database
        use relay = relay
        let cutting = TaskCompletionSource()
        let cut = TaskCompletionSource()

        let handle: Handler =
            fun context _ ->
                task {
                    do! writeEffect context

                    if cutting.TrySetResult() then
                        do! cut.Task
                }

        // What cannot be given back while the database is gone waits for the end of its lease.
        let lease (options: InboxOptions) =
            options.LeaseDuration <- TimeSpan.FromSeconds 4.0

        let! shop =
            openWith (TestPlatform()) store (fun _ inbox -> inbox.Configure(lease).Handle handle |> ignore)

        use shop = shop
        do! createEffects database
        let first = paid shop "tea-0"
        do! shop.Take first
        do! cutting.Task
        relay.Cut()
        cut.SetResult()
        let sent = several shop
        do! refusedInTime shop sent
        do! soon "said" (fun () -> shop.Log.Text.Contains "The inbox cannot reach its database")
        relay.Mend()
        do! takenAfterwards shop database (first :: sent)
    }
    :> Task

let private answersForTheFrozen (database: Database) =
    task {
        let struct (relay, store) = through database
        use relay = relay

        let! shop =
            openWith (TestPlatform()) store (fun _ inbox -> inbox.Handle effect |> ignore)

        use shop = shop
        do! createEffects database
        let first = paid shop "tea-0"
        do! shop.Take first
        do! untilAll store InboxState.Done
        relay.Freeze()
        let sent = several shop
        do! refusedInTime shop sent
        relay.Mend()
        do! takenAfterwards shop database (first :: sent)
    }
    :> Task

let private startsWithoutItsDatabase (database: Database) =
    task {
        let struct (relay, store) = through database
        use relay = relay
        relay.Cut()

        let! shop =
            openWith (TestPlatform()) store (fun _ inbox -> inbox.Handle effect |> ignore)

        use shop = shop
        do! createEffects database
        let sent = paid shop "tea-1"
        do! refusedInTime shop [ sent ]
        relay.Mend()
        do! takenAfterwards shop database [ sent ]
    }
    :> Task

let private leaseOf (store: IInboxStore) (now: DateTimeOffset) (duration: TimeSpan) =
    task {
        let! leases =
            store.ClaimAsync(now, duration, TimeSpan.FromMinutes 1.0, 1, CancellationToken.None)

        return Seq.exactlyOne leases
    }

/// A notification that one process has taken in and nobody handles.
let private keptBy (store: IInboxStore) =
    task {
        let patient (options: InboxOptions) = options.Retry.Attempts <- 1000

        let fails: Handler =
            fun _ _ -> Task.FromException(InvalidOperationException "Not yet.")

        use! shop =
            openWith (TestPlatform()) store (fun _ inbox -> inbox.Configure(patient).Handle fails |> ignore)

        do! shop.Take(paid shop "tea-1")
        do! soon "it waits" (fun () -> shop.Log.Text.Contains "failed in attempt 1")
    }

/// As a process whose machine lost its network in a handler's transaction: its session stays open, and nobody uses it.
let private endsTheForsaken (database: Database) =
    task {
        do! keptBy (database.Open())
        do! createEffects database
        let gone = database.Open()

        let! lease =
            leaseOf gone (DateTimeOffset.UtcNow.AddSeconds 1.0) (TimeSpan.FromSeconds 1.0)

        let! forsaken = gone.BeginAsync(lease, CancellationToken.None)
        do! writeIn forsaken.Transaction "forsaken"
        use! shop = openShop database effect
        do! untilAll shop.Store InboxState.Done
        let! written = effects database
        Expect.equal written 1 "what it wrote is rolled back"

        let! failure =
            task {
                try
                    let! _ = forsaken.CompleteAsync(DateTimeOffset.UtcNow, CancellationToken.None)
                    return "completed"
                with :? DbException ->
                    return "ended"
            }

        Expect.equal failure "ended" "by the server"
        do! forsaken.DisposeAsync()
    }
    :> Task

/// Two that both think that the item is theirs, since the first one's lease has ended.
let private takesTurnsWithinAKey (database: Database) =
    task {
        do! keptBy (database.Open())
        let one, other = database.Open(), database.Open()
        let now = DateTimeOffset.UtcNow.AddSeconds 1.0
        let! first = leaseOf one now (TimeSpan.FromMinutes 1.0)
        let! second = leaseOf other (now.AddMinutes 2.0) (TimeSpan.FromMinutes 1.0)
        let! held = one.BeginAsync(first, CancellationToken.None)
        let waiting = other.BeginAsync(second, CancellationToken.None)
        let! earlier = Task.WhenAny(waiting, Task.Delay 300)
        Expect.isFalse (Object.ReferenceEquals(earlier, waiting)) "the second waits"
        do! held.DisposeAsync()
        let! transaction = waiting

        let! outcome =
            transaction.CompleteAsync(DateTimeOffset.UtcNow, CancellationToken.None)

        Expect.equal outcome InboxOutcome.Done "then it is its turn"
        do! transaction.DisposeAsync()
    }
    :> Task

/// Nothing of a pool stays behind when the database is refused.
let private leavesNoConnection (database: Database) =
    task {
        let name = "refused-" + Guid.NewGuid().ToString "n"

        // A pool that is left keeps its connections for minutes, as usual.
        let place =
            database.Place
            + ";Connection Idle Lifetime=300;Connection Pruning Interval=10;Application Name="
            + name

        let sessions () =
            count database $"SELECT COUNT(*) FROM pg_stat_activity WHERE application_name = '{name}'"

        try
            let! _ = InboxStores.OpenPostgresAsync(place, CancellationToken.None)
            failtest "There is no inbox."
        with :? InboxSchemaException ->
            ()

        do!
            eventually "its connection is closed" (fun () ->
                task {
                    let! left = sessions ()
                    return left = 0
                })
    }
    :> Task

[<Tests>]
let tests =
    testList
        "inbox faults of PostgreSQL"
        [
            for kind in kinds do
                if kind.Name = "PostgreSQL" then
                    for promise, keeps in
                        [
                            "the table locked by another: 500 within 5 seconds, then taken",
                            refusesWhileLocked "BEGIN; LOCK TABLE wechatpay_inbox"
                            "gone in the middle of a handler, and back", comesBack
                            "reachable, but silent: 500 within 5 seconds, then taken", answersForTheFrozen
                            "not there yet when the application starts", startsWithoutItsDatabase
                            "a session that a lost machine left in a transaction is ended with its lease",
                            endsTheForsaken
                            "two that hold leases of one key are in their transactions one after the other",
                            takesTurnsWithinAKey
                            "a database that is refused keeps no connection of the pool", leavesNoConnection
                            if Environment.UserName = "root" then
                                "on a full disk: 500, and what was answered 204 is there", refusesWhileTablesAreFull
                        ] do
                        testTask promise { do! withDatabase kind keeps }
        ]
