using Shop.Orders;
using WeChatPay;
using WeChatPay.Functional;

namespace Shop.Payments;

/// <summary>What a day's comparison came to: whether there was a bill, what agrees, and what does not, each with both sides.</summary>
internal sealed record DayReport(BillStatus Bill, int Matched, IReadOnlyList<ReconciliationOutcome> Differences)
{
    /// <summary>Whether every payment and refund of the day is the same on both sides.</summary>
    public bool IsRight => Bill != BillStatus.NotYet && Differences.Count == 0;
}

/// <summary>Compares a day's books with WeChat Pay's bill. A day of this shop fits in memory; <see cref="ReconciliationMerge"/> takes entries one by one, for those whose days do not.</summary>
internal sealed class DayEnd(WeChatPayClient client, OrderBook book)
{
    public async Task<DayReport> CompareAsync(DateOnly day, CancellationToken cancellationToken)
    {
        var bill = new List<MoneyEntry>();
        var read = await client.Bills.ReadTradeBillAsync(day, row => Keep(row, bill), cancellationToken: cancellationToken);

        // Here the bill is whole, and what it adds up to is what it says; a day without trade has none, and then the books have none either.
        bill.Sort(MoneyEntry.Order);
        return read.Status == BillStatus.NotYet ? new(read.Status, 0, []) : Compare(read.Status, bill, book.Ledger(day));
    }

    private static void Keep(BillRow row, List<MoneyEntry> bill)
    {
        if (MoneyEntry.TryOf(row, out var entry))
        {
            bill.Add(entry);
        }
    }

    private static DayReport Compare(BillStatus status, List<MoneyEntry> bill, List<MoneyEntry> ledger)
    {
        var merge = new ReconciliationMerge(ReconciliationPolicy.Usual);
        var differences = new List<ReconciliationOutcome>();
        var (matched, atBill, atLedger) = (0, 0, 0);
        while (true)
        {
            switch (merge.Next)
            {
                case ReconciliationNext.NeedsBill:
                    Give(merge, ReconciliationSide.Bill, bill, atBill++);
                    break;
                case ReconciliationNext.NeedsLedger:
                    Give(merge, ReconciliationSide.Ledger, ledger, atLedger++);
                    break;
                case ReconciliationNext.Found when merge.TryTake(out var outcome):
                    if (outcome.IsMatched)
                    {
                        matched++;
                    }
                    else
                    {
                        differences.Add(outcome);
                    }

                    break;
                default:
                    return merge.Error is { } error
                        ? throw new InvalidOperationException(ReconciliationErrorModule.message(error))
                        : new(status, matched, differences);
            }
        }
    }

    private static void Give(ReconciliationMerge merge, ReconciliationSide side, List<MoneyEntry> entries, int at)
    {
        if (at < entries.Count)
        {
            merge.Give(side, entries[at]);
        }
        else
        {
            merge.End(side);
        }
    }
}
