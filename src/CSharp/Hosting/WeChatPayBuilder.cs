using Microsoft.Extensions.DependencyInjection;
using WeChatPay.Functional;

namespace WeChatPay;

/// <summary>What can still be set about a merchant that was added.</summary>
public sealed class WeChatPayBuilder
{
    private readonly IHttpClientBuilder _http;

    internal WeChatPayBuilder(string name, IServiceCollection services, IHttpClientBuilder http)
    {
        Name = name;
        Services = services;
        _http = http;
    }

    /// <summary>The merchant's name; empty for the one without.</summary>
    public string Name { get; }

    /// <summary>The application's services.</summary>
    public IServiceCollection Services { get; }

    /// <summary>Sets the merchant's algorithms: <c>SmSuite.Instance</c> of the package WeChatPay.Sm for a merchant of the SM suite (国密).</summary>
    public WeChatPayBuilder UseSuite(Suite suite)
    {
        ArgumentNullException.ThrowIfNull(suite);
        Services.Configure<WeChatPayOptions>(Name, options => options.Suite = suite);
        return this;
    }

    /// <summary>Sets timeouts, a proxy, handlers of your own. A handler must neither redirect nor decompress: signatures cover the bytes as they came.</summary>
    public WeChatPayBuilder ConfigureHttpClient(Action<IHttpClientBuilder> configure)
    {
        ArgumentNullException.ThrowIfNull(configure);
        configure(_http);
        return this;
    }
}
