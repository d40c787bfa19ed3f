module WeChatPay.Tests.OutboxTests

open System
open System.Net.Http
open System.Threading
open System.Threading.Tasks
open Expecto
open Microsoft.Extensions.Time.Testing
open WeChatPay
open WeChatPay.Functional
open WeChatPay.Simulator
open WeChatPay.Tests.Shop

/// The waits that the platform documents, in seconds: fifteen of them, 24 h 4 min together.
let private documented =
    [
        15
        15
        30
        180
        600
        1200
        1800
        1800
        1800
        3600
        10800
        10800
        10800
        21600
        21600
    ]

let private refuse: Handler =
    fun _ _ -> Task.FromException(InvalidOperationException "The database is away.")

let private placeAndPay (shop: Shop) = paidOrder shop "order-1"

let private attempts (shop: Shop) =
    (Seq.head shop.Platform.Notifications).Attempts

[<Tests>]
let tests =
    testList
        "notifications"
        [
            testCaseTask "what is not taken comes again on the documented schedule, then no more" (fun () ->
                task {
                    let clock = FakeTimeProvider DateTimeOffset.UtcNow

                    use! shop =
                        openWith
                            (WeChatPaySimulatorOptions(Clock = clock))
                            (fun builder -> addClock clock builder)
                            ignore
                            refuse

                    do! placeAndPay shop
                    let start = (Seq.head (attempts shop)).At
                    Expect.equal (attempts shop).Count 1 "at once"

                    for seconds in documented do
                        let before = (attempts shop).Count
                        // Advancing before the outbox waits would move the due time: give it the chance to wait first.
                        do! Task.Delay 50
                        clock.Advance(TimeSpan.FromSeconds(float seconds - 0.001))
                        do! Task.Delay 50
                        Expect.equal (attempts shop).Count before "not a moment early"
                        clock.Advance(TimeSpan.FromSeconds 0.001)
                        do! until (fun () -> (attempts shop).Count = before + 1)

                    clock.Advance(TimeSpan.FromDays 2.0)
                    do! shop.Platform.DrainAsync CancellationToken.None

                    let times =
                        [
                            for attempt in attempts shop -> (attempt.At - start).TotalSeconds |> round |> int
                        ]

                    Expect.equal times (List.scan (+) 0 documented) "the schedule"
                    Expect.equal (Seq.last times) 86640 "24 h 4 min"
                    Expect.all (attempts shop) (fun attempt -> attempt.StatusCode = 500) "refused each time"

                    Expect.hasLength
                        (Seq.distinctBy (fun (seen: DecodedEvent) -> seen.Id) shop.Seen |> List.ofSeq)
                        1
                        "one notification"
                })

            testCaseTask "once taken it does not come again, unless the platform repeats it" (fun () ->
                task {
                    let mutable calls = 0

                    use! shop =
                        openShop (fun _ _ ->
                            if Interlocked.Increment &calls < 3 then
                                Task.FromException(InvalidOperationException "not yet")
                            else
                                Task.CompletedTask)

                    do! placeAndPay shop
                    do! shop.Platform.DrainAsync CancellationToken.None
                    let sent = Seq.head shop.Platform.Notifications

                    Expect.equal
                        [ for attempt in sent.Attempts -> attempt.StatusCode ]
                        [ 500; 500; 204 ]
                        "the third was taken"

                    let! again = shop.Platform.RepeatAsync sent.Id
                    Expect.equal again.Attempts.Count 4 "repeated on request"

                    Expect.equal
                        (Seq.length shop.Seen,
                         (Seq.distinctBy (fun (seen: DecodedEvent) -> seen.IdempotencyKey) shop.Seen
                          |> Seq.length))
                        (4, 1)
                        "one key for the effect"
                })

            testCaseTask "a duplicate comes at the same time; both are genuine and have one number" (fun () ->
                task {
                    let both = new Barrier(2)

                    use! shop =
                        openShop (fun _ cancellationToken ->
                            Task.Run(
                                (fun () -> both.SignalAndWait(4000, cancellationToken) |> ignore),
                                cancellationToken
                            ))

                    shop.Platform.Misbehaviour <- Misbehaviour.Duplicates
                    do! placeAndPay shop
                    Expect.equal both.CurrentPhaseNumber 1L "both were in the handler at once"
                    Expect.equal (Seq.length shop.Seen) 2 "two"

                    Expect.hasLength
                        (Seq.distinctBy (fun (seen: DecodedEvent) -> seen.Id) shop.Seen |> List.ofSeq)
                        1
                        "one number"
                })

            testCaseTask "what is wrong with a notification is named, and its handler never runs" (fun () ->
                task {
                    use! shop = openWith (WeChatPaySimulatorOptions()) ignore ignore accept

                    for wrong, code in
                        [
                            Misbehaviour.WrongKey, "signature_mismatch"
                            Misbehaviour.Tampered, "signature_mismatch"
                            Misbehaviour.Unsigned, "missing_header"
                            Misbehaviour.Stale, "outside_tolerance"
                        ] do
                        let number = "order-" + string wrong
                        let! _ = shop.Client.Payments.PrepayNativeAsync(order shop number)
                        shop.Platform.Misbehaviour <- wrong
                        let! sent = shop.Platform.PayAsync number
                        shop.Platform.Misbehaviour <- Misbehaviour.None
                        Expect.equal (sent.IsAccepted, sent.Attempts[0].StatusCode) (false, 401) code
                        Expect.stringContains shop.Log.Text ("refused: " + code) "logged by its code"

                    Expect.isEmpty shop.Seen "nothing was handed on"
                })

            testCaseTask "a signature probe is refused, and alarms nobody" (fun () ->
                task {
                    use! shop = openShop accept
                    let! probe = shop.Platform.SendProbeAsync shop.NotifyUrl
                    Expect.equal probe.Attempts[0].StatusCode 401 "refused, as the platform wants it"
                    Expect.isTrue probe.IsProbe "known as what it is"
                    Expect.isEmpty shop.Seen "not handled"
                    Expect.stringContains shop.Log.Text "signature_probe" "told apart"
                    Expect.isFalse (shop.Log.Text.Contains "Warning WeChatPay") "no warning"
                })

            testCaseTask "nothing is sent beyond loopback" (fun () ->
                task {
                    use! shop = openShop accept
                    let elsewhere = order shop "order-1"

                    let! _ =
                        shop.Client.Payments.PrepayNativeAsync(
                            WeChatPay.Api.NativePrepayRequest(
                                Appid = elsewhere.Appid,
                                Description = elsewhere.Description,
                                OutTradeNo = elsewhere.OutTradeNo,
                                NotifyUrl = "https://shop.test/notify",
                                Amount = elsewhere.Amount
                            )
                        )

                    let! sent = shop.Platform.PayAsync "order-1"
                    Expect.equal sent.Attempts[0].StatusCode 0 "not sent"
                    Expect.stringContains sent.Attempts[0].Outcome "loopback only" "and said so"
                })

            testCaseTask "the control API pays, settles, misbehaves and shows" (fun () ->
                task {
                    use! shop =
                        openWith (WeChatPaySimulatorOptions(SettlesRefunds = false)) ignore ignore accept

                    use http = new HttpClient(BaseAddress = shop.Platform.BaseAddress)
                    let post (path: string) = http.PostAsync(path, null)
                    let! _ = shop.Client.Payments.PrepayNativeAsync(order shop "order-1")
                    let! paid = post "/simulator/pay/order-1"
                    Expect.equal (int paid.StatusCode) 200 "paid"
                    let! _ = shop.Client.Refunds.CreateAsync(refundOf shop "order-1" "refund-1" 1L)
                    let! wrong = post "/simulator/refund/refund-1/lost"
                    Expect.equal (int wrong.StatusCode) 400 "no such outcome"
                    let! settled = post "/simulator/refund/refund-1/abnormal"
                    Expect.equal (int settled.StatusCode) 200 "settled"

                    Expect.equal
                        [ for seen in shop.Seen -> seen.EventType ]
                        [ "TRANSACTION.SUCCESS"; "REFUND.ABNORMAL" ]
                        "notified"

                    let! shown = http.GetStringAsync "/simulator/notifications"
                    Expect.stringContains shown "REFUND.ABNORMAL" "shown"
                    let! missing = post "/simulator/pay/order-2"
                    Expect.equal (int missing.StatusCode) 404 "no such order"
                    let! set = post "/simulator/misbehave/wrong-key,stale"
                    Expect.equal (int set.StatusCode) 204 "set"
                    Expect.equal shop.Platform.Misbehaviour (Misbehaviour.WrongKey ||| Misbehaviour.Stale) "both"
                    let! unknown = post "/simulator/misbehave/nothing-at-all"
                    Expect.equal (int unknown.StatusCode) 400 "named"
                    Expect.equal shop.Platform.Misbehaviour (Misbehaviour.WrongKey ||| Misbehaviour.Stale) "unchanged"
                })
        ]
