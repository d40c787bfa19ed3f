using System.Diagnostics.CodeAnalysis;
using WeChatPay.Functional;
using WeChatPay.Shell;

namespace WeChatPay;

/// <summary>Whether there is a bill.</summary>
public enum BillStatus
{
    /// <summary>It is here, whole, with the hash that the platform gave for it.</summary>
    Received,

    /// <summary>The day is not over, or the platform has not made the bill: ask again later.</summary>
    NotYet,

    /// <summary>Nothing happened on that day that the bill would list.</summary>
    NoTransactions,
}

/// <summary>A bill that was asked for, or why there is none; what is wrong is an exception.</summary>
/// <typeparam name="T">What each file of it became: a <see cref="SavedBill"/> or a <see cref="BillSummary"/>.</typeparam>
public sealed class BillResult<T>
    where T : class
{
    private readonly IReadOnlyList<T>? _files;

    internal BillResult(DateOnly day, IReadOnlyList<T> files) => (Day, _files) = (day, files);

    internal BillResult(DateOnly day, BillAbsence absence)
    {
        Day = day;
        (Status, ReadyFrom) = absence switch
        {
            BillAbsence.NotYet { ReadyFrom: var readyFrom } => (BillStatus.NotYet, readyFrom),
            _ => (BillStatus.NoTransactions, (DateTimeOffset?)null),
        };
    }

    /// <summary>Whether there is a bill.</summary>
    public BillStatus Status { get; }

    /// <summary>The day, as the platform counts it (+08:00).</summary>
    public DateOnly Day { get; }

    /// <summary>From when on to ask again, where it is not there yet; a time that is past already means: in a while.</summary>
    public DateTimeOffset? ReadyFrom { get; }

    /// <summary>True with the bill's files, of which most bills have one, in their order; false where there is no bill.</summary>
    public bool TryGetFiles([NotNullWhen(true)] out IReadOnlyList<T>? files)
    {
        files = _files;
        return files is not null;
    }

    /// <summary>The day and the status.</summary>
    public override string ToString() => "BillResult(" + Day.ToString("O", System.Globalization.CultureInfo.InvariantCulture) + ", " + Status + ")";
}
