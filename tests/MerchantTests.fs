/// Several merchants on one address: whose keys, how often the register is asked, and what strangers can cause.
module WeChatPay.Tests.MerchantTests

open System
open System.Collections.Generic
open System.Threading
open System.Threading.Tasks
open Expecto
open Microsoft.AspNetCore.Builder
open Microsoft.AspNetCore.Http
open Microsoft.Extensions.DependencyInjection
open WeChatPay
open WeChatPay.Functional
open WeChatPay.Testing
open WeChatPay.Tests.Shop
open WeChatPay.Tests.MerchantShop

let private byAddress =
    testList
        "by address"
        [
            testCaseTask "each address takes its own merchant's notifications, and the handler is told whose" (fun () ->
                task {
                    use! mall = openMall ()
                    let tea = platformOf mall "tea" "1900000001"
                    let coffee = platformOf mall "coffee" "1900000002"
                    let! answer = send mall "/tea/notify" (tea.PaymentSucceeded("o-1", 1L))
                    Expect.equal answer (204, "") "tea"
                    let! answer = send mall "/coffee/notify" (coffee.PaymentSucceeded("o-2", 1L))
                    Expect.equal answer (204, "") "coffee"
                    let! answer = send mall "/coffee/notify" (tea.PaymentSucceeded("o-3", 1L))
                    Expect.equal answer (401, "unknown_serial") "another's"

                    let! answer =
                        send mall "/tea/notify" (tea.PaymentSucceeded("o-4", 1L).WithTamperedBody())

                    Expect.equal answer (401, "signature_mismatch") "changed"
                    Expect.equal [ for merchant, _ in mall.Seen -> merchant ] [ "tea"; "coffee" ] "whose"
                })

            testCaseTask "merchants with all keys in common: the number decides" (fun () ->
                task {
                    use! mall = openMall ()
                    let tea = platformOf mall "tea" "1900000001"
                    let twin = tea.Options
                    twin.MerchantId <- "1900000002"
                    mall.Book.Merchants["coffee"] <- twin
                    let! answer = send mall "/coffee/notify" (tea.PaymentSucceeded("o-1", 1L))
                    Expect.equal answer (500, "other_merchant") "another's"
                    Expect.stringContains mall.Log.Text "give each merchant an APIv3 key of its own" "advice"
                    let! answer = send mall "/tea/notify" (tea.PaymentSucceeded("o-1", 1L))
                    Expect.equal answer (204, "") "its own"
                    mall.Book.Serials[tea.PlatformPublicKeyId] <- [ "coffee"; "tea" ]
                    let! answer = send mall "/notify" (tea.PaymentSucceeded("o-2", 1L))
                    Expect.equal answer (204, "") "at the address of all"

                    let! answer =
                        send mall "/notify" (tea.Notification("ENTRUST.SIGN", """{"contract_id":"c"}"""))

                    Expect.equal answer (500, "ambiguous_merchant") "what names nobody"
                    Expect.equal [ for merchant, _ in mall.Seen -> merchant ] [ "tea"; "tea" ] "never the twin"
                })

            testCaseTask "a merchant whom nobody knows is 404, with advice, and asked for once in a while" (fun () ->
                task {
                    use! mall = openMall ()
                    let tea = platformOf mall "tea" "1900000001"

                    for _ in 1..5 do
                        let! answer = send mall "/cofee/notify" (tea.PaymentSucceeded("o-1", 1L))
                        Expect.equal answer (404, "unknown_merchant") "unknown"

                    Expect.equal (mall.Book.Times "cofee") 1 "remembered"
                    Expect.stringContains mall.Log.Text "No merchant is known as 'cofee'." "named"
                    Expect.stringContains mall.Log.Text "compare the address with the names" "advice"
                    mall.Book.Merchants["cofee"] <- tea.Options
                    mall.Clock.Advance(TimeSpan.FromSeconds 29.0)
                    let! answer = send mall "/cofee/notify" (tea.PaymentSucceeded("o-1", 1L))
                    Expect.equal answer (404, "unknown_merchant") "still"
                    mall.Clock.Advance(TimeSpan.FromSeconds 2.0)
                    let! answer = send mall "/cofee/notify" (tea.PaymentSucceeded("o-1", 1L))
                    Expect.equal answer (204, "") "known now"
                })

            testCaseTask "the merchants that were added by name are a register themselves" (fun () ->
                task {
                    let tea = TestPlatform "1900000001"
                    let coffee = TestPlatform "1900000002"
                    let builder = quietBuilder (WebApplicationOptions())

                    for name, platform in [ "tea", tea; "coffee", coffee ] do
                        builder.Services
                            .AddWeChatPay(name, Action<WeChatPayOptions>(ignore))
                            .Services.UseTestPlatform(platform, name)
                        |> ignore

                    use app = builder.Build()
                    app.Urls.Add "http://127.0.0.1:0"
                    let seen = Collections.Concurrent.ConcurrentQueue<string>()

                    let handle =
                        Func<NotificationContext, CancellationToken, Task>(fun context _ ->
                            seen.Enqueue context.Merchant
                            Task.CompletedTask)

                    app.MapWeChatPayNotifications("/{merchant}/notify", handle) |> ignore
                    app.MapWeChatPayNotificationsForAll("/notify", handle) |> ignore
                    do! app.StartAsync()
                    use http = new Net.Http.HttpClient(BaseAddress = Uri(Seq.head app.Urls))

                    for path, status in
                        [
                            "/tea/notify", 204
                            "/coffee/notify", 401
                            "/milk/notify", 404
                            "/notify", 204
                        ] do
                        use! answer = tea.PaymentSucceeded("o-1", 1L).PostAsync(http, path)
                        Expect.equal (int answer.StatusCode) status path

                    Expect.equal (List.ofSeq seen) [ "tea"; "tea" ] "whose"
                })

            testCaseTask "what cannot be mapped is said when it is mapped" (fun () ->
                task {
                    let handle =
                        Func<NotificationContext, CancellationToken, Task>(fun _ _ -> Task.CompletedTask)

                    let bare = quietBuilder(WebApplicationOptions()).Build()

                    for map in
                        [
                            fun () -> bare.MapWeChatPayNotifications("/{merchant}", handle) |> ignore
                            fun () -> bare.MapWeChatPayNotificationsForAll("/all", handle) |> ignore
                        ] do
                        try
                            map ()
                            failtest "mapped"
                        with :? InvalidOperationException as failure ->
                            Expect.stringContains failure.Message "services.AddWeChatPayMerchants<" "what to call"

                    use! mall = openMall ()

                    Expect.throwsT<ArgumentException>
                        (fun () -> mall.App.MapWeChatPayNotifications("/x/{merchant}", handle, "tea") |> ignore)
                        "two names for one merchant"
                })
        ]

