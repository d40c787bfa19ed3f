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

        var padding = text is [.., (byte)'=', (byte)'='] ? 2 : text is [.., (byte)'='] ? 1 : 0;
        var decoded = new byte[text.Length / 4 * 3 - padding];
        // The decoder refuses unused bits that are not zero, but passes over blanks: with those the length does not fit.
        var status = Base64.DecodeFromUtf8(text, decoded, out _, out var written);
        if (status != OperationStatus.Done || written != decoded.Length)
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
}
