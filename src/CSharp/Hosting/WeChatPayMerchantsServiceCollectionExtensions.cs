using System.Diagnostics.CodeAnalysis;
using Microsoft.Extensions.DependencyInjection.Extensions;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Options;
using WeChatPay;

namespace Microsoft.Extensions.DependencyInjection;

/// <summary>Adds merchants that are looked up: <see cref="WeChatPayMerchantNotifications"/> and <see cref="WeChatPayMerchantClients"/>.</summary>
public static class WeChatPayMerchantsServiceCollectionExtensions
{
    private const string HttpClientName = "WeChatPay.Merchants";

    /// <summary>Adds the application's own register of merchants, such as a database. Without it the merchants that were added by name are known.</summary>
    /// <typeparam name="TMerchants">The register; made for each question in a scope of its own.</typeparam>
    /// <param name="services">The application's services.</param>
    /// <param name="configure">How long merchants are kept.</param>
    public static IServiceCollection AddWeChatPayMerchants<[DynamicallyAccessedMembers(DynamicallyAccessedMemberTypes.PublicConstructors)] TMerchants>(
        this IServiceCollection services,
        Action<WeChatPayMerchantsOptions>? configure = null)
        where TMerchants : class, IWeChatPayMerchants
    {
        ArgumentNullException.ThrowIfNull(services);
        services.RemoveAll<IWeChatPayMerchants>();
        services.AddScoped<IWeChatPayMerchants, TMerchants>();
        services.TryAddSingleton(TimeProvider.System);
        services.AddMerchantNotifications();
        if (configure is not null)
        {
            services.Configure(configure);
        }

        return services;
    }

    /// <summary>The receiver, and a register where the application has none.</summary>
    internal static void AddMerchantNotifications(this IServiceCollection services)
    {
        services.AddOptions<WeChatPayMerchantsOptions>();
        services.TryAddScoped<IWeChatPayMerchants, AddedMerchants>();
        services.AddHttpClient(HttpClientName)
            .ConfigurePrimaryHttpMessageHandler(WeChatPayClient.CreateHandler)
            .SetHandlerLifetime(Timeout.InfiniteTimeSpan)
            .RemoveAllLoggers();
        services.TryAddSingleton(static provider => new MerchantRegister(
            new ScopedMerchantsSource(
                provider.GetRequiredService<IServiceScopeFactory>(),
                () => provider.GetRequiredService<IHttpClientFactory>().CreateClient(HttpClientName),
                new MerchantSurroundings(provider.GetRequiredService<TimeProvider>(), provider.GetService<ILoggerFactory>()?.CreateLogger("WeChatPay"))),
            provider.GetRequiredService<IOptions<WeChatPayMerchantsOptions>>().Value,
            provider.GetRequiredService<TimeProvider>()));
        services.TryAddSingleton(static provider => new WeChatPayMerchantNotifications(provider.GetRequiredService<MerchantRegister>()));
        services.TryAddSingleton(static provider => new WeChatPayMerchantClients(provider.GetRequiredService<MerchantRegister>()));
    }
}
