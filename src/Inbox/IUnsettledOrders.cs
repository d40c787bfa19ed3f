namespace WeChatPay.Inbox;

/// <summary>The orders that a merchant's own books think unpaid. Made in a scope of its own for each sweep.</summary>
public interface IUnsettledOrders
{
    /// <summary>Orders that were placed before a time and are neither paid nor closed in the books.</summary>
    IAsyncEnumerable<UnsettledOrder> FindAsync(DateTimeOffset placedBefore, CancellationToken cancellationToken);
}

/// <summary>An order to ask about.</summary>
public sealed class UnsettledOrder
{
    /// <summary>An order of a direct merchant, or of a provider's sub-merchant.</summary>
    /// <param name="outTradeNo">The merchant's own number for the order.</param>
    /// <param name="merchant">The name that the merchant was added under; empty for the one without.</param>
    /// <param name="subMerchantId">The sub-merchant's number, where a provider placed the order.</param>
    public UnsettledOrder(string outTradeNo, string merchant = "", string? subMerchantId = null)
    {
        ArgumentException.ThrowIfNullOrEmpty(outTradeNo);
        ArgumentNullException.ThrowIfNull(merchant);
        OutTradeNo = outTradeNo;
        Merchant = merchant;
        SubMerchantId = subMerchantId;
    }

    /// <summary>The merchant's own number for the order.</summary>
    public string OutTradeNo { get; }

    /// <summary>The name that the merchant was added under; empty for the one without.</summary>
    public string Merchant { get; }

    /// <summary>The sub-merchant's number, where a provider placed the order.</summary>
    public string? SubMerchantId { get; }

    /// <summary>The order's number.</summary>
    public override string ToString() => "UnsettledOrder(" + OutTradeNo + ")";
}
