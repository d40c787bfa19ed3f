/// A bill of any number of rows against a ledger in another order, as `LedgerComparison` does it: from the file to the last outcome, with the files that it sorts in.
module WeChatPay.Benchmarks.Reconcile

open System
open System.Collections.Generic
open System.Diagnostics
open System.Globalization
open System.IO
open System.Threading.Tasks
open WeChatPay
open WeChatPay.Functional

let private invariant = CultureInfo.InvariantCulture

/// What a comparison of ten million with ten million may take.
[<Literal>]
let private MostMegabytes = 2048.0

/// One of these does not divide a number of rows that anyone asks for.
let private steps = [ 7_368_787L; 15_485_863L; 32_452_843L ]

let private start = DateTimeOffset(2026, 1, 2, 0, 0, 0, TimeSpan.FromHours 8.0)

let private isOther row = row % 1000 = 3
let private isMissing row = row % 1000 = 4

/// The entry of the row that `Bills.write` writes; a thousandth of them a fen too much.
let private entryOf (row: int) : MoneyEntry =
    let isRefund = row % 7 = 6
    let fen = int64 (row * 37 % 100_000) + 1L
    let number = row.ToString("D12", invariant)
    let order = "ORDER2026010200" + number

    {
        Kind =
            if isRefund then
                MoneyEntryKind.Refund
            else
                MoneyEntryKind.Payment
        Number = if isRefund then "REFUND2026010200" + number else order
        SubMerchantId = ""
        PaymentNumber = if isRefund then order else ""
        Time = start.AddSeconds(float (row % 86_400))
        Status = MoneyEntryStatus.Done
        Fen = if isOther row then fen + 1L else fen
        FeeMilliFen = Nullable((if isRefund then -1L else 1L) * fen * 6L)
    }

/// The rows' entries in an order that has nothing to do with the bill's, a thousandth of them left out.
[<Sealed>]
type private Shuffled(rows: int) =
    let step = steps |> List.find (fun step -> int64 rows % step <> 0L)
    let rowOf place = int (int64 place * step % int64 rows)

    interface IAsyncEnumerable<MoneyEntry> with
        member _.GetAsyncEnumerator _ =
            let mutable place = -1

            { new IAsyncEnumerator<MoneyEntry> with
                member _.Current = entryOf (rowOf place)

                member _.MoveNextAsync() =
                    place <- place + 1

                    while place < rows && isMissing (rowOf place) do
                        place <- place + 1

                    ValueTask<bool>(place < rows)

                member _.DisposeAsync() = ValueTask()
            }

let private countOf (is: int -> bool) rows =
    Seq.init rows id |> Seq.filter is |> Seq.length |> int64

let private isRight rows (totals: IReadOnlyList<ReconciliationTotal>) =
    let count (findings: ReconciliationFinding list) =
        totals
        |> Seq.filter (fun total -> List.contains total.Finding findings)
        |> Seq.sumBy _.Count

    let other = countOf isOther rows
    let missing = countOf isMissing rows

    count
        [
            ReconciliationFinding.AmountDiffers
            ReconciliationFinding.RefundedDifferently
        ]
        =
        other
    && count [ ReconciliationFinding.MissingHere; ReconciliationFinding.OverMidnight ] = missing
    && count [ ReconciliationFinding.Matched ] = int64 rows - other - missing

let private compare (path: string) rows =
    use bill = File.OpenRead path
    let started = Stopwatch.GetTimestamp()

    let compared =
        LedgerComparison.CompareAsync(bill, Shuffled rows, ignore).GetAwaiter().GetResult()

    let seconds = Stopwatch.GetElapsedTime(started).TotalSeconds

    if not (isRight rows compared.Totals) then
        failwith "The comparison did not find what was planted, and nothing else."

    use self = Process.GetCurrentProcess()
    let peak = float self.PeakWorkingSet64 / 1048576.0

    Console.WriteLine(
        "bill and ledger of "
        + rows.ToString("#,##0", invariant)
        + " each: "
        + seconds.ToString("0.0", invariant)
        + " s, peak working set "
        + peak.ToString("0", invariant)
        + " MB (at most "
        + MostMegabytes.ToString("0", invariant)
        + ")"
    )

    peak <= MostMegabytes

/// Compares a generated bill of so many rows with a ledger of the same; 0 when memory stays within its limit, else 1.
let run (rows: int) =
    let path =
        Path.Combine(Path.GetTempPath(), "wechatpay-bill-" + Guid.NewGuid().ToString "N" + ".csv")

    try
        Bills.write path rows
        if compare path rows then 0 else 1
    finally
        File.Delete path
