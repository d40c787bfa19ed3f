namespace WeChatPay.Functional

open System
open System.Globalization

/// How often the platform may be asked for its certificates.
[<NoComparison; ReferenceEquality>]
type RefreshPolicy =
    {
        /// How long certificates are taken for fresh.
        Interval: TimeSpan
        /// A certificate ends soon, and none follows, when it lasts no longer than this.
        EndsWithin: TimeSpan
        /// How long they are taken for fresh then.
        UrgentInterval: TimeSpan
        /// The first pause after a failure, while a key is valid; doubled with each failure.
        FirstPause: TimeSpan
        /// The longest pause after a failure, while a key is valid.
        LongestPause: TimeSpan
        /// The first pause after a failure while no key is valid: nothing works until one is there.
        FirstUrgentPause: TimeSpan
        /// The longest pause after a failure while no key is valid.
        LongestUrgentPause: TimeSpan
        /// The least time between two questions that unknown serials cause: notifications, and answers apart.
        UnknownPause: TimeSpan
        /// How long it is remembered that the platform does not have a serial.
        AbsentFor: TimeSpan
        /// How many such serials are remembered.
        MostAbsent: int
    }

/// What a question for certificates is asked for.
[<RequireQualifiedAccess>]
type RefreshCause =
    /// It is time.
    | Schedule
    /// An answer to a call of ours is signed by a key that is not known.
    | Answer
    /// A notification, whose sender is not proven, names a key that is not known.
    | Notification

/// What questions are asked for, in words.
[<RequireQualifiedAccess>]
module RefreshCause =
    /// One word, for logs and counts.
    let name cause =
        match cause with
        | RefreshCause.Schedule -> "schedule"
        | RefreshCause.Answer -> "answer"
        | RefreshCause.Notification -> "notification"

/// What became of the questions asked so far. Immutable; made by `Refresh` alone.
[<NoComparison; ReferenceEquality>]
type RefreshPast =
    internal
        {
            /// When certificates came last.
            Fetched: DateTimeOffset voption
            /// When the schedule's last question failed, since then.
            Failed: DateTimeOffset voption
            /// How many of the schedule's questions failed in a row.
            Failures: int
            /// Whether asking again is of no use until somebody has changed a setting.
            IsFinal: bool
            /// When an answer's unknown serial last made us ask.
            AnswerAsked: DateTimeOffset voption
            /// When a notification's unknown serial last made us ask.
            NotificationAsked: DateTimeOffset voption
            /// The question that is under way.
            UnderWay: RefreshCause voption
            /// The serial that the question is asked for.
            Wanted: string voption
            /// Serials that the platform does not have, and since when that is known.
            Absent: Map<string, DateTimeOffset>
        }

    /// The numbers; no serial, since strangers choose them.
    override past.ToString() =
        "RefreshPast("
        + past.Failures.ToString CultureInfo.InvariantCulture
        + " failures)"

/// What to do about a serial that is not known.
[<RequireQualifiedAccess>]
type RefreshAdvice =
    /// Ask the platform now.
    | Ask
    /// It is being asked: wait for that.
    | Join
    /// The key came meanwhile: look again.
    | LookAgain
    /// It is the id of a public key, which no question brings: it must be configured.
    | NotACertificate
    /// The platform was asked a while ago, and does not have it.
    | KnownAbsent
    /// The budget for serials that strangers may choose is used up for now.
    | OverBudget

