namespace WeChatPay.Shell

open System
open System.Security.Cryptography
open System.Threading
open System.Threading.Tasks
open WeChatPay
open WeChatPay.Functional

/// What became of the platform's certificates, for logs and counts. No key, no payload.
[<RequireQualifiedAccess; NoComparison; ReferenceEquality>]
type RefreshReport =
    /// They came.
    | Renewed of Cause: RefreshCause * Serials: string list
    /// They did not come; the keys that are there stay.
    | NotRenewed of Cause: RefreshCause * Error: ApiError * HasValidKey: bool
    /// The file of an earlier run cannot be used: they are fetched anew.
    | FileUnusable of Path: string * Reason: string
    /// They were not written to the file: the next run fetches them anew.
    | FileNotWritten of Path: string * Reason: string

/// What renewing needs from the world.
[<NoComparison; ReferenceEquality>]
type RenewalSettings =
    {
        /// Who asks; its own keys (a public key, certificates that are configured) are trusted beside those that come.
        Client: Client
        /// What the certificates are opened by.
        ApiV3Key: ApiV3Key
        /// By whom they must be issued; `CertificateRoots.none` where that is not asked.
        Roots: CertificateRoots
        /// Where they are kept between runs; none in memory only.
        File: CertificateFile voption
        /// How often they may be asked for.
        Policy: RefreshPolicy
        /// Told what became of them.
        Report: RefreshReport -> unit
    }

/// The span of time in which nothing is due.
[<Sealed>]
type private Quiet(since: DateTimeOffset, until: DateTimeOffset) =
    member _.Holds(now: DateTimeOffset) =
        since.CompareTo now <= 0 && now.CompareTo until < 0

