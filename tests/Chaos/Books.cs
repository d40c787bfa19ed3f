using System.Data.Common;
using Microsoft.Data.Sqlite;
using Npgsql;

namespace WeChatPay.Chaos;

/// <summary>The shop's own table, and what is in it.</summary>
internal sealed class Books(string store, string database)
{
    public async Task CreateAsync() => await ExecuteAsync("CREATE TABLE effects (out_trade_no varchar(32) NOT NULL, fen bigint NOT NULL)");

    /// <summary>How many effects each order has, and of how much.</summary>
    public async Task<Dictionary<string, (int Times, long Fen)>> ReadAsync()
    {
        await using var connection = await OpenAsync();
        await using var command = connection.CreateCommand();
        command.CommandText = "SELECT out_trade_no, COUNT(*), MAX(fen) FROM effects GROUP BY out_trade_no";
        var effects = new Dictionary<string, (int, long)>(StringComparer.Ordinal);
        await using var rows = await command.ExecuteReaderAsync();
        while (await rows.ReadAsync())
        {
            effects[rows.GetString(0)] = ((int)rows.GetInt64(1), rows.GetInt64(2));
        }

        return effects;
    }

    /// <summary>How many items wait in the inbox, and how many are parked.</summary>
    public async Task<(long Pending, long Parked)> WaitingAsync()
    {
        await using var connection = await OpenAsync();
        await using var command = connection.CreateCommand();
        command.CommandText = "SELECT SUM(CASE WHEN state = 0 THEN 1 ELSE 0 END), SUM(CASE WHEN state = 2 THEN 1 ELSE 0 END) FROM wechatpay_inbox";
        await using var rows = await command.ExecuteReaderAsync();
        await rows.ReadAsync();
        return rows.IsDBNull(0) ? (0, 0) : (rows.GetInt64(0), rows.GetInt64(1));
    }

    private async Task ExecuteAsync(string text)
    {
        await using var connection = await OpenAsync();
        await using var command = connection.CreateCommand();
        command.CommandText = text;
        await command.ExecuteNonQueryAsync();
    }

    private async Task<DbConnection> OpenAsync()
    {
        DbConnection connection = store == "sqlite"
            ? new SqliteConnection(new SqliteConnectionStringBuilder { DataSource = database, Pooling = false, DefaultTimeout = 30 }.ToString())
            : new NpgsqlConnection(new NpgsqlConnectionStringBuilder(database) { Pooling = false }.ToString());
        await connection.OpenAsync();
        return connection;
    }
}
