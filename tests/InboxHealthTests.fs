module WeChatPay.Tests.InboxHealthTests

open System
open System.Collections.Concurrent
open System.Diagnostics.Metrics
open System.IO
open System.Threading
open System.Threading.Tasks
open Expecto
open Microsoft.Extensions.DependencyInjection
open Microsoft.Extensions.Diagnostics.HealthChecks
open Microsoft.Extensions.Hosting
open Microsoft.Extensions.Logging
open Microsoft.Extensions.Time.Testing
open WeChatPay.Inbox

/// Says what it is told to say.
type private CountingStore(counts: unit -> InboxCounts) =
    let unused () =
        raise (NotSupportedException "Not counted.")

    interface IInboxStore with
        member _.CountAsync _ = Task.FromResult(counts ())
        member _.MigrateAsync _ = Task.CompletedTask
        member _.PurgeAsync(_, _, _) = Task.FromResult 0
        member _.ClaimAsync(_, _, _, _, _) = Task.FromResult([] :> _)
        member _.AddAsync(_, _) = unused ()
        member _.BeginAsync(_, _) = unused ()
        member _.SkipAsync(_, _, _) = unused ()
        member _.PostponeAsync(_, _, _, _) = unused ()
        member _.ReleaseAsync(_, _) = unused ()
        member _.ListAsync(_, _, _, _) = unused ()
        member _.FindAsync(_, _) = unused ()
        member _.RetryAsync(_, _, _) = unused ()

let private noon = DateTimeOffset(2026, 1, 31, 12, 0, 0, TimeSpan.Zero)

let private counts pending parked (waited: TimeSpan) =
    InboxCounts(pending, parked, 7L, (if pending = 0L then Nullable() else Nullable(noon - waited)))

let private hostOf (counts: unit -> InboxCounts) =
    let builder = Host.CreateApplicationBuilder()
    builder.Logging.ClearProviders() |> ignore
    builder.Services.AddSingleton<TimeProvider>(FakeTimeProvider noon) |> ignore

    builder.Services
        .AddWeChatPayInbox()
        .UseStore(fun _ -> CountingStore counts)
        .Configure(fun options -> options.AlarmingAge <- TimeSpan.FromMinutes 5.)
        .Handle(fun _ _ -> Task.CompletedTask)
    |> ignore

    builder.Services.AddHealthChecks().AddWeChatPayInbox() |> ignore
    builder.Build()

let private check (counts: unit -> InboxCounts) : Task<HealthReportEntry> =
    task {
        use host = hostOf counts

        let! report =
            host.Services.GetRequiredService<HealthCheckService>().CheckHealthAsync()

        return report.Entries["wechatpay-inbox"]
    }

let private health (counts: InboxCounts) = check (fun () -> counts)

let private gauges () =
    task {
        use host = hostOf (fun () -> counts 3L 2L (TimeSpan.FromSeconds 90.))
        let factory = host.Services.GetRequiredService<IMeterFactory>()
        let seen = ConcurrentDictionary<string, float>()
        use listener = new MeterListener()

        listener.InstrumentPublished <-
            fun instrument listener ->
                if
                    instrument.Meter.Name = "WeChatPay"
                    && Object.ReferenceEquals(instrument.Meter.Scope, factory)
                then
                    listener.EnableMeasurementEvents instrument

        listener.SetMeasurementEventCallback<int64>(fun instrument value _ _ -> seen[instrument.Name] <- float value)

        listener.SetMeasurementEventCallback<float>(fun instrument value _ _ -> seen[instrument.Name] <- value)
        listener.Start()
        do! host.StartAsync()
        let mutable waited = 0

        while seen.Count < 3 && waited < 500 do
            waited <- waited + 1
            do! Task.Delay 10

        do! host.StopAsync()

        let found =
            [
                for entry in seen do
                    entry.Key, entry.Value
            ]

        Expect.equal
            (List.sort found)
            [
                "wechatpay.inbox.oldest_pending", 90.
                "wechatpay.inbox.parked", 2.
                "wechatpay.inbox.pending", 3.
            ]
            "each"
    }

let private silence () =
    task {
        let counted = ref 0

        use host =
            hostOf (fun () ->
                Interlocked.Increment(&counted.contents) |> ignore
                counts 0L 0L TimeSpan.Zero)

        do! host.StartAsync()
        do! Task.Delay 100
        do! host.StopAsync()
        Expect.equal counted.Value 0 "not once"
    }

[<Tests>]
let tests =
    testList
        "inbox health"
        [
            testCaseTask "what waits for as long as it may is healthy; a second more is degraded, and said" (fun () ->
                task {
                    let! good = health (counts 3L 0L (TimeSpan.FromMinutes 5.))
                    Expect.equal good.Status HealthStatus.Healthy "5 minutes"
                    Expect.equal good.Data["pending"] (box 3L) "the number"
                    let! bad = health (counts 3L 0L (TimeSpan.FromMinutes 5. + TimeSpan.FromSeconds 1.))
                    Expect.equal bad.Status HealthStatus.Degraded "5 minutes and a second"
                    Expect.stringContains (string bad.Description) "the oldest of 3 pending has waited 00:05:01" "said"
                })

            testCaseTask "nothing parked is healthy, one parked is degraded" (fun () ->
                task {
                    let! good = health (counts 0L 0L TimeSpan.Zero)
                    Expect.equal good.Status HealthStatus.Healthy "none"
                    let! bad = health (counts 0L 1L TimeSpan.Zero)
                    Expect.equal (bad.Status, bad.Data["parked"]) (HealthStatus.Degraded, box 1L) "one"
                    Expect.stringContains (string bad.Description) "1 parked" "said"
                })

            testCaseTask "a database that does not answer is unhealthy, with the cause" (fun () ->
                task {
                    let! away = check (fun () -> raise (IOException "gone"))
                    Expect.equal away.Status HealthStatus.Unhealthy "unhealthy"
                    Expect.equal (Option.ofObj away.Exception |> Option.map _.Message) (Some "gone") "the cause"
                })

            testCaseTask "gauges say how many wait, on the meter WeChatPay" gauges
            testCaseTask "while nobody listens to the gauges, nothing is counted" silence
        ]
