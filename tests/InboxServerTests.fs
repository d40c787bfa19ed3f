/// A PostgreSQL server that is gone, silent or held by another.
module WeChatPay.Tests.InboxServerTests

open System
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
                            if Environment.UserName = "root" then
                                "on a full disk: 500, and what was answered 204 is there", refusesWhileTablesAreFull
                        ] do
                        testTask promise { do! withDatabase kind keeps }
        ]
