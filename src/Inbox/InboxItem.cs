using System.Diagnostics.CodeAnalysis;

namespace WeChatPay.Inbox;

/// <summary>A notification as an inbox keeps it: what was proven, and the bytes that prove it.</summary>
public sealed class InboxItem
{
    /// <summary>An item whose properties an initializer sets.</summary>
    public InboxItem()
    {
    }

    /// <summary>A copy, of which an initializer may change some.</summary>
    [SetsRequiredMembers]
    public InboxItem(InboxItem item)
    {
        ArgumentNullException.ThrowIfNull(item);
        (Merchant, NotificationId, EventType, OriginalType) = (item.Merchant, item.NotificationId, item.EventType, item.OriginalType);
        (BusinessKey, IdempotencyKey) = (item.BusinessKey, item.IdempotencyKey);
        (Summary, Serial, CreatedAt, ReceivedAt) = (item.Summary, item.Serial, item.CreatedAt, item.ReceivedAt);
        (Headers, Body, Resource, SealedBy) = (item.Headers, item.Body, item.Resource, item.SealedBy);
    }

    /// <summary>The name that the merchant was added under; empty for the one without.</summary>
    public required string Merchant { get; init; }

    /// <summary>The platform's number for the notification; with <see cref="Merchant"/> unique in an inbox.</summary>
    public required string NotificationId { get; init; }

    /// <summary>What happened as the platform writes it, such as <c>TRANSACTION.SUCCESS</c>.</summary>
    public required string EventType { get; init; }

    /// <summary>What the notification is about, such as one payment: items of one key are handled in order, one at a time.</summary>
    public required string BusinessKey { get; init; }

    /// <summary>What an effect must happen once for: of several items with one such key, one is handled.</summary>
    public required string IdempotencyKey { get; init; }

    /// <summary>What kind of object was sealed, such as <c>transaction</c>.</summary>
    public string? OriginalType { get; init; }

    /// <summary>What happened, in the platform's words.</summary>
    public string? Summary { get; init; }

    /// <summary>The platform key that signed.</summary>
    public required string Serial { get; init; }

    /// <summary>When the platform made the notification.</summary>
    public DateTimeOffset? CreatedAt { get; init; }

    /// <summary>When it came, by the receiver's clock.</summary>
    public required DateTimeOffset ReceivedAt { get; init; }

    /// <summary>The <c>Wechatpay-*</c> headers as they came: a line each, name, colon, value.</summary>
    public required string Headers { get; init; }

    /// <summary>The body as it came, byte for byte; sealed where <see cref="SealedBy"/> says so.</summary>
    public required ReadOnlyMemory<byte> Body { get; init; }

    /// <summary>The opened resource, byte for byte; sealed where <see cref="SealedBy"/> says so.</summary>
    public required ReadOnlyMemory<byte> Resource { get; init; }

    /// <summary>The name of the key that body and resource are sealed under; null when they are plain.</summary>
    public string? SealedBy { get; init; }

    /// <summary>The notification's number and type; nothing personal.</summary>
    public override string ToString() => "InboxItem(" + NotificationId + ", " + EventType + ")";
}
