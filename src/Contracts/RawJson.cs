using System.Diagnostics.CodeAnalysis;
using System.Text.Json;
using WeChatPay.Wire;

namespace WeChatPay;

/// <summary>An answer whose shape nobody has described: verified, well-formed, and as it came.</summary>
public sealed class RawJson
{
    private RawJson(ReadOnlyMemory<byte> bytes, JsonElement? json) => (Bytes, Json) = (bytes, json);

    /// <summary>The body, byte for byte; empty for an answer without one.</summary>
    public ReadOnlyMemory<byte> Bytes { get; }

    /// <summary>The body as JSON; null for an answer without one.</summary>
    public JsonElement? Json { get; }

    /// <summary>Takes any JSON, or nothing; a key twice is refused in every object.</summary>
    public static bool TryRead(ReadOnlySpan<byte> json, [NotNullWhen(true)] out RawJson? value, [NotNullWhen(false)] out DecodeError? error)
    {
        (value, error) = (null, null);
        var bytes = json.ToArray();
        if (bytes.Length == 0)
        {
            value = new RawJson(bytes, null);
            return true;
        }

        var bare = bytes.AsMemory(WireDocument.ByteOrderMarkLength(bytes));
        error = IsObject(bare.Span) ? WireDocument.Check(bare.Span) : null;
        if (error is null && System.Text.Unicode.Utf8.IsValid(bare.Span) && TryParse(bare) is { } element)
        {
            value = new RawJson(bytes, element);
            return true;
        }

        error ??= new DecodeError("$", DecodeReason.NotJson);
        return false;
    }

    /// <summary>The type and how long it is; nothing of what it says.</summary>
    public override string ToString() => "RawJson(" + Bytes.Length.ToString(System.Globalization.CultureInfo.InvariantCulture) + " bytes)";

    private static bool IsObject(ReadOnlySpan<byte> json) => json.TrimStart(" \t\r\n"u8) is [(byte)'{', ..];

    private static JsonElement? TryParse(ReadOnlyMemory<byte> json)
    {
        try
        {
            using var document = JsonDocument.Parse(json, new JsonDocumentOptions { AllowDuplicateProperties = false });
            return document.RootElement.Clone();
        }
        catch (JsonException)
        {
            return null;
        }
    }
}