/// The platform's certificates, fetched at first use, before they end, and when an unknown one signs: one question at a time, and none that a call waits for while a valid key is there. When to ask is the core's to say (`Refresh`).
[<Sealed>]
type RenewedKeys(settings: RenewalSettings) =
    let client, policy = settings.Client, settings.Policy
    let configured = client.Keys.Policy
    let gate = obj ()
    let mutable current = configured
    let mutable past = Refresh.never

    let draw () =
        float (RandomNumberGenerator.GetInt32 1000) / 1000.0

    let mutable jitter = draw ()
    let mutable quiet: Quiet | null = null
    let mutable question: Task = Task.CompletedTask
    let mutable problem: ApiError voption = ValueNone

    let now () = client.Clock.GetUtcNow()

    /// The ring with these certificates, in place of those that came before: what the platform lists no longer is trusted no longer.
    let trust (certificates: PlatformCertificate list) =
        match Keyring.add (certificates |> List.map _.Key) configured.Keys with
        | Ok keys ->
            Volatile.Write(&current, { configured with Keys = keys })
            true
        | Error _ -> false

    /// While nothing is due and a key is valid, nobody need take the lock.
    let settle () =
        let now = now ()

        quiet <-
            if Refresh.isUnderWay past || not (Refresh.hasCurrent now current.Keys) then
                null
            else
                Quiet(now, Refresh.due policy jitter now current.Keys past)

    let isFinal (error: ApiError) =
        match error with
        | ApiError.NoPlatformCertificates _
        | ApiError.ForeignCertificate _
        | ApiError.UntrustedAnswer(_, _, VerifyError.DecryptionFailed _, _) -> true
        | ApiError.InvalidRequest _
        | ApiError.Unreachable _
        | ApiError.AnswerTooLarge _
        | ApiError.Refused _
        | ApiError.UntrustedAnswer _
        | ApiError.MalformedAnswer _
        | ApiError.AnswerMismatch _
        | ApiError.HashMismatch _ -> false

    let keep (body: ReadOnlyMemory<byte>) =
        backgroundTask {
            match settings.File with
            | ValueNone -> ()
            | ValueSome file ->
                match! file.WriteAsync(body, CancellationToken.None) with
                | Ok() -> ()
                | Error reason -> settings.Report(RefreshReport.FileNotWritten(file.Path, reason))
        }

    let conclude (change: DateTimeOffset -> RefreshPast -> RefreshPast) error =
        lock gate (fun () ->
            past <- change (now ()) past
            problem <- error
            jitter <- draw ()
            settle ())

    let fail cause (error: ApiError) =
        conclude (fun now past -> Refresh.failed now (isFinal error) past) (ValueSome error)
        settings.Report(RefreshReport.NotRenewed(cause, error, Refresh.hasCurrent (now ()) current.Keys))

    let succeed cause (certificates: PlatformCertificate list) body =
        backgroundTask {
            if trust certificates then
                conclude (fun now past -> Refresh.succeeded policy now current.Keys past) ValueNone
                settings.Report(RefreshReport.Renewed(cause, certificates |> List.map _.Serial))
                do! keep body
            else
                fail cause (ApiError.MalformedAnswer("", DecodeError("$.data", DecodeReason.Contradictory), false))
        }

    let ask cause =
        backgroundTask {
            try
                match! PlatformCertificates.fetch CancellationToken.None client settings.ApiV3Key settings.Roots with
                | Ok(struct (certificates, body)) -> do! succeed cause certificates body
                | Error error -> fail cause error
            with failure ->
                // A key elsewhere, or a handler of the user's own, may throw anything: it must not end the renewing for good.
                fail cause (ApiError.Unreachable(failure, false))
        }
        :> Task

    /// Sends a question that has begun; the gate is held.
    let start cause =
        quiet <- null
        // Not in the caller's flow: neither its trace nor its locals are this question's.
        use _ = ExecutionContext.SuppressFlow()
        question <- Task.Run<unit>(fun () -> backgroundTask { do! ask cause })

    /// Asks when it is due; the gate is held.
    let startWhenDue () =
        if Refresh.isDue policy jitter (now ()) current.Keys past then
            past <- Refresh.begun past
            start RefreshCause.Schedule

    let isQuiet () =
        match Volatile.Read &quiet with
        | null -> false
        | span -> span.Holds(now ())

    let outcome () =
        match Refresh.hasCurrent (now ()) current.Keys, problem with
        | false, ValueSome error -> Error error
        | _, _ -> Ok current

    /// Until a key is there; as long as the question takes.
    let waitForFirst (waitedFor: Task) (cancellationToken: CancellationToken) =
        backgroundTask {
            do! waitedFor.WaitAsync cancellationToken
            return outcome ()
        }

    let ready (cancellationToken: CancellationToken) =
        let waitedFor =
            lock gate (fun () ->
                startWhenDue ()

                if Refresh.hasCurrent (now ()) current.Keys then
                    if not (Refresh.isUnderWay past) then
                        settle ()

                    Task.CompletedTask
                else
                    question)

        if waitedFor.IsCompleted then
            ValueTask<_>(outcome ())
        else
            ValueTask<Result<VerificationPolicy, ApiError>>(waitForFirst waitedFor cancellationToken: Task<_>)

    /// The question that may bring this serial, begun where the budget allows it; and whether it was under way before anybody asked for the serial.
    let inquire cause serial =
        lock gate (fun () ->
            match Refresh.adviseOn policy (now ()) cause serial current.Keys past with
            | RefreshAdvice.Ask ->
                past <- Refresh.begunFor serial (now ()) cause past
                start cause
                struct (question, false)
            | RefreshAdvice.Join -> struct (question, true)
            | RefreshAdvice.LookAgain
            | RefreshAdvice.NotACertificate
            | RefreshAdvice.KnownAbsent
            | RefreshAdvice.OverBudget -> struct (Task.CompletedTask, false))

    /// One question at most after the one that was under way already, which may have been answered before the key was there.
    let wait (serial: string) (struct (first: Task, isEarlier)) (cancellationToken: CancellationToken) =
        backgroundTask {
            do! first.WaitAsync cancellationToken

            if isEarlier then
                let struct (second, _) = inquire RefreshCause.Answer serial
                do! second.WaitAsync cancellationToken

            return current
        }

    /// What an earlier run has kept, where it still opens.
    let takeOver (file: CertificateFile) =
        match file.Open(configured.Suite, settings.ApiV3Key, settings.Roots, now ()) with
        | Ok ValueNone -> ()
        | Ok(ValueSome(struct (certificates, writtenAt))) when trust certificates -> past <- Refresh.since writtenAt
        | Ok(ValueSome _) ->
            settings.Report(RefreshReport.FileUnusable(file.Path, "it contradicts the keys that are configured"))
        | Error reason -> settings.Report(RefreshReport.FileUnusable(file.Path, reason))

    do settings.File |> ValueOption.iter takeOver

    /// What became of the last question: the error, when it brought nothing.
    member _.Problem = problem

    interface IPlatformKeys with
        member _.Policy = Volatile.Read &current

        member _.ReadyAsync(cancellationToken) =
            if isQuiet () then
                ValueTask<_>(Ok current)
            else
                ready cancellationToken

        member _.AfterUnknownAsync(serial, cancellationToken) =
            let struct (question, _) as inquired = inquire RefreshCause.Answer serial

            if question.IsCompleted then
                ValueTask<VerificationPolicy>(current)
            else
                ValueTask<VerificationPolicy>(wait serial inquired cancellationToken: Task<VerificationPolicy>)

        member _.Notice serial =
            inquire RefreshCause.Notification serial |> ignore

        member _.Tick() =
            if not (isQuiet ()) then
                lock gate startWhenDue
