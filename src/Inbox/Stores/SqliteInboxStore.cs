using System.Data.Common;
using System.Globalization;
using Microsoft.Data.Sqlite;
using SQLitePCL;

namespace WeChatPay.Inbox;

/// <summary>An inbox in one SQLite file, in WAL: readers never wait, writers take turns, in this process by a gate and with others by the file's lock.</summary>
internal sealed class SqliteInboxStore : SqlInboxStore, IDisposable
{
    private const int BusySeconds = 2;
    private const string EffectColumns = "wechatpay_inbox.idempotency_key";

    private readonly string _connectionString;
    private readonly string _path;
    private readonly SemaphoreSlim _turn = new(1, 1);
    private readonly SqliteArrivals _arrivals = new();
    private SqliteConnection? _keeping;
    private SqliteConnection? _leasing;

    public SqliteInboxStore(string path)
    {
        _path = path;
        _connectionString = new SqliteConnectionStringBuilder { DataSource = path, DefaultTimeout = BusySeconds, Pooling = false }.ToString();
    }

    protected override string FirstTable => """
        CREATE TABLE wechatpay_inbox (
          seq INTEGER PRIMARY KEY AUTOINCREMENT,
          merchant TEXT NOT NULL, notification_id TEXT NOT NULL, business_key TEXT NOT NULL, idempotency_key TEXT NOT NULL,
          event_type TEXT NOT NULL, original_type TEXT, summary TEXT, serial TEXT NOT NULL,
          created_at INTEGER, received_at INTEGER NOT NULL, headers TEXT NOT NULL, body BLOB NOT NULL, resource BLOB NOT NULL, sealed_by TEXT,
          state INTEGER NOT NULL DEFAULT 0, attempts INTEGER NOT NULL DEFAULT 0, due_at INTEGER NOT NULL,
          lease_until INTEGER, fence INTEGER NOT NULL DEFAULT 0, error TEXT, done_at INTEGER,
          UNIQUE (merchant, notification_id))
        """;

    protected override string ClaimText { get; } = SqlText.Claim(string.Empty, string.Empty);

    /// <summary>What arrives while another is being written goes into the next transaction together, so that many wait for one write to the disk.</summary>
    public override async Task<bool> AddAsync(InboxItem item, CancellationToken cancellationToken)
    {
        ArgumentNullException.ThrowIfNull(item);
        var arrival = _arrivals.Add(item);
        await _turn.WaitAsync(cancellationToken).ConfigureAwait(false);

        // SQLite waits for another process's lock with its thread, which must not be the one that is to answer.
        _ = Task.Run(() => KeepUntil(arrival), CancellationToken.None);
        return await arrival.WaitAsync(cancellationToken).ConfigureAwait(false);
    }

    public void Dispose()
    {
        _turn.Wait();
        _keeping?.Dispose();
        _leasing?.Dispose();
        (_keeping, _leasing) = (null, null);
        _turn.Release();
    }

    internal override bool IsEffectDone(DbException failure) =>
        failure is SqliteException { SqliteExtendedErrorCode: raw.SQLITE_CONSTRAINT_UNIQUE } && failure.Message.Contains(EffectColumns, StringComparison.Ordinal);

    /// <summary>Closes the connection under its user: the transaction is rolled back, and the next writer has its turn.</summary>
    internal override Task AbortAsync(SqlWriter writer)
    {
        var connection = (SqliteConnection)writer.Connection;
        if (connection.Handle is { } handle)
        {
            raw.sqlite3_interrupt(handle);
        }

        connection.Close();
        writer.Leave();
        return Task.CompletedTask;
    }

    protected override Task<DbConnection> OpenAsync(CancellationToken cancellationToken) => Task.FromResult<DbConnection>(Open());

    protected override async Task<SqlWriter> BeginWriteAsync(CancellationToken cancellationToken)
    {
        await _turn.WaitAsync(cancellationToken).ConfigureAwait(false);
        SqliteConnection? connection = null;
        try
        {
            connection = Open();
            return new SqlWriter(connection, connection.BeginTransaction(deferred: false), keepsConnection: false, () => _turn.Release());
        }
        catch
        {
            connection?.Dispose();
            _turn.Release();
            throw;
        }
    }

