using Microsoft.FSharp.Core;
using WeChatPay.Functional;
using WeChatPay.Shell;

namespace WeChatPay;

/// <summary>Makes keys and policies from options; every problem is named at once, with what is wrong and where to find the right one.</summary>
internal sealed class MerchantSetup
{
    private static readonly TimeSpan s_longestTolerance = TimeSpan.FromHours(1);
    private readonly WeChatPayOptions _options;
    private readonly List<string> _problems;

    public MerchantSetup(WeChatPayOptions options)
    {
        _options = options;
        _problems = [.. options.Unreadable];
    }

    /// <summary>A client of the shell with what it receives notifications by, or an exception that names every problem at once.</summary>
    public (Client Client, NotificationPolicy Notifications) ReadAll(HttpClient http, TimeProvider clock)
    {
        var (caller, key, verification, apiV3Key, address) = (ReadCaller(), ReadMerchantKey(), ReadVerification(), ReadApiV3Key(), ReadBaseAddress());
        if (caller is null || key is null || verification is null || apiV3Key is null || address is null || _problems.Count > 0)
        {
            throw new WeChatPayConfigurationException(_problems);
        }

        var answers = new VerificationPolicy(verification.Keys, verification.Tolerance, DeliveryModule.AnswerLimit);
        var client = new Client(http, address, caller, new InMemoryMerchantKey(key), answers, ReplySerial(verification.Keys), clock, FuncConvert.FromFunc(NewNonce));
        return (client, new NotificationPolicy(verification, apiV3Key));
    }

    /// <summary>All that is missing or wrong.</summary>
    public IReadOnlyList<string> FindProblems()
    {
        _ = (ReadCaller(), ReadMerchantKey(), ReadVerification(), ReadApiV3Key(), ReadBaseAddress());
        return _problems;
    }

    /// <summary>What notifications are received by, or an exception that names every problem at once.</summary>
    public NotificationPolicy ReadNotifications()
    {
        var (key, verification) = (ReadApiV3Key(), ReadVerification());
        return key is null || verification is null || _problems.Count > 0
            ? throw new WeChatPayConfigurationException(_problems)
            : new NotificationPolicy(verification, key);
    }

    /// <summary>Who signs, and with what; or an exception that names every problem at once.</summary>
    public (Caller Caller, MerchantKey Key) ReadSigner()
    {
        var (caller, key) = (ReadCaller(), ReadMerchantKey());
        return caller is null || key is null || _problems.Count > 0 ? throw new WeChatPayConfigurationException(_problems) : (caller, key);
    }

    /// <summary>The key that opens resources, or an exception that names every problem at once.</summary>
    public ApiV3Key ReadOpener()
    {
        var key = ReadApiV3Key();
        return key is null || _problems.Count > 0 ? throw new WeChatPayConfigurationException(_problems) : key;
    }

    private Uri? ReadBaseAddress()
    {
        if (Uri.TryCreate(_options.BaseAddress, UriKind.Absolute, out var address) && (address.Scheme == Uri.UriSchemeHttps || address.IsLoopback))
        {
            return address;
        }

        _problems.Add("BaseAddress is not an https address (http is for loopback only).");
        return null;
    }

    /// <summary>The platform key that is to sign answers: the public key where there is one.</summary>
    private string ReplySerial(Keyring keys) =>
        string.IsNullOrWhiteSpace(_options.PlatformPublicKeyId) ? keys.Serials.First() : _options.PlatformPublicKeyId;

    private static string NewNonce() => ClientModule.newNonce();

    /// <summary>The APIv3 key, or null with the problem noted.</summary>
    private ApiV3Key? ReadApiV3Key() =>
        Require(_options.ApiV3Key, nameof(_options.ApiV3Key)) is { } text ? Take(ApiV3KeyModule.create(text), nameof(_options.ApiV3Key)) : null;

