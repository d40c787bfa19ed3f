/// What the worker promises of effects, repeats and order.
module WeChatPay.Tests.InboxHandlingTests

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

let private commitsWithTheMark database =
    task {
        let held = TaskCompletionSource()
        let written = TaskCompletionSource()

        let handle: Handler =
            fun context _ ->
                task {
                    do! writeEffect context
                    written.SetResult()
                    do! held.Task
                }

        use! shop = openShop database handle
        do! createEffects database
        do! shop.Take(paid shop "tea-1")
        do! written.Task
        let! before = effects database
        let! states = statesOf shop.Store
        Expect.equal (before, states) (0, [ InboxState.Pending ]) "neither, while the handler runs"
        held.SetResult()
        do! untilAll shop.Store InboxState.Done
        let! after = effects database
        Expect.equal after 1 "both"
    }
    :> Task

let private rollsBackWithTheMark database =
    task {
        let attempts = ConcurrentQueue<int>()

        let handle: Handler =
            fun context _ ->
                task {
                    do! writeEffect context
                    attempts.Enqueue context.Attempt

                    if context.Attempt < 3 then
                        invalidOp "The stock is away."
                }

        use! shop = openShop database handle
        do! createEffects database
        do! shop.Take(paid shop "tea-1")
        do! untilAll shop.Store InboxState.Done
        let! written = effects database
        Expect.equal written 1 "what failed attempts wrote is gone"
        Expect.equal (List.ofSeq attempts) [ 1; 2; 3 ] "tried until it went well"
        do! soon "each failure is logged" (fun () -> shop.Log.Text.Contains "failed in attempt 2; it is tried again in")
    }
    :> Task

let private givesOneTransaction database =
    task {
        let handle: Handler =
            fun context cancellationToken ->
                task {
                    let! one = context.BeginTransactionAsync cancellationToken
                    let! other = context.BeginTransactionAsync cancellationToken
                    Expect.isTrue (obj.ReferenceEquals(one, other)) "one transaction"
                    Expect.isTrue context.HasTransaction "there is one"
                    do! writeIn one "a"
                    do! writeIn other "b"
                }

        use! shop = openShop database handle
        do! createEffects database
        do! shop.Take(paid shop "tea-1")
        do! untilAll shop.Store InboxState.Done
        let! written = effects database
        Expect.equal written 2 "both writes"
    }
    :> Task

let private needsNoTransaction database =
    task {
        let keys = ConcurrentQueue<string>()

        let handle: Handler =
            fun context _ ->
                keys.Enqueue context.Notification.IdempotencyKey

                if context.Attempt = 1 then
                    Task.FromException(InvalidOperationException "The mail server is away.")
                else
                    Task.CompletedTask

        use! shop = openShop database handle
        do! shop.Take(paid shop "tea-1")
        do! untilAll shop.Store InboxState.Done
        Expect.hasLength keys 2 "at least once"
        Expect.hasLength (Seq.distinct keys) 1 "with one key to tell by"
        Expect.stringStarts (Seq.head keys) "payment:" "the payment's own"
    }
    :> Task

