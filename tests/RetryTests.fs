/// Whether a call is sent once more, as a pure decision.
module WeChatPay.Tests.RetryTests

open System
open System.Collections.Generic
open Expecto
open FsCheck
open FsCheck.FSharp
open WeChatPay
open WeChatPay.Functional

type private Case =
    {
        Policy: RetryPolicy
        Nature: CallNature
        Past: CallPast
        Jitter: float
        Ending: AttemptEnd
    }

let private spans (largest: int64) =
    Gen.frequency
        [
            6, Gen.choose64 (0L, largest) |> Gen.map TimeSpan.FromMilliseconds
            1, Gen.elements [ TimeSpan.MinValue; TimeSpan.MaxValue; TimeSpan.Zero; TimeSpan.FromTicks -1L ]
        ]

let private endings =
    gen {
        let! status =
            Gen.elements
                [
                    202
                    302
                    400
                    401
                    403
                    404
                    409
                    428
                    429
                    430
                    499
                    500
                    502
                    503
                    504
                    599
                    600
                    0
                    -1
                ]

        let! code =
            Gen.elements [ ""; "SYSTEM_ERROR"; "FREQUENCY_LIMITED"; "RATELIMIT_EXCEEDED"; "ORDERPAID" ]

        let! isSigned = Gen.elements [ true; false ]
        let! asked = Gen.optionOf (spans 20_000L)
        let after = asked |> Option.map ValueSome |> Option.defaultValue ValueNone

        return!
            Gen.elements
                [
                    AttemptEnd.NeverSent
                    AttemptEnd.NoAnswer
                    AttemptEnd.NotTrusted
                    AttemptEnd.Refused(status, code, isSigned, after)
                    AttemptEnd.Refused(status, code, isSigned, after)
                ]
    }

let private cases =
    gen {
        let! attempts =
            Gen.frequency [ 8, Gen.choose (0, 5); 1, Gen.elements [ Int32.MinValue; Int32.MaxValue ] ]

        let! budget = spans 20_000L
        let! first = spans 2_000L
        let! longest = spans 5_000L
        let! changes = Gen.elements [ true; false ]
        let! repeatable = Gen.elements [ true; false ]

        let! tried =
            Gen.frequency [ 8, Gen.choose (1, 5); 1, Gen.elements [ Int32.MinValue; Int32.MaxValue ] ]

        let! elapsed = spans 20_000L
        let! inDoubt = Gen.elements [ true; false ]

        let! jitter =
            Gen.elements [ 0.0; 0.25; 0.5; 1.0; -3.0; 7.0; nan; infinity; -infinity ]

        let! ending = endings

        return
            {
                Policy =
                    {
                        Attempts = attempts
                        Budget = budget
                        FirstDelay = first
                        LongestDelay = longest
                    }
                Nature =
                    {
                        ChangesSomething = changes
                        IsRepeatable = repeatable
                    }
                Past =
                    {
                        Attempts = tried
                        Elapsed = elapsed
                        IsInDoubt = inDoubt
                    }
                Jitter = jitter
                Ending = ending
            }
    }

let private decide case =
    Retry.decide case.Policy case.Nature case.Jitter case.Past case.Ending

let private holds name property =
    testCase name (fun () ->
        Check.One(Config.QuickThrowOnFailure.WithMaxTest 20_000, Prop.forAll (Arb.fromGen cases) property))

let private asking =
    {
        ChangesSomething = false
        IsRepeatable = true
    }

let private byNumber =
    {
        ChangesSomething = true
        IsRepeatable = true
    }

let private once =
    {
        ChangesSomething = true
        IsRepeatable = false
    }

let private first =
    {
        Attempts = 1
        Elapsed = TimeSpan.FromMilliseconds 10L
        IsInDoubt = false
    }

let private after ending nature past =
    match Retry.decide Retry.usual nature 1.0 past ending with
    | RetryDecision.SendAgain(delay, isOther) -> "again", delay.TotalMilliseconds, isOther
    | RetryDecision.GiveUp -> "over", 0.0, false
    | RetryDecision.OutcomeUnknown -> "unknown", 0.0, false

let private refused status code isSigned =
    AttemptEnd.Refused(status, code, isSigned, ValueNone)

