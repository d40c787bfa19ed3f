using Microsoft.Data.Sqlite;
using WeChatPay.Functional;

namespace Shop.Orders;

/// <summary>What a fact led to.</summary>
internal enum Settlement
{
    Done,
    DoneBefore,
    NeedsAPerson,
    NotOurs,
}

/// <summary>A fact that was dealt with, and how often it was told.</summary>
internal sealed record Effect(string Key, string Number, string Source, string Result, DateTimeOffset At, int Times);

/// <summary>The shop's orders. A status changes only from the statuses that it may change from, in the statement itself: two at once are one.</summary>
internal sealed class OrderBook(Database database, TimeProvider clock)
{
    private const string OrderColumns = "SELECT number, product, fen, status, created_at, expires_at, appid, notify_url, code_url, transaction_id, note FROM orders ";
    private const string RefundColumns = "SELECT number, order_number, fen, status, refund_id FROM refunds ";

    private long Now => clock.GetUtcNow().ToUnixTimeSeconds();

    public Order? Find(string number)
    {
        using var connection = database.Open();
        return FindOrder(connection, number);
    }

    public OrderRefund? FindRefund(string number)
    {
        using var connection = database.Open();
        return FindRefund(connection, number);
    }

    public List<Order> Latest(int count) => Read(OrderColumns + "ORDER BY created_at DESC, rowid DESC LIMIT $1", ReadOrder, count);

    public List<Effect> LatestEffects(int count) => Read(
        "SELECT key, number, source, result, at, times FROM effects ORDER BY at DESC, rowid DESC LIMIT $1",
        static row => new Effect(row.GetString(0), row.GetString(1), row.GetString(2), row.GetString(3), row.Time(4), row.GetInt32(5)),
        count);

    /// <summary>Orders that wait for their payment for a while, and can still be paid.</summary>
    public List<Order> Unpaid(DateTimeOffset placedBefore) => Read(
        OrderColumns + "WHERE status = 'AwaitingPayment' AND created_at <= $1 AND expires_at > $2",
        ReadOrder,
        placedBefore.ToUnixTimeSeconds(),
        Now);

    /// <summary>Orders that WeChat Pay may not have, and orders whose time is over.</summary>
    public List<Order> InDoubt(TimeSpan askAfter) => Read(
        OrderColumns + "WHERE (status = 'Placing' AND created_at <= $1) OR (status IN ('Placing', 'AwaitingPayment') AND expires_at <= $2)",
        ReadOrder,
        Now - (long)askAfter.TotalSeconds,
        Now);

    /// <summary>Refunds that have been without news for a while.</summary>
    public List<OrderRefund> SilentRefunds(TimeSpan askAfter) => Read(
        RefundColumns + "WHERE status IN ('ASKING', 'PROCESSING') AND asked_at <= $1",
        ReadRefund,
        Now - (long)askAfter.TotalSeconds);

    /// <summary>What the shop knows of a day's money, in the order that a comparison with WeChat Pay's bill needs: payments, then refunds, each by their numbers' bytes.</summary>
    public List<MoneyEntry> Ledger(DateOnly day) => Read(
        """
        SELECT 0, number, '', paid_at, fen, 'SUCCESS' FROM orders WHERE paid_at >= $1 AND paid_at < $2
        UNION ALL
        SELECT 2, number, order_number, asked_at, fen, status FROM refunds WHERE asked_at >= $1 AND asked_at < $2 AND status <> 'REFUSED'
        ORDER BY 1, 2
        """,
        ReadEntry,
        BillDay.endOf(day.AddDays(-1)).ToUnixTimeSeconds(),
        BillDay.endOf(day).ToUnixTimeSeconds());

    public Order Add(Product product, ShopSettings settings)
    {
        var created = DateTimeOffset.FromUnixTimeSeconds(Now);
        var expires = DateTimeOffset.FromUnixTimeSeconds((created + settings.OrderLifetime).ToUnixTimeSeconds());
        var order = new Order("tea-" + Guid.NewGuid().ToString("N")[..16], product.Name, product.Fen, OrderStatus.Placing, created, expires, settings.Appid, settings.NotifyUrl);
        database.Write(connection => connection.Execute(
            "INSERT INTO orders (number, product, fen, status, created_at, expires_at, appid, notify_url) VALUES ($1, $2, $3, $4, $5, $6, $7, $8)",
            order.Number, order.Product, order.Fen, nameof(OrderStatus.Placing), created.ToUnixTimeSeconds(), expires.ToUnixTimeSeconds(), order.Appid, order.NotifyUrl));
        return order;
    }

    public void Placed(string number, string codeUrl) => database.Write(connection => connection.Execute(
        "UPDATE orders SET status = 'AwaitingPayment', code_url = $2 WHERE number = $1 AND status = 'Placing'", number, codeUrl));

    public void Close(string number, string? note = null) => database.Write(connection => connection.Execute(
        "UPDATE orders SET status = 'Closed', note = $2 WHERE number = $1 AND status IN ('Placing', 'AwaitingPayment')", number, note));

    /// <summary>Writes a refund down before anybody is asked for it; null when the order's money cannot be given back.</summary>
    public OrderRefund? StartRefund(string number) => database.Write(connection =>
    {
        if (FindOrder(connection, number) is not { } order || !OrderLifecycle.IsRefundable(order))
        {
            return null;
        }

        var count = connection.Query("SELECT count(*) FROM refunds WHERE order_number = $1", static row => row.GetInt64(0), number)[0];
        var refund = new OrderRefund(number + "-r" + (count + 1).ToString(System.Globalization.CultureInfo.InvariantCulture), number, order.Fen, OrderRefund.Asking);
        connection.Execute("INSERT INTO refunds (number, order_number, fen, status, asked_at) VALUES ($1, $2, $3, $4, $5)", refund.Number, number, refund.Fen, refund.Status, Now);
        connection.Execute("UPDATE orders SET status = 'Refunding' WHERE number = $1 AND status = 'Paid'", number);
        return refund;
    });

