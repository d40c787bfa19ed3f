using System.Diagnostics.CodeAnalysis;
using System.Text.Json;
using WeChatPay.Wire;

namespace WeChatPay;

/// <summary>A refund as the platform knows it: the answer to asking for one, and to a query.</summary>
public sealed class Refund
{
    /// <summary>The platform's number for the refund.</summary>
    public required string RefundId { get; init; }

    /// <summary>The merchant's own number for the refund.</summary>
    public required string OutRefundNo { get; init; }

    /// <summary>The platform's number for the payment.</summary>
    public string? TransactionId { get; init; }

    /// <summary>The merchant's own number for the order.</summary>
    public string? OutTradeNo { get; init; }

    /// <summary>Where the money goes back to.</summary>
    public RefundChannel? Channel { get; init; }

    /// <summary>The account that gets the money, in words; personal data.</summary>
    public string? UserReceivedAccount { get; init; }

    /// <summary>When the money was back.</summary>
    public DateTimeOffset? SuccessTime { get; init; }

    /// <summary>When the refund was asked for.</summary>
    public DateTimeOffset? CreateTime { get; init; }

    /// <summary>What has become of the refund.</summary>
    public required RefundStatus Status { get; init; }

    /// <summary>The account that gives the money.</summary>
    public FundsAccount? FundsAccount { get; init; }

    /// <summary>What is given back.</summary>
    public required RefundAmount Amount { get; init; }

    /// <summary>The promotions that are given back.</summary>
    public IReadOnlyList<RefundPromotion>? PromotionDetail { get; init; }

    /// <summary>Fields that the library does not know, or could not read as described, raw.</summary>
    public IReadOnlyDictionary<string, JsonElement> Extra { get; init; } = WireExtra.None;

    /// <summary>Reads the shape from JSON: a value, or the path and the reason; never an exception.</summary>
    public static bool TryRead(ReadOnlySpan<byte> json, [NotNullWhen(true)] out Refund? value, [NotNullWhen(false)] out DecodeError? error) =>
        WireReader.TryRead(json, Read, out value, out error);

    /// <summary>Reads the shape from checked JSON, and names the fields outside the evidence that were odd.</summary>
    public static bool TryRead(WireDocument document, [NotNullWhen(true)] out Refund? value, [NotNullWhen(false)] out DecodeError? error, out IReadOnlyList<DecodeError> anomalies) =>
        WireReader.TryRead(document, Read, out value, out error, out anomalies);

    /// <summary>The type and its business numbers; nothing personal.</summary>
    public override string ToString() => "Refund(out_refund_no = " + OutRefundNo + ", refund_id = " + RefundId + ")";

    internal static Refund? Read(ref WireReader reader)
    {
        string? refundId = null;
        string? outRefundNo = null;
        string? transactionId = null;
        string? outTradeNo = null;
        string? channel = null;
        string? userReceivedAccount = null;
        DateTimeOffset? successTime = null;
        DateTimeOffset? createTime = null;
        string? status = null;
        string? fundsAccount = null;
        RefundAmount? amount = null;
        IReadOnlyList<RefundPromotion>? promotionDetail = null;
        WireExtra extra = default;
        while (reader.NextField())
        {
            if (reader.Is("refund_id"u8)) { if (!reader.TryEvidence(ref refundId)) { return null; } }
            else if (reader.Is("out_refund_no"u8)) { if (!reader.TryEvidence(ref outRefundNo)) { return null; } }
            else if (reader.Is("transaction_id"u8)) { transactionId = reader.String(ref extra); }
            else if (reader.Is("out_trade_no"u8)) { outTradeNo = reader.String(ref extra); }
            else if (reader.Is("channel"u8)) { channel = reader.String(ref extra); }
            else if (reader.Is("user_received_account"u8)) { userReceivedAccount = reader.String(ref extra); }
            else if (reader.Is("success_time"u8)) { successTime = reader.Date(ref extra); }
            else if (reader.Is("create_time"u8)) { createTime = reader.Date(ref extra); }
            else if (reader.Is("status"u8)) { if (!reader.TryEvidence(ref status)) { return null; } }
            else if (reader.Is("funds_account"u8)) { fundsAccount = reader.String(ref extra); }
            else if (reader.Is("amount"u8)) { if (!reader.TryEvidence(RefundAmount.Read, ref amount)) { return null; } }
            else if (reader.Is("promotion_detail"u8)) { promotionDetail = reader.Objects(RefundPromotion.Read, ref extra); }
            else { reader.Keep(ref extra); }
        }

        if (reader.Lacks(refundId, "refund_id"u8)
            || reader.Lacks(outRefundNo, "out_refund_no"u8)
            || reader.Lacks(status, "status"u8)
            || reader.Lacks(amount, "amount"u8))
        {
            return null;
        }

        return new()
        {
            RefundId = refundId,
            OutRefundNo = outRefundNo,
            TransactionId = transactionId,
            OutTradeNo = outTradeNo,
            Channel = channel is null ? null : new RefundChannel(channel),
            UserReceivedAccount = userReceivedAccount,
            SuccessTime = successTime,
            CreateTime = createTime,
            Status = new RefundStatus(status),
            FundsAccount = fundsAccount is null ? null : new FundsAccount(fundsAccount),
            Amount = amount,
            PromotionDetail = promotionDetail,
            Extra = extra.Fields,
        };
    }
}
