using System.Text.Json;
using WeChatPay.Functional;

namespace WeChatPay.Api;

/// <summary>What is to be given back, and of what.</summary>
public sealed class RefundRequestAmount
{
    /// <summary>What is to be given back, in fen.</summary>
    public required long Refund { get; init; }

    /// <summary>The order's total, in fen.</summary>
    public required long Total { get; init; }

    /// <summary>The currency: CNY.</summary>
    public required string Currency { get; init; }

    /// <summary>The accounts that give the money.</summary>
    public IReadOnlyList<RefundSource>? From { get; init; }

    /// <summary>The type alone.</summary>
    public override string ToString() => "RefundRequestAmount";

    internal void WriteTo(Utf8JsonWriter writer, Caller caller)
    {
        writer.WriteStartObject();
        writer.Field("refund"u8, Refund);
        writer.Field("total"u8, Total);
        writer.Field("currency"u8, Currency);
        writer.Field("from"u8, From, caller, static (value, writer, caller) => value.WriteTo(writer, caller));
        writer.WriteEndObject();
    }
}
