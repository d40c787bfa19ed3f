using System.Data.Common;
using WeChatPay.Inbox;

namespace WeChatPay.Testing;

/// <content>What becomes of items that were leased.</content>
internal static partial class InboxStoreCases
{
    public static async Task CommitsTogetherAsync(Func<IInboxStore> open, CancellationToken cancellationToken)
    {
        var (store, lease) = await OneLeasedAsync(open, cancellationToken).ConfigureAwait(false);
        var transaction = await store.BeginAsync(lease, cancellationToken).ConfigureAwait(false);
        await using (transaction.ConfigureAwait(false))
        {
            await WriteEffectAsync(transaction.Transaction, "tea", cancellationToken).ConfigureAwait(false);
            Demand(await transaction.CompleteAsync(s_start.AddSeconds(1), cancellationToken).ConfigureAwait(false) == InboxOutcome.Done, "it is done");
        }

        Demand(await EffectsAsync(store, lease, cancellationToken).ConfigureAwait(false) == 1, "the effect is there");
        var record = await store.FindAsync(lease.Sequence, cancellationToken).ConfigureAwait(false);
        Demand(record is { State: InboxState.Done, LeasedUntil: null, Error: null } && record.DoneAt == s_start.AddSeconds(1), "the mark is there");
        Demand((await ClaimAsync(store, s_start.AddDays(1), cancellationToken).ConfigureAwait(false)).Count == 0, "what is done is not leased again");
    }

    public static async Task RollsBackTogetherAsync(Func<IInboxStore> open, CancellationToken cancellationToken)
    {
        var (store, lease) = await OneLeasedAsync(open, cancellationToken).ConfigureAwait(false);
        await MakeEffectsAsync(store, cancellationToken).ConfigureAwait(false);
        var transaction = await store.BeginAsync(lease, cancellationToken).ConfigureAwait(false);
        await using (transaction.ConfigureAwait(false))
        {
            await ExecuteAsync(transaction.Transaction, "INSERT INTO conformance_effects (id) VALUES ('tea')", cancellationToken).ConfigureAwait(false);
        }

        Demand(await EffectsAsync(store, lease, cancellationToken).ConfigureAwait(false) == 0, "the effect is not there");
        Demand(await store.FindAsync(lease.Sequence, cancellationToken).ConfigureAwait(false) is { State: InboxState.Pending }, "nor is the mark");
    }

    public static async Task FencesAsync(Func<IInboxStore> open, CancellationToken cancellationToken)
    {
        var (store, late) = await OneLeasedAsync(open, cancellationToken).ConfigureAwait(false);
        await MakeEffectsAsync(store, cancellationToken).ConfigureAwait(false);
        var newer = (await ClaimAsync(open(), s_start.AddMinutes(2), cancellationToken).ConfigureAwait(false)).Single(lease => lease.Sequence == late.Sequence);
        var transaction = await store.BeginAsync(late, cancellationToken).ConfigureAwait(false);
        await using (transaction.ConfigureAwait(false))
        {
            await ExecuteAsync(transaction.Transaction, "INSERT INTO conformance_effects (id) VALUES ('late')", cancellationToken).ConfigureAwait(false);
            Demand(await transaction.CompleteAsync(s_start, cancellationToken).ConfigureAwait(false) == InboxOutcome.Fenced, "the late one is fenced off");
        }

        Demand(await EffectsAsync(store, newer, cancellationToken).ConfigureAwait(false) == 0, "what it wrote is rolled back");
        Demand(!await store.PostponeAsync(late, s_start.AddDays(1), "late", cancellationToken).ConfigureAwait(false), "it cannot postpone");
        Demand(!await store.PostponeAsync(late, null, "late", cancellationToken).ConfigureAwait(false), "it cannot park");
        Demand(!await store.ReleaseAsync(late, cancellationToken).ConfigureAwait(false), "it cannot release");
        Demand(!await store.SkipAsync(late, s_start, cancellationToken).ConfigureAwait(false), "it cannot skip");
        Demand(await CompleteAsync(store, newer, cancellationToken).ConfigureAwait(false) == InboxOutcome.Done, "the newer lease holds");
    }

