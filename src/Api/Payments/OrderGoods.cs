using System.Text.Json;
using WeChatPay.Functional;

namespace WeChatPay.Api;

/// <summary>Goods of an order.</summary>
public sealed class OrderGoods
{
    /// <summary>The merchant's own number for the goods.</summary>
    public required string MerchantGoodsId { get; init; }

    /// <summary>The platform's number for the goods.</summary>
    public string? WechatpayGoodsId { get; init; }

    /// <summary>The goods' name.</summary>
    public string? GoodsName { get; init; }

    /// <summary>How many.</summary>
    public required long Quantity { get; init; }

    /// <summary>The price of one, in fen.</summary>
    public required long UnitPrice { get; init; }

    /// <summary>The type alone.</summary>
    public override string ToString() => "OrderGoods";

    internal void WriteTo(Utf8JsonWriter writer, Caller caller)
    {
        writer.WriteStartObject();
        writer.Field("merchant_goods_id"u8, MerchantGoodsId);
        writer.Field("wechatpay_goods_id"u8, WechatpayGoodsId);
        writer.Field("goods_name"u8, GoodsName);
        writer.Field("quantity"u8, Quantity);
        writer.Field("unit_price"u8, UnitPrice);
        writer.WriteEndObject();
    }
}
