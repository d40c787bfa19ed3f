using Microsoft.Extensions.Diagnostics.HealthChecks;

namespace WeChatPay.Inbox;

/// <summary>Unhealthy when the database does not answer; degraded when items wait for a person, or for longer than <see cref="InboxOptions.AlarmingAge"/>.</summary>
internal sealed class InboxHealthCheck(IInboxStore store, InboxOptions options, TimeProvider clock) : IHealthCheck
{
    public async Task<HealthCheckResult> CheckHealthAsync(HealthCheckContext context, CancellationToken cancellationToken = default)
    {
        try
        {
            return Judge(await store.CountAsync(cancellationToken).ConfigureAwait(false));
        }
#pragma warning disable CA1031 // Whatever the database does, the check says so.
        catch (Exception failure) when (!cancellationToken.IsCancellationRequested)
#pragma warning restore CA1031
        {
            return new(context.Registration.FailureStatus, "The inbox's database does not answer; notifications are answered with 500, and the platform sends them again.", failure);
        }
    }

    private HealthCheckResult Judge(InboxCounts counts)
    {
        var age = TimeSpan.FromSeconds((long)counts.Age(clock.GetUtcNow()).TotalSeconds);
        List<string> odd = [];
        if (counts.Parked > 0)
        {
            odd.Add(FormattableString.Invariant($"{counts.Parked} parked, waiting for a person (wechatpay inbox list --state parked)"));
        }

        if (age > options.AlarmingAge)
        {
            odd.Add(FormattableString.Invariant($"the oldest of {counts.Pending} pending has waited {age}"));
        }

        var data = new Dictionary<string, object>(StringComparer.Ordinal) { ["pending"] = counts.Pending, ["parked"] = counts.Parked, ["oldest_pending_seconds"] = (long)age.TotalSeconds };
        return odd.Count == 0
            ? HealthCheckResult.Healthy(FormattableString.Invariant($"{counts.Pending} pending, none parked."), data)
            : HealthCheckResult.Degraded("The inbox has " + string.Join("; ", odd) + ".", data: data);
    }
}
