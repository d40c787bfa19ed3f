using System.Data.Common;
using System.Diagnostics;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging;
using WeChatPay.Functional;

namespace WeChatPay.Inbox;

/// <summary>One attempt at one item: reads it, runs the handler, and marks it as done in the handler's own transaction.</summary>
internal sealed class InboxAttempt(InboxLease lease, IInboxStore store, InboxSeal seal, IServiceProvider services, InboxOptions options, TimeProvider clock, ILogger logger) : IAsyncDisposable
{
    private const int LongestError = 1000;

    /// <summary>How long a handler that is cancelled since the application ends may take to notice.</summary>
    private static readonly TimeSpan s_grace = TimeSpan.FromSeconds(2);

    private static readonly ActivitySource s_source = new(WeChatPayTelemetry.Name);

    private readonly Lock _ending = new();
    private readonly SemaphoreSlim _beginning = new(1, 1);
    private IInboxTransaction? _transaction;
    private bool _isOver;

    private InboxItem Item => lease.Item;

    public async Task RunAsync(Func<NotificationContext, CancellationToken, Task> handler, CancellationToken cancellationToken)
    {
        if (lease.IsEffectDone)
        {
            await SkipAsync().ConfigureAwait(false);
            return;
        }

        if (lease.Attempt > options.Retry.Attempts)
        {
            await ParkAsync(null, "Its last attempt did not end: the process was killed, or hung.").ConfigureAwait(false);
            return;
        }

        if (Read(out var problem) is not { } notification)
        {
            await ParkAsync(null, problem).ConfigureAwait(false);
            return;
        }

        try
        {
            await HandleAsync(notification, handler, cancellationToken).ConfigureAwait(false);
        }
        catch (OperationCanceledException) when (cancellationToken.IsCancellationRequested)
        {
            await RollBackAsync().ConfigureAwait(false);
            await store.ReleaseAsync(lease, CancellationToken.None).ConfigureAwait(false);
        }
#pragma warning disable CA1031 // Whatever a handler throws, the item is tried again.
        catch (Exception failure)
#pragma warning restore CA1031
        {
            await RollBackAsync().ConfigureAwait(false);
            await FailAsync(failure).ConfigureAwait(false);
        }
    }

    public async ValueTask DisposeAsync()
    {
        await RollBackAsync().ConfigureAwait(false);
        _beginning.Dispose();
    }

    private async Task HandleAsync(DecodedEvent notification, Func<NotificationContext, CancellationToken, Task> handler, CancellationToken cancellationToken)
    {
        using var span = StartSpan(notification);
        try
        {
            await RunHandlerAsync(notification, handler, cancellationToken).ConfigureAwait(false);
        }
        catch (Exception failure) when (span is not null && Fails(span, failure))
        {
            throw;
        }
    }

    /// <summary>One attempt, as a trace shows it; null where nobody listens.</summary>
    private Activity? StartSpan(DecodedEvent notification) =>
        s_source.StartActivity("WeChatPay handle " + notification.EventType, ActivityKind.Consumer)
            ?.SetTag("wechatpay.notification_id", notification.Id)
            .SetTag("wechatpay.event_type", notification.EventType)
            .SetTag("wechatpay.inbox.attempt", lease.Attempt);

    private static bool Fails(Activity span, Exception failure)
    {
        span.SetTag("error.type", failure.GetType().FullName).SetStatus(ActivityStatusCode.Error);
        return false;
    }

    private async Task RunHandlerAsync(DecodedEvent notification, Func<NotificationContext, CancellationToken, Task> handler, CancellationToken cancellationToken)
    {
        var scope = services.CreateAsyncScope();
        await using (scope.ConfigureAwait(false))
        {
            using var patience = new CancellationTokenSource(options.LeaseDuration * 0.8, clock);
            using var limit = CancellationTokenSource.CreateLinkedTokenSource(patience.Token, cancellationToken);
            using var grace = new CancellationTokenSource();
            await using var ending = cancellationToken.Register(() => grace.CancelAfter(s_grace));
            var context = new NotificationContext(notification, Item.Merchant, scope.ServiceProvider, lease.Attempt, BeginAsync);
            var token = limit.Token;

            // On a thread of its own: a handler may be stuck before it gives its task.
            var handling = Task.Run(() => handler(context, token), CancellationToken.None);
            try
            {
                await handling.WaitAsync(options.LeaseDuration, clock, grace.Token).ConfigureAwait(false);
            }
            catch (Exception failure) when (failure is TimeoutException or OperationCanceledException && !handling.IsCompleted)
            {
                await AbandonAsync(handling).ConfigureAwait(false);
                throw;
            }

            await CompleteAsync().ConfigureAwait(false);
        }
    }

