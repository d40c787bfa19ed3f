using System.Text;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;
using WeChatPay.Functional;
using WeChatPay.Wire;

namespace WeChatPay.Inbox;

/// <summary>How long after its placing an order is asked about, and how often.</summary>
internal sealed record SweepTimes(TimeSpan After, TimeSpan Every);

/// <summary>Asks the platform about orders that the merchant's books think unpaid; what was paid is taken in as its notification would be, with the same idempotency key.</summary>
internal sealed class InboxSweep(
    SweepTimes times,
    Func<IServiceProvider, IUnsettledOrders> orders,
    InboxSink sink,
    IServiceProvider services,
    TimeProvider clock,
    ILogger<InboxSweep> logger) : BackgroundService
{
    private const string EventType = "TRANSACTION.SUCCESS";

    protected override async Task ExecuteAsync(CancellationToken stoppingToken)
    {
        while (!stoppingToken.IsCancellationRequested)
        {
            try
            {
                await SweepAsync(stoppingToken).ConfigureAwait(false);
            }
#pragma warning disable CA1031 // The books may be away for a while.
            catch (Exception failure) when (!stoppingToken.IsCancellationRequested)
#pragma warning restore CA1031
            {
                logger.SweepFailed(failure, times.Every);
            }

            await Task.Delay(times.Every, clock, stoppingToken).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        }
    }

    private async Task SweepAsync(CancellationToken cancellationToken)
    {
        var scope = services.CreateAsyncScope();
        await using (scope.ConfigureAwait(false))
        {
            await foreach (var order in orders(scope.ServiceProvider).FindAsync(clock.GetUtcNow() - times.After, cancellationToken).ConfigureAwait(false))
            {
                try
                {
                    await AskAsync(order, cancellationToken).ConfigureAwait(false);
                }
#pragma warning disable CA1031 // One order's failure must not keep the others unasked.
                catch (Exception failure) when (!cancellationToken.IsCancellationRequested)
#pragma warning restore CA1031
                {
                    logger.AskingFailed(failure, order.OutTradeNo);
                }
            }
        }
    }

    private async Task AskAsync(UnsettledOrder order, CancellationToken cancellationToken)
    {
        if (await QueryAsync(order, cancellationToken).ConfigureAwait(false) is not { } paid)
        {
            return;
        }

        var resource = Encoding.UTF8.GetBytes(WireJson.TextOf(paid.Resource));
        var read = Core.restoreWithoutVerification(new KeptNotification("query:" + paid.TransactionId, EventType, "transaction", paid.SuccessTime, null, "query", resource));
        if (read.IsOk && read.ResultValue.Event is not WeChatPayEvent.Unrecognized)
        {
            logger.FoundPaid(order.OutTradeNo);
            await sink.TakeAsync(new ReceivedNotification(read.ResultValue, order.Merchant, clock.GetUtcNow(), [], resource), cancellationToken).ConfigureAwait(false);
        }
    }

    /// <summary>What a query says of a paid order; the answer is verified, and bound to the order that was asked for. Null when it is not paid.</summary>
    private async Task<PaidOrder?> QueryAsync(UnsettledOrder order, CancellationToken cancellationToken)
    {
        if (order.SubMerchantId is { } subMerchant)
        {
            var partner = services.GetRequiredKeyedService<WeChatPayPartnerClient>(order.Merchant);
            var placed = await partner.Payments.QueryByOutTradeNoAsync(order.OutTradeNo, subMerchant, cancellationToken: cancellationToken).ConfigureAwait(false);
            return placed.TradeState == TradeState.Success ? new(placed, placed.TransactionId, placed.SuccessTime) : null;
        }

        var direct = services.GetRequiredKeyedService<WeChatPayClient>(order.Merchant);
        var found = await direct.Payments.QueryByOutTradeNoAsync(order.OutTradeNo, cancellationToken).ConfigureAwait(false);
        return found.TradeState == TradeState.Success ? new(found, found.TransactionId, found.SuccessTime) : null;
    }

    private sealed record PaidOrder(IWireShape Resource, string? TransactionId, DateTimeOffset? SuccessTime);
}
