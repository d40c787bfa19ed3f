namespace WeChatPay;

/// <summary>Who bears a promotion, or what it is. Open: texts that come later are kept in <see cref="Value"/>.</summary>
public readonly struct PromotionType : IEquatable<PromotionType>
{
    private readonly string? _value;

    /// <summary>Makes one from its text on the wire.</summary>
    public PromotionType(string value) => _value = value;

    /// <summary>A voucher charged to the merchant or sponsor in advance (<c>CASH</c>).</summary>
    public static PromotionType Cash => new("CASH");

    /// <summary>A voucher settled at the discounted price (<c>NOCASH</c>).</summary>
    public static PromotionType Nocash => new("NOCASH");

    /// <summary>A coupon, in refunds (<c>COUPON</c>).</summary>
    public static PromotionType Coupon => new("COUPON");

    /// <summary>A discount, in refunds (<c>DISCOUNT</c>).</summary>
    public static PromotionType Discount => new("DISCOUNT");

    /// <summary>The text on the wire.</summary>
    public string Value => _value ?? string.Empty;

    /// <summary>The same as an enumeration to switch on; <c>Other</c> for a text that this version does not know.</summary>
    public Kind Known => Value switch
    {
        "CASH" => Kind.Cash,
        "NOCASH" => Kind.Nocash,
        "COUPON" => Kind.Coupon,
        "DISCOUNT" => Kind.Discount,
        _ => Kind.Other,
    };

    /// <summary>Whether both are the same text.</summary>
    public static bool operator ==(PromotionType left, PromotionType right) => left.Equals(right);

    /// <summary>Whether the texts differ.</summary>
    public static bool operator !=(PromotionType left, PromotionType right) => !left.Equals(right);

    /// <inheritdoc/>
    public bool Equals(PromotionType other) => Value == other.Value;

    /// <inheritdoc/>
    public override bool Equals(object? obj) => obj is PromotionType other && Equals(other);

    /// <inheritdoc/>
    public override int GetHashCode() => Value.GetHashCode(StringComparison.Ordinal);

    /// <summary>The text on the wire.</summary>
    public override string ToString() => Value;

    /// <summary>The texts that this version knows.</summary>
    public enum Kind
    {
        /// <summary>A text that this version does not know.</summary>
        Other,

        /// <summary>A voucher charged to the merchant or sponsor in advance (<c>CASH</c>).</summary>
        Cash,

        /// <summary>A voucher settled at the discounted price (<c>NOCASH</c>).</summary>
        Nocash,

        /// <summary>A coupon, in refunds (<c>COUPON</c>).</summary>
        Coupon,

        /// <summary>A discount, in refunds (<c>DISCOUNT</c>).</summary>
        Discount,
    }
}
