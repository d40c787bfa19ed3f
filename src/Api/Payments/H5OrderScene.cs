using System.Text.Json;
using WeChatPay.Functional;

namespace WeChatPay.Api;

/// <summary>Where an order from a browser is placed.</summary>
public sealed class H5OrderScene
{
    /// <summary>The payer's address in the network; personal data.</summary>
    public required string PayerClientIp { get; init; }

    /// <summary>The merchant's own number for the device or store.</summary>
    public string? DeviceId { get; init; }

    /// <summary>The store.</summary>
    public OrderStore? StoreInfo { get; init; }

    /// <summary>The page or app that the payer comes from.</summary>
    public required H5Info H5Info { get; init; }

    /// <summary>The type alone.</summary>
    public override string ToString() => "H5OrderScene";

    internal void WriteTo(Utf8JsonWriter writer, Caller caller)
    {
        writer.WriteStartObject();
        writer.Field("payer_client_ip"u8, PayerClientIp);
        writer.Field("device_id"u8, DeviceId);
        writer.Field("store_info"u8, StoreInfo, caller, static (value, writer, caller) => value.WriteTo(writer, caller));
        writer.Field("h5_info"u8, H5Info, caller, static (value, writer, caller) => value.WriteTo(writer, caller));
        writer.WriteEndObject();
    }
}
