using System.Globalization;
using Microsoft.FSharp.Core;
using WeChatPay.Functional;
using WeChatPay.Shell;

namespace WeChatPay;

/// <summary>Makes keys and policies from options; every problem is named at once, with what is wrong and where to find the right one.</summary>
internal sealed partial class MerchantSetup(WeChatPayOptions options, MerchantKinds kind = MerchantKinds.Direct)
{
    private const string PlatformDomain = ".mch.weixin.qq.com";

    private static readonly TimeSpan s_longestTolerance = TimeSpan.FromHours(1);
    private readonly SettingsReader _settings = new(options.BaseDirectory, options.Unreadable);

    /// <summary>A client of the shell with what it receives notifications by, or an exception that names every problem at once.</summary>
    public MerchantParts ReadAll(HttpClient http, MerchantSurroundings surroundings)
    {
        var (caller, key, apiV3Key, address, roots) = (ReadCaller(), ReadSigningKey(out var inMemory), ReadApiV3Key(), ReadBaseAddress(), ReadRoots());
        var verification = ReadVerification(inMemory);
        if (caller is null || key is null || verification is null || apiV3Key is null || address is null || roots is null || _settings.HasProblems)
        {
            throw Failure();
        }

        var client = CreateClient(http, surroundings, address, caller, key, verification.Keys);
        var platform = surroundings.PlatformKeys ?? PlatformKeysOf(client, apiV3Key, roots, surroundings);
        var receiving = new ReceivingKeys(platform, apiV3Key, options.Tolerance, options.BodyLimit);
        KeyExpiry.Watch(caller.MerchantId, receiving, inMemory?.Certificate?.NotAfter, surroundings.Clock);
        return new MerchantParts(client.With(platform), receiving);
    }

    /// <summary>A client that trusts no answer yet, with the key that certificates are opened by; or an exception that names every problem at once.</summary>
    public (Client Client, ApiV3Key Key) ReadWithoutPlatformKeys(HttpClient http, TimeProvider clock)
    {
        var (caller, key, apiV3Key, address) = (ReadCaller(), ReadSigningKey(out _), ReadApiV3Key(), ReadBaseAddress());
        CheckLimits();
        return caller is null || key is null || apiV3Key is null || address is null || _settings.HasProblems
            ? throw Failure()
            : (CreateClient(http, new(clock, logger: null), address, caller, key, KeyringModule.none), apiV3Key);
    }

    /// <summary>All that is missing or wrong.</summary>
    public IReadOnlyList<ConfigurationProblem> FindProblems()
    {
        _ = (ReadCaller(), ReadSigningKey(out var inMemory), ReadVerification(inMemory), ReadApiV3Key(), ReadBaseAddress(), ReadRoots());
        return _settings.Problems;
    }

    /// <summary>What notifications are received by, of keys that are configured; or an exception that names every problem at once.</summary>
    public ReceivingKeys ReadReceiving()
    {
        if (options.DownloadPlatformCertificates)
        {
            _settings.Add(
                nameof(options.DownloadPlatformCertificates),
                "needs a client, which downloads them: take the client's Notifications, or AddWeChatPay.",
                "需要由客户端下载：请使用客户端的 Notifications，或 AddWeChatPay。");
        }

        return ReadConfigured(ReadApiV3Key(), ReadVerification(merchant: null));
    }

    /// <summary>What a notification is judged by without a client: keys that are configured, and certificates that an earlier run has kept; or an exception that names every problem at once.</summary>
    public NotificationPolicy ReadNotifications(DateTimeOffset now)
    {
        var (key, verification) = (ReadApiV3Key(), ReadVerification(merchant: null));
        var keys = verification is null || key is null ? null : options.DownloadPlatformCertificates ? ReadKept(verification.Keys, key, now) : verification.Keys;
        return keys is null || _settings.HasProblems
            ? throw Failure()
            : new NotificationPolicy(PolicyOf(keys), key!);
    }

    /// <summary>A merchant among several, by whose number notifications are told apart; or an exception that names every problem at once. Whoever has certificates downloaded needs all that a client needs.</summary>
    public (string MerchantId, ReceivingKeys Keys) ReadRecipient(Func<HttpClient> http, MerchantSurroundings surroundings)
    {
        if (options.DownloadPlatformCertificates)
        {
            var parts = ReadAll(http(), surroundings);
            return (parts.Client.Caller.MerchantId, parts.Receiving);
        }

        var (caller, key, verification) = (ReadCaller(), ReadApiV3Key(), ReadVerification(merchant: null));
        var receiving = ReadConfigured(key, verification);
        if (caller is null)
        {
            throw Failure();
        }

        KeyExpiry.Watch(caller.MerchantId, receiving, certificateEnd: null, surroundings.Clock);
        return (caller.MerchantId, receiving);
    }

