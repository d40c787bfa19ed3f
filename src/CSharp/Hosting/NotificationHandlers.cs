using WeChatPay.Functional;

namespace WeChatPay;

/// <summary>
/// Which handler a notification goes to: by the text of its event type first, then by its case, then by what a handler chooses, then whatever is left.
/// What nobody handles is an error, never lost in silence: the platform sends it again, an inbox keeps it.
/// </summary>
public sealed class NotificationHandlers : IWeChatPayNotificationHandler
{
    private readonly Dictionary<string, Func<NotificationContext, CancellationToken, Task>> _types = new(StringComparer.Ordinal);
    private readonly Dictionary<Type, Func<NotificationContext, CancellationToken, Task>> _cases = [];
    private readonly List<Func<NotificationContext, CancellationToken, Task?>> _choosers = [];
    private Func<NotificationContext, CancellationToken, Task>? _otherwise;
    private bool _isComplete;

    private NotificationHandlers()
    {
    }

    /// <summary>Makes one handler of several: for <c>MapWeChatPayNotifications</c>, an inbox, or a controller.</summary>
    /// <exception cref="ArgumentException">Two handlers are for one case or event type.</exception>
    public static NotificationHandlers Create(Action<NotificationHandlers> configure)
    {
        ArgumentNullException.ThrowIfNull(configure);
        var handlers = new NotificationHandlers();
        configure(handlers);
        handlers._isComplete = true;
        return handlers;
    }

    /// <summary>Handles one case, such as <c>WeChatPayEvent.PaymentSucceeded</c>.</summary>
    public NotificationHandlers Case<TCase>(Func<TCase, NotificationContext, CancellationToken, Task> handler)
        where TCase : WeChatPayEvent
    {
        ArgumentNullException.ThrowIfNull(handler);
        Expect(typeof(TCase) != typeof(WeChatPayEvent), "WeChatPayEvent is every case: name one, or call Otherwise.");
        Expect(_cases.TryAdd(typeof(TCase), (context, cancellationToken) => handler((TCase)context.Event, context, cancellationToken)), "Two handlers are for the case " + typeof(TCase).Name + ".");
        return this;
    }

    /// <summary>Handles one event type by its text, such as <c>TRANSACTION.SUCCESS</c>, before any case is looked at: also of types that have no case yet.</summary>
    public NotificationHandlers EventType(string eventType, Func<NotificationContext, CancellationToken, Task> handler)
    {
        ArgumentException.ThrowIfNullOrEmpty(eventType);
        ArgumentNullException.ThrowIfNull(handler);
        Expect(_types.TryAdd(eventType, handler), "Two handlers are for the event type " + eventType + ".");
        return this;
    }

    /// <summary>Handles what is chosen from an event, the first who chooses; in F#, where a case is no type: <c>on.Choose((function WeChatPayEvent.PaymentSucceeded paid -> paid | _ -> null), …)</c>.</summary>
    /// <param name="choose">What the handler wants of the event; null where it is not its own.</param>
    /// <param name="handler">Returns when the notification is dealt with.</param>
    public NotificationHandlers Choose<TChosen>(Func<WeChatPayEvent, TChosen?> choose, Func<TChosen, NotificationContext, CancellationToken, Task> handler)
        where TChosen : class
    {
        ArgumentNullException.ThrowIfNull(choose);
        ArgumentNullException.ThrowIfNull(handler);
        Expect(isRight: true, string.Empty);
        _choosers.Add((context, cancellationToken) => choose(context.Event) is { } chosen ? handler(chosen, context, cancellationToken) : null);
        return this;
    }

    /// <summary>Handles whatever is left, new event types too. One that does nothing says that the rest is nobody's business here.</summary>
    public NotificationHandlers Otherwise(Func<NotificationContext, CancellationToken, Task> handler)
    {
        ArgumentNullException.ThrowIfNull(handler);
        Expect(_otherwise is null, "Two handlers are for whatever is left.");
        _otherwise = handler;
        return this;
    }

    /// <summary>Runs the one handler whose the notification is.</summary>
    /// <exception cref="NotificationNotHandledException">It is nobody's.</exception>
    public Task HandleAsync(NotificationContext context, CancellationToken cancellationToken)
    {
        ArgumentNullException.ThrowIfNull(context);
        if (_types.TryGetValue(context.Notification.EventType, out var handler) || _cases.TryGetValue(context.Event.GetType(), out handler))
        {
            return handler(context, cancellationToken);
        }

        foreach (var chooser in _choosers)
        {
            if (chooser(context, cancellationToken) is { } chosen)
            {
                return chosen;
            }
        }

        return _otherwise?.Invoke(context, cancellationToken) ?? Task.FromException(new NotificationNotHandledException(context.Notification.EventType));
    }

    private void Expect(bool isRight, string message)
    {
        if (_isComplete)
        {
            throw new InvalidOperationException("Handlers are set where they are made.");
        }

        if (!isRight)
        {
            throw new ArgumentException(message);
        }
    }
}

/// <summary>No handler is for a notification that is genuine: it is kept, or comes again, until there is one.</summary>
public sealed class NotificationNotHandledException : Exception
{
    /// <summary>Makes one without words.</summary>
    public NotificationNotHandledException()
    {
    }

    /// <summary>Makes one for an event type.</summary>
    public NotificationNotHandledException(string eventType)
        : base("No handler is for " + eventType + ": add one, or Otherwise(…) for what is nobody's business here.")
    {
    }

    /// <summary>Makes one from a message and a cause.</summary>
    public NotificationNotHandledException(string message, Exception innerException)
        : base(message, innerException)
    {
    }
}
