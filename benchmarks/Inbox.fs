/// How fast an inbox takes notifications, beside decoding alone and beside raw inserts of the same rows; how long the platform waits; what a second receiver adds.
module WeChatPay.Benchmarks.Inbox

open System
open System.Collections.Concurrent
open System.Data.Common
open System.Diagnostics
open System.Globalization
open System.IO
open System.Net.Http
open System.Threading
open System.Threading.Tasks
open Microsoft.AspNetCore.Builder
open Microsoft.Data.Sqlite
open Microsoft.Extensions.DependencyInjection
open Microsoft.Extensions.Logging
open Npgsql
open WeChatPay
open WeChatPay.Benchmarks.Sample
open WeChatPay.Inbox

/// How many notifications one measurement takes.
[<Literal>]
let private Many = 3000

/// How many come at once, as a platform that pays many orders sends them.
[<Literal>]
let private AtOnce = 32

[<Literal>]
let private Rounds = 3

/// An empty database of its own.
type private Database =
    {
        Kind: string
        Place: string
        Connect: unit -> DbConnection
        Drop: unit -> unit
    }

let private execute (connection: DbConnection) (text: string) =
    use command = connection.CreateCommand()
    command.CommandText <- text
    command.ExecuteNonQuery() |> ignore

let private newFile () =
    let folder = Directory.CreateTempSubdirectory "wechatpay-inbox-"
    let path = Path.Combine(folder.FullName, "inbox.db")

    {
        Kind = "SQLite"
        Place = path
        Connect = fun () -> new SqliteConnection("Pooling=false;Data Source=" + path)
        Drop = fun () -> folder.Delete true
    }

let private newSchema (server: string) () =
    let schema = "inbox_" + Guid.NewGuid().ToString "n"

    let onServer (text: string) =
        use connection = new NpgsqlConnection(server + ";Pooling=false")
        connection.Open()
        execute connection text

    onServer ("CREATE SCHEMA " + schema)

    let place =
        NpgsqlConnectionStringBuilder(server, SearchPath = schema, MaxPoolSize = AtOnce).ToString()

    {
        Kind = "PostgreSQL"
        Place = place
        Connect = fun () -> new NpgsqlConnection(place)
        Drop = fun () -> onServer ("DROP SCHEMA " + schema + " CASCADE")
    }

let private openOn database =
    let connection = database.Connect()
    connection.Open()
    connection

let private createEffects database =
    use connection = openOn database
    execute connection "CREATE TABLE effects (id varchar(64) NOT NULL)"

let private effects database =
    use connection = openOn database
    use command = connection.CreateCommand()
    command.CommandText <- "SELECT COUNT(*) FROM effects"
    Convert.ToInt32(command.ExecuteScalar(), CultureInfo.InvariantCulture)

let private signed = lazy Array.Parallel.init Many numbered

/// Does something for every number, so many at once; gives how many a second.
let private rate (atOnce: int) (act: int -> Task) =
    let next = ref -1

    let work () : Task =
        task {
            let mutable number = Interlocked.Increment next

            while number < Many do
                do! act number
                number <- Interlocked.Increment next
        }

    let start = Stopwatch.GetTimestamp()
    Task.WaitAll [| for _ in 1..atOnce -> Task.Run work |]
    float Many / Stopwatch.GetElapsedTime(start).TotalSeconds

let private decodeAlone () =
    rate AtOnce (fun number ->
        Subjects.accept signed.Value[number]
        Task.CompletedTask)

let private options () =
    WeChatPayOptions(
        MerchantId = "1900000001",
        MerchantSerial = merchantKey.Serial,
        MerchantPrivateKey = merchant.ExportPkcs8PrivateKeyPem(),
        ApiV3Key = apiV3KeyText,
        PlatformPublicKeyId = serial,
        PlatformPublicKey = platformPem
    )

