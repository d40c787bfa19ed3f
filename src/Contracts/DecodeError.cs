namespace WeChatPay;

/// <summary>Why a piece of JSON could not be read as the platform describes it.</summary>
public enum DecodeReason
{
    /// <summary>The bytes are not JSON, or something follows the one value.</summary>
    NotJson,

    /// <summary>An object was expected here.</summary>
    NotAnObject,

    /// <summary>An array was expected here.</summary>
    NotAnArray,

    /// <summary>The same key occurs twice in one object.</summary>
    DuplicateKey,

    /// <summary>Objects and arrays are nested deeper than 64 levels, the outermost value counted as 1.</summary>
    TooDeep,

    /// <summary>A field that proves what the value claims to be is absent, null or empty.</summary>
    Missing,

    /// <summary>A text was expected here, in well-formed Unicode.</summary>
    NotAString,

    /// <summary>An integer of 64 bits was expected here, without fraction and exponent.</summary>
    NotAnInteger,

    /// <summary>True or false was expected here.</summary>
    NotABoolean,

    /// <summary>A date was expected here, in one of the platform's spellings.</summary>
    NotADate,

    /// <summary>Strict base64 was expected here.</summary>
    NotBase64,

    /// <summary>The value has another length than the cipher needs.</summary>
    WrongLength,

    /// <summary>The value contradicts another part of the same message.</summary>
    Contradictory,

    /// <summary>A number was expected here.</summary>
    NotANumber,

    /// <summary>The text is sealed, and the key at hand does not open it.</summary>
    StillSealed,
}

/// <summary>Where a piece of JSON could not be read (a path such as <c>$.amount.total</c>), and why; never the value itself.</summary>
public sealed class DecodeError : IEquatable<DecodeError>
{
    /// <summary>Makes an error from its path and reason.</summary>
    public DecodeError(string path, DecodeReason reason)
    {
        ArgumentNullException.ThrowIfNull(path);
        Path = path;
        Reason = reason;
    }

    /// <summary>The place, from the outermost value <c>$</c>: <c>$.sub_orders[1].amount.total_amount</c>.</summary>
    public string Path { get; }

    /// <summary>What was wrong there.</summary>
    public DecodeReason Reason { get; }

    /// <inheritdoc/>
    public bool Equals(DecodeError? other) => other is not null && Path == other.Path && Reason == other.Reason;

    /// <inheritdoc/>
    public override bool Equals(object? obj) => Equals(obj as DecodeError);

    /// <inheritdoc/>
    public override int GetHashCode() => HashCode.Combine(Path, Reason);

    /// <summary>The path and the reason in words: <c>$.amount.total is not an integer</c>.</summary>
    public override string ToString() => Path + " " + Words(Reason);

    private static string Words(DecodeReason reason) => reason switch
    {
        DecodeReason.NotJson => "is not JSON",
        DecodeReason.NotAnObject => "is not an object",
        DecodeReason.NotAnArray => "is not an array",
        DecodeReason.DuplicateKey => "occurs twice",
        DecodeReason.TooDeep => "is nested deeper than 64 levels",
        DecodeReason.Missing => "is missing",
        DecodeReason.NotAString => "is not a text",
        DecodeReason.NotAnInteger => "is not an integer of 64 bits",
        DecodeReason.NotABoolean => "is neither true nor false",
        DecodeReason.NotADate => "is not a date",
        DecodeReason.NotBase64 => "is not base64",
        DecodeReason.WrongLength => "has the wrong length",
        DecodeReason.NotANumber => "is not a number",
        DecodeReason.StillSealed => "is sealed to another key",
        _ => "cannot be read",
    };
}