    /// <summary>Who signs, and with what; or an exception that names every problem at once.</summary>
    public (Caller Caller, MerchantKey Key) ReadSigner()
    {
        var (caller, key) = (ReadCaller(), ReadMerchantKey());
        return caller is null || key is null || _settings.HasProblems ? throw Failure() : (caller, key);
    }

    /// <summary>The key that opens resources, or an exception that names every problem at once.</summary>
    public ApiV3Key ReadOpener()
    {
        var key = ReadApiV3Key();
        return key is null || _settings.HasProblems ? throw Failure() : key;
    }

    private ReceivingKeys ReadConfigured(ApiV3Key? key, VerificationPolicy? verification) =>
        key is null || verification is null || _settings.HasProblems
            ? throw Failure()
            : new ReceivingKeys(PlatformKeys.ofPolicy(verification), key, options.Tolerance, options.BodyLimit);

    private Client CreateClient(HttpClient http, MerchantSurroundings surroundings, Uri address, Caller caller, IMerchantKey key, Keyring keys)
    {
        var answers = new VerificationPolicy(keys, options.Tolerance, DeliveryModule.AnswerLimit, options.Suite);
        return new(http, address, GlobalAddress(address), caller, key, PlatformKeys.ofPolicy(answers), string.Empty, surroundings.Clock, FuncConvert.FromFunc(NewNonce), ResilienceSetup.Create(options.Resilience, surroundings.Clock), surroundings.ReportOf(caller.MerchantId));
    }

    /// <summary>The platform's keys: those that are configured, or those with the certificates that the platform lists.</summary>
    private IPlatformKeys PlatformKeysOf(Client client, ApiV3Key apiV3Key, CertificateRoots roots, MerchantSurroundings surroundings)
    {
        if (!options.DownloadPlatformCertificates)
        {
            return client.Keys;
        }

        var file = CertificateFileOf(client.BaseAddress, client.Caller.MerchantId) is { } path ? FSharpValueOption<CertificateFile>.NewValueSome(new CertificateFile(path)) : FSharpValueOption<CertificateFile>.ValueNone;
        return new RenewedKeys(new RenewalSettings(
            client, apiV3Key, roots, file, Refresh.usual, FuncConvert.FromAction<RefreshReport>(report => surroundings.Report(client.Caller.MerchantId, report))));
    }

    /// <summary>One file for each merchant and platform; null where nothing is to be kept.</summary>
    private string? CertificateFileOf(Uri address, string merchantId)
    {
        var folder = options.PlatformCertificateFolder is { } given
            ? given.Length == 0 ? null : Path.Combine(options.BaseDirectory, given)
            : Environment.GetFolderPath(Environment.SpecialFolder.LocalApplicationData) is { Length: > 0 } own ? Path.Combine(own, "WeChatPay", "certificates") : null;
        var host = address.IsDefaultPort ? address.Host : address.Host + "_" + address.Port.ToString(CultureInfo.InvariantCulture);
        return folder is null ? null : Path.Combine(folder, merchantId + "_" + host.Replace(':', '_') + ".json");
    }

    /// <summary>The configured keys with the certificates that an earlier run has kept; null with the problem noted.</summary>
    private Keyring? ReadKept(Keyring configured, ApiV3Key key, DateTimeOffset now)
    {
        if (ReadCaller() is not { } caller || ReadBaseAddress() is not { } address || ReadRoots() is not { } roots)
        {
            return null;
        }

        var path = CertificateFileOf(address, caller.MerchantId);
        var kept = path is null ? null : new CertificateFile(path).TryOpen(options.Suite, key, roots, now);
        if (kept is not null)
        {
            return _settings.Take(KeyringModule.add(kept, configured), nameof(options.PlatformCertificateFolder));
        }

        if (configured.Count == 0)
        {
            _settings.Add(nameof(options.DownloadPlatformCertificates), "has brought nothing yet that this APIv3 key opens: run the application once, or wechatpay certificates.", "尚无可用 APIv3 密钥解密的平台证书：请先运行一次应用，或执行 wechatpay certificates。");
        }

        return configured;
    }

