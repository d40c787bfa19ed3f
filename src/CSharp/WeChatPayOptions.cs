using System.Globalization;
using Microsoft.Extensions.Configuration;
using WeChatPay.Functional;
using WeChatPay.Shell;

namespace WeChatPay;

/// <summary>What a merchant is configured with: the section <c>WeChatPay</c>. Relative paths are relative to <see cref="BaseDirectory"/>.</summary>
public sealed class WeChatPayOptions
{
    internal const string MainAddress = "https://api.mch.weixin.qq.com";

    internal const string GlobalMainAddress = "https://apihk.mch.weixin.qq.com";

    /// <summary>The merchant's number, <c>mchid</c>.</summary>
    public string? MerchantId { get; set; }

    /// <summary>The appid that requests take when they name none; optional.</summary>
    public string? Appid { get; set; }

    /// <summary>The brand's number, <c>brand_id</c>; for brands only.</summary>
    public string? BrandId { get; set; }

    /// <summary>The serial of the merchant's certificate, in hex; may be left out where <see cref="MerchantCertificateFile"/> or a PKCS#12 archive has it.</summary>
    public string? MerchantSerial { get; set; }

    /// <summary>The file of the merchant's certificate, <c>apiclient_cert.pem</c>: optional; the private key is checked against it.</summary>
    public string? MerchantCertificateFile { get; set; }

    /// <summary>The file of the merchant's private key, <c>apiclient_key.pem</c> or <c>apiclient_cert.p12</c>.</summary>
    public string? MerchantPrivateKeyFile { get; set; }

    /// <summary>The merchant's private key as PEM text, in place of a file.</summary>
    public string? MerchantPrivateKey { get; set; }

    /// <summary>The password of the private key's file, where it has one; of <c>apiclient_cert.p12</c> it is the merchant's number unless set.</summary>
    public string? MerchantPrivateKeyPassword { get; set; }

    /// <summary>The merchant's key where it is not to be read: in an HSM, behind a service. In place of <see cref="MerchantPrivateKey"/>, with the serial of its own.</summary>
    public IMerchantKey? MerchantKey { get; set; }

    /// <summary>The APIv3 key: 32 bytes.</summary>
    public string? ApiV3Key { get; set; }

    /// <summary>The id of the platform's public key, <c>PUB_KEY_ID_…</c>.</summary>
    public string? PlatformPublicKeyId { get; set; }

    /// <summary>The file of the platform's public key.</summary>
    public string? PlatformPublicKeyFile { get; set; }

    /// <summary>The platform's public key as PEM text, in place of a file.</summary>
    public string? PlatformPublicKey { get; set; }

    /// <summary>Whether the platform's certificates are downloaded at first use, renewed before they end and when one signs that is not known: for merchants with platform certificates, and beside the public key while they change over. In public key mode leave it off: the platform has no certificates then.</summary>
    public bool DownloadPlatformCertificates { get; set; }

    /// <summary>The folder where downloaded certificates are kept between runs, still sealed under the APIv3 key, readable by this account alone; a folder of the account's own unless set, none where it is empty.</summary>
    public string? PlatformCertificateFolder { get; set; }

    /// <summary>The files of the platform's root certificate, and of what stands between it and the certificates: downloaded ones must be issued by one of them. Not asked unless set; the APIv3 key proves them all the same.</summary>
    public IList<string> PlatformRootFiles { get; } = [];

    /// <summary>The files of platform certificates; several at once while they rotate.</summary>
    public IList<string> PlatformCertificateFiles { get; } = [];

    /// <summary>Platform certificates as PEM texts, in place of files.</summary>
    public IList<string> PlatformCertificates { get; } = [];

    /// <summary>Where the platform is; the platform's main host unless set.</summary>
    public string BaseAddress { get; set; } = MainAddress;

    /// <summary>Where the platform is for merchants outside the mainland; its host for them unless set, or <see cref="BaseAddress"/> where that is not one of the platform's.</summary>
    public string? GlobalBaseAddress { get; set; }

    /// <summary>How many bytes a notification's body may have, inclusive: 1 to 1,048,576.</summary>
    public int BodyLimit { get; set; } = DeliveryModule.NotificationLimit;

    /// <summary>How far a timestamp may be from now, inclusive: five minutes unless set. In configuration seconds (<c>300</c>) or <c>00:05:00</c>.</summary>
    public TimeSpan Tolerance { get; set; } = VerificationPolicyModule.usualTolerance;

    /// <summary>
    /// Whether a callback whose signature does not fit is examined for what was done to it on its way (<see cref="VerificationFailure.Diagnosis"/>, and in the endpoint's log).
    /// Off unless set: the work, at most 1,500 signatures and at most once in ten seconds, is a stranger's to cause.
    /// </summary>
    public bool ExplainMismatches { get; set; }

    /// <summary>What calls do on bad days: attempts, timeouts, backup hosts, limits.</summary>
    public WeChatPayResilienceOptions Resilience { get; } = new();

