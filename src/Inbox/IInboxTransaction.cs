using System.Data.Common;

namespace WeChatPay.Inbox;

/// <summary>What has come of completing an item.</summary>
public enum InboxOutcome
{
    /// <summary>The item is marked as done, and committed with all that was written beside it.</summary>
    Done = 0,

    /// <summary>Somebody else has leased the item since: everything was rolled back.</summary>
    Fenced = 1,

    /// <summary>Another item with the same idempotency key was done in the meantime: everything was rolled back.</summary>
    EffectDone = 2,
}

/// <summary>The transaction in which an item's effects are written. Disposing it before it is completed rolls back.</summary>
public interface IInboxTransaction : IAsyncDisposable
{
    /// <summary>The database's own transaction.</summary>
    DbTransaction Transaction { get; }

    /// <summary>Marks the item as done if the lease is still its last, and commits; else rolls back and says why.</summary>
    Task<InboxOutcome> CompleteAsync(DateTimeOffset now, CancellationToken cancellationToken);

    /// <summary>Ends it from outside while its user may be stuck in it: rolled back, whatever its user does later fails.</summary>
    Task AbortAsync();
}
