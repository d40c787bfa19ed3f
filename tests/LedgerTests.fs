/// Ledgers from CSV and databases, and a bill compared with one, whatever its order.
module WeChatPay.Tests.LedgerTests

open System
open System.Collections.Generic
open System.Data.Common
open System.IO
open System.Text
open System.Threading
open System.Threading.Tasks
open Expecto
open Microsoft.Data.Sqlite
open Npgsql
open WeChatPay
open WeChatPay.Functional
open WeChatPay.Tests.BillFiles

let private zone = TimeSpan.FromHours 8.0

let private all (entries: IAsyncEnumerable<MoneyEntry>) =
    task {
        let found = List<MoneyEntry>()
        let enumerator = entries.GetAsyncEnumerator()
        let mutable isGoing = true

        try
            while isGoing do
                let! isThere = enumerator.MoveNextAsync()
                isGoing <- isThere

                if isThere then
                    found.Add enumerator.Current
        finally
            enumerator.DisposeAsync().AsTask().Wait()

        return List.ofSeq found
    }

let private ofText (text: string) =
    Ledger.ReadCsvAsync(new MemoryStream(Encoding.UTF8.GetBytes text))

let private csv text = ofText text |> all

let private refusal (entries: unit -> Task<MoneyEntry list>) =
    task {
        try
            let! _ = entries ()
            return None
        with :? LedgerException as refused ->
            return Some refused.Error
    }

let private isRefusedAs expected text =
    task {
        let! found = refusal (fun () -> csv text)
        Expect.equal found (Some expected) text
    }

let private malformed row column fault =
    LedgerError.Malformed(row, column, fault)

let private heading = "kind,number,time,fen,status,payment_number,fee_milli_fen\n"
let private good = "payment,order-1,2026-01-02 03:04:05,1234,done,,7404\n"

let private paid =
    {
        Kind = MoneyEntryKind.Payment
        Number = "order-1"
        SubMerchantId = ""
        PaymentNumber = ""
        Time = DateTimeOffset(2026, 1, 2, 3, 4, 5, zone)
        Status = MoneyEntryStatus.Done
        Fen = 1234L
        FeeMilliFen = Nullable 7404L
    }

let private csvTests =
    testList
        "CSV"
        [
            testTask "columns go by their names, in any order and spelling; others are passed over" {
                let! read = csv (heading + good)
                Expect.equal read [ paid ] "as it stands"

                let! turned =
                    csv
                        "\uFEFFFen,shop,Number,TIME,Kind,SubMerchantId,Sub_Mchid\r\n1234,x,order-1,2026-01-02 03:04:05,PAYMENT,19,y\r\n\r\n"

                let expected =
                    { paid with
                        SubMerchantId = "19"
                        FeeMilliFen = Nullable()
                    }

                Expect.equal turned [ expected ] "turned round"
            }

            testTask "quoted cells hold commas, line ends and quotation marks" {
                let! read = csv (heading + good.Replace("order-1", "\"a,\"\"b\"\"\nc\"") + good)
                Expect.equal (read |> List.map _.Number) [ "a,\"b\"\nc"; "order-1" ] "unquoted"
            }

            testTask "every spelling of a time is one moment" {
                for time in
                    [
                        "2026-01-02 03:04:05"
                        "2026-01-02T03:04:05"
                        "2026-01-01T19:04:05Z"
                        "2026-01-01 19:04:05.000+00"
                        "2026-01-01T14:04:05-05:00"
                        "1767294245"
                    ] do
                    let! read = csv (heading + good.Replace("2026-01-02 03:04:05", time))
                    Expect.equal (read |> List.map _.Time.UtcDateTime) [ paid.Time.UtcDateTime ] time
            }

            testTask "a column that lacks or is there twice is named" {
                for column in [ "kind"; "number"; "time"; "fen" ] do
                    do! isRefusedAs (LedgerError.MissingColumn column) (heading.Replace(column + ",", "x,") + good)

                do! isRefusedAs (LedgerError.MissingColumn "kind") ""
                do! isRefusedAs (LedgerError.DuplicateColumn "fen") (heading.Replace("status", "Fen") + good)
            }

            testTask "a value that is none is refused at its row and column, and is never told" {
                for column, right, wrong, fault in
                    [
                        "kind", "payment,", "paid-secret,", LedgerFault.NotKind
                        "kind", "payment,", " ,", LedgerFault.Empty
                        "number", "order-1", "", LedgerFault.Empty
                        "time", "03:04:05", "", LedgerFault.NotTime
                        "time", "01-02 ", "02-30 ", LedgerFault.NotTime
                        "time", "2026-01-02 03:04:05", "", LedgerFault.Empty
                        "fen", "1234", "12.34", LedgerFault.NotFen
                        "fen", "1234", "-1", LedgerFault.NotFen
                        "fen", "1234", "9223372036854775808", LedgerFault.NotFen
                        "status", "done", "SUCCESS", LedgerFault.NotStatus
                        "fee_milli_fen", "7404", "7404.5", LedgerFault.NotFee
                    ] do
                    let row = good.Replace(right, wrong)
                    do! isRefusedAs (malformed 2L column fault) (heading + good + row)

                let! found =
                    refusal (fun () -> csv (heading + good.Replace("payment,", "paid-secret,")))

                let error = Option.get found
                Expect.isFalse ((LedgerError.message error).Contains "secret") "not told"
            }

            testTask "a row that is not whole is refused, not filled up" {
                do! isRefusedAs (malformed 2L "" LedgerFault.TooFewCells) (heading + good + "payment,order-2\n")
                do! isRefusedAs (malformed 1L "" LedgerFault.TooManyCells) (heading + good.Replace("7404", "7404,1"))
                do! isRefusedAs (malformed 2L "" LedgerFault.BadQuotes) (heading + good + "payment,\"order-2")
                do! isRefusedAs (malformed 2L "" LedgerFault.BadQuotes) (heading + good + "payment,or\"der\n")
                do! isRefusedAs (malformed 2L "" LedgerFault.BadQuotes) (heading + good + "payment,\"or\"der\n")
                do! isRefusedAs (malformed 1L "" LedgerFault.RowTooLong) (heading + String('x', 1_100_000))
                let gbk = Array.append (utf8 heading) [| 0xD6uy; 0xD0uy; 0x2Cuy; 0x31uy |]

                let bytes =
                    Array.append gbk (utf8 (good.Substring(good.IndexOf(",2026", StringComparison.Ordinal))))

                let! found = refusal (fun () -> Ledger.ReadCsvAsync(new MemoryStream(bytes)) |> all)
                Expect.equal found (Some(malformed 1L "" LedgerFault.NotUtf8)) "not UTF-8"
            }
        ]