/// Headers and bytes to a row: decoded, and kept by the sink. Gives the rate and the rows.
let private accepted database =
    let store = InboxReceiver.openStore database.Kind database.Place
    store.MigrateAsync(CancellationToken.None).GetAwaiter().GetResult()
    let services = ServiceCollection()

    services.AddLogging().AddWeChatPayInbox().UseStore(fun _ -> store).Handle(fun _ _ -> Task.CompletedTask)
    |> ignore

    use provider = services.BuildServiceProvider()
    let sink = provider.GetRequiredService<INotificationSink>()
    let receiver = WeChatPayNotifications.Create(options ())

    let take number : Task =
        let one = signed.Value[number]

        match receiver.Decode(one.Headers, ReadOnlySpan one.Body).TryGet() with
        | true, NonNull decoded, _ ->
            sink.TakeAsync(
                ReceivedNotification(decoded, "", DateTimeOffset.UtcNow, one.Headers, one.Body),
                CancellationToken.None
            )
        | _ -> invalidOp "A sample is refused."

    let taken = rate AtOnce take

    let rows =
        store.ListAsync(Nullable(), Nullable(), Many, CancellationToken.None).GetAwaiter().GetResult()

    if rows.Count <> Many then
        invalidOp "Not every notification became a row."

    struct (taken, rows)

let private insert =
    """INSERT INTO wechatpay_inbox (merchant, notification_id, business_key, idempotency_key, event_type, original_type, summary, serial, created_at, received_at, headers, body, resource, due_at)
       VALUES (@merchant, @id, @business, @idempotency, @type, @original, @summary, @serial, @created, @received, @headers, @body, @resource, @received)"""

let private insertRow (connection: DbConnection) (item: InboxItem) : Task =
    task {
        use command = connection.CreateCommand()
        command.CommandText <- insert

        for name, value in
            [
                "merchant", box item.Merchant
                "id", box item.NotificationId
                "business", box item.BusinessKey
                "idempotency", box item.IdempotencyKey
                "type", box item.EventType
                "original", box (string item.OriginalType)
                "summary", box (string item.Summary)
                "serial", box item.Serial
                "created", box (item.CreatedAt.GetValueOrDefault().ToUnixTimeMilliseconds())
                "received", box (item.ReceivedAt.ToUnixTimeMilliseconds())
                "headers", box item.Headers
                "body", box (item.Body.ToArray())
                "resource", box (item.Resource.ToArray())
            ] do
            let parameter = command.CreateParameter()
            parameter.ParameterName <- name
            parameter.Value <- value
            command.Parameters.Add parameter |> ignore

        let! _ = command.ExecuteNonQueryAsync()
        return ()
    }

/// The same rows, one transaction each, by as many as the database lets write: one on SQLite.
let private rawInserts database (rows: InboxRecord array) =
    let store = InboxReceiver.openStore database.Kind database.Place
    store.MigrateAsync(CancellationToken.None).GetAwaiter().GetResult()

    if database.Kind = "SQLite" then
        use connection = openOn database
        execute connection "PRAGMA journal_mode = WAL; PRAGMA synchronous = FULL"
        rate 1 (fun number -> insertRow connection rows[number].Item)
    else
        rate AtOnce (fun number ->
            task {
                use connection = database.Connect()
                do! connection.OpenAsync()
                do! insertRow connection rows[number].Item
            })

