using System.Runtime.CompilerServices;
using Shop.Orders;
using WeChatPay.Inbox;

namespace Shop.Payments;

/// <summary>Orders whose payment may have been missed: callbacks get lost, the shop itself was down. The inbox asks about them, and takes in what was paid.</summary>
internal sealed class UnpaidOrders(OrderBook book) : IUnsettledOrders
{
    public async IAsyncEnumerable<UnsettledOrder> FindAsync(DateTimeOffset placedBefore, [EnumeratorCancellation] CancellationToken cancellationToken)
    {
        await Task.CompletedTask;
        foreach (var order in book.Unpaid(placedBefore))
        {
            yield return new UnsettledOrder(order.Number);
        }
    }
}
