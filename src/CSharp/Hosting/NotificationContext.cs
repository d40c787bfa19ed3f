using System.Data.Common;
using WeChatPay.Functional;

namespace WeChatPay;

/// <summary>A notification on its way to a handler: verified, opened, read.</summary>
public sealed class NotificationContext
{
    private readonly Func<CancellationToken, Task<DbTransaction>>? _begin;

    /// <summary>Makes one for a handler that is called while the platform waits.</summary>
    public NotificationContext(DecodedEvent notification, string merchant, IServiceProvider services)
        : this(notification, merchant, services, attempt: 1, begin: null)
    {
    }

    /// <summary>Makes one for a handler that an inbox calls.</summary>
    /// <param name="notification">What the notification says.</param>
    /// <param name="merchant">The name that the merchant was added under.</param>
    /// <param name="services">The services of this attempt's scope.</param>
    /// <param name="attempt">Which attempt this is, from 1.</param>
    /// <param name="begin">Begins, or gives again, the transaction in which the inbox marks the notification as done; null where there is none.</param>
    public NotificationContext(DecodedEvent notification, string merchant, IServiceProvider services, int attempt, Func<CancellationToken, Task<DbTransaction>>? begin)
    {
        ArgumentNullException.ThrowIfNull(notification);
        ArgumentNullException.ThrowIfNull(merchant);
        ArgumentNullException.ThrowIfNull(services);
        Notification = notification;
        Merchant = merchant;
        Services = services;
        Attempt = attempt;
        _begin = begin;
    }

    /// <summary>The notification: its number, its type, what happened.</summary>
    public DecodedEvent Notification { get; }

    /// <summary>What happened, typed: the same as <c>Notification.Event</c>.</summary>
    public WeChatPayEvent Event => Notification.Event;

    /// <summary>The name that the merchant was added under; empty for the one without.</summary>
    public string Merchant { get; }

    /// <summary>The services of this delivery's scope.</summary>
    public IServiceProvider Services { get; }

    /// <summary>Which attempt of this application's own this is, from 1; without an inbox always 1, since the platform alone repeats.</summary>
    public int Attempt { get; }

    /// <summary>Whether an inbox calls the handler, so that <see cref="BeginTransactionAsync"/> can be called.</summary>
    public bool HasTransaction => _begin is not null;

    /// <summary>
    /// Begins the transaction in which the inbox marks the notification as done, or gives it again: what the handler writes in it happens exactly once, with the mark or not at all.
    /// The inbox commits when the handler returns and rolls back when it throws: never do either. It holds locks: do what is slow before.
    /// </summary>
    /// <exception cref="InvalidOperationException">No inbox calls the handler.</exception>
    public Task<DbTransaction> BeginTransactionAsync(CancellationToken cancellationToken = default) =>
        _begin is null
            ? throw new InvalidOperationException("There is no transaction: the handler is called by the endpoint itself. Add an inbox (services.AddWeChatPayInbox().UseSqlite(…)) and give the handler to it.")
            : _begin(cancellationToken);

    /// <summary>The notification's number and type; nothing personal.</summary>
    public override string ToString() => "NotificationContext(" + Notification + ")";
}

/// <summary>Handles a merchant's notifications. It may be called again for the same one: use <c>Notification.IdempotencyKey</c> so that an effect happens once.</summary>
public interface IWeChatPayNotificationHandler
{
    /// <summary>Returns when the notification is dealt with; throws when it is to come again.</summary>
    Task HandleAsync(NotificationContext context, CancellationToken cancellationToken);
}