let private parks database =
    task {
        let mutable isMended = false
        let delays = ConcurrentQueue<DateTimeOffset>()

        let handle: Handler =
            fun context _ ->
                delays.Enqueue DateTimeOffset.UtcNow

                if orderOf context = "bad-1" && not isMended then
                    Task.FromException(InvalidOperationException "No such tea.")
                else
                    Task.CompletedTask

        use! shop = openSet database (fun options -> options.Retry.Attempts <- 3) handle
        do! shop.Take(paid shop "bad-1")

        do!
            eventually "it is parked" (fun () ->
                task {
                    let! states = statesOf shop.Store
                    return states = [ InboxState.Parked ]
                })

        let! found = records shop.Store
        let parked = Seq.exactlyOne found
        Expect.equal parked.Attempts 3 "after as many attempts as were set"
        Expect.equal parked.Error "InvalidOperationException: No such tea." "with its error"
        Expect.hasLength delays 3 "tried as often"
        do! soon "and logged" (fun () -> shop.Log.Text.Contains "is parked after 3 attempts")
        Expect.stringContains shop.Log.Text "wechatpay inbox retry" "with what to do"
        Expect.isFalse (shop.Log.Text.Contains "bad-1") "but not what it was about"
        do! shop.Take(paid shop "tea-1")

        do!
            eventually "others go on" (fun () ->
                task {
                    let! states = statesOf shop.Store
                    return states = [ InboxState.Parked; InboxState.Done ]
                })

        isMended <- true

        let! again =
            shop.Store.RetryAsync(Nullable parked.Sequence, DateTimeOffset.UtcNow, CancellationToken.None)

        Expect.equal again 1 "a person tries it again"
        do! untilAll shop.Store InboxState.Done
    }
    :> Task

let private keepsOrder database =
    task {
        let seen = ConcurrentQueue<string>()
        let mutable fails = 2
        let mutable at = 0
        let mutable overlaps = 0

        // A refund's news, all of one business key: closed never comes before abnormal.
        let handle: Handler =
            fun context _ ->
                task {
                    if Interlocked.Increment &at > 1 then
                        Interlocked.Increment &overlaps |> ignore

                    do! Task.Delay 20
                    Interlocked.Decrement &at |> ignore

                    if
                        context.Notification.EventType = "REFUND.ABNORMAL"
                        && Interlocked.Decrement &fails >= 0
                    then
                        invalidOp "Not yet."

                    seen.Enqueue context.Notification.EventType
                }

        use! shop = openShop database handle
        let details = RefundDetails(RefundId = "50300000000000000000000000000001")
        do! shop.Take(shop.Platform.RefundAbnormal("r-1", "tea-1", 40L, 100L, details))
        do! shop.Take(shop.Platform.RefundClosed("r-1", "tea-1", 40L, 100L, details))
        do! shop.Take(shop.Platform.RefundSucceeded("r-1", "tea-1", 40L, 100L, details))
        do! untilAll shop.Store InboxState.Done

        Expect.equal
            (List.ofSeq seen)
            [ "REFUND.ABNORMAL"; "REFUND.CLOSED"; "REFUND.SUCCESS" ]
            "in order, also while the first is tried again"

        Expect.equal overlaps 0 "one at a time"
        let! found = records shop.Store
        Expect.equal (found |> List.map _.Item.BusinessKey |> List.distinct |> List.length) 1 "one business key"
    }
    :> Task

let private runsInParallel database =
    task {
        let all = TaskCompletionSource()
        let mutable at = 0
        let mutable most = 0

        let handle: Handler =
            fun _ cancellationToken ->
                task {
                    let now = Interlocked.Increment &at
                    lock all (fun () -> most <- max most now)

                    if now = 3 then
                        all.TrySetResult() |> ignore

                    // Only three at once let each other go.
                    do! all.Task.WaitAsync cancellationToken
                    do! Task.Delay 20
                    Interlocked.Decrement &at |> ignore
                }

        use! shop = openSet database (fun options -> options.Concurrency <- 3) handle

        for number in 1..9 do
            do! shop.Take(paid shop $"tea-{number}")

        do! untilAll shop.Store InboxState.Done
        Expect.equal most 3 "as many at once as were set, and never more"
    }
    :> Task

let private skipsASecondEffect database =
    task {
        let handled = ConcurrentQueue<string>()

        let handle: Handler =
            fun context _ ->
                task {
                    do! writeEffect context
                    handled.Enqueue context.Notification.Id
                }

        use! shop = openShop database handle
        do! createEffects database
        let details = PaymentDetails(TransactionId = "4200000000000000000000000001")
        do! shop.Take(shop.Platform.PaymentSucceeded("tea-1", 100L, details))
        do! untilAll shop.Store InboxState.Done
        do! shop.Take(shop.Platform.PaymentSucceeded("tea-1", 100L, details))

        do!
            eventually "the second is skipped" (fun () ->
                task {
                    let! states = statesOf shop.Store
                    return states = [ InboxState.Done; InboxState.Skipped ]
                })

        let! written = effects database
        Expect.equal (written, handled.Count) (1, 1) "another notification of the same payment has no effect"
    }
    :> Task

