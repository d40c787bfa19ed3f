using System.Text.Json;
using WeChatPay.Functional;

namespace WeChatPay.Api;

/// <summary>How an order is settled.</summary>
public sealed class OrderSettlement
{
    /// <summary>Whether its funds are frozen for profit sharing.</summary>
    public bool? ProfitSharing { get; init; }

    /// <summary>The type alone.</summary>
    public override string ToString() => "OrderSettlement";

    internal void WriteTo(Utf8JsonWriter writer, Caller caller)
    {
        writer.WriteStartObject();
        writer.Field("profit_sharing"u8, ProfitSharing);
        writer.WriteEndObject();
    }
}
