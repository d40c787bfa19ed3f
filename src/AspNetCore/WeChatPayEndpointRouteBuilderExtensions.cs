using System.Diagnostics.CodeAnalysis;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Routing;
using Microsoft.Extensions.DependencyInjection;
using WeChatPay;
using WeChatPay.AspNetCore;
using WeChatPay.Functional;

namespace Microsoft.AspNetCore.Builder;

/// <summary>Maps the address that the platform sends its notifications to. A pattern with <c>{merchant}</c>, such as <c>/wechatpay/{merchant}/notify</c>, is an address for each merchant that <see cref="IWeChatPayMerchants"/> knows.</summary>
public static class WeChatPayEndpointRouteBuilderExtensions
{
    /// <summary>Receives notifications: reads the raw body once, verifies, opens, runs the handler, answers 204; or 4xx, 5xx with <c>{"code":"FAIL","message":…}</c>, so that the platform sends it again.</summary>
    /// <param name="endpoints">The application.</param>
    /// <param name="pattern">The path, as in <c>notify_url</c>; one entry for all types of event.</param>
    /// <param name="handler">Returns when the notification is dealt with; throws when it is to come again. It may be called again for the same one.</param>
    /// <param name="merchant">The name that the merchant was added under; none for the one without, or where the pattern has <c>{merchant}</c>.</param>
    public static IEndpointConventionBuilder MapWeChatPayNotifications(
        this IEndpointRouteBuilder endpoints,
        string pattern,
        Func<NotificationContext, CancellationToken, Task> handler,
        string merchant = "")
    {
        ArgumentNullException.ThrowIfNull(handler);
        return endpoints.MapNotifications(pattern, merchant, Running(handler));
    }

    /// <summary>Receives notifications with one object for all of them, such as <see cref="NotificationHandlers"/>.</summary>
    /// <param name="endpoints">The application.</param>
    /// <param name="pattern">The path, as in <c>notify_url</c>.</param>
    /// <param name="handler">Called for several notifications at once.</param>
    /// <param name="merchant">The name that the merchant was added under; none for the one without, or where the pattern has <c>{merchant}</c>.</param>
    public static IEndpointConventionBuilder MapWeChatPayNotifications(
        this IEndpointRouteBuilder endpoints,
        string pattern,
        IWeChatPayNotificationHandler handler,
        string merchant = "")
    {
        ArgumentNullException.ThrowIfNull(handler);
        return endpoints.MapNotifications(pattern, merchant, Running(handler.HandleAsync));
    }

    /// <summary>Receives notifications with handlers by case or event type, of which one runs.</summary>
    /// <param name="endpoints">The application.</param>
    /// <param name="pattern">The path, as in <c>notify_url</c>.</param>
    /// <param name="configure">Sets the handlers; two for one case are refused.</param>
    /// <param name="merchant">The name that the merchant was added under; none for the one without, or where the pattern has <c>{merchant}</c>.</param>
    public static IEndpointConventionBuilder MapWeChatPayNotifications(
        this IEndpointRouteBuilder endpoints,
        string pattern,
        Action<NotificationHandlers> configure,
        string merchant = "") =>
        endpoints.MapWeChatPayNotifications(pattern, NotificationHandlers.Create(configure), merchant);

    /// <summary>Receives notifications into the application's <see cref="INotificationSink"/>, such as an inbox: answers 204 when it has them for good.</summary>
    /// <param name="endpoints">The application.</param>
    /// <param name="pattern">The path, as in <c>notify_url</c>; one entry for all types of event.</param>
    /// <param name="merchant">The name that the merchant was added under; none for the one without, or where the pattern has <c>{merchant}</c>.</param>
    public static IEndpointConventionBuilder MapWeChatPayNotifications(this IEndpointRouteBuilder endpoints, string pattern, string merchant = "")
    {
        ArgumentNullException.ThrowIfNull(endpoints);
        return endpoints.MapNotifications(pattern, merchant, Keeping(endpoints));
    }

    /// <summary>Receives notifications with a class from DI, made anew for each in the request's scope.</summary>
    /// <typeparam name="THandler">The handler; registered, or made with its dependencies.</typeparam>
    /// <param name="endpoints">The application.</param>
    /// <param name="pattern">The path, as in <c>notify_url</c>.</param>
    /// <param name="merchant">The name that the merchant was added under; none for the one without, or where the pattern has <c>{merchant}</c>.</param>
    public static IEndpointConventionBuilder MapWeChatPayNotifications<[DynamicallyAccessedMembers(DynamicallyAccessedMemberTypes.PublicConstructors)] THandler>(
        this IEndpointRouteBuilder endpoints,
        string pattern,
        string merchant = "")
        where THandler : class, IWeChatPayNotificationHandler =>
        endpoints.MapWeChatPayNotifications(pattern, Making<THandler>, merchant);

