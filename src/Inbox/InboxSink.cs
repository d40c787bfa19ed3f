using System.Text;

namespace WeChatPay.Inbox;

/// <summary>Takes verified notifications into the store, and wakes the worker.</summary>
internal sealed class InboxSink(IInboxStore store, InboxSeal seal, InboxSignal signal) : INotificationSink
{
    /// <summary>The platform waits 5 seconds for its answer, and the way there and back takes some of them.</summary>
    private static readonly TimeSpan s_patience = TimeSpan.FromSeconds(3);

    public async Task TakeAsync(ReceivedNotification notification, CancellationToken cancellationToken)
    {
        ArgumentNullException.ThrowIfNull(notification);
        using var patience = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken);
        patience.CancelAfter(s_patience);

        // A database that hangs may not even hear of the cancellation: the answer does not wait for it.
        await store.AddAsync(seal.Seal(ItemOf(notification)), patience.Token).WaitAsync(patience.Token).ConfigureAwait(false);
        signal.Ring();
    }

    private static InboxItem ItemOf(ReceivedNotification received)
    {
        var said = received.Notification;
        return new()
        {
            Merchant = received.Merchant,
            NotificationId = said.Id,
            EventType = said.EventType,
            BusinessKey = said.Subject,
            IdempotencyKey = said.IdempotencyKey,
            OriginalType = said.OriginalType,
            Summary = said.Summary,
            Serial = said.Serial,
            CreatedAt = said.CreatedAt,
            ReceivedAt = received.ReceivedAt,
            Headers = HeadersOf(received),
            Body = received.Body,
            Resource = said.Resource,
        };
    }

    private static string HeadersOf(ReceivedNotification received)
    {
        var text = new StringBuilder();
        foreach (var (name, value) in received.Headers)
        {
            text.Append(name).Append(": ").Append(value).Append('\n');
        }

        return text.ToString();
    }
}