let private decisions =
    testList
        "decisions"
        [
            for label, ending, forAsking, forNumber, forOnce in
                [
                    "never sent", AttemptEnd.NeverSent, "again", "again", "again"
                    "no answer", AttemptEnd.NoAnswer, "again", "again", "unknown"
                    "not trusted", AttemptEnd.NotTrusted, "over", "unknown", "unknown"
                    "429, signed", refused 429 "FREQUENCY_LIMITED" true, "again", "again", "over"
                    "429, unsigned", refused 429 "" false, "again", "again", "unknown"
                    "500, signed", refused 500 "SYSTEM_ERROR" true, "again", "again", "unknown"
                    "502, unsigned", refused 502 "" false, "again", "again", "unknown"
                    "504, unsigned", refused 504 "" false, "again", "again", "unknown"
                    "too fast, signed", refused 403 "RATELIMIT_EXCEEDED" true, "again", "again", "over"
                    "too fast, unsigned", refused 403 "RATELIMIT_EXCEEDED" false, "over", "unknown", "unknown"
                    "400, signed", refused 400 "PARAM_ERROR" true, "over", "over", "over"
                    "404, signed", refused 404 "ORDER_NOT_EXIST" true, "over", "over", "over"
                    "404, unsigned", refused 404 "" false, "over", "unknown", "unknown"
                    "302, unsigned", refused 302 "" false, "over", "unknown", "unknown"
                ] do
                test label {
                    for who, nature, expected in
                        [
                            "a question", asking, forAsking
                            "by number", byNumber, forNumber
                            "once", once, forOnce
                        ] do
                        let found, _, _ = after ending nature first
                        Expect.equal found expected who
                }

            test "another host only where this one is at fault" {
                for ending, expected in
                    [
                        AttemptEnd.NeverSent, true
                        AttemptEnd.NoAnswer, true
                        refused 500 "SYSTEM_ERROR" true, false
                        refused 429 "" false, false
                    ] do
                    let _, _, isOther = after ending byNumber first
                    Expect.equal isOther expected (string ending)
            }

            test "waits double, and end at the longest" {
                for attempts, expected in [ 1, 200.0; 2, 400.0 ] do
                    let _, delay, _ =
                        after AttemptEnd.NoAnswer asking { first with Attempts = attempts }

                    Expect.equal delay expected (string attempts)

                let policy = { Retry.usual with Attempts = 100 }

                match Retry.decide policy asking 1.0 { first with Attempts = 9 } AttemptEnd.NoAnswer with
                | RetryDecision.SendAgain(delay, _) -> Expect.equal delay policy.LongestDelay "the longest"
                | other -> failtestf "%A" other
            }

            test "Retry-After is waited for within the budget, and not shortened beyond it" {
                for seconds, expected in
                    [
                        1L, ("again", 1000.0, false)
                        99L, ("again", 99000.0, false)
                        100L, ("over", 0.0, false)
                    ] do
                    let ending =
                        AttemptEnd.Refused(429, "", true, ValueSome(TimeSpan.FromSeconds seconds))

                    Expect.equal (after ending asking first) expected (string seconds)
            }

            test "after a lost answer no refusal says that nothing happened" {
                let past =
                    { first with
                        Attempts = 2
                        IsInDoubt = true
                    }

                for ending in [ refused 400 "PARAM_ERROR" true; refused 404 "" true; AttemptEnd.NeverSent ] do
                    let found, _, _ = after ending once past
                    Expect.equal found "unknown" "in doubt"

                let found, _, _ = after (refused 400 "PARAM_ERROR" true) byNumber past
                Expect.equal found "unknown" "by number, too"
                let found, _, _ = after (refused 400 "PARAM_ERROR" true) asking past
                Expect.equal found "over" "a question changes nothing"
            }
        ]

let private properties =
    testList
        "properties"
        [
            holds "any past gives a decision, and never more than the budget" (fun case ->
                match decide case with
                | RetryDecision.SendAgain(delay, _) ->
                    case.Past.Attempts < case.Policy.Attempts
                    && delay >= TimeSpan.Zero
                    && max case.Past.Elapsed TimeSpan.Zero < case.Policy.Budget
                    && delay < case.Policy.Budget - max case.Past.Elapsed TimeSpan.Zero
                | RetryDecision.GiveUp
                | RetryDecision.OutcomeUnknown -> true)

            holds "what may have been received and is not described as repeatable is never sent again" (fun case ->
                match decide case with
                | RetryDecision.SendAgain _ ->
                    case.Nature.IsRepeatable || (case.Ending.IsNeverSent && not case.Past.IsInDoubt)
                | RetryDecision.GiveUp
                | RetryDecision.OutcomeUnknown -> true)

            holds "a wait is between half of the doubled first one and the longest, or what was asked for" (fun case ->
                match decide case, case.Ending with
                | RetryDecision.SendAgain(delay, _), AttemptEnd.Refused(_, _, _, ValueSome asked) ->
                    delay >= asked
                    && (delay = asked || delay <= max case.Policy.LongestDelay TimeSpan.Zero)
                | RetryDecision.SendAgain(delay, _), _ ->
                    let least =
                        min (max case.Policy.FirstDelay TimeSpan.Zero) (max case.Policy.LongestDelay TimeSpan.Zero)

                    delay <= max case.Policy.LongestDelay TimeSpan.Zero
                    && delay.Ticks + 1L >= least.Ticks / 2L
                | _ -> true)

            holds
                "an unsigned refusal or an answer that is not trusted never ends as if nothing had happened"
                (fun case ->
                    match decide case, case.Ending with
                    | RetryDecision.GiveUp, AttemptEnd.NotTrusted
                    | RetryDecision.GiveUp, AttemptEnd.NoAnswer
                    | RetryDecision.GiveUp, AttemptEnd.Refused(_, _, false, _) -> not case.Nature.ChangesSomething
                    | _ -> true)

            holds "an unsigned 4xx never leads to a second effect" (fun case ->
                match decide case, case.Ending with
                | RetryDecision.SendAgain _, AttemptEnd.Refused(status, _, false, _) when status < 500 ->
                    case.Nature.IsRepeatable && status = 429
                | _ -> true)

            holds "a question is never in doubt" (fun case ->
                case.Nature.ChangesSomething || not (decide case).IsOutcomeUnknown)
        ]

