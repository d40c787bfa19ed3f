using System.Diagnostics.CodeAnalysis;
using System.Text.Json;
using WeChatPay.Wire;

namespace WeChatPay;

/// <summary>The store that an order was placed in.</summary>
public sealed class TransactionStore
{
    /// <summary>The merchant's own number for the store.</summary>
    public string? Id { get; init; }

    /// <summary>The store's name.</summary>
    public string? Name { get; init; }

    /// <summary>The code of the district.</summary>
    public string? AreaCode { get; init; }

    /// <summary>The store's address.</summary>
    public string? Address { get; init; }

    /// <summary>Fields that the library does not know, or could not read as described, raw.</summary>
    public IReadOnlyDictionary<string, JsonElement> Extra { get; init; } = WireExtra.None;

    /// <summary>Reads the shape from JSON: a value, or the path and the reason; never an exception.</summary>
    public static bool TryRead(ReadOnlySpan<byte> json, [NotNullWhen(true)] out TransactionStore? value, [NotNullWhen(false)] out DecodeError? error) =>
        WireReader.TryRead(json, Read, out value, out error);

    /// <summary>The type alone.</summary>
    public override string ToString() => "TransactionStore";

    internal static TransactionStore? Read(ref WireReader reader)
    {
        string? id = null;
        string? name = null;
        string? areaCode = null;
        string? address = null;
        WireExtra extra = default;
        while (reader.NextField())
        {
            if (reader.Is("id"u8)) { id = reader.String(ref extra); }
            else if (reader.Is("name"u8)) { name = reader.String(ref extra); }
            else if (reader.Is("area_code"u8)) { areaCode = reader.String(ref extra); }
            else if (reader.Is("address"u8)) { address = reader.String(ref extra); }
            else { reader.Keep(ref extra); }
        }

        return new()
        {
            Id = id,
            Name = name,
            AreaCode = areaCode,
            Address = address,
            Extra = extra.Fields,
        };
    }
}
