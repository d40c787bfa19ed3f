namespace WeChatPay;

/// <summary>What every order says, whoever places it. Data alone: <c>Checkout.check</c> says whether it can be placed.</summary>
public abstract class CheckoutOrder
{
    private protected CheckoutOrder()
    {
    }

    /// <summary>Where the payer pays.</summary>
    public required PayWay Way { get; init; }

    /// <summary>The merchant's own number for the order: letters, digits and <c>_-|*</c>, 6 to 32 of them. Of a combined order it is the number of the whole.</summary>
    public required string OutTradeNo { get; init; }

    /// <summary>Where notifications go: https, without a query; at most 255 bytes.</summary>
    public required string NotifyUrl { get; init; }

    /// <summary>How the platform comes to <see cref="NotifyUrl"/>; over the internet unless set.</summary>
    public NotifyReach NotifyReach { get; init; }

    /// <summary>Until when it can be paid: one minute to 90 days from now; the platform takes seven days when it is absent.</summary>
    public DateTimeOffset? TimeExpire { get; init; }

    /// <summary>The payer's address in the network, IPv4 or IPv6; needed for H5. Personal data.</summary>
    public string? PayerClientIp { get; init; }

    /// <summary>The merchant's own number for the device or store; at most 32 characters, of a combined order 16, and there needed for H5.</summary>
    public string? DeviceId { get; init; }

    /// <summary>The page or app that the payer comes from; needed for H5, and for nothing else.</summary>
    public H5Page? H5 { get; init; }

    /// <summary>The type and the order's number; nothing personal.</summary>
    public override string ToString() => GetType().Name + "(out_trade_no = " + OutTradeNo + ")";
}

/// <summary>What an order says that is paid to one merchant.</summary>
public abstract class SingleOrder : CheckoutOrder
{
    private protected SingleOrder()
    {
    }

    /// <summary>What is sold, as the payer reads it; at most 127 characters.</summary>
    public required string Description { get; init; }

    /// <summary>What it costs, in fen; 1 at least.</summary>
    public required long Total { get; init; }

    /// <summary>The currency: <c>CNY</c>, the only one there is.</summary>
    public string Currency { get; init; } = "CNY";

    /// <summary>What comes back with the payment's notification; at most 128 bytes in UTF-8.</summary>
    public string? Attach { get; init; }

    /// <summary>The mark of promotions that apply; at most 32 characters.</summary>
    public string? GoodsTag { get; init; }

    /// <summary>Whether the payer may ask for an invoice.</summary>
    public bool? SupportFapiao { get; init; }

    /// <summary>Whether the money waits until it has been shared.</summary>
    public bool? ProfitSharing { get; init; }

    /// <summary>Means of payment that are ruled out or alone allowed, such as <c>no_credit</c>; copied.</summary>
    public IReadOnlyList<string>? LimitPay { get; init => field = value?.ToArray(); }
}

/// <summary>An order of a merchant who sells himself.</summary>
public sealed class DirectOrder : SingleOrder
{
    /// <summary>The appid that the payer is in; the caller's unless set.</summary>
    public string? Appid { get; init; }

    /// <summary>The payer within the appid; needed in a page inside WeChat and in a mini program, and for nothing else.</summary>
    public string? Openid { get; init; }
}

/// <summary>An order that a service provider places for one of its sub-merchants.</summary>
public sealed class PartnerOrder : SingleOrder
{
    /// <summary>The provider's appid; the caller's unless set.</summary>
    public string? SpAppid { get; init; }

    /// <summary>The sub-merchant's appid; needed with <see cref="SubOpenid"/>.</summary>
    public string? SubAppid { get; init; }

    /// <summary>The sub-merchant's number.</summary>
    public required string SubMchid { get; init; }

    /// <summary>The payer within the provider's appid; in a page inside WeChat and in a mini program either this or <see cref="SubOpenid"/>.</summary>
    public string? SpOpenid { get; init; }

    /// <summary>The payer within the sub-merchant's appid.</summary>
    public string? SubOpenid { get; init; }
}

/// <summary>Several orders that are paid at once: 2 to 10 of a direct merchant, 1 to 50 of a service provider.</summary>
public sealed class CombinedOrder : CheckoutOrder
{
    /// <summary>The appid that the payer is in; the caller's unless set.</summary>
    public string? Appid { get; init; }

    /// <summary>The payer within <see cref="Appid"/>; in a page inside WeChat and in a mini program either this or <see cref="SubOpenid"/>.</summary>
    public string? Openid { get; init; }

    /// <summary>The payer within a sub-merchant's appid, which one of the orders names; for service providers.</summary>
    public string? SubOpenid { get; init; }

    /// <summary>The single orders; copied.</summary>
    public required IReadOnlyList<CombinedOrderPart> SubOrders { get; init => field = value is null ? [] : value.ToArray(); }
}

/// <summary>One of the orders of a combined order.</summary>
public sealed class CombinedOrderPart
{
    /// <summary>The number of the merchant who is paid; of a service provider his own.</summary>
    public required string Mchid { get; init; }

    /// <summary>The sub-merchant's number; for service providers.</summary>
    public string? SubMchid { get; init; }

    /// <summary>The sub-merchant's appid; for service providers.</summary>
    public string? SubAppid { get; init; }

    /// <summary>What is sold, as the payer reads it; at most 127 characters.</summary>
    public required string Description { get; init; }

    /// <summary>The merchant's own number for the order, different from the others'.</summary>
    public required string OutTradeNo { get; init; }

    /// <summary>What it costs, in fen; 1 at least.</summary>
    public required long Total { get; init; }

    /// <summary>The currency: <c>CNY</c>, the only one there is.</summary>
    public string Currency { get; init; } = "CNY";

    /// <summary>What comes back with the payment's notification; at most 128 bytes in UTF-8. A combined order must have one.</summary>
    public required string Attach { get; init; }

    /// <summary>The mark of promotions that apply; at most 32 characters.</summary>
    public string? GoodsTag { get; init; }

    /// <summary>Whether the money waits until it has been shared.</summary>
    public bool? ProfitSharing { get; init; }

    /// <summary>The type and the order's number.</summary>
    public override string ToString() => "CombinedOrderPart(out_trade_no = " + OutTradeNo + ")";
}
