namespace WeChatPay;

/// <summary>What a promotion applies to. Open: texts that come later are kept in <see cref="Value"/>.</summary>
public readonly struct PromotionScope : IEquatable<PromotionScope>
{
    private readonly string? _value;

    /// <summary>Makes one from its text on the wire.</summary>
    public PromotionScope(string value) => _value = value;

    /// <summary>The whole order (<c>GLOBAL</c>).</summary>
    public static PromotionScope Global => new("GLOBAL");

    /// <summary>Single goods (<c>SINGLE</c>).</summary>
    public static PromotionScope Single => new("SINGLE");

    /// <summary>The text on the wire.</summary>
    public string Value => _value ?? string.Empty;

    /// <summary>The same as an enumeration to switch on; <c>Other</c> for a text that this version does not know.</summary>
    public Kind Known => Value switch
    {
        "GLOBAL" => Kind.Global,
        "SINGLE" => Kind.Single,
        _ => Kind.Other,
    };

    /// <summary>Whether both are the same text.</summary>
    public static bool operator ==(PromotionScope left, PromotionScope right) => left.Equals(right);

    /// <summary>Whether the texts differ.</summary>
    public static bool operator !=(PromotionScope left, PromotionScope right) => !left.Equals(right);

    /// <inheritdoc/>
    public bool Equals(PromotionScope other) => Value == other.Value;

    /// <inheritdoc/>
    public override bool Equals(object? obj) => obj is PromotionScope other && Equals(other);

    /// <inheritdoc/>
    public override int GetHashCode() => Value.GetHashCode(StringComparison.Ordinal);

    /// <summary>The text on the wire.</summary>
    public override string ToString() => Value;

    /// <summary>The texts that this version knows.</summary>
    public enum Kind
    {
        /// <summary>A text that this version does not know.</summary>
        Other,

        /// <summary>The whole order (<c>GLOBAL</c>).</summary>
        Global,

        /// <summary>Single goods (<c>SINGLE</c>).</summary>
        Single,
    }
}