    /// <summary>The merchant's signing key, or null with the problem noted.</summary>
    private MerchantKey? ReadMerchantKey()
    {
        var serial = Require(_options.MerchantSerial, nameof(_options.MerchantSerial));
        var pem = string.IsNullOrWhiteSpace(_options.MerchantPrivateKey)
            ? ReadFile(_options.MerchantPrivateKeyFile, "MerchantPrivateKeyFile (or MerchantPrivateKey)")
            : _options.MerchantPrivateKey;
        return serial is null || pem is null ? null : Take(MerchantKeyModule.ofPem(serial, pem), nameof(_options.MerchantPrivateKey));
    }

    /// <summary>The merchant's number, or null with the problem noted.</summary>
    private Caller? ReadCaller()
    {
        var merchantId = Require(_options.MerchantId, nameof(_options.MerchantId));
        if (merchantId is not null && !merchantId.All(char.IsAsciiDigit))
        {
            _problems.Add("MerchantId is not a number: it is the mchid shown in the merchant platform.");
            return null;
        }

        return merchantId is null ? null : new Caller(merchantId);
    }

    /// <summary>What is accepted from the platform, or null with the problems noted.</summary>
    private VerificationPolicy? ReadVerification()
    {
        CheckLimits();
        var before = _problems.Count;
        var keys = ReadPlatformKeys();
        if (_problems.Count > before)
        {
            return null;
        }

        var ring = Take(KeyringModule.create(keys), "Platform keys");
        return ring is null ? null : new VerificationPolicy(ring, _options.Tolerance, _options.BodyLimit);
    }

    private List<PlatformKey> ReadPlatformKeys()
    {
        var keys = new List<PlatformKey>();
        if (!string.IsNullOrWhiteSpace(_options.PlatformPublicKeyId) || !string.IsNullOrWhiteSpace(_options.PlatformPublicKeyFile) || !string.IsNullOrWhiteSpace(_options.PlatformPublicKey))
        {
            var id = Require(_options.PlatformPublicKeyId, nameof(_options.PlatformPublicKeyId));
            var pem = string.IsNullOrWhiteSpace(_options.PlatformPublicKey)
                ? ReadFile(_options.PlatformPublicKeyFile, "PlatformPublicKeyFile (or PlatformPublicKey)")
                : _options.PlatformPublicKey;
            if (id is not null && pem is not null && Take(PlatformKeyModule.ofPublicKeyPem(id, pem), nameof(_options.PlatformPublicKeyFile)) is { } key)
            {
                keys.Add(key);
            }
        }

        foreach (var file in _options.PlatformCertificateFiles)
        {
            if (ReadFile(file, nameof(_options.PlatformCertificateFiles)) is { } pem
                && Take(PlatformKeyModule.ofCertificatePem(pem), nameof(_options.PlatformCertificateFiles)) is { } key)
            {
                keys.Add(key);
            }
        }

        return keys;
    }

    private void CheckLimits()
    {
        if (_options.BodyLimit is < 1 or > DeliveryModule.NotificationLimit)
        {
            _problems.Add("BodyLimit must be 1 to 1048576 bytes.");
        }

        if (_options.Tolerance < TimeSpan.Zero || _options.Tolerance > s_longestTolerance)
        {
            _problems.Add("Tolerance must be 0 seconds to 1 hour.");
        }
    }

    private string? Require(string? value, string name)
    {
        if (string.IsNullOrWhiteSpace(value))
        {
            _problems.Add(name + " is missing.");
            return null;
        }

        return value;
    }

    private string? ReadFile(string? path, string name)
    {
        if (Require(path, name) is null)
        {
            return null;
        }

        try
        {
            return File.ReadAllText(Path.Combine(_options.BaseDirectory, path!));
        }
        catch (Exception failure) when (failure is IOException or UnauthorizedAccessException or ArgumentException or NotSupportedException)
        {
            _problems.Add(name + ": the file " + path + " cannot be read.");
            return null;
        }
    }

    private T? Take<T>(FSharpResult<T, KeyError> result, string name)
        where T : class
    {
        if (result.IsOk)
        {
            return result.ResultValue;
        }

        _problems.Add(name + ": " + KeyErrorModule.advice(result.ErrorValue).English);
        return null;
    }
}
