using System.Diagnostics.CodeAnalysis;
using System.Text.Json;
using WeChatPay.Wire;

namespace WeChatPay;

/// <summary>Where an order was placed.</summary>
public sealed class TransactionScene
{
    /// <summary>The payer's address in the network; personal data.</summary>
    public string? PayerClientIp { get; init; }

    /// <summary>The merchant's own number for the device or store.</summary>
    public string? DeviceId { get; init; }

    /// <summary>The store.</summary>
    public TransactionStore? StoreInfo { get; init; }

    /// <summary>Fields that the library does not know, or could not read as described, raw.</summary>
    public IReadOnlyDictionary<string, JsonElement> Extra { get; init; } = WireExtra.None;

    /// <summary>Reads the shape from JSON: a value, or the path and the reason; never an exception.</summary>
    public static bool TryRead(ReadOnlySpan<byte> json, [NotNullWhen(true)] out TransactionScene? value, [NotNullWhen(false)] out DecodeError? error) =>
        WireReader.TryRead(json, Read, out value, out error);

    /// <summary>The type alone.</summary>
    public override string ToString() => "TransactionScene";

    internal static TransactionScene? Read(ref WireReader reader)
    {
        string? payerClientIp = null;
        string? deviceId = null;
        TransactionStore? storeInfo = null;
        WireExtra extra = default;
        while (reader.NextField())
        {
            if (reader.Is("payer_client_ip"u8)) { payerClientIp = reader.String(ref extra); }
            else if (reader.Is("device_id"u8)) { deviceId = reader.String(ref extra); }
            else if (reader.Is("store_info"u8)) { storeInfo = reader.Object(TransactionStore.Read, ref extra); }
            else { reader.Keep(ref extra); }
        }

        return new()
        {
            PayerClientIp = payerClientIp,
            DeviceId = deviceId,
            StoreInfo = storeInfo,
            Extra = extra.Fields,
        };
    }
}
