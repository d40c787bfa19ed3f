using Shop.Orders;
using WeChatPay;

namespace Shop.Payments;

/// <summary>Orders, from the shop to WeChat Pay: written down first, placed then, asked about when in doubt.</summary>
internal sealed class Checkout(WeChatPayClient pay, OrderBook book, ShopSettings settings, TimeProvider clock, ILogger<Checkout> logger)
{
    /// <summary>Whoever pays at the last moment is not refused: the shop closes the order itself, and knows then.</summary>
    private static readonly TimeSpan s_grace = TimeSpan.FromMinutes(1);

    /// <summary>A new order. When WeChat Pay's answer is lost it stays <see cref="OrderStatus.Placing"/>, and the patrol goes on with it.</summary>
    public async Task<Order> OrderAsync(Product product, CancellationToken cancellationToken)
    {
        var order = book.Add(product, settings);
        await PlaceAsync(order, cancellationToken);
        return book.Find(order.Number) ?? order;
    }

    /// <summary>Asks what has become of an order, and goes on from there.</summary>
    public async Task AskAsync(Order order, CancellationToken cancellationToken)
    {
        try
        {
            var known = await QueryAsync(order.Number, cancellationToken);
            if (known is not null && Fact.Of(known) is { } paid)
            {
                logger.Settled(order.Number, book.Settle(paid, "query"));
            }
            else if (known?.TradeState == TradeState.Closed)
            {
                book.Close(order.Number);
            }
            else if (order.ExpiresAt <= clock.GetUtcNow())
            {
                await CloseAsync(order, isKnown: known is not null, cancellationToken);
            }
            else if (order.Status == OrderStatus.Placing)
            {
                await PlaceAsync(order, cancellationToken);
            }
        }
        catch (Exception failure) when (Doubt.IsUnanswered(failure, cancellationToken))
        {
            logger.Unanswered(order.Number, failure.Message);
        }
    }

    /// <summary>Null when WeChat Pay itself says that it does not know the order; an unsigned 404 says nothing.</summary>
    private async Task<Transaction?> QueryAsync(string number, CancellationToken cancellationToken)
    {
        try
        {
            return await pay.Payments.QueryByOutTradeNoAsync(number, cancellationToken);
        }
        catch (WeChatPayApiException refusal) when (refusal is { StatusCode: 404, IsSigned: true })
        {
            return null;
        }
    }

    /// <summary>The same order always makes the same request, so that it may be placed once more under its number.</summary>
    private async Task PlaceAsync(Order order, CancellationToken cancellationToken)
    {
        try
        {
            var prepay = await pay.Payments.PrepayNativeAsync(
                new()
                {
                    Appid = order.Appid,
                    Description = order.Product,
                    OutTradeNo = order.Number,
                    TimeExpire = order.ExpiresAt + s_grace,
                    NotifyUrl = order.NotifyUrl,
                    Amount = new() { Total = order.Fen },
                },
                cancellationToken);
            book.Placed(order.Number, prepay.CodeUrl);
        }
        catch (Exception failure) when (Doubt.Is(failure, cancellationToken))
        {
            logger.InDoubt(order.Number, failure.Message);
        }
        catch (WeChatPayException refusal)
        {
            logger.Refused(order.Number, refusal.Message);
            book.Close(order.Number, refusal.Message);
        }
    }

    /// <summary>Closed with WeChat Pay first: afterwards nobody can pay it. When the payer was faster the call is refused, and the next question tells.</summary>
    private async Task CloseAsync(Order order, bool isKnown, CancellationToken cancellationToken)
    {
        if (isKnown)
        {
            await pay.Payments.CloseAsync(order.Number, cancellationToken);
        }

        book.Close(order.Number, "Not paid in time.");
    }
}
