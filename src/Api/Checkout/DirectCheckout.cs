using WeChatPay.Functional;
using static WeChatPay.Api.CheckoutParts;

namespace WeChatPay.Api;

/// <summary>A direct merchant's orders as requests.</summary>
internal static class DirectCheckout
{
    public static Operation<Prepayment> Place(DirectOrder order) => order.Way switch
    {
        PayWay.Native => Native(order),
        PayWay.Jsapi or PayWay.MiniProgram => Jsapi(order),
        PayWay.App => App(order),
        PayWay.H5 => H5(order),
        _ => throw CheckoutOperations.UnknownWay(order),
    };

    private static Operation<Prepayment> Native(DirectOrder order)
    {
        NativePrepayRequest request = new()
        {
            Appid = Given(order.Appid),
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
        return CheckoutOperations.Native(Payments.PrepayNative(request), request);
    }

    private static Operation<Prepayment> Jsapi(DirectOrder order)
    {
        JsapiPrepayRequest request = new()
        {
            Appid = Given(order.Appid),
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
            Payer = new() { Openid = order.Openid! },
            SceneInfo = Scene(order),
        };
        return CheckoutOperations.Invoked(Payments.PrepayJsapi(request), request);
    }

    private static Operation<Prepayment> App(DirectOrder order)
    {
        AppPrepayRequest request = new()
        {
            Appid = Given(order.Appid),
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
        return CheckoutOperations.Invoked(Payments.PrepayApp(request), request);
    }

    private static Operation<Prepayment> H5(DirectOrder order)
    {
        H5PrepayRequest request = new()
        {
            Appid = Given(order.Appid),
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
        return CheckoutOperations.H5(Payments.PrepayH5(request), request);
    }
}
