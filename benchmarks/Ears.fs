namespace WeChatPay.Benchmarks

open System
open System.Diagnostics
open System.Diagnostics.Metrics

/// Traces and metrics of the library that somebody collects, when they are switched on; when they are off nobody listens at all.
[<Sealed>]
type Ears() =
    let mutable spans = 0L
    let mutable listeners: (ActivityListener * MeterListener) option = None

    let listen () =
        let activities =
            new ActivityListener(
                ShouldListenTo = (fun source -> source.Name = "WeChatPay"),
                Sample = SampleActivity(fun _ -> ActivitySamplingResult.AllDataAndRecorded),
                ActivityStopped = fun _ -> spans <- spans + 1L
            )

        let meters = new MeterListener()

        meters.InstrumentPublished <-
            fun instrument listener ->
                if instrument.Meter.Name = "WeChatPay" then
                    listener.EnableMeasurementEvents instrument

        meters.SetMeasurementEventCallback<float>(fun _ _ _ _ -> ())
        meters.SetMeasurementEventCallback<int64>(fun _ _ _ _ -> ())
        ActivitySource.AddActivityListener activities
        meters.Start()
        listeners <- Some(activities, meters)

    /// How many spans were heard.
    member _.Spans = spans

    member _.On() =
        if listeners.IsNone then
            listen ()

    member _.Off() =
        match listeners with
        | None -> ()
        | Some(activities, meters) ->
            activities.Dispose()
            meters.Dispose()
            listeners <- None
