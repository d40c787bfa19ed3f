using System.Text.Json;
using WeChatPay.Functional;

namespace WeChatPay.Api;

/// <summary>Goods that a refund is asked for.</summary>
public sealed class RefundRequestGoods
{
    /// <summary>The merchant's own number for the goods.</summary>
    public required string MerchantGoodsId { get; init; }

    /// <summary>The platform's number for the goods.</summary>
    public string? WechatpayGoodsId { get; init; }

    /// <summary>The goods' name.</summary>
    public string? GoodsName { get; init; }

    /// <summary>The price of one, in fen.</summary>
    public required long UnitPrice { get; init; }

    /// <summary>What is given back for them, in fen.</summary>
    public required long RefundAmount { get; init; }

    /// <summary>How many are given back.</summary>
    public required long RefundQuantity { get; init; }

    /// <summary>The type alone.</summary>
    public override string ToString() => "RefundRequestGoods";

    internal void WriteTo(Utf8JsonWriter writer, Caller caller)
    {
        writer.WriteStartObject();
        writer.Field("merchant_goods_id"u8, MerchantGoodsId);
        writer.Field("wechatpay_goods_id"u8, WechatpayGoodsId);
        writer.Field("goods_name"u8, GoodsName);
        writer.Field("unit_price"u8, UnitPrice);
        writer.Field("refund_amount"u8, RefundAmount);
        writer.Field("refund_quantity"u8, RefundQuantity);
        writer.WriteEndObject();
    }
}
