namespace WeChatPay.Api;

/// <summary>What an order may not be, or may only be, paid from. Open: texts that come later are kept in <see cref="Value"/>.</summary>
public readonly struct PaymentLimit : IEquatable<PaymentLimit>
{
    private readonly string? _value;

    /// <summary>Makes one from its text on the wire.</summary>
    public PaymentLimit(string value) => _value = value;

    /// <summary>Not from the balance (<c>no_balance</c>).</summary>
    public static PaymentLimit NoBalance => new("no_balance");

    /// <summary>Not by credit card (<c>no_credit</c>).</summary>
    public static PaymentLimit NoCredit => new("no_credit");

    /// <summary>Not by debit card (<c>no_debit</c>).</summary>
    public static PaymentLimit NoDebit => new("no_debit");

    /// <summary>From the balance only (<c>balance_only</c>).</summary>
    public static PaymentLimit BalanceOnly => new("balance_only");

    /// <summary>The text on the wire.</summary>
    public string Value => _value ?? string.Empty;

    /// <summary>The same as an enumeration to switch on; <c>Other</c> for a text that this version does not know.</summary>
    public Kind Known => Value switch
    {
        "no_balance" => Kind.NoBalance,
        "no_credit" => Kind.NoCredit,
        "no_debit" => Kind.NoDebit,
        "balance_only" => Kind.BalanceOnly,
        _ => Kind.Other,
    };

    /// <summary>Whether both are the same text.</summary>
    public static bool operator ==(PaymentLimit left, PaymentLimit right) => left.Equals(right);

    /// <summary>Whether the texts differ.</summary>
    public static bool operator !=(PaymentLimit left, PaymentLimit right) => !left.Equals(right);

    /// <inheritdoc/>
    public bool Equals(PaymentLimit other) => Value == other.Value;

    /// <inheritdoc/>
    public override bool Equals(object? obj) => obj is PaymentLimit other && Equals(other);

    /// <inheritdoc/>
    public override int GetHashCode() => Value.GetHashCode(StringComparison.Ordinal);

    /// <summary>The text on the wire.</summary>
    public override string ToString() => Value;

    /// <summary>The texts that this version knows.</summary>
    public enum Kind
    {
        /// <summary>A text that this version does not know.</summary>
        Other,

        /// <summary>Not from the balance (<c>no_balance</c>).</summary>
        NoBalance,

        /// <summary>Not by credit card (<c>no_credit</c>).</summary>
        NoCredit,

        /// <summary>Not by debit card (<c>no_debit</c>).</summary>
        NoDebit,

        /// <summary>From the balance only (<c>balance_only</c>).</summary>
        BalanceOnly,
    }
}
