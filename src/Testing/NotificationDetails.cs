namespace WeChatPay.Testing;

/// <summary>What a test wants to say about a payment beside its numbers; what is not set is filled in.</summary>
public sealed class PaymentDetails
{
    /// <summary>The platform's number for the payment.</summary>
    public string? TransactionId { get; init; }

    /// <summary>What the merchant attached to the order.</summary>
    public string? Attach { get; init; }

    /// <summary>The payer's identifier under the appid.</summary>
    public string? Openid { get; init; }

    /// <summary>The appid; of a service provider for a partner's payment.</summary>
    public string? Appid { get; init; }

    /// <summary>How the order was paid; by QR code unless set.</summary>
    public TradeType? TradeType { get; init; }

    /// <summary>The order's state; other than <c>SUCCESS</c> gives a notification that proves no payment.</summary>
    public TradeState? TradeState { get; init; }

    /// <summary>The bank and kind of card.</summary>
    public string? BankType { get; init; }

    /// <summary>What the payer paid, in fen; the total unless set.</summary>
    public long? PayerTotal { get; init; }

    /// <summary>When the payment succeeded; the clock's now unless set.</summary>
    public DateTimeOffset? SuccessTime { get; init; }

    /// <summary>The type alone.</summary>
    public override string ToString() => "PaymentDetails";
}

/// <summary>What a test wants to say about a refund beside its numbers; what is not set is filled in.</summary>
public sealed class RefundDetails
{
    /// <summary>The platform's number for the refund.</summary>
    public string? RefundId { get; init; }

    /// <summary>The platform's number for the payment.</summary>
    public string? TransactionId { get; init; }

    /// <summary>The account that gets the money, in words.</summary>
    public string? UserReceivedAccount { get; init; }

    /// <summary>What the payer gets back, in fen; the refund unless set.</summary>
    public long? PayerRefund { get; init; }

    /// <summary>When the money was back, for a refund that succeeded; the clock's now unless set.</summary>
    public DateTimeOffset? SuccessTime { get; init; }

    /// <summary>The type alone.</summary>
    public override string ToString() => "RefundDetails";
}

/// <summary>One order of a combined payment in a test.</summary>
public sealed class CombinedTestOrder
{
    /// <summary>The merchant's own number for the order.</summary>
    public required string OutTradeNo { get; init; }

    /// <summary>What it costs, in fen.</summary>
    public required long Total { get; init; }

    /// <summary>The merchant who is paid; the platform's one merchant unless set.</summary>
    public string? Mchid { get; init; }

    /// <summary>The sub-merchant who is paid, where there is one.</summary>
    public string? SubMchid { get; init; }

    /// <summary>What the merchant attached to the order.</summary>
    public string? Attach { get; init; }

    /// <summary>The platform's number for the payment.</summary>
    public string? TransactionId { get; init; }

    /// <summary>The type and its business number; nothing personal.</summary>
    public override string ToString() => "CombinedTestOrder(out_trade_no = " + OutTradeNo + ")";
}
