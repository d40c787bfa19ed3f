using WeChatPay.Functional;
using static WeChatPay.Api.CheckoutParts;

namespace WeChatPay.Api;

/// <summary>Combined orders as requests.</summary>
internal static class CombinedCheckout
{
    public static Operation<Prepayment> Place(CombinedOrder order) => order.Way switch
    {
        PayWay.Native => Native(order),
        PayWay.Jsapi or PayWay.MiniProgram => Jsapi(order),
        PayWay.App => App(order),
        PayWay.H5 => H5(order),
        _ => throw CheckoutOperations.UnknownWay(order),
    };

    private static Operation<Prepayment> Native(CombinedOrder order)
    {
        CombinedNativePrepayRequest request = new()
        {
            CombineAppid = Given(order.Appid),
            CombineOutTradeNo = order.OutTradeNo,
            NotifyUrl = order.NotifyUrl,
            TimeExpire = order.TimeExpire,
            CombinePayerInfo = Payer(order),
            SceneInfo = CombinedScene(order),
            SubOrders = [.. order.SubOrders.Select(CommonPart)],
        };
        return CheckoutOperations.Native(CombinedPayments.PrepayNative(request), request);
    }

    private static Operation<Prepayment> Jsapi(CombinedOrder order)
    {
        CombinedJsapiPrepayRequest request = new()
        {
            CombineAppid = Given(order.Appid),
            CombineOutTradeNo = order.OutTradeNo,
            NotifyUrl = order.NotifyUrl,
            TimeExpire = order.TimeExpire,
            CombinePayerInfo = Payer(order)!,
            SceneInfo = CombinedScene(order),
            SubOrders = [.. order.SubOrders.Select(JsapiPart)],
        };
        return CheckoutOperations.Invoked(CombinedPayments.PrepayJsapi(request), request);
    }

    private static Operation<Prepayment> App(CombinedOrder order)
    {
        CombinedAppPrepayRequest request = new()
        {
            CombineAppid = Given(order.Appid),
            CombineOutTradeNo = order.OutTradeNo,
            NotifyUrl = order.NotifyUrl,
            TimeExpire = order.TimeExpire,
            CombinePayerInfo = Payer(order),
            SceneInfo = CombinedScene(order),
            SubOrders = [.. order.SubOrders.Select(AppPart)],
        };
        return CheckoutOperations.Invoked(CombinedPayments.PrepayApp(request), request);
    }

    private static Operation<Prepayment> H5(CombinedOrder order)
    {
        CombinedH5PrepayRequest request = new()
        {
            CombineAppid = Given(order.Appid),
            CombineOutTradeNo = order.OutTradeNo,
            NotifyUrl = order.NotifyUrl,
            TimeExpire = order.TimeExpire,
            CombinePayerInfo = Payer(order),
            SceneInfo = BrowserScene(order),
            SubOrders = [.. order.SubOrders.Select(CommonPart)],
        };
        return CheckoutOperations.H5(CombinedPayments.PrepayH5(request), request);
    }

    private static CombinedOrderPayer? Payer(CombinedOrder order) =>
        Given(order.Openid) is null && Given(order.SubOpenid) is null
            ? null
            : new() { Openid = Given(order.Openid), SubOpenid = Given(order.SubOpenid) };

    private static CombinedOrderScene? CombinedScene(CombinedOrder order) =>
        Given(order.PayerClientIp) is { } address ? new() { PayerClientIp = address, DeviceId = Given(order.DeviceId) } : null;

    private static CombinedPaymentSceneInfo BrowserScene(CombinedOrder order) => new()
    {
        DeviceId = order.DeviceId!,
        PayerClientIp = order.PayerClientIp!,
        H5Info = new()
        {
            Type = order.H5!.Type,
            AppName = Given(order.H5.AppName),
            AppUrl = Given(order.H5.AppUrl),
            BundleId = Given(order.H5.BundleId),
            PackageName = Given(order.H5.PackageName),
        },
    };

    private static CombinedOrderAmount PartAmount(CombinedOrderPart part) => new() { TotalAmount = part.Total, Currency = Given(part.Currency) ?? "CNY" };

    private static CombinedAppSubOrder CommonPart(CombinedOrderPart part) => new()
    {
        Mchid = part.Mchid,
        SubMchid = Given(part.SubMchid),
        SubAppid = Given(part.SubAppid),
        Description = part.Description,
        OutTradeNo = part.OutTradeNo,
        Attach = part.Attach,
        Amount = PartAmount(part),
        GoodsTag = Given(part.GoodsTag),
        SettleInfo = Settlement(part.ProfitSharing),
    };

    private static CombinedJsapiPrepaySubOrder JsapiPart(CombinedOrderPart part) => new()
    {
        Mchid = part.Mchid,
        SubMchid = Given(part.SubMchid),
        SubAppid = Given(part.SubAppid),
        Description = part.Description,
        OutTradeNo = part.OutTradeNo,
        Attach = part.Attach,
        Amount = PartAmount(part),
        GoodsTag = Given(part.GoodsTag),
        SettleInfo = Settlement(part.ProfitSharing),
    };

    private static CombinedAppPrepaySubOrder AppPart(CombinedOrderPart part) => new()
    {
        Mchid = part.Mchid,
        SubMchid = Given(part.SubMchid),
        SubAppid = Given(part.SubAppid),
        Description = part.Description,
        OutTradeNo = part.OutTradeNo,
        Attach = part.Attach,
        Amount = PartAmount(part),
        GoodsTag = Given(part.GoodsTag),
        SettleInfo = Settlement(part.ProfitSharing),
    };
}
