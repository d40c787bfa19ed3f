/// Handlers that do not end, and applications that do.
module WeChatPay.Tests.InboxStuckTests

open System
open System.Collections.Concurrent
open System.Diagnostics
open System.Threading
open System.Threading.Tasks
open Expecto
open WeChatPay
open WeChatPay.Inbox
open WeChatPay.Testing
open WeChatPay.Tests.Shop
open WeChatPay.Tests.InboxDatabases
open WeChatPay.Tests.InboxShop

let private shortLease (options: InboxOptions) =
    options.LeaseDuration <- TimeSpan.FromSeconds 1.0

let private attemptedAgain (shop: InboxShop) database expected =
    task {
        do! untilAll shop.Store InboxState.Done
        let! written = effects database
        Expect.equal written expected "the effect of those that ended"
        Expect.stringContains shop.Log.Text "does not end, though its lease has" "said once"
    }

let private endsTheHung database =
    task {
        let zombie = TaskCompletionSource<exn>()
        let never = TaskCompletionSource()

        let handle: Handler =
            fun context _ ->
                task {
                    let! transaction = context.BeginTransactionAsync()
                    do! writeIn transaction context.Notification.Id

                    if context.Attempt = 1 then
                        do! never.Task

                        try
                            do! writeIn transaction "late"
                            do! transaction.CommitAsync()
                            zombie.SetResult(Exception "The late write went well.")
                        with failure ->
                            zombie.SetResult failure
                }

        use! shop = openSet database shortLease handle
        do! createEffects database
        do! shop.Take(paid shop "tea-1")
        do! attemptedAgain shop database 1
        never.SetResult()
        let! late = zombie.Task
        Expect.notEqual late.Message "The late write went well." "who was given up writes no more"
        do! Task.Delay 100
        let! written = effects database
        Expect.equal written 1 "nor has it"
        do! shop.Take(paid shop "tea-2")
        do! untilAll shop.Store InboxState.Done
    }
    :> Task

/// Its turn comes when its attempt has long ended.
let private givesALateTurnBack database =
    task {
        let store = (database: Database).Open()
        let turn = TaskCompletionSource()
        let late = TaskCompletionSource<string>()

        let waiting =
            StoreWith(
                store,
                (fun item token -> store.AddAsync(item, token)),
                beginning = fun lease -> if lease.Attempt = 1 then turn.Task else Task.CompletedTask
            )

        let handle: Handler =
            fun context _ ->
                task {
                    try
                        do! writeEffect context

                        if context.Attempt = 1 then
                            late.SetResult "written"
                    with :? ObjectDisposedException ->
                        late.SetResult "refused"
                }

        let once (options: InboxOptions) =
            shortLease options
            options.Concurrency <- 1

        use! shop =
            openWith (TestPlatform()) waiting (fun _ inbox -> inbox.Configure(once).Handle handle |> ignore)

        do! createEffects database
        do! shop.Take(paid shop "tea-1")
        do! soon "it is given up" (fun () -> shop.Log.Text.Contains "does not end, though its lease has")
        turn.SetResult()
        let! outcome = late.Task
        Expect.equal outcome "refused" "it gets no transaction"
        do! shop.Take(paid shop "tea-2")
        do! untilAll store InboxState.Done
        let! written = effects database
        Expect.equal written 2 "each once, by those whose turn it was"
    }
    :> Task

/// A thread, not a task: nothing can be awaited.
let private endsTheBlocked database =
    task {
        use ending = new ManualResetEventSlim()

        let handle: Handler =
            fun context _ ->
                if context.Attempt = 1 then
                    ending.Wait()

                writeEffect context

        let one (options: InboxOptions) =
            shortLease options
            options.Concurrency <- 1

        use! shop = openSet database one handle
        do! createEffects database
        do! shop.Take(paid shop "tea-1")
        do! attemptedAgain shop database 1
        ending.Set()
        do! Task.Delay 100
        let! written = effects database
        Expect.equal written 1 "it begins no transaction any more"
    }
    :> Task

/// As many as there are places, all stuck at once, some of them in their transaction and the others waiting for it.
let private losesNoPlace database =
    task {
        let never = TaskCompletionSource()

        let handle: Handler =
            fun context _ ->
                task {
                    do! writeEffect context

                    if context.Attempt = 1 then
                        do! never.Task
                }

        let four (options: InboxOptions) =
            shortLease options
            options.Concurrency <- 4

        use! shop = openSet database four handle
        do! createEffects database

        for number in 1..4 do
            do! shop.Take(paid shop $"tea-{number}")

        do!
            eventually "all are done" (fun () ->
                task {
                    let! states = statesOf shop.Store
                    return states.Length = 4 && states |> List.forall ((=) InboxState.Done)
                })

        let! written = effects database
        Expect.equal written 4 "each once"
        never.SetResult()
        let clock = Stopwatch.StartNew()
        do! shop.Take(paid shop "tea-9")
        do! untilAll shop.Store InboxState.Done
        Expect.isLessThan clock.Elapsed (TimeSpan.FromSeconds 5.0) "there is a place for the next"
    }
    :> Task