    /// <summary>The algorithms that the merchant and the platform use: RSA unless set. A merchant of the SM suite (国密) sets <c>SmSuite.Instance</c> of the package WeChatPay.Sm; then all keys are of SM2.</summary>
    public Suite Suite { get; set; } = SuiteModule.rsa;

    /// <summary>What relative paths are relative to; the current directory unless set.</summary>
    public string BaseDirectory { get; set; } = Directory.GetCurrentDirectory();

    /// <summary>What a configuration said that cannot be read: named with everything else that is missing or wrong.</summary>
    internal IList<ConfigurationProblem> Unreadable { get; } = [];

    /// <summary>Reads the section of a configuration (<c>WeChatPay</c>); what cannot be read is named when a client is made.</summary>
    public static WeChatPayOptions Read(IConfiguration section, string baseDirectory)
    {
        var options = new WeChatPayOptions { BaseDirectory = baseDirectory };
        options.TakeOver(section);
        return options;
    }

    /// <summary>Sets what the section says and leaves the rest.</summary>
    internal void TakeOver(IConfiguration section)
    {
        ArgumentNullException.ThrowIfNull(section);
        MerchantId = section[nameof(MerchantId)] ?? MerchantId;
        Appid = section[nameof(Appid)] ?? Appid;
        BrandId = section[nameof(BrandId)] ?? BrandId;
        MerchantSerial = section[nameof(MerchantSerial)] ?? MerchantSerial;
        MerchantCertificateFile = section[nameof(MerchantCertificateFile)] ?? MerchantCertificateFile;
        MerchantPrivateKeyPassword = section[nameof(MerchantPrivateKeyPassword)] ?? MerchantPrivateKeyPassword;
        MerchantPrivateKeyFile = section[nameof(MerchantPrivateKeyFile)] ?? MerchantPrivateKeyFile;
        MerchantPrivateKey = section[nameof(MerchantPrivateKey)] ?? MerchantPrivateKey;
        ApiV3Key = section[nameof(ApiV3Key)] ?? ApiV3Key;
        PlatformPublicKeyId = section[nameof(PlatformPublicKeyId)] ?? PlatformPublicKeyId;
        PlatformPublicKeyFile = section[nameof(PlatformPublicKeyFile)] ?? PlatformPublicKeyFile;
        PlatformPublicKey = section[nameof(PlatformPublicKey)] ?? PlatformPublicKey;
        PlatformCertificateFolder = section[nameof(PlatformCertificateFolder)] ?? PlatformCertificateFolder;
        BaseAddress = section[nameof(BaseAddress)] ?? BaseAddress;
        GlobalBaseAddress = section[nameof(GlobalBaseAddress)] ?? GlobalBaseAddress;
        ReadBodyLimit(section[nameof(BodyLimit)]);
        Resilience.TakeOver(section.GetSection(nameof(Resilience)), Unreadable);
        SettingTexts.ReadSpan(section, nameof(Tolerance), VerificationPolicyModule.usualTolerance, span => Tolerance = span, Unreadable);
        ReadSwitch(section, nameof(ExplainMismatches), isWanted => ExplainMismatches = isWanted);
        ReadSwitch(section, nameof(DownloadPlatformCertificates), isWanted => DownloadPlatformCertificates = isWanted);
        ReadList(section.GetSection(nameof(PlatformRootFiles)), PlatformRootFiles);
        ReadList(section.GetSection(nameof(PlatformCertificateFiles)), PlatformCertificateFiles);
        ReadList(section.GetSection(nameof(PlatformCertificates)), PlatformCertificates);
    }

    /// <summary>The type and the merchant; no key, no path.</summary>
    public override string ToString() => "WeChatPayOptions(" + MerchantId + ")";

    /// <summary>A list, or one text in its place; an empty text is not passed over, since whoever wrote it meant something.</summary>
    private static void ReadList(IConfigurationSection section, IList<string> list)
    {
        if (section.Value is { } text)
        {
            list.Add(text);
        }

        foreach (var entry in section.GetChildren())
        {
            list.Add(entry.Value ?? string.Empty);
        }
    }

    private void ReadBodyLimit(string? text)
    {
        if (text is null)
        {
            return;
        }

        if (int.TryParse(text, NumberStyles.None, CultureInfo.InvariantCulture, out var limit))
        {
            BodyLimit = limit;
        }
        else
        {
            Unreadable.Add(new(nameof(BodyLimit), "BodyLimit is not a number of bytes.", "BodyLimit 不是字节数。"));
        }
    }

    private void ReadSwitch(IConfiguration section, string setting, Action<bool> set)
    {
        if (section[setting] is not { } text)
        {
            return;
        }

        if (bool.TryParse(text, out var isWanted))
        {
            set(isWanted);
        }
        else
        {
            Unreadable.Add(new(setting, setting + " is neither true nor false.", setting + " 应为 true 或 false。"));
        }
    }
}
