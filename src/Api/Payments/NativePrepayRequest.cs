using System.Text.Json;
using WeChatPay.Functional;

namespace WeChatPay.Api;

/// <summary>Places an order that the payer pays by scanning a QR code.</summary>
public sealed class NativePrepayRequest
{
    /// <summary>The appid that belongs to the merchant.</summary>
    public required string Appid { get; init; }

    /// <summary>The merchant's number; the caller's unless set.</summary>
    public string? Mchid { get; init; }

    /// <summary>What is sold, as the payer reads it; at most 127 characters.</summary>
    public required string Description { get; init; }

    /// <summary>The merchant's own number for the order: 6 to 32 of letters, digits and <c>_-|*</c>.</summary>
    public required string OutTradeNo { get; init; }

    /// <summary>Until when it can be paid.</summary>
    public DateTimeOffset? TimeExpire { get; init; }

    /// <summary>What comes back with the payment's notification; at most 128 bytes.</summary>
    public string? Attach { get; init; }

    /// <summary>Where notifications go: https, without a query.</summary>
    public required string NotifyUrl { get; init; }

    /// <summary>The mark of promotions that apply.</summary>
    public string? GoodsTag { get; init; }

    /// <summary>What it may not be, or may only be, paid from.</summary>
    public IReadOnlyList<PaymentLimit>? LimitPay { get; init; }

    /// <summary>Whether the payer may ask for an invoice.</summary>
    public bool? SupportFapiao { get; init; }

    /// <summary>What it costs.</summary>
    public required OrderAmount Amount { get; init; }

    /// <summary>What it is made of.</summary>
    public OrderDetail? Detail { get; init; }

    /// <summary>Where it is placed.</summary>
    public OrderScene? SceneInfo { get; init; }

    /// <summary>How it is settled.</summary>
    public OrderSettlement? SettleInfo { get; init; }

    /// <summary>The type and its business numbers; nothing personal.</summary>
    public override string ToString() => "NativePrepayRequest(out_trade_no = " + OutTradeNo + ")";

    internal void WriteTo(Utf8JsonWriter writer, Caller caller)
    {
        writer.WriteStartObject();
        writer.Field("appid"u8, Appid);
        writer.Field("mchid"u8, Mchid ?? caller.MerchantId);
        writer.Field("description"u8, Description);
        writer.Field("out_trade_no"u8, OutTradeNo);
        writer.Field("time_expire"u8, TimeExpire);
        writer.Field("attach"u8, Attach);
        writer.Field("notify_url"u8, NotifyUrl);
        writer.Field("goods_tag"u8, GoodsTag);
        writer.Field("limit_pay"u8, LimitPay, static limit => limit.Value);
        writer.Field("support_fapiao"u8, SupportFapiao);
        writer.Field("amount"u8, Amount, caller, static (value, writer, caller) => value.WriteTo(writer, caller));
        writer.Field("detail"u8, Detail, caller, static (value, writer, caller) => value.WriteTo(writer, caller));
        writer.Field("scene_info"u8, SceneInfo, caller, static (value, writer, caller) => value.WriteTo(writer, caller));
        writer.Field("settle_info"u8, SettleInfo, caller, static (value, writer, caller) => value.WriteTo(writer, caller));
        writer.WriteEndObject();
    }
}
