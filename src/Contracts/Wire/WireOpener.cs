namespace WeChatPay.Wire;

/// <summary>
/// Opens the sealed texts of an answer, in two readings: the first collects them, then whoever holds the key opens them, the second finds each of them opened.
/// </summary>
public sealed class WireOpener
{
    private readonly Dictionary<string, string?> _plain = new(StringComparer.Ordinal);

    /// <summary>The sealed texts that are not opened yet, in base64.</summary>
    public IReadOnlyCollection<string> Sealed => [.. _plain.Where(static pair => pair.Value is null).Select(static pair => pair.Key)];

    /// <summary>Notes what a sealed text says.</summary>
    public void Open(string sealedText, string plain)
    {
        ArgumentNullException.ThrowIfNull(sealedText);
        ArgumentNullException.ThrowIfNull(plain);
        _plain[sealedText] = plain;
    }

    /// <summary>What a sealed text says; null, and it is collected, when it is not opened.</summary>
    internal string? Find(string sealedText)
    {
        if (_plain.TryGetValue(sealedText, out var plain))
        {
            return plain;
        }

        _plain[sealedText] = null;
        return null;
    }
}
