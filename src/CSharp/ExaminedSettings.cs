using WeChatPay.Functional;
using WeChatPay.Shell;

namespace WeChatPay;

/// <summary>What a merchant's settings give, as far as they can be read.</summary>
internal sealed class ExaminedSettings
{
    /// <summary>All that is missing or wrong.</summary>
    public required IReadOnlyList<ConfigurationProblem> Problems { get; init; }

    public required MerchantKey? Key { get; init; }

    public required MerchantCertificate? Certificate { get; init; }

    public required ApiV3Key? ApiV3Key { get; init; }

    public required Keyring Keys { get; init; }

    public required CertificateRoots Roots { get; init; }

    public required Uri? BaseAddress { get; init; }

    public required Uri? GlobalAddress { get; init; }

    /// <summary>What asks the platform; null where the settings do not give one.</summary>
    public required Client? Client { get; init; }
}
