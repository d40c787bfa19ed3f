namespace WeChatPay.Simulator

open System
open System.Collections.Generic
open System.IO
open System.Net.Http
open System.Net.Http.Headers
open System.Threading
open System.Threading.Tasks

/// One try at delivering a notification.
[<NoComparison; ReferenceEquality>]
type DeliveryAttempt =
    {
        /// When it was sent.
        At: DateTimeOffset
        /// The HTTP status that came back; 0 when none came.
        StatusCode: int
        /// What happened, in words.
        Outcome: string
    }

/// A notification as the platform keeps it: a snapshot of its fate so far.
[<NoComparison; ReferenceEquality>]
type SimulatedNotification =
    {
        /// The notification's number; the same whenever it is sent again.
        Id: string
        /// What happened, such as `TRANSACTION.SUCCESS`.
        EventType: string
        /// Where it goes.
        NotifyUrl: string
        /// Whether it only tests that a forged signature is refused.
        IsProbe: bool
        /// What was tried so far.
        Attempts: IReadOnlyList<DeliveryAttempt>
        /// Whether the receiver has taken it with 200 or 204.
        IsAccepted: bool
    }

    /// The number, the type and how often it was sent.
    override notification.ToString() =
        "SimulatedNotification("
        + notification.Id
        + ", "
        + notification.EventType
        + ", "
        + string notification.Attempts.Count
        + " attempts)"

/// A notification with its bytes, sealed once.
[<NoComparison; ReferenceEquality>]
type internal Letter =
    {
        Id: string
        EventType: string
        NotifyUrl: string
        IsProbe: bool
        Body: byte array
    }

/// When the platform sends a notification again that was not taken.
[<RequireQualifiedAccess>]
module internal Schedule =
    let private seconds (count: int) = TimeSpan.FromSeconds(int64 count)

    /// The waits between attempts: 15 s, 15 s, 30 s, then minutes and hours; after the last one the platform gives up.
    let waits =
        [
            for count in [ 15; 15; 30 ] do
                seconds count
            for minutes in [ 3; 10; 20; 30; 30; 30; 60 ] do
                seconds (60 * minutes)
            for hours in [ 3; 3; 3; 6; 6 ] do
                seconds (3600 * hours)
        ]

