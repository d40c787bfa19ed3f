/// Two things measured side by side, so that whatever disturbs the machine disturbs both.
module WeChatPay.Benchmarks.Rounds

open System
open System.Diagnostics
open System.Threading

[<Literal>]
let private Rounds = 5

/// How often the two sides take turns in one round.
[<Literal>]
let private Turns = 50

/// How long one turn takes, roughly: shorter than what a busy machine gives a thread in one piece.
let private turn = TimeSpan.FromMilliseconds 3.0

/// Long enough for the runtime to have compiled everything at its last tier, in the background, from calls that it has counted.
let private warmUp = TimeSpan.FromSeconds 1.5

let private secondsOf (count: int) (run: unit -> unit) =
    let start = Stopwatch.GetTimestamp()

    for _ in 1..count do
        run ()

    Stopwatch.GetElapsedTime(start).TotalSeconds

/// Runs until everything is warm; gives how many calls make one turn.
let private settle (run: unit -> unit) =
    let start = Stopwatch.GetTimestamp()
    let mutable calls = 0

    while Stopwatch.GetElapsedTime start < warmUp do
        run ()
        calls <- calls + 1

    max 1 (int (float calls * (turn / warmUp)))

/// The best time of one call of each, in seconds: five rounds, in each of which the two take turns.
let best (one: unit -> unit) (other: unit -> unit) =
    // Each settles twice, in turns: what the second compiles may change what the first calls.
    settle one |> ignore
    settle other |> ignore
    let oneCount = settle one
    let otherCount = settle other
    let mutable bestOne = Double.MaxValue
    let mutable bestOther = Double.MaxValue

    for _ in 1..Rounds do
        GC.Collect()

        for _ in 1..Turns do
            bestOne <- min bestOne (secondsOf oneCount one / float oneCount)
            bestOther <- min bestOther (secondsOf otherCount other / float otherCount)

    struct (bestOne, bestOther)

/// How long it takes until each of so many threads has made its calls, all of them started at once.
let private secondsOnThreads (threads: int) (count: int) (run: unit -> unit) =
    use ready = new Barrier(threads + 1)
    use finished = new CountdownEvent(threads)

    let work () =
        ready.SignalAndWait()
        secondsOf count run |> ignore
        finished.Signal() |> ignore

    for _ in 1..threads do
        Thread(work, IsBackground = true).Start()

    ready.SignalAndWait()
    let start = Stopwatch.GetTimestamp()
    finished.Wait()
    Stopwatch.GetElapsedTime(start).TotalSeconds

/// How much more two threads get done than one, for each of two things that have settled: five rounds, in which one thread and two, this and that take turns.
let scaling (one: unit -> unit) (other: unit -> unit) =
    let counts = [| 2 * settle one; 2 * settle other |]
    let runs = [| one; other |]
    let alone = Array.create 2 Double.MaxValue
    let together = Array.create 2 Double.MaxValue

    for _ in 1..Rounds do
        GC.Collect()

        for _ in 1..Turns do
            for side in 0..1 do
                alone[side] <- min alone[side] (secondsOnThreads 1 counts[side] runs[side])
                together[side] <- min together[side] (secondsOnThreads 2 counts[side] runs[side])

    struct (2.0 * alone[0] / together[0], 2.0 * alone[1] / together[1])

/// How many bytes one call allocates, on average of many that have settled.
let allocated (run: unit -> unit) =
    let calls = 1000
    let before = GC.GetAllocatedBytesForCurrentThread()

    for _ in 1..calls do
        run ()

    float (GC.GetAllocatedBytesForCurrentThread() - before) / float calls
