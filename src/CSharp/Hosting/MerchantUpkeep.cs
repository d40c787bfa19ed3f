using System.Collections.Concurrent;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Options;

namespace WeChatPay;

/// <summary>The clients that the application has made, by the merchant's name; the direct one first.</summary>
internal sealed class LiveClients
{
    private readonly ConcurrentDictionary<string, List<MerchantClient>> _clients = new(StringComparer.Ordinal);

    public TClient Add<TClient>(string name, TClient client)
        where TClient : MerchantClient
    {
        var clients = _clients.GetOrAdd(name, static _ => []);
        lock (clients)
        {
            clients.Add(client);
        }

        return client;
    }

    public MerchantClient[] Of(string name)
    {
        if (!_clients.TryGetValue(name, out var clients))
        {
            return [];
        }

        lock (clients)
        {
            return [.. clients];
        }
    }
}

/// <summary>
/// Every minute: what is due of the platform's certificates is asked, also while nobody calls, and so that they are there before the first payment;
/// and a merchant whose settings or key files have changed takes the new ones, without a restart.
/// </summary>
internal sealed class MerchantUpkeep(IServiceProvider services, LiveClients live, TimeProvider clock) : BackgroundService
{
    private static readonly TimeSpan s_pause = TimeSpan.FromMinutes(1);

    /// <summary>Reads what is set and judges nothing: that is done when something has changed, since it reads every key.</summary>
    private readonly OptionsFactory<WeChatPayOptions> _unjudged = new(services.GetServices<IConfigureOptions<WeChatPayOptions>>(), services.GetServices<IPostConfigureOptions<WeChatPayOptions>>());
    private readonly ILogger _logger = services.GetService<ILoggerFactory>()?.CreateLogger("WeChatPay") ?? Microsoft.Extensions.Logging.Abstractions.NullLogger.Instance;
    private readonly Dictionary<string, string> _fingerprints = new(StringComparer.Ordinal);

    protected override async Task ExecuteAsync(CancellationToken stoppingToken)
    {
        string[] names = [.. services.GetServices<MerchantName>().Select(static name => name.Text).Distinct(StringComparer.Ordinal)];
        foreach (var name in names)
        {
            _fingerprints[name] = OptionsFingerprint.Of(services.GetRequiredService<IOptionsMonitor<WeChatPayOptions>>().Get(name));
        }

        using var timer = new PeriodicTimer(s_pause, clock);
        do
        {
            foreach (var name in names)
            {
                Look(name);
            }
        }
        while (await timer.WaitForNextTickAsync(stoppingToken).ConfigureAwait(false));
    }

    private void Look(string name)
    {
        try
        {
            // Read anew: a monitor would throw what is wrong at whoever changed the settings.
            var options = _unjudged.Create(name);
            var fingerprint = OptionsFingerprint.Of(options);
            if (fingerprint != _fingerprints[name])
            {
                Reload(name, services.GetRequiredService<IOptionsFactory<WeChatPayOptions>>().Create(name));

                // Only now: what is wrong is tried again, and said again, until it is right.
                _fingerprints[name] = fingerprint;
                services.GetRequiredService<IOptionsMonitorCache<WeChatPayOptions>>().TryRemove(name);
            }

            if (options.DownloadPlatformCertificates)
            {
                services.GetRequiredKeyedService<WeChatPayNotifications>(name).ReceivedBy?.Tick();
            }
        }
        catch (OptionsValidationException failure)
        {
            _logger.SettingsNotTaken(name, string.Join(" ", failure.Failures));
        }
        catch (WeChatPayConfigurationException failure)
        {
            _logger.SettingsNotTaken(name, failure.Message);
        }
    }

    private void Reload(string name, WeChatPayOptions options)
    {
        var clients = live.Of(name);
        var first = Array.Find(clients, static client => client is WeChatPayClient);
        first?.Reload(options, platform: null);
        foreach (var client in clients.Where(client => client != first))
        {
            client.Reload(options, first?.PlatformKeys);
        }

        if (clients.Length > 0)
        {
            _logger.SettingsTaken(name);
        }
    }
}
