using WeChatPay.Functional;

namespace WeChatPay.Api;

/// <summary>Refunds, as operations: nothing happens until one is sent.</summary>
public static class Refunds
{
    private const string Path = "/v3/refund/domestic/refunds";

    /// <summary>Asks for a refund. The same refund number with the same content asks for the same refund again.</summary>
    public static Operation<Refund> Create(RefundRequest request)
    {
        ArgumentNullException.ThrowIfNull(request);
        var operation = Operation.Post<Refund>(Path, Refund.TryRead)
            .WithBody(request.WriteTo)
            .WithEcho("out_refund_no", _ => request.OutRefundNo, static refund => refund.OutRefundNo);
        if (request.OutTradeNo is { } outTradeNo)
        {
            operation = operation.WithOptionalEcho("out_trade_no", _ => outTradeNo, static refund => refund.OutTradeNo);
        }

        return request.TransactionId is { } transactionId
            ? operation.WithOptionalEcho("transaction_id", _ => transactionId, static refund => refund.TransactionId)
            : operation;
    }

    /// <summary>Asks what has become of a refund, by the merchant's own number for it.</summary>
    public static Operation<Refund> Query(string outRefundNo)
    {
        ArgumentNullException.ThrowIfNull(outRefundNo);
        return Operation.Get<Refund>(Path + "/{out_refund_no}", Refund.TryRead)
            .WithPath("out_refund_no", outRefundNo)
            .WithEcho("out_refund_no", _ => outRefundNo, static refund => refund.OutRefundNo);
    }
}
