namespace WeChatPay.Functional

open System
open System.Collections.Generic
open WeChatPay

[<RequireQualifiedAccess; NoComparison; ReferenceEquality>]
type OrderToPlace =
    | Direct of Order: DirectOrder
    | Partner of Order: PartnerOrder
    | Combined of Order: CombinedOrder
    | PartnerCombined of Order: CombinedOrder

[<RequireQualifiedAccess; NoComparison; ReferenceEquality>]
type Prepayment =
    | Native of CodeUrl: string
    | Invoked of PrepayId: string
    | H5 of H5Url: string

[<RequireQualifiedAccess; NoComparison; ReferenceEquality>]
type PlacedOrder =
    | Native of CodeUrl: string
    | Jsapi of Invocation: JsapiInvocation
    | App of Invocation: AppInvocation
    | H5 of H5Url: string

[<Sealed; NoComparison; NoEquality>]
type CheckedOrder(order: OrderToPlace, way: PayWay, payerAppid: string | null) =
    member _.Order = order
    member _.Way = way
    member _.PayerAppid = payerAppid

    override _.ToString() =
        match order with
        | OrderToPlace.Direct order -> "CheckedOrder(" + order.OutTradeNo + ")"
        | OrderToPlace.Partner order -> "CheckedOrder(" + order.OutTradeNo + ")"
        | OrderToPlace.Combined order
        | OrderToPlace.PartnerCombined order -> "CheckedOrder(" + order.OutTradeNo + ")"