let private withDatabase (create: unit -> Database) (measure: Database -> 'Figure) =
    let database = create ()

    try
        measure database
    finally
        database.Drop()

let private say (name: string) (value: float) (unit: string) =
    Console.WriteLine(
        name.PadRight 84
        + value.ToString((if value < 100.0 then "0.00" else "0"), CultureInfo.InvariantCulture).PadLeft 9
        + " "
        + unit
    )

let private post (http: HttpClient) (url: string) number =
    task {
        let one = signed.Value[number]
        use request = new HttpRequestMessage(HttpMethod.Post, url + "/notify")
        request.Content <- new ByteArrayContent(one.Body)

        for header in one.Headers do
            if header.Key.StartsWith("Wechatpay-", StringComparison.Ordinal) then
                request.Headers.TryAddWithoutValidation(header.Key, header.Value) |> ignore

        use! answer = http.SendAsync request

        if int answer.StatusCode <> 204 then
            invalidOp (
                "A notification was answered "
                + (int answer.StatusCode).ToString CultureInfo.InvariantCulture
            )
    }

let private untilHandled database =
    while effects database < Many do
        Thread.Sleep 20

/// How long the platform waits for its answer while as many come at once as can, and the worker handles beside it.
let private answers database =
    createEffects database

    let app =
        (InboxReceiver.start database.Kind database.Place platformPem apiV3KeyText).GetAwaiter().GetResult()

    let url = Seq.head app.Urls
    use http = new HttpClient()
    let waits = ConcurrentBag<float>()

    let timed number : Task =
        task {
            let start = Stopwatch.GetTimestamp()
            do! post http url number
            waits.Add(Stopwatch.GetElapsedTime(start).TotalMilliseconds)
        }

    let taken = rate AtOnce timed
    untilHandled database
    app.StopAsync().GetAwaiter().GetResult()
    let sorted = waits.ToArray() |> Array.sort

    let at share =
        sorted[min (sorted.Length - 1) (int (share * float sorted.Length))]

    say (database.Kind + ": answered on Kestrel, while the worker handles") taken "/s"
    say (database.Kind + ": an answer's p50") (at 0.5) "ms"
    say (database.Kind + ": an answer's p99 (the platform waits 5000 ms)") (at 0.99) "ms"
    say (database.Kind + ": the slowest answer") sorted[sorted.Length - 1] "ms"

let private startReceiver database =
    Receiver.startProcess [ "inbox"; "--receiver"; database.Kind; database.Place ]

/// How many a second so many receivers take, each a process, and how many they have handled a second when all is done.
let private receivers (count: int) database =
    createEffects database
    let started = [| for _ in 1..count -> startReceiver database |]
    use http = new HttpClient()
    let start = Stopwatch.GetTimestamp()

    let taken =
        rate AtOnce (fun number ->
            let struct (_, url) = started[number % count]
            post http url number)

    untilHandled database
    let handled = float Many / Stopwatch.GetElapsedTime(start).TotalSeconds

    for struct (receiver, _) in started do
        receiver.StandardInput.Close()
        receiver.WaitForExit()
        receiver.Dispose()

    struct (taken, handled)

/// The best of several rounds, in each of which all take their turn.
let private compare create =
    let mutable bestDecode, bestTaken, bestRaw = 0.0, 0.0, 0.0
    let mutable kind = ""

    for _ in 1..Rounds do
        bestDecode <- max bestDecode (decodeAlone ())

        let struct (taken, rows) = withDatabase create accepted
        bestTaken <- max bestTaken taken

        bestRaw <-
            max
                bestRaw
                (withDatabase create (fun database ->
                    kind <- database.Kind
                    rawInserts database (Array.ofSeq rows)))

    say (kind + ": accepted, decoded and kept") bestTaken "/s"
    say (kind + ": decoded alone") bestDecode "/s"
    say (kind + ": raw inserts of the same rows, a transaction each") bestRaw "/s"
    say (kind + ": accepted / decoded alone") (bestTaken / bestDecode) ""
    say (kind + ": accepted / raw inserts") (bestTaken / bestRaw) ""

let private compareReceivers create =
    let mutable one, two, oneHandled, twoHandled = 0.0, 0.0, 0.0, 0.0

    for _ in 1..Rounds do
        let struct (taken, handled) = withDatabase create (receivers 1)
        one <- max one taken
        oneHandled <- max oneHandled handled
        let struct (taken, handled) = withDatabase create (receivers 2)
        two <- max two taken
        twoHandled <- max twoHandled handled

    say "PostgreSQL: one receiver takes" one "/s"
    say "PostgreSQL: two receivers take" two "/s"
    say "PostgreSQL: two receivers / one, taken" (two / one) ""
    say "PostgreSQL: one receiver handles" oneHandled "/s"
    say "PostgreSQL: two receivers handle" twoHandled "/s"
    say "PostgreSQL: two receivers / one, handled" (twoHandled / oneHandled) ""

/// Measures and prints; SQLite always, PostgreSQL where `WECHATPAY_TEST_POSTGRES` names a server.
let run () =
    decodeAlone () |> ignore
    compare newFile
    withDatabase newFile answers

    match Environment.GetEnvironmentVariable "WECHATPAY_TEST_POSTGRES" with
    | null -> ()
    | server ->
        compare (newSchema server)
        withDatabase (newSchema server) answers
        compareReceivers (newSchema server)

    0