    protected override async Task<SqlWriter> BeginLeasingAsync(CancellationToken cancellationToken)
    {
        await _turn.WaitAsync(cancellationToken).ConfigureAwait(false);
        try
        {
            // A lease that a power cut forgets is taken again: no need to wait for the disk.
            _leasing = Present(_leasing) ?? Open("PRAGMA synchronous = NORMAL");
            return new SqlWriter(_leasing, _leasing.BeginTransaction(deferred: false), keepsConnection: true, () => _turn.Release());
        }
        catch
        {
            _leasing?.Dispose();
            _leasing = null;
            _turn.Release();
            throw;
        }
    }

    protected override Task LockSchemaAsync(SqlWriter writer, CancellationToken cancellationToken) => Task.CompletedTask;

    protected override Task PrepareAsync(SqlWriter writer, InboxLease lease, CancellationToken cancellationToken) => Task.CompletedTask;

    private void KeepUntil(Task arrival)
    {
        try
        {
            while (!arrival.IsCompleted)
            {
                Keep(_arrivals.Take());
            }
        }
        finally
        {
            _turn.Release();
        }
    }

    /// <summary>Writes all in one transaction; where that fails for what one of them holds, each in its own, so that one that cannot be written stops no other.</summary>
    private void Keep(IReadOnlyList<SqliteArrivals.Arrival> arrivals)
    {
        if (TryKeep(arrivals) is not { } failure)
        {
            return;
        }

        foreach (var arrival in arrivals)
        {
            var alone = arrivals.Count == 1 || IsForAll(failure) ? failure : TryKeep([arrival]);
            if (alone is not null)
            {
                arrival.Kept.TrySetException(alone);
            }
        }
    }

    /// <summary>Whether the database itself fails, which takes as long for the next: it is locked, full, gone or broken.</summary>
    private static bool IsForAll(Exception failure) => failure is SqliteException { SqliteErrorCode: not (raw.SQLITE_CONSTRAINT or raw.SQLITE_TOOBIG or raw.SQLITE_MISMATCH) };

    private Exception? TryKeep(IReadOnlyList<SqliteArrivals.Arrival> arrivals)
    {
        try
        {
            _keeping = Present(_keeping) ?? Open();
            SqliteArrivals.Keep(_keeping, arrivals);
            return null;
        }
#pragma warning disable CA1031 // Whoever waits is told.
        catch (Exception failure)
#pragma warning restore CA1031
        {
            _keeping?.Dispose();
            _keeping = null;
            return failure;
        }
    }

    /// <summary>A connection whose file is still there: what is written to a deleted one is nowhere.</summary>
    private SqliteConnection? Present(SqliteConnection? connection)
    {
        if (connection is null || File.Exists(_path))
        {
            return connection;
        }

        connection.Dispose();
        return null;
    }

    private SqliteConnection Open(string pragma = "PRAGMA synchronous = FULL")
    {
        MakePrivate();
        var connection = new SqliteConnection(_connectionString);
        try
        {
            connection.Open();
            using var command = connection.CreateCommand();
            command.CommandText = "PRAGMA journal_mode = WAL; " + pragma;
            command.ExecuteNonQuery();
            return connection;
        }
        catch
        {
            connection.Dispose();
            throw;
        }
    }

    /// <summary>The file holds personal data: nobody but its owner reads it. SQLite gives the files beside it the same rights.</summary>
    private void MakePrivate()
    {
        if (!OperatingSystem.IsWindows() && !File.Exists(_path))
        {
            using var made = new FileStream(_path, new FileStreamOptions { Mode = FileMode.OpenOrCreate, Access = FileAccess.Write, Share = FileShare.ReadWrite, UnixCreateMode = UnixFileMode.UserRead | UnixFileMode.UserWrite });
        }
    }
}