let private endsTheEndlessStatement (database: Database) =
    task {
        let isFile = IO.File.Exists database.Place || database.Place.EndsWith ".db"

        let endless =
            if isFile then
                "WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n) SELECT COUNT(*) FROM n"
            else
                "SELECT pg_sleep(600)"

        let handle: Handler =
            fun context _ ->
                task {
                    let! transaction = context.BeginTransactionAsync()
                    do! writeIn transaction context.Notification.Id

                    if context.Attempt = 1 then
                        use command = transaction.Connection.CreateCommand()
                        command.Transaction <- transaction
                        command.CommandText <- endless
                        command.CommandTimeout <- 0
                        let! _ = command.ExecuteScalarAsync()
                        return ()
                }

        use! shop = openSet database shortLease handle
        do! createEffects database
        do! shop.Take(paid shop "tea-1")
        do! attemptedAgain shop database 1
    }
    :> Task

let private cancelsInTime database =
    task {
        let cancelled = ConcurrentQueue<int>()

        let handle: Handler =
            fun context cancellationToken ->
                task {
                    do! writeEffect context

                    if context.Attempt = 1 then
                        try
                            do! Task.Delay(Timeout.Infinite, cancellationToken)
                        finally
                            cancelled.Enqueue context.Attempt
                }

        use! shop = openSet database shortLease handle
        do! createEffects database
        do! shop.Take(paid shop "tea-1")
        do! untilAll shop.Store InboxState.Done
        let! written = effects database
        Expect.equal (written, List.ofSeq cancelled) (1, [ 1 ]) "cancelled, rolled back, tried again"
        Expect.isFalse (shop.Log.Text.Contains "does not end") "before its lease had ended"
    }
    :> Task

/// An item that is being handled, and a host that stops meanwhile.
let private stopping database handle (patience: TimeSpan) =
    task {
        let begun = TaskCompletionSource()

        let handle: Handler =
            fun context cancellationToken ->
                begun.TrySetResult() |> ignore
                handle context cancellationToken

        let! shop = openShop database handle
        do! createEffects database
        do! shop.Take(paid shop "tea-1")
        do! begun.Task
        let clock = Stopwatch.StartNew()
        do! shop.StopWithin patience
        let took = clock.Elapsed
        do! shop.App.DisposeAsync()
        let! found = records (database.Open())
        return struct (Seq.exactlyOne found, took)
    }

let private drains database =
    task {
        let! struct (record, _) =
            stopping
                database
                (fun context cancellationToken ->
                    task {
                        do! Task.Delay(500, cancellationToken)
                        do! writeEffect context
                    })
                (TimeSpan.FromSeconds 20.0)

        let! written = effects database
        Expect.equal (record.State, written) (InboxState.Done, 1) "what was begun came to its end"
    }
    :> Task

let private beginsNothingMore database =
    task {
        let begun = TaskCompletionSource()
        let held = TaskCompletionSource()

        let handle: Handler =
            fun context _ ->
                task {
                    begun.TrySetResult() |> ignore
                    do! held.Task
                    do! writeEffect context
                }

        let! shop = openSet database (fun options -> options.Concurrency <- 1) handle
        do! createEffects database
        do! shop.Take(paid shop "tea-1")
        do! shop.Take(paid shop "tea-2")
        do! begun.Task
        let stopping = shop.StopWithin(TimeSpan.FromSeconds 20.0)
        do! Task.Delay 1000
        held.SetResult()
        do! stopping
        do! shop.App.DisposeAsync()
        let! found = records (database.Open())

        Expect.equal
            (found |> List.map (fun record -> record.State, record.Attempts))
            [ InboxState.Done, 1; InboxState.Pending, 0 ]
            "the first came to its end, the second was not begun"
    }
    :> Task

let private givesBack database =
    task {
        let! struct (record, took) =
            stopping
                database
                (fun context cancellationToken ->
                    task {
                        do! writeEffect context
                        do! Task.Delay(Timeout.Infinite, cancellationToken)
                    })
                (TimeSpan.FromSeconds 0.3)

        let! written = effects database
        Expect.equal (record.State, record.Attempts, written) (InboxState.Pending, 0, 0) "as if it had not been begun"
        Expect.isFalse record.LeasedUntil.HasValue "free at once"
        Expect.isLessThan took (TimeSpan.FromSeconds 5.0) "no longer than patience lasts"
    }
    :> Task

let private endsInSpiteOfTheDeaf database =
    task {
        let never = TaskCompletionSource()

        let! struct (record, took) =
            stopping
                database
                (fun context _ ->
                    task {
                        do! writeEffect context
                        do! never.Task
                    })
                (TimeSpan.FromSeconds 0.3)

        never.SetResult()
        do! Task.Delay 100
        let! written = effects database
        Expect.equal (record.State, record.Attempts, written) (InboxState.Pending, 0, 0) "given back, nothing written"
        Expect.isLessThan took (TimeSpan.FromSeconds 10.0) "the application ends, long before the lease"
    }
    :> Task

[<Tests>]
let tests =
    onEach
        "stuck"
        [
            "a handler that hangs in its transaction is given up, its place is free, and its late write fails",
            endsTheHung
            "a turn that comes after its attempt has ended is given back", givesALateTurnBack
            "a handler that blocks its thread is given up as well", endsTheBlocked
            "when all hang at once, no place is lost, and nobody keeps a turn that nobody uses", losesNoPlace
            "a statement without end is ended", endsTheEndlessStatement
            "a handler that honours its cancellation is stopped before its lease ends", cancelsInTime
            "a stop waits for what is being handled", drains
            "a stop begins nothing more", beginsNothingMore
            "what the host's patience cancels is given back", givesBack
            "a handler that is deaf to cancelling does not keep the application from ending", endsInSpiteOfTheDeaf
        ]
