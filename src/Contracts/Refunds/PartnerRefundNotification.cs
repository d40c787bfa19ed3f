using System.Diagnostics.CodeAnalysis;
using System.Text.Json;
using WeChatPay.Wire;

namespace WeChatPay;

/// <summary>The resource of <c>REFUND.SUCCESS</c>, <c>REFUND.ABNORMAL</c> and <c>REFUND.CLOSED</c> for a service provider.</summary>
public sealed class PartnerRefundNotification
{
    /// <summary>The service provider's number.</summary>
    public required string SpMchid { get; init; }

    /// <summary>The sub-merchant's number.</summary>
    public string? SubMchid { get; init; }

    /// <summary>The merchant's own number for the order.</summary>
    public string? OutTradeNo { get; init; }

    /// <summary>The platform's number for the payment.</summary>
    public string? TransactionId { get; init; }

    /// <summary>The merchant's own number for the refund.</summary>
    public required string OutRefundNo { get; init; }

    /// <summary>The platform's number for the refund.</summary>
    public required string RefundId { get; init; }

    /// <summary>What has become of the refund; the same as the event says.</summary>
    public required RefundStatus RefundStatus { get; init; }

    /// <summary>The account that gets the money, in words; personal data.</summary>
    public string? UserReceivedAccount { get; init; }

    /// <summary>When the money was back.</summary>
    public DateTimeOffset? SuccessTime { get; init; }

    /// <summary>What is given back.</summary>
    public required RefundAmount Amount { get; init; }

    /// <summary>Fields that the library does not know, or could not read as described, raw.</summary>
    public IReadOnlyDictionary<string, JsonElement> Extra { get; init; } = WireExtra.None;

    /// <summary>Reads the shape from JSON: a value, or the path and the reason; never an exception.</summary>
    public static bool TryRead(ReadOnlySpan<byte> json, [NotNullWhen(true)] out PartnerRefundNotification? value, [NotNullWhen(false)] out DecodeError? error) =>
        WireReader.TryRead(json, Read, out value, out error);

    /// <summary>Reads the shape from checked JSON, and names the fields outside the evidence that were odd.</summary>
    public static bool TryRead(WireDocument document, [NotNullWhen(true)] out PartnerRefundNotification? value, [NotNullWhen(false)] out DecodeError? error, out IReadOnlyList<DecodeError> anomalies) =>
        WireReader.TryRead(document, Read, out value, out error, out anomalies);

    /// <summary>The type and its business numbers; nothing personal.</summary>
    public override string ToString() => "PartnerRefundNotification(out_refund_no = " + OutRefundNo + ", refund_id = " + RefundId + ")";

    internal static PartnerRefundNotification? Read(ref WireReader reader)
    {
        string? spMchid = null;
        string? subMchid = null;
        string? outTradeNo = null;
        string? transactionId = null;
        string? outRefundNo = null;
        string? refundId = null;
        string? refundStatus = null;
        string? userReceivedAccount = null;
        DateTimeOffset? successTime = null;
        RefundAmount? amount = null;
        WireExtra extra = default;
        while (reader.NextField())
        {
            if (reader.Is("sp_mchid"u8)) { if (!reader.TryEvidence(ref spMchid)) { return null; } }
            else if (reader.Is("sub_mchid"u8)) { subMchid = reader.String(ref extra); }
            else if (reader.Is("out_trade_no"u8)) { outTradeNo = reader.String(ref extra); }
            else if (reader.Is("transaction_id"u8)) { transactionId = reader.String(ref extra); }
            else if (reader.Is("out_refund_no"u8)) { if (!reader.TryEvidence(ref outRefundNo)) { return null; } }
            else if (reader.Is("refund_id"u8)) { if (!reader.TryEvidence(ref refundId)) { return null; } }
            else if (reader.Is("refund_status"u8)) { if (!reader.TryEvidence(ref refundStatus)) { return null; } }
            else if (reader.Is("user_received_account"u8)) { userReceivedAccount = reader.String(ref extra); }
            else if (reader.Is("success_time"u8)) { successTime = reader.Date(ref extra); }
            else if (reader.Is("amount"u8)) { if (!reader.TryEvidence(RefundAmount.Read, ref amount)) { return null; } }
            else { reader.Keep(ref extra); }
        }

        if (reader.Lacks(spMchid, "sp_mchid"u8)
            || reader.Lacks(outRefundNo, "out_refund_no"u8)
            || reader.Lacks(refundId, "refund_id"u8)
            || reader.Lacks(refundStatus, "refund_status"u8)
            || reader.Lacks(amount, "amount"u8))
        {
            return null;
        }

        return new()
        {
            SpMchid = spMchid,
            SubMchid = subMchid,
            OutTradeNo = outTradeNo,
            TransactionId = transactionId,
            OutRefundNo = outRefundNo,
            RefundId = refundId,
            RefundStatus = new RefundStatus(refundStatus),
            UserReceivedAccount = userReceivedAccount,
            SuccessTime = successTime,
            Amount = amount,
            Extra = extra.Fields,
        };
    }
}
