using System.Data.Common;

namespace WeChatPay.Inbox;

/// <summary>What both databases' stores have in common: everything but how a connection is had, how writers take turns, and the types of columns.</summary>
internal abstract class SqlInboxStore : IInboxStore
{
    /// <summary>The version of the schema that this program knows.</summary>
    public const int SchemaVersion = 1;

    public async Task MigrateAsync(CancellationToken cancellationToken)
    {
        await using var writer = await BeginWriteAsync(cancellationToken).ConfigureAwait(false);
        await LockSchemaAsync(writer, cancellationToken).ConfigureAwait(false);
        await ExecuteAsync(writer, "CREATE TABLE IF NOT EXISTS wechatpay_inbox_schema (version integer NOT NULL)", [], cancellationToken).ConfigureAwait(false);
        await using var read = SqlRows.Command(writer.Connection, writer.Transaction, SqlSchema.VersionText);
        var version = SqlSchema.VersionOf(await read.ExecuteScalarAsync(cancellationToken).ConfigureAwait(false));
        if (version > SchemaVersion)
        {
            throw SqlSchema.IsNewer(version);
        }

        if (version < SchemaVersion)
        {
            foreach (var statement in (IEnumerable<string>)[FirstTable, .. SqlSchema.FirstIndexes])
            {
                await ExecuteAsync(writer, statement, [], cancellationToken).ConfigureAwait(false);
            }

            await ExecuteAsync(writer, "INSERT INTO wechatpay_inbox_schema (version) VALUES (@version)", [("version", SchemaVersion)], cancellationToken).ConfigureAwait(false);
        }

        await writer.CommitAsync(cancellationToken).ConfigureAwait(false);
    }

    public abstract Task<bool> AddAsync(InboxItem item, CancellationToken cancellationToken);

    public async Task<IReadOnlyList<InboxLease>> ClaimAsync(DateTimeOffset now, TimeSpan duration, TimeSpan longestDelay, int limit, CancellationToken cancellationToken)
    {
        await using var writer = await BeginLeasingAsync(cancellationToken).ConfigureAwait(false);
        await using var command = SqlRows.Command(
            writer.Connection,
            writer.Transaction,
            ClaimText,
            ("now", now.ToUnixTimeMilliseconds()),
            ("until", (now + duration).ToUnixTimeMilliseconds()),
            ("latest_due", (now + longestDelay).ToUnixTimeMilliseconds()),
            ("limit", limit));
        var leases = await ReadAsync(command, row => SqlRows.Lease(row, duration), cancellationToken).ConfigureAwait(false);
        await writer.CommitAsync(cancellationToken).ConfigureAwait(false);
        leases.Sort(static (one, other) => one.Sequence.CompareTo(other.Sequence));
        return leases;
    }

    public async Task<IInboxTransaction> BeginAsync(InboxLease lease, CancellationToken cancellationToken)
    {
        ArgumentNullException.ThrowIfNull(lease);
        var writer = await BeginWriteAsync(cancellationToken).ConfigureAwait(false);
        await ReadyAsync(writer, PrepareAsync(writer, lease, cancellationToken)).ConfigureAwait(false);
        return new SqlInboxTransaction(this, writer, lease);
    }

    public Task<bool> SkipAsync(InboxLease lease, DateTimeOffset now, CancellationToken cancellationToken) =>
        ChangeAsync(lease, SqlText.Skip, [("now", now.ToUnixTimeMilliseconds())], cancellationToken);

    public Task<bool> PostponeAsync(InboxLease lease, DateTimeOffset? dueAt, string error, CancellationToken cancellationToken) =>
        dueAt is { } due
            ? ChangeAsync(lease, SqlText.Postpone, [("due", due.ToUnixTimeMilliseconds()), ("error", error)], cancellationToken)
            : ChangeAsync(lease, SqlText.Park, [("error", error)], cancellationToken);

    public Task<bool> ReleaseAsync(InboxLease lease, CancellationToken cancellationToken) =>
        ChangeAsync(lease, SqlText.Release, [], cancellationToken);

    public async Task<InboxCounts> CountAsync(CancellationToken cancellationToken) =>
        (await LookAsync(
            SqlText.Count,
            [],
            static row => new InboxCounts(row.GetInt64(0), row.GetInt64(1), row.GetInt64(2), SqlRows.Time(row, 3)),
            cancellationToken).ConfigureAwait(false))[0];

    public async Task<IReadOnlyList<InboxRecord>> ListAsync(InboxState? state, long? before, int limit, CancellationToken cancellationToken) =>
        await LookAsync(
            SqlText.List,
            [("state", state is { } asked ? (int)asked : -1), ("before", before ?? long.MaxValue), ("limit", limit)],
            SqlRows.Record,
            cancellationToken).ConfigureAwait(false);

    public async Task<InboxRecord?> FindAsync(long sequence, CancellationToken cancellationToken) =>
        (await LookAsync(SqlText.Find, [("seq", sequence)], SqlRows.Record, cancellationToken).ConfigureAwait(false)).SingleOrDefault();

