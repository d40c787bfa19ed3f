using System.Diagnostics.CodeAnalysis;
using System.Text.Json;
using WeChatPay.Wire;

namespace WeChatPay.Api;

/// <summary>The order is placed: what the page, mini program or app opens the payment with.</summary>
public sealed class PrepayResponse
{
    /// <summary>Names the order on the payer's side; valid for two hours. Sign it for the page or app: <c>PrepayInvocation</c>.</summary>
    public required string PrepayId { get; init; }

    /// <summary>Fields that the library does not know, or could not read as described, raw.</summary>
    public IReadOnlyDictionary<string, JsonElement> Extra { get; init; } = WireExtra.None;

    /// <summary>Reads the shape from JSON: a value, or the path and the reason; never an exception.</summary>
    public static bool TryRead(ReadOnlySpan<byte> json, [NotNullWhen(true)] out PrepayResponse? value, [NotNullWhen(false)] out DecodeError? error) =>
        WireReader.TryRead(json, Read, out value, out error);

    /// <summary>The type alone.</summary>
    public override string ToString() => "PrepayResponse";

    internal static PrepayResponse? Read(ref WireReader reader)
    {
        string? prepayId = null;
        WireExtra extra = default;
        while (reader.NextField())
        {
            if (reader.Is("prepay_id"u8)) { if (!reader.TryEvidence(ref prepayId)) { return null; } }
            else { reader.Keep(ref extra); }
        }

        if (reader.Lacks(prepayId, "prepay_id"u8))
        {
            return null;
        }

        return new()
        {
            PrepayId = prepayId,
            Extra = extra.Fields,
        };
    }
}
