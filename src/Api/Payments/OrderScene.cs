using System.Text.Json;
using WeChatPay.Functional;

namespace WeChatPay.Api;

/// <summary>Where an order is placed.</summary>
public sealed class OrderScene
{
    /// <summary>The payer's address in the network; personal data.</summary>
    public required string PayerClientIp { get; init; }

    /// <summary>The merchant's own number for the device or store.</summary>
    public string? DeviceId { get; init; }

    /// <summary>The store.</summary>
    public OrderStore? StoreInfo { get; init; }

    /// <summary>The type alone.</summary>
    public override string ToString() => "OrderScene";

    internal void WriteTo(Utf8JsonWriter writer, Caller caller)
    {
        writer.WriteStartObject();
        writer.Field("payer_client_ip"u8, PayerClientIp);
        writer.Field("device_id"u8, DeviceId);
        writer.Field("store_info"u8, StoreInfo, caller, static (value, writer, caller) => value.WriteTo(writer, caller));
        writer.WriteEndObject();
    }
}
