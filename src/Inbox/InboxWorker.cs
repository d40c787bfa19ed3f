using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;

namespace WeChatPay.Inbox;

/// <summary>Leases what is due, and runs its handler; when the application stops, begins nothing more and lets what runs come to its end.</summary>
internal sealed class InboxWorker(IInboxStore store, InboxSeal seal, InboxSignal signal, InboxHandler handler, InboxOptions options, IServiceProvider services, TimeProvider clock, ILogger<InboxWorker> logger) : BackgroundService
{
    private static readonly TimeSpan s_firstPause = TimeSpan.FromSeconds(1);
    private static readonly TimeSpan s_longestPause = TimeSpan.FromSeconds(30);
    private static readonly TimeSpan s_purgeInterval = TimeSpan.FromMinutes(10);
    private const int PurgedAtOnce = 1000;

    private readonly HashSet<Task> _running = [];
    private readonly CancellationTokenSource _giveUp = new();
    private DateTimeOffset _purgeAt;
    private Task _rung = Task.CompletedTask;
    private bool _isMigrated;

    /// <summary>Makes the tables. A database of a newer version stops the application; one that is away for the moment does not, it is waited for.</summary>
    public override async Task StartAsync(CancellationToken cancellationToken)
    {
        try
        {
            await store.MigrateAsync(cancellationToken).ConfigureAwait(false);
            _isMigrated = true;
        }
        catch (Exception failure) when (failure is not InboxSchemaException && !cancellationToken.IsCancellationRequested)
        {
            logger.StoreFailed(failure, s_firstPause);
        }

        await base.StartAsync(cancellationToken).ConfigureAwait(false);
    }

    /// <summary>Waits for what is being handled; when the host's patience ends, handlers are cancelled and their items given back.</summary>
    public override async Task StopAsync(CancellationToken cancellationToken)
    {
        await base.StopAsync(cancellationToken).ConfigureAwait(false);
        await using var ending = cancellationToken.Register(_giveUp.Cancel);
        await Task.WhenAll(_running).ConfigureAwait(false);
    }

    public override void Dispose()
    {
        _giveUp.Dispose();
        base.Dispose();
    }

    protected override async Task ExecuteAsync(CancellationToken stoppingToken)
    {
        var pause = s_firstPause;
        while (!stoppingToken.IsCancellationRequested)
        {
            try
            {
                await RoundAsync(stoppingToken).ConfigureAwait(false);
                pause = s_firstPause;
            }
            catch (OperationCanceledException) when (stoppingToken.IsCancellationRequested)
            {
                return;
            }
#pragma warning disable CA1031 // Whatever the database does, the worker goes on.
            catch (Exception failure)
#pragma warning restore CA1031
            {
                logger.StoreFailed(failure, pause);
                await Task.Delay(pause, clock, stoppingToken).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
                pause = pause * 2 < s_longestPause ? pause * 2 : s_longestPause;
            }
        }
    }

    private async Task RoundAsync(CancellationToken stoppingToken)
    {
        if (!_isMigrated)
        {
            await store.MigrateAsync(stoppingToken).ConfigureAwait(false);
            _isMigrated = true;
        }

        await PurgeAsync(stoppingToken).ConfigureAwait(false);
        _running.RemoveWhere(static task => task.IsCompleted);
        var free = options.Concurrency - _running.Count;
        var leases = free == 0 ? [] : await store.ClaimAsync(clock.GetUtcNow(), options.LeaseDuration, options.Retry.LongestDelay, free, stoppingToken).ConfigureAwait(false);
        foreach (var lease in leases)
        {
            _running.Add(Task.Run(() => HandleAsync(lease), CancellationToken.None));
        }

        if (leases.Count < free || free == 0)
        {
            // Something new, or an end of something that runs: its business key may have more. A wait that was left would hear the next ring in this one's place.
            _rung = _rung.IsCompleted ? signal.WaitAsync(options.PollInterval, stoppingToken) : _rung;
            await Task.WhenAny([_rung, .. _running]).ConfigureAwait(false);
        }
    }

    private async Task HandleAsync(InboxLease lease)
    {
        try
        {
            await using var attempt = new InboxAttempt(lease, store, seal, services, options, clock, logger);
            await attempt.RunAsync(handler.Run, _giveUp.Token).ConfigureAwait(false);
        }
#pragma warning disable CA1031 // The database is gone: the lease ends by itself.
        catch (Exception failure)
#pragma warning restore CA1031
        {
            logger.StoreFailed(failure, options.LeaseDuration);
        }
    }

    private async Task PurgeAsync(CancellationToken cancellationToken)
    {
        var now = clock.GetUtcNow();
        if (now < _purgeAt)
        {
            return;
        }

        var purged = await store.PurgeAsync(now - options.Retention, PurgedAtOnce, cancellationToken).ConfigureAwait(false);
        _purgeAt = purged == PurgedAtOnce ? now : now + s_purgeInterval;
        if (purged > 0)
        {
            logger.Purged(purged);
        }
    }
}
