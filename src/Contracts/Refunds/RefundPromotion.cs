using System.Diagnostics.CodeAnalysis;
using System.Text.Json;
using WeChatPay.Wire;

namespace WeChatPay;

/// <summary>A promotion that is given back with a refund.</summary>
public sealed class RefundPromotion
{
    /// <summary>The promotion's number.</summary>
    public string? PromotionId { get; init; }

    /// <summary>What it applied to.</summary>
    public PromotionScope? Scope { get; init; }

    /// <summary>What it was.</summary>
    public PromotionType? Type { get; init; }

    /// <summary>What it was worth, in fen.</summary>
    public long? Amount { get; init; }

    /// <summary>What is given back of it, in fen.</summary>
    public long? RefundAmount { get; init; }

    /// <summary>The goods it was given for.</summary>
    public IReadOnlyList<RefundedGoods>? GoodsDetail { get; init; }

    /// <summary>Fields that the library does not know, or could not read as described, raw.</summary>
    public IReadOnlyDictionary<string, JsonElement> Extra { get; init; } = WireExtra.None;

    /// <summary>Reads the shape from JSON: a value, or the path and the reason; never an exception.</summary>
    public static bool TryRead(ReadOnlySpan<byte> json, [NotNullWhen(true)] out RefundPromotion? value, [NotNullWhen(false)] out DecodeError? error) =>
        WireReader.TryRead(json, Read, out value, out error);

    /// <summary>The type alone.</summary>
    public override string ToString() => "RefundPromotion";

    internal static RefundPromotion? Read(ref WireReader reader)
    {
        string? promotionId = null;
        string? scope = null;
        string? type = null;
        long? amount = null;
        long? refundAmount = null;
        IReadOnlyList<RefundedGoods>? goodsDetail = null;
        WireExtra extra = default;
        while (reader.NextField())
        {
            if (reader.Is("promotion_id"u8)) { promotionId = reader.String(ref extra); }
            else if (reader.Is("scope"u8)) { scope = reader.String(ref extra); }
            else if (reader.Is("type"u8)) { type = reader.String(ref extra); }
            else if (reader.Is("amount"u8)) { amount = reader.Int64(ref extra); }
            else if (reader.Is("refund_amount"u8)) { refundAmount = reader.Int64(ref extra); }
            else if (reader.Is("goods_detail"u8)) { goodsDetail = reader.Objects(RefundedGoods.Read, ref extra); }
            else { reader.Keep(ref extra); }
        }

        return new()
        {
            PromotionId = promotionId,
            Scope = scope is null ? null : new PromotionScope(scope),
            Type = type is null ? null : new PromotionType(type),
            Amount = amount,
            RefundAmount = refundAmount,
            GoodsDetail = goodsDetail,
            Extra = extra.Fields,
        };
    }
}
