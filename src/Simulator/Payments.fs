namespace WeChatPay.Simulator

open FsToolkit.ErrorHandling

/// Orders, placed, asked after and closed: a merchant's own, a service provider's, and combined ones.
[<RequireQualifiedAccess>]
module internal Payments =
    let private place side tradeType merchantId (world: World) request =
        result {
            let! body = Request.json request
            let! order = Requests.order side tradeType world.Now merchantId body
            let! placed = world.Update(Ledger.place world.Now order)
            return Reply.json 200 (Shapes.prepay placed.TradeType placed.PrepayId)
        }

    let private requireMerchant name merchantId request =
        match Request.query name request with
        | found when found = merchantId -> Ok()
        | found -> Error(PlatformError.parameter "query" name found "应与请求头中的商户一致")

    /// Whose the order in question is, by the query.
    let private ownerIn side merchantId request =
        match side with
        | Side.Merchant ->
            requireMerchant "mchid" merchantId request
            |> Result.map (fun () ->
                {
                    Placer = merchantId
                    SubMerchant = None
                })
        | Side.Provider ->
            requireMerchant "sp_mchid" merchantId request
            |> Result.map (fun () ->
                {
                    Placer = merchantId
                    SubMerchant = Some(Request.query "sub_mchid" request)
                })

    let private query find side merchantId (world: World) request =
        result {
            let! owner = ownerIn side merchantId request
            let ledger = world.Ledger
            let! order = find world.Now owner ledger
            return Reply.json 200 (Shapes.transaction order (Refunds.isRefunded ledger order))
        }

    let private close outTradeNo side merchantId (world: World) request =
        result {
            let! body = Request.json request
            let! owner = Requests.owner side merchantId body

            do!
                world.Update(fun ledger ->
                    Ledger.close world.Now owner outTradeNo ledger
                    |> Result.map (fun ledger -> (), ledger))

            return Reply.empty
        }

    let private charge side merchantId (world: World) request =
        result {
            let! body = Request.json request
            let now = world.Now
            let! order = Requests.order side TradeType.Code now merchantId body
            let newPayment () = Payment.create world.NewNumber now
            let! charged = world.Update(CodeOrders.charge newPayment now order)
            return Reply.json 200 (Shapes.transaction charged false)
        }

    let private reverse outTradeNo side merchantId (world: World) request =
        result {
            let! body = Request.json request
            let! owner = Requests.owner side merchantId body
            let! order = world.Update(CodeOrders.reverse world.Now owner outTradeNo)
            return Reply.json 200 (Shapes.reversed order)
        }

    let private placeCombined tradeType merchantId (world: World) request =
        result {
            let! body = Request.json request

            let! struct (whole, parts) =
                Requests.combinedOrder tradeType world.Now merchantId body

            let! placed = world.Update(CombinedOrders.place world.Now whole parts)
            return Reply.json 200 (Shapes.prepay placed.TradeType placed.PrepayId)
        }

    let private queryCombined find merchantId (world: World) =
        let ledger = world.Ledger

        find world.Now merchantId ledger
        |> Result.map (fun (whole: CombinedOrder) ->
            CombinedOrders.partsOf world.Now whole ledger
            |> List.map (fun part -> part, Refunds.isRefunded ledger part)
            |> CombinedShapes.transaction whole
            |> Reply.json 200)

    let private closeCombined outTradeNo merchantId (world: World) request =
        result {
            let! body = Request.json request
            let! parts = Requests.closedParts merchantId body

            do!
                world.Update(fun ledger ->
                    CombinedOrders.close world.Now merchantId outTradeNo parts ledger
                    |> Result.map (fun ledger -> (), ledger))

            return Reply.empty
        }

    let private tryTradeType way =
        match way with
        | "native" -> ValueSome TradeType.Native
        | "jsapi" -> ValueSome TradeType.Jsapi
        | "app" -> ValueSome TradeType.App
        | "h5" -> ValueSome TradeType.H5
        | _ -> ValueNone

    /// What answers a call that is about orders of one merchant: `rest` is what follows `transactions` in the path.
    let tryRoute side (method: string) (rest: string list) =
        match method, rest with
        | "POST", [ "codepay" ] -> ValueSome(charge side)
        | "POST", [ way ] -> tryTradeType way |> ValueOption.map (place side)
        | "POST", [ "out-trade-no"; number; "close" ] -> ValueSome(close number side)
        | "POST", [ "out-trade-no"; number; "reverse" ] -> ValueSome(reverse number side)
        | "GET", [ "out-trade-no"; number ] ->
            ValueSome(query (fun now owner ledger -> Ledger.findOrder now owner number ledger) side)
        | "GET", [ "id"; number ] ->
            ValueSome(query (fun now owner ledger -> Ledger.findPayment now owner number ledger) side)
        | _ -> ValueNone

    /// What answers a call that is about combined orders.
    let tryRouteCombined (method: string) (rest: string list) =
        match method, rest with
        | "POST", [ way ] -> tryTradeType way |> ValueOption.map placeCombined
        | "POST", [ "out-trade-no"; number; "close" ] -> ValueSome(closeCombined number)
        | "GET", [ "out-trade-no"; number ] ->
            ValueSome(fun merchantId world _ ->
                queryCombined (fun now placer ledger -> CombinedOrders.find now placer number ledger) merchantId world)
        | "GET", [ "id"; number ] ->
            ValueSome(fun merchantId world _ ->
                queryCombined
                    (fun now placer ledger -> CombinedOrders.findPayment now placer number ledger)
                    merchantId
                    world)
        | _ -> ValueNone
