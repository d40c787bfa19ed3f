using WeChatPay.Api;

namespace WeChatPay;

/// <summary>Orders of a direct merchant. Each call throws as <see cref="WeChatPayClient.SendAsync"/> does.</summary>
public class PaymentsClient
{
    private readonly WeChatPayClient? _client;

    internal PaymentsClient(WeChatPayClient client) => _client = client;

    /// <summary>For replacing the client in a user's own tests.</summary>
    protected PaymentsClient()
    {
    }

    private WeChatPayClient Client => _client ?? throw WeChatPayClient.MadeForTests();

    /// <summary>Places an order that the payer pays by scanning a QR code.</summary>
    public virtual Task<NativePrepayResponse> PrepayNativeAsync(NativePrepayRequest request, CancellationToken cancellationToken = default) =>
        Client.SendAsync(Api.Payments.PrepayNative(request), cancellationToken);

    /// <summary>Places an order that the payer pays in a page inside WeChat or in a mini program; then <see cref="InvokeJsapiAsync"/>.</summary>
    public virtual Task<PrepayResponse> PrepayJsapiAsync(JsapiPrepayRequest request, CancellationToken cancellationToken = default) =>
        Client.SendAsync(Api.Payments.PrepayJsapi(request), cancellationToken);

    /// <summary>Places an order that the payer pays in the merchant's own app; then <see cref="InvokeAppAsync"/>.</summary>
    public virtual Task<PrepayResponse> PrepayAppAsync(AppPrepayRequest request, CancellationToken cancellationToken = default) =>
        Client.SendAsync(Api.Payments.PrepayApp(request), cancellationToken);

    /// <summary>Places an order that the payer pays from a browser outside WeChat.</summary>
    public virtual Task<H5PrepayResponse> PrepayH5Async(H5PrepayRequest request, CancellationToken cancellationToken = default) =>
        Client.SendAsync(Api.Payments.PrepayH5(request), cancellationToken);

    /// <summary>Signs what a page inside WeChat or a mini program opens the payment with; nothing is sent. <paramref name="appid"/> is the one that the order was placed with.</summary>
    /// <exception cref="WeChatPayValidationException">The appid or the prepay id cannot be right.</exception>
    public virtual Task<JsapiInvocation> InvokeJsapiAsync(string appid, string prepayId, CancellationToken cancellationToken = default) =>
        Client.InvokeJsapiAsync(appid, prepayId, cancellationToken);

    /// <summary>Signs what an app opens the payment with; nothing is sent. <paramref name="appid"/> is the one that the order was placed with.</summary>
    /// <exception cref="WeChatPayValidationException">The appid or the prepay id cannot be right.</exception>
    public virtual Task<AppInvocation> InvokeAppAsync(string appid, string prepayId, CancellationToken cancellationToken = default) =>
        Client.InvokeAppAsync(appid, prepayId, cancellationToken);

    /// <summary>Asks what has become of an order, by the merchant's own number for it.</summary>
    public virtual Task<Transaction> QueryByOutTradeNoAsync(string outTradeNo, CancellationToken cancellationToken = default) =>
        Client.SendAsync(Api.Payments.QueryByOutTradeNo(outTradeNo), cancellationToken);

    /// <summary>Asks what has become of an order, by the platform's number for its payment.</summary>
    public virtual Task<Transaction> QueryByTransactionIdAsync(string transactionId, CancellationToken cancellationToken = default) =>
        Client.SendAsync(Api.Payments.QueryByTransactionId(transactionId), cancellationToken);

    /// <summary>Closes an order that is not paid, so that it can no longer be paid.</summary>
    public virtual Task CloseAsync(string outTradeNo, CancellationToken cancellationToken = default) =>
        Client.SendAsync(Api.Payments.Close(outTradeNo), cancellationToken);
}
