using System.Text.Json;
using WeChatPay.Functional;

namespace WeChatPay.Api;

/// <summary>What an order is made of, for promotions.</summary>
public sealed class OrderDetail
{
    /// <summary>The order's original price, in fen.</summary>
    public long? CostPrice { get; init; }

    /// <summary>The number of the receipt.</summary>
    public string? InvoiceId { get; init; }

    /// <summary>The goods.</summary>
    public IReadOnlyList<OrderGoods>? GoodsDetail { get; init; }

    /// <summary>The type alone.</summary>
    public override string ToString() => "OrderDetail";

    internal void WriteTo(Utf8JsonWriter writer, Caller caller)
    {
        writer.WriteStartObject();
        writer.Field("cost_price"u8, CostPrice);
        writer.Field("invoice_id"u8, InvoiceId);
        writer.Field("goods_detail"u8, GoodsDetail, caller, static (value, writer, caller) => value.WriteTo(writer, caller));
        writer.WriteEndObject();
    }
}
