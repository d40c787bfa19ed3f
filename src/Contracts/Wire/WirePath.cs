using System.Globalization;
using System.Runtime.CompilerServices;
using System.Text;

namespace WeChatPay.Wire;

/// <summary>The way from the outermost value to the one being read, as places in the JSON; made into text only when something is wrong.</summary>
internal struct WirePath
{
    private Steps _steps;

    /// <summary>How many steps lead here.</summary>
    public int Depth { get; private set; }

    /// <summary>Goes into a field whose name stands at these bytes.</summary>
    public void Enter(int nameStart, int nameLength) => _steps[Depth++] = ((long)nameStart << 32) | (uint)nameLength;

    /// <summary>Goes into an element of an array.</summary>
    public void EnterElement(int index) => _steps[Depth++] = ~(long)index;

    /// <summary>Goes back one step.</summary>
    public void Leave() => Depth--;

    /// <summary>The path in words: <c>$.sub_orders[1].amount</c>; a name with odd characters shows <c>?</c> in their place.</summary>
    public readonly string ToText(ReadOnlySpan<byte> json)
    {
        var text = new StringBuilder("$");
        for (var depth = 0; depth < Depth; depth++)
        {
            var step = _steps[depth];
            if (step < 0)
            {
                text.Append('[').Append((~step).ToString(CultureInfo.InvariantCulture)).Append(']');
            }
            else
            {
                Append(text, json.Slice((int)(step >> 32), (int)(uint)step));
            }
        }

        return text.ToString();
    }

    private static void Append(StringBuilder text, ReadOnlySpan<byte> name)
    {
        const int LongestName = 64;
        text.Append('.');
        foreach (var letter in name[..Math.Min(name.Length, LongestName)])
        {
            text.Append(char.IsAsciiLetterOrDigit((char)letter) || letter is (byte)'_' or (byte)'-' ? (char)letter : '?');
        }
    }

    /// <summary>Room for one step more than <see cref="WireDocument.DepthLimit"/>.</summary>
    [InlineArray(WireDocument.DepthLimit + 1)]
    private struct Steps
    {
        private long _first;
    }
}
