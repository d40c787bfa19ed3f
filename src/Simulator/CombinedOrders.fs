namespace WeChatPay.Simulator

open System.Text.Json

/// What a payer has paid.
[<RequireQualifiedAccess; NoComparison; ReferenceEquality>]
type internal Paid =
    | One of Order: Order
    | Several of Whole: CombinedOrder * Parts: Order list

/// The life of a combined order: its parts are placed, paid and closed together.
[<RequireQualifiedAccess>]
module internal CombinedOrders =
    let private atTime now (whole: CombinedOrder) : CombinedOrder =
        { whole with
            State = Ledger.stateAt now whole.ExpiresAt whole.State
        }

    /// The combined order of a number.
    let find now placer outTradeNo ledger =
        match ledger.CombinedOrders.TryFind((placer, outTradeNo)) with
        | Some whole -> Ok(atTime now whole)
        | None -> Error PlatformError.orderNotExist

    /// The combined order of a payment.
    let findPayment now placer transactionId ledger =
        let isPaidSo (whole: CombinedOrder) =
            whole.MerchantId = placer
            && Ledger.tryPayment whole.State
               |> Option.exists (fun payment -> payment.TransactionId = transactionId)

        match Seq.tryFind isPaidSo ledger.CombinedOrders.Values with
        | Some whole -> Ok(atTime now whole)
        | None -> Error PlatformError.orderNotExist

    /// The parts, in their order, at this moment.
    let partsOf now (whole: CombinedOrder) ledger =
        whole.Parts
        |> List.choose (fun (owner, number) -> Result.toOption (Ledger.findSold now owner number ledger))

    let private put (whole: CombinedOrder) parts ledger =
        let ledger =
            { ledger with
                CombinedOrders = ledger.CombinedOrders.Add((whole.MerchantId, whole.OutTradeNo), whole)
            }

        List.fold (fun ledger part -> Ledger.put part ledger) ledger parts

    let private isSame (known: CombinedOrder) (whole: CombinedOrder) =
        known.TradeType = whole.TradeType
        && JsonElement.DeepEquals(known.Content, whole.Content)

    let private placeNew (whole: CombinedOrder) parts ledger =
        if whole.Parts |> List.exists ledger.Orders.ContainsKey then
            Error PlatformError.outTradeNoUsed
        else
            Ok(whole, put whole parts ledger)

    /// Places several orders at once, by the rules of one.
    let place now (whole: CombinedOrder) (parts: Order list) ledger =
        match find now whole.MerchantId whole.OutTradeNo ledger with
        | Error _ -> placeNew whole parts ledger
        | Ok known when not (isSame known whole) -> Error PlatformError.outTradeNoUsed
        | Ok known -> Ledger.requireOpen known.State |> Result.map (fun () -> known, ledger)

    /// The whole and its parts in a new state, that of each part by itself.
    let private change now wholeState (partState: Order -> OrderState) (whole: CombinedOrder) ledger =
        let parts =
            partsOf now whole ledger
            |> List.map (fun part -> { part with State = partState part }: Order)

        let whole: CombinedOrder = { whole with State = wholeState }
        struct (whole, parts, put whole parts ledger)

    let private requireAllNamed named (whole: CombinedOrder) =
        if List.sort named = List.sort whole.Parts then
            Ok()
        else
            Error(PlatformError.badRequest "子单与下单时的子单不一致")

    let private closeWhole now named (whole: CombinedOrder) ledger =
        requireAllNamed named whole
        |> Result.bind (fun () -> Ledger.requireOpen whole.State)
        |> Result.map (fun () ->
            let struct (_, _, ledger) =
                change now OrderState.Closed (fun _ -> OrderState.Closed) whole ledger

            ledger)

    /// Closes a combined order that is not paid; all its parts must be named.
    let close now placer outTradeNo named ledger =
        find now placer outTradeNo ledger
        |> Result.bind (fun whole -> closeWhole now named whole ledger)

    let private payWhole (newPayment: unit -> Payment) (payment: Payment) (whole: CombinedOrder) ledger =
        Ledger.requireOpen whole.State
        |> Result.map (fun () ->
            let struct (whole, parts, ledger) =
                change payment.PaidAt (OrderState.Paid payment) (fun _ -> OrderState.Paid(newPayment ())) whole ledger

            let total = parts |> List.sumBy (fun part -> part.Total)
            Paid.Several(whole, parts), Ledger.addFunds total ledger)

    /// Charges several orders at once, without asking the payer. The same request again gives the combined order as it is.
    let charge (newPayment: unit -> Payment) now (whole: CombinedOrder) parts ledger =
        match find now whole.MerchantId whole.OutTradeNo ledger with
        | Ok known when isSame known whole -> Ok(known, ledger)
        | Ok _ -> Error PlatformError.outTradeNoUsed
        | Error _ ->
            placeNew whole parts ledger
            |> Result.bind (fun (whole, ledger) -> payWhole newPayment (newPayment ()) whole ledger)
            |> Result.bind (fun (_, ledger) ->
                find now whole.MerchantId whole.OutTradeNo ledger
                |> Result.map (fun whole -> whole, ledger))

    let private revoke now (whole: CombinedOrder) ledger =
        let ofPayment (state: OrderState) =
            OrderState.Revoked(Ledger.tryPayment state)

        let total = partsOf now whole ledger |> List.sumBy (fun part -> part.Total)

        Ledger.takeFunds total ledger
        |> Result.map (fun ledger ->
            let struct (_, _, ledger) =
                change now (ofPayment whole.State) (fun part -> ofPayment part.State) whole ledger

            ledger)

    /// Gives back what a combined order was charged for; all its parts must be named. A second time changes nothing.
    let reverse now placer outTradeNo named ledger =
        find now placer outTradeNo ledger
        |> Result.bind (fun whole ->
            requireAllNamed named whole
            |> Result.bind (fun () ->
                match whole.State with
                | OrderState.Revoked _ -> Ok ledger
                | OrderState.Paid _ -> revoke now whole ledger
                | OrderState.NotPaid
                | OrderState.Closed
                | OrderState.Failed -> Error(PlatformError.badRequest "订单未支付，不能撤销")))

    /// The payer pays what the number names: a combined order, else a single one.
    let pay (newPayment: unit -> Payment) placer outTradeNo ledger =
        let payment = newPayment ()

        match find payment.PaidAt placer outTradeNo ledger with
        | Ok whole -> payWhole newPayment payment whole ledger
        | Error _ ->
            Ledger.pay payment placer outTradeNo ledger
            |> Result.map (fun (order, ledger) -> Paid.One order, ledger)
