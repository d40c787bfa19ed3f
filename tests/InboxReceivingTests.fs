/// What the platform hears, and what is kept by then.
module WeChatPay.Tests.InboxReceivingTests

open System
open System.Collections.Concurrent
open System.Collections.Generic
open System.IO
open System.Net.Http
open System.Security.Cryptography
open System.Text
open System.Threading
open System.Threading.Tasks
open Expecto
open Microsoft.Extensions.DependencyInjection
open WeChatPay
open WeChatPay.Functional
open WeChatPay.Inbox
open WeChatPay.Testing
open WeChatPay.Tests.Shop
open WeChatPay.Tests.InboxDatabases
open WeChatPay.Tests.InboxShop

let private answersAfterKeeping database =
    task {
        let store = database.Open()
        let gate = TaskCompletionSource()

        let slow =
            StoreWith(
                store,
                fun item cancellationToken ->
                    task {
                        do! gate.Task
                        return! store.AddAsync(item, cancellationToken)
                    }
            )

        use! shop =
            openWith (TestPlatform()) slow (fun _ inbox -> inbox.Handle accept |> ignore)

        let answer = shop.Post(paid shop "tea-1")
        let! first = Task.WhenAny(answer, Task.Delay 300)
        Expect.isFalse (obj.ReferenceEquals(first, answer)) "no answer while the row is not there"
        gate.SetResult()
        let! answer = answer
        Expect.equal answer taken "then it is taken"
        let! kept = count database "SELECT COUNT(*) FROM wechatpay_inbox"
        Expect.equal kept 1 "the row was there before the answer"
    }
    :> Task

let private refusesWhatItCannotKeep database =
    task {
        let store = database.Open()
        let handled = ConcurrentQueue<string>()
        let mutable isAway = true

        let failing =
            StoreWith(
                store,
                fun item cancellationToken ->
                    if isAway then
                        Task.FromException<bool>(IOException "The store is away.")
                    else
                        store.AddAsync(item, cancellationToken)
            )

        let handle: Handler =
            fun context _ ->
                handled.Enqueue context.Notification.Id
                Task.CompletedTask

        use! shop =
            openWith (TestPlatform()) failing (fun _ inbox -> inbox.Handle handle |> ignore)

        let sent = paid shop "tea-1"
        let! refused = shop.Post sent
        Expect.equal refused failed "come again"
        Expect.stringContains shop.Log.Text "The store is away." "the cause is logged"
        Expect.isEmpty handled "nothing was handled"
        isAway <- false
        do! shop.Take(sent.Again())
        do! untilAll store InboxState.Done
        Expect.equal (List.ofSeq handled) [ sent.Id ] "the same notification is taken, and handled once"
    }
    :> Task

let private answersInTimeWhateverTheStoreDoes database =
    task {
        let store = database.Open()
        let deaf = StoreWith(store, fun _ _ -> TaskCompletionSource<bool>().Task)

        use! shop =
            openWith (TestPlatform()) deaf (fun _ inbox -> inbox.Handle accept |> ignore)

        let clock = Diagnostics.Stopwatch.StartNew()
        let! answer = shop.Post(paid shop "tea-1")
        Expect.equal answer failed "come again"
        Expect.isLessThan clock.Elapsed (TimeSpan.FromSeconds 5.0) "before the platform gives up by itself"
    }
    :> Task

let private takesACopyOnce database =
    task {
        let handled = ConcurrentQueue<string>()

        let handle: Handler =
            fun context _ ->
                handled.Enqueue context.Notification.IdempotencyKey
                Task.CompletedTask

        use! shop = openShop database handle
        let sent = paid shop "tea-1"
        let copies = List.replicate 8 sent
        let! answers = Task.WhenAll(copies |> List.map (fun sent -> shop.Post(sent.Again())))
        Expect.all answers ((=) taken) "every copy is taken"
        do! untilAll shop.Store InboxState.Done
        do! shop.Take(sent.Again())
        do! Task.Delay 200
        Expect.hasLength handled 1 "one handling"
        let! kept = records shop.Store
        Expect.hasLength kept 1 "one row"
    }
    :> Task

/// `Name: value` lines, as they are kept.
let private headersOf (text: string) =
    [
        for line in text.Split('\n', StringSplitOptions.RemoveEmptyEntries) do
            let colon = line.IndexOf ':'
            KeyValuePair(line.Substring(0, colon), line.Substring(colon + 2))
    ]

let private verifiesAgain database =
    task {
        use! shop = openShop database accept
        let sent = paid shop "tea-1"
        do! shop.Take sent
        let! kept = records shop.Store
        let item = (Seq.exactlyOne kept).Item
        Expect.equal (item.Body.ToArray()) (sent.Body.ToArray()) "byte for byte"
        let receiver = shop.App.Services.GetRequiredKeyedService<WeChatPayNotifications> ""
        let headers = headersOf item.Headers

        let isGood, decoded, _ =
            receiver.DecodeReceivedAt(item.ReceivedAt, headers, item.Body.Span).TryGet()

        Expect.isTrue isGood "its signature holds"
        Expect.equal decoded.Id sent.Id "the same notification"
        Expect.equal (decoded.Resource.ToArray()) (item.Resource.ToArray()) "the same resource"
        let changed = item.Body.ToArray()
        changed[10] <- changed[10] ^^^ 1uy

        let isGood, _, failure =
            receiver.DecodeReceivedAt(item.ReceivedAt, headers, changed).TryGet()

        Expect.isFalse isGood "not that of other bytes"
        Expect.equal failure.Code "signature_mismatch" "for its own reason"
        let late = item.ReceivedAt.AddDays 3.0
        let isGood, _, _ = receiver.DecodeReceivedAt(late, headers, item.Body.Span).TryGet()
        Expect.isFalse isGood "nor as of another time"
    }
    :> Task

