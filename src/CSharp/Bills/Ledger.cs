using System.Data.Common;
using System.Globalization;
using System.Runtime.CompilerServices;
using System.Text;
using WeChatPay.Functional;

namespace WeChatPay;

/// <summary>A ledger cannot be read: which row, which column and why, never what stands there.</summary>
public sealed class LedgerException : Exception
{
    internal LedgerException(LedgerError error)
        : base(LedgerErrorModule.message(error)) => Error = error;

    /// <summary>What was found.</summary>
    public LedgerError Error { get; }

    /// <summary>The stable name of what was found, such as <c>ledger_column_missing</c>.</summary>
    public string Code => LedgerErrorModule.code(Error);

    /// <summary>The likely cause and what to do, in English and Chinese.</summary>
    public Advice Advice => LedgerErrorModule.advice(Error);
}

/// <summary>The merchant's own ledger as entries, from wherever it is. Columns go by their names: <c>kind</c>, <c>number</c>, <c>time</c>, <c>fen</c>, and where they are there <c>status</c>, <c>sub_merchant_id</c>, <c>payment_number</c>, <c>fee_milli_fen</c>.</summary>
public static class Ledger
{
    /// <summary>Reads a CSV file in UTF-8, its first row the heading. <see cref="LedgerException"/> where a column lacks or a value is none.</summary>
    public static async IAsyncEnumerable<MoneyEntry> ReadCsvAsync(Stream stream, [EnumeratorCancellation] CancellationToken cancellationToken = default)
    {
        ArgumentNullException.ThrowIfNull(stream);
        using var reader = new StreamReader(stream, Encoding.UTF8, detectEncodingFromByteOrderMarks: true, 65536, leaveOpen: true);
        var rows = new CsvRows(reader);
        var names = await rows.TryReadAsync(cancellationToken).ConfigureAwait(false) ? rows.Cells : [];
        Check(rows, 0);
        var heading = HeadingOf([.. names]);
        var row = 0L;
        while (await rows.TryReadAsync(cancellationToken).ConfigureAwait(false))
        {
            row++;
            // What is not UTF-8 was read as this, which nobody writes.
            yield return rows.Cells.Exists(static cell => cell.Contains('\uFFFD', StringComparison.Ordinal))
                ? throw new LedgerException(LedgerError.NewMalformed(row, string.Empty, LedgerFault.NotUtf8))
                : Read(heading, row, rows.Cells);
        }

        Check(rows, row + 1);
    }

    /// <summary>Reads what a query gives, row by row, of any database; the reader stays open. <see cref="LedgerException"/> where a column lacks or a value is none.</summary>
    public static async IAsyncEnumerable<MoneyEntry> ReadAsync(DbDataReader reader, [EnumeratorCancellation] CancellationToken cancellationToken = default)
    {
        ArgumentNullException.ThrowIfNull(reader);
        var heading = HeadingOf([.. Enumerable.Range(0, reader.FieldCount).Select(reader.GetName)]);
        var cells = new string[reader.FieldCount];
        var row = 0L;
        while (await reader.ReadAsync(cancellationToken).ConfigureAwait(false))
        {
            for (var place = 0; place < cells.Length; place++)
            {
                cells[place] = TextOf(reader.GetValue(place));
            }

            yield return Read(heading, ++row, cells);
        }
    }

    private static LedgerHeading HeadingOf(string[] names) =>
        LedgerHeading.TryCreate(names, out var heading, out var error) && heading is not null ? heading : throw new LedgerException(error!);

    private static MoneyEntry Read(LedgerHeading heading, long row, IReadOnlyList<string> cells) =>
        heading.TryRead(row, cells, out var entry, out var error) && entry is not null ? entry : throw new LedgerException(error!);

    private static void Check(CsvRows rows, long row)
    {
        if (rows.Fault is { } fault)
        {
            throw new LedgerException(LedgerError.NewMalformed(row, string.Empty, fault));
        }
    }

    private static string TextOf(object value) => value switch
    {
        DBNull => string.Empty,
        string text => text,
        DateTime time => TextOf(time),
        DateTimeOffset time => time.ToString("yyyy-MM-dd'T'HH:mm:ss.fffffffzzz", CultureInfo.InvariantCulture),
        decimal number when decimal.Truncate(number) == number => decimal.Truncate(number).ToString(CultureInfo.InvariantCulture),
        // With a point, even of a whole one: money in floating point is refused, not guessed.
        double number => number.ToString("E16", CultureInfo.InvariantCulture),
        float number => number.ToString("E8", CultureInfo.InvariantCulture),
        IFormattable other => other.ToString(null, CultureInfo.InvariantCulture),
        _ => value.ToString() ?? string.Empty,
    };

    private static string TextOf(DateTime time) => time.Kind == DateTimeKind.Unspecified
        ? time.ToString("yyyy-MM-dd'T'HH:mm:ss.fffffff", CultureInfo.InvariantCulture)
        : time.ToUniversalTime().ToString("yyyy-MM-dd'T'HH:mm:ss.fffffff'Z'", CultureInfo.InvariantCulture);
}