let private forAll =
    testList
        "one address for all"
        [
            testCaseTask "serial and APIv3 key decide whose it is" (fun () ->
                task {
                    use! mall = openMall ()

                    let platforms =
                        [
                            for number in 1..20 ->
                                platformOf mall ("m" + string number) (string (1_900_000_000 + number))
                        ]

                    for platform in platforms do
                        let! answer = send mall "/notify" (platform.PaymentSucceeded("o-1", 1L))
                        Expect.equal answer (204, "") "taken"

                    Expect.equal
                        [ for merchant, _ in mall.Seen -> merchant ]
                        [ for number in 1..20 -> "m" + string number ]
                        "whose"

                    let! answer =
                        send mall "/notify" (platforms[0].PaymentSucceeded("o-1", 1L).WithWrongSignature())

                    Expect.equal answer (401, "signature_mismatch") "forged"
                    let stranger = TestPlatform("1900000001", mall.Clock)
                    let! answer = send mall "/notify" (stranger.PaymentSucceeded("o-1", 1L))
                    Expect.equal answer (401, "unknown_serial") "nobody's"
                    Expect.hasLength mall.Seen 20 "no more"
                })

            testCaseTask "one platform key and sixteen APIv3 keys are tried, seventeen are refused" (fun () ->
                task {
                    use! mall = openMall ()
                    let own = platformOf mall "own" "1900000001"

                    let others =
                        [
                            for number in 2..17 ->
                                let other = own.Options
                                other.MerchantId <- string (1_900_000_000 + number)
                                other.ApiV3Key <- Guid.NewGuid().ToString "N"
                                mall.Book.Merchants["m" + string number] <- other
                                "m" + string number
                        ]

                    mall.Book.Serials[own.PlatformPublicKeyId] <- List.take 15 others @ [ "own"; "own"; "gone" ]
                    let! answer = send mall "/notify" (own.PaymentSucceeded("o-1", 1L))
                    Expect.equal answer (204, "") "the sixteenth, and a name twice is one"
                    Expect.equal (Seq.head mall.Seen |> fst) "own" "whose"
                    mall.Book.Serials[own.PlatformPublicKeyId] <- others @ [ "own" ]
                    mall.Clock.Advance(TimeSpan.FromMinutes 5.0)
                    let! answer = send mall "/notify" (own.PaymentSucceeded("o-2", 1L))
                    Expect.equal answer (401, "too_many_merchants") "seventeen"
                })
        ]

