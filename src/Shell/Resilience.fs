namespace WeChatPay.Shell

open System
open System.Net
open System.Net.Http
open System.Runtime.ExceptionServices
open System.Threading
open System.Threading.RateLimiting
open System.Threading.Tasks
open Polly
open Polly.Retry
open WeChatPay.Functional

/// What is to be done after an attempt.
[<Sealed>]
type internal Tried(decision: RetryDecision) =
    member _.Decision = decision

/// The route that all calls of a client share.
[<Sealed>]
type internal HostCell(count: int) =
    let mutable route = HostRoute.main

    let rec update (change: HostRoute -> struct (int * HostRoute)) =
        let before = Volatile.Read &route
        let struct (host, after) = change before

        if
            obj.ReferenceEquals(before, after)
            || obj.ReferenceEquals(Interlocked.CompareExchange(&route, after, before), before)
        then
            host
        else
            update change

    member _.Choose(now, isRepeatable) =
        update (HostRoute.choose now isRepeatable)

    member _.Failed(now, host) =
        update (fun route -> struct (host, HostRoute.failed now count host route))
        |> ignore

    member _.Answered host =
        update (fun route -> struct (host, HostRoute.answered host route)) |> ignore

/// How a client's calls survive bad days: attempts, hosts, limits. What may be repeated, `Retry` decides.
[<Sealed>]
type Resilience
    /// Attempts and time for a call; hosts for when the main one cannot be reached; a limit by call (`POST /v3/…`, with the placeholders of its path), or null; a pipeline around each attempt, or null; the clock that waits.
    (
        policy: RetryPolicy,
        backups: Uri list,
        limiter: PartitionedRateLimiter<string> | null,
        around: ResiliencePipeline | null,
        clock: TimeProvider
    ) =
    let hosts = HostCell(1 + backups.Length)

    let wait decision =
        match decision with
        | RetryDecision.SendAgain(delay, _) -> Nullable delay
        | RetryDecision.GiveUp
        | RetryDecision.OutcomeUnknown -> Nullable()

    let isAgain (outcome: Outcome<Tried>) =
        match outcome.Result with
        | null -> false
        | tried -> (wait tried.Decision).HasValue

    // How often is the core's to say: Polly waits, and counts what it is told to.
    let pipeline =
        ResiliencePipelineBuilder<Tried>(TimeProvider = clock)
            .AddRetry(
                RetryStrategyOptions<Tried>(
                    MaxRetryAttempts = Int32.MaxValue,
                    ShouldHandle = (fun tried -> ValueTask<bool>(isAgain tried.Outcome)),
                    DelayGenerator =
                        (fun tried ->
                            match tried.Outcome.Result with
                            | null -> ValueTask<Nullable<TimeSpan>>(Nullable())
                            | tried -> ValueTask<Nullable<TimeSpan>>(wait tried.Decision))
                )
            )
            .Build()

    /// Three attempts on one host, without limits; each call at most a hundred seconds.
    static member Usual(clock: TimeProvider) =
        Resilience(Retry.usual, [], null, null, clock)

    /// Each call is sent once.
    static member Off(clock: TimeProvider) =
        Resilience(Retry.off, [], null, null, clock)

    /// Attempts and time for a call.
    member _.Policy = policy

    /// Hosts for when the main one cannot be reached.
    member _.Backups = backups

    /// The same with a limit by call, `POST /v3/…` with the placeholders of its path: each attempt waits for it or is refused.
    member _.WithLimiter(limiter: PartitionedRateLimiter<string>) =
        Resilience(policy, backups, limiter, around, clock)

    /// The same with a pipeline of your own around each attempt, which is signed within it.
    member _.WithPipeline(around: ResiliencePipeline) =
        Resilience(policy, backups, limiter, around, clock)

    member internal _.Hosts = hosts
    member internal _.Clock = clock
    member internal _.Limiter = limiter
    member internal _.Around = around
    member internal _.Pipeline = pipeline

