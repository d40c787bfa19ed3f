using System.Text.Json;
using WeChatPay.Functional;

namespace WeChatPay.Api;

/// <summary>Asks for a refund of an order, named by either of its numbers.</summary>
public sealed class RefundRequest
{
    /// <summary>The platform's number for the payment; this or the order's own number.</summary>
    public string? TransactionId { get; init; }

    /// <summary>The merchant's own number for the order; this or the payment's number.</summary>
    public string? OutTradeNo { get; init; }

    /// <summary>The merchant's own number for the refund: 1 to 64 of letters, digits and <c>_-|*@</c>.</summary>
    public required string OutRefundNo { get; init; }

    /// <summary>Why, as the payer reads it.</summary>
    public string? Reason { get; init; }

    /// <summary>Where the refund's notifications go.</summary>
    public string? NotifyUrl { get; init; }

    /// <summary>The account that gives the money.</summary>
    public FundsAccount? FundsAccount { get; init; }

    /// <summary>What is to be given back.</summary>
    public required RefundRequestAmount Amount { get; init; }

    /// <summary>The goods it is for.</summary>
    public IReadOnlyList<RefundRequestGoods>? GoodsDetail { get; init; }

    /// <summary>The type and its business numbers; nothing personal.</summary>
    public override string ToString() => "RefundRequest(out_refund_no = " + OutRefundNo + ")";

    internal void WriteTo(Utf8JsonWriter writer, Caller caller)
    {
        writer.WriteStartObject();
        writer.Field("transaction_id"u8, TransactionId);
        writer.Field("out_trade_no"u8, OutTradeNo);
        writer.Field("out_refund_no"u8, OutRefundNo);
        writer.Field("reason"u8, Reason);
        writer.Field("notify_url"u8, NotifyUrl);
        writer.Field("funds_account"u8, FundsAccount?.Value);
        writer.Field("amount"u8, Amount, caller, static (value, writer, caller) => value.WriteTo(writer, caller));
        writer.Field("goods_detail"u8, GoodsDetail, caller, static (value, writer, caller) => value.WriteTo(writer, caller));
        writer.WriteEndObject();
    }
}
