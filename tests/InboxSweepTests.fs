/// Orders that are paid though no notification says so.
module WeChatPay.Tests.InboxSweepTests

open System
open System.Collections.Concurrent
open System.Collections.Generic
open System.Linq
open System.Threading
open System.Threading.Tasks
open Expecto
open Microsoft.AspNetCore.Builder
open Microsoft.AspNetCore.Http
open Microsoft.Extensions.Configuration
open Microsoft.Extensions.DependencyInjection
open WeChatPay
open WeChatPay.Api
open WeChatPay.Inbox
open WeChatPay.Simulator
open WeChatPay.Tests.InboxDatabases
open WeChatPay.Tests.InboxShop
open WeChatPay.Tests.SimulatorPartnerTests
open WeChatPay.Tests.Shop

/// The merchant's books: which orders it thinks unpaid, and what it was asked.
type Books() =
    let unpaid = ConcurrentDictionary<string, UnsettledOrder>()
    member val Asked = ConcurrentQueue<DateTimeOffset>()
    member _.Place(order: UnsettledOrder) = unpaid[order.OutTradeNo] <- order

type BooksOrders(books: Books, orders: Func<IEnumerable<UnsettledOrder>>) =
    interface IUnsettledOrders with
        member _.FindAsync(placedBefore, _) =
            books.Asked.Enqueue placedBefore
            orders.Invoke().ToAsyncEnumerable()

let private after = TimeSpan.FromMinutes 7.0

/// A shop whose endpoint the platform cannot reach until `isOpen` says so, with services of its own.
let private openSweptWith
    (services: IServiceCollection -> unit)
    database
    (isOpen: unit -> bool)
    (unpaid: unit -> UnsettledOrder seq)
    (handle: Handler)
    =
    task {
        let books = Books()
        let store = (database: Database).Open()

        let configure (builder: WebApplicationBuilder) =
            services builder.Services

            builder.Services
                .AddSingleton(books)
                .AddSingleton<Func<IEnumerable<UnsettledOrder>>>(Func<_> unpaid)
                .AddWeChatPayInbox()
                .UseStore(fun _ -> store)
                .Configure(quick)
                .Handle(handle)
                .SweepUnsettledOrders<BooksOrders>(after, TimeSpan.FromMilliseconds 200.0)
            |> ignore

        let map (app: WebApplication) =
            app.Use(fun (context: HttpContext) (next: RequestDelegate) ->
                if isOpen () then
                    next.Invoke context
                else
                    context.Response.StatusCode <- 503
                    Task.CompletedTask)
            |> ignore

            app.MapWeChatPayNotifications "/inbox" |> ignore

        let! shop =
            openWith (WeChatPaySimulatorOptions(TimeCompression = 1000.0)) configure map accept

        return
            struct ({ shop with
                        NotifyUrl = shop.NotifyUrl.Replace("/notify", "/inbox")
                    },
                    store,
                    books)
    }

let private openSwept database isOpen unpaid handle =
    openSweptWith ignore database isOpen unpaid handle

let private findsWhatNobodySaid database =
    task {
        let mutable isOpen = false
        let seen = ConcurrentQueue<struct (string * string)>()

        let handle: Handler =
            fun context _ ->
                task {
                    do! writeEffect context
                    seen.Enqueue(struct (orderOf context, context.Notification.IdempotencyKey))
                }

        let unpaid () =
            [ "unknown-1"; "open-1"; "paid-1" ]
            |> Seq.map (fun number -> UnsettledOrder number)

        let! struct (shop, store, books) =
            openSwept database (fun () -> isOpen) unpaid handle

        use _ = shop
        do! createEffects database
        let! _ = shop.Client.Payments.PrepayNativeAsync(order shop "open-1")
        do! paidOrder shop "paid-1"
        do! untilAll store InboxState.Done
        let! found = records store
        let struct (number, key) = Seq.exactlyOne seen
        Expect.equal number "paid-1" "found by asking, though the order before it is not known to the platform"
        Expect.stringStarts (Seq.exactlyOne found).Item.NotificationId "query:" "known by the payment's number"
        Expect.stringContains shop.Log.Text "Asking about order unknown-1 failed" "which is said"
        let placedBefore = Seq.last books.Asked
        let age = DateTimeOffset.UtcNow - placedBefore
        Expect.isTrue (after <= age && age < after + TimeSpan.FromMinutes 1.0) "only what was placed long enough ago"
        isOpen <- true

        do!
            eventually "the notification comes after all, and is skipped" (fun () ->
                task {
                    let! states = statesOf store
                    return states = [ InboxState.Done; InboxState.Skipped ]
                })

        let! found = records store
        Expect.equal found[1].Item.IdempotencyKey key "the same payment"
        let! written = effects database
        Expect.equal (written, seen.Count) (1, 1) "its effect happened once"
    }
    :> Task