let private cache =
    testList
        "questions"
        [
            testCaseTask "a merchant is asked for once in five minutes, and a changed key counts then" (fun () ->
                task {
                    use! mall = openMall ()
                    let tea = platformOf mall "tea" "1900000001"

                    for number in 1..20 do
                        let! answer =
                            send mall "/tea/notify" (tea.PaymentSucceeded("o-" + string number, 1L))

                        Expect.equal answer (204, "") "taken"

                    Expect.equal (mall.Book.Times "tea") 1 "once"
                    let next = TestPlatform("1900000001", mall.Clock)
                    mall.Book.Merchants["tea"] <- next.Options
                    let! answer = send mall "/tea/notify" (next.PaymentSucceeded("o-1", 1L))
                    Expect.equal answer (401, "unknown_serial") "not yet"
                    mall.Clock.Advance(TimeSpan.FromMinutes 5.0)
                    let! answer = send mall "/tea/notify" (next.PaymentSucceeded("o-1", 1L))
                    Expect.equal answer (204, "") "now"
                    let! answer = send mall "/tea/notify" (tea.PaymentSucceeded("o-1", 1L))
                    Expect.equal answer (401, "unknown_serial") "the old one is gone"
                    Expect.equal (mall.Book.Times "tea") 2 "twice"
                })

            testCaseTask "strangers' names are asked for at our pace, and cost those who are known nothing" (fun () ->
                task {
                    use! mall = openMallWith ignore (fun options -> options.LookupsPerSecond <- 3)
                    let tea = platformOf mall "tea" "1900000001"
                    let! answer = send mall "/tea/notify" (tea.PaymentSucceeded("o-1", 1L))
                    Expect.equal answer (204, "") "known"
                    let mutable over = 0

                    for number in 1..20 do
                        let! status, code =
                            send mall ("/x" + string number + "/notify") (tea.PaymentSucceeded("o-1", 1L))

                        if code = "overloaded" then
                            over <- over + 1
                            Expect.equal status 429 "not 5xx: the sender is not proven"

                    Expect.equal over 18 "two were left"
                    Expect.hasLength mall.Book.Asked 3 "three questions"
                    mall.Clock.Advance(TimeSpan.FromMinutes 10.0)

                    for number in 1..20 do
                        let! _ =
                            send mall ("/y" + string number + "/notify") (tea.PaymentSucceeded("o-1", 1L))

                        ()

                    let! answer = send mall "/tea/notify" (tea.PaymentSucceeded("o-2", 1L))
                    Expect.equal answer (204, "") "who is known is read again without counting"
                })

            testCaseTask "serials that nobody has are asked for at our pace, too" (fun () ->
                task {
                    use! mall = openMallWith ignore (fun options -> options.LookupsPerSecond <- 3)

                    for _ in 1..10 do
                        let stranger = TestPlatform("1900000009", mall.Clock)
                        let! _ = send mall "/notify" (stranger.PaymentSucceeded("o-1", 1L))
                        ()

                    Expect.hasLength mall.Book.AskedSerials 3 "three questions"
                })

            testCaseTask "what has no form of a notification asks for nobody" (fun () ->
                task {
                    use! mall = openMall ()

                    for path in [ "/tea/notify"; "/notify" ] do
                        use! answer = mall.Http.PostAsync(path, new Net.Http.StringContent("{}"))
                        Expect.equal (int answer.StatusCode) 401 path

                    Expect.isEmpty mall.Book.Asked "no name"
                    Expect.isEmpty mall.Book.AskedSerials "no serial"
                })

            testCaseTask "who come at once are one question" (fun () ->
                task {
                    use! mall = openMall ()
                    let tea = platformOf mall "tea" "1900000001"
                    let gate = TaskCompletionSource()
                    mall.Book.Pause <- fun () -> gate.Task

                    let sending =
                        [
                            for number in 1..10 ->
                                send mall "/tea/notify" (tea.PaymentSucceeded("o-" + string number, 1L))
                        ]

                    do! until (fun () -> mall.Book.Times "tea" > 0)
                    do! Task.Delay 200
                    gate.SetResult()
                    let! answers = Task.WhenAll sending
                    Expect.all answers ((=) (204, "")) "all taken"
                    Expect.equal (mall.Book.Times "tea") 1 "one"
                })

            testCaseTask
                "a register that fails, and keys that are wrong, are the application's: logged, 4xx, asked again"
                (fun () ->
                    task {
                        use! mall = openMall ()
                        let tea = platformOf mall "tea" "1900000001"

                        mall.Book.Pause <-
                            fun () -> Task.FromException(InvalidOperationException "The database is away.")

                        let! answer = send mall "/tea/notify" (tea.PaymentSucceeded("o-1", 1L))
                        Expect.equal answer (401, "merchant_unavailable") "away"
                        Expect.stringContains mall.Log.Text "The database is away." "logged"
                        mall.Book.Pause <- fun () -> Task.CompletedTask
                        let! answer = send mall "/tea/notify" (tea.PaymentSucceeded("o-1", 1L))
                        Expect.equal answer (204, "") "back"
                        let wrong = tea.Options
                        wrong.ApiV3Key <- "canary"
                        wrong.MerchantId <- null
                        mall.Book.Merchants["wrong"] <- wrong
                        let! answer = send mall "/wrong/notify" (tea.PaymentSucceeded("o-1", 1L))
                        Expect.equal answer (401, "merchant_unavailable") "wrong"
                        Expect.stringContains mall.Log.Text "ApiV3Key" "named"
                        Expect.stringContains mall.Log.Text "MerchantId" "both"
                        Expect.isFalse (mall.Log.Text.Contains "canary") "no key"
                        mall.Book.Merchants["wrong"] <- tea.Options
                        mall.Clock.Advance(TimeSpan.FromSeconds 31.0)
                        let! answer = send mall "/wrong/notify" (tea.PaymentSucceeded("o-1", 1L))
                        Expect.equal answer (204, "") "mended"
                    })

            testCaseTask "a register that hangs is given up, and asked again" (fun () ->
                task {
                    use! mall = openMall ()
                    let tea = platformOf mall "tea" "1900000001"
                    mall.Book.Pause <- fun () -> TaskCompletionSource().Task
                    let hanging = send mall "/tea/notify" (tea.PaymentSucceeded("o-1", 1L))
                    do! until (fun () -> mall.Book.Times "tea" > 0)
                    mall.Clock.Advance(TimeSpan.FromSeconds 6.0)
                    let! status, code = hanging
                    Expect.contains [ 408, "receive_timeout"; 401, "merchant_unavailable" ] (status, code) "given up"
                    mall.Book.Pause <- fun () -> Task.CompletedTask
                    let! answer = send mall "/tea/notify" (tea.PaymentSucceeded("o-1", 1L))
                    Expect.equal answer (204, "") "asked again"
                })

            testCaseTask "so many are kept and no more; who was asked for last stays" (fun () ->
                task {
                    let clock = Microsoft.Extensions.Time.Testing.FakeTimeProvider DateTimeOffset.UtcNow
                    let book = Book()
                    let platform = TestPlatform("1900000001", clock)

                    for name in [ "a"; "b"; "c" ] do
                        book.Merchants[name] <- platform.Options

                    let receiver =
                        WeChatPayMerchantNotifications.Create(
                            Register book,
                            WeChatPayMerchantsOptions(Capacity = 2),
                            clock
                        )

                    let notification = platform.PaymentSucceeded("o-1", 1L)

                    for name in [ "a"; "b"; "a"; "c"; "a"; "b" ] do
                        let! result = receiver.DecodeAsync(name, notification.Headers, notification.Body)

                        match result.TryGet() with
                        | true, _, _ -> Expect.equal result.Merchant name "whose"
                        | _, _, failure -> failtest failure.Code

                    Expect.equal (List.ofSeq book.Asked) [ "a"; "b"; "c"; "b" ] "b went for c"
                })

            testCaseTask "outside an endpoint: a request, a name, a failure" (fun () ->
                task {
                    let book = Book()
                    let platform = TestPlatform("1900000001")
                    book.Add("tea", platform)
                    let receiver = WeChatPayMerchantNotifications.Create(Register book)
                    let notification = platform.PaymentSucceeded("o-1", 1L)

                    let request () =
                        let context = DefaultHttpContext()

                        for header in notification.Headers do
                            context.Request.Headers[header.Key] <- header.Value

                        context.Request.Body <- new IO.MemoryStream(notification.Body.ToArray())
                        context.Request

                    let! result = receiver.DecodeAsync("tea", request ())
                    Expect.equal result.Merchant "tea" "by name"
                    let! result = receiver.DecodeForAnyAsync(request ())
                    Expect.equal result.Merchant "tea" "by key"

                    for name, code in
                        [
                            "coffee", "unknown_merchant"
                            "", "unknown_merchant"
                            "a b", "unknown_merchant"
                        ] do
                        let! result = receiver.DecodeAsync(name, request ())

                        match result.TryGet() with
                        | true, _, _ -> failtest "decoded"
                        | _, _, failure ->
                            Expect.equal failure.Code code name
                            Expect.equal result.Merchant "" "nobody's"

                    Expect.isFalse (Seq.contains "a b" book.Asked) "no name at all"
                })
        ]

[<Tests>]
let tests = testList "merchants" [ byAddress; forAll; cache ]