    public static async Task EffectsOnceAsync(Func<IInboxStore> open, CancellationToken cancellationToken)
    {
        var store = await OpenAsync(open, cancellationToken).ConfigureAwait(false);
        await store.AddAsync(Item("1", key: "one", effect: "same"), cancellationToken).ConfigureAwait(false);
        await store.AddAsync(Item("2", key: "two", effect: "same"), cancellationToken).ConfigureAwait(false);
        await store.AddAsync(Item("3", merchant: "another", key: "two", effect: "same"), cancellationToken).ConfigureAwait(false);
        var leases = await ClaimAsync(store, s_start, cancellationToken).ConfigureAwait(false);
        await MakeEffectsAsync(store, cancellationToken).ConfigureAwait(false);
        var outcomes = new List<InboxOutcome>();
        foreach (var lease in leases)
        {
            var transaction = await store.BeginAsync(lease, cancellationToken).ConfigureAwait(false);
            await using (transaction.ConfigureAwait(false))
            {
                await ExecuteAsync(transaction.Transaction, "INSERT INTO conformance_effects (id) VALUES ('" + lease.Item.NotificationId + "')", cancellationToken).ConfigureAwait(false);
                outcomes.Add(await transaction.CompleteAsync(s_start, cancellationToken).ConfigureAwait(false));
            }
        }

        Demand(outcomes is [InboxOutcome.Done, InboxOutcome.EffectDone, InboxOutcome.Done], "one of the merchant's two is done, and the other merchant's");
        Demand(await EffectsAsync(store, leases[0], cancellationToken).ConfigureAwait(false) == 2, "the second's effect is rolled back");
    }

    public static async Task SkipsAsync(Func<IInboxStore> open, CancellationToken cancellationToken)
    {
        var store = await OpenAsync(open, cancellationToken).ConfigureAwait(false);
        await store.AddAsync(Item("1", effect: "same"), cancellationToken).ConfigureAwait(false);
        var first = (await ClaimAsync(store, s_start, cancellationToken).ConfigureAwait(false)).Single();
        await CompleteAsync(store, first, cancellationToken).ConfigureAwait(false);
        await store.AddAsync(Item("2", effect: "same"), cancellationToken).ConfigureAwait(false);
        var second = (await ClaimAsync(store, s_start, cancellationToken).ConfigureAwait(false)).Single();
        Demand(!first.IsEffectDone && second.IsEffectDone, "the second is leased as one whose effect has happened");
        Demand(await store.SkipAsync(second, s_start, cancellationToken).ConfigureAwait(false), "it is skipped");
        Demand(await store.FindAsync(second.Sequence, cancellationToken).ConfigureAwait(false) is { State: InboxState.Skipped }, "and says so");
        Demand((await ClaimAsync(store, s_start.AddDays(1), cancellationToken).ConfigureAwait(false)).Count == 0, "nothing is left");
    }

    public static async Task PostponesAsync(Func<IInboxStore> open, CancellationToken cancellationToken)
    {
        var (store, lease) = await OneLeasedAsync(open, cancellationToken).ConfigureAwait(false);
        Demand(await store.PostponeAsync(lease, s_start.AddSeconds(30), "Boom: 壹", cancellationToken).ConfigureAwait(false), "it is postponed");
        Demand((await ClaimAsync(store, s_start.AddSeconds(29), cancellationToken).ConfigureAwait(false)).Count == 0, "it waits");
        Demand(await store.FindAsync(lease.Sequence, cancellationToken).ConfigureAwait(false) is { Error: "Boom: 壹", Attempts: 1, State: InboxState.Pending }, "its error is kept");
        Demand((await ClaimAsync(store, s_start.AddSeconds(30), cancellationToken).ConfigureAwait(false)).Single() is { Attempt: 2 }, "it comes again");
    }

