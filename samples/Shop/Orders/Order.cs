using System.Globalization;

namespace Shop.Orders;

/// <summary>What has become of an order, as the shop knows it.</summary>
internal enum OrderStatus
{
    /// <summary>Kept by the shop; whether WeChat Pay has it is not known yet.</summary>
    Placing,
    AwaitingPayment,
    Paid,
    Refunding,
    Refunded,

    /// <summary>The refund is stuck (the payer's card is closed or frozen): somebody has to act in the merchant platform.</summary>
    RefundAbnormal,

    /// <summary>Not paid in time, or refused; can no longer be paid.</summary>
    Closed,

    /// <summary>What WeChat Pay says is not what the order says: a person has to look.</summary>
    Disputed,
}

/// <summary>An order. What is sent to WeChat Pay is made of it alone, so that a repeated call is the same to the byte.</summary>
internal sealed record Order(
    string Number,
    string Product,
    long Fen,
    OrderStatus Status,
    DateTimeOffset CreatedAt,
    DateTimeOffset ExpiresAt,
    string Appid,
    string NotifyUrl,
    string? CodeUrl = null,
    string? TransactionId = null,
    string? Note = null);

/// <summary>A refund of an order, with a number of its own.</summary>
internal sealed record OrderRefund(string Number, string OrderNumber, long Fen, string Status, string? RefundId = null)
{
    /// <summary>Written down before it is sent; whether WeChat Pay has it is not known yet.</summary>
    public const string Asking = "ASKING";

    /// <summary>WeChat Pay refused to give the money back.</summary>
    public const string Refused = "REFUSED";
}

/// <summary>A product of the shop.</summary>
internal sealed record Product(string Id, string Name, string Words, long Fen, string Colour)
{
    public static readonly IReadOnlyList<Product> All =
    [
        new("longjing", "西湖龙井 · Longjing", "Pan-fired green tea, chestnut and fresh grass", 1800, "#a9c46c"),
        new("tieguanyin", "安溪铁观音 · Tieguanyin", "Half-oxidised oolong, orchid and warm milk", 2200, "#d9b44a"),
        new("puer", "云南普洱 · Pu'er", "Ripe and dark, old wood and dates", 2600, "#8a4b2d"),
    ];

    public static string Yuan(long fen) => "¥" + (fen / 100m).ToString("0.00", CultureInfo.InvariantCulture);
}
