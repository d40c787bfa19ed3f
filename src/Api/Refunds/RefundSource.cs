using System.Text.Json;
using WeChatPay.Functional;

namespace WeChatPay.Api;

/// <summary>An account that a refund takes money from.</summary>
public sealed class RefundSource
{
    /// <summary>The account.</summary>
    public required FundsAccount Account { get; init; }

    /// <summary>How much it gives, in fen.</summary>
    public required long Amount { get; init; }

    /// <summary>The type alone.</summary>
    public override string ToString() => "RefundSource";

    internal void WriteTo(Utf8JsonWriter writer, Caller caller)
    {
        writer.WriteStartObject();
        writer.Field("account"u8, Account.Value);
        writer.Field("amount"u8, Amount);
        writer.WriteEndObject();
    }
}
