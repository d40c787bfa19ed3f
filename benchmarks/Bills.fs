/// Bills: our reader beside two readers of CSV over the same file into the same fields; the memory that a large file takes; the speed of a comparison.
module WeChatPay.Benchmarks.Bills

open System
open System.Buffers
open System.Diagnostics
open System.Globalization
open System.IO
open System.Text
open CsvHelper
open Sylvan.Data.Csv
open WeChatPay.Functional

/// From so many rows on it is memory that is looked at, and the others do not read.
[<Literal>]
let private Large = 2_000_000

[<Literal>]
let private Rounds = 7

[<Literal>]
let private Piece = 65_536

let private invariant = CultureInfo.InvariantCulture

let private headings =
    [|
        for column in (BillTable.kinds |> Seq.find (fun kind -> kind.Kind = BillKind.TradeAll)).Columns do
            BillTable.columns[int column].Headings[0]
    |]

let private totalHeadings =
    [|
        for total in (BillTable.kinds |> Seq.find (fun kind -> kind.Kind = BillKind.TradeAll)).Totals do
            BillTable.totals[int total].Headings[0]
    |]

let private yuan (fen: int64) =
    (decimal fen / 100m).ToString("0.00", invariant)

let private yuan5 (milliFen: int64) =
    (decimal milliFen / 100_000m).ToString("0.00000", invariant)

/// A day's bill with so many payments, every seventh of them refunded in part, as long a row as real ones are.
let write (path: string) (rows: int) =
    use output = new StreamWriter(path, false, UTF8Encoding false, 1 <<< 20)
    output.Write(String.Join(",", headings) + "\r\n")
    let start = DateTime(2026, 1, 2)
    let mutable total, refunded, fees = 0L, 0L, 0L

    for row in 0 .. rows - 1 do
        let isRefund = row % 7 = 6
        let fen = int64 (row * 37 % 100_000) + 1L
        let fee = (if isRefund then -1L else 1L) * fen * 6L
        let number = row.ToString("D12", invariant)

        let time =
            start.AddSeconds(float (row % 86_400)).ToString("yyyy-MM-dd HH:mm:ss", invariant)

        fees <- fees + fee

        if isRefund then
            refunded <- refunded + fen
        else
            total <- total + fen

        output.Write(
            "`"
            + time
            + ",`wx0123456789abcdef,`1900000001,`0,`,`4200002026010200"
            + number
            + ",`ORDER2026010200"
            + number
            + ",`oUpF8uMuAJO_M2pxb1Q9zNjWeS6o,`JSAPI,`"
            + (if isRefund then "REFUND" else "SUCCESS")
            + ",`OTHERS,`CNY,`"
            + (if isRefund then "0.00" else yuan fen)
            + ",`0.00,`"
            + (if isRefund then "5030002026010200" + number else "0")
            + ",`"
            + (if isRefund then "REFUND2026010200" + number else "0")
            + ",`"
            + (if isRefund then yuan fen else "0.00")
            + ",`0.00,`"
            + (if isRefund then "ORIGINAL" else "")
            + ",`"
            + (if isRefund then "SUCCESS" else "")
            + ",`一壶龙井茶，配点心,`shop-17,`"
            + yuan5 fee
            + ",`0.60%,`"
            + (if isRefund then "0.00" else yuan fen)
            + ",`"
            + (if isRefund then yuan fen else "0.00")
            + ",`\r\n"
        )

    let totals =
        [
            rows.ToString invariant
            yuan total
            yuan refunded
            "0.00"
            yuan5 fees
            yuan total
            yuan refunded
        ]

    output.Write(String.Join(",", totalHeadings) + "\r\n")
    output.Write("`" + String.Join(",`", totals) + "\r\n")

/// What every reader gives, so that none has left anything out.
[<Struct>]
type private Sum =
    {
        Rows: int64
        Total: int64
        Refund: int64
        Fee: int64
        Ticks: int64
        Letters: int64
    }

let private nothing =
    {
        Rows = 0L
        Total = 0L
        Refund = 0L
        Fee = 0L
        Ticks = 0L
        Letters = 0L
    }

/// The pieces of a file, as they come from the disk.
let private pushAll (path: string) (reader: BillReader) =
    use file = new FileStream(path, FileMode.Open, FileAccess.Read, FileShare.Read, 1)
    let buffer = ArrayPool.Shared.Rent Piece
    let mutable length = file.Read(buffer, 0, Piece)

    while length > 0 do
        reader.Push(ReadOnlySpan(buffer, 0, length)) |> ignore
        length <- file.Read(buffer, 0, Piece)

    ArrayPool.Shared.Return buffer

    if not (reader.Finish()) then
        failwith "The bill was not read."

