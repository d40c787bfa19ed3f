using System.Text.Json.Serialization;

namespace WeChatPay;

/// <summary>What an app opens a payment with (<c>PayReq</c> of the open platform's SDK). Serialised to JSON it has the SDK's names.</summary>
public sealed class AppInvocation
{
    /// <summary>The app's appid that the order was placed with.</summary>
    [JsonPropertyName("appid")]
    public required string Appid { get; init; }

    /// <summary>The merchant's number.</summary>
    [JsonPropertyName("partnerid")]
    public required string PartnerId { get; init; }

    /// <summary>The order.</summary>
    [JsonPropertyName("prepayid")]
    public required string PrepayId { get; init; }

    /// <summary>Always <c>Sign=WXPay</c>.</summary>
    [JsonPropertyName("package")]
    public string Package { get; init; } = "Sign=WXPay";

    /// <summary>The nonce.</summary>
    [JsonPropertyName("noncestr")]
    public required string NonceStr { get; init; }

    /// <summary>When it was signed, in seconds since 1970.</summary>
    [JsonPropertyName("timestamp")]
    public required string Timestamp { get; init; }

    /// <summary>The merchant's signature, in base64.</summary>
    [JsonPropertyName("sign")]
    public required string Sign { get; init; }

    /// <summary>The type and the order.</summary>
    public override string ToString() => "AppInvocation(" + PrepayId + ")";
}
