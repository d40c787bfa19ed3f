/// What becomes of items that somebody left: a process that was killed, a handler that failed, time.
module WeChatPay.Tests.InboxLeftTests

open System
open System.Collections.Concurrent
open System.Threading
open System.Threading.Tasks
open Expecto
open WeChatPay
open WeChatPay.Functional
open WeChatPay.Inbox
open WeChatPay.Testing
open WeChatPay.Tests.Shop
open WeChatPay.Tests.InboxDatabases
open WeChatPay.Tests.InboxShop

let private goesOnAfterAKill database =
    task {
        let platform = TestPlatform()
        let store = database.Open()
        let attempts = ConcurrentQueue<int>()
        let sent = platform.PaymentSucceeded("tea-1", 100L)

        let fails: Handler =
            fun _ _ -> Task.FromException(InvalidOperationException "Not yet.")

        let wait (options: InboxOptions) =
            options.Retry.FirstDelay <- TimeSpan.FromMilliseconds 50.0
            options.PollInterval <- TimeSpan.FromSeconds 30.0

        let! first =
            openWith platform store (fun _ inbox -> inbox.Configure(wait).Handle fails |> ignore)

        do! first.Take sent
        do! soon "it failed" (fun () -> first.Log.Text.Contains "failed in attempt 1")
        do! (first :> IAsyncDisposable).DisposeAsync()
        do! createEffects database

        // What a killed process leaves behind: a lease of an item that it began, and nothing else.
        let dead = database.Open()
        let minute = TimeSpan.FromMinutes 1.0
        let now = DateTimeOffset.UtcNow.AddSeconds 1.0

        let! leases =
            dead.ClaimAsync(now, TimeSpan.FromSeconds 1.0, minute, 9, CancellationToken.None)

        Expect.hasLength leases 1 "leased by the dead"

        let handle: Handler =
            fun context _ ->
                attempts.Enqueue context.Attempt
                writeEffect context

        let options (options: InboxOptions) = options.Retry.LongestDelay <- minute

        use! next =
            openWith platform (database.Open()) (fun _ inbox -> inbox.Configure(options).Handle handle |> ignore)

        do! untilAll next.Store InboxState.Done
        Expect.equal (List.ofSeq attempts) [ leases[0].Attempt + 1 ] "the dead one's attempt counts"
        let! written = effects database
        Expect.equal written 1 "handled once"
        let! transaction = dead.BeginAsync(leases[0], CancellationToken.None)
        use transaction = transaction

        let! outcome =
            transaction.CompleteAsync(DateTimeOffset.UtcNow, CancellationToken.None)

        Expect.equal outcome InboxOutcome.Fenced "if it was not dead after all, it comes too late"
    }
    :> Task

let private parksWhatKills database =
    task {
        let store = database.Open()
        do! store.MigrateAsync CancellationToken.None
        let platform = TestPlatform()
        let handled = ConcurrentQueue<int>()

        let handle: Handler =
            fun context _ ->
                handled.Enqueue context.Attempt
                Task.CompletedTask

        let sent = platform.PaymentSucceeded("tea-1", 100L)

        do!
            task {
                use! receiver =
                    openWith platform (StoreWith(store, fun item token -> store.AddAsync(item, token))) (fun _ inbox ->
                        inbox
                            .Configure(fun options -> options.Retry.Attempts <- 1000)
                            .Handle(fun _ _ -> Task.FromException(InvalidOperationException "Not yet."))
                        |> ignore)

                do! receiver.Take sent
                do! soon "begun" (fun () -> receiver.Log.Text.Contains "failed in attempt 2")
            }

        use! shop =
            openWith platform (database.Open()) (fun _ inbox ->
                inbox.Configure(fun options -> options.Retry.Attempts <- 2).Handle handle
                |> ignore)

        do!
            eventually "it is parked" (fun () ->
                task {
                    let! states = statesOf shop.Store
                    return states = [ InboxState.Parked ]
                })

        Expect.isEmpty handled "what was begun as often as it may be is not begun again"
        let! found = records shop.Store
        Expect.stringContains (Seq.exactlyOne found).Error "did not end" "and says why"
    }
    :> Task