/// Seven fields: a time, three texts, three amounts; and all that a bill is checked for.
let private ours (path: string) =
    let sums: int64 array = Array.zeroCreate 6

    BillReader(fun row ->
        let mutable fen = 0L
        let mutable milliFen = 0L
        let mutable time = DateTimeOffset.MinValue
        sums[0] <- sums[0] + 1L

        if row.TryGetFen(BillColumn.Total, &fen) then
            sums[1] <- sums[1] + fen

        if row.TryGetFen(BillColumn.Refund, &fen) then
            sums[2] <- sums[2] + fen

        if row.TryGetMilliFen(BillColumn.Fee, &milliFen) then
            sums[3] <- sums[3] + milliFen

        if row.TryGetTime(BillColumn.TradeTime, &time) then
            sums[4] <- sums[4] + time.Ticks

        sums[5] <-
            sums[5]
            + int64 (
                row.Text(BillColumn.TransactionId).Length
                + row.Text(BillColumn.OutTradeNo).Length
                + row.Text(BillColumn.TradeState).Length
            ))
    |> pushAll path

    {
        Rows = sums[0]
        Total = sums[1]
        Refund = sums[2]
        Fee = sums[3]
        Ticks = sums[4]
        Letters = sums[5]
    }

let private amount (scale: decimal) (text: ReadOnlySpan<char>) =
    int64 (
        Decimal.Parse(text, NumberStyles.AllowLeadingSign ||| NumberStyles.AllowDecimalPoint, invariant)
        * scale
    )

let private ticksOf (text: ReadOnlySpan<char>) =
    DateTime.ParseExact(text, "yyyy-MM-dd HH:mm:ss", invariant).Ticks

let private sylvan (path: string) =
    use text = new StreamReader(path, Encoding.UTF8, false, Piece)

    let options =
        CsvDataReaderOptions(BufferSize = Piece, CsvStyle = CsvStyle.Standard, HasHeaders = true)

    use reader = CsvDataReader.Create(text, options)

    let place (column: BillColumn) =
        reader.GetOrdinal(BillTable.columns[int column].Headings[0])

    let time, transaction, order =
        place BillColumn.TradeTime, place BillColumn.TransactionId, place BillColumn.OutTradeNo

    let state, total, refund, fee =
        place BillColumn.TradeState, place BillColumn.Total, place BillColumn.Refund, place BillColumn.Fee

    let mutable sum = nothing

    while reader.Read() do
        if reader.RowFieldCount = headings.Length then
            sum <-
                {
                    Rows = sum.Rows + 1L
                    Total = sum.Total + amount 100m (reader.GetFieldSpan(total).Slice 1)
                    Refund = sum.Refund + amount 100m (reader.GetFieldSpan(refund).Slice 1)
                    Fee = sum.Fee + amount 100_000m (reader.GetFieldSpan(fee).Slice 1)
                    Ticks = sum.Ticks + ticksOf (reader.GetFieldSpan(time).Slice 1)
                    Letters =
                        sum.Letters
                        + int64 (
                            String(reader.GetFieldSpan(transaction).Slice 1).Length
                            + String(reader.GetFieldSpan(order).Slice 1).Length
                            + String(reader.GetFieldSpan(state).Slice 1).Length
                        )
                }

    sum

let private helperAmount (scale: decimal) (cell: ReadOnlySpan<byte>) =
    int64 (
        Decimal.Parse(cell.Slice 1, NumberStyles.AllowLeadingSign ||| NumberStyles.AllowDecimalPoint, invariant)
        * scale
    )

let private helperText (cell: ReadOnlySpan<byte>) =
    Encoding.UTF8.GetString(cell.Slice 1).Length

let private csvHelper (path: string) =
    use reader =
        CsvReader.FromFile(path, CsvReaderOptions(Mode = CsvMode.NoEscape, BufferSize = Piece))

    reader.ReadHeader() |> ignore

    let place (column: BillColumn) =
        reader.GetFieldIndex(BillTable.columns[int column].Headings[0])

    let time, transaction, order =
        place BillColumn.TradeTime, place BillColumn.TransactionId, place BillColumn.OutTradeNo

    let state, total = place BillColumn.TradeState, place BillColumn.Total
    let refund, fee = place BillColumn.Refund, place BillColumn.Fee
    let letters: char array = Array.zeroCreate 64
    let mutable sum = nothing

    while reader.Read() do
        if reader.FieldCount = headings.Length then
            let length = reader.GetChars(time, letters.AsSpan())

            sum <-
                {
                    Rows = sum.Rows + 1L
                    Total = sum.Total + helperAmount 100m (reader.GetSpan total)
                    Refund = sum.Refund + helperAmount 100m (reader.GetSpan refund)
                    Fee = sum.Fee + helperAmount 100_000m (reader.GetSpan fee)
                    Ticks = sum.Ticks + ticksOf (ReadOnlySpan(letters, 1, length - 1))
                    Letters =
                        sum.Letters
                        + int64 (
                            helperText (reader.GetSpan transaction)
                            + helperText (reader.GetSpan order)
                            + helperText (reader.GetSpan state)
                        )
                }

    sum

let private number (format: string) (value: float) = value.ToString(format, invariant)

