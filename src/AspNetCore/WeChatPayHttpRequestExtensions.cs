using Microsoft.AspNetCore.Http;
using WeChatPay.AspNetCore;
using WeChatPay.Functional;

namespace WeChatPay;

/// <summary>Takes ASP.NET Core's request as it is: for controllers, and for endpoints that answer themselves.</summary>
public static class WeChatPayHttpRequestExtensions
{
    private const string SignatureMismatch = "signature_mismatch";

    /// <summary>Reads the raw body, then verifies, opens and reads the notification. A body that is buffered is read from its beginning.</summary>
    /// <exception cref="WeChatPayBodyAlreadyReadException">Something read the body before, and it cannot be read again.</exception>
    public static async Task<NotificationResult> DecodeAsync(this WeChatPayNotifications notifications, HttpRequest request, CancellationToken cancellationToken = default)
    {
        ArgumentNullException.ThrowIfNull(notifications);
        ArgumentNullException.ThrowIfNull(request);
        return (await notifications.DecodeKeepingAsync(request, cancellationToken).ConfigureAwait(false)).Result;
    }

    /// <summary>The same, with the bytes for whoever keeps them.</summary>
    internal static async Task<(NotificationResult Result, ReadOnlyMemory<byte> Body)> DecodeKeepingAsync(this WeChatPayNotifications notifications, HttpRequest request, CancellationToken cancellationToken)
    {
        var body = await RawBody.ReadAsync(request, notifications.BodyLimit, cancellationToken).ConfigureAwait(false);
        var result = notifications.Decode(HeaderPairs.Of(request.Headers), body.Bytes.Span);
        return (result.TryGet(out _, out var failure) ? result : Explain(result, failure, body), body.Bytes);
    }

    /// <summary>The same at an address of one of several merchants: the name is the one in the address.</summary>
    /// <exception cref="WeChatPayBodyAlreadyReadException">Something read the body before, and it cannot be read again.</exception>
    public static async Task<NotificationResult> DecodeAsync(this WeChatPayMerchantNotifications notifications, string merchant, HttpRequest request, CancellationToken cancellationToken = default)
    {
        ArgumentNullException.ThrowIfNull(notifications);
        ArgumentNullException.ThrowIfNull(merchant);
        ArgumentNullException.ThrowIfNull(request);
        return (await notifications.DecodeKeepingAsync(merchant, request, cancellationToken).ConfigureAwait(false)).Result;
    }

    /// <summary>The same at the one address of all merchants: the platform key of the serial and the APIv3 key decide whose it is.</summary>
    /// <exception cref="WeChatPayBodyAlreadyReadException">Something read the body before, and it cannot be read again.</exception>
    public static async Task<NotificationResult> DecodeForAnyAsync(this WeChatPayMerchantNotifications notifications, HttpRequest request, CancellationToken cancellationToken = default)
    {
        ArgumentNullException.ThrowIfNull(notifications);
        ArgumentNullException.ThrowIfNull(request);
        return (await notifications.DecodeKeepingAsync(merchant: null, request, cancellationToken).ConfigureAwait(false)).Result;
    }

    /// <summary>The same, with the bytes for whoever keeps them; without a name any merchant may be meant.</summary>
    internal static async Task<(NotificationResult Result, ReadOnlyMemory<byte> Body)> DecodeKeepingAsync(this WeChatPayMerchantNotifications notifications, string? merchant, HttpRequest request, CancellationToken cancellationToken)
    {
        var body = await RawBody.ReadAsync(request, DeliveryModule.NotificationLimit, cancellationToken).ConfigureAwait(false);
        var headers = HeaderPairs.Of(request.Headers);
        var result = await (merchant is null
            ? notifications.DecodeForAnyAsync(headers, body.Bytes, cancellationToken)
            : notifications.DecodeAsync(merchant, headers, body.Bytes, cancellationToken)).ConfigureAwait(false);
        return (result.TryGet(out _, out var failure) ? result : Explain(result, failure, body), body.Bytes);
    }

    /// <summary>Reads the raw body, then verifies only: what is proven is the sender; the resource is still sealed.</summary>
    /// <exception cref="WeChatPayBodyAlreadyReadException">Something read the body before, and it cannot be read again.</exception>
    public static async Task<VerificationResult> VerifyAsync(this WeChatPayNotifications notifications, HttpRequest request, CancellationToken cancellationToken = default)
    {
        ArgumentNullException.ThrowIfNull(notifications);
        ArgumentNullException.ThrowIfNull(request);
        var body = await RawBody.ReadAsync(request, notifications.BodyLimit, cancellationToken).ConfigureAwait(false);
        var result = notifications.Verify(HeaderPairs.Of(request.Headers), body.Bytes.Span);
        return result.TryGet(out _, out var failure) ? result : Explain(result, failure, body);
    }

    /// <summary>The application's mistake is told only where nothing but the body is wrong: strangers, and the platform's probes, are refused as ever.</summary>
    private static TResult Explain<TResult>(TResult result, VerificationFailure failure, RawBody body) =>
        body.IsShort && failure.Code == SignatureMismatch ? throw new WeChatPayBodyAlreadyReadException(body.Cause) : result;
}
