using Microsoft.Data.Sqlite;

namespace Shop.Orders;

/// <summary>SQLite: a connection a unit of work, transactions that take the write lock at once.</summary>
internal sealed class Database
{
    private const string Schema = """
        PRAGMA journal_mode = WAL;
        CREATE TABLE IF NOT EXISTS orders (
          number TEXT PRIMARY KEY, product TEXT NOT NULL, fen INTEGER NOT NULL CHECK (fen > 0), status TEXT NOT NULL,
          created_at INTEGER NOT NULL, expires_at INTEGER NOT NULL, appid TEXT NOT NULL, notify_url TEXT NOT NULL,
          code_url TEXT, transaction_id TEXT UNIQUE, paid_at INTEGER, note TEXT
        ) STRICT;
        CREATE TABLE IF NOT EXISTS refunds (
          number TEXT PRIMARY KEY, order_number TEXT NOT NULL REFERENCES orders (number), fen INTEGER NOT NULL CHECK (fen > 0),
          status TEXT NOT NULL, refund_id TEXT UNIQUE, asked_at INTEGER NOT NULL
        ) STRICT;
        CREATE TABLE IF NOT EXISTS effects (
          key TEXT PRIMARY KEY, number TEXT NOT NULL, source TEXT NOT NULL, result TEXT NOT NULL, at INTEGER NOT NULL,
          times INTEGER NOT NULL DEFAULT 1
        ) STRICT;
        """;

    private readonly string _connectionString;

    public Database(ShopSettings settings)
    {
        _connectionString = new SqliteConnectionStringBuilder { DataSource = settings.Database, ForeignKeys = true }.ToString();
        using var connection = Open();
        using var create = connection.CreateCommand();
        create.CommandText = Schema;
        create.ExecuteNonQuery();
    }

    public SqliteConnection Open()
    {
        var connection = new SqliteConnection(_connectionString);
        connection.Open();
        return connection;
    }

    /// <summary>One unit of work: all of it or, when it throws, nothing. Others wait for it.</summary>
    public T Write<T>(Func<SqliteConnection, T> work)
    {
        using var connection = Open();
        using var transaction = connection.BeginTransaction(deferred: false);
        var result = work(connection);
        transaction.Commit();
        return result;
    }
}

internal static class SqliteExtensions
{
    /// <summary>Runs a statement with <c>$1</c>, <c>$2</c>, … and gives the number of rows it changed.</summary>
    public static int Execute(this SqliteConnection connection, string sql, params ReadOnlySpan<object?> values)
    {
        using var command = connection.Command(sql, values);
        return command.ExecuteNonQuery();
    }

    /// <summary>The rows of a query.</summary>
    public static List<T> Query<T>(this SqliteConnection connection, string sql, Func<SqliteDataReader, T> read, params ReadOnlySpan<object?> values)
    {
        using var command = connection.Command(sql, values);
        using var reader = command.ExecuteReader();
        var rows = new List<T>();
        while (reader.Read())
        {
            rows.Add(read(reader));
        }

        return rows;
    }

    public static string? Text(this SqliteDataReader reader, int column) => reader.IsDBNull(column) ? null : reader.GetString(column);

    public static DateTimeOffset Time(this SqliteDataReader reader, int column) => DateTimeOffset.FromUnixTimeSeconds(reader.GetInt64(column));

    private static SqliteCommand Command(this SqliteConnection connection, string sql, ReadOnlySpan<object?> values)
    {
        var command = connection.CreateCommand();
#pragma warning disable CA2100 // Statements are constants; values go as parameters.
        command.CommandText = sql;
#pragma warning restore CA2100
        for (var i = 0; i < values.Length; i++)
        {
            command.Parameters.AddWithValue("$" + (i + 1).ToString(System.Globalization.CultureInfo.InvariantCulture), values[i] ?? DBNull.Value);
        }

        return command;
    }
}