let private megabytes (bytes: int64) =
    number "0.0" (float bytes / 1e6) + " MB"

let private seconds (read: string -> Sum) (path: string) (expected: Sum) =
    let start = Stopwatch.GetTimestamp()
    let sum = read path
    let taken = Stopwatch.GetElapsedTime(start).TotalSeconds

    if sum <> expected then
        failwith "The readers do not agree."

    taken

/// The three take turns; the best of each counts.
let private ratios (path: string) (rows: int) =
    let readers = [| "ours", ours; "Sylvan.Data.Csv", sylvan; "CsvHelper", csvHelper |]
    let expected = ours path
    let best = Array.create readers.Length Double.MaxValue

    for _ in 1..Rounds do
        for index in 0 .. readers.Length - 1 do
            GC.Collect()
            best[index] <- min best[index] (seconds (snd readers[index]) path expected)

    let size = float (FileInfo(path).Length)

    for index in 0 .. readers.Length - 1 do
        Console.WriteLine(
            (fst readers[index]).PadRight 18
            + (number "0.00" (float rows / best[index] / 1e6)).PadLeft 8
            + " million rows a second"
            + (number "0" (size / best[index] / 1e6)).PadLeft 8
            + " MB/s"
        )

    let isKept =
        [
            for index, target in [ 1, 1.0; 2, 2.0 ] do
                let ratio = best[index] / best[0]

                Console.WriteLine(
                    (fst readers[index] + " / ours").PadRight 40
                    + (number "0.00" ratio).PadLeft 8
                    + "  >= "
                    + number "0.0" target
                    + (if ratio >= target then "  ok" else "  MISSED")
                )

                ratio >= target
        ]

    List.forall id isKept

/// What a large file takes: nothing else has run before in this process but the writing.
let private memory (path: string) (rows: int) =
    GC.Collect()
    let before = GC.GetTotalMemory true
    let start = Stopwatch.GetTimestamp()
    let count = ref 0L
    let fen = ref 0L

    let reader =
        BillReader(fun row ->
            let mutable total = 0L
            count.Value <- count.Value + 1L

            if row.TryGetFen(BillColumn.Total, &total) then
                fen.Value <- fen.Value + total)

    let allocated = GC.GetAllocatedBytesForCurrentThread()
    pushAll path reader
    let allocated = GC.GetAllocatedBytesForCurrentThread() - allocated
    let taken = Stopwatch.GetElapsedTime(start).TotalSeconds
    use self = Process.GetCurrentProcess()

    Console.WriteLine(
        count.Value.ToString invariant
        + " rows, "
        + megabytes (FileInfo(path).Length)
        + " in "
        + number "0.0" taken
        + " s: "
        + number "0.00" (float rows / taken / 1e6)
        + " million rows a second"
    )

    Console.WriteLine(
        "allocated while reading "
        + megabytes allocated
        + ", heap before "
        + megabytes before
        + ", after "
        + megabytes (GC.GetTotalMemory false)
    )

    Console.WriteLine("working set at its peak, writing included " + megabytes self.PeakWorkingSet64)
    count.Value = int64 rows

let private entryOf (row: int) : MoneyEntry =
    {
        Kind = MoneyEntryKind.Payment
        Number = "ORDER2026010200" + row.ToString("D12", invariant)
        SubMerchantId = ""
        PaymentNumber = ""
        Time = DateTimeOffset(2026, 1, 2, 12, 0, 0, TimeSpan.FromHours 8.0)
        Status = MoneyEntryStatus.Done
        Fen = int64 row
        FeeMilliFen = Nullable()
    }

/// Two sequences that are in memory, so that nothing but the comparison is measured.
let private merge () =
    let count = 1_000_000
    let bill = Array.init count entryOf

    let ledger =
        Array.init count entryOf |> Array.filter (fun entry -> entry.Fen % 1000L <> 0L)

    let mutable best = Double.MaxValue
    let found = ref 0

    for _ in 1..Rounds do
        let start = Stopwatch.GetTimestamp()
        found.Value <- 0

        let result =
            Reconciliation.compare ReconciliationPolicy.Usual (fun _ -> found.Value <- found.Value + 1) bill ledger

        best <- min best (Stopwatch.GetElapsedTime(start).TotalSeconds)

        if Result.isError result || found.Value <> count then
            failwith "The comparison did not end as it should."

    Console.WriteLine(
        "compared, of both sides together".PadRight 40
        + number "0.00" (float (bill.Length + ledger.Length) / best / 1e6)
        + " million entries a second"
    )

/// Reads a generated bill of so many rows; 0 when every target is met, else 1.
let run (rows: int) =
    let path =
        Path.Combine(Path.GetTempPath(), "wechatpay-bill-" + Guid.NewGuid().ToString "N" + ".csv")

    try
        write path rows

        let isKept =
            if rows >= Large then
                memory path rows
            else
                merge ()
                ratios path rows

        if isKept then 0 else 1
    finally
        File.Delete path
