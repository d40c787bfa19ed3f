using System.Text.Json;
using WeChatPay.Functional;

namespace WeChatPay.Api;

/// <summary>Who is to pay an order.</summary>
public sealed class OrderPayer
{
    /// <summary>The payer's number under the request's appid; personal data.</summary>
    public required string Openid { get; init; }

    /// <summary>The type alone.</summary>
    public override string ToString() => "OrderPayer";

    internal void WriteTo(Utf8JsonWriter writer, Caller caller)
    {
        writer.WriteStartObject();
        writer.Field("openid"u8, Openid);
        writer.WriteEndObject();
    }
}
