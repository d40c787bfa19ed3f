using System.Globalization;
using System.Text.Json.Nodes;
using System.Text.RegularExpressions;
using WeChatPay.Functional;
using WeChatPay.Wire;

namespace WeChatPay.Testing;

/// <summary>Is this request signed by the test platform's merchant, over the very bytes that came?</summary>
internal static partial class RequestSignature
{
    private const long ToleranceInSeconds = 300;

    /// <summary>Null, or what is wrong with it as the platform says it.</summary>
    public static JsonObject? FindProblem(TestPlatform platform, ReceivedRequest request)
    {
        if (Form().Match(request.Headers.GetValueOrDefault("Authorization", string.Empty)) is not { Success: true } authorization || authorization.Groups["scheme"].Value != platform.Keys.SignatureType)
        {
            return Refusal("authorization", "scheme not supported", null);
        }

        string Part(string name) => Parameter().Matches(authorization.Groups["parameters"].Value).FirstOrDefault(part => part.Groups["name"].Value == name)?.Groups["value"].Value ?? string.Empty;
        var timestamp = Part("timestamp");
        if (Part("mchid") != platform.MerchantId)
        {
            return Refusal("mchid", "unknown merchant", null);
        }

        if (Serial.canonical(Part("serial_no")) != platform.MerchantSerial)
        {
            return Refusal("serial_no", "certificate not found", null);
        }

        if (!long.TryParse(timestamp, NumberStyles.None, CultureInfo.InvariantCulture, out var seconds) || Math.Abs(platform.Now.ToUnixTimeSeconds() - seconds) > ToleranceInSeconds)
        {
            return Refusal("timestamp", "expired", null);
        }

        var text = Canonical.request(request.Method, request.Url, timestamp, Part("nonce_str"), request.Bytes.Span);
        return StrictBase64.TryDecode(Part("signature"), out var signature) && platform.Keys.Merchant.IsSignature(text, signature)
            ? null
            : Refusal("signature", "sign not match", new JsonObject { ["method"] = request.Method, ["sign_message_length"] = text.Length, ["url"] = request.Url });
    }

    private static JsonObject Refusal(string field, string issue, JsonObject? seen)
    {
        var detail = new JsonObject { ["field"] = field, ["location"] = "authorization", ["detail"] = new JsonObject { ["issue"] = issue } };
        if (seen is not null)
        {
            detail["sign_information"] = seen;
        }

        var refusal = TestJson.Refusal("SIGN_ERROR", "错误的签名，验签失败");
        refusal["detail"] = detail;
        return refusal;
    }

    [GeneratedRegex("^(?<scheme>[A-Z0-9-]+) (?<parameters>.+)$", RegexOptions.CultureInvariant)]
    private static partial Regex Form();

    [GeneratedRegex("(?<name>[a-z_]+)=\"(?<value>[^\"]*)\"", RegexOptions.CultureInvariant)]
    private static partial Regex Parameter();
}
