using System.Text.Json;
using WeChatPay.Functional;

namespace WeChatPay.Api;

/// <summary>The store that an order is placed in.</summary>
public sealed class OrderStore
{
    /// <summary>The merchant's own number for the store.</summary>
    public required string Id { get; init; }

    /// <summary>The store's name.</summary>
    public string? Name { get; init; }

    /// <summary>The code of the district.</summary>
    public string? AreaCode { get; init; }

    /// <summary>The store's address.</summary>
    public string? Address { get; init; }

    /// <summary>The type alone.</summary>
    public override string ToString() => "OrderStore";

    internal void WriteTo(Utf8JsonWriter writer, Caller caller)
    {
        writer.WriteStartObject();
        writer.Field("id"u8, Id);
        writer.Field("name"u8, Name);
        writer.Field("area_code"u8, AreaCode);
        writer.Field("address"u8, Address);
        writer.WriteEndObject();
    }
}