/// Some gateways write a header's name as a variable of the environment.
let private verifiesAgainInAnySpelling database =
    task {
        use! shop = openShop database accept
        let sent = paid shop "tea-1"
        use request = new HttpRequestMessage(HttpMethod.Post, "/notify")
        request.Content <- new ByteArrayContent(sent.Body.ToArray())

        for header in sent.Headers do
            request.Headers.TryAddWithoutValidation(
                "HTTP_" + header.Key.Replace('-', '_').ToUpperInvariant(),
                header.Value
            )
            |> ignore

        use! answer = shop.Http.SendAsync request
        Expect.equal (int answer.StatusCode) 204 "taken"
        let! kept = records shop.Store
        let item = (Seq.exactlyOne kept).Item
        let receiver = shop.App.Services.GetRequiredKeyedService<WeChatPayNotifications> ""

        let isGood, _, _ =
            receiver.DecodeReceivedAt(item.ReceivedAt, headersOf item.Headers, item.Body.Span).TryGet()

        Expect.isTrue isGood "its headers were kept"
    }
    :> Task

let private keepsWhatIsNotGenuineOut database =
    task {
        use! shop = openShop database accept
        let sent = paid shop "tea-1"

        for spoilt, status, code in
            [
                sent.WithTamperedBody(), 401, "signature_mismatch"
                sent.AsProbe(), 401, "signature_probe"
                sent.Stale(), 401, "outside_tolerance"
                sent.WithOtherApiV3Key(), 500, "decryption_failed"
            ] do
            let! refused = shop.Post spoilt
            Expect.equal refused (struct (status, "{\"code\":\"FAIL\",\"message\":\"" + code + "\"}")) "refused"

        let! kept = records shop.Store
        Expect.isEmpty kept "nothing was kept"
    }
    :> Task

let private receiving =
    onEach
        "receives"
        [
            "the platform is answered 204 when the row is there, not before", answersAfterKeeping
            "what the store cannot keep is answered 500, and taken when it comes again", refusesWhatItCannotKeep
            "a store that never answers, and is deaf to cancelling, is answered for within 5 seconds",
            answersInTimeWhateverTheStoreDoes
            "copies are taken, also at once, and handled once", takesACopyOnce
            "what was kept can be verified again, as of when it came", verifiesAgain
            "so can what came with headers in another spelling", verifiesAgainInAnySpelling
            "what is not genuine is never kept", keepsWhatIsNotGenuineOut
        ]

let private failureOf (start: unit -> Task) =
    task {
        try
            do! start ()
            return failtest "It started."
        with failure ->
            return failure
    }

let private settings =
    testList
        "inbox settings"
        [
            testTask "everything that is wrong is said at once when the application starts" {
                do!
                    withDatabase kinds.Head (fun database ->
                        task {
                            let wrong (options: InboxOptions) =
                                options.Concurrency <- 0
                                options.LeaseDuration <- TimeSpan.FromMilliseconds 1.0
                                options.PollInterval <- TimeSpan.Zero
                                options.Retry.FirstDelay <- TimeSpan.Zero
                                options.Retry.Attempts <- 0
                                options.Retention <- TimeSpan.FromHours 47.0

                            let app =
                                build (TestPlatform()) (new LogBook()) (database.Open()) (fun _ inbox ->
                                    inbox.Configure wrong |> ignore)

                            use app = app
                            let! failure = failureOf (fun () -> app.StartAsync())

                            match failure with
                            | :? WeChatPayConfigurationException as configuration ->
                                Expect.equal
                                    [ for problem in configuration.Problems -> problem.Setting ]
                                    [
                                        "Concurrency"
                                        "LeaseDuration"
                                        "PollInterval"
                                        "Retry.FirstDelay"
                                        "Retry.Attempts"
                                        "Retention"
                                        "Handle"
                                    ]
                                    "all of them"
                            | other -> failtest (string other)
                        }
                        :> Task)
            }

            testTask "an inbox without a store says which call is missing" {
                let builder = quietBuilder (Microsoft.AspNetCore.Builder.WebApplicationOptions())
                builder.Services.UseTestPlatform(TestPlatform()) |> ignore

                builder.Services.AddWeChatPay(builder.Configuration.GetSection "WeChatPay")
                |> ignore

                builder.Services.AddWeChatPayInbox().Handle accept |> ignore
                let app = builder.Build()
                use app = app
                let! (failure: exn) = failureOf (fun () -> app.StartAsync())
                Expect.stringContains failure.Message "UseSqlite" "one way"
                Expect.stringContains failure.Message "UsePostgres" "the other"
            }

            test "a second handler, and a key that is no key, are refused where they stand" {
                let inbox = ServiceCollection().AddWeChatPayInbox().Handle accept

                Expect.throwsT<InvalidOperationException> (fun () -> inbox.Handle accept |> ignore) "one handles all"

                for length in [ 0; 16; 31; 33 ] do
                    Expect.throwsT<ArgumentException>
                        (fun () ->
                            inbox.Seal(fun seal ->
                                seal.SealWith("a", ReadOnlySpan(Array.zeroCreate<byte> length)) |> ignore)
                            |> ignore)
                        "32 bytes"

                inbox.Seal(fun seal -> seal.SealWith("a", RandomNumberGenerator.GetBytes 32) |> ignore)
                |> ignore

                Expect.throwsT<ArgumentException>
                    (fun () ->
                        inbox.Seal(fun seal -> seal.OpenWith("a", RandomNumberGenerator.GetBytes 32) |> ignore)
                        |> ignore)
                    "a name is one key's"
            }
        ]

[<Tests>]
let tests = testList "inbox, received" [ receiving; settings ]
