namespace WeChatPay.Functional

open System
open System.Collections.Generic
open System.Globalization

/// How often and for how long one call may be tried.
[<NoComparison>]
type RetryPolicy =
    {
        /// How often the request is sent at most, the first time included.
        Attempts: int
        /// Nothing is sent again later than this after the call began.
        Budget: TimeSpan
        /// The wait before the second attempt; it doubles with each further one.
        FirstDelay: TimeSpan
        /// The longest wait of our own choice; a `Retry-After` may be longer, within the budget.
        LongestDelay: TimeSpan
    }

/// What a call does, for the question whether it may be sent once more.
[<NoComparison>]
type CallNature =
    {
        /// Whether it changes something, so that a lost answer leaves its outcome unknown.
        ChangesSomething: bool
        /// Whether the very same request may be sent again: what only asks, and what the platform does once for a number.
        IsRepeatable: bool
    }

/// What became of a call so far, the attempt that has just ended included.
[<NoComparison>]
type CallPast =
    {
        /// How often it has been tried.
        Attempts: int
        /// Since the call began.
        Elapsed: TimeSpan
        /// Whether an earlier attempt may have taken effect.
        IsInDoubt: bool
    }

/// How an attempt ended that gave no data.
[<RequireQualifiedAccess; NoComparison>]
type AttemptEnd =
    /// The request was never sent: no connection came about, or nothing of the body left.
    | NeverSent
    /// It was sent, and no whole answer came.
    | NoAnswer
    /// An answer came that must not be used: not proven to be the platform's, not as described, too large, or to another question.
    | NotTrusted
    /// The platform, or something on the way to it, refused.
    | Refused of Status: int * Code: string * IsSigned: bool * RetryAfter: TimeSpan voption

/// What to do after an attempt that gave no data.
[<RequireQualifiedAccess; NoComparison>]
type RetryDecision =
    /// The same body once more, signed anew, after a wait; on another host where there is one and this one is at fault.
    | SendAgain of Delay: TimeSpan * OnAnotherHost: bool
    /// The failure stands, and nothing has happened.
    | GiveUp
    /// The call may have taken effect: only a query settles it.
    | OutcomeUnknown

/// How long an answer asks to be left alone.
[<RequireQualifiedAccess>]
module RetryAfter =
    [<Literal>]
    let private Longest = 86_400

    /// Seconds, or a date; what is neither, or more than a day away, counts as absent.
    let read (now: DateTimeOffset) (headers: KeyValuePair<string, string> seq) : TimeSpan voption =
        let text = (HttpHeaders.find "Retry-After" headers).Trim()

        let bounded (span: TimeSpan) =
            if span.TotalSeconds > float Longest then ValueNone
            elif span.Ticks < 0L then ValueSome TimeSpan.Zero
            else ValueSome span

        match Int32.TryParse(text, NumberStyles.None, CultureInfo.InvariantCulture) with
        | true, seconds -> bounded (TimeSpan.FromSeconds(int64 seconds))
        | _ -> HttpHeaders.tryDate text |> ValueOption.bind (fun date -> bounded (date - now))

/// Whether a call is sent once more. What cannot be repeated safely never is.
[<RequireQualifiedAccess>]
module Retry =
    /// Three attempts within a hundred seconds, 200 ms and 400 ms apart.
    let usual: RetryPolicy =
        {
            Attempts = 3
            Budget = TimeSpan.FromSeconds 100L
            FirstDelay = TimeSpan.FromMilliseconds 200L
            LongestDelay = TimeSpan.FromSeconds 5L
        }

    /// Each call is sent once.
    let off: RetryPolicy = { usual with Attempts = 1 }

    /// The platform's words for "too fast", whatever the status beside them.
    let private isTooFast code =
        match code with
        | "RATELIMIT_EXCEEDED"
        | "RATELIMIT_EXCEED"
        | "RATE_LIMITED"
        | "FREQUENCY_LIMITED" -> true
        | _ -> false

    let private isPassing status code isSigned =
        status = 429 || (500 <= status && status <= 599) || (isSigned && isTooFast code)

    /// Whether an attempt that ended so may have taken effect: a refusal that is signed and not a 5xx says that it has not.
    let leavesDoubt (nature: CallNature) (ending: AttemptEnd) =
        nature.ChangesSomething
        && match ending with
           | AttemptEnd.NeverSent -> false
           | AttemptEnd.NoAnswer
           | AttemptEnd.NotTrusted -> true
           | AttemptEnd.Refused(status, _, isSigned, _) -> not isSigned || status >= 500

    let private mayRepeat (nature: CallNature) (past: CallPast) ending =
        match ending with
        | AttemptEnd.NeverSent -> nature.IsRepeatable || not past.IsInDoubt
        | AttemptEnd.NoAnswer -> nature.IsRepeatable
        | AttemptEnd.NotTrusted -> false
        | AttemptEnd.Refused(status, code, isSigned, _) -> nature.IsRepeatable && isPassing status code isSigned

    /// Whether a host is to be left: it could not be reached, or gave no answer.
    let isHostAtFault (ending: AttemptEnd) =
        match ending with
        | AttemptEnd.NeverSent
        | AttemptEnd.NoAnswer -> true
        | AttemptEnd.NotTrusted
        | AttemptEnd.Refused _ -> false

    /// A number of 0 to 1, whatever was given.
    let private fraction (jitter: float) =
        if Double.IsNaN jitter then
            0.0
        else
            Math.Clamp(jitter, 0.0, 1.0)

    let private positive (span: TimeSpan) =
        if span.Ticks < 0L then TimeSpan.Zero else span

    /// Doubled with each attempt up to the longest; jitter takes up to half of it away, so that many callers do not come back at once.
    let private backoff (policy: RetryPolicy) attempts jitter =
        let doublings = Math.Clamp(attempts - 1, 0, 30)

        let whole =
            Math.Min(
                float (positive policy.FirstDelay).Ticks * Math.Pow(2.0, float doublings),
                float (positive policy.LongestDelay).Ticks
            )

        TimeSpan.FromTicks(
            Math.Min(int64 (whole * (0.5 + 0.5 * fraction jitter)), (positive policy.LongestDelay).Ticks)
        )

    let private delayOf policy (past: CallPast) jitter ending =
        let own = backoff policy past.Attempts jitter

        match ending with
        | AttemptEnd.Refused(_, _, _, ValueSome asked) when asked.CompareTo own > 0 -> asked
        | AttemptEnd.Refused _
        | AttemptEnd.NeverSent
        | AttemptEnd.NoAnswer
        | AttemptEnd.NotTrusted -> own

    /// What next: `jitter` is a number of 0 to 1 that somebody drew.
    let decide
        (policy: RetryPolicy)
        (nature: CallNature)
        (jitter: float)
        (past: CallPast)
        (ending: AttemptEnd)
        : RetryDecision =
        let isDoubtful =
            nature.ChangesSomething && (past.IsInDoubt || leavesDoubt nature ending)

        let delay = delayOf policy past jitter ending
        let left = (positive policy.Budget).Ticks - (positive past.Elapsed).Ticks

        if
            mayRepeat nature past ending
            && past.Attempts < policy.Attempts
            && delay.Ticks < left
        then
            RetryDecision.SendAgain(delay, isHostAtFault ending)
        elif isDoubtful then
            RetryDecision.OutcomeUnknown
        else
            RetryDecision.GiveUp
