using System.Diagnostics.CodeAnalysis;
using System.Text.Json;
using WeChatPay.Wire;

namespace WeChatPay;

/// <summary>What one order of a combined payment costs and what was paid for it.</summary>
public sealed class CombinedAmount
{
    /// <summary>The order's total, in fen.</summary>
    public required long TotalAmount { get; init; }

    /// <summary>What the payer paid after promotions, in fen.</summary>
    public long? PayerAmount { get; init; }

    /// <summary>The currency of the total: CNY.</summary>
    public string? Currency { get; init; }

    /// <summary>The currency that the payer paid in.</summary>
    public string? PayerCurrency { get; init; }

    /// <summary>The exchange rate, times 10^8.</summary>
    public long? SettlementRate { get; init; }

    /// <summary>Fields that the library does not know, or could not read as described, raw.</summary>
    public IReadOnlyDictionary<string, JsonElement> Extra { get; init; } = WireExtra.None;

    /// <summary>Reads the shape from JSON: a value, or the path and the reason; never an exception.</summary>
    public static bool TryRead(ReadOnlySpan<byte> json, [NotNullWhen(true)] out CombinedAmount? value, [NotNullWhen(false)] out DecodeError? error) =>
        WireReader.TryRead(json, Read, out value, out error);

    /// <summary>The type alone.</summary>
    public override string ToString() => "CombinedAmount";

    internal static CombinedAmount? Read(ref WireReader reader)
    {
        long? totalAmount = null;
        long? payerAmount = null;
        string? currency = null;
        string? payerCurrency = null;
        long? settlementRate = null;
        WireExtra extra = default;
        while (reader.NextField())
        {
            if (reader.Is("total_amount"u8)) { if (!reader.TryEvidence(ref totalAmount)) { return null; } }
            else if (reader.Is("payer_amount"u8)) { payerAmount = reader.Int64(ref extra); }
            else if (reader.Is("currency"u8)) { currency = reader.String(ref extra); }
            else if (reader.Is("payer_currency"u8)) { payerCurrency = reader.String(ref extra); }
            else if (reader.Is("settlement_rate"u8)) { settlementRate = reader.Int64(ref extra); }
            else { reader.Keep(ref extra); }
        }

        if (reader.Lacks(totalAmount, "total_amount"u8))
        {
            return null;
        }

        return new()
        {
            TotalAmount = totalAmount.Value,
            PayerAmount = payerAmount,
            Currency = currency,
            PayerCurrency = payerCurrency,
            SettlementRate = settlementRate,
            Extra = extra.Fields,
        };
    }
}
