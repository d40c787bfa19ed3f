using Npgsql;

namespace WeChatPay.Inbox;

/// <summary>The stores that come with the package, for whoever needs one outside an application: tools, tests.</summary>
public static class InboxStores
{
    /// <summary>An inbox in an SQLite file, made where it is not there.</summary>
    public static IInboxStore Sqlite(string path) => new SqliteInboxStore(path);

    /// <summary>An inbox in PostgreSQL.</summary>
    public static IInboxStore Postgres(string connectionString) => new PostgresInboxStore(new NpgsqlSlimDataSourceBuilder(connectionString).Build());
}