/// The lease was taken before the other one was done.
let private takenBefore (lease: InboxLease) =
    InboxLease(
        Sequence = lease.Sequence,
        Fence = lease.Fence,
        Attempt = lease.Attempt,
        Duration = lease.Duration,
        IsEffectDone = false,
        Item = lease.Item
    )

let private skipsWhatAnotherDidMeanwhile database =
    task {
        let handled = ConcurrentQueue<string>()
        let store = (database: Database).Open()

        let handle: Handler =
            fun context _ ->
                task {
                    do! writeEffect context
                    handled.Enqueue context.Notification.Id
                }

        let unknowing =
            StoreWith(store, (fun item token -> store.AddAsync(item, token)), takenBefore)

        use! shop =
            openWith (TestPlatform()) unknowing (fun _ inbox -> inbox.Handle handle |> ignore)

        do! createEffects database
        let details = PaymentDetails(TransactionId = "4200000000000000000000000001")
        do! shop.Take(shop.Platform.PaymentSucceeded("tea-1", 100L, details))
        do! untilAll store InboxState.Done
        do! shop.Take(shop.Platform.PaymentSucceeded("tea-1", 100L, details))

        do!
            eventually "the second is skipped, before its lease ends" (fun () ->
                task {
                    let! states = statesOf store
                    return states = [ InboxState.Done; InboxState.Skipped ]
                })

        let! written = effects database
        Expect.equal (written, handled.Count) (1, 2) "handled, and rolled back"
    }
    :> Task

let private looksAtOnce database =
    task {
        let begun = TaskCompletionSource()
        let held = TaskCompletionSource()

        let handle: Handler =
            fun context _ ->
                task {
                    if context.Notification.EventType = "REFUND.ABNORMAL" then
                        begun.SetResult()
                        do! held.Task
                }

        use! shop =
            openSet database (fun options -> options.PollInterval <- TimeSpan.FromHours 1.0) handle

        for number in 1..3 do
            do! shop.Take(paid shop $"tea-{number}")
            do! untilAll shop.Store InboxState.Done

        // Two that wait for the end of another of their key.
        let details = RefundDetails(RefundId = "50300000000000000000000000000001")
        do! shop.Take(shop.Platform.RefundAbnormal("r-1", "tea-1", 40L, 100L, details))
        do! begun.Task
        do! shop.Take(shop.Platform.RefundClosed("r-1", "tea-1", 40L, 100L, details))
        do! shop.Take(shop.Platform.RefundSucceeded("r-1", "tea-1", 40L, 100L, details))
        do! Task.Delay 200
        held.SetResult()
        do! untilAll shop.Store InboxState.Done
    }
    :> Task

[<Tests>]
let tests =
    onEach
        "handles"
        [
            "what a handler writes in the transaction is committed with the mark", commitsWithTheMark
            "what a handler writes is rolled back when it throws, and it is tried again", rollsBackWithTheMark
            "there is one transaction an attempt", givesOneTransaction
            "a handler without the transaction is called at least once, with one idempotency key", needsNoTransaction
            "what fails too often is parked with its error, logged, and stops nothing; a person can retry it", parks
            "items of one key are handled in order, one at a time, also while the first fails", keepsOrder
            "items of different keys are handled at once, at most so many as were set", runsInParallel
            "a second notification of the same effect is skipped", skipsASecondEffect
            "what another did in the meantime is rolled back and skipped", skipsWhatAnotherDidMeanwhile
            "what this process takes in, and what waits for another of its key, is begun at once, however rarely it looks",
            looksAtOnce
        ]