    private async Task<DbTransaction> BeginAsync(CancellationToken cancellationToken)
    {
        await _beginning.WaitAsync(cancellationToken).ConfigureAwait(false);
        try
        {
            ObjectDisposedException.ThrowIf(_isOver, typeof(NotificationContext));
            var transaction = _transaction ?? await store.BeginAsync(lease, cancellationToken).ConfigureAwait(false);
            if (!TryKeep(transaction))
            {
                // The attempt ended while this waited for its turn, and nobody else would give the turn back.
                await transaction.DisposeAsync().ConfigureAwait(false);
                throw new ObjectDisposedException(nameof(NotificationContext));
            }

            return transaction.Transaction;
        }
        finally
        {
            _beginning.Release();
        }
    }

    private bool TryKeep(IInboxTransaction transaction)
    {
        lock (_ending)
        {
            _transaction = _isOver ? null : transaction;
            return !_isOver;
        }
    }

    /// <summary>Nothing can be begun any more; gives what was, to whoever asks first.</summary>
    private IInboxTransaction? End()
    {
        lock (_ending)
        {
            var transaction = _transaction;
            (_isOver, _transaction) = (true, null);
            return transaction;
        }
    }

    private async Task CompleteAsync()
    {
        // What the handler did is whole: nothing that stops the process may come between.
        await BeginAsync(CancellationToken.None).ConfigureAwait(false);
        var outcome = await _transaction!.CompleteAsync(clock.GetUtcNow(), CancellationToken.None).ConfigureAwait(false);
        await RollBackAsync().ConfigureAwait(false);
        switch (outcome)
        {
            case InboxOutcome.Done:
                logger.Handled(Item.NotificationId, Item.EventType, lease.Attempt);
                break;
            case InboxOutcome.EffectDone:
                await SkipAsync().ConfigureAwait(false);
                break;
            default:
                logger.Fenced(Item.NotificationId, Item.EventType);
                break;
        }
    }

    /// <summary>Rolls back what is not committed; nothing can be begun any more.</summary>
    private async Task RollBackAsync()
    {
        if (End() is { } transaction)
        {
            await transaction.DisposeAsync().ConfigureAwait(false);
        }
    }

    /// <summary>The handler may be stuck in its transaction, so that only from outside it can be ended.</summary>
    private async Task AbandonAsync(Task handling)
    {
        logger.Hung(Item.NotificationId, Item.EventType);
        var transaction = End();
        _ = CleanUpAsync(handling, transaction);
        if (transaction is not null)
        {
            await transaction.AbortAsync().ConfigureAwait(false);
        }
    }

    /// <summary>When the handler ends after all, nobody uses its connection any more.</summary>
    private static async Task CleanUpAsync(Task handling, IInboxTransaction? transaction)
    {
        await handling.ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        if (transaction is not null)
        {
            await transaction.DisposeAsync().ConfigureAwait(false);
        }
    }

    private DecodedEvent? Read(out string problem)
    {
        if (seal.Open(Item, out problem) is not { } item)
        {
            return null;
        }

        var read = Core.restoreWithoutVerification(new KeptNotification(
            item.NotificationId,
            item.EventType,
            item.OriginalType,
            item.CreatedAt,
            item.Summary,
            item.Serial,
            item.Resource));
        problem = read.IsError ? "The resource cannot be read: " + read.ErrorValue + "." : string.Empty;
        return read.IsOk ? read.ResultValue : null;
    }

    private async Task SkipAsync()
    {
        await store.SkipAsync(lease, clock.GetUtcNow(), CancellationToken.None).ConfigureAwait(false);
        logger.Skipped(Item.NotificationId, Item.EventType);
    }

    private async Task FailAsync(Exception failure)
    {
#pragma warning disable CA5394 // Spreads retries; nothing secret depends on it.
        var delay = options.Retry.After(lease.Attempt, Random.Shared.NextDouble());
#pragma warning restore CA5394
        var error = failure.GetType().Name + ": " + failure.Message;
        if (delay is not { } wait)
        {
            await ParkAsync(failure, error).ConfigureAwait(false);
            return;
        }

        await store.PostponeAsync(lease, clock.GetUtcNow() + wait, Short(error), CancellationToken.None).ConfigureAwait(false);
        logger.Failed(failure, Item.NotificationId, Item.EventType, lease.Attempt, wait);
    }

    private async Task ParkAsync(Exception? failure, string error)
    {
        await store.PostponeAsync(lease, null, Short(error), CancellationToken.None).ConfigureAwait(false);
        logger.Parked(failure, Item.NotificationId, Item.EventType, lease.Attempt, lease.Sequence);
    }

    private static string Short(string text) => text.Length <= LongestError ? text : text[..LongestError];
}