    public static async Task ParksAsync(Func<IInboxStore> open, CancellationToken cancellationToken)
    {
        var store = await OpenAsync(open, cancellationToken).ConfigureAwait(false);
        await store.AddAsync(Item("1", key: "tea"), cancellationToken).ConfigureAwait(false);
        await store.AddAsync(Item("2", key: "tea"), cancellationToken).ConfigureAwait(false);
        var lease = (await ClaimAsync(store, s_start, cancellationToken).ConfigureAwait(false)).Single();
        Demand(await store.PostponeAsync(lease, null, "Boom", cancellationToken).ConfigureAwait(false), "it is parked");
        Demand(await store.FindAsync(lease.Sequence, cancellationToken).ConfigureAwait(false) is { State: InboxState.Parked, Error: "Boom" }, "with its error");
        var next = (await ClaimAsync(store, s_start, cancellationToken).ConfigureAwait(false)).Single();
        Demand(next.Item.NotificationId == "2", "the next of its key goes on");
        await CompleteAsync(store, next, cancellationToken).ConfigureAwait(false);
        Demand((await ClaimAsync(store, s_start.AddDays(9), cancellationToken).ConfigureAwait(false)).Count == 0, "it comes by itself no more");
        Demand(await store.RetryAsync(lease.Sequence, s_start, cancellationToken).ConfigureAwait(false) == 1, "a person tries it again");
        Demand((await ClaimAsync(store, s_start, cancellationToken).ConfigureAwait(false)).Single() is { Attempt: 1 }, "as if for the first time");
        Demand(await store.RetryAsync(next.Sequence, s_start, cancellationToken).ConfigureAwait(false) == 0, "what is done is not tried again");
    }

    public static async Task RetriesInTurnAsync(Func<IInboxStore> open, CancellationToken cancellationToken)
    {
        var (store, parked, later) = await ParkedAndLeasedAsync(open, s_start, cancellationToken).ConfigureAwait(false);
        Demand(await store.RetryAsync(parked.Sequence, s_start, cancellationToken).ConfigureAwait(false) == 1, "a person tries the first again");
        Demand((await ClaimAsync(open(), s_start, cancellationToken).ConfigureAwait(false)).Count == 0, "nobody gets it while the second is leased");
        await CompleteAsync(store, later, cancellationToken).ConfigureAwait(false);
        Demand((await ClaimAsync(store, s_start, cancellationToken).ConfigureAwait(false)).Single().Sequence == parked.Sequence, "then it is its turn");
    }

    public static async Task ReleasesAsync(Func<IInboxStore> open, CancellationToken cancellationToken)
    {
        var (store, lease) = await OneLeasedAsync(open, cancellationToken).ConfigureAwait(false);
        Demand(await store.ReleaseAsync(lease, cancellationToken).ConfigureAwait(false), "it is released");
        Demand((await ClaimAsync(store, s_start, cancellationToken).ConfigureAwait(false)).Single() is { Attempt: 1 } again && again.Fence > lease.Fence, "it is due at once, in its first attempt");
    }

    public static async Task SurvivesClocksAsync(Func<IInboxStore> open, CancellationToken cancellationToken)
    {
        var store = await OpenAsync(open, cancellationToken).ConfigureAwait(false);
        await store.AddAsync(Item("leased"), cancellationToken).ConfigureAwait(false);
        await store.AddAsync(Item("due"), cancellationToken).ConfigureAwait(false);
        var ahead = await ClaimAsync(store, s_start.AddHours(1), cancellationToken).ConfigureAwait(false);
        await store.PostponeAsync(ahead.Single(static lease => lease.Item.NotificationId == "due"), s_start.AddHours(1).AddSeconds(1), "Boom", cancellationToken).ConfigureAwait(false);
        var back = await ClaimAsync(store, s_start, cancellationToken).ConfigureAwait(false);
        Demand(back.Count == 2, "an hour's jump back of the clock keeps nothing waiting for an hour");
    }

    public static async Task SurvivesClocksWithinAKeyAsync(Func<IInboxStore> open, CancellationToken cancellationToken)
    {
        var (store, parked, _) = await ParkedAndLeasedAsync(open, s_start.AddHours(1), cancellationToken).ConfigureAwait(false);
        await store.RetryAsync(parked.Sequence, s_start, cancellationToken).ConfigureAwait(false);
        Demand((await ClaimAsync(store, s_start, cancellationToken).ConfigureAwait(false)).Single().Sequence == parked.Sequence, "a lease from an hour ahead keeps no other of its key waiting");
    }

