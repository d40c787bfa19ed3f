using WeChatPay.Inbox;

namespace WeChatPay.Chaos;

/// <summary>A store that keeps its promises, or breaks one on request, so that the count can be seen to go wrong.</summary>
internal sealed class BreakableStore(IInboxStore inner, string broken) : IInboxStore
{
    public Task MigrateAsync(CancellationToken cancellationToken) => inner.MigrateAsync(cancellationToken);

    public async Task<bool> AddAsync(InboxItem item, CancellationToken cancellationToken)
    {
        switch (broken)
        {
            case "uniqueness":
                return await inner.AddAsync(Distinct(item), cancellationToken);
            case "answer-first":
                // The answer goes out, and what is in memory goes with the next kill.
                _ = Task.Delay(TimeSpan.FromMilliseconds(300), CancellationToken.None).ContinueWith(_ => inner.AddAsync(item, CancellationToken.None), TaskScheduler.Default);
                return true;
            default:
                return await inner.AddAsync(item, cancellationToken);
        }
    }

    public Task<IReadOnlyList<InboxLease>> ClaimAsync(DateTimeOffset now, TimeSpan duration, TimeSpan longestDelay, int limit, CancellationToken cancellationToken) =>
        inner.ClaimAsync(now, duration, longestDelay, limit, cancellationToken);

    public Task<IInboxTransaction> BeginAsync(InboxLease lease, CancellationToken cancellationToken) => inner.BeginAsync(lease, cancellationToken);

    public Task<bool> SkipAsync(InboxLease lease, DateTimeOffset now, CancellationToken cancellationToken) => inner.SkipAsync(lease, now, cancellationToken);

    public Task<bool> PostponeAsync(InboxLease lease, DateTimeOffset? dueAt, string error, CancellationToken cancellationToken) => inner.PostponeAsync(lease, dueAt, error, cancellationToken);

    public Task<bool> ReleaseAsync(InboxLease lease, CancellationToken cancellationToken) => inner.ReleaseAsync(lease, cancellationToken);

    public Task<InboxCounts> CountAsync(CancellationToken cancellationToken) => inner.CountAsync(cancellationToken);

    public Task<IReadOnlyList<InboxRecord>> ListAsync(InboxState? state, long? before, int limit, CancellationToken cancellationToken) => inner.ListAsync(state, before, limit, cancellationToken);

    public Task<InboxRecord?> FindAsync(long sequence, CancellationToken cancellationToken) => inner.FindAsync(sequence, cancellationToken);

    public Task<int> RetryAsync(long? sequence, DateTimeOffset now, CancellationToken cancellationToken) => inner.RetryAsync(sequence, now, cancellationToken);

    public Task<int> PurgeAsync(DateTimeOffset doneBefore, int limit, CancellationToken cancellationToken) => inner.PurgeAsync(doneBefore, limit, cancellationToken);

    /// <summary>Each copy looks like a notification of its own, about an effect of its own: as without the unique indexes.</summary>
    private static InboxItem Distinct(InboxItem item) => new(item)
    {
        NotificationId = item.NotificationId + "-" + Guid.NewGuid().ToString("n"),
        IdempotencyKey = item.IdempotencyKey + "-" + Guid.NewGuid().ToString("n"),
    };
}
