namespace WeChatPay;

/// <summary>How an order is paid. Open: texts that come later are kept in <see cref="Value"/>.</summary>
public readonly struct TradeType : IEquatable<TradeType>
{
    private readonly string? _value;

    /// <summary>Makes one from its text on the wire.</summary>
    public TradeType(string value) => _value = value;

    /// <summary>In a page or mini program inside WeChat (<c>JSAPI</c>).</summary>
    public static TradeType Jsapi => new("JSAPI");

    /// <summary>By a QR code that the payer scans (<c>NATIVE</c>).</summary>
    public static TradeType Native => new("NATIVE");

    /// <summary>From a merchant's own app (<c>APP</c>).</summary>
    public static TradeType App => new("APP");

    /// <summary>By the payer's code, scanned by the merchant (<c>MICROPAY</c>).</summary>
    public static TradeType Micropay => new("MICROPAY");

    /// <summary>In a mobile browser outside WeChat (H5) (<c>MWEB</c>).</summary>
    public static TradeType Mweb => new("MWEB");

    /// <summary>By face (<c>FACEPAY</c>).</summary>
    public static TradeType Facepay => new("FACEPAY");

    /// <summary>The text on the wire.</summary>
    public string Value => _value ?? string.Empty;

    /// <summary>The same as an enumeration to switch on; <c>Other</c> for a text that this version does not know.</summary>
    public Kind Known => Value switch
    {
        "JSAPI" => Kind.Jsapi,
        "NATIVE" => Kind.Native,
        "APP" => Kind.App,
        "MICROPAY" => Kind.Micropay,
        "MWEB" => Kind.Mweb,
        "FACEPAY" => Kind.Facepay,
        _ => Kind.Other,
    };

    /// <summary>Whether both are the same text.</summary>
    public static bool operator ==(TradeType left, TradeType right) => left.Equals(right);

    /// <summary>Whether the texts differ.</summary>
    public static bool operator !=(TradeType left, TradeType right) => !left.Equals(right);

    /// <inheritdoc/>
    public bool Equals(TradeType other) => Value == other.Value;

    /// <inheritdoc/>
    public override bool Equals(object? obj) => obj is TradeType other && Equals(other);

    /// <inheritdoc/>
    public override int GetHashCode() => Value.GetHashCode(StringComparison.Ordinal);

    /// <summary>The text on the wire.</summary>
    public override string ToString() => Value;

    /// <summary>The texts that this version knows.</summary>
    public enum Kind
    {
        /// <summary>A text that this version does not know.</summary>
        Other,

        /// <summary>In a page or mini program inside WeChat (<c>JSAPI</c>).</summary>
        Jsapi,

        /// <summary>By a QR code that the payer scans (<c>NATIVE</c>).</summary>
        Native,

        /// <summary>From a merchant's own app (<c>APP</c>).</summary>
        App,

        /// <summary>By the payer's code, scanned by the merchant (<c>MICROPAY</c>).</summary>
        Micropay,

        /// <summary>In a mobile browser outside WeChat (H5) (<c>MWEB</c>).</summary>
        Mweb,

        /// <summary>By face (<c>FACEPAY</c>).</summary>
        Facepay,
    }
}
