namespace WeChatPay.Inbox;

/// <summary>
/// Where an inbox keeps its items. Every member may be called from several threads and, on a database that several processes share, by several of them.
/// The suite <c>InboxStoreConformance</c> of <c>WeChatPay.Testing</c> says whether a store keeps these promises.
/// </summary>
public interface IInboxStore
{
    /// <summary>Makes the schema, or brings it to this version, under a lock; called before anything else, perhaps by several at once.</summary>
    /// <exception cref="InboxSchemaException">The schema is newer than this program.</exception>
    Task MigrateAsync(CancellationToken cancellationToken);

    /// <summary>Keeps an item for good before it returns: true; false when one with the same merchant and notification number was there already.</summary>
    Task<bool> AddAsync(InboxItem item, CancellationToken cancellationToken);

    /// <summary>
    /// Leases items that are due and free, at most so many, the earliest due first: of the pending items of one merchant and business key only the first that came, and none while another of that key is leased.
    /// A lease that ends later than <paramref name="duration"/> from now, and a due time later than <paramref name="longestDelay"/> from now, can only come from a clock that was wrong: both count as past.
    /// </summary>
    Task<IReadOnlyList<InboxLease>> ClaimAsync(DateTimeOffset now, TimeSpan duration, TimeSpan longestDelay, int limit, CancellationToken cancellationToken);

    /// <summary>Begins the transaction in which a leased item's effects are written and the item is marked as done.</summary>
    Task<IInboxTransaction> BeginAsync(InboxLease lease, CancellationToken cancellationToken);

    /// <summary>Marks a leased item as skipped, since its effect has happened; false when the lease is not the item's last.</summary>
    Task<bool> SkipAsync(InboxLease lease, DateTimeOffset now, CancellationToken cancellationToken);

    /// <summary>Gives a leased item back, due at a time, or parked when that is null, with the reason; false when the lease is not the item's last.</summary>
    Task<bool> PostponeAsync(InboxLease lease, DateTimeOffset? dueAt, string error, CancellationToken cancellationToken);

    /// <summary>Gives a leased item back as if it had not been begun; false when the lease is not the item's last.</summary>
    Task<bool> ReleaseAsync(InboxLease lease, CancellationToken cancellationToken);

    /// <summary>How many items there are in each state.</summary>
    Task<InboxCounts> CountAsync(CancellationToken cancellationToken);

    /// <summary>Items of one state, or of any, the newest first, at most so many, older than a number where one is given.</summary>
    Task<IReadOnlyList<InboxRecord>> ListAsync(InboxState? state, long? before, int limit, CancellationToken cancellationToken);

    /// <summary>One item by its number in the inbox.</summary>
    Task<InboxRecord?> FindAsync(long sequence, CancellationToken cancellationToken);

    /// <summary>Makes a parked or pending item due now, with its attempts counted anew; all parked ones where no number is given. Says how many.</summary>
    Task<int> RetryAsync(long? sequence, DateTimeOffset now, CancellationToken cancellationToken);

    /// <summary>Deletes items that were done or skipped before a time, at most so many; says how many. What is pending or parked stays.</summary>
    Task<int> PurgeAsync(DateTimeOffset doneBefore, int limit, CancellationToken cancellationToken);
}
