using System.Diagnostics.CodeAnalysis;
using System.Text.Json;
using WeChatPay.Wire;

namespace WeChatPay;

/// <summary>Goods that a promotion was given for.</summary>
public sealed class PromotionGoods
{
    /// <summary>The merchant's own number for the goods.</summary>
    public string? GoodsId { get; init; }

    /// <summary>How many.</summary>
    public long? Quantity { get; init; }

    /// <summary>The price of one, in fen.</summary>
    public long? UnitPrice { get; init; }

    /// <summary>The discount, in fen.</summary>
    public long? DiscountAmount { get; init; }

    /// <summary>A remark.</summary>
    public string? GoodsRemark { get; init; }

    /// <summary>Fields that the library does not know, or could not read as described, raw.</summary>
    public IReadOnlyDictionary<string, JsonElement> Extra { get; init; } = WireExtra.None;

    /// <summary>Reads the shape from JSON: a value, or the path and the reason; never an exception.</summary>
    public static bool TryRead(ReadOnlySpan<byte> json, [NotNullWhen(true)] out PromotionGoods? value, [NotNullWhen(false)] out DecodeError? error) =>
        WireReader.TryRead(json, Read, out value, out error);

    /// <summary>The type alone.</summary>
    public override string ToString() => "PromotionGoods";

    internal static PromotionGoods? Read(ref WireReader reader)
    {
        string? goodsId = null;
        long? quantity = null;
        long? unitPrice = null;
        long? discountAmount = null;
        string? goodsRemark = null;
        WireExtra extra = default;
        while (reader.NextField())
        {
            if (reader.Is("goods_id"u8)) { goodsId = reader.String(ref extra); }
            else if (reader.Is("quantity"u8)) { quantity = reader.Int64(ref extra); }
            else if (reader.Is("unit_price"u8)) { unitPrice = reader.Int64(ref extra); }
            else if (reader.Is("discount_amount"u8)) { discountAmount = reader.Int64(ref extra); }
            else if (reader.Is("goods_remark"u8)) { goodsRemark = reader.String(ref extra); }
            else { reader.Keep(ref extra); }
        }

        return new()
        {
            GoodsId = goodsId,
            Quantity = quantity,
            UnitPrice = unitPrice,
            DiscountAmount = discountAmount,
            GoodsRemark = goodsRemark,
            Extra = extra.Fields,
        };
    }
}
