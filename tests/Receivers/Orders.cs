// The code of docs/receiving.md, as it stands there: a test compares the two.
using System.Collections.Concurrent;
using WeChatPay.Functional;

namespace WeChatPay.Tests.Receivers;

public sealed class Orders
{
    private readonly ConcurrentDictionary<string, long> _paid = new();          // a real shop has a database, and a unique key

    public bool IsPaid(string outTradeNo) => _paid.ContainsKey("payment of " + outTradeNo);

    public Task SettleAsync(DecodedEvent notification, CancellationToken cancellationToken)
    {
        if (notification.Event is WeChatPayEvent.PaymentSucceeded { Transaction: var paid })
        {
            _paid.TryAdd("payment of " + paid.OutTradeNo, paid.Amount.Total);   // the same one may come again
        }

        return Task.CompletedTask;
    }
}
