namespace WeChatPay;

/// <summary>Where the money goes back to. Open: texts that come later are kept in <see cref="Value"/>.</summary>
public readonly struct RefundChannel : IEquatable<RefundChannel>
{
    private readonly string? _value;

    /// <summary>Makes one from its text on the wire.</summary>
    public RefundChannel(string value) => _value = value;

    /// <summary>The way it came (<c>ORIGINAL</c>).</summary>
    public static RefundChannel Original => new("ORIGINAL");

    /// <summary>The payer's balance (<c>BALANCE</c>).</summary>
    public static RefundChannel Balance => new("BALANCE");

    /// <summary>Another balance, since the account is abnormal (<c>OTHER_BALANCE</c>).</summary>
    public static RefundChannel OtherBalance => new("OTHER_BALANCE");

    /// <summary>Another bank card, since the card is abnormal (<c>OTHER_BANKCARD</c>).</summary>
    public static RefundChannel OtherBankcard => new("OTHER_BANKCARD");

    /// <summary>The text on the wire.</summary>
    public string Value => _value ?? string.Empty;

    /// <summary>The same as an enumeration to switch on; <c>Other</c> for a text that this version does not know.</summary>
    public Kind Known => Value switch
    {
        "ORIGINAL" => Kind.Original,
        "BALANCE" => Kind.Balance,
        "OTHER_BALANCE" => Kind.OtherBalance,
        "OTHER_BANKCARD" => Kind.OtherBankcard,
        _ => Kind.Other,
    };

    /// <summary>Whether both are the same text.</summary>
    public static bool operator ==(RefundChannel left, RefundChannel right) => left.Equals(right);

    /// <summary>Whether the texts differ.</summary>
    public static bool operator !=(RefundChannel left, RefundChannel right) => !left.Equals(right);

    /// <inheritdoc/>
    public bool Equals(RefundChannel other) => Value == other.Value;

    /// <inheritdoc/>
    public override bool Equals(object? obj) => obj is RefundChannel other && Equals(other);

    /// <inheritdoc/>
    public override int GetHashCode() => Value.GetHashCode(StringComparison.Ordinal);

    /// <summary>The text on the wire.</summary>
    public override string ToString() => Value;

    /// <summary>The texts that this version knows.</summary>
    public enum Kind
    {
        /// <summary>A text that this version does not know.</summary>
        Other,

        /// <summary>The way it came (<c>ORIGINAL</c>).</summary>
        Original,

        /// <summary>The payer's balance (<c>BALANCE</c>).</summary>
        Balance,

        /// <summary>Another balance, since the account is abnormal (<c>OTHER_BALANCE</c>).</summary>
        OtherBalance,

        /// <summary>Another bank card, since the card is abnormal (<c>OTHER_BANKCARD</c>).</summary>
        OtherBankcard,
    }
}
