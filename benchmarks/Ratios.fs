/// The speed that is promised, as ratios to the primitive in the same run.
module WeChatPay.Benchmarks.Ratios

open System
open System.Globalization
open System.IO
open System.Text.Encodings.Web
open System.Text.Json
open WeChatPay.Benchmarks.Sample
open WeChatPay.Benchmarks.Subjects

/// Which side of its target a figure must be on.
[<RequireQualifiedAccess>]
type Bound =
    | AtLeast
    | AtMost

/// One promise and what was measured.
type Line =
    {
        Name: string
        Ratio: float
        Target: float
        Bound: Bound
    }

    member line.IsKept =
        match line.Bound with
        | Bound.AtLeast -> line.Ratio >= line.Target
        | Bound.AtMost -> line.Ratio <= line.Target

let private atLeast target name ratio =
    {
        Name = name
        Ratio = ratio
        Target = target
        Bound = Bound.AtLeast
    }

let private atMost target name ratio =
    {
        Name = name
        Ratio = ratio
        Target = target
        Bound = Bound.AtMost
    }

let private speed target name primitive ours =
    let struct (primitiveTime, oursTime) = Rounds.best primitive ours
    atLeast target name (primitiveTime / oursTime)

let private decoding target name (notification: Notification) =
    speed target name (verifyAndOpen notification) (fun () -> accept notification.Signed)

/// A machine on which two threads of the primitive gain too little is busy with something else: measured again, so many times at most.
let rec private scaling (attempts: int) =
    let struct (primitive, ours) =
        Rounds.scaling (fun () -> verifyData plain.Signed) (fun () -> accept plain.Signed)

    if primitive < 1.5 && attempts > 1 then
        scaling (attempts - 1)
    else
        atLeast 0.95 "decode's scaling on two threads / VerifyData's scaling" (ours / primitive)

let private allocation target name (notification: Notification) =
    atMost target name (Rounds.allocated (fun () -> accept notification.Signed))

let private firstCallback target name program =
    let struct (bare, decode) = FreshProcess.best program plain.Signed
    atMost target name (decode / bare)

let private firstCallbackPublished () =
    let program = FreshProcess.publish ()

    try
        firstCallback 1.3 "first callback, fresh process, published / bare program that verifies" program
    finally
        Directory.Delete(program, true)

let private endToEnd () =
    use there = new EndToEnd.There()

    speed
        0.9
        "hand-written HttpClient call that signs and verifies / the façade's, on loopback"
        there.ByHand
        there.ByFacade

let private resilience () =
    use there = new EndToEnd.There()

    speed
        0.97
        "a call sent once / with attempts, backup host, limit and circuit breaker, on loopback"
        there.ByBareClient
        there.ByResilientClient

let private everything () =
    use there = new EndToEnd.There()

    speed
        0.97
        "a call sent once / with all of it, keys that renew, traces and metrics"
        there.ByBareClientUnheard
        there.ByWholeClientHeard

/// Two that allocate nothing are even.
let private ratioOf (ours: float) (theirs: float) =
    if ours = 0.0 && theirs = 0.0 then 1.0 else ours / theirs

/// Everything that is promised, one measurement after another.
let private measure () =
    seq {
        firstCallbackPublished ()
        firstCallback 1.6 "first callback, fresh process, as built / bare program that verifies" FreshProcess.asBuilt
        decoding 0.85 "VerifyData + AesGcm open / decode, body of 700 bytes" plain
        decoding 0.80 "VerifyData + AesGcm open / decode, resource of 700 bytes" whole
        allocation 3072.0 "bytes allocated by a decode, body of 700 bytes" plain
        allocation 5120.0 "bytes allocated by a decode, resource of 700 bytes" whole
        scaling 5
        speed 0.95 "SignData / request signing" signData signRequest
        speed 0.95 "VerifyData / response verification" (fun () -> verifyData answer) (fun () -> verifyAnswer answer)

        speed 1.0 "accept a good notification / refuse a forged one" (fun () -> accept plain.Signed) (fun () ->
            refuse forged)

        for code, flood in floods do
            speed
                1.0
                ("accept a good notification / refuse a flood of " + code)
                (fun () -> accept plain.Signed)
                (fun () -> refuseAs code flood)

        speed 0.9 "BouncyCastle's SM2 on its fastest curve / verification by the SM suite" Sm.verifyRaw Sm.verify
        speed 0.9 "BouncyCastle's SM2 on its fastest curve / signing by the SM suite" Sm.signRaw Sm.sign

        endToEnd ()
        resilience ()
        everything ()

        for pair in Shapes.pairs do
            speed 1.0 ("System.Text.Json's source generator / " + pair.Name) pair.Theirs pair.Ours

            atMost
                1.0
                ("bytes allocated for " + pair.Name + " / by System.Text.Json's source generator")
                (ratioOf (Rounds.allocated pair.Ours) (Rounds.allocated pair.Theirs))
    }

let private number (value: float) =
    value.ToString("0.00#", CultureInfo.InvariantCulture)

let private printText (line: Line) =
    let bound =
        match line.Bound with
        | Bound.AtLeast -> ">="
        | Bound.AtMost -> "<="

    let verdict = if line.IsKept then "ok" else "MISSED"

    Console.WriteLine(
        line.Name.PadRight 72
        + number(line.Ratio).PadLeft 10
        + "  "
        + bound
        + " "
        + number(line.Target).PadRight 9
        + verdict
    )

let private printJson (lines: Line list) =
    use output = Console.OpenStandardOutput()

    use writer =
        new Utf8JsonWriter(output, JsonWriterOptions(Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping))

    writer.WriteStartArray()

    for line in lines do
        writer.WriteStartObject()
        writer.WriteString("name", line.Name)
        writer.WriteNumber("ratio", Math.Round(line.Ratio, 3))
        writer.WriteNumber("target", line.Target)
        writer.WriteBoolean("ok", line.IsKept)
        writer.WriteEndObject()

    writer.WriteEndArray()
    writer.Flush()
    output.WriteByte '\n'B

let private calls () =
    seq {
        endToEnd ()
        resilience ()
        everything ()
    }

let private runOf (measured: Line seq) (asJson: bool) =
    let lines =
        [
            for line in measured do
                if not asJson then
                    printText line

                line
        ]

    if asJson then
        printJson lines

    if lines |> List.forall _.IsKept then 0 else 1

/// Measures and prints; 0 when every promise is kept, else 1.
let run (asJson: bool) = runOf (measure ()) asJson

/// The same of whole calls alone.
let runCalls () = runOf (calls ()) false
