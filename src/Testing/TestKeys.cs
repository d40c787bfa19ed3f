using System.Globalization;
using System.Security.Cryptography;
using System.Text;
using WeChatPay.Functional;

namespace WeChatPay.Testing;

/// <summary>The keys of one test platform. Pairs are made when they are first needed.</summary>
internal sealed class TestKeys
{
    private const string Alphanumeric = "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz";

    private static readonly RsaTestSide s_rsa = new();

    // Shared by the process, since making a pair of RSA is slow: no application under test trusts either of them. What a request's signature proves here is bound to the merchant's serial, which is each platform's own.
    private static readonly Lazy<KeyPair> s_merchant = new(s_rsa.NewPair);
    private static readonly Lazy<KeyPair> s_stranger = new(s_rsa.NewPair);
    private readonly Lazy<KeyPair> _merchant;
    private readonly Lazy<KeyPair> _stranger;
    private readonly Lazy<KeyPair> _platform;
    private readonly PlatformSide _side;
    private readonly ApiV3Key _apiV3Key;

    public TestKeys(Suite suite, string merchantId, DateTimeOffset now)
    {
        _side = suite.Algorithms.PlatformSide ?? s_rsa;
        (_merchant, _stranger) = _side == s_rsa ? (s_merchant, s_stranger) : (new(_side.NewPair), new(_side.NewPair));
        _platform = new(_side.NewPair);
        (ApiV3KeyText, _apiV3Key) = NewApiV3Key();
        MerchantSerial = "4" + RandomNumberGenerator.GetHexString(39);
        PublicKeyId = "PUB_KEY_ID_0" + merchantId + now.UtcDateTime.ToString("yyyyMMdd", CultureInfo.InvariantCulture) + RandomNumberGenerator.GetString("0123456789", 14);
    }

    public string ApiV3KeyText { get; }

    /// <summary>Not a certificate's: the handler alone compares it.</summary>
    public string MerchantSerial { get; }

    public string PublicKeyId { get; }

    /// <summary>The pair that signs requests.</summary>
    public KeyPair Merchant => _merchant.Value;

    /// <summary>A pair that nobody trusts.</summary>
    public KeyPair Stranger => _stranger.Value;

    /// <summary>The pair that signs notifications and answers.</summary>
    public KeyPair Platform => _platform.Value;

    /// <summary>The scheme of requests, and the type of signatures.</summary>
    public string SignatureType => _side.SignatureType;

    /// <summary>The name of the cipher that seals resources.</summary>
    public string Cipher => _side.Cipher;

    public static string NewToken(int length) => RandomNumberGenerator.GetString(Alphanumeric, length);

    /// <summary>The headers that sign a body.</summary>
    public List<KeyValuePair<string, string>> Sign(KeyPair signer, DateTimeOffset at, ReadOnlySpan<byte> body)
    {
        var (timestamp, nonce) = (at.ToUnixTimeSeconds().ToString(CultureInfo.InvariantCulture), NewToken(32));
        var signature = signer.Sign(Canonical.delivery(timestamp, nonce, body));
        return
        [
            new("Wechatpay-Nonce", nonce),
            new("Wechatpay-Serial", PublicKeyId),
            new("Wechatpay-Signature", Convert.ToBase64String(signature)),
            new("Wechatpay-Signature-Type", SignatureType),
            new("Wechatpay-Timestamp", timestamp),
        ];
    }

    /// <summary>Seals bytes under the APIv3 key, or under one that nobody has.</summary>
    public byte[] Seal(string nonce, string associatedData, ReadOnlySpan<byte> plain, bool isOtherKey)
    {
        var key = isOtherKey ? NewApiV3Key().Key : _apiV3Key;
        return _side.Seal(key.Bytes, Encoding.UTF8.GetBytes(nonce), Encoding.UTF8.GetBytes(associatedData), plain);
    }

    private static (string Text, ApiV3Key Key) NewApiV3Key()
    {
        var text = NewToken(32);
        return (text, ApiV3KeyModule.create(text).ResultValue);
    }
}
