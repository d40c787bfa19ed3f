using System.Data.Common;
using System.Globalization;
using Npgsql;

namespace WeChatPay.Inbox;

/// <summary>An inbox in PostgreSQL, which many processes can share: rows are claimed with <c>FOR UPDATE SKIP LOCKED</c>.</summary>
internal sealed class PostgresInboxStore(NpgsqlDataSource source) : SqlInboxStore, IDisposable
{
    /// <summary>Shared by all who migrate an inbox; any number that nobody else takes.</summary>
    private const long SchemaLock = 0x5743_5061_7949_6e62;

    /// <summary>The platform waits 5 seconds for its answer.</summary>
    private const int SecondsToAdd = 3;

    protected override string FirstTable => """
        CREATE TABLE wechatpay_inbox (
          seq bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
          merchant text NOT NULL, notification_id text NOT NULL, business_key text NOT NULL, idempotency_key text NOT NULL,
          event_type text NOT NULL, original_type text, summary text, serial text NOT NULL,
          created_at bigint, received_at bigint NOT NULL, headers text NOT NULL, body bytea NOT NULL, resource bytea NOT NULL, sealed_by text,
          state integer NOT NULL DEFAULT 0, attempts integer NOT NULL DEFAULT 0, due_at bigint NOT NULL,
          lease_until bigint, fence bigint NOT NULL DEFAULT 0, error text, done_at bigint,
          CONSTRAINT wechatpay_inbox_once UNIQUE (merchant, notification_id))
        """;

    protected override string ClaimText { get; } = SqlText.Claim("MATERIALIZED", "FOR UPDATE OF i SKIP LOCKED");

    public override async Task<bool> AddAsync(InboxItem item, CancellationToken cancellationToken)
    {
        ArgumentNullException.ThrowIfNull(item);
        var connection = await OpenAsync(cancellationToken).ConfigureAwait(false);
        await using (connection.ConfigureAwait(false))
        {
            await using var command = SqlRows.Add(connection, null, item);
            command.CommandTimeout = SecondsToAdd;
            return await command.ExecuteNonQueryAsync(cancellationToken).ConfigureAwait(false) == 1;
        }
    }

    public void Dispose() => source.Dispose();

    internal override bool IsEffectDone(DbException failure) =>
        failure is PostgresException { SqlState: PostgresErrorCodes.UniqueViolation, ConstraintName: SqlSchema.EffectIndex };

    /// <summary>The server ends the session; a connection must not be touched from two threads.</summary>
    internal override async Task AbortAsync(SqlWriter writer)
    {
        var connection = await source.OpenConnectionAsync().ConfigureAwait(false);
        await using (connection.ConfigureAwait(false))
        {
            await using var command = SqlRows.Command(connection, null, "SELECT pg_terminate_backend(@pid)", ("pid", ((NpgsqlConnection)writer.Connection).ProcessID));
            await command.ExecuteNonQueryAsync().ConfigureAwait(false);
        }
    }

    protected override async Task<DbConnection> OpenAsync(CancellationToken cancellationToken) =>
        await source.OpenConnectionAsync(cancellationToken).ConfigureAwait(false);

    protected override async Task<SqlWriter> BeginWriteAsync(CancellationToken cancellationToken)
    {
        var connection = await source.OpenConnectionAsync(cancellationToken).ConfigureAwait(false);
        try
        {
            return new SqlWriter(connection, await connection.BeginTransactionAsync(cancellationToken).ConfigureAwait(false), keepsConnection: false, leave: null);
        }
        catch
        {
            await connection.DisposeAsync().ConfigureAwait(false);
            throw;
        }
    }

    protected override async Task<SqlWriter> BeginLeasingAsync(CancellationToken cancellationToken)
    {
        var writer = await BeginWriteAsync(cancellationToken).ConfigureAwait(false);
        await ReadyAsync(writer, ExecuteAsync(writer, "SET LOCAL synchronous_commit = off", [], cancellationToken)).ConfigureAwait(false);
        return writer;
    }

    protected override Task LockSchemaAsync(SqlWriter writer, CancellationToken cancellationToken) =>
        ExecuteAsync(writer, "SELECT pg_advisory_xact_lock(@lock)", [("lock", SchemaLock)], cancellationToken);

    /// <summary>A session that is idle in its transaction for as long as the lease is ended by the server, even where its process is gone.</summary>
    protected override async Task PrepareAsync(SqlWriter writer, InboxLease lease, CancellationToken cancellationToken)
    {
        var milliseconds = (long)Math.Max(1, lease.Duration.TotalMilliseconds);
        await ExecuteAsync(writer, "SET LOCAL idle_in_transaction_session_timeout = " + milliseconds.ToString(CultureInfo.InvariantCulture), [], cancellationToken).ConfigureAwait(false);
        await ExecuteAsync(
            writer,
            "SELECT pg_advisory_xact_lock(hashtextextended(@key, 0))",
            [("key", lease.Item.Merchant + "\n" + lease.Item.BusinessKey)],
            cancellationToken).ConfigureAwait(false);
    }
}
