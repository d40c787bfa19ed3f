using System.Globalization;
using System.Security.Cryptography;
using System.Text;
using WeChatPay.Functional;

namespace WeChatPay.Testing;

/// <summary>The keys of one test platform. RSA pairs are made when they are first needed.</summary>
internal sealed class TestKeys
{
    private const string Alphanumeric = "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz";

    // Shared by the process, since making a pair is slow: no application under test trusts either of them. What a request's signature proves here is bound to the merchant's serial, which is each platform's own.
    private static readonly Lazy<RSA> s_merchant = new(() => RSA.Create(2048));
    private static readonly Lazy<RSA> s_stranger = new(() => RSA.Create(2048));
    private readonly Lazy<RSA> _platform = new(() => RSA.Create(2048));
    private readonly ApiV3Key _apiV3Key;

    public TestKeys(string merchantId, DateTimeOffset now)
    {
        (ApiV3KeyText, _apiV3Key) = NewApiV3Key();
        MerchantSerial = "4" + RandomNumberGenerator.GetHexString(39);
        PublicKeyId = "PUB_KEY_ID_0" + merchantId + now.UtcDateTime.ToString("yyyyMMdd", CultureInfo.InvariantCulture) + RandomNumberGenerator.GetString("0123456789", 14);
    }

    public string ApiV3KeyText { get; }

    /// <summary>Not a certificate's: the handler alone compares it.</summary>
    public string MerchantSerial { get; }

    public string PublicKeyId { get; }

    /// <summary>The pair that signs requests.</summary>
    public static RSA Merchant => s_merchant.Value;

    /// <summary>A pair that nobody trusts.</summary>
    public static RSA Stranger => s_stranger.Value;

    /// <summary>The pair that signs notifications and answers.</summary>
    public RSA Platform => _platform.Value;

    public static string NewToken(int length) => RandomNumberGenerator.GetString(Alphanumeric, length);

    /// <summary>The headers that sign a body.</summary>
    public List<KeyValuePair<string, string>> Sign(RSA signer, DateTimeOffset at, ReadOnlySpan<byte> body)
    {
        var (timestamp, nonce) = (at.ToUnixTimeSeconds().ToString(CultureInfo.InvariantCulture), NewToken(32));
        var signature = signer.SignData(Canonical.delivery(timestamp, nonce, body), HashAlgorithmName.SHA256, RSASignaturePadding.Pkcs1);
        return
        [
            new("Wechatpay-Nonce", nonce),
            new("Wechatpay-Serial", PublicKeyId),
            new("Wechatpay-Signature", Convert.ToBase64String(signature)),
            new("Wechatpay-Signature-Type", Signing.Scheme),
            new("Wechatpay-Timestamp", timestamp),
        ];
    }

    /// <summary>Seals bytes under the APIv3 key, or under one that nobody has.</summary>
    public byte[] Seal(string nonce, string associatedData, ReadOnlySpan<byte> plain, bool isOtherKey)
    {
        var key = isOtherKey ? NewApiV3Key().Key : _apiV3Key;
        return Cipher.seal(key, Encoding.UTF8.GetBytes(nonce), Encoding.UTF8.GetBytes(associatedData), plain).ResultValue;
    }

    private static (string Text, ApiV3Key Key) NewApiV3Key()
    {
        var text = NewToken(32);
        return (text, ApiV3KeyModule.create(text).ResultValue);
    }
}