[<RequireQualifiedAccess>]
module Checkout =
    open OrderRules

    /// What the rules need to know besides the order.
    [<NoComparison; ReferenceEquality>]
    type private Setting =
        {
            Now: DateTimeOffset
            IsSimulated: bool
            /// Whether an appid that the order lacks comes from elsewhere.
            HasAppid: bool
        }

    /// How many orders a combined order takes, and how short its numbers may be.
    [<NoComparison; ReferenceEquality>]
    type private CombinedLimits =
        {
            Least: int
            Most: int
            ShortestNumber: int
            HasSubMerchants: bool
        }

    let private direct =
        {
            Least = 2
            Most = 10
            ShortestNumber = 6
            HasSubMerchants = false
        }

    /// The pages for platforms take numbers of two characters, those for other service providers six: what both refuse is refused.
    let private partner =
        {
            Least = 1
            Most = 50
            ShortestNumber = 2
            HasSubMerchants = true
        }

    let private knowsPayer way =
        way = PayWay.Jsapi || way = PayWay.MiniProgram

    let private isGiven value =
        match value with
        | Absent -> false
        | Given _ -> true

    let private outOfPlace field value =
        match value with
        | Absent -> []
        | Given _ -> [ OrderError.OutOfPlace field ]

    let private way (order: CheckoutOrder) =
        if Enum.IsDefined order.Way then
            []
        else
            [ OrderError.UnknownWay "Way" ]

    let private appid (setting: Setting) field value =
        match value with
        | Absent when setting.HasAppid -> []
        | value -> name field 32 value

    let private page (page: H5Page) =
        [
            match page.Type with
            | Absent -> OrderError.NoScene "scene_info.h5_info.type"
            | Given "iOS"
            | Given "Android"
            | Given "Wap" -> ()
            | Given _ -> OrderError.UnknownH5Type "scene_info.h5_info.type"

            yield! optionalText "scene_info.h5_info.app_name" 64 page.AppName
            yield! optionalText "scene_info.h5_info.app_url" 128 page.AppUrl
            yield! optionalText "scene_info.h5_info.bundle_id" 128 page.BundleId
            yield! optionalText "scene_info.h5_info.package_name" 128 page.PackageName
        ]

    let private h5 (order: CheckoutOrder) =
        match order.H5 with
        | null when order.Way = PayWay.H5 -> [ OrderError.NoScene "scene_info.h5_info" ]
        | null -> []
        | given when order.Way = PayWay.H5 -> page given
        | _ -> [ OrderError.OutOfPlace "scene_info.h5_info" ]

    let private scene deviceLimit (order: CheckoutOrder) =
        [
            match order.PayerClientIp, order.DeviceId with
            | Absent, Absent when order.Way <> PayWay.H5 -> ()
            | Absent, _ -> OrderError.NoScene "scene_info.payer_client_ip"
            | _ -> ()

            yield! optionalIp "scene_info.payer_client_ip" order.PayerClientIp
            yield! optionalText "scene_info.device_id" deviceLimit order.DeviceId
            yield! h5 order
        ]

    /// What all orders have in common.
    let private common (setting: Setting) numberField least deviceLimit (order: CheckoutOrder) =
        [
            yield! way order
            yield! outTradeNo numberField least order.OutTradeNo
            yield! notifyUrl "notify_url" setting.IsSimulated order.NotifyReach order.NotifyUrl
            yield! expires "time_expire" setting.Now order.TimeExpire
            yield! scene deviceLimit order
        ]

    let private limitPay (values: IReadOnlyList<string> | null) =
        match values with
        | null -> []
        | values ->
            values
            |> Seq.mapi (fun index value -> name ("limit_pay[" + string index + "]") 32 value)
            |> List.concat

    let private single (setting: Setting) (order: SingleOrder) =
        [
            yield! common setting "out_trade_no" 6 32 order
            yield! text "description" 127 order.Description
            yield! fen "amount.total" order.Total
            yield! currency "amount.currency" order.Currency
            yield! optionalBytes "attach" 128 order.Attach
            yield! optionalText "goods_tag" 32 order.GoodsTag
            yield! limitPay order.LimitPay
        ]

    let private directRules (setting: Setting) (order: DirectOrder) =
        [
            yield! appid setting "appid" order.Appid
            yield! single setting order

            match order.Openid with
            | Absent when knowsPayer order.Way -> OrderError.NoPayer "payer.openid"
            | Given _ when not (knowsPayer order.Way) -> OrderError.OutOfPlace "payer.openid"
            | _ -> ()

            yield! optionalName "payer.openid" 128 order.Openid
        ]

    /// One of two names for the payer, where there must be one.
    let private payer isNeeded (field, value) (subField, subValue) =
        [
            match value, subValue with
            | Absent, Absent when isNeeded -> OrderError.NoPayer field
            | Given _, Given _ -> OrderError.PayerTwice(field, subField)
            | _ -> ()

            yield! optionalName field 128 value
            yield! optionalName subField 128 subValue
        ]

    let private partnerPayer (order: PartnerOrder) =
        let fields =
            [ "payer.sp_openid", order.SpOpenid; "payer.sub_openid", order.SubOpenid ]

        if knowsPayer order.Way then
            [
                yield! payer true fields[0] fields[1]

                match order.SubOpenid, order.SubAppid with
                | Given _, Absent -> OrderError.NoSubAppid "sub_appid"
                | _ -> ()
            ]
        else
            fields |> List.collect (fun (field, value) -> outOfPlace field value)

    let private partnerRules (setting: Setting) (order: PartnerOrder) =
        [
            yield! appid setting "sp_appid" order.SpAppid
            yield! optionalName "sub_appid" 32 order.SubAppid
            yield! name "sub_mchid" 32 order.SubMchid
            yield! single setting order
            yield! partnerPayer order
        ]

    let private subMerchant limits path (order: CombinedOrderPart) =
        if limits.HasSubMerchants then
            optionalName (path + "sub_mchid") 32 order.SubMchid
            @ optionalName (path + "sub_appid") 32 order.SubAppid
        else
            outOfPlace (path + "sub_mchid") order.SubMchid
            @ outOfPlace (path + "sub_appid") order.SubAppid

    let private part limits index (order: CombinedOrderPart) =
        let path = "sub_orders[" + string<int> index + "]."

        [
            yield! name (path + "mchid") 32 order.Mchid
            yield! subMerchant limits path order
            yield! outTradeNo (path + "out_trade_no") limits.ShortestNumber order.OutTradeNo
            yield! text (path + "description") 127 order.Description
            yield! bytes (path + "attach") 128 order.Attach
            yield! fen (path + "amount.total_amount") order.Total
            yield! currency (path + "amount.currency") order.Currency
            yield! optionalText (path + "goods_tag") 32 order.GoodsTag
        ]

    let private count limits (orders: IReadOnlyList<CombinedOrderPart>) =
        [
            if orders.Count < limits.Least then
                OrderError.TooFewSubOrders("sub_orders", orders.Count, limits.Least)

            if orders.Count > limits.Most then
                OrderError.TooManySubOrders("sub_orders", orders.Count, limits.Most)
        ]

    let private sameNumbers (orders: IReadOnlyList<CombinedOrderPart>) =
        let path (index: int) =
            "sub_orders[" + string<int> index + "].out_trade_no"

        orders
        |> Seq.indexed
        |> Seq.filter (fun (_, order) -> isGiven order.OutTradeNo)
        |> Seq.groupBy (fun (_, order) -> order.OutTradeNo)
        |> Seq.collect (fun (_, same) ->
            let first = fst (Seq.head same)

            same
            |> Seq.tail
            |> Seq.map (fun (index, _) -> OrderError.SameOutTradeNo(path index, path first)))
        |> List.ofSeq

    let private combinedPayer limits (order: CombinedOrder) =
        let sub = "combine_payer_info.sub_openid"

        let hasSubAppid = order.SubOrders |> Seq.exists (fun part -> isGiven part.SubAppid)

        [
            yield! payer (knowsPayer order.Way) ("combine_payer_info.openid", order.Openid) (sub, order.SubOpenid)

            match order.SubOpenid with
            | Given _ when not limits.HasSubMerchants -> OrderError.OutOfPlace sub
            | Given _ when not hasSubAppid -> OrderError.NoSubAppid "sub_orders[0].sub_appid"
            | _ -> ()
        ]

    let private combinedRules limits (setting: Setting) (order: CombinedOrder) =
        [
            yield! appid setting "combine_appid" order.Appid
            yield! common setting "combine_out_trade_no" limits.ShortestNumber 16 order

            if order.Way = PayWay.H5 && not (isGiven order.DeviceId) then
                OrderError.NoScene "scene_info.device_id"

            yield! count limits order.SubOrders
            yield! order.SubOrders |> Seq.mapi (part limits) |> Seq.concat
            yield! sameNumbers order.SubOrders
            yield! combinedPayer limits order
        ]

    let private absentParts (order: CombinedOrder) =
        order.SubOrders
        |> Seq.indexed
        |> Seq.filter (fun (_, part) -> isNull (box part))
        |> Seq.map (fun (index, _) -> OrderError.Missing("sub_orders[" + string<int> index + "]"))
        |> List.ofSeq

    let private judge errors order way payerAppid =
        match errors with
        | [] -> Ok(CheckedOrder(order, way, payerAppid))
        | errors -> Error errors

    /// A sub-merchant's page knows the payer by `sub_openid`, a sub-merchant's app by `sub_appid` alone.
    let private payerAppid (order: PartnerOrder) : string | null =
        match order.SubOpenid, order.SubAppid with
        | Given _, Given sub -> sub
        | _, Given sub when order.Way = PayWay.App -> sub
        | _ -> order.SpAppid

    let private combinedAppid (order: CombinedOrder) : string | null =
        match order.SubOpenid with
        | Absent -> order.Appid
        | Given _ ->
            order.SubOrders
            |> Seq.map _.SubAppid
            |> Seq.tryFind isGiven
            |> Option.defaultValue null

    let private combined limits setting wrap (order: CombinedOrder) =
        match absentParts order with
        | [] -> judge (combinedRules limits setting order) (wrap order) order.Way (combinedAppid order)
        | absent -> Error absent

    let private checkWith (setting: Setting) order =
        match order with
        | OrderToPlace.Direct given -> judge (directRules setting given) order given.Way given.Appid
        | OrderToPlace.Partner given -> judge (partnerRules setting given) order given.Way (payerAppid given)
        | OrderToPlace.Combined given -> combined direct setting OrderToPlace.Combined given
        | OrderToPlace.PartnerCombined given -> combined partner setting OrderToPlace.PartnerCombined given

    let checkFor (caller: Caller) isSimulated now order =
        let setting =
            {
                Now = now
                IsSimulated = isSimulated
                HasAppid = not (String.IsNullOrEmpty caller.Appid)
            }

        checkWith setting order

    let check now order =
        let setting =
            {
                Now = now
                IsSimulated = false
                HasAppid = true
            }

        checkWith setting order