    public static async Task PurgesAsync(Func<IInboxStore> open, CancellationToken cancellationToken)
    {
        var store = await OpenAsync(open, cancellationToken).ConfigureAwait(false);
        foreach (var id in new[] { "done", "skipped", "parked", "pending" })
        {
            await store.AddAsync(Item(id), cancellationToken).ConfigureAwait(false);
        }

        var leases = (await ClaimAsync(store, s_start, cancellationToken).ConfigureAwait(false)).ToDictionary(static lease => lease.Item.NotificationId);
        await CompleteAsync(store, leases["done"], cancellationToken).ConfigureAwait(false);
        await store.SkipAsync(leases["skipped"], s_start, cancellationToken).ConfigureAwait(false);
        await store.PostponeAsync(leases["parked"], null, "Boom", cancellationToken).ConfigureAwait(false);
        Demand(await store.PurgeAsync(s_start, 100, cancellationToken).ConfigureAwait(false) == 0, "what was done since stays");
        Demand(await store.PurgeAsync(s_start.AddDays(1), 1, cancellationToken).ConfigureAwait(false) == 1, "at most so many");
        Demand(await store.PurgeAsync(s_start.AddDays(1), 100, cancellationToken).ConfigureAwait(false) == 1, "then the rest");
        var left = await store.CountAsync(cancellationToken).ConfigureAwait(false);
        Demand(left is { Pending: 1, Parked: 1, Done: 0 }, "what is pending or parked stays for ever");
    }

    public static async Task ListsAsync(Func<IInboxStore> open, CancellationToken cancellationToken)
    {
        var store = await OpenAsync(open, cancellationToken).ConfigureAwait(false);
        Demand(await store.CountAsync(cancellationToken).ConfigureAwait(false) == default, "an empty inbox has nothing");
        foreach (var id in new[] { "1", "2", "3" })
        {
            await store.AddAsync(Item(id), cancellationToken).ConfigureAwait(false);
        }

        var first = await store.ClaimAsync(s_start, s_lease, s_longestDelay, 1, cancellationToken).ConfigureAwait(false);
        await store.PostponeAsync(first[0], null, "Boom", cancellationToken).ConfigureAwait(false);
        var all = await store.ListAsync(null, null, 2, cancellationToken).ConfigureAwait(false);
        Demand(all.Select(static record => record.Item.NotificationId).SequenceEqual(["3", "2"]), "the newest first, at most so many");
        var older = await store.ListAsync(null, all[^1].Sequence, 2, cancellationToken).ConfigureAwait(false);
        Demand(older.Select(static record => record.Item.NotificationId).SequenceEqual(["1"]), "then the older ones");
        var parked = await store.ListAsync(InboxState.Parked, null, 9, cancellationToken).ConfigureAwait(false);
        Demand(parked.Single().Sequence == first[0].Sequence, "of one state");
        Demand(await store.FindAsync(long.MaxValue, cancellationToken).ConfigureAwait(false) is null, "what is not there is not found");
        Demand(await store.CountAsync(cancellationToken).ConfigureAwait(false) == new InboxCounts(2, 1, 0, s_start), "counted, and since when the oldest waits");
        Demand(await store.RetryAsync(null, s_start, cancellationToken).ConfigureAwait(false) == 1, "all parked ones are tried again");
    }

    public static async Task AbortsAsync(Func<IInboxStore> open, CancellationToken cancellationToken)
    {
        var (store, lease) = await OneLeasedAsync(open, cancellationToken).ConfigureAwait(false);
        await MakeEffectsAsync(store, cancellationToken).ConfigureAwait(false);
        var stuck = await store.BeginAsync(lease, cancellationToken).ConfigureAwait(false);
        await ExecuteAsync(stuck.Transaction, "INSERT INTO conformance_effects (id) VALUES ('stuck')", cancellationToken).ConfigureAwait(false);
        await stuck.AbortAsync().ConfigureAwait(false);
        var outcome = await Record(() => stuck.CompleteAsync(s_start, cancellationToken)).ConfigureAwait(false);
        await Record(() => stuck.DisposeAsync().AsTask()).ConfigureAwait(false);
        Demand(outcome is not null, "it cannot be completed");
        Demand(await EffectsAsync(store, lease, cancellationToken).ConfigureAwait(false) == 0, "what it wrote is rolled back");
        Demand(await CompleteAsync(store, lease, cancellationToken).ConfigureAwait(false) == InboxOutcome.Done, "another transaction has its turn");
    }

