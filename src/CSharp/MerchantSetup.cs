using Microsoft.FSharp.Core;
using WeChatPay.Functional;
using WeChatPay.Shell;

namespace WeChatPay;

/// <summary>Makes keys and policies from options; every problem is named at once, with what is wrong and where to find the right one.</summary>
internal sealed class MerchantSetup(WeChatPayOptions options, ICollection<string> problems)
{
    private static readonly TimeSpan s_longestTolerance = TimeSpan.FromHours(1);

    /// <summary>A client of the shell, or an exception that names every problem at once.</summary>
    public static Client CreateClient(HttpClient http, WeChatPayOptions options, TimeProvider clock)
    {
        var problems = new List<string>();
        var setup = new MerchantSetup(options, problems);
        var (caller, key, verification) = (setup.ReadCaller(), setup.ReadMerchantKey(), setup.ReadVerification());
        setup.ReadApiV3Key();
        var isAddress = Uri.TryCreate(options.BaseAddress, UriKind.Absolute, out var address) && (address.Scheme == Uri.UriSchemeHttps || address.IsLoopback);
        if (!isAddress)
        {
            problems.Add("BaseAddress is not an https address.");
        }

        if (caller is null || key is null || verification is null || problems.Count > 0)
        {
            throw new WeChatPayConfigurationException(problems);
        }

        var answers = new VerificationPolicy(verification.Keys, verification.Tolerance, DeliveryModule.AnswerLimit);
        return new Client(http, address!, caller, new InMemoryMerchantKey(key), answers, setup.ReplySerial(verification.Keys), clock, FuncConvert.FromFunc(NewNonce));
    }

    /// <summary>The platform key that is to sign answers: the public key where there is one.</summary>
    private string ReplySerial(Keyring keys) =>
        string.IsNullOrWhiteSpace(options.PlatformPublicKeyId) ? keys.Serials.First() : options.PlatformPublicKeyId;

    private static string NewNonce() => ClientModule.newNonce();

    /// <summary>The APIv3 key, or null with the problem noted.</summary>
    public ApiV3Key? ReadApiV3Key() =>
        Require(options.ApiV3Key, nameof(options.ApiV3Key)) is { } text ? Take(ApiV3KeyModule.create(text), nameof(options.ApiV3Key)) : null;

    /// <summary>The merchant's signing key, or null with the problem noted.</summary>
    public MerchantKey? ReadMerchantKey()
    {
        var serial = Require(options.MerchantSerial, nameof(options.MerchantSerial));
        var pem = string.IsNullOrWhiteSpace(options.MerchantPrivateKey)
            ? ReadFile(options.MerchantPrivateKeyFile, "MerchantPrivateKeyFile (or MerchantPrivateKey)")
            : options.MerchantPrivateKey;
        return serial is null || pem is null ? null : Take(MerchantKeyModule.ofPem(serial, pem), nameof(options.MerchantPrivateKey));
    }

    /// <summary>The merchant's number, or null with the problem noted.</summary>
    public Caller? ReadCaller()
    {
        var merchantId = Require(options.MerchantId, nameof(options.MerchantId));
        if (merchantId is not null && !merchantId.All(char.IsAsciiDigit))
        {
            problems.Add("MerchantId is not a number: it is the mchid shown in the merchant platform.");
            return null;
        }

        return merchantId is null ? null : new Caller(merchantId);
    }

    /// <summary>What is accepted from the platform, or null with the problems noted.</summary>
    public VerificationPolicy? ReadVerification()
    {
        CheckLimits();
        var before = problems.Count;
        var keys = ReadPlatformKeys();
        if (problems.Count > before)
        {
            return null;
        }

        var ring = Take(KeyringModule.create(keys), "Platform keys");
        return ring is null ? null : new VerificationPolicy(ring, options.Tolerance, options.BodyLimit);
    }

    private List<PlatformKey> ReadPlatformKeys()
    {
        var keys = new List<PlatformKey>();
        if (!string.IsNullOrWhiteSpace(options.PlatformPublicKeyId) || !string.IsNullOrWhiteSpace(options.PlatformPublicKeyFile))
        {
            var id = Require(options.PlatformPublicKeyId, nameof(options.PlatformPublicKeyId));
            var pem = ReadFile(options.PlatformPublicKeyFile, nameof(options.PlatformPublicKeyFile));
            if (id is not null && pem is not null && Take(PlatformKeyModule.ofPublicKeyPem(id, pem), nameof(options.PlatformPublicKeyFile)) is { } key)
            {
                keys.Add(key);
            }
        }

        foreach (var file in options.PlatformCertificateFiles)
        {
            if (ReadFile(file, nameof(options.PlatformCertificateFiles)) is { } pem
                && Take(PlatformKeyModule.ofCertificatePem(pem), nameof(options.PlatformCertificateFiles)) is { } key)
            {
                keys.Add(key);
            }
        }

        return keys;
    }

    private void CheckLimits()
    {
        if (options.BodyLimit is < 1 or > DeliveryModule.NotificationLimit)
        {
            problems.Add("BodyLimit must be 1 to 1048576 bytes.");
        }

        if (options.Tolerance < TimeSpan.Zero || options.Tolerance > s_longestTolerance)
        {
            problems.Add("Tolerance must be 0 seconds to 1 hour.");
        }
    }

    private string? Require(string? value, string name)
    {
        if (string.IsNullOrWhiteSpace(value))
        {
            problems.Add(name + " is missing.");
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
            return File.ReadAllText(Path.Combine(options.BaseDirectory, path!));
        }
        catch (Exception failure) when (failure is IOException or UnauthorizedAccessException or ArgumentException or NotSupportedException)
        {
            problems.Add(name + ": the file " + path + " cannot be read.");
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

        problems.Add(name + ": " + KeyErrorModule.advice(result.ErrorValue).English);
        return null;
    }
}
