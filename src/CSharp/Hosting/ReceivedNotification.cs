using WeChatPay.Functional;

namespace WeChatPay;

/// <summary>A notification as it came, and what it was proven to say.</summary>
public sealed class ReceivedNotification
{
    /// <summary>Makes one.</summary>
    /// <param name="notification">What the notification says.</param>
    /// <param name="merchant">The name that the merchant was added under; empty for the one without.</param>
    /// <param name="receivedAt">When it came, by the receiver's own clock.</param>
    /// <param name="headers">The headers that the signature speaks of, in the spelling that they came in.</param>
    /// <param name="body">The body, byte for byte.</param>
    public ReceivedNotification(DecodedEvent notification, string merchant, DateTimeOffset receivedAt, IReadOnlyList<KeyValuePair<string, string>> headers, ReadOnlyMemory<byte> body)
    {
        ArgumentNullException.ThrowIfNull(notification);
        ArgumentNullException.ThrowIfNull(merchant);
        ArgumentNullException.ThrowIfNull(headers);
        Notification = notification;
        Merchant = merchant;
        ReceivedAt = receivedAt;
        Headers = headers;
        Body = body;
    }

    /// <summary>The notification: its number, its type, what happened.</summary>
    public DecodedEvent Notification { get; }

    /// <summary>The name that the merchant was added under; empty for the one without.</summary>
    public string Merchant { get; }

    /// <summary>When it came, by the receiver's own clock: what <see cref="WeChatPayNotifications.DecodeReceivedAt"/> judges it by.</summary>
    public DateTimeOffset ReceivedAt { get; }

    /// <summary>The headers that the signature speaks of, in the spelling that they came in: with <see cref="Body"/> they can be verified again.</summary>
    public IReadOnlyList<KeyValuePair<string, string>> Headers { get; }

    /// <summary>The body, byte for byte; the resource in it is sealed.</summary>
    public ReadOnlyMemory<byte> Body { get; }

    /// <summary>The notification's number and type; nothing personal.</summary>
    public override string ToString() => "ReceivedNotification(" + Notification + ")";
}
