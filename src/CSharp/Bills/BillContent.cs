using System.Diagnostics.CodeAnalysis;
using WeChatPay.Functional;
using WeChatPay.Shell;

namespace WeChatPay;

/// <summary>What reading a bill came to: its totals, or why it is not believed.</summary>
public sealed class BillReading
{
    internal BillReading(BillSummary? summary, BillError? error)
    {
        Summary = summary;
        Error = error;
    }

    /// <summary>What the bill adds up to; null where it is not believed.</summary>
    public BillSummary? Summary { get; }

    /// <summary>Why the bill is not believed; null where it is.</summary>
    public BillError? Error { get; }

    /// <summary>The bill's totals if it is whole and they are right, else why not.</summary>
    public bool TryGet([NotNullWhen(true)] out BillSummary? summary, [NotNullWhen(false)] out BillError? error)
    {
        summary = Summary;
        error = Error;
        return summary is not null;
    }
}

/// <summary>Bills in files and other streams.</summary>
public static class BillContent
{
    /// <summary>Reads a bill in constant memory, unpacked where it is gzip. Each row goes to the handler before the totals have been compared: nothing is true before the result is there.</summary>
    /// <param name="stream">The bill; it stays open.</param>
    /// <param name="handler">Takes each row while it is there.</param>
    /// <param name="hashValue">The SHA-1 that the platform gave, of the unpacked bytes; null where it is not known.</param>
    /// <param name="takesAny">Whether bills that nobody has described are read, too.</param>
    /// <param name="cancellationToken">Ends it.</param>
    public static async Task<BillReading> ReadAsync(Stream stream, BillRowHandler handler, string? hashValue = null, bool takesAny = false, CancellationToken cancellationToken = default)
    {
        ArgumentNullException.ThrowIfNull(stream);
        ArgumentNullException.ThrowIfNull(handler);
        var read = await BillFiles.read(takesAny, hashValue, handler, stream, cancellationToken).ConfigureAwait(false);
        return read.IsOk ? new(read.ResultValue, null) : new(null, read.ErrorValue);
    }
}
