using System.Diagnostics.CodeAnalysis;
using System.Text.Json;
using WeChatPay.Wire;

namespace WeChatPay;

/// <summary>What is given back, and of what.</summary>
public sealed class RefundAmount
{
    /// <summary>What is given back, in fen.</summary>
    public required long Refund { get; init; }

    /// <summary>The order's total, in fen.</summary>
    public long? Total { get; init; }

    /// <summary>The accounts that give the money.</summary>
    public IReadOnlyList<FundsFrom>? From { get; init; }

    /// <summary>What the payer paid, in fen.</summary>
    public long? PayerTotal { get; init; }

    /// <summary>What the payer gets back, in fen; without the part that promotions paid.</summary>
    public long? PayerRefund { get; init; }

    /// <summary>What is taken from the merchant's settlement, in fen.</summary>
    public long? SettlementRefund { get; init; }

    /// <summary>What the order settled at, in fen.</summary>
    public long? SettlementTotal { get; init; }

    /// <summary>The part of promotions that is given back, in fen.</summary>
    public long? DiscountRefund { get; init; }

    /// <summary>The currency of the amounts: CNY.</summary>
    public string? Currency { get; init; }

    /// <summary>The fee that is given back, in fen.</summary>
    public long? RefundFee { get; init; }

    /// <summary>Fields that the library does not know, or could not read as described, raw.</summary>
    public IReadOnlyDictionary<string, JsonElement> Extra { get; init; } = WireExtra.None;

    /// <summary>Reads the shape from JSON: a value, or the path and the reason; never an exception.</summary>
    public static bool TryRead(ReadOnlySpan<byte> json, [NotNullWhen(true)] out RefundAmount? value, [NotNullWhen(false)] out DecodeError? error) =>
        WireReader.TryRead(json, Read, out value, out error);

    /// <summary>The type alone.</summary>
    public override string ToString() => "RefundAmount";

    internal static RefundAmount? Read(ref WireReader reader)
    {
        long? refund = null;
        long? total = null;
        IReadOnlyList<FundsFrom>? from = null;
        long? payerTotal = null;
        long? payerRefund = null;
        long? settlementRefund = null;
        long? settlementTotal = null;
        long? discountRefund = null;
        string? currency = null;
        long? refundFee = null;
        WireExtra extra = default;
        while (reader.NextField())
        {
            if (reader.Is("refund"u8)) { if (!reader.TryEvidence(ref refund)) { return null; } }
            else if (reader.Is("total"u8)) { total = reader.Int64(ref extra); }
            else if (reader.Is("from"u8)) { from = reader.Objects(FundsFrom.Read, ref extra); }
            else if (reader.Is("payer_total"u8)) { payerTotal = reader.Int64(ref extra); }
            else if (reader.Is("payer_refund"u8)) { payerRefund = reader.Int64(ref extra); }
            else if (reader.Is("settlement_refund"u8)) { settlementRefund = reader.Int64(ref extra); }
            else if (reader.Is("settlement_total"u8)) { settlementTotal = reader.Int64(ref extra); }
            else if (reader.Is("discount_refund"u8)) { discountRefund = reader.Int64(ref extra); }
            else if (reader.Is("currency"u8)) { currency = reader.String(ref extra); }
            else if (reader.Is("refund_fee"u8)) { refundFee = reader.Int64(ref extra); }
            else { reader.Keep(ref extra); }
        }

        if (reader.Lacks(refund, "refund"u8))
        {
            return null;
        }

        return new()
        {
            Refund = refund.Value,
            Total = total,
            From = from,
            PayerTotal = payerTotal,
            PayerRefund = payerRefund,
            SettlementRefund = settlementRefund,
            SettlementTotal = settlementTotal,
            DiscountRefund = discountRefund,
            Currency = currency,
            RefundFee = refundFee,
            Extra = extra.Fields,
        };
    }
}
