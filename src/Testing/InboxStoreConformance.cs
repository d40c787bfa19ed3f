using WeChatPay.Inbox;

namespace WeChatPay.Testing;

/// <summary>
/// What every <see cref="IInboxStore"/> must keep to, as cases for any test framework. For each case make an empty database, and give a function that opens a store on it, as another process would:
/// <code>[Theory, MemberData(nameof(Cases))] public Task Keeps(InboxStoreCase one) => one.RunAsync(() => new MyStore(emptyDatabase));</code>
/// </summary>
public static class InboxStoreConformance
{
    /// <summary>The cases; each needs a database of its own.</summary>
    public static IReadOnlyList<InboxStoreCase> Cases { get; } =
    [
        new("migrating again, and by several at once, changes nothing", InboxStoreCases.MigratesOnceAsync),
        new("an item is kept as it came, to the last byte", InboxStoreCases.KeepsBytesAsync),
        new("of one notification's copies, also at once and by several processes, one is kept", InboxStoreCases.KeepsOneCopyAsync),
        new("two merchants may have the same notification number", InboxStoreCases.TellsMerchantsApartAsync),
        new("only what is due and free is leased, at most so many", InboxStoreCases.LeasesWhatIsDueAsync),
        new("items of one business key are leased in order, one at a time", InboxStoreCases.KeepsOrderAsync),
        new("several that lease at once never get the same item", InboxStoreCases.LeasesToOneAsync),
        new("an effect is committed with the mark", InboxStoreCases.CommitsTogetherAsync),
        new("an effect is rolled back with the mark", InboxStoreCases.RollsBackTogetherAsync),
        new("whoever comes after the lease's end changes nothing", InboxStoreCases.FencesAsync),
        new("of two items with one idempotency key, one takes effect", InboxStoreCases.EffectsOnceAsync),
        new("an item whose effect has happened is leased as such, and skipped", InboxStoreCases.SkipsAsync),
        new("a postponed item waits, with its error", InboxStoreCases.PostponesAsync),
        new("a parked item waits for a person, and stops no other of its key", InboxStoreCases.ParksAsync),
        new("what a person tries again waits for what is leased of its key", InboxStoreCases.RetriesInTurnAsync),
        new("a released item has not been begun", InboxStoreCases.ReleasesAsync),
        new("times that only a wrong clock can have set count as past", InboxStoreCases.SurvivesClocksAsync),
        new("nor does a wrong clock's lease stop others of its key", InboxStoreCases.SurvivesClocksWithinAKeyAsync),
        new("only what was done long ago is deleted", InboxStoreCases.PurgesAsync),
        new("items are counted, listed and found", InboxStoreCases.ListsAsync),
        new("a transaction that was ended from outside neither commits nor stays in the way", InboxStoreCases.AbortsAsync),
    ];
}

/// <summary>One promise of a store, and how it is tried.</summary>
public sealed class InboxStoreCase
{
    private readonly Func<Func<IInboxStore>, CancellationToken, Task> _run;

    internal InboxStoreCase(string name, Func<Func<IInboxStore>, CancellationToken, Task> run) => (Name, _run) = (name, run);

    /// <summary>The promise.</summary>
    public string Name { get; }

    /// <summary>Tries it on an empty database.</summary>
    /// <param name="open">Opens a store on the case's database; each call is another process.</param>
    /// <param name="cancellationToken">Gives up.</param>
    /// <exception cref="InboxStoreConformanceException">The promise is not kept.</exception>
    public Task RunAsync(Func<IInboxStore> open, CancellationToken cancellationToken = default)
    {
        ArgumentNullException.ThrowIfNull(open);
        return _run(open, cancellationToken);
    }

    /// <summary>The promise.</summary>
    public override string ToString() => Name;
}

/// <summary>A store does not keep a promise.</summary>
public sealed class InboxStoreConformanceException : Exception
{
    /// <summary>Makes one.</summary>
    public InboxStoreConformanceException()
    {
    }

    /// <summary>Makes one from a message.</summary>
    public InboxStoreConformanceException(string message)
        : base(message)
    {
    }

    /// <summary>Makes one from a message and a cause.</summary>
    public InboxStoreConformanceException(string message, Exception innerException)
        : base(message, innerException)
    {
    }
}
