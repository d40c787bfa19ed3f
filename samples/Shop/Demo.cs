using System.Globalization;
using System.Text;
using Shop.Orders;
using Shop.Payments;
using WeChatPay;
using WeChatPay.Inbox;
using WeChatPay.Simulator;
using BillDay = WeChatPay.Functional.BillDay;
using ReconciliationOutcome = WeChatPay.Functional.ReconciliationOutcome;
using ReconciliationOutcomeModule = WeChatPay.Functional.ReconciliationOutcomeModule;

namespace Shop;

/// <summary>A bad day at the shop, told from the opening to the closing: it ends with the books in order, or with exit code 1.</summary>
internal sealed class Demo : IAsyncDisposable
{
    private static readonly TimeSpan s_patience = TimeSpan.FromSeconds(20);
    private readonly DirectoryInfo _folder = Directory.CreateTempSubdirectory("shop-");
    private readonly WeChatPaySimulator _platform;
    private readonly DemoClock _clock;
    private WebApplication? _app;
    private string _address = "http://127.0.0.1:0";
    private bool _isAsTold = true;
    private int _step;

    private Demo(WeChatPaySimulator platform, DemoClock clock) => (_platform, _clock) = (platform, clock);

    private OrderBook Book => Service<OrderBook>();

    public static async Task<int> RunAsync()
    {
        Console.OutputEncoding = Encoding.UTF8;
        var clock = new DemoClock();

        // At noon: nothing is told around midnight, when two days' bills may have it.
        clock.MoveTo(BillDay.endOf(BillDay.ofTime(clock.GetUtcNow())).AddHours(-12));
        await using var platform = await WeChatPaySimulator.StartAsync(new() { SettlesRefunds = false, Clock = clock }, CancellationToken.None);
        await using var demo = new Demo(platform, clock);
        await demo.OpenAsync();
        await demo.TellAsync();
        Console.WriteLine();
        Console.WriteLine(demo._isAsTold ? "Done: every payment and every refund is in the books, once." : "Something is wrong: see the lines marked ✗.");
        return demo._isAsTold ? 0 : 1;
    }

    public async ValueTask DisposeAsync()
    {
        await CloseAsync();
        Microsoft.Data.Sqlite.SqliteConnection.ClearAllPools();
        _folder.Delete(recursive: true);
    }

    private async Task TellAsync()
    {
        var first = await LoseAnAnswerAsync();
        await PayTwiceAtOnceAsync(first);
        var second = await LoseACallbackAsync();
        var third = await CloseInTheMiddleAsync();
        await RefundAsync(first);
        await RefundIntoAClosedCardAsync(second);
        await LetExpireAsync();
        await RefundWithoutAnAnswerAsync(third);
        await CompareTheDayAsync(third);
        await PayAnotherAmountAsync();
    }

    private async Task<Order> LoseAnAnswerAsync()
    {
        Step("WeChat Pay takes the order, and its answer is lost");
        _platform.Misbehaviour = Misbehaviour.LostAnswer;
        var order = await OrderAsync(0);
        Check(order, OrderStatus.Placing, "the shop does not know whether WeChat Pay has it");
        _platform.Misbehaviour = Misbehaviour.None;
        await Until(order, OrderStatus.AwaitingPayment, "asked, then placed again under the same number");
        return order;
    }

    private async Task PayTwiceAtOnceAsync(Order order)
    {
        Step("The payer pays; the callback comes twice at once, and once more later");
        _platform.Misbehaviour = Misbehaviour.Duplicates;
        var sent = await _platform.PayAsync(order.Number);
        _platform.Misbehaviour = Misbehaviour.None;
        await _platform.RepeatAsync(sent.Id);
        await Until(order, OrderStatus.Paid, "three callbacks, each answered 204");
        Expect((await Service<IInboxStore>().ListAsync(null, null, 50, CancellationToken.None)).Count(item => item.Item.NotificationId == sent.Id) == 1, "one of them in the inbox");
        Expect(EffectOf(order) is { Result: nameof(OrderStatus.Paid), Times: 1 }, "one effect in the books");
    }

