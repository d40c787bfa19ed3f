using System.Globalization;
using System.Security.Cryptography;
using System.Text.Json.Nodes;

namespace WeChatPay.Testing;

/// <content>The notifications that the library has cases for.</content>
public sealed partial class TestPlatform
{
    private const string Payer = "oTestPayer00000000000000000";

    /// <summary>A direct merchant's order has been paid; <paramref name="total"/> is in fen.</summary>
    public SignedNotification PaymentSucceeded(string outTradeNo, long total, PaymentDetails? details = null)
    {
        details ??= new();
        var resource = new JsonObject { ["mchid"] = MerchantId, ["appid"] = details.Appid ?? "wx0000000000000001" };
        SetPayment(resource, outTradeNo, total, details);
        resource["payer"] = new JsonObject { ["openid"] = details.Openid ?? Payer };
        return Payment(resource);
    }

    /// <summary>An order of a service provider's sub-merchant has been paid; the merchant is the service provider.</summary>
    public SignedNotification PartnerPaymentSucceeded(string subMchid, string outTradeNo, long total, PaymentDetails? details = null)
    {
        details ??= new();
        var resource = new JsonObject { ["sp_mchid"] = MerchantId, ["sub_mchid"] = subMchid, ["sp_appid"] = details.Appid ?? "wx0000000000000001" };
        SetPayment(resource, outTradeNo, total, details);
        resource["payer"] = new JsonObject { ["sp_openid"] = details.Openid ?? Payer };
        return Payment(resource);
    }

    /// <summary>Several orders have been paid at once.</summary>
    public SignedNotification CombinedPaymentSucceeded(string combineOutTradeNo, params IReadOnlyList<CombinedTestOrder> orders)
    {
        ArgumentException.ThrowIfNullOrEmpty(combineOutTradeNo);
        ArgumentNullException.ThrowIfNull(orders);
        return Payment(new JsonObject
        {
            ["combine_appid"] = "wx0000000000000001",
            ["combine_mchid"] = MerchantId,
            ["combine_out_trade_no"] = combineOutTradeNo,
            ["sub_orders"] = new JsonArray([.. orders.Select(SubOrder)]),
            ["combine_payer_info"] = new JsonObject { ["openid"] = Payer },
        });
    }

    /// <summary>A direct merchant's refund has reached the payer; amounts are in fen.</summary>
    public SignedNotification RefundSucceeded(string outRefundNo, string outTradeNo, long refund, long total, RefundDetails? details = null) =>
        Refund(Direct(), RefundStatus.Success, outRefundNo, outTradeNo, refund, total, details ?? new());

    /// <summary>A direct merchant's refund is stuck.</summary>
    public SignedNotification RefundAbnormal(string outRefundNo, string outTradeNo, long refund, long total, RefundDetails? details = null) =>
        Refund(Direct(), RefundStatus.Abnormal, outRefundNo, outTradeNo, refund, total, details ?? new());

    /// <summary>A direct merchant's refund was closed.</summary>
    public SignedNotification RefundClosed(string outRefundNo, string outTradeNo, long refund, long total, RefundDetails? details = null) =>
        Refund(Direct(), RefundStatus.Closed, outRefundNo, outTradeNo, refund, total, details ?? new());

    /// <summary>A sub-merchant's refund has reached the payer.</summary>
    public SignedNotification PartnerRefundSucceeded(string subMchid, string outRefundNo, string outTradeNo, long refund, long total, RefundDetails? details = null) =>
        Refund(Partner(subMchid), RefundStatus.Success, outRefundNo, outTradeNo, refund, total, details ?? new());

    /// <summary>A sub-merchant's refund is stuck.</summary>
    public SignedNotification PartnerRefundAbnormal(string subMchid, string outRefundNo, string outTradeNo, long refund, long total, RefundDetails? details = null) =>
        Refund(Partner(subMchid), RefundStatus.Abnormal, outRefundNo, outTradeNo, refund, total, details ?? new());

    /// <summary>A sub-merchant's refund was closed.</summary>
    public SignedNotification PartnerRefundClosed(string subMchid, string outRefundNo, string outTradeNo, long refund, long total, RefundDetails? details = null) =>
        Refund(Partner(subMchid), RefundStatus.Closed, outRefundNo, outTradeNo, refund, total, details ?? new());

