using System.Diagnostics.CodeAnalysis;
using System.Text.Json;
using WeChatPay.Wire;

namespace WeChatPay;

/// <summary>One order of a combined payment.</summary>
public sealed class CombinedSubOrder
{
    /// <summary>The number of the merchant who is paid, or of the service provider.</summary>
    public required string Mchid { get; init; }

    /// <summary>The sub-merchant's number.</summary>
    public string? SubMchid { get; init; }

    /// <summary>The sub-merchant's appid.</summary>
    public string? SubAppid { get; init; }

    /// <summary>The payer's identifier under the sub-merchant's appid; personal data.</summary>
    public string? SubOpenid { get; init; }

    /// <summary>The merchant's own number for the order.</summary>
    public required string OutTradeNo { get; init; }

    /// <summary>The platform's number for the payment.</summary>
    public required string TransactionId { get; init; }

    /// <summary>How the order was paid.</summary>
    public TradeType? TradeType { get; init; }

    /// <summary>The order's state; <c>SUCCESS</c> in every event of a payment that succeeded.</summary>
    public required TradeState TradeState { get; init; }

    /// <summary>The state in words.</summary>
    public string? TradeStateDesc { get; init; }

    /// <summary>The bank and kind of card.</summary>
    public string? BankType { get; init; }

    /// <summary>What the merchant attached to the order.</summary>
    public string? Attach { get; init; }

    /// <summary>When the payment succeeded.</summary>
    public DateTimeOffset? SuccessTime { get; init; }

    /// <summary>What was paid.</summary>
    public required CombinedAmount Amount { get; init; }

    /// <summary>The promotions it was paid with.</summary>
    public IReadOnlyList<Promotion>? PromotionDetail { get; init; }

    /// <summary>Fields that the library does not know, or could not read as described, raw.</summary>
    public IReadOnlyDictionary<string, JsonElement> Extra { get; init; } = WireExtra.None;

    /// <summary>Reads the shape from JSON: a value, or the path and the reason; never an exception.</summary>
    public static bool TryRead(ReadOnlySpan<byte> json, [NotNullWhen(true)] out CombinedSubOrder? value, [NotNullWhen(false)] out DecodeError? error) =>
        WireReader.TryRead(json, Read, out value, out error);

    /// <summary>The type and its business numbers; nothing personal.</summary>
    public override string ToString() => "CombinedSubOrder(out_trade_no = " + OutTradeNo + ", transaction_id = " + TransactionId + ")";

    internal static CombinedSubOrder? Read(ref WireReader reader)
    {
        string? mchid = null;
        string? subMchid = null;
        string? subAppid = null;
        string? subOpenid = null;
        string? outTradeNo = null;
        string? transactionId = null;
        string? tradeType = null;
        string? tradeState = null;
        string? tradeStateDesc = null;
        string? bankType = null;
        string? attach = null;
        DateTimeOffset? successTime = null;
        CombinedAmount? amount = null;
        IReadOnlyList<Promotion>? promotionDetail = null;
        WireExtra extra = default;
        while (reader.NextField())
        {
            if (reader.Is("mchid"u8)) { if (!reader.TryEvidence(ref mchid)) { return null; } }
            else if (reader.Is("sub_mchid"u8)) { subMchid = reader.String(ref extra); }
            else if (reader.Is("sub_appid"u8)) { subAppid = reader.String(ref extra); }
            else if (reader.Is("sub_openid"u8)) { subOpenid = reader.String(ref extra); }
            else if (reader.Is("out_trade_no"u8)) { if (!reader.TryEvidence(ref outTradeNo)) { return null; } }
            else if (reader.Is("transaction_id"u8)) { if (!reader.TryEvidence(ref transactionId)) { return null; } }
            else if (reader.Is("trade_type"u8)) { tradeType = reader.String(ref extra); }
            else if (reader.Is("trade_state"u8)) { if (!reader.TryEvidence(ref tradeState)) { return null; } }
            else if (reader.Is("trade_state_desc"u8)) { tradeStateDesc = reader.String(ref extra); }
            else if (reader.Is("bank_type"u8)) { bankType = reader.String(ref extra); }
            else if (reader.Is("attach"u8)) { attach = reader.String(ref extra); }
            else if (reader.Is("success_time"u8)) { successTime = reader.Date(ref extra); }
            else if (reader.Is("amount"u8)) { if (!reader.TryEvidence(CombinedAmount.Read, ref amount)) { return null; } }
            else if (reader.Is("promotion_detail"u8)) { promotionDetail = reader.Objects(Promotion.Read, ref extra); }
            else { reader.Keep(ref extra); }
        }

        if (reader.Lacks(mchid, "mchid"u8)
            || reader.Lacks(outTradeNo, "out_trade_no"u8)
            || reader.Lacks(transactionId, "transaction_id"u8)
            || reader.Lacks(tradeState, "trade_state"u8)
            || reader.Lacks(amount, "amount"u8))
        {
            return null;
        }

        return new()
        {
            Mchid = mchid,
            SubMchid = subMchid,
            SubAppid = subAppid,
            SubOpenid = subOpenid,
            OutTradeNo = outTradeNo,
            TransactionId = transactionId,
            TradeType = tradeType is null ? null : new TradeType(tradeType),
            TradeState = new TradeState(tradeState),
            TradeStateDesc = tradeStateDesc,
            BankType = bankType,
            Attach = attach,
            SuccessTime = successTime,
            Amount = amount,
            PromotionDetail = promotionDetail,
            Extra = extra.Fields,
        };
    }
}
