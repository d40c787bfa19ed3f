/// Orders that tests change in one place.
module WeChatPay.Tests.CheckoutOrders

open System
open WeChatPay
open WeChatPay.Functional
open WeChatPay.Tests.Platform

/// What an order of any kind may say.
type Draft =
    {
        Way: PayWay
        Appid: string | null
        Description: string
        OutTradeNo: string
        NotifyUrl: string
        Reach: NotifyReach
        Expires: DateTimeOffset voption
        Total: int64
        Currency: string
        Attach: string | null
        GoodsTag: string | null
        LimitPay: string list
        Openid: string | null
        SubOpenid: string | null
        SubAppid: string | null
        SubMchid: string
        Ip: string | null
        Device: string | null
        H5: H5Page | null
    }

/// A native order that breaks no rule.
let good =
    {
        Way = PayWay.Native
        Appid = "wx1"
        Description = "一杯茶"
        OutTradeNo = "tea-001"
        NotifyUrl = "https://shop.example/notify"
        Reach = NotifyReach.Internet
        Expires = ValueNone
        Total = 1L
        Currency = "CNY"
        Attach = null
        GoodsTag = null
        LimitPay = []
        Openid = null
        SubOpenid = null
        SubAppid = null
        SubMchid = "1900000109"
        Ip = null
        Device = null
        H5 = null
    }

let goodJsapi =
    { good with
        Way = PayWay.Jsapi
        Openid = "o1"
    }

let wap = H5Page(Type = "Wap")

let goodH5 =
    { good with
        Way = PayWay.H5
        Ip = "203.0.113.7"
        H5 = wap
    }

let directOrder (draft: Draft) =
    DirectOrder(
        Way = draft.Way,
        Appid = draft.Appid,
        Description = draft.Description,
        OutTradeNo = draft.OutTradeNo,
        NotifyUrl = draft.NotifyUrl,
        NotifyReach = draft.Reach,
        TimeExpire = ValueOption.toNullable draft.Expires,
        Total = draft.Total,
        Currency = draft.Currency,
        Attach = draft.Attach,
        GoodsTag = draft.GoodsTag,
        LimitPay = draft.LimitPay,
        Openid = draft.Openid,
        PayerClientIp = draft.Ip,
        DeviceId = draft.Device,
        H5 = draft.H5
    )

let partnerOrder (draft: Draft) =
    PartnerOrder(
        Way = draft.Way,
        SpAppid = draft.Appid,
        SubAppid = draft.SubAppid,
        SubMchid = draft.SubMchid,
        Description = draft.Description,
        OutTradeNo = draft.OutTradeNo,
        NotifyUrl = draft.NotifyUrl,
        Total = draft.Total,
        SpOpenid = draft.Openid,
        SubOpenid = draft.SubOpenid,
        ProfitSharing = true,
        PayerClientIp = draft.Ip,
        DeviceId = draft.Device,
        H5 = draft.H5
    )

/// One of the orders of a combined order.
let part number =
    CombinedOrderPart(Mchid = "1900000001", Description = "tea", OutTradeNo = number, Total = 1L, Attach = "table 7")

let parts count =
    [
        for index in 1..count do
            part ("part-" + index.ToString "000")
    ]

let combinedOrder (orders: CombinedOrderPart list) (draft: Draft) =
    CombinedOrder(
        Way = draft.Way,
        Appid = draft.Appid,
        OutTradeNo = draft.OutTradeNo,
        NotifyUrl = draft.NotifyUrl,
        Openid = draft.Openid,
        SubOpenid = draft.SubOpenid,
        PayerClientIp = draft.Ip,
        DeviceId = draft.Device,
        H5 = draft.H5,
        SubOrders = orders
    )

let check order =
    match Checkout.check now order with
    | Ok _ -> []
    | Error errors -> errors

let checkDirect draft =
    check (OrderToPlace.Direct(directOrder draft))

let checkPartner draft =
    check (OrderToPlace.Partner(partnerOrder draft))

let checkCombined orders draft =
    check (OrderToPlace.Combined(combinedOrder orders draft))

let checkPartnerCombined orders draft =
    check (OrderToPlace.PartnerCombined(combinedOrder orders draft))

let checkedOrder order =
    match Checkout.check now order with
    | Ok order -> order
    | Error errors -> Expecto.Tests.failtest (String.concat " " (List.map OrderError.message errors))
