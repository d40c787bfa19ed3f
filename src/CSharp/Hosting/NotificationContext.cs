using WeChatPay.Functional;

namespace WeChatPay;

/// <summary>A notification on its way to a handler: verified, opened, read.</summary>
public sealed class NotificationContext
{
    /// <summary>Makes one.</summary>
    public NotificationContext(DecodedEvent notification, string merchant, IServiceProvider services)
    {
        ArgumentNullException.ThrowIfNull(notification);
        ArgumentNullException.ThrowIfNull(merchant);
        ArgumentNullException.ThrowIfNull(services);
        Notification = notification;
        Merchant = merchant;
        Services = services;
    }

    /// <summary>The notification: its number, its type, what happened.</summary>
    public DecodedEvent Notification { get; }

    /// <summary>What happened, typed: the same as <c>Notification.Event</c>.</summary>
    public WeChatPayEvent Event => Notification.Event;

    /// <summary>The name that the merchant was added under; empty for the one without.</summary>
    public string Merchant { get; }

    /// <summary>The services of this delivery's scope.</summary>
    public IServiceProvider Services { get; }

    /// <summary>The notification's number and type; nothing personal.</summary>
    public override string ToString() => "NotificationContext(" + Notification + ")";
}

/// <summary>Handles a merchant's notifications. It may be called again for the same one: use <c>Notification.IdempotencyKey</c> so that an effect happens once.</summary>
public interface IWeChatPayNotificationHandler
{
    /// <summary>Returns when the notification is dealt with; throws when it is to come again.</summary>
    Task HandleAsync(NotificationContext context, CancellationToken cancellationToken);
}
