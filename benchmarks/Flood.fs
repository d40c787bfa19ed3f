/// What forged notifications cost a receiver beside genuine ones: processor time of its process, and how many it answers a second, over HTTP on loopback.
module WeChatPay.Benchmarks.Flood

open System
open System.Collections.Generic
open System.Diagnostics
open System.Globalization
open System.IO
open System.Net
open System.Net.Sockets
open System.Text
open System.Threading
open System.Threading.Tasks
open Microsoft.AspNetCore.Builder
open Microsoft.Extensions.Logging
open WeChatPay.Benchmarks.Sample

/// How many requests of a kind make one turn.
[<Literal>]
let private Many = 8000

/// Those whose body really comes, 1 MiB each, are fewer.
[<Literal>]
let private Few = 400

/// How many connections send at once.
[<Literal>]
let private AtOnce = 16

[<Literal>]
let private Rounds = 3

/// What is fair to compare a forged request with.
[<RequireQualifiedAccess>]
type private Rival =
    /// A genuine one.
    | Genuine
    /// A genuine one on a connection of its own, since the receiver closes this one's.
    | GenuineAlone
    /// Genuine ones of as many bytes, since they have to be sent.
    | GenuineBytes

/// Requests as they go over the wire, and the status that each is answered with.
type private Kind =
    {
        Name: string
        Requests: byte array array
        Status: int
        Rival: Rival
    }

let private requestOf (headers: (string * string) seq) (body: byte array) =
    let head = StringBuilder "POST /notify HTTP/1.1\r\nHost: shop.example\r\n"

    for name, value in headers do
        head.Append(name).Append(": ").Append(value).Append("\r\n") |> ignore

    head.Append "\r\n" |> ignore
    Array.append (Encoding.ASCII.GetBytes(head.ToString())) body

/// The signed headers, with one in another's place; without it where that is empty.
let private signedHeaders (change: string) (value: string) (one: Signed) =
    [
        "Content-Type", "application/json"
        for header in one.Headers do
            if header.Key.StartsWith("Wechatpay-", StringComparison.Ordinal) then
                let value = if header.Key = change then value else header.Value

                if value <> "" then
                    header.Key, value
    ]

let private lengthOf (length: int) =
    "Content-Length", length.ToString CultureInfo.InvariantCulture

let private whole headers (body: byte array) =
    requestOf (lengthOf body.Length :: headers) body

let private limit = WeChatPay.Functional.Delivery.NotificationLimit

/// One byte more than a body may have, in one chunk.
let private endless headers =
    let size = (limit + 1).ToString("x", CultureInfo.InvariantCulture)

    let body =
        Array.concat [ utf8 (size + "\r\n"); Array.zeroCreate (limit + 1); utf8 "\r\n0\r\n\r\n" ]

    requestOf (("Transfer-Encoding", "chunked") :: headers) body

[<Literal>]
let private Genuine = "genuine"

[<Literal>]
let private GenuineAlone = "genuine, a connection each"

