using WeChatPay.Functional;

namespace WeChatPay.Tool;

/// <summary>A difference that was found: what both sides say, null where one says nothing.</summary>
internal sealed record Difference(ReconciliationOutcome Outcome, MoneyEntry? Bill, MoneyEntry? Ledger)
{
    public string Code => ReconciliationOutcomeModule.code(Outcome);

    public MoneyEntry Entry => (Bill ?? Ledger)!;
}

/// <summary>Gathers what differs: as many as are wanted, and the number of all.</summary>
internal sealed class Differences(int limit)
{
    private readonly List<Difference> _listed = [];

    /// <summary>The first of them, in the order of the comparison.</summary>
    public IReadOnlyList<Difference> Listed => _listed;

    /// <summary>How many there are.</summary>
    public long Count { get; private set; }

    public void Take(ReconciliationOutcome outcome)
    {
        if (outcome is ReconciliationOutcome.Matched)
        {
            return;
        }

        Count++;
        if (_listed.Count < limit)
        {
            _listed.Add(Of(outcome));
        }
    }

    private static Difference Of(ReconciliationOutcome outcome) => outcome switch
    {
        ReconciliationOutcome.AmountDiffers pair => new(outcome, pair.Bill, pair.Ledger),
        ReconciliationOutcome.RefundedDifferently pair => new(outcome, pair.Bill, pair.Ledger),
        ReconciliationOutcome.StatusDiffers pair => new(outcome, pair.Bill, pair.Ledger),
        ReconciliationOutcome.FeeDiffers pair => new(outcome, pair.Bill, pair.Ledger),
        ReconciliationOutcome.Matched pair => new(outcome, pair.Bill, pair.Ledger),
        ReconciliationOutcome.MissingHere one => new(outcome, one.Bill, null),
        ReconciliationOutcome.MissingThere one => new(outcome, null, one.Ledger),
        ReconciliationOutcome.OverMidnight one => Of(outcome, one.Entry, one.Side),
        ReconciliationOutcome.Doubled one => Of(outcome, one.Entry, one.Side),
        _ => throw new InvalidOperationException("An outcome that this version does not know."),
    };

    private static Difference Of(ReconciliationOutcome outcome, MoneyEntry entry, ReconciliationSide side) =>
        side == ReconciliationSide.Bill ? new(outcome, entry, null) : new(outcome, null, entry);
}