    private async Task<Order> LoseACallbackAsync()
    {
        Step("The payer pays; the callback is signed by somebody else");
        var order = await OrderAsync(1);
        _platform.Misbehaviour = Misbehaviour.WrongKey;
        var sent = await _platform.PayAsync(order.Number);
        Expect(sent.Attempts[0].StatusCode == 401, "refused with 401");
        Check(order, OrderStatus.AwaitingPayment, "nothing is believed unverified");
        _platform.Misbehaviour = Misbehaviour.None;
        await Until(order, OrderStatus.Paid, "without news for a while, the inbox asked");
        Expect(EffectOf(order) is { Source: "query" }, "the news came from a query");
        return order;
    }

    private async Task<Order> CloseInTheMiddleAsync()
    {
        Step("The shop goes down; the payer pays; the shop opens again with its database");
        var order = await OrderAsync(2);
        await CloseAsync();
        var sent = await _platform.PayAsync(order.Number);
        Expect(!sent.IsAccepted, "nobody took the callback");
        await OpenAsync();
        await Until(order, OrderStatus.Paid, "the order was in the database, and the inbox asked");
        return order;
    }

    private async Task RefundAsync(Order order)
    {
        Step("A cup was too hot: the money goes back");
        var refund = await Service<Refunding>().RefundAsync(order.Number, CancellationToken.None);
        Check(order, OrderStatus.Refunding, "refund " + refund?.Number);
        Expect(await Service<Refunding>().RefundAsync(order.Number, CancellationToken.None) is null, "asked a second time, the shop does not refund twice");
        await _platform.SettleRefundAsync(refund!.Number, RefundOutcome.Success);
        await Until(order, OrderStatus.Refunded, "the callback came");
    }

    private async Task RefundIntoAClosedCardAsync(Order order)
    {
        Step("A refund gets stuck: the payer's card is closed");
        var refund = await Service<Refunding>().RefundAsync(order.Number, CancellationToken.None);
        await _platform.SettleRefundAsync(refund!.Number, RefundOutcome.Abnormal);
        await Until(order, OrderStatus.RefundAbnormal, "the admin sees it");
    }

    private async Task LetExpireAsync()
    {
        Step("Nobody pays in time");
        var settings = Service<ShopSettings>();
        var usual = settings.OrderLifetime;
        settings.OrderLifetime = TimeSpan.FromSeconds(1);
        var order = await OrderAsync(0);
        settings.OrderLifetime = usual;
        await Until(order, OrderStatus.Closed, "closed with WeChat Pay, then in the books");
    }

    private async Task RefundWithoutAnAnswerAsync(Order order)
    {
        Step("A refund whose answer is lost");
        _platform.Misbehaviour = Misbehaviour.LostAnswer;
        var refund = await Service<Refunding>().RefundAsync(order.Number, CancellationToken.None);
        _platform.Misbehaviour = Misbehaviour.None;
        Expect(refund is { Status: OrderRefund.Asking }, "the shop does not know whether WeChat Pay has " + refund?.Number);
        await Until(() => Book.FindRefund(refund!.Number)?.Status != OrderRefund.Asking);
        Expect(Book.FindRefund(refund!.Number)?.RefundId is not null, "asked: it has, as " + Book.FindRefund(refund.Number)?.RefundId);
        await _platform.SettleRefundAsync(refund.Number, RefundOutcome.Success);
        await Until(order, OrderStatus.Refunded, "there is one refund, under its one number");
    }

