using WeChatPay.Functional;

namespace WeChatPay;

/// <summary>Calls the platform for one service provider, who acts for sub-merchants.</summary>
public partial class WeChatPayPartnerClient : MerchantClient
{
    /// <summary>Makes one over an <see cref="HttpClient"/>, whose handler must neither redirect nor decompress (<see cref="WeChatPayClient.CreateHandler()"/> makes such a handler).</summary>
    /// <exception cref="WeChatPayConfigurationException">Settings are missing or wrong; all of them are named.</exception>
    public WeChatPayPartnerClient(HttpClient http, WeChatPayOptions options, TimeProvider? clock = null)
        : this(http, options, new MerchantSurroundings(clock, logger: null))
    {
    }

    internal WeChatPayPartnerClient(HttpClient http, WeChatPayOptions options, MerchantSurroundings surroundings)
        : base(http, options, MerchantKinds.Partner, surroundings)
    {
    }

    /// <summary>For replacing the client in a user's own tests.</summary>
    protected WeChatPayPartnerClient()
    {
    }
}
