using Microsoft.Extensions.Diagnostics.HealthChecks;
using WeChatPay.Inbox;

namespace Microsoft.Extensions.DependencyInjection;

/// <summary>Adds the inbox to an application's health checks.</summary>
public static class WeChatPayInboxHealthChecksBuilderExtensions
{
    /// <summary>Unhealthy when the inbox's database does not answer; degraded when something is parked, or the oldest pending item is older than <see cref="InboxOptions.AlarmingAge"/>.</summary>
    /// <param name="builder">What <c>AddHealthChecks</c> returns.</param>
    /// <param name="name">The check's name in reports.</param>
    /// <param name="tags">What the check is picked by; <c>wechatpay</c> unless given.</param>
    public static IHealthChecksBuilder AddWeChatPayInbox(this IHealthChecksBuilder builder, string name = "wechatpay-inbox", IEnumerable<string>? tags = null)
    {
        ArgumentNullException.ThrowIfNull(builder);
        return builder.Add(new HealthCheckRegistration(name, static services => ActivatorUtilities.CreateInstance<InboxHealthCheck>(services), HealthStatus.Unhealthy, tags ?? ["wechatpay"]));
    }
}
