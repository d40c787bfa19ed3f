using WeChatPay;
using WeChatPay.Functional;

namespace Shop.Orders;

/// <summary>Something that WeChat Pay says has happened. A callback and a query that say the same have the same key, so that it is done once, whoever comes first.</summary>
internal abstract record Fact(string Key)
{
    /// <summary>What a callback proves; null for what does not concern the shop.</summary>
    public static Fact? Of(DecodedEvent notification) => notification.Event switch
    {
        WeChatPayEvent.PaymentSucceeded { Transaction: var paid } =>
            new PaymentFact(notification.IdempotencyKey, paid.OutTradeNo, paid.TransactionId, paid.Amount.Total, paid.SuccessTime),
        WeChatPayEvent.RefundSucceeded { Refund: var refund } => Of(notification, refund),
        WeChatPayEvent.RefundAbnormal { Refund: var refund } => Of(notification, refund),
        WeChatPayEvent.RefundClosed { Refund: var refund } => Of(notification, refund),
        _ => null,
    };

    /// <summary>What a query of an order says; null when it is not paid.</summary>
    public static Fact? Of(Transaction order) => order is { TradeState.Known: TradeState.Kind.Success or TradeState.Kind.Refund, TransactionId: { } id }
        ? new PaymentFact("payment:" + id, order.OutTradeNo, id, order.Amount.Total, order.SuccessTime)
        : null;

    /// <summary>What the answer to a refund, or a query of it, says; null while it is being worked on.</summary>
    public static Fact? Of(Refund refund) => refund.Status == RefundStatus.Processing
        ? null
        : new RefundFact("refund:" + refund.RefundId + ":" + refund.Status.Value, refund.OutRefundNo, refund.RefundId, refund.Amount.Refund, refund.Status);

    private static RefundFact Of(DecodedEvent notification, RefundNotification refund) =>
        new(notification.IdempotencyKey, refund.OutRefundNo, refund.RefundId, refund.Amount.Refund, refund.RefundStatus);
}

/// <summary>An order has been paid, at the time that WeChat Pay says: bills go by it.</summary>
internal sealed record PaymentFact(string Key, string OrderNumber, string TransactionId, long Fen, DateTimeOffset? At) : Fact(Key);

/// <summary>A refund has ended, one way or the other.</summary>
internal sealed record RefundFact(string Key, string RefundNumber, string RefundId, long Fen, RefundStatus Status) : Fact(Key);
