using System.Diagnostics.CodeAnalysis;
using System.Text.Json;
using WeChatPay.Wire;

namespace WeChatPay;

/// <summary>Who paid, as one merchant knows them.</summary>
public sealed class Payer
{
    /// <summary>The payer's identifier under the merchant's appid; personal data.</summary>
    public string? Openid { get; init; }

    /// <summary>Fields that the library does not know, or could not read as described, raw.</summary>
    public IReadOnlyDictionary<string, JsonElement> Extra { get; init; } = WireExtra.None;

    /// <summary>Reads the shape from JSON: a value, or the path and the reason; never an exception.</summary>
    public static bool TryRead(ReadOnlySpan<byte> json, [NotNullWhen(true)] out Payer? value, [NotNullWhen(false)] out DecodeError? error) =>
        WireReader.TryRead(json, Read, out value, out error);

    /// <summary>The type alone.</summary>
    public override string ToString() => "Payer";

    internal static Payer? Read(ref WireReader reader)
    {
        string? openid = null;
        WireExtra extra = default;
        while (reader.NextField())
        {
            if (reader.Is("openid"u8)) { openid = reader.String(ref extra); }
            else { reader.Keep(ref extra); }
        }

        return new()
        {
            Openid = openid,
            Extra = extra.Fields,
        };
    }
}
