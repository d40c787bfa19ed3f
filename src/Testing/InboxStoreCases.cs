using System.Globalization;
using System.Text;
using WeChatPay.Inbox;

namespace WeChatPay.Testing;

/// <summary>The cases of <see cref="InboxStoreConformance"/>: how items are kept and leased.</summary>
internal static partial class InboxStoreCases
{
    private static readonly DateTimeOffset s_start = new(2026, 1, 31, 0, 0, 0, TimeSpan.Zero);
    private static readonly TimeSpan s_lease = TimeSpan.FromMinutes(1);
    private static readonly TimeSpan s_longestDelay = TimeSpan.FromMinutes(30);

    public static async Task MigratesOnceAsync(Func<IInboxStore> open, CancellationToken cancellationToken)
    {
        await Task.WhenAll(Enumerable.Range(0, 4).Select(_ => Task.Run(() => open().MigrateAsync(cancellationToken), cancellationToken))).ConfigureAwait(false);
        var store = await OpenAsync(open, cancellationToken).ConfigureAwait(false);
        await store.AddAsync(Item("1"), cancellationToken).ConfigureAwait(false);
        await open().MigrateAsync(cancellationToken).ConfigureAwait(false);
        Demand((await store.CountAsync(cancellationToken).ConfigureAwait(false)).Pending == 1, "the item is still there");
    }

    public static async Task KeepsBytesAsync(Func<IInboxStore> open, CancellationToken cancellationToken)
    {
        var store = await OpenAsync(open, cancellationToken).ConfigureAwait(false);
        byte[] bytes = [.. Enumerable.Range(0, 256).Select(static number => (byte)number)];
        var whole = new InboxItem
        {
            Merchant = "tea",
            NotificationId = "EV-1",
            EventType = "TRANSACTION.SUCCESS",
            BusinessKey = "payment:1",
            IdempotencyKey = "payment:1",
            OriginalType = "transaction",
            Summary = "支付成功",
            Serial = "00AF",
            CreatedAt = s_start.AddMilliseconds(1),
            ReceivedAt = s_start.AddMilliseconds(2),
            Headers = "Wechatpay-Nonce: a\nWechatpay-Serial: 00AF\n",
            Body = bytes,
            Resource = Encoding.UTF8.GetBytes("{\"a\":\"壹\"}"),
            SealedBy = "2026",
        };
        await store.AddAsync(whole, cancellationToken).ConfigureAwait(false);
        await store.AddAsync(Item("2"), cancellationToken).ConfigureAwait(false);
        var leases = await ClaimAsync(open(), s_start.AddMinutes(1), cancellationToken).ConfigureAwait(false);
        Demand(leases.Count == 2, "both are leased");
        DemandSame(whole, leases[0].Item);
        DemandSame(Item("2"), leases[1].Item);
    }

    public static async Task KeepsOneCopyAsync(Func<IInboxStore> open, CancellationToken cancellationToken)
    {
        var one = await OpenAsync(open, cancellationToken).ConfigureAwait(false);
        var other = open();
        var tries = Enumerable.Range(0, 20).Select(number => Task.Run(() => (number % 2 == 0 ? one : other).AddAsync(Item("1"), cancellationToken), cancellationToken));
        var kept = await Task.WhenAll(tries).ConfigureAwait(false);
        Demand(kept.Count(static isNew => isNew) == 1, "one of the copies is new");
        Demand((await one.CountAsync(cancellationToken).ConfigureAwait(false)).Pending == 1, "one is kept");
    }

    public static async Task TellsMerchantsApartAsync(Func<IInboxStore> open, CancellationToken cancellationToken)
    {
        var store = await OpenAsync(open, cancellationToken).ConfigureAwait(false);
        Demand(await store.AddAsync(Item("1"), cancellationToken).ConfigureAwait(false), "the first is new");
        Demand(await store.AddAsync(Item("1", merchant: "another"), cancellationToken).ConfigureAwait(false), "the other merchant's is new, too");
        Demand((await ClaimAsync(store, s_start, cancellationToken).ConfigureAwait(false)).Count == 2, "their equal business keys are two");
    }

    public static async Task LeasesWhatIsDueAsync(Func<IInboxStore> open, CancellationToken cancellationToken)
    {
        var store = await OpenAsync(open, cancellationToken).ConfigureAwait(false);
        await store.AddAsync(Item("late", receivedAt: s_start.AddSeconds(10)), cancellationToken).ConfigureAwait(false);
        await store.AddAsync(Item("first"), cancellationToken).ConfigureAwait(false);
        await store.AddAsync(Item("second"), cancellationToken).ConfigureAwait(false);
        Demand((await ClaimAsync(store, s_start.AddSeconds(-1), cancellationToken).ConfigureAwait(false)).Count == 0, "nothing is due yet");
        var now = await store.ClaimAsync(s_start, s_lease, s_longestDelay, 1, cancellationToken).ConfigureAwait(false);
        Demand(now.Count == 1 && now[0].Item.NotificationId == "first", "the first that is due, and no more than asked for");
        Demand(now[0] is { Attempt: 1, IsEffectDone: false }, "it is its first attempt");
        var then = await ClaimAsync(store, s_start, cancellationToken).ConfigureAwait(false);
        Demand(then.Count == 1 && then[0].Item.NotificationId == "second", "what is leased is not leased again");
        var after = await ClaimAsync(store, s_start.AddMinutes(2), cancellationToken).ConfigureAwait(false);
        Demand(after.Count == 3, "leases end, and late ones are due");
        Demand(after.Single(static lease => lease.Item.NotificationId == "first") is { Attempt: 2 } again && again.Fence > now[0].Fence, "the fence has grown");
    }

