using System.Collections.Concurrent;
using WeChatPay;
using WeChatPay.Api;
using WeChatPay.Functional;

namespace Quickstart;

/// <summary>What has become of an order, as the shop knows it.</summary>
internal enum OrderStatus
{
    AwaitingPayment,
    Paid,
    Refunded,
}

/// <summary>An order of the shop.</summary>
internal sealed record Order(string Number, string Product, long Fen, string CodeUrl, OrderStatus Status);

/// <summary>A very small shop: one product, orders in memory (a real one has a database).</summary>
internal sealed class Shop(WeChatPayClient pay)
{
    public const string Product = "一杯龙井茶 · a cup of Longjing tea";
    public const long Fen = 1;
    private readonly ConcurrentDictionary<string, Order> _orders = new();
    private readonly ConcurrentDictionary<string, bool> _done = new();

    public string NotifyUrl { get; set; } = string.Empty;

    public Order? Find(string number) => _orders.GetValueOrDefault(number);

    /// <summary>Places an order with WeChat Pay, and remembers it.</summary>
    public async Task<Order> OrderAsync(CancellationToken cancellationToken)
    {
        var number = "tea-" + Guid.NewGuid().ToString("N")[..12];
        NativePrepayResponse prepay = await pay.Payments.PrepayNativeAsync(
            new()
            {
                Appid = "wx0000000000000001",
                Description = Product,
                OutTradeNo = number,
                NotifyUrl = NotifyUrl,
                Amount = new() { Total = Fen },
            },
            cancellationToken);
        return _orders[number] = new(number, Product, Fen, prepay.CodeUrl, OrderStatus.AwaitingPayment);
    }

    /// <summary>Asks for the money to be given back.</summary>
    public Task<Refund> RefundAsync(Order order, CancellationToken cancellationToken) => pay.Refunds.CreateAsync(
        new()
        {
            OutTradeNo = order.Number,
            OutRefundNo = order.Number + "-r1",
            Reason = "too hot",
            NotifyUrl = NotifyUrl,
            Amount = new() { Refund = order.Fen, Total = order.Fen, Currency = "CNY" },
        },
        cancellationToken);

    /// <summary>Does what a notification asks for, once: the same one may come again.</summary>
    public void Settle(DecodedEvent notification)
    {
        if (!_done.TryAdd(notification.IdempotencyKey, true))
        {
            return;
        }

        switch (notification.Event)
        {
            case WeChatPayEvent.PaymentSucceeded { Transaction: var paid } when Find(paid.OutTradeNo) is { } order && paid.Amount.Total == order.Fen:
                _orders[order.Number] = order with { Status = OrderStatus.Paid };
                break;
            case WeChatPayEvent.RefundSucceeded { Refund.OutTradeNo: { } number } when Find(number) is { } order:
                _orders[order.Number] = order with { Status = OrderStatus.Refunded };
                break;
        }
    }
}

/// <summary>What the shop does with a notification. Whatever it throws makes the platform send it again.</summary>
internal sealed class ShopNotifications(Shop shop, CallbackWitness witness) : IWeChatPayNotificationHandler
{
    public Task HandleAsync(NotificationContext context, CancellationToken cancellationToken)
    {
        shop.Settle(context.Notification);
        witness.Decoded(context.Notification);
        return Task.CompletedTask;
    }
}