let private query (connection: DbConnection) (sql: string) =
    task {
        use command = connection.CreateCommand()
        command.CommandText <- sql
        use! reader = command.ExecuteReaderAsync()
        return! Ledger.ReadAsync reader |> all
    }

let private databaseTests =
    [
        testTask "SQLite: numbers and texts as they come; floating point is no money" {
            use connection = new SqliteConnection "Data Source=:memory:"
            connection.Open()

            let! read =
                query
                    connection
                    "SELECT 'payment' AS kind, 'order-1' AS number, '2026-01-02 03:04:05' AS time, 1234 AS fen, 7404 AS fee_milli_fen
                     UNION ALL SELECT 'payment', 'order-1', 1767294245, 1234, NULL"

            Expect.equal
                (read |> List.map (fun (entry: MoneyEntry) -> entry.FeeMilliFen))
                [ Nullable 7404L; Nullable() ]
                "nothing is nothing"

            Expect.all read (fun (entry: MoneyEntry) -> entry.Time = paid.Time && entry.Fen = 1234L) "one moment"

            let! found =
                refusal (fun () ->
                    query connection "SELECT 'payment' AS kind, 'order-1' AS number, 1767294245 AS time, 1234.0 AS fen")

            Expect.equal found (Some(malformed 1L "fen" LedgerFault.NotFen)) "1234.0"
            let! found = refusal (fun () -> query connection "SELECT 1 AS number")
            Expect.equal found (Some(LedgerError.MissingColumn "kind")) "named"
        }
        match InboxDatabases.postgres with
        | Some server ->
            testList
                "on PostgreSQL"
                [
                    testTask "its times, numerics and nulls" {
                        use connection = new NpgsqlConnection(server)
                        do! connection.OpenAsync()

                        let! read =
                            query
                                connection
                                "SELECT 'payment' AS kind, 'order-1' AS number, timestamptz '2026-01-02 03:04:05+08' AS time, 1234::numeric(12,0) AS fen, 7404::int AS fee_milli_fen
                                 UNION ALL SELECT 'payment', 'order-1', timestamptz '2026-01-01 19:04:05Z', 1234, NULL"

                        Expect.all
                            read
                            (fun (entry: MoneyEntry) -> entry.Time = paid.Time && entry.Fen = 1234L)
                            "one moment"

                        let! local =
                            query
                                connection
                                "SELECT 'payment' AS kind, 'order-1' AS number, timestamp '2026-01-02 03:04:05' AS time, 1234::bigint AS fen, 7404::bigint AS fee_milli_fen"

                        Expect.equal local [ paid ] "a time without a zone is +08:00"
                    }
                ]
        | None -> ()
    ]

let private many =
    [
        for number in 1..60 do
            payment
            |> where
                [
                    "商户订单号", "order-" + string (number * 7919 % 61)
                    "交易时间", "2026-01-02 12:00:00"
                ]
    ]

let private ledgerOf (rows: (string * string) list list) =
    heading
    + String.concat
        ""
        [
            for row in rows do
                good.Replace("order-1", cell "商户订单号" row).Replace("03:04:05", "12:00:00")
        ]

let private compareIn
    (folder: string)
    held
    (bill: byte array)
    (ledger: IAsyncEnumerable<MoneyEntry>)
    cancellationToken
    =
    task {
        let codes = List<string>()

        let options = LedgerComparisonOptions(TemporaryFolder = folder, EntriesHeld = held)

        let! compared =
            LedgerComparison.CompareAsync(
                new MemoryStream(bill),
                ledger,
                (fun outcome -> codes.Add(ReconciliationOutcome.code outcome)),
                options,
                cancellationToken
            )

        return compared, List.ofSeq codes
    }

