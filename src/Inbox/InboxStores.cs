using Microsoft.Data.Sqlite;
using Npgsql;
using SQLitePCL;

namespace WeChatPay.Inbox;

/// <summary>The stores that come with the package, for whoever needs one outside an application: tools, tests.</summary>
public static class InboxStores
{
    /// <summary>An inbox in an SQLite file, made where it is not there.</summary>
    public static IInboxStore Sqlite(string path) => new SqliteInboxStore(path);

    /// <summary>An inbox in PostgreSQL.</summary>
    public static IInboxStore Postgres(string connectionString) => new PostgresInboxStore(SourceOf(connectionString));

    /// <summary>An inbox that is in an SQLite file already; nothing is made or upgraded.</summary>
    /// <exception cref="FileNotFoundException">There is no such file.</exception>
    /// <exception cref="InboxSchemaException">The file has no inbox, or one of another version.</exception>
    public static async Task<IInboxStore> OpenSqliteAsync(string path, CancellationToken cancellationToken = default)
    {
        if (!File.Exists(path))
        {
            throw new FileNotFoundException("There is no file " + path + ".", path);
        }

        // Read only, so that another application's file stays as it is.
        var connection = new SqliteConnection(new SqliteConnectionStringBuilder { DataSource = path, Mode = SqliteOpenMode.ReadOnly, Pooling = false }.ToString());
        await using (connection.ConfigureAwait(false))
        {
            await connection.OpenAsync(cancellationToken).ConfigureAwait(false);
            await SqlSchema.DemandAsync(
                connection,
                static failure => failure is SqliteException { SqliteErrorCode: raw.SQLITE_ERROR or raw.SQLITE_NOTADB },
                cancellationToken).ConfigureAwait(false);
        }

        return Sqlite(path);
    }

    /// <summary>An inbox that is in PostgreSQL already; nothing is made or upgraded.</summary>
    /// <exception cref="InboxSchemaException">The database has no inbox, or one of another version.</exception>
    public static async Task<IInboxStore> OpenPostgresAsync(string connectionString, CancellationToken cancellationToken = default)
    {
        var source = SourceOf(connectionString);
        try
        {
            var connection = await source.OpenConnectionAsync(cancellationToken).ConfigureAwait(false);
            await using (connection.ConfigureAwait(false))
            {
                await SqlSchema.DemandAsync(connection, static failure => failure.SqlState == PostgresErrorCodes.UndefinedTable, cancellationToken).ConfigureAwait(false);
            }

            return new PostgresInboxStore(source);
        }
        catch
        {
            await source.DisposeAsync().ConfigureAwait(false);
            throw;
        }
    }

    /// <summary>Without <c>EnableTransportSecurity</c> the slim builder refuses what a server in a cloud asks for, <c>SSL Mode=Require</c>.</summary>
    private static NpgsqlDataSource SourceOf(string connectionString) => new NpgsqlSlimDataSourceBuilder(connectionString).EnableTransportSecurity().Build();
}
