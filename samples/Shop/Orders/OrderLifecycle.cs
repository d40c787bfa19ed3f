using WeChatPay;

namespace Shop.Orders;

/// <summary>What a fact makes of an order: its next status, an objection that a person has to look at, both, or neither when nothing changes.</summary>
internal readonly record struct Verdict(OrderStatus? Next, string? Objection)
{
    public static Verdict Nothing => default;

    public static Verdict Go(OrderStatus next) => new(next, null);

    public static Verdict Object(string why, OrderStatus? next = null) => new(next, why);
}

/// <summary>The life of an order. Decisions alone: no database, no clock, no wire.</summary>
internal static class OrderLifecycle
{
    /// <summary>Whether money can be given back.</summary>
    public static bool IsRefundable(Order order) => order.Status == OrderStatus.Paid;

    /// <summary>Paid, if the amount is the order's own. The money of an order that was closed is there all the same.</summary>
    public static Verdict Paid(Order order, PaymentFact fact) => order.Status switch
    {
        OrderStatus.Placing or OrderStatus.AwaitingPayment or OrderStatus.Closed => fact.Fen == order.Fen
            ? Verdict.Go(OrderStatus.Paid)
            : Verdict.Object("Paid " + Product.Yuan(fact.Fen) + " where the order costs " + Product.Yuan(order.Fen) + ".", OrderStatus.Disputed),
        _ when order.TransactionId != fact.TransactionId => Verdict.Object("Paid twice: as " + order.TransactionId + " and as " + fact.TransactionId + "."),
        _ => Verdict.Nothing,
    };

    /// <summary>Refunded, stuck, or paid as before: as the refund ended.</summary>
    public static Verdict RefundEnded(Order order, OrderRefund refund, RefundFact fact)
    {
        if (fact.Fen != refund.Fen)
        {
            return Verdict.Object("Gave back " + Product.Yuan(fact.Fen) + " where " + Product.Yuan(refund.Fen) + " was asked for.", OrderStatus.Disputed);
        }

        return (order.Status, fact.Status.Known) switch
        {
            (OrderStatus.Refunding or OrderStatus.RefundAbnormal, RefundStatus.Kind.Success) => Verdict.Go(OrderStatus.Refunded),
            (OrderStatus.Refunding, RefundStatus.Kind.Abnormal) => Verdict.Go(OrderStatus.RefundAbnormal),
            (OrderStatus.Refunding or OrderStatus.RefundAbnormal, RefundStatus.Kind.Closed) => Verdict.Go(OrderStatus.Paid),
            _ => Verdict.Nothing,
        };
    }
}