let private forgetsOnlyOldDoneOnes database =
    task {
        let platform = TestPlatform()
        let store = database.Open()
        let fails = ConcurrentDictionary<string, bool>()
        fails["parked"] <- true

        let handle: Handler =
            fun context _ ->
                if fails.ContainsKey(orderOf context) then
                    Task.FromException(InvalidOperationException "No.")
                else
                    Task.CompletedTask

        let once (options: InboxOptions) = options.Retry.Attempts <- 1

        do!
            task {
                use! shop =
                    openWith platform store (fun _ inbox -> inbox.Configure(once).Handle handle |> ignore)

                for number in [ "old"; "young"; "parked" ] do
                    do! shop.Take(platform.PaymentSucceeded(number, 100L))

                do!
                    eventually "all are over" (fun () ->
                        task {
                            let! counts = store.CountAsync CancellationToken.None
                            return counts.Pending = 0L && counts.Done = 2L && counts.Parked = 1L
                        })
            }

        let age (days: int) =
            DateTimeOffset.UtcNow.AddDays(-float days).ToUnixTimeMilliseconds().ToString()

        let numberOf index =
            $"(SELECT MIN(seq) + {index} FROM wechatpay_inbox)"

        do! run database $"UPDATE wechatpay_inbox SET done_at = {age 6} WHERE seq = {numberOf 1}"
        do! run database $"UPDATE wechatpay_inbox SET done_at = {age 8} WHERE seq = {numberOf 0}"
        do! run database $"UPDATE wechatpay_inbox SET received_at = {age 99} WHERE state = 2"

        let week (options: InboxOptions) =
            options.Retention <- TimeSpan.FromDays 7.0

        use! shop =
            openWith platform (database.Open()) (fun _ inbox -> inbox.Configure(week).Handle handle |> ignore)

        do!
            eventually "the old one is gone" (fun () ->
                task {
                    let! states = statesOf shop.Store
                    return states = [ InboxState.Done; InboxState.Parked ]
                })
    }
    :> Task

let private leaving =
    onEach
        "left items"
        [
            "what a killed process had begun is handled by the next when its lease has ended", goesOnAfterAKill
            "what was begun as often as it may be, and never ended, is parked unbegun", parksWhatKills
            "only what was done long ago is forgotten", forgetsOnlyOldDoneOnes
        ]

let private delays =
    testList
        "inbox retry"
        [
            test "waits double, spread over the upper half, up to the longest, then end" {
                let retry =
                    InboxRetry(
                        FirstDelay = TimeSpan.FromSeconds 1.0,
                        LongestDelay = TimeSpan.FromSeconds 10.0,
                        Attempts = 60
                    )

                for attempt, seconds in [ 1, 1.0; 2, 2.0; 3, 4.0; 4, 8.0; 5, 10.0; 6, 10.0; 40, 10.0; 59, 10.0 ] do
                    for chance in [ 0.0; 0.5; 0.999 ] do
                        let wait = retry.After(attempt, chance)
                        let expected = TimeSpan.FromSeconds(seconds * (0.5 + 0.5 * chance))
                        Expect.equal wait (Nullable expected) $"attempt {attempt}, chance {chance}"

                Expect.equal (retry.After(60, 0.5)) (Nullable()) "parked after the last"
            }

            test "the usual settings give up after some seven hours" {
                let retry = InboxRetry()

                let sum =
                    Seq.initInfinite (fun index -> retry.After(index + 1, 0.5))
                    |> Seq.takeWhile _.HasValue
                    |> Seq.sumBy _.Value.TotalHours

                Expect.isTrue (4.0 < sum && sum < 8.0) "as the documentation says"
            }
        ]

[<Tests>]
let tests = testList "inbox, left" [ leaving; delays ]
