namespace WeChatPay.Inbox;

/// <summary>What the inbox asks of a database, in the words that SQLite and PostgreSQL share.</summary>
internal static class SqlText
{
    public const string Add = """
        INSERT INTO wechatpay_inbox (merchant, notification_id, business_key, idempotency_key, event_type, original_type, summary, serial, created_at, received_at, headers, body, resource, sealed_by, due_at)
        VALUES (@merchant, @notification_id, @business_key, @idempotency_key, @event_type, @original_type, @summary, @serial, @created_at, @received_at, @headers, @body, @resource, @sealed_by, @received_at)
        ON CONFLICT (merchant, notification_id) DO NOTHING
        """;

    public const string Columns = "seq, merchant, notification_id, business_key, idempotency_key, event_type, original_type, summary, serial, created_at, received_at, headers, body, resource, sealed_by, state, attempts, due_at, lease_until, fence, error, done_at";

    /// <summary>Whoever comes after a later lease changes nothing.</summary>
    private const string IfStillLeased = " WHERE seq = @seq AND fence = @fence AND state = 0";

    public const string Complete = "UPDATE wechatpay_inbox SET state = 1, done_at = @now, lease_until = NULL, error = NULL" + IfStillLeased;

    public const string Skip = "UPDATE wechatpay_inbox SET state = 3, done_at = @now, lease_until = NULL, error = NULL" + IfStillLeased;

    public const string Postpone = "UPDATE wechatpay_inbox SET due_at = @due, lease_until = NULL, error = @error" + IfStillLeased;

    public const string Park = "UPDATE wechatpay_inbox SET state = 2, lease_until = NULL, error = @error" + IfStillLeased;

    public const string Release = "UPDATE wechatpay_inbox SET lease_until = NULL, attempts = attempts - 1" + IfStillLeased;

    /// <summary>Each from its own index: an item's state stands behind its bytes, which a walk through the table would read.</summary>
    public const string Count = """
        SELECT (SELECT COUNT(*) FROM wechatpay_inbox WHERE state = 0), (SELECT COUNT(*) FROM wechatpay_inbox WHERE state = 2),
               (SELECT COUNT(*) FROM wechatpay_inbox WHERE state IN (1, 3)), (SELECT MIN(received_at) FROM wechatpay_inbox WHERE state = 0)
        """;

    public const string List = "SELECT " + Columns + " FROM wechatpay_inbox WHERE (@state < 0 OR state = @state) AND seq < @before ORDER BY seq DESC LIMIT @limit";

    public const string Find = "SELECT " + Columns + " FROM wechatpay_inbox WHERE seq = @seq";

    public const string Retry = "UPDATE wechatpay_inbox SET state = 0, attempts = 0, due_at = @now WHERE seq = @seq AND state IN (0, 2) AND lease_until IS NULL";

    public const string RetryParked = "UPDATE wechatpay_inbox SET state = 0, attempts = 0, due_at = @now WHERE state = 2";

    public const string Purge = "DELETE FROM wechatpay_inbox WHERE seq IN (SELECT seq FROM wechatpay_inbox WHERE state IN (1, 3) AND done_at < @before ORDER BY done_at LIMIT @limit)";

    /// <summary>
    /// Takes what is due and free. Of a business key only the first that came, and none while another of it is leased;
    /// times further ahead than anything sets them come from a clock that was wrong.
    /// </summary>
    public static string Claim(string materialized, string rowLock) => $"""
        WITH next AS {materialized} (
          SELECT i.seq FROM wechatpay_inbox AS i
          WHERE i.state = 0
            AND (i.due_at <= @now OR i.due_at > @latest_due)
            AND (i.lease_until IS NULL OR i.lease_until <= @now OR i.lease_until > @until)
            AND NOT EXISTS (
              SELECT 1 FROM wechatpay_inbox AS other
              WHERE other.merchant = i.merchant AND other.business_key = i.business_key AND other.state = 0 AND other.seq <> i.seq
                AND (other.seq < i.seq OR (other.lease_until > @now AND other.lease_until <= @until)))
          ORDER BY i.due_at, i.seq
          LIMIT @limit {rowLock})
        UPDATE wechatpay_inbox SET lease_until = @until, fence = fence + 1, attempts = attempts + 1
        WHERE seq IN (SELECT seq FROM next)
        RETURNING {Columns}, EXISTS (
          SELECT 1 FROM wechatpay_inbox AS done
          WHERE done.merchant = wechatpay_inbox.merchant AND done.idempotency_key = wechatpay_inbox.idempotency_key AND done.state = 1)
        """;
}
