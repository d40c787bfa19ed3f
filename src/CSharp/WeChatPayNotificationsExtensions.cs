using System.Collections.Specialized;

namespace WeChatPay;

/// <summary>Takes headers as frameworks have them: several values for a name (<c>HttpHeaders</c>, <c>IHeaderDictionary</c>, <c>IDictionary&lt;string, string[]&gt;</c>), or a <see cref="NameValueCollection"/>.</summary>
public static class WeChatPayNotificationsExtensions
{
    /// <summary>Verifies, opens and reads a notification that came just now.</summary>
    public static NotificationResult Decode<TValues>(this WeChatPayNotifications notifications, IEnumerable<KeyValuePair<string, TValues>> headers, ReadOnlySpan<byte> body)
        where TValues : IEnumerable<string?> =>
        Checked(notifications).Decode(HeaderPairs.Of(headers), body);

    /// <summary>Verifies, opens and reads a notification that came just now.</summary>
    public static NotificationResult Decode(this WeChatPayNotifications notifications, NameValueCollection headers, ReadOnlySpan<byte> body) =>
        Checked(notifications).Decode(HeaderPairs.Of(headers), body);

    /// <summary>Verifies, opens and reads a notification that was stored when it came, as of the receiver's own time.</summary>
    public static NotificationResult DecodeReceivedAt<TValues>(this WeChatPayNotifications notifications, DateTimeOffset receivedAt, IEnumerable<KeyValuePair<string, TValues>> headers, ReadOnlySpan<byte> body)
        where TValues : IEnumerable<string?> =>
        Checked(notifications).DecodeReceivedAt(receivedAt, HeaderPairs.Of(headers), body);

    /// <summary>Verifies, opens and reads a notification that was stored when it came, as of the receiver's own time.</summary>
    public static NotificationResult DecodeReceivedAt(this WeChatPayNotifications notifications, DateTimeOffset receivedAt, NameValueCollection headers, ReadOnlySpan<byte> body) =>
        Checked(notifications).DecodeReceivedAt(receivedAt, HeaderPairs.Of(headers), body);

    /// <summary>Verifies only: what is proven is the sender; the resource is still sealed.</summary>
    public static VerificationResult Verify<TValues>(this WeChatPayNotifications notifications, IEnumerable<KeyValuePair<string, TValues>> headers, ReadOnlySpan<byte> body)
        where TValues : IEnumerable<string?> =>
        Checked(notifications).Verify(HeaderPairs.Of(headers), body);

    /// <summary>Verifies only: what is proven is the sender; the resource is still sealed.</summary>
    public static VerificationResult Verify(this WeChatPayNotifications notifications, NameValueCollection headers, ReadOnlySpan<byte> body) =>
        Checked(notifications).Verify(HeaderPairs.Of(headers), body);

    /// <summary>Reads the raw body, then verifies, opens and reads the notification.</summary>
    public static Task<NotificationResult> DecodeAsync<TValues>(this WeChatPayNotifications notifications, IEnumerable<KeyValuePair<string, TValues>> headers, Stream body, CancellationToken cancellationToken = default)
        where TValues : IEnumerable<string?> =>
        Checked(notifications).DecodeAsync(HeaderPairs.Of(headers), body, cancellationToken);

    /// <summary>Reads the raw body, then verifies, opens and reads the notification.</summary>
    public static Task<NotificationResult> DecodeAsync(this WeChatPayNotifications notifications, NameValueCollection headers, Stream body, CancellationToken cancellationToken = default) =>
        Checked(notifications).DecodeAsync(HeaderPairs.Of(headers), body, cancellationToken);

    /// <summary>Reads the raw body, then verifies only: the resource is still sealed.</summary>
    public static Task<VerificationResult> VerifyAsync<TValues>(this WeChatPayNotifications notifications, IEnumerable<KeyValuePair<string, TValues>> headers, Stream body, CancellationToken cancellationToken = default)
        where TValues : IEnumerable<string?> =>
        Checked(notifications).VerifyAsync(HeaderPairs.Of(headers), body, cancellationToken);

    /// <summary>Reads the raw body, then verifies only: the resource is still sealed.</summary>
    public static Task<VerificationResult> VerifyAsync(this WeChatPayNotifications notifications, NameValueCollection headers, Stream body, CancellationToken cancellationToken = default) =>
        Checked(notifications).VerifyAsync(HeaderPairs.Of(headers), body, cancellationToken);

    private static WeChatPayNotifications Checked(WeChatPayNotifications notifications)
    {
        ArgumentNullException.ThrowIfNull(notifications);
        return notifications;
    }
}
