using System.Globalization;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Diagnostics.HealthChecks;
using WeChatPay;
using WeChatPay.AspNetCore;
using WeChatPay.Functional;

namespace WeChatPay.AspNetCore
{
    /// <summary>Whether the platform's keys are there and valid; nothing is read or called.</summary>
    internal sealed class WeChatPayHealthCheck(Func<Keyring> keys, TimeSpan soon, TimeProvider clock) : IHealthCheck
    {
        public Task<HealthCheckResult> CheckHealthAsync(HealthCheckContext context, CancellationToken cancellationToken = default)
        {
            ArgumentNullException.ThrowIfNull(context);
            return Task.FromResult(KeyringModule.outlook(soon, clock.GetUtcNow(), keys()) switch
            {
                KeyOutlook.Lasting lasting => HealthCheckResult.Healthy("The platform key " + lasting.Serial + " is valid."),
                KeyOutlook.Ending ending => HealthCheckResult.Degraded("The platform certificate " + ending.Serial + " ends " + Day(ending.NotAfter) + ": download the platform's certificates again."),
                KeyOutlook.NoneCurrent none => new HealthCheckResult(context.Registration.FailureStatus, "None of " + none.Keys.ToString(CultureInfo.InvariantCulture) + " platform keys is valid now: every notification and every answer is refused."),
                _ => throw new InvalidOperationException("No outlook."),
            });
        }

        private static string Day(DateTimeOffset time) => time.UtcDateTime.ToString("yyyy-MM-dd", CultureInfo.InvariantCulture);
    }
}

namespace Microsoft.Extensions.DependencyInjection
{
    /// <summary>Adds WeChat Pay to an application's health checks.</summary>
    public static class WeChatPayHealthChecksBuilderExtensions
    {
        private static readonly TimeSpan s_soon = TimeSpan.FromDays(14);

        /// <summary>Healthy while the platform's keys are there and valid; degraded when the last certificate ends soon; unhealthy when none is valid. Nothing is read or called.</summary>
        /// <param name="builder">The application's health checks.</param>
        /// <param name="merchant">The name that the merchant was added under; none for the one without.</param>
        /// <param name="endsWithin">How soon a certificate's end is told; 14 days unless set.</param>
        public static IHealthChecksBuilder AddWeChatPay(this IHealthChecksBuilder builder, string merchant = "", TimeSpan? endsWithin = null)
        {
            ArgumentNullException.ThrowIfNull(builder);
            ArgumentNullException.ThrowIfNull(merchant);
            return builder.Add(new HealthCheckRegistration(
                merchant.Length == 0 ? "wechatpay" : "wechatpay:" + merchant,
                services => new WeChatPayHealthCheck(
                    () => services.GetRequiredKeyedService<WeChatPayNotifications>(merchant).Keys ?? KeyringModule.none,
                    endsWithin ?? s_soon,
                    services.GetRequiredService<TimeProvider>()),
                failureStatus: HealthStatus.Unhealthy,
                tags: ["wechatpay"]));
        }
    }
}
