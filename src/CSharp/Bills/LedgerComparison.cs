using System.Runtime.CompilerServices;
using WeChatPay.Functional;
using WeChatPay.Shell;

namespace WeChatPay;

/// <summary>How a bill is compared with a ledger.</summary>
public sealed class LedgerComparisonOptions
{
    /// <summary>What is allowed to differ.</summary>
    public ReconciliationPolicy Policy { get; init; } = ReconciliationPolicy.Usual;

    /// <summary>The SHA-1 that the platform gave of the bill; null where it is not known.</summary>
    public string? HashValue { get; init; }

    /// <summary>The ledger comes in the order of <c>MoneyEntry.compare</c> and is not sorted again: nothing of it is kept. What is not in order is refused.</summary>
    public bool IsLedgerSorted { get; init; }

    /// <summary>Where files may be made for as long as it runs; the system's temporary folder where it is null. A large ledger needs some 100 bytes an entry.</summary>
    public string? TemporaryFolder { get; init; }

    /// <summary>How many entries are held in memory of each side before they go to files.</summary>
    public int EntriesHeld { get; init; } = 262_144;
}

/// <summary>Why a bill and a ledger were not compared.</summary>
public sealed class ComparisonProblem
{
    private ComparisonProblem(string code, long? line, string message, Advice advice)
    {
        Code = code;
        Line = line;
        Message = message;
        Advice = advice;
    }

    /// <summary>The stable name, such as <c>bill_summary_mismatch</c> or <c>ledger_unsorted</c>.</summary>
    public string Code { get; }

    /// <summary>The bill's line that it was found in, where it is about one.</summary>
    public long? Line { get; }

    /// <summary>What was found, in one sentence of facts.</summary>
    public string Message { get; }

    /// <summary>The likely cause and what to do, in English and Chinese.</summary>
    public Advice Advice { get; }

    /// <summary>What was found.</summary>
    public override string ToString() => Message;

    internal static ComparisonProblem From(BillError error)
    {
        var line = BillErrorModule.line(error);
        return new(BillErrorModule.code(error), line.IsSome ? line.Value : null, BillErrorModule.message(error), BillErrorModule.advice(error));
    }

    internal static ComparisonProblem From(ReconciliationError error) =>
        new(ReconciliationErrorModule.code(error), null, ReconciliationErrorModule.message(error), ReconciliationErrorModule.advice(error));

    internal static ComparisonProblem OtherKind() => new(
        "bill_of_other_kind",
        1,
        "The bill is no trade bill: its rows are no payments and refunds.",
        new Advice("Only trade bills (all, success, refund) have the merchant's numbers that a ledger goes by.", "只有交易账单（全部、成功、退款）含商户单号，可与账簿比对。"));
}

/// <summary>A bill compared with a ledger.</summary>
public sealed class LedgerComparison
{
    private LedgerComparison(BillSummary? bill, IReadOnlyList<ReconciliationTotal> totals, ComparisonProblem? problem)
    {
        Bill = bill;
        Totals = totals;
        Problem = problem;
    }

    /// <summary>What the bill adds up to; null where it is not believed.</summary>
    public BillSummary? Bill { get; }

    /// <summary>How many of each kind ended how, and their money; what did not occur is left out. Empty where there is a problem.</summary>
    public IReadOnlyList<ReconciliationTotal> Totals { get; }

    /// <summary>Why they were not compared; null where they were.</summary>
    public ComparisonProblem? Problem { get; }

    /// <summary>Whether both sides were compared and say the same of everything.</summary>
    public bool IsEqual => Problem is null && Totals.All(static total => total.Finding == ReconciliationFinding.Matched);

