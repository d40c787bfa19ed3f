/// Whoever listens: what an application's traces and metrics say.
module WeChatPay.Tests.Instruments

open System
open System.Collections.Concurrent
open System.Collections.Generic
open System.Diagnostics
open System.Diagnostics.Metrics

/// A measurement: the instrument, its value, and its tags by name.
type Measured =
    {
        Instrument: string
        Unit: string
        Value: float
        Tags: Map<string, string>
    }

    member measured.Tag name =
        measured.Tags.TryFind name |> Option.defaultValue ""

/// Hears every activity and every measurement of the sources and meters that it asks for, while it lives.
type Ear(wanted: string -> bool) =
    let spans = ConcurrentQueue<Activity>()
    let measurements = ConcurrentQueue<Measured>()

    let activities =
        new ActivityListener(
            ShouldListenTo = (fun source -> wanted source.Name),
            Sample = SampleActivity(fun _ -> ActivitySamplingResult.AllDataAndRecorded),
            ActivityStopped = fun span -> spans.Enqueue span
        )

    let meters = new MeterListener()

    let note (instrument: Instrument) (value: float) (tags: KeyValuePair<string, obj | null> array) =
        measurements.Enqueue
            {
                Instrument = instrument.Name
                Unit = string instrument.Unit
                Value = value
                Tags = Map [ for pair in tags -> pair.Key, string pair.Value ]
            }

    do
        ActivitySource.AddActivityListener activities

        meters.InstrumentPublished <-
            fun instrument listener ->
                if wanted instrument.Meter.Name then
                    listener.EnableMeasurementEvents instrument

        meters.SetMeasurementEventCallback<int64>(fun instrument value tags _ ->
            note instrument (float value) (tags.ToArray()))

        meters.SetMeasurementEventCallback<int>(fun instrument value tags _ ->
            note instrument (float value) (tags.ToArray()))

        meters.SetMeasurementEventCallback<float>(fun instrument value tags _ -> note instrument value (tags.ToArray()))
        meters.Start()

    /// The activities that have ended, in the order in which they did.
    member _.Spans = List.ofSeq spans

    member _.Measurements = List.ofSeq measurements

    /// Asks the gauges.
    member _.Observe() = meters.RecordObservableInstruments()

    /// The measurements of an instrument.
    member ear.Of name =
        ear.Measurements |> List.filter (fun measured -> measured.Instrument = name)

    interface IDisposable with
        member _.Dispose() =
            activities.Dispose()
            meters.Dispose()

/// Hears the library alone.
let hearLibrary () = new Ear(fun name -> name = "WeChatPay")

/// A tag of an activity as text; empty where it has none.
let tagOf name (span: Activity) = string (span.GetTagItem name)
