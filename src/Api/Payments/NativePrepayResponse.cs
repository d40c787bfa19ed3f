using System.Diagnostics.CodeAnalysis;
using System.Text.Json;
using WeChatPay.Wire;

namespace WeChatPay.Api;

/// <summary>The order is placed: its QR code.</summary>
public sealed class NativePrepayResponse
{
    /// <summary>What the QR code holds; valid for two hours.</summary>
    public required string CodeUrl { get; init; }

    /// <summary>Fields that the library does not know, or could not read as described, raw.</summary>
    public IReadOnlyDictionary<string, JsonElement> Extra { get; init; } = WireExtra.None;

    /// <summary>Reads the shape from JSON: a value, or the path and the reason; never an exception.</summary>
    public static bool TryRead(ReadOnlySpan<byte> json, [NotNullWhen(true)] out NativePrepayResponse? value, [NotNullWhen(false)] out DecodeError? error) =>
        WireReader.TryRead(json, Read, out value, out error);

    /// <summary>The type alone.</summary>
    public override string ToString() => "NativePrepayResponse";

    internal static NativePrepayResponse? Read(ref WireReader reader)
    {
        string? codeUrl = null;
        WireExtra extra = default;
        while (reader.NextField())
        {
            if (reader.Is("code_url"u8)) { if (!reader.TryEvidence(ref codeUrl)) { return null; } }
            else { reader.Keep(ref extra); }
        }

        if (reader.Lacks(codeUrl, "code_url"u8))
        {
            return null;
        }

        return new()
        {
            CodeUrl = codeUrl,
            Extra = extra.Fields,
        };
    }
}
