using WeChatPay.Functional;
using static WeChatPay.Api.CheckoutParts;

namespace WeChatPay.Api;

/// <summary>A service provider's orders for a sub-merchant as requests.</summary>
internal static class PartnerCheckout
{
    public static Operation<Prepayment> Place(PartnerOrder order) => order.Way switch
    {
        PayWay.Native => Native(order),
        PayWay.Jsapi or PayWay.MiniProgram => Jsapi(order),
        PayWay.App => App(order),
        PayWay.H5 => H5(order),
        _ => throw CheckoutOperations.UnknownWay(order),
    };

    private static Operation<Prepayment> Native(PartnerOrder order)
    {
        PartnerNativePrepayRequest request = new()
        {
            SpAppid = Given(order.SpAppid),
            SubAppid = Given(order.SubAppid),
            SubMchid = order.SubMchid,
            Description = order.Description,
            OutTradeNo = order.OutTradeNo,
            NotifyUrl = order.NotifyUrl,
            TimeExpire = order.TimeExpire,
            Attach = Given(order.Attach),
            GoodsTag = Given(order.GoodsTag),
            LimitPay = Limits(order),
            SupportFapiao = order.SupportFapiao,
            Amount = Amount(order),
            SettleInfo = Settlement(order.ProfitSharing),
            SceneInfo = Scene(order),
        };
        return CheckoutOperations.Native(PartnerPayments.PrepayNative(request), request);
    }

    private static Operation<Prepayment> Jsapi(PartnerOrder order)
    {
        PartnerJsapiPrepayRequest request = new()
        {
            SpAppid = Given(order.SpAppid),
            SubAppid = Given(order.SubAppid),
            SubMchid = order.SubMchid,
            Description = order.Description,
            OutTradeNo = order.OutTradeNo,
            NotifyUrl = order.NotifyUrl,
            TimeExpire = order.TimeExpire,
            Attach = Given(order.Attach),
            GoodsTag = Given(order.GoodsTag),
            LimitPay = Limits(order),
            SupportFapiao = order.SupportFapiao,
            Amount = Amount(order),
            SettleInfo = Settlement(order.ProfitSharing),
            Payer = new() { SpOpenid = Given(order.SpOpenid), SubOpenid = Given(order.SubOpenid) },
            SceneInfo = Scene(order),
        };
        return CheckoutOperations.Invoked(PartnerPayments.PrepayJsapi(request), request);
    }

    private static Operation<Prepayment> App(PartnerOrder order)
    {
        PartnerAppPrepayRequest request = new()
        {
            SpAppid = Given(order.SpAppid),
            SubAppid = Given(order.SubAppid),
            SubMchid = order.SubMchid,
            Description = order.Description,
            OutTradeNo = order.OutTradeNo,
            NotifyUrl = order.NotifyUrl,
            TimeExpire = order.TimeExpire,
            Attach = Given(order.Attach),
            GoodsTag = Given(order.GoodsTag),
            LimitPay = Limits(order),
            SupportFapiao = order.SupportFapiao,
            Amount = Amount(order),
            SettleInfo = Settlement(order.ProfitSharing),
            SceneInfo = Scene(order),
        };
        return CheckoutOperations.Invoked(PartnerPayments.PrepayApp(request), request);
    }

    private static Operation<Prepayment> H5(PartnerOrder order)
    {
        PartnerH5PrepayRequest request = new()
        {
            SpAppid = Given(order.SpAppid),
            SubAppid = Given(order.SubAppid),
            SubMchid = order.SubMchid,
            Description = order.Description,
            OutTradeNo = order.OutTradeNo,
            NotifyUrl = order.NotifyUrl,
            TimeExpire = order.TimeExpire,
            Attach = Given(order.Attach),
            GoodsTag = Given(order.GoodsTag),
            LimitPay = Limits(order),
            SupportFapiao = order.SupportFapiao,
            Amount = Amount(order),
            SettleInfo = Settlement(order.ProfitSharing),
            SceneInfo = H5Scene(order),
        };
        return CheckoutOperations.H5(PartnerPayments.PrepayH5(request), request);
    }
}
