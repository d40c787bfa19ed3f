using WeChatPay.Functional;

namespace WeChatPay.Tests.Receivers;

/// <summary>Handlers by case, which only C# can name as a type.</summary>
public static class HandlerForms
{
    public static NotificationHandlers OnPayment(this NotificationHandlers on, Func<long, NotificationContext, Task> settle) =>
        on.Case<WeChatPayEvent.PaymentSucceeded>((paid, context, _) => settle(paid.Transaction.Amount.Total, context));

    public static NotificationHandlers OnRefund(this NotificationHandlers on, Func<string, Task> settle) =>
        on.Case<WeChatPayEvent.RefundSucceeded>((refunded, _, _) => settle(refunded.Refund.OutRefundNo));

    public static NotificationHandlers OnUnrecognized(this NotificationHandlers on, Func<string, Task> keep) =>
        on.Case<WeChatPayEvent.Unrecognized>((unknown, _, _) => keep(unknown.Reason));

    public static NotificationHandlers OnEveryCase(this NotificationHandlers on) =>
        on.Case<WeChatPayEvent>((_, _, _) => Task.CompletedTask);
}
