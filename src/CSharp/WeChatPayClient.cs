using WeChatPay.Functional;
using WeChatPay.Shell;

namespace WeChatPay;

/// <summary>Calls the platform for one direct merchant.</summary>
public partial class WeChatPayClient : MerchantClient
{
    /// <summary>Makes one over an <see cref="HttpClient"/>, whose handler must neither redirect nor decompress (<see cref="CreateHandler()"/> makes such a handler).</summary>
    /// <exception cref="WeChatPayConfigurationException">Settings are missing or wrong; all of them are named.</exception>
    public WeChatPayClient(HttpClient http, WeChatPayOptions options, TimeProvider? clock = null)
        : this(http, options, new MerchantSurroundings(clock, logger: null))
    {
    }

    internal WeChatPayClient(HttpClient http, WeChatPayOptions options, MerchantSurroundings surroundings)
        : base(http, options, MerchantKinds.Direct, surroundings)
    {
    }

    /// <summary>For replacing the client in a user's own tests.</summary>
    protected WeChatPayClient()
    {
    }

    /// <summary>A handler as the protocol needs it: no redirects, no cookies, no decompression.</summary>
    public static HttpMessageHandler CreateHandler() => ClientModule.createHandler();

    /// <summary>The same with its own time for a connection to come about, where ten seconds are not right.</summary>
    public static HttpMessageHandler CreateHandler(TimeSpan connectTimeout)
    {
        var handler = ClientModule.createHandler();
        handler.ConnectTimeout = connectTimeout;
        return handler;
    }

    /// <summary>Downloads the platform's certificates for whoever has no key of the platform yet: the options need none.</summary>
    /// <exception cref="WeChatPayConfigurationException">Settings are missing or wrong; all of them are named.</exception>
    public static Task<IReadOnlyList<PlatformCertificate>> DownloadFirstCertificatesAsync(HttpClient http, WeChatPayOptions options, TimeProvider? clock = null, CancellationToken cancellationToken = default)
    {
        ArgumentNullException.ThrowIfNull(http);
        ArgumentNullException.ThrowIfNull(options);
        var (client, apiV3Key) = new MerchantSetup(options, MerchantKinds.Direct).ReadWithoutPlatformKeys(http, clock ?? TimeProvider.System);
        return DownloadCertificatesAsync(client, apiV3Key, cancellationToken);
    }
}
