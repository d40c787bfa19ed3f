using System.Diagnostics.CodeAnalysis;
using System.Text.Json;
using WeChatPay.Wire;

namespace WeChatPay;

/// <summary>An order as the platform knows it: the answer to a query.</summary>
public sealed class Transaction
{
    /// <summary>The merchant's own number for the order.</summary>
    public required string OutTradeNo { get; init; }

    /// <summary>The platform's number for the payment; absent while the order is not paid.</summary>
    public string? TransactionId { get; init; }

    /// <summary>How the order is paid.</summary>
    public TradeType? TradeType { get; init; }

    /// <summary>What has become of the order.</summary>
    public required TradeState TradeState { get; init; }

    /// <summary>The state in words.</summary>
    public string? TradeStateDesc { get; init; }

    /// <summary>The bank and kind of card.</summary>
    public string? BankType { get; init; }

    /// <summary>What the merchant attached to the order.</summary>
    public string? Attach { get; init; }

    /// <summary>When the payment succeeded.</summary>
    public DateTimeOffset? SuccessTime { get; init; }

    /// <summary>The merchant's appid.</summary>
    public string? Appid { get; init; }

    /// <summary>The merchant's number.</summary>
    public string? Mchid { get; init; }

    /// <summary>Who paid.</summary>
    public Payer? Payer { get; init; }

    /// <summary>What the order costs and what was paid.</summary>
    public required TransactionAmount Amount { get; init; }

    /// <summary>Where the order was placed.</summary>
    public TransactionScene? SceneInfo { get; init; }

    /// <summary>The promotions it was paid with.</summary>
    public IReadOnlyList<Promotion>? PromotionDetail { get; init; }

    /// <summary>The installments, where there are any.</summary>
    public Installment? InstallmentInfo { get; init; }

    /// <summary>Fields that the library does not know, or could not read as described, raw.</summary>
    public IReadOnlyDictionary<string, JsonElement> Extra { get; init; } = WireExtra.None;

    /// <summary>Reads the shape from JSON: a value, or the path and the reason; never an exception.</summary>
    public static bool TryRead(ReadOnlySpan<byte> json, [NotNullWhen(true)] out Transaction? value, [NotNullWhen(false)] out DecodeError? error) =>
        WireReader.TryRead(json, Read, out value, out error);

    /// <summary>Reads the shape from checked JSON, and names the fields outside the evidence that were odd.</summary>
    public static bool TryRead(WireDocument document, [NotNullWhen(true)] out Transaction? value, [NotNullWhen(false)] out DecodeError? error, out IReadOnlyList<DecodeError> anomalies) =>
        WireReader.TryRead(document, Read, out value, out error, out anomalies);

    /// <summary>The type and its business numbers; nothing personal.</summary>
    public override string ToString() => "Transaction(out_trade_no = " + OutTradeNo + ", transaction_id = " + TransactionId + ")";

    internal static Transaction? Read(ref WireReader reader)
    {
        string? outTradeNo = null;
        string? transactionId = null;
        string? tradeType = null;
        string? tradeState = null;
        string? tradeStateDesc = null;
        string? bankType = null;
        string? attach = null;
        DateTimeOffset? successTime = null;
        string? appid = null;
        string? mchid = null;
        Payer? payer = null;
        TransactionAmount? amount = null;
        TransactionScene? sceneInfo = null;
        IReadOnlyList<Promotion>? promotionDetail = null;
        Installment? installmentInfo = null;
        WireExtra extra = default;
        while (reader.NextField())
        {
            if (reader.Is("out_trade_no"u8)) { if (!reader.TryEvidence(ref outTradeNo)) { return null; } }
            else if (reader.Is("transaction_id"u8)) { transactionId = reader.String(ref extra); }
            else if (reader.Is("trade_type"u8)) { tradeType = reader.String(ref extra); }
            else if (reader.Is("trade_state"u8)) { if (!reader.TryEvidence(ref tradeState)) { return null; } }
            else if (reader.Is("trade_state_desc"u8)) { tradeStateDesc = reader.String(ref extra); }
            else if (reader.Is("bank_type"u8)) { bankType = reader.String(ref extra); }
            else if (reader.Is("attach"u8)) { attach = reader.String(ref extra); }
            else if (reader.Is("success_time"u8)) { successTime = reader.Date(ref extra); }
            else if (reader.Is("appid"u8)) { appid = reader.String(ref extra); }
            else if (reader.Is("mchid"u8)) { mchid = reader.String(ref extra); }
            else if (reader.Is("payer"u8)) { payer = reader.Object(Payer.Read, ref extra); }
            else if (reader.Is("amount"u8)) { if (!reader.TryEvidence(TransactionAmount.Read, ref amount)) { return null; } }
            else if (reader.Is("scene_info"u8)) { sceneInfo = reader.Object(TransactionScene.Read, ref extra); }
            else if (reader.Is("promotion_detail"u8)) { promotionDetail = reader.Objects(Promotion.Read, ref extra); }
            else if (reader.Is("installment_info"u8)) { installmentInfo = reader.Object(Installment.Read, ref extra); }
            else { reader.Keep(ref extra); }
        }

        if (reader.Lacks(outTradeNo, "out_trade_no"u8)
            || reader.Lacks(tradeState, "trade_state"u8)
            || reader.Lacks(amount, "amount"u8))
        {
            return null;
        }

        return new()
        {
            OutTradeNo = outTradeNo,
            TransactionId = transactionId,
            TradeType = tradeType is null ? null : new TradeType(tradeType),
            TradeState = new TradeState(tradeState),
            TradeStateDesc = tradeStateDesc,
            BankType = bankType,
            Attach = attach,
            SuccessTime = successTime,
            Appid = appid,
            Mchid = mchid,
            Payer = payer,
            Amount = amount,
            SceneInfo = sceneInfo,
            PromotionDetail = promotionDetail,
            InstallmentInfo = installmentInfo,
            Extra = extra.Fields,
        };
    }
}
