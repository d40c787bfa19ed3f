namespace WeChatPay.Wire;

/// <summary>
/// Opens the sealed texts of an answer, in two readings: the first collects them, then whoever holds the key opens them, the second finds each of them opened.
/// </summary>
public sealed class WireOpener
{
    /// <summary>Most answers hold no sealed text.</summary>
    private Dictionary<string, string?>? _plain;

    /// <summary>The sealed texts that are not opened yet, in base64.</summary>
    public IReadOnlyCollection<string> Sealed => _plain is null ? [] : [.. _plain.Where(static pair => pair.Value is null).Select(static pair => pair.Key)];

    private Dictionary<string, string?> Plain => _plain ??= new(StringComparer.Ordinal);

    /// <summary>Notes what a sealed text says.</summary>
    public void Open(string sealedText, string plain)
    {
        ArgumentNullException.ThrowIfNull(sealedText);
        ArgumentNullException.ThrowIfNull(plain);
        Plain[sealedText] = plain;
    }

    /// <summary>What a sealed text says; null, and it is collected, when it is not opened.</summary>
    internal string? Find(string sealedText)
    {
        if (Plain.TryGetValue(sealedText, out var plain))
        {
            return plain;
        }

        Plain[sealedText] = null;
        return null;
    }
}
