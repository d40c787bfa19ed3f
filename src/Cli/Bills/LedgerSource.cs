using System.Data;
using System.Data.Common;
using System.Runtime.CompilerServices;
using Microsoft.Data.Sqlite;
using Npgsql;
using WeChatPay.Functional;

namespace WeChatPay.Tool;

/// <summary>A ledger as the command line names it: a CSV file, <c>sqlite:FILE</c> or <c>postgres:CONNECTION</c> with a query. Nothing is written to a database.</summary>
internal sealed class LedgerSource
{
    public const string ConnectionVariable = "WECHATPAY_LEDGER_POSTGRES";
    private const string Sqlite = "sqlite:";
    private const string Postgres = "postgres:";

    private readonly string _place;
    private readonly string? _query;

    private LedgerSource(string place, string? query)
    {
        _place = place;
        _query = query;
    }

    public static LedgerSource Read(string place, string? query)
    {
        var isDatabase = place.StartsWith(Sqlite, StringComparison.Ordinal) || place.StartsWith(Postgres, StringComparison.Ordinal);
        if (isDatabase && string.IsNullOrWhiteSpace(query))
        {
            throw new UsageException(Inputs.Words(
                "a database needs --query: SELECT out_trade_no AS number, 'payment' AS kind, paid_at AS time, fen FROM orders …",
                "数据库账簿须给出 --query：SELECT out_trade_no AS number, 'payment' AS kind, paid_at AS time, fen FROM orders …"));
        }

        if (!isDatabase && query is not null)
        {
            throw new UsageException(Inputs.Words("--query is for sqlite:FILE and postgres:CONNECTION.", "--query 仅用于 sqlite:文件 与 postgres:连接串。"));
        }

        return new(place, query);
    }

    /// <summary>The entries, read while they are asked for.</summary>
    public IAsyncEnumerable<MoneyEntry> ReadAsync(CancellationToken cancellationToken)
    {
        if (_place.StartsWith(Sqlite, StringComparison.Ordinal))
        {
            return ReadSqliteAsync(_place[Sqlite.Length..], cancellationToken);
        }

        return _place.StartsWith(Postgres, StringComparison.Ordinal)
            ? ReadPostgresAsync(_place[Postgres.Length..], cancellationToken)
            : ReadCsvAsync(cancellationToken);
    }

    private async IAsyncEnumerable<MoneyEntry> ReadCsvAsync([EnumeratorCancellation] CancellationToken cancellationToken)
    {
        var stream = BillCommand.Open(_place);
        await using var disposal = stream.ConfigureAwait(false);
        await foreach (var entry in Ledger.ReadCsvAsync(stream, cancellationToken).ConfigureAwait(false))
        {
            yield return entry;
        }
    }

    private async IAsyncEnumerable<MoneyEntry> ReadSqliteAsync(string file, [EnumeratorCancellation] CancellationToken cancellationToken)
    {
        var connection = new SqliteConnection(new SqliteConnectionStringBuilder { DataSource = Databases.Existing(file), Mode = SqliteOpenMode.ReadOnly, Pooling = false }.ToString());
        await using var closing = connection.ConfigureAwait(false);
        await connection.OpenAsync(cancellationToken).ConfigureAwait(false);
        await foreach (var entry in QueryAsync(connection, null, cancellationToken).ConfigureAwait(false))
        {
            yield return entry;
        }
    }

    private async IAsyncEnumerable<MoneyEntry> ReadPostgresAsync(string connectionText, [EnumeratorCancellation] CancellationToken cancellationToken)
    {
        var text = connectionText.Length > 0 ? connectionText : Environment.GetEnvironmentVariable(ConnectionVariable);
        if (string.IsNullOrEmpty(text))
        {
            throw new UsageException("postgres: takes a connection string, or " + ConnectionVariable + " in the environment.");
        }

        var source = Connect(text);
        await using var ending = source.ConfigureAwait(false);
        var connection = await source.OpenConnectionAsync(cancellationToken).ConfigureAwait(false);
        await using var closing = connection.ConfigureAwait(false);
        var transaction = await connection.BeginTransactionAsync(IsolationLevel.RepeatableRead, cancellationToken).ConfigureAwait(false);
        await using var undoing = transaction.ConfigureAwait(false);
        using (var readOnly = new NpgsqlCommand("SET TRANSACTION READ ONLY", connection, transaction))
        {
            await readOnly.ExecuteNonQueryAsync(cancellationToken).ConfigureAwait(false);
        }

        await foreach (var entry in QueryAsync(connection, transaction, cancellationToken).ConfigureAwait(false))
        {
            yield return entry;
        }
    }

    private static NpgsqlDataSource Connect(string text)
    {
        try
        {
            // Without ranges, JSON and the like, which no ledger has: they would double what PostgreSQL adds to the native tool.
            return new NpgsqlSlimDataSourceBuilder(text).EnableTransportSecurity().Build();
        }
        catch (ArgumentException problem)
        {
            throw Databases.Unreadable(problem);
        }
    }

    private async IAsyncEnumerable<MoneyEntry> QueryAsync(DbConnection connection, DbTransaction? transaction, [EnumeratorCancellation] CancellationToken cancellationToken)
    {
        var command = connection.CreateCommand();
        await using var disposal = command.ConfigureAwait(false);
        command.Transaction = transaction;
        // The query is the user's own, run by him on his own database.
#pragma warning disable CA2100
        command.CommandText = _query;
#pragma warning restore CA2100
        command.CommandTimeout = 0;
        var reader = await command.ExecuteReaderAsync(CommandBehavior.SequentialAccess, cancellationToken).ConfigureAwait(false);
        await using var closing = reader.ConfigureAwait(false);
        await foreach (var entry in Ledger.ReadAsync(reader, cancellationToken).ConfigureAwait(false))
        {
            yield return entry;
        }
    }
}
