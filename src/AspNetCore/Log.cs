using Microsoft.Extensions.Logging;

namespace WeChatPay.AspNetCore;

/// <summary>What the endpoint logs: numbers, types and codes; never a body, a key or personal data.</summary>
internal static partial class Log
{
    [LoggerMessage(1, LogLevel.Information, "Notification {Id} ({EventType}) was taken.")]
    public static partial void Handled(this ILogger logger, string id, string eventType);

    [LoggerMessage(2, LogLevel.Warning, "A notification was refused: {Code}. {Found} {Advice}")]
    public static partial void Refused(this ILogger logger, string code, string found, string advice);

    [LoggerMessage(3, LogLevel.Debug, "The platform tested that a forged signature is refused (signature_probe); it was.")]
    public static partial void Probe(this ILogger logger);

    [LoggerMessage(4, LogLevel.Warning, "Notification {Id} ({EventType}) has an odd field at {Path}: {Reason}. It is left out of the typed value and kept raw.")]
    public static partial void Anomaly(this ILogger logger, string id, string eventType, string path, DecodeReason reason);

    [LoggerMessage(5, LogLevel.Error, "The handler of notification {Id} ({EventType}) failed; the platform will send it again.")]
    public static partial void HandlerFailed(this ILogger logger, Exception failure, string id, string eventType);

    [LoggerMessage(6, LogLevel.Warning, "The sender of notification {Id} ({EventType}) left before the handler was done (it waits 5 seconds); it will come again.")]
    public static partial void SenderLeft(this ILogger logger, string id, string eventType);

    [LoggerMessage(8, LogLevel.Warning, "A request to the notification endpoint could not be read: it was refused with {StatusCode}.")]
    public static partial void Unreadable(this ILogger logger, int statusCode);

    [LoggerMessage(7, LogLevel.Error, "A notification to {Path} cannot be verified (body_already_read); the platform will send it again. {Advice}")]
    public static partial void BodyAlreadyRead(this ILogger logger, Exception? cause, string path, string advice);

    [LoggerMessage(9, LogLevel.Warning, "A notification was refused unread (overloaded): {Limit} are being received at this address already. The platform will send it again.")]
    public static partial void Overloaded(this ILogger logger, int limit);

    [LoggerMessage(10, LogLevel.Warning, "A request to the notification endpoint was given up (receive_timeout): its body took longer than {Timeout}.")]
    public static partial void TooSlow(this ILogger logger, TimeSpan timeout);

    [LoggerMessage(11, LogLevel.Error, "A notification cannot be verified (merchant_unavailable): its merchant's keys could not be looked up or are wrong. The platform will send it again.")]
    public static partial void MerchantUnavailable(this ILogger logger, Exception failure);

    [LoggerMessage(12, LogLevel.Error, "Nobody handles notification {Id} ({EventType}); the platform will send it again. Add a handler, or Otherwise(…) for what is nobody's business here.")]
    public static partial void NotHandled(this ILogger logger, string id, string eventType);
}
