namespace WeChatPay;

/// <summary>What has become of a refund. Open: texts that come later are kept in <see cref="Value"/>.</summary>
public readonly struct RefundStatus : IEquatable<RefundStatus>
{
    private readonly string? _value;

    /// <summary>Makes one from its text on the wire.</summary>
    public RefundStatus(string value) => _value = value;

    /// <summary>The money is back (<c>SUCCESS</c>).</summary>
    public static RefundStatus Success => new("SUCCESS");

    /// <summary>Closed; the money stays with the merchant (<c>CLOSED</c>).</summary>
    public static RefundStatus Closed => new("CLOSED");

    /// <summary>Under way (<c>PROCESSING</c>).</summary>
    public static RefundStatus Processing => new("PROCESSING");

    /// <summary>Stuck: the payer's bank card is closed or frozen, the merchant has to act (<c>ABNORMAL</c>).</summary>
    public static RefundStatus Abnormal => new("ABNORMAL");

    /// <summary>The text on the wire.</summary>
    public string Value => _value ?? string.Empty;

    /// <summary>The same as an enumeration to switch on; <c>Other</c> for a text that this version does not know.</summary>
    public Kind Known => Value switch
    {
        "SUCCESS" => Kind.Success,
        "CLOSED" => Kind.Closed,
        "PROCESSING" => Kind.Processing,
        "ABNORMAL" => Kind.Abnormal,
        _ => Kind.Other,
    };

    /// <summary>Whether both are the same text.</summary>
    public static bool operator ==(RefundStatus left, RefundStatus right) => left.Equals(right);

    /// <summary>Whether the texts differ.</summary>
    public static bool operator !=(RefundStatus left, RefundStatus right) => !left.Equals(right);

    /// <inheritdoc/>
    public bool Equals(RefundStatus other) => Value == other.Value;

    /// <inheritdoc/>
    public override bool Equals(object? obj) => obj is RefundStatus other && Equals(other);

    /// <inheritdoc/>
    public override int GetHashCode() => Value.GetHashCode(StringComparison.Ordinal);

    /// <summary>The text on the wire.</summary>
    public override string ToString() => Value;

    /// <summary>The texts that this version knows.</summary>
    public enum Kind
    {
        /// <summary>A text that this version does not know.</summary>
        Other,

        /// <summary>The money is back (<c>SUCCESS</c>).</summary>
        Success,

        /// <summary>Closed; the money stays with the merchant (<c>CLOSED</c>).</summary>
        Closed,

        /// <summary>Under way (<c>PROCESSING</c>).</summary>
        Processing,

        /// <summary>Stuck: the payer's bank card is closed or frozen, the merchant has to act (<c>ABNORMAL</c>).</summary>
        Abnormal,
    }
}
