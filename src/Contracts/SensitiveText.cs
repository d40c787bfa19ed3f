namespace WeChatPay;

/// <summary>A text that is personal data and travels sealed: plain here, never printed. Give it to a request as it is; it is sealed to the platform's key on the way out.</summary>
public sealed class SensitiveText : IEquatable<SensitiveText>
{
    private readonly string _plain;

    /// <summary>Takes the plain text.</summary>
    public SensitiveText(string plain)
    {
        ArgumentNullException.ThrowIfNull(plain);
        _plain = plain;
    }

    /// <summary>A plain text is one as it stands.</summary>
    public static implicit operator SensitiveText(string plain) => new(plain);

    /// <summary>The plain text: personal data, not for logs.</summary>
    public string Reveal() => _plain;

    /// <inheritdoc/>
    public bool Equals(SensitiveText? other) => other is not null && _plain == other._plain;

    /// <inheritdoc/>
    public override bool Equals(object? obj) => Equals(obj as SensitiveText);

    /// <inheritdoc/>
    public override int GetHashCode() => _plain.GetHashCode(StringComparison.Ordinal);

    /// <summary>Nothing of the text.</summary>
    public override string ToString() => "SensitiveText(***)";
}
