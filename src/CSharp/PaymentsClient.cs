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