let private inFolder (check: string -> Task<unit>) =
    task {
        let folder = Directory.CreateTempSubdirectory "ledger-"

        try
            do! check folder.FullName
            Expect.isEmpty (Directory.GetFileSystemEntries folder.FullName) "no file is left"
        finally
            folder.Delete true
    }

/// Goes on until it is cancelled.
type private Endless(beforeEach: int -> unit) =
    interface IAsyncEnumerable<MoneyEntry> with
        member _.GetAsyncEnumerator cancellationToken =
            let count = ref 0

            { new IAsyncEnumerator<MoneyEntry> with
                member _.Current =
                    { paid with
                        Number = string count.Value
                    }

                member _.MoveNextAsync() =
                    count.Value <- count.Value + 1
                    beforeEach count.Value
                    cancellationToken.ThrowIfCancellationRequested()
                    ValueTask<bool> true

                member _.DisposeAsync() = ValueTask()
            }

let private comparisonTests =
    testList
        "comparison"
        [
            testTask "whatever order both sides come in, exactly what was planted differs, with files and without" {
                for held in [ 1; 7; 1000 ] do
                    do!
                        inFolder (fun folder ->
                            task {
                                let ledger = ledgerOf (List.rev many)

                                let! same, codes =
                                    compareIn folder held (file many) (ofText ledger) CancellationToken.None

                                Expect.isTrue same.IsEqual "the same"
                                Expect.equal codes (List.replicate 60 "matched") "each once"

                                let planted =
                                    ledger.Replace(
                                        "order-7,2026-01-02 12:00:00,1234",
                                        "order-7,2026-01-02 12:00:00,1235"
                                    )

                                let planted = planted.Replace("order-9,", "order-9x,")

                                let! other, codes =
                                    compareIn folder held (file many) (ofText planted) CancellationToken.None

                                Expect.isFalse other.IsEqual "not the same"

                                Expect.equal
                                    (codes |> List.filter (fun code -> code <> "matched") |> List.sort)
                                    [ "amount_differs"; "missing_here"; "missing_there" ]
                                    "and nothing else"

                                let differs =
                                    other.Totals
                                    |> Seq.find (fun total -> total.Finding = ReconciliationFinding.AmountDiffers)

                                Expect.equal
                                    (differs.Count, differs.BillFen, differs.LedgerFen)
                                    (1L, 1234L, 1235L)
                                    "money"
                            })
            }

            testTask "a ledger that is said to be sorted and is not is refused" {
                let options = LedgerComparisonOptions(IsLedgerSorted = true)

                let compare (ledger: string) =
                    LedgerComparison.CompareAsync(new MemoryStream(file many), ofText ledger, ignore, options)

                let ordered =
                    many
                    |> List.sortWith (fun one other -> String.CompareOrdinal(cell "商户订单号" one, cell "商户订单号" other))

                let! (right: LedgerComparison) = compare (ledgerOf ordered)
                Expect.isTrue right.IsEqual "in order"
                let! (wrong: LedgerComparison) = compare (ledgerOf (List.rev ordered))
                Expect.equal (nonNull wrong.Problem).Code "ledger_unsorted" "not in order"
                Expect.isFalse wrong.IsEqual "and not the same"
            }

            testTask "nothing is told of a bill that is not believed, and its files are gone" {
                do!
                    inFolder (fun folder ->
                        task {
                            let cut = file many |> Array.take 8000

                            let! compared, codes =
                                compareIn folder 2 cut (ofText (ledgerOf many)) CancellationToken.None

                            Expect.equal (nonNull compared.Problem).Code "bill_truncated" "cut"
                            Expect.isEmpty codes "no outcome"
                            Expect.isFalse compared.IsEqual "not the same"
                        })
            }

            testTask "cancelled or broken in the middle, no file is left" {
                do!
                    inFolder (fun folder ->
                        task {
                            use stop = new CancellationTokenSource()

                            let endless =
                                Endless(fun count ->
                                    if count = 100 then
                                        stop.Cancel())

                            let! isCancelled =
                                task {
                                    try
                                        let! _ = compareIn folder 3 (file many) endless stop.Token
                                        return false
                                    with :? OperationCanceledException ->
                                        return true
                                }

                            Expect.isTrue isCancelled "cancelled"

                            let broken =
                                Endless(fun count ->
                                    if count = 100 then
                                        raise (InvalidDataException "broken"))

                            let! isBroken =
                                task {
                                    try
                                        let! _ = compareIn folder 3 (file many) broken CancellationToken.None
                                        return false
                                    with :? InvalidDataException ->
                                        return true
                                }

                            Expect.isTrue isBroken "the user's own exception comes through"
                        })
            }
        ]

[<Tests>]
let tests = testList "ledgers" [ csvTests; yield! databaseTests; comparisonTests ]
