namespace WeChatPay;

/// <summary>Takes verified notifications into keeping, so that the platform can be answered before they are dealt with. An inbox is one.</summary>
public interface INotificationSink
{
    /// <summary>Returns when the notification is kept for good, also when it was already; throws when it is not, so that the platform sends it again.</summary>
    Task TakeAsync(ReceivedNotification notification, CancellationToken cancellationToken);
}
