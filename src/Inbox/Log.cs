using Microsoft.Extensions.Logging;

namespace WeChatPay.Inbox;

/// <summary>What the inbox logs: numbers, types and codes; never a body, a key or personal data.</summary>
internal static partial class Log
{
    [LoggerMessage(1, LogLevel.Information, "Notification {Id} ({EventType}) was handled in attempt {Attempt}.")]
    public static partial void Handled(this ILogger logger, string id, string eventType, int attempt);

    [LoggerMessage(2, LogLevel.Information, "Notification {Id} ({EventType}) was skipped: another one of the same idempotency key is done.")]
    public static partial void Skipped(this ILogger logger, string id, string eventType);

    [LoggerMessage(3, LogLevel.Warning, "The handler of notification {Id} ({EventType}) failed in attempt {Attempt}; it is tried again in {Delay}.")]
    public static partial void Failed(this ILogger logger, Exception failure, string id, string eventType, int attempt, TimeSpan delay);

    [LoggerMessage(4, LogLevel.Error, "Notification {Id} ({EventType}) is parked after {Attempt} attempts: it waits for a person. See it with wechatpay inbox show {Sequence}, try it again with wechatpay inbox retry {Sequence}.")]
    public static partial void Parked(this ILogger logger, Exception? failure, string id, string eventType, int attempt, long sequence);

    [LoggerMessage(5, LogLevel.Error, "The handler of notification {Id} ({EventType}) does not end, though its lease has: its transaction is rolled back, and it is tried again. A handler must stop when its cancellation token says so.")]
    public static partial void Hung(this ILogger logger, string id, string eventType);

    [LoggerMessage(6, LogLevel.Warning, "Notification {Id} ({EventType}) was leased again before this attempt was done: what this attempt wrote is rolled back.")]
    public static partial void Fenced(this ILogger logger, string id, string eventType);

    [LoggerMessage(7, LogLevel.Error, "The inbox cannot reach its database; it tries again in {Delay}. Notifications are answered with 500 meanwhile, and the platform sends them again.")]
    public static partial void StoreFailed(this ILogger logger, Exception failure, TimeSpan delay);

    [LoggerMessage(8, LogLevel.Information, "{Count} items that were done long ago were deleted.")]
    public static partial void Purged(this ILogger logger, int count);

    [LoggerMessage(9, LogLevel.Warning, "Asking about order {OutTradeNo} failed; it is asked about again.")]
    public static partial void AskingFailed(this ILogger logger, Exception failure, string outTradeNo);

    [LoggerMessage(10, LogLevel.Warning, "Order {OutTradeNo} is paid, and no notification said so: it is taken in from a query.")]
    public static partial void FoundPaid(this ILogger logger, string outTradeNo);

    [LoggerMessage(11, LogLevel.Error, "Looking for unsettled orders failed; it is tried again in {Delay}.")]
    public static partial void SweepFailed(this ILogger logger, Exception failure, TimeSpan delay);

    [LoggerMessage(12, LogLevel.Debug, "The inbox's items could not be counted for its gauges.")]
    public static partial void NotCounted(this ILogger logger, Exception failure);
}
