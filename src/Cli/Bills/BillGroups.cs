using System.Text;
using WeChatPay.Functional;

namespace WeChatPay.Tool;

/// <summary>What a bill's rows add up to, by their types.</summary>
internal sealed class BillGroups
{
    /// <summary>No bill has as many types; a file that somebody made must not fill the memory.</summary>
    private const int MostGroups = 1000;

    private readonly Dictionary<(string Type, string What), BillGroup> _groups = [];
    private (string Type, string What) _last;
    private BillGroup? _lastGroup;

    /// <summary>The groups, by name.</summary>
    public IEnumerable<BillGroup> All => _groups.OrderBy(static one => one.Key.Type, StringComparer.Ordinal).ThenBy(static one => one.Key.What, StringComparer.Ordinal).Select(static one => one.Value);

    /// <summary>Takes a row.</summary>
    public void Add(BillRow row)
    {
        var isFlow = row.Heading.Kind == BillKind.FundFlow;
        if (!isFlow && row.Heading.Kind == BillKind.Undescribed)
        {
            return;
        }

        var group = Find(row.Bytes(isFlow ? BillColumn.Direction : BillColumn.TradeState), row.Bytes(isFlow ? BillColumn.BusinessName : BillColumn.TradeType));
        group.Count++;
        group.Fen += FenOf(row, isFlow);
        if (row.TryGetMilliFen(BillColumn.Fee, out var fee))
        {
            group.FeeMilliFen += fee;
        }
    }

    private static long FenOf(BillRow row, bool isFlow)
    {
        if (isFlow)
        {
            return row.TryGetFen(BillColumn.Amount, out var amount) ? amount : 0;
        }

        // A refund's row gives what was given back; its own total is that of the payment, or 0.
        return MoneyEntry.TryOf(row, out var entry) ? entry.Fen : 0;
    }

    private BillGroup Find(ReadOnlySpan<byte> type, ReadOnlySpan<byte> what)
    {
        // Mostly a row is of the same type as the one before it.
        if (_lastGroup is { } last && Is(_last.Type, type) && Is(_last.What, what))
        {
            return last;
        }

        var key = (Encoding.UTF8.GetString(type), Encoding.UTF8.GetString(what));
        if (!_groups.TryGetValue(key, out var group))
        {
            if (_groups.Count >= MostGroups)
            {
                key = ("…", "…");
            }

            if (!_groups.TryGetValue(key, out group))
            {
                group = new(key.Item1, key.Item2);
                _groups.Add(key, group);
            }
        }

        (_last, _lastGroup) = (key, group);
        return group;
    }

    private static bool Is(string text, ReadOnlySpan<byte> bytes) => Ascii.IsValid(bytes) && Ascii.Equals(bytes, text);
}

/// <summary>The rows of one type.</summary>
internal sealed class BillGroup(string type, string what)
{
    /// <summary>The state of a trade, or the direction of a movement.</summary>
    public string Type => type;

    /// <summary>How it was paid, or what the money moved for.</summary>
    public string What => what;

    public long Count { get; set; }

    public long Fen { get; set; }

    public long FeeMilliFen { get; set; }
}
