using WeChatPay;
using WeChatPay.Testing;

namespace Microsoft.Extensions.DependencyInjection;

/// <summary>Puts a test platform in place of the real one in an application under test.</summary>
public static class TestPlatformServiceCollectionExtensions
{
    /// <summary>For tests only: the merchant that the application added keeps its clients and endpoints, and gets the test platform's keys, and its handler as the wire. Before or after <c>AddWeChatPay</c>, wherever that reads its settings from.</summary>
    /// <param name="services">The services of the application under test.</param>
    /// <param name="platform">The test platform.</param>
    /// <param name="merchant">The name that the merchant was added under; none for the one without.</param>
    public static IServiceCollection UseTestPlatform(this IServiceCollection services, TestPlatform platform, string merchant = "")
    {
        ArgumentNullException.ThrowIfNull(services);
        ArgumentNullException.ThrowIfNull(platform);
        ArgumentNullException.ThrowIfNull(merchant);
        services.PostConfigure<WeChatPayOptions>(merchant, platform.Configure);

        // The name is AddWeChatPay's; a test sees that the calls arrive.
        var http = merchant.Length == 0 ? "WeChatPay" : "WeChatPay:" + merchant;
        services.PostConfigure<Http.HttpClientFactoryOptions>(
            http,
            options => options.HttpMessageHandlerBuilderActions.Add(builder => builder.PrimaryHandler = platform.Handler));
        return services;
    }
}
