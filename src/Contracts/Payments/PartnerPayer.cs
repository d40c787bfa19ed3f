using System.Diagnostics.CodeAnalysis;
using System.Text.Json;
using WeChatPay.Wire;

namespace WeChatPay;

/// <summary>Who paid, as a service provider and its sub-merchant know them.</summary>
public sealed class PartnerPayer
{
    /// <summary>The payer's identifier under the provider's appid; personal data.</summary>
    public string? SpOpenid { get; init; }

    /// <summary>The payer's identifier under the sub-merchant's appid; personal data.</summary>
    public string? SubOpenid { get; init; }

    /// <summary>Fields that the library does not know, or could not read as described, raw.</summary>
    public IReadOnlyDictionary<string, JsonElement> Extra { get; init; } = WireExtra.None;

    /// <summary>Reads the shape from JSON: a value, or the path and the reason; never an exception.</summary>
    public static bool TryRead(ReadOnlySpan<byte> json, [NotNullWhen(true)] out PartnerPayer? value, [NotNullWhen(false)] out DecodeError? error) =>
        WireReader.TryRead(json, Read, out value, out error);

    /// <summary>The type alone.</summary>
    public override string ToString() => "PartnerPayer";

    internal static PartnerPayer? Read(ref WireReader reader)
    {
        string? spOpenid = null;
        string? subOpenid = null;
        WireExtra extra = default;
        while (reader.NextField())
        {
            if (reader.Is("sp_openid"u8)) { spOpenid = reader.String(ref extra); }
            else if (reader.Is("sub_openid"u8)) { subOpenid = reader.String(ref extra); }
            else { reader.Keep(ref extra); }
        }

        return new()
        {
            SpOpenid = spOpenid,
            SubOpenid = subOpenid,
            Extra = extra.Fields,
        };
    }
}
