using System.Globalization;
using System.Text;
using System.Text.Json;

namespace WeChatPay.Wire;

/// <summary>Texts, numbers and dates as the platform spells them; each reads any input without an exception.</summary>
public static class WireText
{
    private static readonly TimeSpan s_china = TimeSpan.FromHours(8);

    private static readonly string[] s_withOffset =
    [
        "yyyy-MM-dd'T'HH:mm:ss.FFFFFFFK",
        "yyyy-MM-dd' 'HH:mm:ss.FFFFFFFK",
        "yyyy-MM-dd'T'HH:mmK",
    ];

    private static readonly string[] s_withoutOffset =
    [
        "yyyy-MM-dd'T'HH:mm:ss.FFFFFFF",
        "yyyy-MM-dd' 'HH:mm:ss.FFFFFFF",
        "yyyyMMddHHmmss",
        "yyyy-MM-dd",
        "yyyyMMdd",
    ];

    private static readonly string[] s_days = ["yyyy-MM-dd", "yyyyMMdd"];

    /// <summary>
    /// Reads a date in any of the platform's spellings: RFC 3339, a blank for the <c>T</c>, fractions, <c>yyyyMMddHHmmss</c>, a day alone; where the offset is missing, China's (+08:00) is meant.
    /// </summary>
    public static bool TryReadDate(string? text, out DateTimeOffset date)
    {
        var invariant = CultureInfo.InvariantCulture;
        // Without an offset first: the other formats would take it for this machine's own.
        if (DateTime.TryParseExact(text, s_withoutOffset, invariant, DateTimeStyles.None, out var local))
        {
            var isInRange = local.Ticks >= s_china.Ticks;
            date = isInRange ? new DateTimeOffset(local, s_china) : default;
            return isInRange;
        }

        return DateTimeOffset.TryParseExact(text, s_withOffset, invariant, DateTimeStyles.None, out date);
    }

    /// <summary>Reads the one spelling that nearly all dates have, <c>yyyy-MM-ddTHH:mm:ss+08:00</c>, without making a text of it; false for anything else.</summary>
    internal static bool TryReadUsualDate(ref Utf8JsonReader reader, out DateTimeOffset date)
    {
        const int Length = 25;
        const int Offset = 19;
        date = default;
        // Without an offset the reader would take this machine's own.
        return reader.TokenType == JsonTokenType.String
            && reader.ValueSpan.Length == Length
            && reader.ValueSpan[Offset] is (byte)'+' or (byte)'-'
            && reader.TryGetDateTimeOffset(out date);
    }

    /// <summary>Writes a date as the platform wants it: RFC 3339 in seconds with an offset.</summary>
    public static string WriteDate(DateTimeOffset date)
    {
        Span<byte> bytes = stackalloc byte[LongestDate];
        return Encoding.ASCII.GetString(bytes[..FormatDate(date, isExact: false, bytes)]);
    }

    /// <summary>The most bytes that <see cref="FormatDate"/> writes.</summary>
    internal const int LongestDate = 33;

    /// <summary>Writes a date as RFC 3339, with the fraction of its second where that is asked for and there is one; gives how many bytes it took.</summary>
    internal static int FormatDate(DateTimeOffset date, bool isExact, Span<byte> bytes)
    {
        var ticks = date.Ticks % TimeSpan.TicksPerSecond;
        Digits(date.Year, bytes[..4]);
        Part((byte)'-', date.Month, bytes[4..]);
        Part((byte)'-', date.Day, bytes[7..]);
        Part((byte)'T', date.Hour, bytes[10..]);
        Part((byte)':', date.Minute, bytes[13..]);
        Part((byte)':', date.Second, bytes[16..]);
        var length = isExact && ticks != 0 ? Fraction(ticks, bytes) : 19;
        var offset = (int)date.Offset.TotalMinutes;
        Part(offset < 0 ? (byte)'-' : (byte)'+', Math.Abs(offset) / 60, bytes[length..]);
        Part((byte)':', Math.Abs(offset) % 60, bytes[(length + 3)..]);
        return length + 6;
    }