    private async Task CompareTheDayAsync(Order order)
    {
        Step("The next morning: the day's books against WeChat Pay's bill");
        var day = BillDay.ofTime(_clock.GetUtcNow());
        var dayEnd = Service<DayEnd>();
        Expect((await dayEnd.CompareAsync(day, CancellationToken.None)).Bill == BillStatus.NotYet, "while the day lasts, there is no bill");
        _clock.MoveTo(BillDay.readyFrom(day));
        var right = await dayEnd.CompareAsync(day, CancellationToken.None);
        Expect(right is { IsRight: true, Bill: BillStatus.Received, Matched: 6 }, right.Matched + " payments and refunds are the same on both sides, " + right.Differences.Count + " are not");

        Step("Somebody has changed an amount in the books");
        using (var books = Service<Database>().Open())
        {
            books.Execute("UPDATE orders SET fen = fen - 1 WHERE number = $1", order.Number);
        }

        var wrong = await dayEnd.CompareAsync(day, CancellationToken.None);
        foreach (var difference in wrong.Differences)
        {
            Console.WriteLine("     " + Words(difference));
        }

        Expect(wrong.Differences is [ReconciliationOutcome.AmountDiffers { Bill: var bill, Ledger: var ledger }] && bill.Number == order.Number && bill.Fen == ledger.Fen + 1, "found: that order, and no other");
    }

    private static string Words(ReconciliationOutcome difference) => ReconciliationOutcomeModule.code(difference) + (difference switch
    {
        ReconciliationOutcome.AmountDiffers { Bill: var bill, Ledger: var ledger } => ": " + bill.Number + " is " + Product.Yuan(bill.Fen) + " in the bill, " + Product.Yuan(ledger.Fen) + " in the books",
        ReconciliationOutcome.MissingHere { Bill: var bill } => ": " + bill.Number + " is in the bill alone",
        ReconciliationOutcome.MissingThere { Ledger: var ledger } => ": " + ledger.Number + " is in the books alone",
        _ => string.Empty,
    });

    private async Task PayAnotherAmountAsync()
    {
        Step("A payment of another amount than the order's (the simulated platform never says so: the books are told directly)");
        var order = await OrderAsync(1);
        var settlement = Book.Settle(new PaymentFact("payment:other", order.Number, "other", order.Fen - 1, At: null), "demo");
        Expect(settlement == Settlement.NeedsAPerson, "no cup of tea for it");
        Check(order, OrderStatus.Disputed, Book.Find(order.Number)?.Note ?? string.Empty);
    }

    private Task<Order> OrderAsync(int product) => Service<Checkout>().OrderAsync(Product.All[product], CancellationToken.None);

    private async Task OpenAsync()
    {
        var builder = ShopApplication.CreateBuilder([]);
        builder.Logging.ClearProviders();
        builder.Services.AddSingleton<TimeProvider>(_clock);
        builder.Configuration.AddInMemoryCollection(
        [
            new("urls", _address),
            new("Shop:Database", Path.Combine(_folder.FullName, "shop.db")),
            new("Shop:NotifyUrl", string.Empty),
            new("Shop:AskAfterSeconds", "1"),
            new("Shop:PatrolSeconds", "0.25"),
        ]);
        _app = await ShopApplication.OpenAsync(builder, _platform);
        _address = _app.Urls.First();
    }

    private async Task CloseAsync()
    {
        if (_app is not null)
        {
            await _app.StopAsync();
            await _app.DisposeAsync();
            _app = null;
        }
    }

    private T Service<T>()
        where T : notnull => (_app ?? throw new InvalidOperationException("The shop is closed.")).Services.GetRequiredService<T>();

    private Effect EffectOf(Order order) => Book.LatestEffects(50).Single(effect => effect.Number == order.Number);

    private async Task Until(Order order, OrderStatus status, string words)
    {
        await Until(() => Book.Find(order.Number)?.Status == status);
        Check(order, status, words);
    }

    private static async Task Until(Func<bool> isSo)
    {
        for (var waited = TimeSpan.Zero; waited < s_patience && !isSo(); waited += TimeSpan.FromMilliseconds(50))
        {
            await Task.Delay(50);
        }
    }

    private void Check(Order order, OrderStatus status, string words)
    {
        var found = Book.Find(order.Number)?.Status;
        Expect(found == status, order.Number + " is " + found + ": " + words);
    }

    private void Expect(bool isSo, string words)
    {
        _isAsTold &= isSo;
        Console.WriteLine((isSo ? "   ✓ " : "   ✗ ") + words);
    }

    private void Step(string title)
    {
        Console.WriteLine();
        Console.WriteLine((++_step).ToString(CultureInfo.InvariantCulture) + ". " + title);
    }
}
