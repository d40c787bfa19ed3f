using Shop.Orders;
using WeChatPay;

namespace Shop.Payments;

/// <summary>Refunds, from the shop to WeChat Pay: each has a number of its own, which it keeps however often it is asked for.</summary>
internal sealed class Refunding(WeChatPayClient pay, OrderBook book, ILogger<Refunding> logger)
{
    /// <summary>Gives an order's money back; null when it is not there, or already on its way.</summary>
    public async Task<OrderRefund?> RefundAsync(string orderNumber, CancellationToken cancellationToken)
    {
        if (book.StartRefund(orderNumber) is not { } refund)
        {
            return null;
        }

        await SendAsync(refund, cancellationToken);
        return book.FindRefund(refund.Number);
    }

    /// <summary>Asks what has become of a refund; one that never arrived is sent again under its number.</summary>
    public async Task AskAsync(OrderRefund refund, CancellationToken cancellationToken)
    {
        try
        {
            Take(refund, await pay.Refunds.QueryAsync(refund.Number, cancellationToken), "query");
        }
        catch (WeChatPayApiException unknown) when (unknown is { StatusCode: 404, IsSigned: true } && refund.Status == OrderRefund.Asking)
        {
            await SendAsync(refund, cancellationToken);
        }
        catch (Exception failure) when (Doubt.IsUnanswered(failure, cancellationToken))
        {
            logger.Unanswered(refund.Number, failure.Message);
        }
    }

    private async Task SendAsync(OrderRefund refund, CancellationToken cancellationToken)
    {
        try
        {
            var answer = await pay.Refunds.CreateAsync(
                new()
                {
                    OutTradeNo = refund.OrderNumber,
                    OutRefundNo = refund.Number,
                    NotifyUrl = book.Find(refund.OrderNumber)?.NotifyUrl,
                    Amount = new() { Refund = refund.Fen, Total = refund.Fen, Currency = "CNY" },
                },
                cancellationToken);
            Take(refund, answer, "answer");
        }
        catch (Exception failure) when (Doubt.Is(failure, cancellationToken))
        {
            logger.InDoubt(refund.Number, failure.Message);
        }
        catch (WeChatPayException refusal)
        {
            logger.Refused(refund.Number, refusal.Message);
            book.RefundRefused(refund, refusal.Message);
        }
    }

    private void Take(OrderRefund refund, Refund answer, string source)
    {
        if (Fact.Of(answer) is { } ended)
        {
            logger.Settled(refund.Number, book.Settle(ended, source));
        }
        else
        {
            book.RefundAccepted(refund.Number, answer.RefundId);
        }
    }
}