/// One call, from its first attempt to its last.
[<Sealed>]
type internal Course
    (
        resilience: Resilience,
        policy: RetryPolicy,
        nature: CallNature,
        hasBackups: bool,
        timeout: TimeSpan,
        watch: CallWatch
    ) =
    let began = resilience.Clock.GetTimestamp()
    let mutable attempts = 0
    let mutable isInDoubt = false

    let elapsed () = resilience.Clock.GetElapsedTime began

    let least (one: TimeSpan) (other: TimeSpan) =
        if one = Timeout.InfiniteTimeSpan then other
        elif one.CompareTo other < 0 then one
        else other

    /// Attempts and time.
    member _.Policy = policy

    /// The next attempt: its host, and the time that it has.
    member _.Next() =
        attempts <- attempts + 1

        let host =
            if hasBackups then
                resilience.Hosts.Choose(resilience.Clock.GetUtcNow(), nature.IsRepeatable)
            else
                0

        let left = policy.Budget - elapsed ()
        let shortest = TimeSpan.FromMilliseconds 1L

        let given = least timeout (if left.CompareTo shortest < 0 then shortest else left)

        Attempt(host, given, nature.IsRepeatable, watch)

    member private _.Note(attempt: Attempt, ending) =
        if hasBackups && attempt.IsStarted && Retry.isHostAtFault ending then
            resilience.Hosts.Failed(resilience.Clock.GetUtcNow(), attempt.Host)

    /// What to do about an attempt's end.
    member course.Decide(attempt: Attempt, result: Result<'Value, ApiError>) : RetryDecision =
        if hasBackups && Attempts.isProven result then
            resilience.Hosts.Answered attempt.Host

        match result with
        | Ok _
        | Error(ApiError.InvalidRequest _) -> RetryDecision.GiveUp
        | Error error ->
            let isUnsent =
                match error with
                | ApiError.Unreachable(failure, _) -> attempt.IsUnsent failure
                | _ -> false

            match error with
            | ApiError.UntrustedAnswer(_, _, reason, _) -> VerifyFailures.answer (VerifyError.code reason)
            | _ -> ()

            let ending = Attempts.endOf isUnsent attempt.RetryAfter error

            let past =
                {
                    Attempts = attempts
                    Elapsed = elapsed ()
                    IsInDoubt = isInDoubt
                }

            course.Note(attempt, ending)

            let policy =
                if attempt.IsFinal then
                    { policy with Attempts = 1 }
                else
                    policy

            let decision = Retry.decide policy nature (Random.Shared.NextDouble()) past ending

            isInDoubt <- isInDoubt || Retry.leavesDoubt nature ending
            decision

/// Runs calls.
[<RequireQualifiedAccess>]
module internal Calls =
    let private settled decision result =
        match decision, result with
        | RetryDecision.OutcomeUnknown, Error error -> Error(Attempts.withOutcome true error)
        | RetryDecision.GiveUp, Error error -> Error(Attempts.withOutcome false error)
        | _, result -> result

    /// Tries a call until it has an answer or there is no use in trying.
    let run
        (cancellationToken: CancellationToken)
        (course: Course)
        (resilience: Resilience)
        (attemptOnce: Attempt -> Task<Result<'Value, ApiError>>)
        : Task<Result<'Value, ApiError>> =
        backgroundTask {
            // As HttpClient says it.
            if cancellationToken.IsCancellationRequested then
                raise (TaskCanceledException(null, null, cancellationToken))

            // Written by the attempt, read after the last of them.
            let results =
                [|
                    struct (RetryDecision.GiveUp, Unchecked.defaultof<Result<'Value, ApiError>>)
                |]

            let once () =
                backgroundTask {
                    let attempt = course.Next()
                    let! result = attemptOnce attempt
                    results[0] <- struct (course.Decide(attempt, result), result)
                }

            if course.Policy.Attempts <= 1 then
                do! once ()
            else
                let tried (_: CancellationToken) =
                    ValueTask<Tried>(
                        backgroundTask {
                            do! once ()
                            let struct (decision, _) = results[0]
                            return Tried decision
                        }
                    )

                let! _ = resilience.Pipeline.ExecuteAsync(tried, cancellationToken)
                ()

            let struct (decision, result) = results[0]
            return settled decision result
        }

    let private refusedByLimit name =
        HttpRequestException(
            "The client's own limit for " + name + " is reached; the request was not sent.",
            null,
            Nullable HttpStatusCode.TooManyRequests
        )

    /// Waits for the limit of the call, where there is one.
    let limited
        (resilience: Resilience)
        (attempt: Attempt)
        (cancellationToken: CancellationToken)
        (work: CancellationToken -> Task<'Value>)
        : Task<'Value> =
        match resilience.Limiter with
        | null -> work cancellationToken
        | limiter ->
            backgroundTask {
                let name = attempt.Watch.Name
                use! lease = limiter.AcquireAsync(name, 1, cancellationToken)

                if not lease.IsAcquired then
                    attempt.IsFinal <- true
                    raise (refusedByLimit name)

                return! work cancellationToken
            }

    /// Runs an attempt within the user's own pipeline, where there is one.
    let around
        (resilience: Resilience)
        (attempt: Attempt)
        (cancellationToken: CancellationToken)
        (work: CancellationToken -> Task<'Value>)
        : Task<'Value> =
        let noted token =
            backgroundTask {
                attempt.Begin()

                try
                    return! work token
                with failure ->
                    attempt.Fail failure
                    ExceptionDispatchInfo.Throw failure
                    return Unchecked.defaultof<'Value>
            }

        match resilience.Around with
        | null -> work cancellationToken
        | around -> around.ExecuteAsync((fun token -> ValueTask<'Value>(noted token)), cancellationToken).AsTask()
