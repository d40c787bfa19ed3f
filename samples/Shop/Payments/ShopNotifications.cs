using Microsoft.Data.Sqlite;
using Shop.Orders;
using WeChatPay;

namespace Shop.Payments;

/// <summary>What the shop does with a callback, or with what a query found instead. What it writes is committed with the inbox's mark; whatever it throws makes the inbox try again.</summary>
internal sealed class ShopNotifications(OrderBook book, ILogger<ShopNotifications> logger) : IWeChatPayNotificationHandler
{
    public async Task HandleAsync(NotificationContext context, CancellationToken cancellationToken)
    {
        if (Fact.Of(context.Notification) is not { } fact)
        {
            logger.NotConcerned(context.Notification.EventType);
            return;
        }

        var transaction = (SqliteTransaction)await context.BeginTransactionAsync(cancellationToken);
        var source = context.Notification.Serial == "query" ? "query" : "callback";
        logger.Settled(fact.Key, book.Settle(transaction.Connection!, fact, source));
    }
}
