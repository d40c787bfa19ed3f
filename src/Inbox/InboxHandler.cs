namespace WeChatPay.Inbox;

/// <summary>What an inbox does with an item.</summary>
internal sealed class InboxHandler
{
    private Func<NotificationContext, CancellationToken, Task>? _run;

    /// <summary>Whether the user has given one.</summary>
    public bool IsSet => _run is not null;

    /// <summary>The user's handler.</summary>
    public Func<NotificationContext, CancellationToken, Task> Run
    {
        get => _run ?? throw new InvalidOperationException("The inbox has no handler: call Handle on what AddWeChatPayInbox returns.");
        set => _run = value;
    }
}
