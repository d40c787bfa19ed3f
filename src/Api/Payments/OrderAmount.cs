using System.Text.Json;
using WeChatPay.Functional;

namespace WeChatPay.Api;

/// <summary>What an order costs.</summary>
public sealed class OrderAmount
{
    /// <summary>The total, in fen.</summary>
    public required long Total { get; init; }

    /// <summary>The currency; CNY unless set.</summary>
    public string? Currency { get; init; }

    /// <summary>The type alone.</summary>
    public override string ToString() => "OrderAmount";

    internal void WriteTo(Utf8JsonWriter writer, Caller caller)
    {
        writer.WriteStartObject();
        writer.Field("total"u8, Total);
        writer.Field("currency"u8, Currency);
        writer.WriteEndObject();
    }
}
