using System.Text.Encodings.Web;
using System.Text.Json;
using System.Text.Json.Serialization;

namespace WeChatPay.Benchmarks.SystemTextJson;

/// <summary>The same shapes as System.Text.Json's source generator reads and writes them: what an application would write that had no library.</summary>
public sealed class Transaction
{
    public required string OutTradeNo { get; init; }

    public string? TransactionId { get; init; }

    public string? TradeType { get; init; }

    public required string TradeState { get; init; }

    public string? TradeStateDesc { get; init; }

    public string? BankType { get; init; }

    public string? Attach { get; init; }

    public DateTimeOffset? SuccessTime { get; init; }

    public string? Appid { get; init; }

    public string? Mchid { get; init; }

    public Payer? Payer { get; init; }

    public required TransactionAmount Amount { get; init; }

    public TransactionScene? SceneInfo { get; init; }

    public IReadOnlyList<Promotion>? PromotionDetail { get; init; }
}

public sealed class Payer
{
    public string? Openid { get; init; }
}

public sealed class TransactionAmount
{
    public required long Total { get; init; }

    public long? PayerTotal { get; init; }

    public string? Currency { get; init; }

    public string? PayerCurrency { get; init; }
}

public sealed class TransactionScene
{
    public string? PayerClientIp { get; init; }

    public string? DeviceId { get; init; }
}

public sealed class Promotion
{
    public string? CouponId { get; init; }

    public string? Name { get; init; }

    public string? Scope { get; init; }

    public string? Type { get; init; }

    public long? Amount { get; init; }

    public string? StockId { get; init; }

    public long? WechatpayContribute { get; init; }

    public long? MerchantContribute { get; init; }

    public long? OtherContribute { get; init; }

    public string? Currency { get; init; }
}

public sealed class Refund
{
    public required string RefundId { get; init; }

    public required string OutRefundNo { get; init; }

    public string? TransactionId { get; init; }

    public string? OutTradeNo { get; init; }

    public string? Channel { get; init; }

    public string? UserReceivedAccount { get; init; }

    public DateTimeOffset? SuccessTime { get; init; }

    public DateTimeOffset? CreateTime { get; init; }

    public required string Status { get; init; }

    public string? FundsAccount { get; init; }

    public required RefundAmount Amount { get; init; }
}

public sealed class RefundAmount
{
    public required long Refund { get; init; }

    public long? Total { get; init; }

    public long? PayerTotal { get; init; }

    public long? PayerRefund { get; init; }

    public long? SettlementRefund { get; init; }

    public long? SettlementTotal { get; init; }

    public long? DiscountRefund { get; init; }

    public string? Currency { get; init; }
}

public sealed class NativePrepayRequest
{
    public required string Appid { get; init; }

    public required string Mchid { get; init; }

    public required string Description { get; init; }

    public required string OutTradeNo { get; init; }

    public DateTimeOffset? TimeExpire { get; init; }

    public string? Attach { get; init; }

    public required string NotifyUrl { get; init; }

    public string? GoodsTag { get; init; }

    public IReadOnlyList<string>? LimitPay { get; init; }

    public bool? SupportFapiao { get; init; }

    public required OrderAmount Amount { get; init; }
}

public sealed class NativePrepayResponse
{
    public required string CodeUrl { get; init; }
}

public sealed class OrderAmount
{
    public required long Total { get; init; }

    public string? Currency { get; init; }
}

[JsonSourceGenerationOptions(PropertyNamingPolicy = JsonKnownNamingPolicy.SnakeCaseLower, DefaultIgnoreCondition = JsonIgnoreCondition.WhenWritingNull)]
[JsonSerializable(typeof(Transaction))]
[JsonSerializable(typeof(Refund))]
[JsonSerializable(typeof(NativePrepayRequest))]
[JsonSerializable(typeof(NativePrepayResponse))]
public sealed partial class ShapesContext : JsonSerializerContext
{
    /// <summary>With the encoder that the platform needs: Chinese stays Chinese.</summary>
    public static ShapesContext Relaxed { get; } = new(new JsonSerializerOptions
    {
        Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping,
        PropertyNamingPolicy = JsonNamingPolicy.SnakeCaseLower,
        DefaultIgnoreCondition = JsonIgnoreCondition.WhenWritingNull,
    });
}