let private waits =
    testList
        "Retry-After"
        [
            test "seconds and dates are read, nothing else" {
                let now = Platform.now

                for text, expected in
                    [
                        "0", ValueSome 0.0
                        "17", ValueSome 17.0
                        " 17 ", ValueSome 17.0
                        "86400", ValueSome 86400.0
                        "86401", ValueNone
                        "-1", ValueNone
                        "1.5", ValueNone
                        "soon", ValueNone
                        "", ValueNone
                        "99999999999999", ValueNone
                        now.AddSeconds(30.0).ToString "r", ValueSome 30.0
                        now.AddSeconds(-30.0).ToString "r", ValueSome 0.0
                        now.AddDays(2.0).ToString "r", ValueNone
                    ] do
                    let headers = [ KeyValuePair("retry-after", text) ]

                    Expect.equal (RetryAfter.read now headers |> ValueOption.map _.TotalSeconds) expected text

                Expect.equal (RetryAfter.read now []) ValueNone "no header"
            }
        ]

let private route =
    testList
        "hosts"
        [
            test "a host that fails is left, and calls stay where they are" {
                let now = Platform.now
                let left = HostRoute.failed now 3 0 HostRoute.main
                Expect.equal left.Current 1 "the next"
                Expect.equal (HostRoute.failed now 3 0 left).Current 1 "whoever comes late changes nothing"
                let struct (host, _) = HostRoute.choose (now.AddMinutes 4.9) true left
                Expect.equal host 1 "sticky"

                Expect.equal
                    (HostRoute.failed now 3 2 { left with Current = 2 }).Current
                    0
                    "after the last the main one"

                Expect.equal (HostRoute.failed now 1 0 HostRoute.main).Current 0 "there is but one"
            }

            test "the main host is tried again after five minutes, by one call that may be repeated" {
                let now = Platform.now
                let left = HostRoute.failed now 2 0 HostRoute.main
                let later = now.AddMinutes 5.0
                let struct (host, _) = HostRoute.choose later false left
                Expect.equal host 1 "not by a call that may not be repeated"
                let struct (host, tried) = HostRoute.choose later true left
                Expect.equal host 0 "by one"
                let struct (host, _) = HostRoute.choose later true tried
                Expect.equal host 1 "not by the next"
                Expect.equal (HostRoute.failed later 2 0 tried).Current 1 "it is still gone: the backup stays"
                Expect.equal (HostRoute.answered 0 tried).Current 0 "it is back"
                Expect.equal (HostRoute.answered 1 tried).Current 1 "the backup's answer says nothing of the main one"
            }

            test "any clock and any number give a host that is there" {
                let property
                    (now: DateTimeOffset)
                    (again: DateTimeOffset)
                    (hosts: PositiveInt)
                    (host: NonNegativeInt)
                    isRepeatable
                    =
                    let route =
                        {
                            Current = host.Get % hosts.Get
                            MainAgainAt = again
                        }

                    let failed = HostRoute.failed now hosts.Get route.Current route
                    let struct (chosen, after) = HostRoute.choose now isRepeatable failed

                    List.forall (fun host -> 0 <= host && host < hosts.Get) [ chosen; after.Current; failed.Current ]

                Check.QuickThrowOnFailure property

                Check.QuickThrowOnFailure(fun hosts host ->
                    property DateTimeOffset.MaxValue DateTimeOffset.MaxValue hosts host true)
            }
        ]

[<Tests>]
let tests = testList "retry" [ decisions; properties; waits; route ]
