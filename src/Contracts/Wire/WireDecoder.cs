using System.Diagnostics.CodeAnalysis;

namespace WeChatPay.Wire;

/// <summary>Reads a value from JSON: a value, or the path and the reason; never an exception. Every shape's <c>TryRead</c> is one.</summary>
public delegate bool WireDecoder<T>(ReadOnlySpan<byte> json, [NotNullWhen(true)] out T? value, [NotNullWhen(false)] out DecodeError? error)
    where T : class;
