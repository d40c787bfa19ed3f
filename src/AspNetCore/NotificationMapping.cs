using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Routing;
using Microsoft.AspNetCore.Routing.Patterns;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Options;
using WeChatPay.Functional;

namespace WeChatPay.AspNetCore;

/// <summary>Puts an endpoint together: whose keys, what is done, which limits.</summary>
internal static class NotificationMapping
{
    /// <summary>One merchant's address, or one for each where the pattern has <c>{merchant}</c>.</summary>
    public static IEndpointConventionBuilder MapNotifications(this IEndpointRouteBuilder endpoints, string pattern, string merchant, NotificationTaker taker)
    {
        ArgumentNullException.ThrowIfNull(endpoints);
        ArgumentNullException.ThrowIfNull(pattern);
        ArgumentNullException.ThrowIfNull(merchant);
        if (RoutePatternFactory.Parse(pattern).GetParameter(NotificationDecoders.RouteValue) is null)
        {
            var notifications = One(endpoints.ServiceProvider, merchant);
            return endpoints.Map(pattern, merchant.Length == 0 ? string.Empty : " of " + merchant, notifications.BodyLimit, NotificationDecoders.OfOne(notifications, merchant), taker);
        }

        return merchant.Length == 0
            ? endpoints.Map(pattern, " of each merchant", DeliveryModule.NotificationLimit, NotificationDecoders.OfRoute(Many(endpoints.ServiceProvider)), taker)
            : throw new ArgumentException("The pattern has {merchant}: the address names the merchant, the code must not.", nameof(merchant));
    }

    /// <summary>The address of all merchants.</summary>
    public static IEndpointConventionBuilder MapNotificationsForAll(this IEndpointRouteBuilder endpoints, string pattern, NotificationTaker taker)
    {
        ArgumentNullException.ThrowIfNull(endpoints);
        return endpoints.Map(pattern, " of all merchants", DeliveryModule.NotificationLimit, NotificationDecoders.OfAll(Many(endpoints.ServiceProvider)), taker);
    }

    private static WeChatPayNotifications One(IServiceProvider services, string merchant) =>
        services.GetKeyedService<WeChatPayNotifications>(merchant)
            ?? throw new InvalidOperationException(merchant.Length == 0
                ? "No merchant was added: call services.AddWeChatPay(configuration.GetSection(\"WeChatPay\"))."
                : "No merchant was added under the name " + merchant + ": call services.AddWeChatPay(\"" + merchant + "\", …).");

    private static WeChatPayMerchantNotifications Many(IServiceProvider services) =>
        services.GetService<WeChatPayMerchantNotifications>()
            ?? throw new InvalidOperationException("No merchants were added: call services.AddWeChatPayMerchants<…>(), or services.AddWeChatPay(name, …) for each.");

    private static IEndpointConventionBuilder Map(this IEndpointRouteBuilder endpoints, string pattern, string whose, int bodyLimit, NotificationDecoder decoder, NotificationTaker taker)
    {
        var services = endpoints.ServiceProvider;
        var options = services.GetService<IOptions<WeChatPayNotificationOptions>>()?.Value ?? new();
        options.Validate();
        var logger = services.GetRequiredService<ILoggerFactory>().CreateLogger("WeChatPay.Notifications");
        var endpoint = new NotificationEndpoint(decoder, taker, bodyLimit, options, services.GetRequiredService<TimeProvider>(), new NotificationMetrics(services), logger);
        services.GetService<IHostApplicationLifetime>()?.ApplicationStopped.Register(endpoint.Dispose);
        RequestDelegate handler = endpoint.HandleAsync;
        return endpoints.MapPost(pattern, handler).WithNotificationMetadata("WeChat Pay notifications" + whose, bodyLimit, handler, options);
    }
}
