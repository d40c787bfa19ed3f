using System.Diagnostics.Metrics;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;

namespace WeChatPay.Inbox;

/// <summary>Says every few seconds how many items wait, on the meter <c>WeChatPay</c>; counts nothing while nobody listens.</summary>
internal sealed class InboxMeter : BackgroundService
{
    private static readonly TimeSpan s_interval = TimeSpan.FromSeconds(15);

    private readonly IInboxStore _store;
    private readonly TimeProvider _clock;
    private readonly ILogger _logger;
    private readonly Meter? _own;
    private readonly Gauge<long> _pending;
    private readonly Gauge<long> _parked;
    private readonly Gauge<double> _age;

    public InboxMeter(IInboxStore store, TimeProvider clock, ILogger<InboxMeter> logger, IMeterFactory? meters = null)
    {
        (_store, _clock, _logger) = (store, clock, logger);
        _own = meters is null ? new Meter(WeChatPayTelemetry.Name) : null;
        var meter = _own ?? meters!.Create(WeChatPayTelemetry.Name);
        _pending = meter.CreateGauge<long>("wechatpay.inbox.pending", "{notification}", "Notifications that wait or are being handled.");
        _parked = meter.CreateGauge<long>("wechatpay.inbox.parked", "{notification}", "Notifications that wait for a person.");
        _age = meter.CreateGauge<double>("wechatpay.inbox.oldest_pending", "s", "How long the oldest pending notification has waited.");
    }

    public override void Dispose()
    {
        _own?.Dispose();
        base.Dispose();
    }

    protected override async Task ExecuteAsync(CancellationToken stoppingToken)
    {
        while (!stoppingToken.IsCancellationRequested)
        {
            if (_pending.Enabled || _parked.Enabled || _age.Enabled)
            {
                await RecordAsync(stoppingToken).ConfigureAwait(false);
            }

            await Task.Delay(s_interval, _clock, stoppingToken).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        }
    }

    private async Task RecordAsync(CancellationToken cancellationToken)
    {
        try
        {
            var counts = await _store.CountAsync(cancellationToken).ConfigureAwait(false);
            _pending.Record(counts.Pending);
            _parked.Record(counts.Parked);
            _age.Record(counts.Age(_clock.GetUtcNow()).TotalSeconds);
        }
#pragma warning disable CA1031 // The worker says that the database is away; a gauge only misses a turn.
        catch (Exception failure) when (!cancellationToken.IsCancellationRequested)
#pragma warning restore CA1031
        {
            _logger.NotCounted(failure);
        }
        catch (OperationCanceledException)
        {
            // The application stops.
        }
    }
}
