using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Routing;

namespace WeChatPay.AspNetCore;

/// <summary>What became of a request, whose it is, and its bytes.</summary>
internal readonly record struct ReceivedBody(NotificationResult Result, string Merchant, ReadOnlyMemory<byte> Bytes);

/// <summary>Reads a request and decides whose it is, what it says, or why it is refused.</summary>
internal delegate Task<ReceivedBody> NotificationDecoder(HttpRequest request, CancellationToken cancellationToken);

/// <summary>The three ways in which an address knows its merchant.</summary>
internal static class NotificationDecoders
{
    public const string RouteValue = "merchant";

    /// <summary>The address is one merchant's, who was added when the application started.</summary>
    public static NotificationDecoder OfOne(WeChatPayNotifications notifications, string merchant) =>
        async (request, cancellationToken) =>
        {
            var (result, bytes) = await notifications.DecodeKeepingAsync(request, cancellationToken).ConfigureAwait(false);
            return new(result, merchant, bytes);
        };

    /// <summary>The address names the merchant.</summary>
    public static NotificationDecoder OfRoute(WeChatPayMerchantNotifications notifications) =>
        OfMany(notifications, static request => request.RouteValues[RouteValue] as string ?? string.Empty);

    /// <summary>The address is everybody's.</summary>
    public static NotificationDecoder OfAll(WeChatPayMerchantNotifications notifications) =>
        OfMany(notifications, static _ => null);

    private static NotificationDecoder OfMany(WeChatPayMerchantNotifications notifications, Func<HttpRequest, string?> merchantOf) =>
        async (request, cancellationToken) =>
        {
            var (result, bytes) = await notifications.DecodeKeepingAsync(merchantOf(request), request, cancellationToken).ConfigureAwait(false);
            return new(result, result.Merchant, bytes);
        };
}
