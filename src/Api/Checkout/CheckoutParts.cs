namespace WeChatPay.Api;

/// <summary>What the requests of all single orders have in common.</summary>
internal static class CheckoutParts
{
    public static OrderAmount Amount(SingleOrder order) => new() { Total = order.Total, Currency = Given(order.Currency) };

    public static OrderSettlement? Settlement(bool? profitSharing) => profitSharing is null ? null : new() { ProfitSharing = profitSharing };

    public static IReadOnlyList<PaymentLimit>? Limits(SingleOrder order) => order.LimitPay?.Select(static text => new PaymentLimit(text)).ToArray();

    /// <summary>Where the order is placed; nothing where nothing is said.</summary>
    public static OrderScene? Scene(CheckoutOrder order) =>
        order.PayerClientIp is { Length: > 0 } address ? new() { PayerClientIp = address, DeviceId = Given(order.DeviceId) } : null;

    public static H5OrderScene H5Scene(CheckoutOrder order) => new()
    {
        PayerClientIp = order.PayerClientIp!,
        DeviceId = Given(order.DeviceId),
        H5Info = new()
        {
            Type = order.H5!.Type,
            AppName = Given(order.H5.AppName),
            AppUrl = Given(order.H5.AppUrl),
            BundleId = Given(order.H5.BundleId),
            PackageName = Given(order.H5.PackageName),
        },
    };

    /// <summary>An empty text is none: the platform takes none for a field that may be left out.</summary>
    public static string? Given(string? text) => string.IsNullOrEmpty(text) ? null : text;
}
