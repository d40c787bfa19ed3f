using System.Diagnostics.CodeAnalysis;

namespace WeChatPay;

/// <summary>The answer to a call that succeeds without saying anything: a signed 204.</summary>
public sealed class NoContent
{
    private NoContent()
    {
    }

    /// <summary>The one value.</summary>
    public static NoContent Value { get; } = new();

    /// <summary>Takes an empty body; what follows is not looked at, since the call's success is in its status.</summary>
    public static bool TryRead(ReadOnlySpan<byte> json, [NotNullWhen(true)] out NoContent? value, [NotNullWhen(false)] out DecodeError? error)
    {
        (value, error) = (Value, null);
        return true;
    }
}
