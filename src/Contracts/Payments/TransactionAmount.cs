using System.Diagnostics.CodeAnalysis;
using System.Text.Json;
using WeChatPay.Wire;

namespace WeChatPay;

/// <summary>What an order costs and what was paid for it.</summary>
public sealed class TransactionAmount
{
    /// <summary>The order's total, in fen.</summary>
    public required long Total { get; init; }

    /// <summary>What the payer paid after promotions, in fen.</summary>
    public long? PayerTotal { get; init; }

    /// <summary>The currency of the total: CNY.</summary>
    public string? Currency { get; init; }

    /// <summary>The currency that the payer paid in.</summary>
    public string? PayerCurrency { get; init; }

    /// <summary>Fields that the library does not know, or could not read as described, raw.</summary>
    public IReadOnlyDictionary<string, JsonElement> Extra { get; init; } = WireExtra.None;

    /// <summary>Reads the shape from JSON: a value, or the path and the reason; never an exception.</summary>
    public static bool TryRead(ReadOnlySpan<byte> json, [NotNullWhen(true)] out TransactionAmount? value, [NotNullWhen(false)] out DecodeError? error) =>
        WireReader.TryRead(json, Read, out value, out error);

    /// <summary>The type alone.</summary>
    public override string ToString() => "TransactionAmount";

    internal static TransactionAmount? Read(ref WireReader reader)
    {
        long? total = null;
        long? payerTotal = null;
        string? currency = null;
        string? payerCurrency = null;
        WireExtra extra = default;
        while (reader.NextField())
        {
            if (reader.Is("total"u8)) { if (!reader.TryEvidence(ref total)) { return null; } }
            else if (reader.Is("payer_total"u8)) { payerTotal = reader.Int64(ref extra); }
            else if (reader.Is("currency"u8)) { currency = reader.String(ref extra); }
            else if (reader.Is("payer_currency"u8)) { payerCurrency = reader.String(ref extra); }
            else { reader.Keep(ref extra); }
        }

        if (reader.Lacks(total, "total"u8))
        {
            return null;
        }

        return new()
        {
            Total = total.Value,
            PayerTotal = payerTotal,
            Currency = currency,
            PayerCurrency = payerCurrency,
            Extra = extra.Fields,
        };
    }
}
