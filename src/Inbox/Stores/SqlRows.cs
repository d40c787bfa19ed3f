using System.Data.Common;

namespace WeChatPay.Inbox;

/// <summary>Items to parameters, rows to items. Times are milliseconds since 1970.</summary>
internal static class SqlRows
{
    private const int StateColumn = 15;
    private const int AttemptsColumn = 16;
    private const int FenceColumn = 19;
    private const int IsDoneColumn = 22;

    public static DbCommand Command(DbConnection connection, DbTransaction? transaction, string text, params ReadOnlySpan<(string Name, object? Value)> parameters)
    {
        var command = connection.CreateCommand();
        command.CommandText = text;
        command.Transaction = transaction;
        foreach (var (name, value) in parameters)
        {
            Bind(command, name, value);
        }

        return command;
    }

    public static void Bind(DbCommand command, string name, object? value)
    {
        var parameter = command.CreateParameter();
        parameter.ParameterName = name;
        parameter.Value = value ?? DBNull.Value;
        command.Parameters.Add(parameter);
    }

    public static DbCommand Add(DbConnection connection, DbTransaction? transaction, InboxItem item) => Command(
        connection,
        transaction,
        SqlText.Add,
        ("merchant", item.Merchant),
        ("notification_id", item.NotificationId),
        ("business_key", item.BusinessKey),
        ("idempotency_key", item.IdempotencyKey),
        ("event_type", item.EventType),
        ("original_type", item.OriginalType),
        ("summary", item.Summary),
        ("serial", item.Serial),
        ("created_at", item.CreatedAt?.ToUnixTimeMilliseconds()),
        ("received_at", item.ReceivedAt.ToUnixTimeMilliseconds()),
        ("headers", item.Headers),
        ("body", item.Body.ToArray()),
        ("resource", item.Resource.ToArray()),
        ("sealed_by", item.SealedBy));

    public static InboxLease Lease(DbDataReader row, TimeSpan duration) => new()
    {
        Sequence = row.GetInt64(0),
        Item = Item(row),
        Fence = row.GetInt64(FenceColumn),
        Attempt = row.GetInt32(AttemptsColumn),
        Duration = duration,
        IsEffectDone = row.GetBoolean(IsDoneColumn),
    };

    public static InboxRecord Record(DbDataReader row) => new()
    {
        Sequence = row.GetInt64(0),
        Item = Item(row),
        State = (InboxState)row.GetInt32(StateColumn),
        Attempts = row.GetInt32(AttemptsColumn),
        DueAt = Time(row, 17) ?? default,
        LeasedUntil = Time(row, 18),
        Error = Text(row, 20),
        DoneAt = Time(row, 21),
    };

    public static DateTimeOffset? Time(DbDataReader row, int column) =>
        row.IsDBNull(column) ? null : DateTimeOffset.FromUnixTimeMilliseconds(row.GetInt64(column));

    private static InboxItem Item(DbDataReader row) => new()
    {
        Merchant = row.GetString(1),
        NotificationId = row.GetString(2),
        BusinessKey = row.GetString(3),
        IdempotencyKey = row.GetString(4),
        EventType = row.GetString(5),
        OriginalType = Text(row, 6),
        Summary = Text(row, 7),
        Serial = row.GetString(8),
        CreatedAt = Time(row, 9),
        ReceivedAt = Time(row, 10) ?? default,
        Headers = row.GetString(11),
        Body = row.GetFieldValue<byte[]>(12),
        Resource = row.GetFieldValue<byte[]>(13),
        SealedBy = Text(row, 14),
    };

    private static string? Text(DbDataReader row, int column) => row.IsDBNull(column) ? null : row.GetString(column);
}
