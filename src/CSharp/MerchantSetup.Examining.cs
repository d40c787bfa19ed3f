using WeChatPay.Functional;
using WeChatPay.Shell;

namespace WeChatPay;

/// <content>What the settings give where some of them are wrong.</content>
internal sealed partial class MerchantSetup
{
    /// <summary>Everything that can be read, beside the problems that the application would name when it starts. Nothing is thrown.</summary>
    public ExaminedSettings Examine(HttpClient http, TimeProvider clock)
    {
        var (caller, key, apiV3Key, address, roots) = (ReadCaller(), ReadSigningKey(out var inMemory), ReadApiV3Key(), ReadBaseAddress(), ReadRoots());
        _ = ReadVerification(inMemory);

        // Once more for the keys that can be read beside those that cannot; a problem is told once.
        var ring = KeyringModule.create(ReadPlatformKeys(inMemory));
        var keys = ring.IsOk ? ring.ResultValue : KeyringModule.none;
        return new()
        {
            Problems = _settings.Problems,
            Key = inMemory,
            Certificate = inMemory?.Certificate ?? ReadMerchantCertificate(out _) ?? ReadArchivedCertificate(),
            ApiV3Key = apiV3Key,
            Keys = keys,
            Roots = roots ?? CertificateRootsModule.none,
            BaseAddress = address,
            GlobalAddress = options.GlobalBaseAddress is { } text && TryReadAddress(text, out var global) ? global : null,
            Client = caller is null || key is null || address is null ? null : CreateClient(http, new(clock, logger: null), address, caller, key, keys),
        };
    }

    /// <summary>Whether the merchant has no key of RSA, and there are keys of SM2 where its own or the platform's should be.</summary>
    public bool IsOfSm2()
    {
        _ = (ReadSigningKey(out var inMemory), ReadVerification(inMemory), ReadRoots());
        var code = KeyErrorModule.code(KeyError.NewSm2ForRsa(KeyRole.MerchantPrivateKey));
        return inMemory is null && _settings.Problems.Any(problem => problem.Code == code);
    }

    /// <summary>The certificate in <c>apiclient_cert.p12</c>; null where the key is kept in another form.</summary>
    private MerchantCertificate? ReadArchivedCertificate()
    {
        if (options.MerchantKey is not null || _settings.ReadTextOrFile(options.MerchantPrivateKey, options.MerchantPrivateKeyFile, nameof(options.MerchantPrivateKey)) is not { } bytes)
        {
            return null;
        }

        foreach (var password in (string[])[options.MerchantPrivateKeyPassword ?? options.MerchantId ?? string.Empty, string.Empty])
        {
            var read = MerchantCertificateModule.readArchiveFor(options.Suite, password, bytes);
            if (read.IsOk)
            {
                return read.ResultValue;
            }
        }

        return null;
    }
}
