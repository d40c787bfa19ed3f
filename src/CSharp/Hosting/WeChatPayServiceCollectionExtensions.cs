using Microsoft.Extensions.Configuration;
using Microsoft.Extensions.DependencyInjection.Extensions;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Options;
using WeChatPay;
using WeChatPay.Functional;

namespace Microsoft.Extensions.DependencyInjection;

/// <summary>Adds merchants to an application: <see cref="WeChatPayClient"/> and <see cref="WeChatPayNotifications"/>, by name where there are several.</summary>
public static class WeChatPayServiceCollectionExtensions
{
    /// <summary>Adds the one merchant of an application, configured by a section (usually <c>WeChatPay</c>); relative paths are relative to the content root. Checked when the application starts: all that is missing or wrong is named at once.</summary>
    public static WeChatPayBuilder AddWeChatPay(this IServiceCollection services, IConfiguration section) =>
        services.AddWeChatPay(Options.Options.DefaultName, section);

    /// <summary>Adds the one merchant of an application, configured by code.</summary>
    public static WeChatPayBuilder AddWeChatPay(this IServiceCollection services, Action<WeChatPayOptions> configure) =>
        services.AddWeChatPay(Options.Options.DefaultName, configure);

    /// <summary>Adds a merchant under a name, configured by a section: resolved as a keyed service, <c>[FromKeyedServices("name")]</c>.</summary>
    public static WeChatPayBuilder AddWeChatPay(this IServiceCollection services, string name, IConfiguration section)
    {
        ArgumentNullException.ThrowIfNull(section);
        return services.AddWeChatPay(name, options => options.TakeOver(section));
    }

    /// <summary>Adds a merchant under a name, configured by code: resolved as a keyed service, <c>[FromKeyedServices("name")]</c>.</summary>
    public static WeChatPayBuilder AddWeChatPay(this IServiceCollection services, string name, Action<WeChatPayOptions> configure)
    {
        ArgumentNullException.ThrowIfNull(services);
        ArgumentNullException.ThrowIfNull(name);
        ArgumentNullException.ThrowIfNull(configure);
        services.AddOptions<WeChatPayOptions>(name)
            .Configure<IServiceProvider>((options, provider) =>
            {
                options.BaseDirectory = provider.GetService<IHostEnvironment>()?.ContentRootPath ?? options.BaseDirectory;
                configure(options);
            })
            .ValidateOnStart();
        services.TryAddEnumerable(ServiceDescriptor.Singleton<IValidateOptions<WeChatPayOptions>, WeChatPayOptionsValidation>());
        services.TryAddEnumerable(ServiceDescriptor.Singleton<IHostedService, MerchantUpkeep>());
        services.TryAddSingleton(TimeProvider.System);
        services.TryAddSingleton<LiveClients>();
        services.AddMerchantNotifications();

        // The wire renews its connections itself, so that a client may live as long as the application. The factory's own logs have whole addresses, with payers and numbers in them: ours have endpoints.
        var http = services.AddHttpClient(HttpClientName(name))
            .ConfigurePrimaryHttpMessageHandler(provider => WeChatPayClient.CreateHandler(provider.GetRequiredService<IOptionsMonitor<WeChatPayOptions>>().Get(name).Resilience.ConnectTimeout))
            .SetHandlerLifetime(Timeout.InfiniteTimeSpan)
            .RemoveAllLoggers();
        AddServices(services, name);
        return new WeChatPayBuilder(name, services, http);
    }

    private static string HttpClientName(string name) => name.Length == 0 ? "WeChatPay" : "WeChatPay:" + name;

    private static void AddServices(IServiceCollection services, string name)
    {
        AddClient(services, name, static (http, options, surroundings) => new WeChatPayClient(http, options, surroundings));
        AddClient(services, name, static (http, options, surroundings) => new WeChatPayPartnerClient(http, options, surroundings));
        AddClient(services, name, static (http, options, surroundings) => new WeChatPayBrandClient(http, options, surroundings));
        AddClient(services, name, static (http, options, surroundings) => new WeChatPayInstitutionClient(http, options, surroundings));
        AddClient(services, name, static (http, options, surroundings) => new WeChatPayGlobalClient(http, options, surroundings));
        services.AddSingleton(new MerchantName(name));
        services.AddKeyedSingleton(name, (provider, _) => CreateNotifications(provider, name));
        if (name.Length == 0)
        {
            services.AddSingleton(provider => provider.GetRequiredKeyedService<WeChatPayNotifications>(name));
        }
    }

    /// <summary>The direct client reads the platform's keys; the others of the merchant have them from it, so that they are renewed once for all.</summary>
    private static MerchantSurroundings SurroundingsOf<TClient>(IServiceProvider provider, string name) =>
        new(provider.GetRequiredService<TimeProvider>(), provider.GetService<ILoggerFactory>()?.CreateLogger("WeChatPay"))
        {
            PlatformKeys = typeof(TClient) == typeof(WeChatPayClient) ? null : provider.GetRequiredKeyedService<WeChatPayClient>(name).PlatformKeys,
        };

    private static WeChatPayNotifications CreateNotifications(IServiceProvider provider, string name)
    {
        var notifications = provider.GetRequiredKeyedService<WeChatPayClient>(name).Notifications;
        notifications.KnowOthers(() =>
            from other in provider.GetServices<MerchantName>()
            where other.Text != name
            let keys = provider.GetRequiredKeyedService<WeChatPayClient>(other.Text).Notifications.Keys
            where keys is not null
            select new OtherMerchant(other.Text.Length == 0 ? "(the one without a name)" : other.Text, keys));
        return notifications;
    }

    /// <summary>One merchant has one client of each kind, made when it is asked for: which kind it is, its contract says.</summary>
    private static void AddClient<TClient>(IServiceCollection services, string name, Func<HttpClient, WeChatPayOptions, MerchantSurroundings, TClient> create)
        where TClient : MerchantClient
    {
        services.AddKeyedSingleton(name, (provider, _) => provider.GetRequiredService<LiveClients>().Add(name, create(
            provider.GetRequiredService<IHttpClientFactory>().CreateClient(HttpClientName(name)),
            provider.GetRequiredService<IOptionsMonitor<WeChatPayOptions>>().Get(name),
            SurroundingsOf<TClient>(provider, name))));
        if (name.Length == 0)
        {
            services.AddSingleton(provider => provider.GetRequiredKeyedService<TClient>(name));
        }
    }
}

/// <summary>The name of a merchant that was added; empty for the one without.</summary>
internal sealed record MerchantName(string Text);
