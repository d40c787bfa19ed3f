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
            match whole.State with
            | OrderState.Paid payment -> whole.MerchantId = placer && payment.TransactionId = transactionId
            | OrderState.NotPaid
            | OrderState.Closed -> false

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

    let private placeNew (whole: CombinedOrder) parts ledger =
        if whole.Parts |> List.exists ledger.Orders.ContainsKey then
            Error PlatformError.outTradeNoUsed
        else
            Ok(whole, put whole parts ledger)

    /// Places several orders at once, by the rules of one.
    let place now (whole: CombinedOrder) (parts: Order list) ledger =
        match find now whole.MerchantId whole.OutTradeNo ledger with
        | Error _ -> placeNew whole parts ledger
        | Ok known when
            known.TradeType <> whole.TradeType
            || not (JsonElement.DeepEquals(known.Content, whole.Content))
            ->
            Error PlatformError.outTradeNoUsed
        | Ok known -> Ledger.requireOpen known.State |> Result.map (fun () -> known, ledger)

    /// The whole and its parts in a new state, that of each part by itself.
    let private change now wholeState (partState: unit -> OrderState) (whole: CombinedOrder) ledger =
        let parts =
            partsOf now whole ledger
            |> List.map (fun part -> { part with State = partState () }: Order)

        let whole: CombinedOrder = { whole with State = wholeState }
        struct (whole, parts, put whole parts ledger)

    let private closeWhole now named (whole: CombinedOrder) ledger =
        if List.sort named <> List.sort whole.Parts then
            Error(PlatformError.badRequest "子单与下单时的子单不一致")
        else
            Ledger.requireOpen whole.State
            |> Result.map (fun () ->
                let struct (_, _, ledger) =
                    change now OrderState.Closed (fun () -> OrderState.Closed) whole ledger

                ledger)

    /// Closes a combined order that is not paid; all its parts must be named.
    let close now placer outTradeNo named ledger =
        find now placer outTradeNo ledger
        |> Result.bind (fun whole -> closeWhole now named whole ledger)

    let private payWhole (newPayment: unit -> Payment) (payment: Payment) (whole: CombinedOrder) ledger =
        Ledger.requireOpen whole.State
        |> Result.map (fun () ->
            let struct (whole, parts, ledger) =
                change payment.PaidAt (OrderState.Paid payment) (fun () -> OrderState.Paid(newPayment ())) whole ledger

            let total = parts |> List.sumBy (fun part -> part.Total)
            Paid.Several(whole, parts), Ledger.addFunds total ledger)

    /// The payer pays what the number names: a combined order, else a single one.
    let pay (newPayment: unit -> Payment) placer outTradeNo ledger =
        let payment = newPayment ()

        match find payment.PaidAt placer outTradeNo ledger with
        | Ok whole -> payWhole newPayment payment whole ledger
        | Error _ ->
            Ledger.pay payment placer outTradeNo ledger
            |> Result.map (fun (order, ledger) -> Paid.One order, ledger)
