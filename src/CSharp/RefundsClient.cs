using WeChatPay.Api;

namespace WeChatPay;

/// <summary>Refunds of a direct merchant. Each call throws as <see cref="WeChatPayClient.SendAsync"/> does.</summary>
public class RefundsClient
{
    private readonly WeChatPayClient? _client;

    internal RefundsClient(WeChatPayClient client) => _client = client;

    /// <summary>For replacing the client in a user's own tests.</summary>
    protected RefundsClient()
    {
    }

    private WeChatPayClient Client => _client ?? throw WeChatPayClient.MadeForTests();

    /// <summary>Asks for a refund.</summary>
    public virtual Task<Refund> CreateAsync(RefundRequest request, CancellationToken cancellationToken = default) =>
        Client.SendAsync(Api.Refunds.Create(request), cancellationToken);

    /// <summary>Asks what has become of a refund, by the merchant's own number for it.</summary>
    public virtual Task<Refund> QueryAsync(string outRefundNo, CancellationToken cancellationToken = default) =>
        Client.SendAsync(Api.Refunds.Query(outRefundNo), cancellationToken);
}
