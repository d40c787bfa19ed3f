using System.Threading.RateLimiting;
using Microsoft.FSharp.Collections;
using WeChatPay.Functional;
using WeChatPay.Shell;

namespace WeChatPay;

/// <summary>Makes what a client does on bad days from options; every problem is noted.</summary>
internal static class ResilienceSetup
{
    private const int MostAttempts = 10;

    private static readonly TimeSpan s_longest = TimeSpan.FromHours(1);

    public static Resilience Create(WeChatPayResilienceOptions options, TimeProvider clock)
    {
        var policy = new RetryPolicy(options.Attempts, options.CallTimeout, options.FirstDelay, options.LongestDelay);
        var backups = ListModule.OfSeq(options.BackupAddresses.Select(static address => new Uri(address)));
        return new(policy, backups, options.Limiter ?? LimiterOf(options.CallsPerSecond), options.Pipeline, clock);
    }

    /// <summary>Notes what cannot be.</summary>
    public static void Check(WeChatPayResilienceOptions options, SettingsReader settings)
    {
        if (options.Attempts is < 1 or > MostAttempts)
        {
            settings.Add(nameof(options.Attempts), "must be 1 to 10.", "应为 1 到 10。");
        }

        CheckSpan(options.CallTimeout, nameof(options.CallTimeout), mayBeZero: false, settings);
        CheckSpan(options.ConnectTimeout, nameof(options.ConnectTimeout), mayBeZero: false, settings);
        CheckSpan(options.FirstDelay, nameof(options.FirstDelay), mayBeZero: true, settings);
        CheckSpan(options.LongestDelay, nameof(options.LongestDelay), mayBeZero: true, settings);
        if (options.BackupAddresses.Any(static address => !MerchantSetup.TryReadAddress(address, out _)))
        {
            settings.Add(nameof(options.BackupAddresses), "has what is not an https address of a host alone, without path and query (http is for loopback only), such as https://api2.mch.weixin.qq.com.", "中有的不是仅含主机的 https 地址（不带路径与参数，http 仅限本机），例如 https://api2.mch.weixin.qq.com。");
        }

        if (options.CallsPerSecond.Any(static call => call.Value < 1 || !IsCall(call.Key)))
        {
            settings.Add(nameof(options.CallsPerSecond), "is 1 or more for each call, named by its method and its path with placeholders, such as POST /v3/refund/domestic/refunds.", "每个接口应为 1 或更大，接口以方法与带占位符的路径表示，例如 POST /v3/refund/domestic/refunds。");
        }
    }

    private static void CheckSpan(TimeSpan span, string setting, bool mayBeZero, SettingsReader settings)
    {
        if (span < TimeSpan.Zero || span > s_longest || (span == TimeSpan.Zero && !mayBeZero))
        {
            settings.Add(setting, mayBeZero ? "must be 0 seconds to 1 hour." : "must be over 0 seconds, and at most 1 hour.", mayBeZero ? "应为 0 秒到 1 小时。" : "应大于 0 秒，且不超过 1 小时。");
        }
    }

    private static bool IsCall(string name) => name.IndexOf(" /", StringComparison.Ordinal) > 0;

    private static PartitionedRateLimiter<string>? LimiterOf(IDictionary<string, int> callsPerSecond)
    {
        if (callsPerSecond.Count == 0)
        {
            return null;
        }

        var limits = new Dictionary<string, int>(callsPerSecond, StringComparer.Ordinal);
        return PartitionedRateLimiter.Create<string, string>(call => limits.TryGetValue(call, out var limit)
            ? RateLimitPartition.GetTokenBucketLimiter(call, _ => new TokenBucketRateLimiterOptions
            {
                TokenLimit = limit,
                TokensPerPeriod = limit,
                ReplenishmentPeriod = TimeSpan.FromSeconds(1),
                QueueLimit = int.MaxValue,
            })
            : RateLimitPartition.GetNoLimiter(call));
    }
}
