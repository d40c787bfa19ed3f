using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Options;

namespace WeChatPay;

/// <summary>Has the certificates of the merchants who download them there before the first payment, and renewed while nobody calls: the keys are asked every minute whether something is due.</summary>
internal sealed class PlatformKeyRenewal(IServiceProvider services, TimeProvider clock) : BackgroundService
{
    private static readonly TimeSpan s_pause = TimeSpan.FromMinutes(1);

    protected override async Task ExecuteAsync(CancellationToken stoppingToken)
    {
        var options = services.GetRequiredService<IOptionsMonitor<WeChatPayOptions>>();
        string[] names = [.. services.GetServices<MerchantName>().Select(static name => name.Text).Distinct(StringComparer.Ordinal).Where(name => options.Get(name).DownloadPlatformCertificates)];
        if (names.Length == 0)
        {
            return;
        }

        using var timer = new PeriodicTimer(s_pause, clock);
        do
        {
            foreach (var name in names)
            {
                services.GetRequiredKeyedService<WeChatPayNotifications>(name).ReceivedBy?.Tick();
            }
        }
        while (await timer.WaitForNextTickAsync(stoppingToken).ConfigureAwait(false));
    }
}
