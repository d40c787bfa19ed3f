using System.Diagnostics.CodeAnalysis;
using System.Text.Json;
using WeChatPay.Wire;

namespace WeChatPay;

/// <summary>A promotion that an order was paid with.</summary>
public sealed class Promotion
{
    /// <summary>The coupon's number.</summary>
    public string? CouponId { get; init; }

    /// <summary>The promotion's name.</summary>
    public string? Name { get; init; }

    /// <summary>What it applies to.</summary>
    public PromotionScope? Scope { get; init; }

    /// <summary>Who bears it.</summary>
    public PromotionType? Type { get; init; }

    /// <summary>What it is worth, in fen.</summary>
    public long? Amount { get; init; }

    /// <summary>The number of the batch.</summary>
    public string? StockId { get; init; }

    /// <summary>The part that WeChat Pay bears, in fen.</summary>
    public long? WechatpayContribute { get; init; }

    /// <summary>The part that the merchant bears, in fen.</summary>
    public long? MerchantContribute { get; init; }

    /// <summary>The part that others bear, in fen.</summary>
    public long? OtherContribute { get; init; }

    /// <summary>The currency of the amounts.</summary>
    public string? Currency { get; init; }

    /// <summary>The goods it was given for.</summary>
    public IReadOnlyList<PromotionGoods>? GoodsDetail { get; init; }

    /// <summary>Fields that the library does not know, or could not read as described, raw.</summary>
    public IReadOnlyDictionary<string, JsonElement> Extra { get; init; } = WireExtra.None;

    /// <summary>Reads the shape from JSON: a value, or the path and the reason; never an exception.</summary>
    public static bool TryRead(ReadOnlySpan<byte> json, [NotNullWhen(true)] out Promotion? value, [NotNullWhen(false)] out DecodeError? error) =>
        WireReader.TryRead(json, Read, out value, out error);

    /// <summary>The type alone.</summary>
    public override string ToString() => "Promotion";

    internal static Promotion? Read(ref WireReader reader)
    {
        string? couponId = null;
        string? name = null;
        string? scope = null;
        string? type = null;
        long? amount = null;
        string? stockId = null;
        long? wechatpayContribute = null;
        long? merchantContribute = null;
        long? otherContribute = null;
        string? currency = null;
        IReadOnlyList<PromotionGoods>? goodsDetail = null;
        WireExtra extra = default;
        while (reader.NextField())
        {
            if (reader.Is("coupon_id"u8)) { couponId = reader.String(ref extra); }
            else if (reader.Is("name"u8)) { name = reader.String(ref extra); }
            else if (reader.Is("scope"u8)) { scope = reader.String(ref extra); }
            else if (reader.Is("type"u8)) { type = reader.String(ref extra); }
            else if (reader.Is("amount"u8)) { amount = reader.Int64(ref extra); }
            else if (reader.Is("stock_id"u8)) { stockId = reader.String(ref extra); }
            else if (reader.Is("wechatpay_contribute"u8)) { wechatpayContribute = reader.Int64(ref extra); }
            else if (reader.Is("merchant_contribute"u8)) { merchantContribute = reader.Int64(ref extra); }
            else if (reader.Is("other_contribute"u8)) { otherContribute = reader.Int64(ref extra); }
            else if (reader.Is("currency"u8)) { currency = reader.String(ref extra); }
            else if (reader.Is("goods_detail"u8)) { goodsDetail = reader.Objects(PromotionGoods.Read, ref extra); }
            else { reader.Keep(ref extra); }
        }

        return new()
        {
            CouponId = couponId,
            Name = name,
            Scope = scope is null ? null : new PromotionScope(scope),
            Type = type is null ? null : new PromotionType(type),
            Amount = amount,
            StockId = stockId,
            WechatpayContribute = wechatpayContribute,
            MerchantContribute = merchantContribute,
            OtherContribute = otherContribute,
            Currency = currency,
            GoodsDetail = goodsDetail,
            Extra = extra.Fields,
        };
    }
}
