using System.Globalization;
using System.Text;
using QRCoder;
using WeChatPay;
using WeChatPay.Functional;
using WeChatPay.Simulator;

namespace Quickstart;

/// <summary>Tells a payment from the order to the refund, as a person would.</summary>
internal sealed class Story(IServiceProvider services, string address)
{
    private readonly Shop _shop = services.GetRequiredService<Shop>();
    private readonly CallbackWitness _witness = services.GetRequiredService<CallbackWitness>();
    private readonly WeChatPayClient _pay = services.GetRequiredService<WeChatPayClient>();
    private readonly WeChatPaySimulator _platform = services.GetRequiredService<WeChatPaySimulator>();
    private int _step;

    /// <summary>True when everything happened as it should.</summary>
    public async Task<bool> TellAsync(CancellationToken cancellationToken)
    {
        Console.OutputEncoding = Encoding.UTF8;
        Step("Two sides of a payment, both on this machine");
        Say("WeChat Pay (simulated)  " + _platform.BaseAddress.GetLeftPart(UriPartial.Authority) + "   merchant " + _platform.MerchantId);
        Say("The shop                " + address + "   callbacks to /wechatpay/notify");

        var order = await OrderAsync(cancellationToken);
        var payment = await PayAsync(order, cancellationToken);
        ShowForgery(payment);
        await RefundAsync(order, cancellationToken);

        var isRefunded = _shop.Find(order.Number)!.Status == OrderStatus.Refunded;
        Console.WriteLine();
        Console.WriteLine(isRefunded
            ? "Done: ordered, paid, refunded; every answer and every callback was verified before it was believed."
            : "Something is wrong: the shop does not know that the order was refunded.");
        return isRefunded;
    }

    private async Task<Order> OrderAsync(CancellationToken cancellationToken)
    {
        Step("The shop places an order: POST /v3/pay/transactions/native");
        var order = await _shop.OrderAsync(cancellationToken);
        Say("order   " + order.Number + ", " + order.Product + ", " + Yuan(order.Fen));
        Say("answer  code_url " + order.CodeUrl + " (signature verified)");
        Say("The payer scans this with WeChat:");
        using var code = QRCodeGenerator.GenerateQrCode(order.CodeUrl, QRCodeGenerator.ECCLevel.L);
        Console.WriteLine(new AsciiQRCode(code).GetGraphicSmall(drawQuietZones: true));
        return order;
    }

    private async Task<Callback> PayAsync(Order order, CancellationToken cancellationToken)
    {
        Step("The payer pays, and the platform calls the shop back");
        var sent = await _platform.PayAsync(order.Number);
        var callback = await _witness.NextAsync(cancellationToken);
        Show(callback);
        Say("the shop answered " + sent.Attempts[0].StatusCode.ToString(CultureInfo.InvariantCulture) + " and its order is now: " + _shop.Find(order.Number)!.Status);
        var query = await _pay.Payments.QueryByOutTradeNoAsync(order.Number, cancellationToken);
        Say("asked again, the platform says: " + query.TradeState + ", " + Yuan(query.Amount.Total));
        return callback;
    }

    private void ShowForgery(Callback callback)
    {
        Step("The same callback with one bit changed, as a forger or a careless proxy would send it");
        var body = (byte[])callback.Body.Clone();
        body[^2] ^= 1;
        if (!_pay.Notifications.Decode(callback.Headers, body).TryGet(out _, out var failure))
        {
            Say("refused " + failure.Code + " (HTTP " + failure.StatusCode.ToString(CultureInfo.InvariantCulture) + ", " + failure.Remedy + ")");
            Say("advice  " + failure.Advice.English);
        }
    }

    private async Task RefundAsync(Order order, CancellationToken cancellationToken)
    {
        Step("The shop gives the money back: POST /v3/refund/domestic/refunds");
        var refund = await _shop.RefundAsync(order, cancellationToken);
        Say("answer  " + refund.RefundId + " is " + refund.Status + "; a moment later:");
        Show(await _witness.NextAsync(cancellationToken));
        Say("the shop's order is now: " + _shop.Find(order.Number)!.Status);
    }

    private static void Show(Callback callback)
    {
        foreach (var (name, value) in callback.Headers)
        {
            Say("  " + name + ": " + (value.Length > 64 ? value[..61] + "..." : value));
        }

        Say("  (" + callback.Body.Length.ToString(CultureInfo.InvariantCulture) + " bytes, the resource sealed with AES-256-GCM under the APIv3 key)");
        Say("verified with the platform's key " + callback.Event.Serial);
        Say("decoded  " + callback.Event.EventType + " as " + Words(callback.Event.Event));
    }

    private static string Words(WeChatPayEvent happened) => happened switch
    {
        WeChatPayEvent.PaymentSucceeded { Transaction: var paid } => "PaymentSucceeded: " + paid.OutTradeNo + " paid " + Yuan(paid.Amount.Total) + " as " + paid.TransactionId,
        WeChatPayEvent.RefundSucceeded { Refund: var refund } => "RefundSucceeded: " + refund.OutRefundNo + " gave back " + Yuan(refund.Amount.Refund) + " as " + refund.RefundId,
        _ => happened.GetType().Name,
    };

    private static string Yuan(long fen) => "¥" + (fen / 100m).ToString("0.00", CultureInfo.InvariantCulture);

    private static void Say(string words) => Console.WriteLine("   " + words);

    private void Step(string title)
    {
        Console.WriteLine();
        Console.WriteLine((++_step).ToString(CultureInfo.InvariantCulture) + ". " + title);
    }
}
