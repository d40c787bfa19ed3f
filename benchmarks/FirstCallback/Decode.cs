using WeChatPay.Functional;

namespace WeChatPay.FirstCallback;

/// <summary>The same callback through the library: keys read, delivery verified, opened, typed.</summary>
internal static class Decode
{
    public static bool Run(string keyFile, string bodyFile, string timestamp, string nonce, string signature, string serial, string apiV3Key)
    {
        var key = PlatformKeyModule.ofPublicKeyPem(serial, File.ReadAllText(keyFile)).ResultValue;
        var ring = KeyringModule.create(new[] { key }).ResultValue;
        var policy = new NotificationPolicy(VerificationPolicyModule.forNotifications(ring), ApiV3KeyModule.create(apiV3Key).ResultValue);
        var headers = new KeyValuePair<string, string>[]
        {
            new("Wechatpay-Timestamp", timestamp),
            new("Wechatpay-Nonce", nonce),
            new("Wechatpay-Signature", signature),
            new("Wechatpay-Serial", serial),
        };
        var decoded = Core.decode(policy, DateTimeOffset.UtcNow, DeliveryModule.create(headers, File.ReadAllBytes(bodyFile)));
        return decoded.IsOk && decoded.ResultValue.Event.IsPaymentSucceeded;
    }
}
