using WeChatPay.Functional;

namespace WeChatPay;

/// <summary>Calls the platform for one merchant outside the mainland, on the platform's host for them.</summary>
public partial class WeChatPayGlobalClient : MerchantClient
{
    /// <summary>Makes one over an <see cref="HttpClient"/>, whose handler must neither redirect nor decompress (<see cref="WeChatPayClient.CreateHandler()"/> makes such a handler).</summary>
    /// <exception cref="WeChatPayConfigurationException">Settings are missing or wrong; all of them are named.</exception>
    public WeChatPayGlobalClient(HttpClient http, WeChatPayOptions options, TimeProvider? clock = null)
        : this(http, options, new MerchantSurroundings(clock, logger: null))
    {
    }

    internal WeChatPayGlobalClient(HttpClient http, WeChatPayOptions options, MerchantSurroundings surroundings)
        : base(http, options, MerchantKinds.Global, surroundings)
    {
    }

    /// <summary>For replacing the client in a user's own tests.</summary>
    protected WeChatPayGlobalClient()
    {
    }
}