    public void RefundAccepted(string number, string refundId) => database.Write(connection => connection.Execute(
        "UPDATE refunds SET status = 'PROCESSING', refund_id = $2 WHERE number = $1 AND status = 'ASKING'", number, refundId));

    public void RefundRefused(OrderRefund refund, string note) => database.Write(connection =>
    {
        connection.Execute("UPDATE refunds SET status = $2 WHERE number = $1 AND status = 'ASKING'", refund.Number, OrderRefund.Refused);
        return connection.Execute("UPDATE orders SET status = 'Paid', note = $2 WHERE number = $1 AND status = 'Refunding'", refund.OrderNumber, note);
    });

    /// <summary>Does what a fact asks for, in a transaction of its own.</summary>
    public Settlement Settle(Fact fact, string source) => database.Write(connection => Settle(connection, fact, source));

    /// <summary>Does what a fact asks for, once, in the connection's transaction: a callback, a query and an answer that say the same have one key, and who comes later finds it taken.</summary>
    public Settlement Settle(SqliteConnection connection, Fact fact, string source)
    {
        if (connection.Execute("INSERT INTO effects (key, number, source, result, at) VALUES ($1, '', $2, '', $3) ON CONFLICT (key) DO NOTHING", fact.Key, source, Now) == 0)
        {
            connection.Execute("UPDATE effects SET times = times + 1 WHERE key = $1", fact.Key);
            return Settlement.DoneBefore;
        }

        var (number, verdict) = fact switch
        {
            PaymentFact paid => (paid.OrderNumber, Apply(connection, paid)),
            RefundFact refund => (refund.RefundNumber, Apply(connection, refund)),
            _ => throw new InvalidOperationException("A new kind of fact needs a place here."),
        };
        var result = verdict is null ? "not ours" : verdict.Value.Objection ?? verdict.Value.Next?.ToString() ?? "nothing to do";
        connection.Execute("UPDATE effects SET number = $2, result = $3 WHERE key = $1", fact.Key, number, result);
        return verdict switch
        {
            null => Settlement.NotOurs,
            { Objection: not null } => Settlement.NeedsAPerson,
            _ => Settlement.Done,
        };
    }

    private Verdict? Apply(SqliteConnection connection, PaymentFact fact)
    {
        if (FindOrder(connection, fact.OrderNumber) is not { } order)
        {
            return null;
        }

        var verdict = OrderLifecycle.Paid(order, fact);
        if (verdict.Next is { } next)
        {
            connection.Execute("UPDATE orders SET status = $2, transaction_id = $3, paid_at = $4, note = NULL WHERE number = $1", order.Number, next.ToString(), fact.TransactionId, fact.At?.ToUnixTimeSeconds() ?? Now);
        }

        Note(connection, order.Number, verdict);
        return verdict;
    }

    private static Verdict? Apply(SqliteConnection connection, RefundFact fact)
    {
        if (FindRefund(connection, fact.RefundNumber) is not { } refund || FindOrder(connection, refund.OrderNumber) is not { } order)
        {
            return null;
        }

        var verdict = OrderLifecycle.RefundEnded(order, refund, fact);
        connection.Execute("UPDATE refunds SET status = $2, refund_id = $3 WHERE number = $1", refund.Number, fact.Status.Value, fact.RefundId);
        if (verdict.Next is { } next)
        {
            connection.Execute("UPDATE orders SET status = $2 WHERE number = $1", order.Number, next.ToString());
        }

        Note(connection, order.Number, verdict);
        return verdict;
    }

    private static void Note(SqliteConnection connection, string number, Verdict verdict)
    {
        if (verdict.Objection is { } objection)
        {
            connection.Execute("UPDATE orders SET note = $2 WHERE number = $1", number, objection);
        }
    }

    private static Order? FindOrder(SqliteConnection connection, string number) =>
        connection.Query(OrderColumns + "WHERE number = $1", ReadOrder, number).FirstOrDefault();

    private static OrderRefund? FindRefund(SqliteConnection connection, string number) =>
        connection.Query(RefundColumns + "WHERE number = $1", ReadRefund, number).FirstOrDefault();

    private static Order ReadOrder(SqliteDataReader row) =>
        new(row.GetString(0), row.GetString(1), row.GetInt64(2), Enum.Parse<OrderStatus>(row.GetString(3)), row.Time(4), row.Time(5), row.GetString(6), row.GetString(7), row.Text(8), row.Text(9), row.Text(10));

    private static OrderRefund ReadRefund(SqliteDataReader row) =>
        new(row.GetString(0), row.GetString(1), row.GetInt64(2), row.GetString(3), row.Text(4));

    private static MoneyEntry ReadEntry(SqliteDataReader row) => new(
        row.GetInt32(0) == 0 ? MoneyEntryKind.Payment : MoneyEntryKind.Refund,
        row.GetString(1),
        string.Empty,
        row.GetString(2),
        row.Time(3),
        row.GetString(5) switch
        {
            "SUCCESS" => MoneyEntryStatus.Done,
            "ASKING" or "PROCESSING" => MoneyEntryStatus.UnderWay,
            _ => MoneyEntryStatus.Failed,
        },
        row.GetInt64(4),
        null);

    private List<T> Read<T>(string sql, Func<SqliteDataReader, T> read, params ReadOnlySpan<object?> values)
    {
        using var connection = database.Open();
        return connection.Query(sql, read, values);
    }
}
