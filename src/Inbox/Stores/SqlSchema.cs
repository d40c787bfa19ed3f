using System.Data.Common;
using System.Globalization;

namespace WeChatPay.Inbox;

/// <summary>The version of an inbox's tables, read without changing anything.</summary>
internal static class SqlSchema
{
    /// <summary>What refuses a second effect.</summary>
    public const string EffectIndex = "wechatpay_inbox_effect";

    public const string VersionText = "SELECT MAX(version) FROM wechatpay_inbox_schema";

    /// <summary>The indexes of version 1's table.</summary>
    public static IReadOnlyList<string> FirstIndexes { get; } =
    [
        "CREATE UNIQUE INDEX " + EffectIndex + " ON wechatpay_inbox (merchant, idempotency_key) WHERE state = 1",
        "CREATE INDEX wechatpay_inbox_due ON wechatpay_inbox (due_at, seq) WHERE state = 0",
        "CREATE INDEX wechatpay_inbox_key ON wechatpay_inbox (merchant, business_key, seq) WHERE state = 0",
        "CREATE INDEX wechatpay_inbox_done ON wechatpay_inbox (done_at) WHERE state IN (1, 3)",
        "CREATE INDEX wechatpay_inbox_parked ON wechatpay_inbox (seq) WHERE state = 2",
    ];

    /// <summary>The tables are of another version than this program knows.</summary>
    public static InboxSchemaException IsNewer(int version) => new(FormattableString.Invariant(
        $"The inbox's tables have version {version}, and this program knows {SqlInboxStore.SchemaVersion}: a newer one has upgraded them. Run that one, or an inbox of its own for this one; nothing was changed."));

    /// <summary>Throws where the tables are not there, or not of this program's version.</summary>
    /// <exception cref="InboxSchemaException">They are not.</exception>
    public static async Task DemandAsync(DbConnection connection, Func<DbException, bool> isNoTable, CancellationToken cancellationToken)
    {
        await using var command = SqlRows.Command(connection, null, VersionText);
        object? found;
        try
        {
            found = await command.ExecuteScalarAsync(cancellationToken).ConfigureAwait(false);
        }
        catch (DbException failure) when (isNoTable(failure))
        {
            throw new InboxSchemaException("There is no inbox in this database: its tables are made when an application with AddWeChatPayInbox starts.", failure);
        }

        switch (VersionOf(found))
        {
            case > SqlInboxStore.SchemaVersion and var version:
                throw IsNewer(version);
            case < SqlInboxStore.SchemaVersion and var version:
                throw new InboxSchemaException(FormattableString.Invariant(
                    $"The inbox's tables have version {version}, and this program needs {SqlInboxStore.SchemaVersion}: start an application of this version once, it upgrades them."));
        }
    }

    /// <summary>What <see cref="VersionText"/> found; 0 when nothing.</summary>
    public static int VersionOf(object? found) => found is null or DBNull ? 0 : Convert.ToInt32(found, CultureInfo.InvariantCulture);
}