    /// <summary>Who must have issued the platform's certificates; null with the problem noted.</summary>
    private CertificateRoots? ReadRoots()
    {
        var roots = options.PlatformRootFiles
            .Select(file => _settings.ReadFile(file, nameof(options.PlatformRootFiles)) is { } bytes ? _settings.Take(CertificateRootsModule.readFor(options.Suite, bytes), nameof(options.PlatformRootFiles)) : null)
            .ToArray();
        return Array.Exists(roots, static root => root is null) ? null : CertificateRootsModule.join(roots!);
    }

    /// <summary>Whoever sets a host that is not the platform's, as for a simulator, means it for both.</summary>
    private Uri GlobalAddress(Uri address) =>
        options.GlobalBaseAddress is { } text && TryReadAddress(text, out var global) ? global
            : address.Host.EndsWith(PlatformDomain, StringComparison.OrdinalIgnoreCase) ? new Uri(WeChatPayOptions.GlobalMainAddress)
            : address;

    internal static bool TryReadAddress(string text, [System.Diagnostics.CodeAnalysis.NotNullWhen(true)] out Uri? address) =>
        Uri.TryCreate(text, UriKind.Absolute, out address)
        && (address.Scheme == Uri.UriSchemeHttps || (address.Scheme == Uri.UriSchemeHttp && address.IsLoopback))
        && address is { PathAndQuery: "/", Fragment: "", UserInfo: "" };

    private static string NewNonce() => ClientModule.newNonce();

    private WeChatPayConfigurationException Failure() => new(_settings.Problems);

    private Uri? ReadBaseAddress()
    {
        ResilienceSetup.Check(options.Resilience, _settings);
        if (options.GlobalBaseAddress is { } global && !TryReadAddress(global, out _))
        {
            AddAddress(nameof(options.GlobalBaseAddress), WeChatPayOptions.GlobalMainAddress);
        }

        if (TryReadAddress(options.BaseAddress, out var address))
        {
            return address;
        }

        AddAddress(nameof(options.BaseAddress), WeChatPayOptions.MainAddress);
        return null;
    }

    private void AddAddress(string setting, string usual) =>
        _settings.Add(setting, "is not an https address of a host alone, without path and query (http is for loopback only): " + usual + ".", "应为仅含主机的 https 地址，不带路径与参数（http 仅限本机）：" + usual + "。");

    private ApiV3Key? ReadApiV3Key() =>
        _settings.Require(options.ApiV3Key, nameof(options.ApiV3Key)) is { } text ? _settings.Take(ApiV3KeyModule.create(text), nameof(options.ApiV3Key)) : null;

    /// <summary>What signs: the key that is elsewhere, or the one that is read; null with the problem noted.</summary>
    private IMerchantKey? ReadSigningKey(out MerchantKey? inMemory)
    {
        inMemory = options.MerchantKey is null ? ReadMerchantKey() : null;
        return options.MerchantKey ?? (inMemory is null ? null : new InMemoryMerchantKey(inMemory));
    }

    /// <summary>The merchant's signing key, which must be the certificate's where one is given; null with the problem noted.</summary>
    private MerchantKey? ReadMerchantKey()
    {
        var key = _settings.ReadTextOrFile(options.MerchantPrivateKey, options.MerchantPrivateKeyFile, nameof(options.MerchantPrivateKey));
        var certificate = ReadMerchantCertificate(out var isBad);
        var serial = string.IsNullOrWhiteSpace(options.MerchantSerial) ? certificate?.Serial ?? string.Empty : options.MerchantSerial;
        if (key is not null)
        {
            return isBad ? null : ReadMerchantKey(key, serial, certificate);
        }

        if (serial.Length == 0)
        {
            AddMissingSerial();
        }

        return null;
    }

    private MerchantKey? ReadMerchantKey(byte[] bytes, string serial, MerchantCertificate? certificate)
    {
        var result = MerchantKeyModule.readFor(options.Suite, options.MerchantPrivateKeyPassword ?? options.MerchantId ?? string.Empty, serial, bytes);

        // The merchant's number is an archive's password: a key whose password was not given asks for it.
        if (options.MerchantPrivateKeyPassword is null && result.IsError && result.ErrorValue.IsWrongPassword)
        {
            result = MerchantKeyModule.readFor(options.Suite, string.Empty, serial, bytes);
        }

        // An archive has the serial in it, a key has not.
        if (serial.Length == 0 && result.IsError && result.ErrorValue.IsBadSerial)
        {
            AddMissingSerial();
            return null;
        }

        var isSerial = result.IsError && (result.ErrorValue.IsBadSerial || result.ErrorValue.IsPublicKeyIdForSerial || result.ErrorValue.IsSerialOfAnother);
        var key = _settings.Take(result, isSerial ? nameof(options.MerchantSerial) : nameof(options.MerchantPrivateKey));
        return key is null || certificate is null ? key : _settings.Take(MerchantKeyModule.requireCertificate(certificate, key), nameof(options.MerchantCertificateFile));
    }

