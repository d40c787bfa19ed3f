using System.Diagnostics.CodeAnalysis;
using Microsoft.AspNetCore.Authorization;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Routing;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging;
using WeChatPay;
using WeChatPay.AspNetCore;

namespace Microsoft.AspNetCore.Builder;

/// <summary>Maps the address that the platform sends its notifications to.</summary>
public static class WeChatPayEndpointRouteBuilderExtensions
{
    /// <summary>Receives notifications: reads the raw body once, verifies, opens, runs the handler, answers 204; or 4xx, 5xx with <c>{"code":"FAIL","message":…}</c>, so that the platform sends it again.</summary>
    /// <param name="endpoints">The application.</param>
    /// <param name="pattern">The path, as in <c>notify_url</c>; one entry for all types of event.</param>
    /// <param name="handler">Returns when the notification is dealt with; throws when it is to come again. It may be called again for the same one.</param>
    /// <param name="merchant">The name that the merchant was added under; none for the one without.</param>
    public static IEndpointConventionBuilder MapWeChatPayNotifications(
        this IEndpointRouteBuilder endpoints,
        string pattern,
        Func<NotificationContext, CancellationToken, Task> handler,
        string merchant = "")
    {
        ArgumentNullException.ThrowIfNull(handler);
        return endpoints.Map(
            pattern,
            merchant,
            (received, services, cancellationToken) => handler(new NotificationContext(received.Notification, received.Merchant, services), cancellationToken));
    }

    /// <summary>Receives notifications into the application's <see cref="INotificationSink"/>, such as an inbox: answers 204 when it has them for good.</summary>
    /// <param name="endpoints">The application.</param>
    /// <param name="pattern">The path, as in <c>notify_url</c>; one entry for all types of event.</param>
    /// <param name="merchant">The name that the merchant was added under; none for the one without.</param>
    public static IEndpointConventionBuilder MapWeChatPayNotifications(this IEndpointRouteBuilder endpoints, string pattern, string merchant = "")
    {
        ArgumentNullException.ThrowIfNull(endpoints);
        var sink = endpoints.ServiceProvider.GetService<INotificationSink>()
            ?? throw new InvalidOperationException("There is nothing that takes notifications: call services.AddWeChatPayInbox().UseSqlite(\"wechatpay.db\") with a handler, or give MapWeChatPayNotifications a handler.");
        return endpoints.Map(pattern, merchant, (received, _, cancellationToken) => sink.TakeAsync(received, cancellationToken));
    }

    /// <summary>Receives notifications with a class from DI, made anew for each in the request's scope.</summary>
    /// <typeparam name="THandler">The handler; registered, or made with its dependencies.</typeparam>
    /// <param name="endpoints">The application.</param>
    /// <param name="pattern">The path, as in <c>notify_url</c>.</param>
    /// <param name="merchant">The name that the merchant was added under; none for the one without.</param>
    public static IEndpointConventionBuilder MapWeChatPayNotifications<[DynamicallyAccessedMembers(DynamicallyAccessedMemberTypes.PublicConstructors)] THandler>(
        this IEndpointRouteBuilder endpoints,
        string pattern,
        string merchant = "")
        where THandler : class, IWeChatPayNotificationHandler =>
        endpoints.MapWeChatPayNotifications(
            pattern,
            static (context, cancellationToken) =>
                ActivatorUtilities.GetServiceOrCreateInstance<THandler>(context.Services).HandleAsync(context, cancellationToken),
            merchant);

    private static IEndpointConventionBuilder Map(this IEndpointRouteBuilder endpoints, string pattern, string merchant, NotificationTaker taker)
    {
        ArgumentNullException.ThrowIfNull(endpoints);
        ArgumentNullException.ThrowIfNull(merchant);
        var services = endpoints.ServiceProvider;
        var notifications = services.GetKeyedService<WeChatPayNotifications>(merchant)
            ?? throw new InvalidOperationException(merchant.Length == 0
                ? "No merchant was added: call services.AddWeChatPay(configuration.GetSection(\"WeChatPay\"))."
                : "No merchant was added under the name " + merchant + ": call services.AddWeChatPay(\"" + merchant + "\", …).");
        var logger = services.GetRequiredService<ILoggerFactory>().CreateLogger("WeChatPay.Notifications");
        var endpoint = new NotificationEndpoint(notifications, merchant, taker, services.GetRequiredService<TimeProvider>(), logger);
        return endpoints.MapPost(pattern, endpoint.HandleAsync)

            // The signature is the authentication: an application's login must not stand before it.
            .WithMetadata(new AllowAnonymousAttribute())
            .WithDisplayName("WeChat Pay notifications" + (merchant.Length == 0 ? string.Empty : " of " + merchant));
    }
}
