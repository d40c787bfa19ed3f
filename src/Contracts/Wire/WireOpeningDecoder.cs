using System.Diagnostics.CodeAnalysis;

namespace WeChatPay.Wire;

/// <summary>Reads a value that has sealed texts from JSON: a value, or the path and the reason; never an exception.</summary>
public delegate bool WireOpeningDecoder<T>(ReadOnlySpan<byte> json, WireOpener opener, [NotNullWhen(true)] out T? value, [NotNullWhen(false)] out DecodeError? error)
    where T : class;
