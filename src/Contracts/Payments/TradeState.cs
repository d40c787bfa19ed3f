namespace WeChatPay;

/// <summary>What has become of an order. Open: texts that come later are kept in <see cref="Value"/>.</summary>
public readonly struct TradeState : IEquatable<TradeState>
{
    private readonly string? _value;

    /// <summary>Makes one from its text on the wire.</summary>
    public TradeState(string value) => _value = value;

    /// <summary>Paid (<c>SUCCESS</c>).</summary>
    public static TradeState Success => new("SUCCESS");

    /// <summary>Paid, and at least partly refunded since (<c>REFUND</c>).</summary>
    public static TradeState Refund => new("REFUND");

    /// <summary>Not paid yet (<c>NOTPAY</c>).</summary>
    public static TradeState Notpay => new("NOTPAY");

    /// <summary>Closed; can no longer be paid (<c>CLOSED</c>).</summary>
    public static TradeState Closed => new("CLOSED");

    /// <summary>Revoked (payment by the payer's code only) (<c>REVOKED</c>).</summary>
    public static TradeState Revoked => new("REVOKED");

    /// <summary>The payer is paying (payment by the payer's code only) (<c>USERPAYING</c>).</summary>
    public static TradeState Userpaying => new("USERPAYING");

    /// <summary>The payment failed (<c>PAYERROR</c>).</summary>
    public static TradeState Payerror => new("PAYERROR");

    /// <summary>Accepted, waiting for the deduction (<c>ACCEPT</c>).</summary>
    public static TradeState Accept => new("ACCEPT");

    /// <summary>The text on the wire.</summary>
    public string Value => _value ?? string.Empty;

    /// <summary>The same as an enumeration to switch on; <c>Other</c> for a text that this version does not know.</summary>
    public Kind Known => Value switch
    {
        "SUCCESS" => Kind.Success,
        "REFUND" => Kind.Refund,
        "NOTPAY" => Kind.Notpay,
        "CLOSED" => Kind.Closed,
        "REVOKED" => Kind.Revoked,
        "USERPAYING" => Kind.Userpaying,
        "PAYERROR" => Kind.Payerror,
        "ACCEPT" => Kind.Accept,
        _ => Kind.Other,
    };

    /// <summary>Whether both are the same text.</summary>
    public static bool operator ==(TradeState left, TradeState right) => left.Equals(right);

    /// <summary>Whether the texts differ.</summary>
    public static bool operator !=(TradeState left, TradeState right) => !left.Equals(right);

    /// <inheritdoc/>
    public bool Equals(TradeState other) => Value == other.Value;

    /// <inheritdoc/>
    public override bool Equals(object? obj) => obj is TradeState other && Equals(other);

    /// <inheritdoc/>
    public override int GetHashCode() => Value.GetHashCode(StringComparison.Ordinal);

    /// <summary>The text on the wire.</summary>
    public override string ToString() => Value;

    /// <summary>The texts that this version knows.</summary>
    public enum Kind
    {
        /// <summary>A text that this version does not know.</summary>
        Other,

        /// <summary>Paid (<c>SUCCESS</c>).</summary>
        Success,

        /// <summary>Paid, and at least partly refunded since (<c>REFUND</c>).</summary>
        Refund,

        /// <summary>Not paid yet (<c>NOTPAY</c>).</summary>
        Notpay,

        /// <summary>Closed; can no longer be paid (<c>CLOSED</c>).</summary>
        Closed,

        /// <summary>Revoked (payment by the payer's code only) (<c>REVOKED</c>).</summary>
        Revoked,

        /// <summary>The payer is paying (payment by the payer's code only) (<c>USERPAYING</c>).</summary>
        Userpaying,

        /// <summary>The payment failed (<c>PAYERROR</c>).</summary>
        Payerror,

        /// <summary>Accepted, waiting for the deduction (<c>ACCEPT</c>).</summary>
        Accept,
    }
}
