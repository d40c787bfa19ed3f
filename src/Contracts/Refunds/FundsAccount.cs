namespace WeChatPay;

/// <summary>The merchant's account that the money comes from. Open: texts that come later are kept in <see cref="Value"/>.</summary>
public readonly struct FundsAccount : IEquatable<FundsAccount>
{
    private readonly string? _value;

    /// <summary>Makes one from its text on the wire.</summary>
    public FundsAccount(string value) => _value = value;

    /// <summary>Funds not settled yet (<c>UNSETTLED</c>).</summary>
    public static FundsAccount Unsettled => new("UNSETTLED");

    /// <summary>Available balance (<c>AVAILABLE</c>).</summary>
    public static FundsAccount Available => new("AVAILABLE");

    /// <summary>Unavailable balance (<c>UNAVAILABLE</c>).</summary>
    public static FundsAccount Unavailable => new("UNAVAILABLE");

    /// <summary>Operation account (<c>OPERATION</c>).</summary>
    public static FundsAccount Operation => new("OPERATION");

    /// <summary>Basic account, available balance (<c>BASIC</c>).</summary>
    public static FundsAccount Basic => new("BASIC");

    /// <summary>Digital yuan account (<c>ECNY_BASIC</c>).</summary>
    public static FundsAccount EcnyBasic => new("ECNY_BASIC");

    /// <summary>The text on the wire.</summary>
    public string Value => _value ?? string.Empty;

    /// <summary>The same as an enumeration to switch on; <c>Other</c> for a text that this version does not know.</summary>
    public Kind Known => Value switch
    {
        "UNSETTLED" => Kind.Unsettled,
        "AVAILABLE" => Kind.Available,
        "UNAVAILABLE" => Kind.Unavailable,
        "OPERATION" => Kind.Operation,
        "BASIC" => Kind.Basic,
        "ECNY_BASIC" => Kind.EcnyBasic,
        _ => Kind.Other,
    };

    /// <summary>Whether both are the same text.</summary>
    public static bool operator ==(FundsAccount left, FundsAccount right) => left.Equals(right);

    /// <summary>Whether the texts differ.</summary>
    public static bool operator !=(FundsAccount left, FundsAccount right) => !left.Equals(right);

    /// <inheritdoc/>
    public bool Equals(FundsAccount other) => Value == other.Value;

    /// <inheritdoc/>
    public override bool Equals(object? obj) => obj is FundsAccount other && Equals(other);

    /// <inheritdoc/>
    public override int GetHashCode() => Value.GetHashCode(StringComparison.Ordinal);

    /// <summary>The text on the wire.</summary>
    public override string ToString() => Value;

    /// <summary>The texts that this version knows.</summary>
    public enum Kind
    {
        /// <summary>A text that this version does not know.</summary>
        Other,

        /// <summary>Funds not settled yet (<c>UNSETTLED</c>).</summary>
        Unsettled,

        /// <summary>Available balance (<c>AVAILABLE</c>).</summary>
        Available,

        /// <summary>Unavailable balance (<c>UNAVAILABLE</c>).</summary>
        Unavailable,

        /// <summary>Operation account (<c>OPERATION</c>).</summary>
        Operation,

        /// <summary>Basic account, available balance (<c>BASIC</c>).</summary>
        Basic,

        /// <summary>Digital yuan account (<c>ECNY_BASIC</c>).</summary>
        EcnyBasic,
    }
}
