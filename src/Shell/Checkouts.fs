namespace WeChatPay.Shell

open System.Threading
open System.Threading.Tasks
open WeChatPay
open WeChatPay.Functional

/// Orders placed, and signed for the side that pays.
[<RequireQualifiedAccess>]
module Checkouts =
    let private appidOf (client: Client) (order: CheckedOrder) =
        match order.PayerAppid, client.Caller.Appid with
        | NonNull appid, _ when appid <> "" -> appid
        | _, NonNull appid -> appid
        | _ -> ""

    let private invoke cancellationToken (client: Client) (order: CheckedOrder) prepayId =
        let appid = appidOf client order

        backgroundTask {
            match order.Way with
            | PayWay.App ->
                let! invocation = Client.invokeApp cancellationToken client appid prepayId
                return Result.map PlacedOrder.App invocation
            | _ ->
                let! invocation = Client.invokeJsapi cancellationToken client appid prepayId
                return Result.map PlacedOrder.Jsapi invocation
        }

    /// What the payer's side opens an order with that the platform has taken; nothing is sent.
    let openWith
        (cancellationToken: CancellationToken)
        (client: Client)
        (order: CheckedOrder)
        (prepayment: Prepayment)
        : Task<Result<PlacedOrder, ApiError>> =
        match prepayment with
        | Prepayment.Native codeUrl -> Task.FromResult(Ok(PlacedOrder.Native codeUrl))
        | Prepayment.H5 h5Url -> Task.FromResult(Ok(PlacedOrder.H5 h5Url))
        | Prepayment.Invoked prepayId -> invoke cancellationToken client order prepayId

    /// Places an order, and signs what the payer's side opens it with. The operation is `CheckoutOperations.Place`.
    let place
        (cancellationToken: CancellationToken)
        (client: Client)
        (operation: CheckedOrder -> Operation<Prepayment>)
        (order: CheckedOrder)
        : Task<Result<PlacedOrder, ApiError>> =
        backgroundTask {
            match! Client.sendCancellable cancellationToken client (operation order) with
            | Error error -> return Error error
            | Ok prepayment -> return! openWith cancellationToken client order prepayment
        }