    private static async Task<(IInboxStore Store, InboxLease Lease)> OneLeasedAsync(Func<IInboxStore> open, CancellationToken cancellationToken)
    {
        var store = await OpenAsync(open, cancellationToken).ConfigureAwait(false);
        await store.AddAsync(Item("1"), cancellationToken).ConfigureAwait(false);
        return (store, (await ClaimAsync(store, s_start, cancellationToken).ConfigureAwait(false)).Single());
    }

    /// <summary>Two items of one key, of which the first is parked and the second leased at a time.</summary>
    private static async Task<(IInboxStore Store, InboxLease Parked, InboxLease Leased)> ParkedAndLeasedAsync(Func<IInboxStore> open, DateTimeOffset now, CancellationToken cancellationToken)
    {
        var store = await OpenAsync(open, cancellationToken).ConfigureAwait(false);
        await store.AddAsync(Item("1", key: "tea"), cancellationToken).ConfigureAwait(false);
        await store.AddAsync(Item("2", key: "tea"), cancellationToken).ConfigureAwait(false);
        var parked = (await ClaimAsync(store, s_start, cancellationToken).ConfigureAwait(false)).Single();
        await store.PostponeAsync(parked, null, "Boom", cancellationToken).ConfigureAwait(false);
        return (store, parked, (await ClaimAsync(store, now, cancellationToken).ConfigureAwait(false)).Single());
    }

    /// <summary>Makes the table of effects, in the transaction of an item that is made for it.</summary>
    private static async Task MakeEffectsAsync(IInboxStore store, CancellationToken cancellationToken)
    {
        var maker = Item("the table of effects");
        await store.AddAsync(maker, cancellationToken).ConfigureAwait(false);
        var lease = (await store.ClaimAsync(s_start, s_lease, s_longestDelay, 100, cancellationToken).ConfigureAwait(false)).Single(lease => lease.Item.NotificationId == maker.NotificationId);
        var transaction = await store.BeginAsync(lease, cancellationToken).ConfigureAwait(false);
        await using (transaction.ConfigureAwait(false))
        {
            await ExecuteAsync(transaction.Transaction, "CREATE TABLE conformance_effects (id varchar(64) NOT NULL)", cancellationToken).ConfigureAwait(false);
            Demand(await transaction.CompleteAsync(s_start, cancellationToken).ConfigureAwait(false) == InboxOutcome.Done, "a table can be made in an item's transaction");
        }
    }

    private static async Task WriteEffectAsync(DbTransaction transaction, string id, CancellationToken cancellationToken)
    {
        await ExecuteAsync(transaction, "CREATE TABLE conformance_effects (id varchar(64) NOT NULL)", cancellationToken).ConfigureAwait(false);
        await ExecuteAsync(transaction, "INSERT INTO conformance_effects (id) VALUES ('" + id + "')", cancellationToken).ConfigureAwait(false);
    }

    /// <summary>How many effects there are, seen from a transaction that changes nothing.</summary>
    private static async Task<long> EffectsAsync(IInboxStore store, InboxLease lease, CancellationToken cancellationToken)
    {
        var looking = await store.BeginAsync(lease, cancellationToken).ConfigureAwait(false);
        await using (looking.ConfigureAwait(false))
        {
            var command = looking.Transaction.Connection!.CreateCommand();
            await using (command.ConfigureAwait(false))
            {
                command.Transaction = looking.Transaction;
                command.CommandText = "SELECT COUNT(*) FROM conformance_effects";
                return Convert.ToInt64(await command.ExecuteScalarAsync(cancellationToken).ConfigureAwait(false), System.Globalization.CultureInfo.InvariantCulture);
            }
        }
    }

    private static async Task ExecuteAsync(DbTransaction transaction, string text, CancellationToken cancellationToken)
    {
        var command = transaction.Connection!.CreateCommand();
        await using (command.ConfigureAwait(false))
        {
            command.Transaction = transaction;
#pragma warning disable CA2100 // The texts are this suite's own.
            command.CommandText = text;
#pragma warning restore CA2100
            await command.ExecuteNonQueryAsync(cancellationToken).ConfigureAwait(false);
        }
    }

    /// <summary>What was thrown, or null.</summary>
    private static async Task<Exception?> Record(Func<Task> act)
    {
        try
        {
            await act().ConfigureAwait(false);
            return null;
        }
#pragma warning disable CA1031 // Any exception is the answer.
        catch (Exception failure)
#pragma warning restore CA1031
        {
            return failure;
        }
    }
}