    /// <summary>Compares a trade bill with a ledger of any length, in any order, in bounded memory. No outcome is told before the bill has been read to its end and is believed.</summary>
    /// <param name="bill">The bill, gzip or not; it stays open.</param>
    /// <param name="ledger">The ledger's entries: of a query of your own, or from <see cref="Ledger"/>, whose <see cref="LedgerException"/> comes through.</param>
    /// <param name="take">Gets each outcome, also those that match. Where there is a problem in the end, those that it got count for nothing.</param>
    /// <param name="options">How; as <see cref="LedgerComparisonOptions"/> has it where it is null.</param>
    /// <param name="cancellationToken">Ends it; the files are deleted.</param>
    public static async Task<LedgerComparison> CompareAsync(
        Stream bill,
        IAsyncEnumerable<MoneyEntry> ledger,
        Action<ReconciliationOutcome> take,
        LedgerComparisonOptions? options = null,
        CancellationToken cancellationToken = default)
    {
        ArgumentNullException.ThrowIfNull(bill);
        ArgumentNullException.ThrowIfNull(ledger);
        ArgumentNullException.ThrowIfNull(take);
        options ??= new();
        using var ofBill = new MoneyEntrySorter(options.TemporaryFolder, options.EntriesHeld);
        var reading = await BillContent.ReadAsync(bill, row => Add(ofBill, row), options.HashValue, cancellationToken: cancellationToken).ConfigureAwait(false);
        if (!reading.TryGet(out var summary, out var error))
        {
            return new(null, [], ComparisonProblem.From(error));
        }

        if (summary.Kind is not (BillKind.TradeAll or BillKind.TradeSuccess or BillKind.TradeRefund))
        {
            return new(summary, [], ComparisonProblem.OtherKind());
        }

        using var ofLedger = new MoneyEntrySorter(options.TemporaryFolder, options.EntriesHeld);
        var sorted = options.IsLedgerSorted ? ledger : SortAsync(ofLedger, ledger, cancellationToken);
        var merge = new ReconciliationMerge(options.Policy);
        await MergeAsync(merge, ofBill.Sorted(), sorted, take, cancellationToken).ConfigureAwait(false);
        return merge.Error is { } refused ? new(summary, [], ComparisonProblem.From(refused)) : new(summary, merge.Totals, null);
    }

    private static void Add(MoneyEntrySorter sorter, BillRow row)
    {
        if (MoneyEntry.TryOf(row, out var entry))
        {
            sorter.Add(entry);
        }
    }

    private static async IAsyncEnumerable<MoneyEntry> SortAsync(MoneyEntrySorter sorter, IAsyncEnumerable<MoneyEntry> entries, [EnumeratorCancellation] CancellationToken cancellationToken)
    {
        await foreach (var entry in entries.WithCancellation(cancellationToken).ConfigureAwait(false))
        {
            sorter.Add(entry);
        }

        foreach (var entry in sorter.Sorted())
        {
            yield return entry;
        }
    }

    private static async Task MergeAsync(ReconciliationMerge merge, IEnumerable<MoneyEntry> bill, IAsyncEnumerable<MoneyEntry> ledger, Action<ReconciliationOutcome> take, CancellationToken cancellationToken)
    {
        using var ofBill = bill.GetEnumerator();
        var ofLedger = ledger.GetAsyncEnumerator(cancellationToken);
        await using var disposal = ofLedger.ConfigureAwait(false);
        while (true)
        {
            switch (merge.Next)
            {
                case ReconciliationNext.NeedsBill when ofBill.MoveNext():
                    merge.Give(ReconciliationSide.Bill, ofBill.Current);
                    break;
                case ReconciliationNext.NeedsBill:
                    merge.End(ReconciliationSide.Bill);
                    break;
                case ReconciliationNext.NeedsLedger when await ofLedger.MoveNextAsync().ConfigureAwait(false):
                    cancellationToken.ThrowIfCancellationRequested();
                    merge.Give(ReconciliationSide.Ledger, ofLedger.Current);
                    break;
                case ReconciliationNext.NeedsLedger:
                    merge.End(ReconciliationSide.Ledger);
                    break;
                case ReconciliationNext.Found when merge.TryTake(out var outcome):
                    take(outcome);
                    break;
                default:
                    return;
            }
        }
    }
}
