using Microsoft.Extensions.Logging;

namespace WeChatPay;

/// <summary>What is logged: ids and codes, never bodies or keys.</summary>
internal static partial class Log
{
    [LoggerMessage(20, LogLevel.Information, "Merchant {MerchantId}: the platform's certificates came ({Cause}): {Serials}.")]
    public static partial void CertificatesRenewed(this ILogger logger, string merchantId, string cause, string serials);

    [LoggerMessage(21, LogLevel.Warning, "Merchant {MerchantId}: the platform's certificates did not come ({Cause}), those that are there stay: {Code}. {Problem} {Advice}")]
    public static partial void CertificatesNotRenewed(this ILogger logger, string merchantId, string cause, string code, string problem, string advice);

    [LoggerMessage(22, LogLevel.Error, "Merchant {MerchantId}: no platform key is valid, and its certificates did not come ({Cause}): {Code}. {Problem} {Advice}")]
    public static partial void NoPlatformKey(this ILogger logger, string merchantId, string cause, string code, string problem, string advice);

    [LoggerMessage(23, LogLevel.Warning, "Merchant {MerchantId}: {File}, with the platform's certificates of an earlier run, cannot be used: {Reason} They are fetched anew.")]
    public static partial void CertificateFileUnusable(this ILogger logger, string merchantId, string file, string reason);

    [LoggerMessage(24, LogLevel.Warning, "Merchant {MerchantId}: the platform's certificates were not written to {File}, the next run fetches them anew: {Reason}")]
    public static partial void CertificateFileNotWritten(this ILogger logger, string merchantId, string file, string reason);

    [LoggerMessage(25, LogLevel.Information, "Merchant '{Name}': its settings or key files have changed; calls from now on use the new ones.")]
    public static partial void SettingsTaken(this ILogger logger, string name);

    [LoggerMessage(26, LogLevel.Error, "Merchant '{Name}': its settings or key files have changed, but cannot be used; the old ones stay. {Problems}")]
    public static partial void SettingsNotTaken(this ILogger logger, string name, string problems);

    [LoggerMessage(EventId = 30, Message = "Merchant {MerchantId}: {Method} {Path} ended with {Code} (status {Status}, code {PlatformCode}, Request-ID {RequestId}); sent {Attempts} times, {Milliseconds:0} ms.")]
    public static partial void CallEnded(this ILogger logger, LogLevel level, string merchantId, string method, string path, string code, int status, string platformCode, string requestId, int attempts, double milliseconds);
}
