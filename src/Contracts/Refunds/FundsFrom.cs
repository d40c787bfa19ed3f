using System.Diagnostics.CodeAnalysis;
using System.Text.Json;
using WeChatPay.Wire;

namespace WeChatPay;

/// <summary>An account that a refund takes money from.</summary>
public sealed class FundsFrom
{
    /// <summary>The account.</summary>
    public FundsAccount? Account { get; init; }

    /// <summary>How much it gives, in fen.</summary>
    public long? Amount { get; init; }

    /// <summary>Fields that the library does not know, or could not read as described, raw.</summary>
    public IReadOnlyDictionary<string, JsonElement> Extra { get; init; } = WireExtra.None;

    /// <summary>Reads the shape from JSON: a value, or the path and the reason; never an exception.</summary>
    public static bool TryRead(ReadOnlySpan<byte> json, [NotNullWhen(true)] out FundsFrom? value, [NotNullWhen(false)] out DecodeError? error) =>
        WireReader.TryRead(json, Read, out value, out error);

    /// <summary>The type alone.</summary>
    public override string ToString() => "FundsFrom";

    internal static FundsFrom? Read(ref WireReader reader)
    {
        string? account = null;
        long? amount = null;
        WireExtra extra = default;
        while (reader.NextField())
        {
            if (reader.Is("account"u8)) { account = reader.String(ref extra); }
            else if (reader.Is("amount"u8)) { amount = reader.Int64(ref extra); }
            else { reader.Keep(ref extra); }
        }

        return new()
        {
            Account = account is null ? null : new FundsAccount(account),
            Amount = amount,
            Extra = extra.Fields,
        };
    }
}
