using System.Diagnostics.CodeAnalysis;
using System.Text.Json;
using WeChatPay.Wire;

namespace WeChatPay;

/// <summary>Goods that a refund is for.</summary>
public sealed class RefundedGoods
{
    /// <summary>The merchant's own number for the goods.</summary>
    public string? MerchantGoodsId { get; init; }

    /// <summary>The platform's number for the goods.</summary>
    public string? WechatpayGoodsId { get; init; }

    /// <summary>The goods' name.</summary>
    public string? GoodsName { get; init; }

    /// <summary>The price of one, in fen.</summary>
    public long? UnitPrice { get; init; }

    /// <summary>What is given back for them, in fen.</summary>
    public long? RefundAmount { get; init; }

    /// <summary>How many are given back.</summary>
    public long? RefundQuantity { get; init; }

    /// <summary>Fields that the library does not know, or could not read as described, raw.</summary>
    public IReadOnlyDictionary<string, JsonElement> Extra { get; init; } = WireExtra.None;

    /// <summary>Reads the shape from JSON: a value, or the path and the reason; never an exception.</summary>
    public static bool TryRead(ReadOnlySpan<byte> json, [NotNullWhen(true)] out RefundedGoods? value, [NotNullWhen(false)] out DecodeError? error) =>
        WireReader.TryRead(json, Read, out value, out error);

    /// <summary>The type alone.</summary>
    public override string ToString() => "RefundedGoods";

    internal static RefundedGoods? Read(ref WireReader reader)
    {
        string? merchantGoodsId = null;
        string? wechatpayGoodsId = null;
        string? goodsName = null;
        long? unitPrice = null;
        long? refundAmount = null;
        long? refundQuantity = null;
        WireExtra extra = default;
        while (reader.NextField())
        {
            if (reader.Is("merchant_goods_id"u8)) { merchantGoodsId = reader.String(ref extra); }
            else if (reader.Is("wechatpay_goods_id"u8)) { wechatpayGoodsId = reader.String(ref extra); }
            else if (reader.Is("goods_name"u8)) { goodsName = reader.String(ref extra); }
            else if (reader.Is("unit_price"u8)) { unitPrice = reader.Int64(ref extra); }
            else if (reader.Is("refund_amount"u8)) { refundAmount = reader.Int64(ref extra); }
            else if (reader.Is("refund_quantity"u8)) { refundQuantity = reader.Int64(ref extra); }
            else { reader.Keep(ref extra); }
        }

        return new()
        {
            MerchantGoodsId = merchantGoodsId,
            WechatpayGoodsId = wechatpayGoodsId,
            GoodsName = goodsName,
            UnitPrice = unitPrice,
            RefundAmount = refundAmount,
            RefundQuantity = refundQuantity,
            Extra = extra.Fields,
        };
    }
}