/// Delivers notifications and repeats them; only ever to loopback.
[<Sealed>]
type internal Outbox
    (clock: TimeProvider, compression: float, sign: Letter -> struct ((string * string) list * byte array)) =
    let gate = obj ()
    let letters = Dictionary<string, Letter>()
    let attempts = Dictionary<string, DeliveryAttempt list>()
    let order = List<string>()
    let mutable working: Task list = []
    let stopping = new CancellationTokenSource()

    // No redirects, no proxy: a notification goes where the merchant said, and nowhere else.
    let http =
        new HttpClient(
            new SocketsHttpHandler(AllowAutoRedirect = false, UseProxy = false, UseCookies = false),
            Timeout = TimeSpan.FromSeconds 5.0
        )

    let isLoopback (url: string) =
        match Uri.TryCreate(url, UriKind.Absolute) with
        | true, NonNull address ->
            address.IsLoopback
            && (address.Scheme = Uri.UriSchemeHttp || address.Scheme = Uri.UriSchemeHttps)
        | _ -> false

    let isTaken (attempt: DeliveryAttempt) =
        attempt.StatusCode = 200 || attempt.StatusCode = 204

    let snapshot (letter: Letter) =
        let tried = attempts[letter.Id]

        {
            Id = letter.Id
            EventType = letter.EventType
            NotifyUrl = letter.NotifyUrl
            IsProbe = letter.IsProbe
            Attempts = List.rev tried |> Array.ofList
            IsAccepted = List.exists isTaken tried
        }

    let record (letter: Letter) at status outcome =
        lock gate (fun () ->
            let attempt =
                {
                    At = at
                    StatusCode = status
                    Outcome = outcome
                }

            attempts[letter.Id] <- attempt :: attempts[letter.Id]
            attempt)

    let requestFor (letter: Letter) =
        let struct (headers, body) = sign letter
        let message = new HttpRequestMessage(HttpMethod.Post, letter.NotifyUrl)
        let content = new ByteArrayContent(body)
        content.Headers.ContentType <- MediaTypeHeaderValue "application/json"
        message.Content <- content
        message.Headers.TryAddWithoutValidation("Accept", "*/*") |> ignore
        message.Headers.TryAddWithoutValidation("User-Agent", "Mozilla/4.0") |> ignore

        for name, value in headers do
            message.Headers.TryAddWithoutValidation(name, value) |> ignore

        message

    let words status =
        if status = 200 || status = 204 then
            "taken"
        else
            "refused with " + string status

    let post (letter: Letter) =
        backgroundTask {
            let at = clock.GetUtcNow()

            try
                use message = requestFor letter

                use! response =
                    http.SendAsync(message, HttpCompletionOption.ResponseHeadersRead, stopping.Token)

                let status = int response.StatusCode
                return record letter at status (words status)
            with
            | :? HttpRequestException as failure -> return record letter at 0 ("no answer: " + failure.Message)
            | :? IOException as failure -> return record letter at 0 ("no answer: " + failure.Message)
            | :? OperationCanceledException -> return record letter at 0 "no answer within 5 seconds"
        }

    let repeat (letter: Letter) =
        backgroundTask {
            let waits = Queue<TimeSpan> Schedule.waits
            let mutable isTakenAtLast = false

            try
                while waits.Count > 0 && not isTakenAtLast do
                    do! Task.Delay(waits.Dequeue() / compression, clock, stopping.Token)
                    let! attempt = post letter
                    isTakenAtLast <- isTaken attempt
            with :? OperationCanceledException ->
                ()
        }

    let start (work: Task) =
        lock gate (fun () -> working <- work :: List.filter (fun (task: Task) -> not task.IsCompleted) working)

    let file (letter: Letter) =
        lock gate (fun () ->
            letters[letter.Id] <- letter
            attempts[letter.Id] <- []
            order.Add letter.Id)

    /// Sends at once, so many copies at the same time; what is not taken is sent again on the schedule.
    member _.SendAsync(letter: Letter, copies: int) =
        backgroundTask {
            file letter

            if not (isLoopback letter.NotifyUrl) then
                record letter (clock.GetUtcNow()) 0 "not sent: the simulator notifies on loopback only"
                |> ignore
            else
                let! tried = Task.WhenAll [ for _ in 1..copies -> post letter ]

                if not (Array.exists isTaken tried) && not letter.IsProbe then
                    start (repeat letter)

            return lock gate (fun () -> snapshot letter)
        }

    /// Sends a notification once more, whether or not it was taken; nothing when there is no such number.
    member _.TryRepeatAsync(id: string) =
        backgroundTask {
            match lock gate (fun () -> letters.TryGetValue id) with
            | true, letter when isLoopback letter.NotifyUrl ->
                let! _ = post letter
                return ValueSome(lock gate (fun () -> snapshot letter))
            | true, letter -> return ValueSome(lock gate (fun () -> snapshot letter))
            | _ -> return ValueNone
        }

    /// All notifications so far, the oldest first.
    member _.All: IReadOnlyList<SimulatedNotification> =
        lock gate (fun () -> [| for id in order -> snapshot letters[id] |])

    /// Works in the background, until it is done or the platform stops.
    member _.Work(work: CancellationToken -> Task) = start (work stopping.Token)

    /// Waits until nothing is left to send: every notification was taken or given up.
    member _.DrainAsync(cancellationToken: CancellationToken) =
        backgroundTask {
            let pending () =
                lock gate (fun () -> List.filter (fun (task: Task) -> not task.IsCompleted) working)

            let mutable rest = pending ()

            while not rest.IsEmpty do
                do! Task.WhenAll(rest).WaitAsync cancellationToken
                rest <- pending ()
        }

    interface IAsyncDisposable with
        member outbox.DisposeAsync() =
            ValueTask(
                backgroundTask {
                    do! stopping.CancelAsync()
                    do! outbox.DrainAsync CancellationToken.None
                    http.Dispose()
                    stopping.Dispose()
                }
                :> Task
            )
