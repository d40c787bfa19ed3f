using Shop.Orders;
using WeChatPay;

namespace Shop.Payments;

/// <summary>What the shop does with a callback. It returns when the effect is in the database; whatever it throws makes the platform send it again.</summary>
internal sealed class ShopNotifications(OrderBook book, ILogger<ShopNotifications> logger) : IWeChatPayNotificationHandler
{
    public Task HandleAsync(NotificationContext context, CancellationToken cancellationToken)
    {
        if (Fact.Of(context.Notification) is { } fact)
        {
            logger.Settled(fact.Key, book.Settle(fact, "callback"));
        }
        else
        {
            logger.NotConcerned(context.Notification.EventType);
        }

        return Task.CompletedTask;
    }
}