    private static int Fraction(long ticks, Span<byte> bytes)
    {
        const int Places = 7;
        bytes[19] = (byte)'.';
        Digits(ticks, bytes.Slice(20, Places));
        var length = 20 + Places;
        while (bytes[length - 1] == (byte)'0')
        {
            length--;
        }

        return length;
    }

    private static void Part(byte separator, int value, Span<byte> bytes)
    {
        bytes[0] = separator;
        Digits(value, bytes.Slice(1, 2));
    }

    private static void Digits(long value, Span<byte> bytes)
    {
        for (var place = bytes.Length - 1; place >= 0; place--)
        {
            bytes[place] = (byte)('0' + (value % 10));
            value /= 10;
        }
    }

    /// <summary>Reads a day: <c>yyyy-MM-dd</c> or <c>yyyyMMdd</c>.</summary>
    public static bool TryReadDay(string? text, out DateOnly day) =>
        DateOnly.TryParseExact(text, s_days, CultureInfo.InvariantCulture, DateTimeStyles.None, out day);

    /// <summary>Writes a day as the platform wants it: <c>yyyy-MM-dd</c>.</summary>
    public static string WriteDay(DateOnly day) => day.ToString("yyyy-MM-dd", CultureInfo.InvariantCulture);

    /// <summary>Whether every half of a surrogate pair has its other half; the writer would put U+FFFD in the place of one that has not.</summary>
    internal static bool IsUnicode(string text)
    {
        const char FirstSurrogate = '\uD800';
        const char LastSurrogate = '\uDFFF';
        var first = text.AsSpan().IndexOfAnyInRange(FirstSurrogate, LastSurrogate);
        return first < 0 || HasPairsOnly(text.AsSpan(first));
    }

    private static bool HasPairsOnly(ReadOnlySpan<char> text)
    {
        while (!text.IsEmpty)
        {
            if (Rune.DecodeFromUtf16(text, out _, out var taken) != System.Buffers.OperationStatus.Done)
            {
                return false;
            }

            text = text[taken..];
        }

        return true;
    }

    /// <summary>The text at the reader's token, unescaped, or null when it is not well-formed Unicode.</summary>
    internal static string? TryGetString(ref Utf8JsonReader reader)
    {
        if (!reader.ValueIsEscaped)
        {
            const char InPlaceOfWhatIsNotUnicode = '\uFFFD';
            var text = Usual(reader.ValueSpan) ?? Encoding.UTF8.GetString(reader.ValueSpan);
            return !text.Contains(InPlaceOfWhatIsNotUnicode) || System.Text.Unicode.Utf8.IsValid(reader.ValueSpan) ? text : null;
        }

        try
        {
            return reader.GetString();
        }
        catch (InvalidOperationException)
        {
            // Half a surrogate pair behind \u, or bytes that are not UTF-8.
            return null;
        }
    }

    /// <summary>Texts that nearly every notification holds are not made anew each time.</summary>
    private static string? Usual(ReadOnlySpan<byte> text) => text.Length switch
    {
        3 when text.SequenceEqual("CNY"u8) => "CNY",
        5 when text.SequenceEqual("JSAPI"u8) => "JSAPI",
        6 when text.SequenceEqual("NATIVE"u8) => "NATIVE",
        7 when text.SequenceEqual("SUCCESS"u8) => "SUCCESS",
        11 when text.SequenceEqual("transaction"u8) => "transaction",
        16 when text.SequenceEqual("AEAD_AES_256_GCM"u8) => "AEAD_AES_256_GCM",
        19 when text.SequenceEqual("TRANSACTION.SUCCESS"u8) => "TRANSACTION.SUCCESS",
        _ => null,
    };
}