    private JsonObject Direct() => new() { ["mchid"] = MerchantId };

    private JsonObject Partner(string subMchid) => new() { ["sp_mchid"] = MerchantId, ["sub_mchid"] = subMchid };

    private SignedNotification Payment(JsonObject resource) => Notification("TRANSACTION.SUCCESS", resource, "transaction", "支付成功");

    private SignedNotification Notification(string eventType, JsonObject resource, string originalType, string summary) =>
        new(this, new Letter(Guid.NewGuid().ToString(), eventType, originalType, summary, TestJson.Write(resource)));

    private void SetPayment(JsonObject resource, string outTradeNo, long total, PaymentDetails details)
    {
        ArgumentException.ThrowIfNullOrEmpty(outTradeNo);
        resource["out_trade_no"] = outTradeNo;
        resource["transaction_id"] = details.TransactionId ?? NewNumber("4200");
        resource["trade_type"] = (details.TradeType ?? TradeType.Native).Value;
        resource["trade_state"] = (details.TradeState ?? TradeState.Success).Value;
        resource["trade_state_desc"] = "支付成功";
        resource["bank_type"] = details.BankType ?? "OTHERS";
        resource["attach"] = details.Attach ?? string.Empty;
        resource["success_time"] = TestJson.Time(details.SuccessTime ?? Now);
        resource["amount"] = new JsonObject
        {
            ["total"] = total,
            ["payer_total"] = details.PayerTotal ?? total,
            ["currency"] = "CNY",
            ["payer_currency"] = "CNY",
        };
    }

    private JsonObject SubOrder(CombinedTestOrder order)
    {
        var resource = new JsonObject { ["mchid"] = order.Mchid ?? MerchantId };
        resource.Set("sub_mchid", order.SubMchid);
        resource["out_trade_no"] = order.OutTradeNo;
        resource["transaction_id"] = order.TransactionId ?? NewNumber("4200");
        resource["trade_type"] = TradeType.Native.Value;
        resource["trade_state"] = TradeState.Success.Value;
        resource["bank_type"] = "OTHERS";
        resource.Set("attach", order.Attach);
        resource["success_time"] = TestJson.Time(Now);
        resource["amount"] = new JsonObject
        {
            ["total_amount"] = order.Total,
            ["payer_amount"] = order.Total,
            ["currency"] = "CNY",
            ["payer_currency"] = "CNY",
        };
        return resource;
    }

    private SignedNotification Refund(JsonObject resource, RefundStatus status, string outRefundNo, string outTradeNo, long refund, long total, RefundDetails details)
    {
        ArgumentException.ThrowIfNullOrEmpty(outRefundNo);
        ArgumentException.ThrowIfNullOrEmpty(outTradeNo);
        resource["out_trade_no"] = outTradeNo;
        resource["transaction_id"] = details.TransactionId ?? NewNumber("4200");
        resource["out_refund_no"] = outRefundNo;
        resource["refund_id"] = details.RefundId ?? NewNumber("5030");
        resource["refund_status"] = status.Value;
        resource.Set("success_time", status == RefundStatus.Success ? TestJson.Time(details.SuccessTime ?? Now) : null);
        resource["user_received_account"] = details.UserReceivedAccount ?? "支付用户零钱";
        resource["amount"] = new JsonObject
        {
            ["total"] = total,
            ["refund"] = refund,
            ["payer_total"] = total,
            ["payer_refund"] = details.PayerRefund ?? refund,
        };
        var summary = status == RefundStatus.Success ? "退款成功" : status == RefundStatus.Abnormal ? "退款异常" : "退款关闭";
        return Notification("REFUND." + status.Value, resource, "refund", summary);
    }

    /// <summary>A number as the platform makes them: a prefix, the day, and digits.</summary>
    private string NewNumber(string prefix)
    {
        var day = Now.ToOffset(TimeSpan.FromHours(8)).ToString("yyyyMMdd", CultureInfo.InvariantCulture);
        return prefix + day + RandomNumberGenerator.GetString("0123456789", 28 - prefix.Length - day.Length);
    }
}
