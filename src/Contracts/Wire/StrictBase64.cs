using System.Buffers;
using System.Buffers.Text;
using System.Diagnostics.CodeAnalysis;
using System.Text;

namespace WeChatPay.Wire;

/// <summary>Base64 in its one canonical form: padded, no blanks, unused bits zero. Two texts never stand for the same bytes.</summary>
public static class StrictBase64
{
    /// <summary>Decodes a text in ASCII; false when it is not in canonical form.</summary>
    public static bool TryDecode(ReadOnlySpan<byte> text, [NotNullWhen(true)] out byte[]? bytes)
    {
        bytes = null;
        if (text.Length % 4 != 0)
        {
            return false;
        }

        var padding = text.EndsWith("=="u8) ? 2 : text.EndsWith("="u8) ? 1 : 0;
        var decoded = new byte[text.Length / 4 * 3 - padding];
        var status = Base64.DecodeFromUtf8(text, decoded, out _, out var written);
        if (status != OperationStatus.Done || written != decoded.Length || !EndsCanonically(decoded, text))
        {
            return false;
        }

        bytes = decoded;
        return true;
    }

    /// <summary>Decodes a text; false when it is not in canonical form.</summary>
    public static bool TryDecode(string text, [NotNullWhen(true)] out byte[]? bytes)
    {
        ArgumentNullException.ThrowIfNull(text);
        const int Usual = 1024;
        var ascii = text.Length <= Usual ? stackalloc byte[text.Length] : new byte[text.Length];
        bytes = null;
        return Ascii.FromUtf16(text, ascii, out _) == OperationStatus.Done && TryDecode(ascii, out bytes);
    }

    /// <summary>The last group written again must be the same: only there can unused bits hide.</summary>
    private static bool EndsCanonically(ReadOnlySpan<byte> decoded, ReadOnlySpan<byte> text)
    {
        if (text.IsEmpty)
        {
            return true;
        }

        var rest = decoded.Length % 3 == 0 ? 3 : decoded.Length % 3;
        Span<byte> group = stackalloc byte[4];
        Base64.EncodeToUtf8(decoded[^rest..], group, out _, out _);
        return group.SequenceEqual(text[^4..]);
    }
}