    public Task<int> RetryAsync(long? sequence, DateTimeOffset now, CancellationToken cancellationToken) =>
        sequence is { } number
            ? WriteAsync(SqlText.Retry, [("now", now.ToUnixTimeMilliseconds()), ("seq", number)], cancellationToken)
            : WriteAsync(SqlText.RetryParked, [("now", now.ToUnixTimeMilliseconds())], cancellationToken);

    public Task<int> PurgeAsync(DateTimeOffset doneBefore, int limit, CancellationToken cancellationToken) =>
        WriteAsync(SqlText.Purge, [("before", doneBefore.ToUnixTimeMilliseconds()), ("limit", limit)], cancellationToken);

    /// <summary>The statement that makes version 1's table, with this database's types.</summary>
    protected abstract string FirstTable { get; }

    /// <summary>The statement that claims, with this database's lock on rows.</summary>
    protected abstract string ClaimText { get; }

    /// <summary>A connection for reading.</summary>
    protected abstract Task<DbConnection> OpenAsync(CancellationToken cancellationToken);

    /// <summary>A transaction whose commit is durable.</summary>
    protected abstract Task<SqlWriter> BeginWriteAsync(CancellationToken cancellationToken);

    /// <summary>A transaction for leases, which may be forgotten in a power cut.</summary>
    protected abstract Task<SqlWriter> BeginLeasingAsync(CancellationToken cancellationToken);

    /// <summary>Nobody else changes the schema until the transaction ends.</summary>
    protected abstract Task LockSchemaAsync(SqlWriter writer, CancellationToken cancellationToken);

    /// <summary>Readies a handler's transaction: one at a time for a business key, and not for ever.</summary>
    protected abstract Task PrepareAsync(SqlWriter writer, InboxLease lease, CancellationToken cancellationToken);

    /// <summary>Ends the transaction of a handler that is stuck in it.</summary>
    internal abstract Task AbortAsync(SqlWriter writer);

    /// <summary>Whether this says that another item with the same idempotency key is done.</summary>
    internal abstract bool IsEffectDone(DbException failure);

    internal static async Task<int> ExecuteAsync(SqlWriter writer, string text, (string Name, object? Value)[] parameters, CancellationToken cancellationToken)
    {
        await using var command = SqlRows.Command(writer.Connection, writer.Transaction, text, parameters);
        return await command.ExecuteNonQueryAsync(cancellationToken).ConfigureAwait(false);
    }

    /// <summary>Waits until a transaction is ready to be used; one that cannot be made so is given up, its connection and its turn with it.</summary>
    protected static async Task ReadyAsync(SqlWriter writer, Task ready)
    {
        try
        {
            await ready.ConfigureAwait(false);
        }
        catch
        {
            await writer.DisposeAsync().ConfigureAwait(false);
            throw;
        }
    }

    private async Task<List<T>> LookAsync<T>(string text, (string Name, object? Value)[] parameters, Func<DbDataReader, T> read, CancellationToken cancellationToken)
    {
        var connection = await OpenAsync(cancellationToken).ConfigureAwait(false);
        await using (connection.ConfigureAwait(false))
        {
            await using var command = SqlRows.Command(connection, null, text, parameters);
            return await ReadAsync(command, read, cancellationToken).ConfigureAwait(false);
        }
    }

    private static async Task<List<T>> ReadAsync<T>(DbCommand command, Func<DbDataReader, T> read, CancellationToken cancellationToken)
    {
        var rows = new List<T>();
        var reader = await command.ExecuteReaderAsync(cancellationToken).ConfigureAwait(false);
        await using (reader.ConfigureAwait(false))
        {
            while (await reader.ReadAsync(cancellationToken).ConfigureAwait(false))
            {
                rows.Add(read(reader));
            }
        }

        return rows;
    }

    private async Task<int> WriteAsync(string text, (string Name, object? Value)[] parameters, CancellationToken cancellationToken)
    {
        await using var writer = await BeginWriteAsync(cancellationToken).ConfigureAwait(false);
        var rows = await ExecuteAsync(writer, text, parameters, cancellationToken).ConfigureAwait(false);
        await writer.CommitAsync(cancellationToken).ConfigureAwait(false);
        return rows;
    }

    private async Task<bool> ChangeAsync(InboxLease lease, string text, (string Name, object? Value)[] parameters, CancellationToken cancellationToken)
    {
        ArgumentNullException.ThrowIfNull(lease);
        await using var writer = await BeginLeasingAsync(cancellationToken).ConfigureAwait(false);
        var rows = await ExecuteAsync(writer, text, [.. parameters, ("seq", lease.Sequence), ("fence", lease.Fence)], cancellationToken).ConfigureAwait(false);
        await writer.CommitAsync(cancellationToken).ConfigureAwait(false);
        return rows == 1;
    }
}