    /// <summary>Receives the notifications of all merchants at one address: the platform key of the serial and the APIv3 key decide whose it is (<see cref="NotificationContext.Merchant"/>); at most 16 merchants are tried for one.</summary>
    /// <param name="endpoints">The application.</param>
    /// <param name="pattern">The path, as in <c>notify_url</c>.</param>
    /// <param name="handler">Returns when the notification is dealt with; throws when it is to come again.</param>
    public static IEndpointConventionBuilder MapWeChatPayNotificationsForAll(
        this IEndpointRouteBuilder endpoints,
        string pattern,
        Func<NotificationContext, CancellationToken, Task> handler)
    {
        ArgumentNullException.ThrowIfNull(handler);
        return endpoints.MapNotificationsForAll(pattern, Running(handler));
    }

    /// <summary>Receives the notifications of all merchants at one address with one object for all of them, such as <see cref="NotificationHandlers"/>.</summary>
    /// <param name="endpoints">The application.</param>
    /// <param name="pattern">The path, as in <c>notify_url</c>.</param>
    /// <param name="handler">Called for several notifications at once.</param>
    public static IEndpointConventionBuilder MapWeChatPayNotificationsForAll(this IEndpointRouteBuilder endpoints, string pattern, IWeChatPayNotificationHandler handler)
    {
        ArgumentNullException.ThrowIfNull(handler);
        return endpoints.MapNotificationsForAll(pattern, Running(handler.HandleAsync));
    }

    /// <summary>Receives the notifications of all merchants at one address, with handlers by case or event type, of which one runs.</summary>
    /// <param name="endpoints">The application.</param>
    /// <param name="pattern">The path, as in <c>notify_url</c>.</param>
    /// <param name="configure">Sets the handlers; two for one case are refused.</param>
    public static IEndpointConventionBuilder MapWeChatPayNotificationsForAll(this IEndpointRouteBuilder endpoints, string pattern, Action<NotificationHandlers> configure) =>
        endpoints.MapWeChatPayNotificationsForAll(pattern, NotificationHandlers.Create(configure));

    /// <summary>Receives the notifications of all merchants at one address into the application's <see cref="INotificationSink"/>.</summary>
    /// <param name="endpoints">The application.</param>
    /// <param name="pattern">The path, as in <c>notify_url</c>.</param>
    public static IEndpointConventionBuilder MapWeChatPayNotificationsForAll(this IEndpointRouteBuilder endpoints, string pattern)
    {
        ArgumentNullException.ThrowIfNull(endpoints);
        return endpoints.MapNotificationsForAll(pattern, Keeping(endpoints));
    }

    /// <summary>Receives the notifications of all merchants at one address with a class from DI, made anew for each in the request's scope.</summary>
    /// <typeparam name="THandler">The handler; registered, or made with its dependencies.</typeparam>
    /// <param name="endpoints">The application.</param>
    /// <param name="pattern">The path, as in <c>notify_url</c>.</param>
    public static IEndpointConventionBuilder MapWeChatPayNotificationsForAll<[DynamicallyAccessedMembers(DynamicallyAccessedMemberTypes.PublicConstructors)] THandler>(
        this IEndpointRouteBuilder endpoints,
        string pattern)
        where THandler : class, IWeChatPayNotificationHandler =>
        endpoints.MapWeChatPayNotificationsForAll(pattern, Making<THandler>);

    private static Task Making<[DynamicallyAccessedMembers(DynamicallyAccessedMemberTypes.PublicConstructors)] THandler>(NotificationContext context, CancellationToken cancellationToken)
        where THandler : class, IWeChatPayNotificationHandler =>
        ActivatorUtilities.GetServiceOrCreateInstance<THandler>(context.Services).HandleAsync(context, cancellationToken);

    private static NotificationTaker Running(Func<NotificationContext, CancellationToken, Task> handler) =>
        (notification, context) => handler(new NotificationContext(notification.Decoded, notification.Merchant, context.RequestServices), context.RequestAborted);

    private static NotificationTaker Keeping(IEndpointRouteBuilder endpoints)
    {
        var sink = endpoints.ServiceProvider.GetService<INotificationSink>()
            ?? throw new InvalidOperationException("There is nothing that takes notifications: call services.AddWeChatPayInbox().UseSqlite(\"wechatpay.db\") with a handler, or give MapWeChatPayNotifications a handler.");
        return (notification, context) => sink.TakeAsync(
            new ReceivedNotification(notification.Decoded, notification.Merchant, notification.ReceivedAt, SignatureHeaders(context.Request), notification.Body),
            context.RequestAborted);
    }

    private static List<KeyValuePair<string, string>> SignatureHeaders(HttpRequest request) =>
        [.. HeaderPairs.Of(request.Headers).Where(static header => DeliveryModule.isSigned(header.Key))];
}
