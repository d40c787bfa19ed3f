namespace WeChatPay.Inbox;

/// <summary>What an inbox does with an item.</summary>
internal sealed class InboxHandler
{
    /// <summary>The user's handler.</summary>
    public Func<NotificationContext, CancellationToken, Task> Run { get; set; } =
        static (_, _) => throw new InvalidOperationException("The inbox has no handler: call Handle on what AddWeChatPayInbox returns.");

    /// <summary>Whether there is one.</summary>
    public bool IsSet { get; set; }
}