let private findsAfterTheNotification database =
    task {
        let mutable orders: UnsettledOrder list = []
        let handle: Handler = fun context _ -> writeEffect context

        let! struct (shop, store, _) =
            openSwept database (fun () -> true) (fun () -> orders) handle

        use _ = shop
        do! createEffects database
        do! paidOrder shop "paid-1"
        do! untilAll store InboxState.Done
        orders <- [ UnsettledOrder "paid-1" ]

        do!
            eventually "what the sweep finds is skipped" (fun () ->
                task {
                    let! states = statesOf store
                    return states = [ InboxState.Done; InboxState.Skipped ]
                })

        do! Task.Delay 500
        let! found = records store
        let! written = effects database
        Expect.equal (written, found.Length) (1, 2) "once, however often it is swept"
    }
    :> Task

let private findsEach database =
    task {
        let handle: Handler = fun context _ -> writeEffect context
        let mutable rounds = 0

        let unpaid () =
            Interlocked.Increment &rounds |> ignore

            [ "paid-1"; "paid-2"; "paid-3" ]
            |> Seq.map (fun number -> UnsettledOrder number)

        let! struct (shop, store, _) = openSwept database (fun () -> false) unpaid handle

        use _ = shop
        do! createEffects database

        for number in 1..3 do
            do! paidOrder shop $"paid-{number}"

        let after = Volatile.Read &rounds
        do! soon "they are swept again and again" (fun () -> Volatile.Read &rounds > after + 3)
        do! untilAll store InboxState.Done
        let! found = records store
        let! written = effects database
        Expect.equal (written, found.Length) (3, 3) "each once"
    }
    :> Task

let private waitsForTheBooks database =
    task {
        let handle: Handler = fun context _ -> writeEffect context
        let mutable areAway = true

        let unpaid () =
            if areAway then
                invalidOp "The books are away."

            [ UnsettledOrder "paid-1" ] :> seq<_>

        let! struct (shop, store, _) = openSwept database (fun () -> false) unpaid handle

        use _ = shop
        do! createEffects database
        do! paidOrder shop "paid-1"

        do!
            soon "it is said" (fun () ->
                shop.Log.Text.Contains "Looking for unsettled orders failed; it is tried again")

        areAway <- false
        do! untilAll store InboxState.Done
        let! written = effects database
        Expect.equal written 1 "then found"
    }
    :> Task

let private asksForItsMerchant database =
    task {
        use! other =
            WeChatPaySimulator.StartAsync(WeChatPaySimulatorOptions(TimeCompression = 1000.0), CancellationToken.None)

        let settings =
            ConfigurationBuilder().AddInMemoryCollection(other.Settings).Build().GetSection "WeChatPay"

        let merchants = ConcurrentQueue<string>()

        let handle: Handler =
            fun context _ ->
                merchants.Enqueue context.Merchant
                Task.CompletedTask

        let! struct (shop, store, _) =
            openSweptWith
                (fun services -> services.AddWeChatPay("tea", settings) |> ignore)
                database
                (fun () -> false)
                (fun () -> [ UnsettledOrder("paid-1", "tea") ])
                handle

        use _ = shop
        let client = direct other ignore TimeProvider.System
        let! _ = client.Payments.PrepayNativeAsync(native "paid-1")
        let! _ = other.PayAsync "paid-1"
        do! untilAll store InboxState.Done
        Expect.equal (List.ofSeq merchants) [ "tea" ] "asked of the platform with its keys, handled under its name"
    }
    :> Task

let private asksForSubMerchants database =
    task {
        let seen = ConcurrentQueue<string>()

        let handle: Handler =
            fun context _ ->
                match context.Event with
                | Functional.WeChatPayEvent.PartnerPaymentSucceeded paid -> seen.Enqueue paid.SubMchid
                | _ -> seen.Enqueue "none"

                Task.CompletedTask

        let unpaid () =
            [
                UnsettledOrder("partner-1", "", SubMchid)
                UnsettledOrder("partner-2", "", SubMchid)
            ]
            :> seq<_>

        let! struct (shop, store, _) = openSwept database (fun () -> false) unpaid handle
        use _ = shop
        let client = partner shop.Platform

        let! _ =
            client.Payments.PrepayNativeAsync(SimulatorPartnerTests.native shop "partner-2")

        let! _ = SimulatorPartnerTests.paid shop client "partner-1"
        do! untilAll store InboxState.Done
        Expect.equal (List.ofSeq seen) [ SubMchid ] "the paid one of the two"
    }
    :> Task

[<Tests>]
let tests =
    onEach
        "sweep"
        [
            "a paid order that no notification came for is found and handled once, also when it comes later",
            findsWhatNobodySaid
            "what was handled is not handled again when it is swept", findsAfterTheNotification
            "each paid order is taken in, and once, however often it is found", findsEach
            "books that are away for a while are asked again", waitsForTheBooks
            "one of several merchants' orders are asked for with its keys, and handled under its name",
            asksForItsMerchant
            "a provider's orders are asked for under their sub-merchant", asksForSubMerchants
        ]
