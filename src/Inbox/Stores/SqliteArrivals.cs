using Microsoft.Data.Sqlite;

namespace WeChatPay.Inbox;

/// <summary>Items that wait to be written, and who waits for them.</summary>
internal sealed class SqliteArrivals
{
    private const int MostAtOnce = 256;

    private readonly Lock _lock = new();
    private readonly Queue<Arrival> _waiting = new();

    /// <summary>The item waits; the task says whether it was new, once it is kept.</summary>
    public Task<bool> Add(InboxItem item)
    {
        var arrival = new Arrival(item, new TaskCompletionSource<bool>(TaskCreationOptions.RunContinuationsAsynchronously));
        lock (_lock)
        {
            _waiting.Enqueue(arrival);
        }

        return arrival.Kept.Task;
    }

    /// <summary>Takes what waits.</summary>
    public IReadOnlyList<Arrival> Take()
    {
        var taken = new List<Arrival>();
        lock (_lock)
        {
            while (taken.Count < MostAtOnce && _waiting.TryDequeue(out var arrival))
            {
                taken.Add(arrival);
            }
        }

        return taken;
    }

    /// <summary>Writes all in one transaction, then tells who waits.</summary>
    public static void Keep(SqliteConnection connection, IReadOnlyList<Arrival> arrivals)
    {
        var isNew = new bool[arrivals.Count];
        using (var transaction = connection.BeginTransaction(deferred: false))
        {
            for (var index = 0; index < arrivals.Count; index++)
            {
                using var command = SqlRows.Add(connection, transaction, arrivals[index].Item);
                isNew[index] = command.ExecuteNonQuery() == 1;
            }

            transaction.Commit();
        }

        for (var index = 0; index < arrivals.Count; index++)
        {
            arrivals[index].Kept.TrySetResult(isNew[index]);
        }
    }

    /// <summary>One item, and who waits for it.</summary>
    internal sealed record Arrival(InboxItem Item, TaskCompletionSource<bool> Kept);
}
