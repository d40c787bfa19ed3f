using Shop.Orders;

namespace Shop.Payments;

/// <summary>Looks after what the inbox does not ask about: orders whose answer was lost, orders whose time is over, refunds without news. A query is the last word.</summary>
internal sealed class OrderPatrol(Checkout checkout, Refunding refunding, OrderBook book, ShopSettings settings, TimeProvider clock, ILogger<OrderPatrol> logger) : BackgroundService
{
    protected override async Task ExecuteAsync(CancellationToken stoppingToken)
    {
        using var timer = new PeriodicTimer(settings.PatrolEvery, clock);
        do
        {
            await WalkAsync(stoppingToken);
        }
        while (await timer.WaitForNextTickAsync(stoppingToken));
    }

    private async Task WalkAsync(CancellationToken cancellationToken)
    {
        try
        {
            foreach (var order in book.InDoubt(settings.AskAfter))
            {
                await checkout.AskAsync(order, cancellationToken);
            }

            foreach (var refund in book.SilentRefunds(settings.AskAfter))
            {
                await refunding.AskAsync(refund, cancellationToken);
            }
        }
#pragma warning disable CA1031 // One bad round must not be the last one.
        catch (Exception failure) when (failure is not OperationCanceledException)
#pragma warning restore CA1031
        {
            logger.RoundFailed(failure);
        }
    }
}