/// When to ask the platform for its certificates: decisions only, given the past. Time may stand still, jump and run backwards.
[<RequireQualifiedAccess>]
module Refresh =
    /// Every twelve hours, as the platform recommends; every hour once the last certificate ends within five days; because of unknown serials once a minute.
    let usual =
        {
            Interval = TimeSpan.FromHours 12.0
            EndsWithin = TimeSpan.FromDays 5.0
            UrgentInterval = TimeSpan.FromHours 1.0
            FirstPause = TimeSpan.FromMinutes 1.0
            LongestPause = TimeSpan.FromHours 1.0
            FirstUrgentPause = TimeSpan.FromSeconds 1.0
            LongestUrgentPause = TimeSpan.FromMinutes 1.0
            UnknownPause = TimeSpan.FromMinutes 1.0
            AbsentFor = TimeSpan.FromMinutes 10.0
            MostAbsent = 1024
        }

    /// Nothing has been asked yet.
    let never =
        {
            Fetched = ValueNone
            Failed = ValueNone
            Failures = 0
            IsFinal = false
            AnswerAsked = ValueNone
            NotificationAsked = ValueNone
            UnderWay = ValueNone
            Wanted = ValueNone
            Absent = Map.empty
        }

    /// Certificates from an earlier run, that came at this time.
    let since fetched =
        { never with
            Fetched = ValueSome fetched
        }

    /// Whether a key is valid now, so that nobody need wait.
    let hasCurrent (now: DateTimeOffset) (keys: Keyring) =
        keys.All |> Seq.exists (Keyring.isCurrent now)

    /// The end of the key that lasts longest of those that are valid now.
    let private lastEnd now (keys: Keyring) =
        let current = keys.All |> Seq.filter (Keyring.isCurrent now) |> Seq.map _.NotAfter

        if Seq.isEmpty current then
            ValueNone
        else
            ValueSome(Seq.max current)

    /// The end of the certificate that lasts longest, whether it is valid already or not.
    let private lastCertificateEnd (keys: Keyring) =
        let certificates = keys.All |> Seq.filter (fun key -> not key.IsPublicKey)

        if Seq.isEmpty certificates then
            DateTimeOffset.MinValue
        else
            certificates |> Seq.map _.NotAfter |> Seq.max

    /// Later by so much, or as late as there is.
    let private after (pause: TimeSpan) (time: DateTimeOffset) =
        if DateTimeOffset.MaxValue - time <= pause then
            DateTimeOffset.MaxValue
        else
            time + pause

    let private afterwards (ends: DateTimeOffset) = after (TimeSpan.FromTicks 1L) ends

    /// Doubled so often, at most the longest; less by up to a half, so that many do not ask at once.
    let private backoff (first: TimeSpan) (longest: TimeSpan) failures (jitter: float) =
        let doubled = first.TotalSeconds * Math.Pow(2.0, float (min (failures - 1) 30))

        TimeSpan.FromSeconds((min doubled longest.TotalSeconds) * (1.0 - 0.5 * jitter))

    let private afterFailure policy now keys jitter (past: RefreshPast) =
        if not (hasCurrent now keys) then
            backoff policy.FirstUrgentPause policy.LongestUrgentPause past.Failures jitter
        elif past.IsFinal then
            policy.Interval
        else
            backoff policy.FirstPause policy.LongestPause past.Failures jitter

    let private afterSuccess policy keys (jitter: float) fetched =
        let remaining = lastCertificateEnd keys - fetched

        let interval =
            if remaining <= policy.EndsWithin then
                policy.UrgentInterval
            else
                policy.Interval

        interval * (1.0 - 0.1 * jitter)

    /// When the schedule asks next: in its own time, or when the last valid key ends, whichever comes first. The jitter is a number from 0 to 1 that stays the same between two questions.
    let due (policy: RefreshPolicy) (jitter: float) (now: DateTimeOffset) (keys: Keyring) (past: RefreshPast) =
        match past.Failed, past.Fetched, lastEnd now keys with
        | ValueSome failed, _, ValueNone -> failed |> after (afterFailure policy now keys jitter past)
        | ValueSome failed, _, ValueSome ends ->
            failed
            |> after (afterFailure policy now keys jitter past)
            |> min (afterwards ends)
        // What came has ended, or is not valid yet.
        | ValueNone, ValueSome fetched, ValueNone -> fetched |> after policy.LongestUrgentPause
        | ValueNone, ValueSome fetched, ValueSome ends ->
            fetched
            |> after (afterSuccess policy keys jitter fetched)
            |> min (afterwards ends)
        | ValueNone, ValueNone, _ -> DateTimeOffset.MinValue

    /// When the schedule last learned something.
    let private lastHeard (past: RefreshPast) =
        past.Failed |> ValueOption.orElse past.Fetched

    /// Whether the schedule asks now. A clock that stands before the last question was wrong then, or is now: that asks, too.
    let isDue policy jitter (now: DateTimeOffset) keys (past: RefreshPast) =
        match past.UnderWay, lastHeard past with
        | ValueSome _, _ -> false
        | ValueNone, ValueSome last when now < last -> true
        | ValueNone, _ -> now >= due policy jitter now keys past

    /// A certificate's serial, in hex as the platform writes it: nothing else is worth a question.
    let private isCertificateSerial (serial: string) =
        1 <= serial.Length
        && serial.Length <= 40
        && String.forall Char.IsAsciiHexDigit serial

    /// Whether so little time has passed; not when the clock was set back.
    let private isWithin (pause: TimeSpan) (now: DateTimeOffset) (last: DateTimeOffset voption) =
        match last with
        | ValueSome last -> last <= now && now - last < pause
        | ValueNone -> false

    let private lastAsked cause (past: RefreshPast) =
        match cause with
        | RefreshCause.Answer -> past.AnswerAsked
        | RefreshCause.Notification -> past.NotificationAsked
        | RefreshCause.Schedule -> ValueNone

    /// What to do about a serial that no key of the ring has, or whose key is not valid now.
    let adviseOn policy (now: DateTimeOffset) cause (serial: string) (keys: Keyring) (past: RefreshPast) =
        let serial = Serial.canonical serial

        match Keyring.select now serial keys with
        | Ok _ -> RefreshAdvice.LookAgain
        | Error _ when not (isCertificateSerial serial) -> RefreshAdvice.NotACertificate
        | Error _ when
            past.Absent
            |> Map.tryFind serial
            |> Option.exists (fun since -> isWithin policy.AbsentFor now (ValueSome since))
            ->
            RefreshAdvice.KnownAbsent
        | Error _ when past.UnderWay.IsSome -> RefreshAdvice.Join
        | Error _ when isWithin policy.UnknownPause now (lastAsked cause past) -> RefreshAdvice.OverBudget
        | Error _ -> RefreshAdvice.Ask

    /// A question is asked now because it is time.
    let begun (past: RefreshPast) =
        { past with
            UnderWay = ValueSome RefreshCause.Schedule
            Wanted = ValueNone
        }

    /// A question is asked now for this serial; when it brings no valid key of it, the serial is absent for a while.
    let begunFor (serial: string) (now: DateTimeOffset) cause (past: RefreshPast) =
        let asked =
            match cause with
            | RefreshCause.Schedule -> past
            | RefreshCause.Answer ->
                { past with
                    AnswerAsked = ValueSome now
                }
            | RefreshCause.Notification ->
                { past with
                    NotificationAsked = ValueSome now
                }

        { asked with
            UnderWay = ValueSome cause
            Wanted = ValueSome(Serial.canonical serial)
        }

    /// Whether a question is under way.
    let isUnderWay (past: RefreshPast) = past.UnderWay.IsSome

    /// The newest so many of those that are not forgotten yet.
    let private remember policy now (absent: Map<string, DateTimeOffset>) =
        let fresh =
            absent
            |> Map.filter (fun _ since -> isWithin policy.AbsentFor now (ValueSome since))

        if fresh.Count <= policy.MostAbsent then
            fresh
        else
            fresh
            |> Map.toSeq
            |> Seq.sortByDescending snd
            |> Seq.truncate policy.MostAbsent
            |> Map.ofSeq

    /// The question brought certificates; the ring has them.
    let succeeded policy now (keys: Keyring) (past: RefreshPast) =
        let absent =
            match past.Wanted with
            | ValueSome serial when Keyring.select now serial keys |> Result.isError ->
                past.Absent |> Map.add serial now |> remember policy now
            | ValueSome _
            | ValueNone -> past.Absent

        { past with
            Fetched = ValueSome now
            Failed = ValueNone
            Failures = 0
            IsFinal = false
            UnderWay = ValueNone
            Wanted = ValueNone
            Absent = absent
        }

    /// The question brought nothing. What strangers made us ask delays nothing that is due; a final failure is one that lasts until somebody has changed a setting.
    let failed now isFinal (past: RefreshPast) =
        let ended =
            { past with
                UnderWay = ValueNone
                Wanted = ValueNone
            }

        match past.UnderWay with
        | ValueSome RefreshCause.Answer
        | ValueSome RefreshCause.Notification -> ended
        | ValueSome RefreshCause.Schedule
        | ValueNone ->
            { ended with
                Failed = ValueSome now
                Failures = past.Failures + 1
                IsFinal = isFinal
            }
