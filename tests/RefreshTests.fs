/// When to ask for the platform's certificates: the core's decisions, driven by a clock that nobody waits for.
module WeChatPay.Tests.RefreshTests

open System
open Expecto
open FsCheck
open FsCheck.FSharp
open WeChatPay.Functional
open WeChatPay.Tests.Platform
open WeChatPay.Tests.RotatingPlatform

let private policy = Refresh.usual
let private minutes (count: float) = TimeSpan.FromMinutes count
let private hours (count: float) = TimeSpan.FromHours count
let private days (count: float) = TimeSpan.FromDays count

let private lasting =
    certify 1 (now.AddDays -1.0) (now.AddDays 400.0) |> List.singleton |> keyringOf

let private isDueAt jitter (time: DateTimeOffset) keys past =
    Refresh.isDue policy jitter time keys past

let private fetchedAt (time: DateTimeOffset) keys =
    Refresh.never |> Refresh.begun |> Refresh.succeeded policy time keys

let private failedAt (time: DateTimeOffset) isFinal past =
    past |> Refresh.begun |> Refresh.failed time isFinal

let private schedule =
    testList
        "schedule"
        [
            test "at first use it asks" {
                Expect.isTrue (isDueAt 0.0 now Keyring.none Refresh.never) "no key"
                Expect.isTrue (isDueAt 0.0 now lasting Refresh.never) "keys of unknown age"
            }

            test "not again for twelve hours, and then" {
                let past = fetchedAt now lasting
                Expect.isFalse (isDueAt 0.0 (now + hours 12.0 - minutes 1.0) lasting past) "before"
                Expect.isTrue (isDueAt 0.0 (now + hours 12.0) lasting past) "after"
            }

            test "many do not ask at once: up to a tenth earlier" {
                let past = fetchedAt now lasting
                Expect.isTrue (isDueAt 1.0 (now + hours 10.8) lasting past) "the earliest"
                Expect.isFalse (isDueAt 1.0 (now + hours 10.7) lasting past) "not before"
            }

            test "every hour once the last certificate ends within five days" {
                let until days' =
                    certify 2 (now.AddDays -300.0) (now + days days') |> List.singleton |> keyringOf

                let ending, staying = until 4.9, until 5.1
                Expect.isTrue (isDueAt 0.0 (now + hours 1.0) ending (fetchedAt now ending)) "ending"
                Expect.isFalse (isDueAt 0.0 (now + hours 1.0) staying (fetchedAt now staying)) "staying"
            }

            test "at once when the last valid key has ended, and then once a minute" {
                let ended = certify 3 (now.AddDays -300.0) (now + hours 2.0)
                let keys = keyringOf [ ended ]
                let past = fetchedAt now keys
                let after = ended.NotAfter + TimeSpan.FromTicks 1L
                Expect.isTrue (isDueAt 0.0 after keys past) "ended"
                let past = past |> Refresh.begun |> Refresh.succeeded policy after keys
                Expect.isFalse (isDueAt 0.0 (after + minutes 0.9) keys past) "it brought nothing that is valid"
                Expect.isTrue (isDueAt 0.0 (after + minutes 1.0) keys past) "a minute later"
            }

            test "a public key beside them ends no wait" {
                let keys =
                    force (Keyring.create [ publicKey; key (certify 3 (now.AddDays -9.0) (now + hours 2.0)) ])

                let past = fetchedAt now keys
                Expect.isFalse (isDueAt 0.0 (now + minutes 59.0) keys past) "before the hour"
                Expect.isTrue (isDueAt 0.0 (now + hours 1.0) keys past) "the certificate ends soon"
            }

            test "nothing is due while a question is under way" {
                Expect.isFalse (isDueAt 0.0 now Keyring.none (Refresh.begun Refresh.never)) "one at a time"
            }

            test "failures while a key is valid: pauses of a minute and more, an hour at most" {
                let pauseAfter failures =
                    let past =
                        List.fold (fun past _ -> failedAt now false past) (fetchedAt now lasting) [ 1..failures ]

                    Refresh.due policy 0.0 now lasting past - now

                Expect.equal (pauseAfter 1) (minutes 1.0) "first"
                Expect.equal (pauseAfter 2) (minutes 2.0) "second"
                Expect.equal (pauseAfter 5) (minutes 16.0) "fifth"
                Expect.equal (pauseAfter 7) (hours 1.0) "seventh"
                Expect.equal (pauseAfter 5000) (hours 1.0) "no overflow"
            }

            test "failures while no key is valid: pauses of a second and more, a minute at most" {
                let pauseAfter failures =
                    let past =
                        List.fold (fun past _ -> failedAt now false past) Refresh.never [ 1..failures ]

                    Refresh.due policy 0.0 now Keyring.none past - now

                Expect.equal (pauseAfter 1) (TimeSpan.FromSeconds 1.0) "first"
                Expect.equal (pauseAfter 4) (TimeSpan.FromSeconds 8.0) "fourth"
                Expect.equal (pauseAfter 9) (minutes 1.0) "ninth"
            }

            test
                "what only a changed setting mends is asked again in twelve hours, or, with no key, in the usual pauses" {
                let past = failedAt now true (fetchedAt now lasting)
                Expect.equal (Refresh.due policy 0.0 now lasting past) (now + hours 12.0) "with a key"
                let past = failedAt now true Refresh.never
                Expect.equal (Refresh.due policy 0.0 now Keyring.none past) (now + TimeSpan.FromSeconds 1.0) "without"
            }

            test "the end of the last valid key waits for no pause" {
                let keys = keyringOf [ certify 3 (now.AddDays -300.0) (now + hours 2.0) ]
                let past = failedAt now true (fetchedAt now keys)

                Expect.equal
                    (Refresh.due policy 0.0 now keys past)
                    (now + hours 2.0 + TimeSpan.FromTicks 1L)
                    "not in twelve hours"
            }

            test "a clock that was set back asks, and is not stuck until it has caught up" {
                let past = fetchedAt (now + days 30.0) lasting
                Expect.isTrue (isDueAt 0.0 now lasting past) "the last answer is from the future"
                let past = past |> Refresh.begun |> Refresh.succeeded policy now lasting
                Expect.isFalse (isDueAt 0.0 (now + minutes 1.0) lasting past) "once"
            }

            testProperty "total at either end of time"
            <| fun (jitter: NormalFloat) (failures: PositiveInt) ->
                let ends = [ DateTimeOffset.MinValue; now; DateTimeOffset.MaxValue ]
                let jitter = abs (jitter.Get % 1.0)

                for time in ends do
                    for other in ends do
                        let past = fetchedAt time lasting

                        let past =
                            List.fold (fun past _ -> failedAt time false past) past [ 1 .. min failures.Get 50 ]

                        Refresh.due policy jitter other lasting past |> ignore
                        Refresh.isDue policy jitter other Keyring.none past |> ignore
        ]

let private advice cause (time: DateTimeOffset) (serial: string) keys past =
    Refresh.adviseOn policy time cause serial keys past

let private unknownSerials =
    testList
        "unknown serials"
        [
            test "a certificate's serial is asked for, a public key's id never" {
                Expect.equal
                    (advice RefreshCause.Notification now "51AB" lasting (fetchedAt now lasting))
                    RefreshAdvice.Ask
                    "serial"

                for other in [ PublicKeyId; ""; "51AG"; String('A', 41); "51AB " ] do
                    Expect.equal
                        (advice RefreshCause.Notification now other lasting (fetchedAt now lasting))
                        RefreshAdvice.NotACertificate
                        other
            }

            test "a key that has come meanwhile needs no question" {
                let serial = lasting.Serials |> Seq.head

                Expect.equal
                    (advice RefreshCause.Answer now serial lasting Refresh.never)
                    RefreshAdvice.LookAgain
                    "it is there"

                Expect.equal
                    (advice RefreshCause.Answer now ("00" + serial.ToLowerInvariant()) lasting Refresh.never)
                    RefreshAdvice.LookAgain
                    "in any spelling"
            }

            test "whoever comes while it is asked waits for that" {
                let past = Refresh.begunFor "51AB" now RefreshCause.Answer (fetchedAt now lasting)
                Expect.equal (advice RefreshCause.Answer now "51AC" lasting past) RefreshAdvice.Join "one at a time"
            }

            test "what the platform does not have is not asked for again for ten minutes" {
                let past =
                    fetchedAt now lasting
                    |> Refresh.begunFor "00ab51" now RefreshCause.Answer
                    |> Refresh.succeeded policy now lasting

                Expect.equal
                    (advice RefreshCause.Answer (now + minutes 9.9) "AB51" lasting past)
                    RefreshAdvice.KnownAbsent
                    "within"

                Expect.equal
                    (advice RefreshCause.Answer (now + minutes 10.0) "AB51" lasting past)
                    RefreshAdvice.Ask
                    "after"
            }

            test "strangers cause one question a minute, and take none from answers" {
                let past =
                    fetchedAt now lasting
                    |> Refresh.begunFor "51AA" now RefreshCause.Notification
                    |> Refresh.succeeded policy now lasting

                let at time cause = advice cause time "51AB" lasting past

                Expect.equal
                    (at (now + minutes 0.99) RefreshCause.Notification)
                    RefreshAdvice.OverBudget
                    "within the minute"

                Expect.equal (at (now + minutes 1.0) RefreshCause.Notification) RefreshAdvice.Ask "after it"
                Expect.equal (at now RefreshCause.Answer) RefreshAdvice.Ask "an answer has a budget of its own"

                Expect.equal
                    (at (now - minutes 5.0) RefreshCause.Notification)
                    RefreshAdvice.Ask
                    "the clock was set back"
            }

            test "a failure that a stranger caused delays nothing that is due" {
                let past =
                    fetchedAt now lasting
                    |> Refresh.begunFor "51AA" (now + hours 11.9) RefreshCause.Notification
                    |> Refresh.failed (now + hours 11.9) false

                Expect.isTrue (isDueAt 0.0 (now + hours 12.0) lasting past) "on time"
            }
        ]

/// Certificates that last a year and are listed three weeks before the last one ends, over five years.
let private rotations =
    [
        for number in 0..5 ->
            let start = now.AddDays(344.0 * float number)
            certify (100 + number) start (start.AddDays 365.0)
    ]

let private listedAt (time: DateTimeOffset) =
    rotations
    |> List.filter (fun certificate -> certificate.NotBefore <= time && time <= certificate.NotAfter)

let private ringAt =
    let rings = System.Collections.Generic.Dictionary<string, Keyring>()

    fun time ->
        let listed = listedAt time
        let name = listed |> List.map _.Serial |> String.concat " "

        match rings.TryGetValue name with
        | true, ring -> ring
        | _ ->
            rings[name] <- keyringOf listed
            rings[name]

/// A merchant over five years in steps of five minutes; the platform fails in these steps. Gives the questions' times, and whether a key was always valid.
let private live (isDown: int -> bool) =
    let steps = 5 * 365 * 24 * 12
    let mutable keys, past = Keyring.none, Refresh.never
    let mutable withoutKey = 0
    let questions = ResizeArray<DateTimeOffset>()
    let mutable time = now

    let answer step (asked: RefreshPast) =
        questions.Add time

        if isDown step then
            past <- Refresh.failed time false asked
        else
            keys <- ringAt time
            past <- Refresh.succeeded policy time keys asked

    for step in 0 .. steps - 1 do
        time <- now + minutes (5.0 * float step)

        if Refresh.isDue policy 0.5 time keys past then
            answer step (Refresh.begun past)

        if not (Refresh.hasCurrent time keys) then
            withoutKey <- withoutKey + 1

    questions, withoutKey

let private years =
    testList
        "five years"
        [
            test "never without a valid key, and about two questions a day" {
                let questions, withoutKey = live (fun _ -> false)
                Expect.equal withoutKey 0 "always a key"
                Expect.isLessThan questions.Count (5 * 365 * 3) "no storm"
                Expect.isGreaterThan questions.Count (5 * 365) "and no sleep"
            }

            test "nor where the platform is down for a week at a time" {
                // Down 7 days of every 20: 288 steps of five minutes a day.
                let questions, withoutKey = live (fun step -> step > 0 && step / 288 % 20 >= 13)

                Expect.equal withoutKey 0 "always a key"
                Expect.isLessThan questions.Count (5 * 365 * 24) "at most one an hour over the years"
            }

            test "a hundred thousand random serials in an hour cause one question a minute, and the schedule's" {
                let random = Random 7
                let mutable past = fetchedAt now lasting
                let mutable questions = 0

                for step in 0..99_999 do
                    let time = now + TimeSpan.FromMilliseconds(36.0 * float step)
                    let serial = Convert.ToHexString(BitConverter.GetBytes(random.NextInt64()))

                    if advice RefreshCause.Notification time serial lasting past = RefreshAdvice.Ask then
                        questions <- questions + 1

                        past <-
                            past
                            |> Refresh.begunFor serial time RefreshCause.Notification
                            |> Refresh.succeeded policy time lasting

                Expect.equal questions 60 "one a minute"
            }
        ]

[<Tests>]
let tests = testList "refresh" [ schedule; unknownSerials; years ]
