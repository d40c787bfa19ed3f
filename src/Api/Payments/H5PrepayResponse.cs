using System.Diagnostics.CodeAnalysis;
using System.Text.Json;
using WeChatPay.Wire;

namespace WeChatPay.Api;

/// <summary>The order is placed: the page that takes the payer to WeChat.</summary>
public sealed class H5PrepayResponse
{
    /// <summary>Where to send the payer's browser; valid for five minutes.</summary>
    public required string H5Url { get; init; }

    /// <summary>Fields that the library does not know, or could not read as described, raw.</summary>
    public IReadOnlyDictionary<string, JsonElement> Extra { get; init; } = WireExtra.None;

    /// <summary>Reads the shape from JSON: a value, or the path and the reason; never an exception.</summary>
    public static bool TryRead(ReadOnlySpan<byte> json, [NotNullWhen(true)] out H5PrepayResponse? value, [NotNullWhen(false)] out DecodeError? error) =>
        WireReader.TryRead(json, Read, out value, out error);

    /// <summary>The type alone.</summary>
    public override string ToString() => "H5PrepayResponse";

    internal static H5PrepayResponse? Read(ref WireReader reader)
    {
        string? h5Url = null;
        WireExtra extra = default;
        while (reader.NextField())
        {
            if (reader.Is("h5_url"u8)) { if (!reader.TryEvidence(ref h5Url)) { return null; } }
            else { reader.Keep(ref extra); }
        }

        if (reader.Lacks(h5Url, "h5_url"u8))
        {
            return null;
        }

        return new()
        {
            H5Url = h5Url,
            Extra = extra.Fields,
        };
    }
}