/// Genuine ones, each of its own number, and what is forged from the same bytes.
let private kinds () =
    let genuine = Array.Parallel.init Many numbered
    let of' (forge: int -> Signed -> byte array) = Array.mapi forge genuine

    let with' (header: string) (value: string) =
        of' (fun _ one -> whole (signedHeaders header value one) one.Body)

    let signatureOf (one: Signed) = Convert.ToBase64String one.Signature

    [
        {
            Name = Genuine
            Requests = with' "" ""
            Status = 204
            Rival = Rival.Genuine
        }
        {
            Name = GenuineAlone
            Requests = of' (fun _ one -> whole (("Connection", "close") :: signedHeaders "" "" one) one.Body)
            Status = 204
            Rival = Rival.GenuineAlone
        }
        {
            Name = "forged: another's signature"
            Requests =
                of' (fun index one ->
                    let other = signatureOf genuine[(index + 1) % Many]
                    whole (signedHeaders "Wechatpay-Signature" other one) one.Body)
            Status = 401
            Rival = Rival.Genuine
        }
        {
            Name = "forged: unknown serial"
            Requests = with' "Wechatpay-Serial" "PUB_KEY_ID_0000000000000000000000000000000000"
            Status = 401
            Rival = Rival.Genuine
        }
        {
            Name = "forged: stale"
            Requests = with' "Wechatpay-Timestamp" "1700000000"
            Status = 401
            Rival = Rival.Genuine
        }
        {
            Name = "forged: a header missing"
            Requests = with' "Wechatpay-Nonce" ""
            Status = 401
            Rival = Rival.Genuine
        }
        {
            Name = "forged: a body too large, announced"
            Requests = of' (fun _ one -> requestOf (lengthOf (limit + 1) :: signedHeaders "" "" one) one.Body)
            Status = 413
            Rival = Rival.GenuineAlone
        }
        {
            Name = "forged: a body too large, sent"
            Requests = [| endless (signedHeaders "" "" genuine[0]) |]
            Status = 413
            Rival = Rival.GenuineBytes
        }
    ]

/// One connection of a sender; made again when the receiver closes it.
[<Sealed>]
type private Sender(port: int) =
    let buffer = Array.zeroCreate<byte> 8192
    let mutable client: TcpClient | null = null

    let stream () =
        task {
            match client with
            | null ->
                let fresh = new TcpClient(NoDelay = true)
                do! fresh.ConnectAsync(IPAddress.Loopback, port)
                client <- fresh
                return fresh.GetStream()
            | kept -> return kept.GetStream()
        }

    let close () =
        match client with
        | null -> ()
        | kept ->
            kept.Dispose()
            client <- null

    /// The head and, by its length, the rest of an answer.
    let answer (stream: NetworkStream) =
        task {
            let mutable count = 0
            let mutable text = ""
            let mutable needed = Int32.MaxValue

            while count < needed do
                let! read = stream.ReadAsync(buffer.AsMemory count)

                if read = 0 then
                    invalidOp "The receiver closed before it had answered."

                count <- count + read
                text <- Encoding.ASCII.GetString(buffer, 0, count)
                let head = text.IndexOf("\r\n\r\n", StringComparison.Ordinal)

                if head >= 0 then
                    let mark = "Content-Length: "
                    let at = text.IndexOf(mark, 0, head, StringComparison.OrdinalIgnoreCase)

                    let body =
                        if at < 0 then
                            0
                        else
                            let from = at + mark.Length
                            Int32.Parse(text.AsSpan(from, text.IndexOf('\r', from) - from), NumberStyles.None)

                    needed <- head + 4 + body

            return text
        }

    /// Sends a request; gives the status of its answer.
    member _.Send(request: byte array) =
        task {
            let! stream = stream ()

            try
                do! stream.WriteAsync(ReadOnlyMemory request)
            with :? IOException ->
                // It was refused before it was sent to its end.
                ()

            let! text = answer stream

            if text.Contains("Connection: close", StringComparison.OrdinalIgnoreCase) then
                close ()

            return Int32.Parse(text.AsSpan("HTTP/1.1 ".Length, 3), NumberStyles.None)
        }

    interface IDisposable with
        member _.Dispose() = close ()

/// What a process of its own does: takes everything, logs from a level on as the web template does, or nothing.
let receive (log: string) =
    let configure (builder: WebApplicationBuilder) =
        match Enum.TryParse<LogLevel> log with
        | true, level when level <> LogLevel.None ->
            builder.Logging
                .SetMinimumLevel(level)
                .AddFilter("Microsoft.AspNetCore", LogLevel.Warning)
                .AddConsole(fun options -> options.LogToStandardErrorThreshold <- LogLevel.Trace)
            |> ignore
        | _ -> ()

    let map (app: WebApplication) =
        app.MapWeChatPayNotifications("/notify", (fun _ _ -> Task.CompletedTask))
        |> ignore

    Receiver.run (Receiver.start configure map)

/// The receiver's processor time for each request, in µs, and how many were answered a second.
type private Cost = { Microseconds: float; Rate: float }

