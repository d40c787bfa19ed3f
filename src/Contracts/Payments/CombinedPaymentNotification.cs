using System.Diagnostics.CodeAnalysis;
using System.Text.Json;
using WeChatPay.Wire;

namespace WeChatPay;

/// <summary>The resource of <c>TRANSACTION.SUCCESS</c> for a combined payment: several orders have been paid at once.</summary>
public sealed class CombinedPaymentNotification
{
    /// <summary>The number of the merchant who combined the orders.</summary>
    public string? CombineMchid { get; init; }

    /// <summary>The appid of the merchant who combined the orders.</summary>
    public string? CombineAppid { get; init; }

    /// <summary>The merchant's own number for the combination.</summary>
    public required string CombineOutTradeNo { get; init; }

    /// <summary>The platform's number for the combination.</summary>
    public string? CombineTransactionId { get; init; }

    /// <summary>The orders, each of them paid.</summary>
    public required IReadOnlyList<CombinedSubOrder> SubOrders { get; init; }

    /// <summary>Who paid.</summary>
    public Payer? CombinePayerInfo { get; init; }

    /// <summary>Where the orders were placed.</summary>
    public TransactionScene? SceneInfo { get; init; }

    /// <summary>The installments, where there are any.</summary>
    public Installment? InstallmentInfo { get; init; }

    /// <summary>Fields that the library does not know, or could not read as described, raw.</summary>
    public IReadOnlyDictionary<string, JsonElement> Extra { get; init; } = WireExtra.None;

    /// <summary>Reads the shape from JSON: a value, or the path and the reason; never an exception.</summary>
    public static bool TryRead(ReadOnlySpan<byte> json, [NotNullWhen(true)] out CombinedPaymentNotification? value, [NotNullWhen(false)] out DecodeError? error) =>
        WireReader.TryRead(json, Read, out value, out error);

    /// <summary>Reads the shape from checked JSON, and names the fields outside the evidence that were odd.</summary>
    public static bool TryRead(WireDocument document, [NotNullWhen(true)] out CombinedPaymentNotification? value, [NotNullWhen(false)] out DecodeError? error, out IReadOnlyList<DecodeError> anomalies) =>
        WireReader.TryRead(document, Read, out value, out error, out anomalies);

    /// <summary>The type and its business numbers; nothing personal.</summary>
    public override string ToString() => "CombinedPaymentNotification(combine_out_trade_no = " + CombineOutTradeNo + ", combine_transaction_id = " + CombineTransactionId + ")";

    internal static CombinedPaymentNotification? Read(ref WireReader reader)
    {
        string? combineMchid = null;
        string? combineAppid = null;
        string? combineOutTradeNo = null;
        string? combineTransactionId = null;
        IReadOnlyList<CombinedSubOrder>? subOrders = null;
        Payer? combinePayerInfo = null;
        TransactionScene? sceneInfo = null;
        Installment? installmentInfo = null;
        WireExtra extra = default;
        while (reader.NextField())
        {
            if (reader.Is("combine_mchid"u8)) { combineMchid = reader.String(ref extra); }
            else if (reader.Is("combine_appid"u8)) { combineAppid = reader.String(ref extra); }
            else if (reader.Is("combine_out_trade_no"u8)) { if (!reader.TryEvidence(ref combineOutTradeNo)) { return null; } }
            else if (reader.Is("combine_transaction_id"u8)) { combineTransactionId = reader.String(ref extra); }
            else if (reader.Is("sub_orders"u8)) { if (!reader.TryEvidence(CombinedSubOrder.Read, ref subOrders)) { return null; } }
            else if (reader.Is("combine_payer_info"u8)) { combinePayerInfo = reader.Object(Payer.Read, ref extra); }
            else if (reader.Is("scene_info"u8)) { sceneInfo = reader.Object(TransactionScene.Read, ref extra); }
            else if (reader.Is("installment_info"u8)) { installmentInfo = reader.Object(Installment.Read, ref extra); }
            else { reader.Keep(ref extra); }
        }

        if (reader.Lacks(combineOutTradeNo, "combine_out_trade_no"u8)
            || reader.Lacks(subOrders, "sub_orders"u8))
        {
            return null;
        }

        return new()
        {
            CombineMchid = combineMchid,
            CombineAppid = combineAppid,
            CombineOutTradeNo = combineOutTradeNo,
            CombineTransactionId = combineTransactionId,
            SubOrders = subOrders,
            CombinePayerInfo = combinePayerInfo,
            SceneInfo = sceneInfo,
            InstallmentInfo = installmentInfo,
            Extra = extra.Fields,
        };
    }
}