    public static async Task KeepsOrderAsync(Func<IInboxStore> open, CancellationToken cancellationToken)
    {
        var store = await OpenAsync(open, cancellationToken).ConfigureAwait(false);
        foreach (var (id, key) in new[] { ("1", "tea"), ("2", "tea"), ("3", "rice"), ("4", "tea") })
        {
            await store.AddAsync(Item(id, key: key), cancellationToken).ConfigureAwait(false);
        }

        var seen = new List<string>();
        for (var round = 0; round < 3; round++)
        {
            var leases = await ClaimAsync(store, s_start, cancellationToken).ConfigureAwait(false);
            Demand((await ClaimAsync(open(), s_start, cancellationToken).ConfigureAwait(false)).Count == 0, "nobody gets the next of a key while one is leased");
            foreach (var lease in leases)
            {
                seen.Add(lease.Item.NotificationId);
                await CompleteAsync(store, lease, cancellationToken).ConfigureAwait(false);
            }
        }

        Demand(string.Concat(seen) == "1324", "in order within a key, beside each other across keys: " + string.Concat(seen));
    }

    public static async Task LeasesToOneAsync(Func<IInboxStore> open, CancellationToken cancellationToken)
    {
        const int Items = 60;
        var first = await OpenAsync(open, cancellationToken).ConfigureAwait(false);
        for (var number = 0; number < Items; number++)
        {
            var id = number.ToString(CultureInfo.InvariantCulture);
            await first.AddAsync(Item(id, key: id), cancellationToken).ConfigureAwait(false);
        }

        IInboxStore[] stores = [first, open()];
        var takers = Enumerable.Range(0, 8).Select(taker => Task.Run(() => TakeAllAsync(stores[taker % 2], cancellationToken), cancellationToken));
        var taken = (await Task.WhenAll(takers).ConfigureAwait(false)).SelectMany(static ids => ids).ToList();
        Demand(taken.Count == Items && taken.Distinct().Count() == Items, "each item is leased once");
    }

    private static async Task<List<string>> TakeAllAsync(IInboxStore store, CancellationToken cancellationToken)
    {
        var taken = new List<string>();

        // Who leases at the same time may be passed over once; nothing is left for long.
        for (var empty = 0; empty < 5;)
        {
            var leases = await store.ClaimAsync(s_start, s_lease, s_longestDelay, 3, cancellationToken).ConfigureAwait(false);
            taken.AddRange(leases.Select(static lease => lease.Item.NotificationId));
            empty = leases.Count == 0 ? empty + 1 : 0;
        }

        return taken;
    }

    private static async Task<IInboxStore> OpenAsync(Func<IInboxStore> open, CancellationToken cancellationToken)
    {
        var store = open();
        await store.MigrateAsync(cancellationToken).ConfigureAwait(false);
        return store;
    }

    private static Task<IReadOnlyList<InboxLease>> ClaimAsync(IInboxStore store, DateTimeOffset now, CancellationToken cancellationToken) =>
        store.ClaimAsync(now, s_lease, s_longestDelay, 100, cancellationToken);

    private static async Task<InboxOutcome> CompleteAsync(IInboxStore store, InboxLease lease, CancellationToken cancellationToken)
    {
        var transaction = await store.BeginAsync(lease, cancellationToken).ConfigureAwait(false);
        await using (transaction.ConfigureAwait(false))
        {
            return await transaction.CompleteAsync(s_start.AddSeconds(1), cancellationToken).ConfigureAwait(false);
        }
    }

    private static InboxItem Item(string id, string merchant = "", string? key = null, string? effect = null, DateTimeOffset? receivedAt = null) => new()
    {
        Merchant = merchant,
        NotificationId = id,
        EventType = "TRANSACTION.SUCCESS",
        BusinessKey = key ?? "payment:" + id,
        IdempotencyKey = effect ?? "payment:" + id,
        Serial = "00AF",
        ReceivedAt = receivedAt ?? s_start,
        Headers = string.Empty,
        Body = "{}"u8.ToArray(),
        Resource = "{}"u8.ToArray(),
    };

    private static void DemandSame(InboxItem wanted, InboxItem found)
    {
        Demand(
            (found.Merchant, found.NotificationId, found.EventType, found.BusinessKey, found.IdempotencyKey, found.Serial, found.Headers)
                == (wanted.Merchant, wanted.NotificationId, wanted.EventType, wanted.BusinessKey, wanted.IdempotencyKey, wanted.Serial, wanted.Headers),
            "texts come back as they were");
        Demand((found.OriginalType, found.Summary, found.SealedBy) == (wanted.OriginalType, wanted.Summary, wanted.SealedBy), "texts that may be absent come back as they were");
        Demand((found.CreatedAt, found.ReceivedAt) == (wanted.CreatedAt, wanted.ReceivedAt), "times come back to the millisecond");
        Demand(found.Body.Span.SequenceEqual(wanted.Body.Span) && found.Resource.Span.SequenceEqual(wanted.Resource.Span), "bytes come back as they were");
    }

    private static void Demand(bool isKept, string promise)
    {
        if (!isKept)
        {
            throw new InboxStoreConformanceException("Not so: " + promise + ".");
        }
    }
}
