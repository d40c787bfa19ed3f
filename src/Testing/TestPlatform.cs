using System.Text.Json.Nodes;
using WeChatPay.Functional;

namespace WeChatPay.Testing;

/// <summary>WeChat Pay for one merchant in your own tests, in memory, with keys made for the run: makes sealed, signed notifications, and answers calls as told. For tests only. May be used from many threads.</summary>
public sealed partial class TestPlatform
{
    private readonly TimeProvider _clock;

    /// <summary>Makes one with keys of its own.</summary>
    /// <param name="merchantId">The number of the one merchant.</param>
    /// <param name="clock">When signatures are made, and requests judged; this machine's clock unless set.</param>
    /// <param name="suite">The merchant's algorithms: RSA unless set; <c>SmSuite.Instance</c> of the package WeChatPay.Sm for a merchant of the SM suite (国密).</param>
    public TestPlatform(string merchantId = "1900000001", TimeProvider? clock = null, Suite? suite = null)
    {
        ArgumentException.ThrowIfNullOrEmpty(merchantId);
        _clock = clock ?? TimeProvider.System;
        MerchantId = merchantId;
        Suite = suite ?? SuiteModule.rsa;
        Keys = new TestKeys(Suite, merchantId, Now);
        Handler = new TestPlatformHandler(this);
    }

    /// <summary>The one merchant's number.</summary>
    public string MerchantId { get; }

    /// <summary>The merchant's algorithms.</summary>
    public Suite Suite { get; }

    /// <summary>The serial that requests are signed under.</summary>
    public string MerchantSerial => Keys.MerchantSerial;

    /// <summary>The id of the key that signs notifications and answers.</summary>
    public string PlatformPublicKeyId => Keys.PublicKeyId;

    /// <summary>The platform's end of the wire: verifies requests, answers what was registered, remembers what came.</summary>
    public TestPlatformHandler Handler { get; }

    /// <summary>The merchant's options, new on every call: ready for <c>new WeChatPayClient(…)</c>.</summary>
    public WeChatPayOptions Options
    {
        get
        {
            var options = new WeChatPayOptions();
            Configure(options);
            return options;
        }
    }

    /// <summary>The merchant's settings, for <c>configuration.AddInMemoryCollection(…)</c>: a section <c>WeChatPay</c>. The suite is no setting: an application of the SM suite sets it by <c>UseSuite</c>, here as well.</summary>
    public IReadOnlyList<KeyValuePair<string, string?>> Settings
    {
        get
        {
            var options = Options;
            return
            [
                new("WeChatPay:MerchantId", options.MerchantId),
                new("WeChatPay:MerchantSerial", options.MerchantSerial),
                new("WeChatPay:MerchantPrivateKey", options.MerchantPrivateKey),
                new("WeChatPay:ApiV3Key", options.ApiV3Key),
                new("WeChatPay:PlatformPublicKeyId", options.PlatformPublicKeyId),
                new("WeChatPay:PlatformPublicKey", options.PlatformPublicKey),
                new("WeChatPay:BaseAddress", options.BaseAddress),
            ];
        }
    }

    internal TestKeys Keys { get; }

    internal DateTimeOffset Now => _clock.GetUtcNow();

    /// <summary>A real client whose calls end at <see cref="Handler"/>.</summary>
    public WeChatPayClient CreateClient() => new(new HttpClient(Handler, disposeHandler: false), Options, _clock);

    /// <summary>A notification of any type, with the resource that is given: <paramref name="resourceJson"/> is sealed as it stands, right or wrong.</summary>
    public SignedNotification Notification(string eventType, string resourceJson, string? originalType = null, string? summary = null)
    {
        ArgumentException.ThrowIfNullOrEmpty(eventType);
        ArgumentNullException.ThrowIfNull(resourceJson);
        var kind = originalType ?? eventType.Split('.')[0].ToLowerInvariant();
        return new(this, new Letter(Guid.NewGuid().ToString(), eventType, kind, summary ?? eventType, System.Text.Encoding.UTF8.GetBytes(resourceJson)));
    }

    /// <summary>The merchant; no key.</summary>
    public override string ToString() => "TestPlatform(" + MerchantId + ")";

    /// <summary>Sets every key; an address that no resolver knows, so that a forgotten handler calls nobody.</summary>
    internal void Configure(WeChatPayOptions options)
    {
        options.MerchantId = MerchantId;
        options.MerchantSerial = MerchantSerial;
        options.MerchantPrivateKey = Keys.Merchant.PrivateKeyPem;
        options.ApiV3Key = Keys.ApiV3KeyText;
        options.PlatformPublicKeyId = PlatformPublicKeyId;
        options.PlatformPublicKey = Keys.Platform.PublicKeyPem;
        options.PlatformCertificateFiles.Clear();
        options.Suite = Suite;
        options.BaseAddress = "https://wechatpay.test";
    }

    /// <summary>The envelope with its sealed resource.</summary>
    internal byte[] Seal(Letter letter, bool isOtherKey)
    {
        var nonce = TestKeys.NewToken(12);
        return TestJson.Write(new JsonObject
        {
            ["id"] = letter.Id,
            ["create_time"] = TestJson.Time(Now),
            ["resource_type"] = "encrypt-resource",
            ["event_type"] = letter.EventType,
            ["summary"] = letter.Summary,
            ["resource"] = new JsonObject
            {
                ["original_type"] = letter.OriginalType,
                ["algorithm"] = Keys.Cipher,
                ["ciphertext"] = Convert.ToBase64String(Keys.Seal(nonce, letter.OriginalType, letter.Resource.Span, isOtherKey)),
                ["associated_data"] = letter.OriginalType,
                ["nonce"] = nonce,
            },
        });
    }
}
