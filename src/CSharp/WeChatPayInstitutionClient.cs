using WeChatPay.Functional;

namespace WeChatPay;

/// <summary>Calls the platform for one institution or bank.</summary>
public partial class WeChatPayInstitutionClient : MerchantClient
{
    /// <summary>Makes one over an <see cref="HttpClient"/>, whose handler must neither redirect nor decompress (<see cref="WeChatPayClient.CreateHandler()"/> makes such a handler).</summary>
    /// <exception cref="WeChatPayConfigurationException">Settings are missing or wrong; all of them are named.</exception>
    public WeChatPayInstitutionClient(HttpClient http, WeChatPayOptions options, TimeProvider? clock = null)
        : this(http, options, new MerchantSurroundings(clock, logger: null))
    {
    }

    internal WeChatPayInstitutionClient(HttpClient http, WeChatPayOptions options, MerchantSurroundings surroundings)
        : base(http, options, MerchantKinds.Institution, surroundings)
    {
    }

    /// <summary>For replacing the client in a user's own tests.</summary>
    protected WeChatPayInstitutionClient()
    {
    }
}
