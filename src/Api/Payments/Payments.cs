using WeChatPay.Functional;

namespace WeChatPay.Api;

/// <summary>Orders of a direct merchant, as operations: nothing happens until one is sent.</summary>
public static class Payments
{
    /// <summary>Places an order that the payer pays by scanning a QR code. The same number with other content is refused.</summary>
    public static Operation<NativePrepayResponse> PrepayNative(NativePrepayRequest request)
    {
        ArgumentNullException.ThrowIfNull(request);
        return Operation.Post<NativePrepayResponse>("/v3/pay/transactions/native", NativePrepayResponse.TryRead)
            .WithBody(request.WriteTo);
    }

    /// <summary>Places an order that the payer pays in a page inside WeChat or in a mini program. The same number with other content is refused.</summary>
    public static Operation<PrepayResponse> PrepayJsapi(JsapiPrepayRequest request)
    {
        ArgumentNullException.ThrowIfNull(request);
        return Operation.Post<PrepayResponse>("/v3/pay/transactions/jsapi", PrepayResponse.TryRead)
            .WithBody(request.WriteTo);
    }

    /// <summary>Places an order that the payer pays in the merchant's own app. The same number with other content is refused.</summary>
    public static Operation<PrepayResponse> PrepayApp(AppPrepayRequest request)
    {
        ArgumentNullException.ThrowIfNull(request);
        return Operation.Post<PrepayResponse>("/v3/pay/transactions/app", PrepayResponse.TryRead)
            .WithBody(request.WriteTo);
    }

    /// <summary>Places an order that the payer pays from a browser outside WeChat. The same number with other content is refused.</summary>
    public static Operation<H5PrepayResponse> PrepayH5(H5PrepayRequest request)
    {
        ArgumentNullException.ThrowIfNull(request);
        return Operation.Post<H5PrepayResponse>("/v3/pay/transactions/h5", H5PrepayResponse.TryRead)
            .WithBody(request.WriteTo);
    }

    /// <summary>Asks what has become of an order, by the merchant's own number for it.</summary>
    public static Operation<Transaction> QueryByOutTradeNo(string outTradeNo)
    {
        ArgumentNullException.ThrowIfNull(outTradeNo);
        return Operation.Get<Transaction>("/v3/pay/transactions/out-trade-no/{out_trade_no}", Transaction.TryRead)
            .WithPath("out_trade_no", outTradeNo)
            .WithQuery("mchid", static caller => caller.MerchantId)
            .WithEcho("out_trade_no", _ => outTradeNo, static order => order.OutTradeNo)
            .WithOptionalEcho("mchid", static caller => caller.MerchantId, static order => order.Mchid);
    }

    /// <summary>Asks what has become of an order, by the platform's number for its payment.</summary>
    public static Operation<Transaction> QueryByTransactionId(string transactionId)
    {
        ArgumentNullException.ThrowIfNull(transactionId);
        return Operation.Get<Transaction>("/v3/pay/transactions/id/{transaction_id}", Transaction.TryRead)
            .WithPath("transaction_id", transactionId)
            .WithQuery("mchid", static caller => caller.MerchantId)
            .WithEcho("transaction_id", _ => transactionId, static order => order.TransactionId)
            .WithOptionalEcho("mchid", static caller => caller.MerchantId, static order => order.Mchid);
    }

    /// <summary>Closes an order that is not paid, so that it can no longer be paid.</summary>
    public static Operation<NoContent> Close(string outTradeNo)
    {
        ArgumentNullException.ThrowIfNull(outTradeNo);
        return Operation.Post<NoContent>("/v3/pay/transactions/out-trade-no/{out_trade_no}/close", NoContent.TryRead)
            .WithPath("out_trade_no", outTradeNo)
            .WithBody(static (writer, caller) =>
            {
                writer.WriteStartObject();
                writer.Field("mchid"u8, caller.MerchantId);
                writer.WriteEndObject();
            });
    }
}
