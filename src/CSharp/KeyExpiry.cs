using System.Collections.Concurrent;
using System.Diagnostics.Metrics;
using Microsoft.FSharp.Core;
using WeChatPay.Functional;

namespace WeChatPay;

/// <summary>Says in how many days merchants' certificates end, and the last of the platform's: the gauge <c>wechatpay.keys.days_to_expiry</c>. Of many merchants the hundred whose keys end first.</summary>
internal static class KeyExpiry
{
    private const int Most = 100;
    private static readonly ConcurrentDictionary<string, Watched> s_merchants = new(StringComparer.Ordinal);

    /// <summary>Watches a merchant's keys, in place of those that it had, for as long as somebody uses them.</summary>
    public static void Watch(string merchantId, ReceivingKeys keys, DateTimeOffset? certificateEnd, TimeProvider clock)
    {
        s_merchants[merchantId] = new(new(keys), certificateEnd, clock);
        _ = Instrument.Gauge;
    }

    private static IEnumerable<Measurement<double>> Observe() =>
        s_merchants
            .SelectMany(static merchant => MeasurementsOf(merchant.Key, merchant.Value))
            .OrderBy(static measurement => measurement.Value)
            .Take(Most);

    private static IEnumerable<Measurement<double>> MeasurementsOf(string merchantId, Watched watched)
    {
        if (!watched.Keys.TryGetTarget(out var keys))
        {
            s_merchants.TryRemove(new(merchantId, watched));
            yield break;
        }

        var now = watched.Clock.GetUtcNow();
        if (watched.CertificateEnd is { } end)
        {
            yield return Measure(merchantId, "merchant_certificate", end - now);
        }

        var last = KeyringModule.lastEnd(keys.Ring);
        if (last.IsSome)
        {
            yield return Measure(merchantId, "platform_certificate", last.Value - now);
        }
    }

    private static Measurement<double> Measure(string merchantId, string key, TimeSpan left) =>
        new(left.TotalDays, new KeyValuePair<string, object?>("merchant_id", merchantId), new KeyValuePair<string, object?>("key", key));

    private sealed record Watched(WeakReference<ReceivingKeys> Keys, DateTimeOffset? CertificateEnd, TimeProvider Clock);

    /// <summary>Made when there is a merchant.</summary>
    private static class Instrument
    {
        public static readonly ObservableGauge<double> Gauge = new Meter(WeChatPayTelemetry.Name).CreateObservableGauge(
            "wechatpay.keys.days_to_expiry", Observe, "d", "Days until a merchant's certificate (merchant_certificate) and the last of the platform's (platform_certificate) end; none for public keys, which do not.");
    }
}