    private void AddMissingSerial() => _settings.Add(
        nameof(options.MerchantSerial),
        "is missing: it is the serial of apiclient_cert.pem (openssl x509 -noout -serial -in apiclient_cert.pem); or set MerchantCertificateFile, which has it.",
        "未填写：它是 apiclient_cert.pem 的序列号（openssl x509 -noout -serial -in apiclient_cert.pem）；也可改填 MerchantCertificateFile。",
        SettingsReader.Missing);

    private MerchantCertificate? ReadMerchantCertificate(out bool isBad)
    {
        isBad = false;
        if (string.IsNullOrWhiteSpace(options.MerchantCertificateFile))
        {
            return null;
        }

        var bytes = _settings.ReadFile(options.MerchantCertificateFile, nameof(options.MerchantCertificateFile));
        var certificate = bytes is null ? null : _settings.Take(MerchantCertificateModule.readFor(options.Suite, bytes), nameof(options.MerchantCertificateFile));
        isBad = certificate is null;
        return certificate;
    }

    private Caller? ReadCaller()
    {
        var merchantId = _settings.Require(options.MerchantId, nameof(options.MerchantId))?.Trim();
        if (merchantId is null || merchantId.All(char.IsAsciiDigit))
        {
            return merchantId is null ? null : CreateCaller(merchantId);
        }

        var isAppid = merchantId.StartsWith("wx", StringComparison.Ordinal);
        _settings.Add(
            nameof(options.MerchantId),
            "is not a number: it is the mchid shown in the merchant platform" + (isAppid ? "; wx… is an appid, which goes into each order." : "."),
            "不是数字：应为商户平台显示的商户号（mchid）" + (isAppid ? "；wx 开头的是 appid，请在下单请求中填写。" : "。"));
        return null;
    }

    private Caller? CreateCaller(string merchantId)
    {
        return kind == MerchantKinds.Brand && !HasBrandId() ? null : new Caller(merchantId, kind, Blank(options.Appid), Blank(options.BrandId));
    }

    private bool HasBrandId()
    {
        var brandId = _settings.Require(options.BrandId, nameof(options.BrandId))?.Trim();
        if (brandId is null || brandId.All(char.IsAsciiDigit))
        {
            return brandId is not null;
        }

        _settings.Add(nameof(options.BrandId), "is not a number: it is the brand's number, brand_id.", "不是数字：应为品牌编号（brand_id）。");
        return false;
    }

    private static string? Blank(string? text) => string.IsNullOrWhiteSpace(text) ? null : text.Trim();

    /// <summary>What is accepted from the platform, or null with the problems noted. The merchant's own keys are refused in the platform's place.</summary>
    private VerificationPolicy? ReadVerification(MerchantKey? merchant)
    {
        CheckLimits();
        var before = _settings.Problems.Count;
        var keys = ReadPlatformKeys(merchant);
        if (_settings.Problems.Count > before)
        {
            return null;
        }

        if (keys.Count == 0 && options.DownloadPlatformCertificates)
        {
            return PolicyOf(KeyringModule.none);
        }

        var ring = _settings.Take(KeyringModule.create(keys), "PlatformPublicKeyFile");
        return ring is null ? null : PolicyOf(ring);
    }

    private VerificationPolicy PolicyOf(Keyring keys) => new(keys, options.Tolerance, options.BodyLimit, options.Suite);

    private void CheckLimits()
    {
        if (options.BodyLimit is < 1 or > DeliveryModule.NotificationLimit)
        {
            _settings.Add(nameof(options.BodyLimit), "must be 1 to 1048576 bytes.", "应为 1 到 1048576 字节。");
        }

        if (options.Tolerance < TimeSpan.Zero || options.Tolerance > s_longestTolerance)
        {
            _settings.Add(nameof(options.Tolerance), "must be 0 seconds to 1 hour.", "应为 0 秒到 1 小时。");
        }
    }
}
