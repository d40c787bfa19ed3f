using System.Text.Json.Serialization;

namespace WeChatPay;

/// <summary>
/// What a page inside WeChat (<c>WeixinJSBridge.invoke('getBrandWCPayRequest', …)</c>) or a mini program (<c>wx.requestPayment(…)</c>) opens a payment with.
/// Serialised to JSON it has the names that these expect; hand it on as it is.
/// </summary>
public sealed class JsapiInvocation
{
    /// <summary>The appid that the order was placed with.</summary>
    [JsonPropertyName("appId")]
    public required string AppId { get; init; }

    /// <summary>When it was signed, in seconds since 1970, as a text: a number is refused by some phones.</summary>
    [JsonPropertyName("timeStamp")]
    public required string TimeStamp { get; init; }

    /// <summary>The nonce.</summary>
    [JsonPropertyName("nonceStr")]
    public required string NonceStr { get; init; }

    /// <summary>The order: <c>prepay_id=…</c>.</summary>
    [JsonPropertyName("package")]
    public required string Package { get; init; }

    /// <summary>How it is signed: <c>RSA</c>, the only one in the platform's documents, for a merchant of the SM suite as well (docs/sm.md); not part of what is signed.</summary>
    [JsonPropertyName("signType")]
    public string SignType { get; init; } = "RSA";

    /// <summary>The merchant's signature, in base64.</summary>
    [JsonPropertyName("paySign")]
    public required string PaySign { get; init; }

    /// <summary>The type and the order.</summary>
    public override string ToString() => "JsapiInvocation(" + Package + ")";
}