/// A receiver in a process of its own, and what it is sent.
[<Sealed>]
type private Flooded(log: string) =
    let struct (receiver: Process, url: string) =
        Receiver.startProcess [ "flood"; "--receiver"; log ]

    let port = Uri(url).Port

    /// Sends so many of a kind.
    member _.Turn (kind: Kind) (count: int) =
        let next = ref -1

        let work () : Task =
            task {
                use sender = new Sender(port)
                let mutable number = Interlocked.Increment next

                while number < count do
                    let! status = sender.Send kind.Requests[number % kind.Requests.Length]

                    if status <> kind.Status then
                        invalidOp (kind.Name + " was answered " + status.ToString CultureInfo.InvariantCulture)

                    number <- Interlocked.Increment next
            }

        receiver.Refresh()
        let cpu = receiver.TotalProcessorTime
        let start = Stopwatch.GetTimestamp()
        Task.WaitAll [| for _ in 1..AtOnce -> Task.Run work |]
        let elapsed = Stopwatch.GetElapsedTime start
        receiver.Refresh()

        {
            Microseconds = (receiver.TotalProcessorTime - cpu).TotalMicroseconds / float count
            Rate = float count / elapsed.TotalSeconds
        }

    interface IDisposable with
        member _.Dispose() =
            receiver.StandardInput.Close()
            receiver.WaitForExit()
            receiver.Dispose()

/// All kinds take turns; the best turn of each counts.
let private measure (kinds: Kind list) (log: string) =
    use receiver = new Flooded(log)
    let best = Dictionary<string, Cost>()

    for round in 0..Rounds do
        for kind in kinds do
            let count = if kind.Requests.Length = 1 then Few else Many
            let cost = receiver.Turn kind count

            // The first round is for the runtime to compile everything.
            if round > 0 then
                best[kind.Name] <-
                    match best.TryGetValue kind.Name with
                    | true, earlier ->
                        {
                            Microseconds = min earlier.Microseconds cost.Microseconds
                            Rate = max earlier.Rate cost.Rate
                        }
                    | _ -> cost

    best

let private show (digits: string) (value: float) =
    value.ToString(digits, CultureInfo.InvariantCulture)

let private row (name: string) (cells: string list) =
    Console.WriteLine(name.PadRight 42 + String.Join("", cells |> List.map _.PadLeft(16)))

/// Prints what was measured, each beside its rival; whether nothing forged costs more processor time.
let private compare (kinds: Kind list) (title: string) (log: string) =
    let costs = measure kinds log

    let meanBytes (kind: Kind) =
        kind.Requests |> Array.averageBy (fun request -> float request.Length)

    let genuineBytes = meanBytes kinds.Head

    row title [ "µs"; "rival's / this"; "a second"; "this / rival's" ]

    let isKept (kind: Kind) =
        let cost = costs[kind.Name]

        let rival =
            match kind.Rival with
            | Rival.Genuine -> costs[Genuine]
            | Rival.GenuineAlone -> costs[GenuineAlone]
            | Rival.GenuineBytes ->
                let many = meanBytes kind / genuineBytes
                let one = costs[Genuine]

                {
                    Microseconds = one.Microseconds * many
                    Rate = one.Rate / many
                }

        row
            kind.Name
            [
                show "0.0" cost.Microseconds
                show "0.00" (rival.Microseconds / cost.Microseconds)
                show "0" cost.Rate
                show "0.00" (cost.Rate / rival.Rate)
            ]

        cost.Microseconds <= rival.Microseconds

    kinds |> List.map isKept |> List.forall id

/// Measures and prints; 0 when nothing that is forged costs more processor time than its rival, else 1.
let run () =
    let kinds = kinds ()
    let isQuiet = compare kinds "nothing is logged" "None"
    let isLogged = compare kinds "logged from Information on" "Information"
    let isWarned = compare kinds "logged from Warning on" "Warning"
    if isQuiet && isLogged && isWarned then 0 else 1
