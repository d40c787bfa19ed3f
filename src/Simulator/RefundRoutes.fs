namespace WeChatPay.Simulator

open System.Text.Json
open FsToolkit.ErrorHandling

/// Refunds, asked for and asked after: a merchant's own, a service provider's, and those of e-commerce platforms.
[<RequireQualifiedAccess>]
module internal RefundRoutes =
    let private ownerOf merchantId subMerchant =
        {
            Placer = merchantId
            SubMerchant = subMerchant
        }

    let private ownerInQuery merchantId request =
        match Request.query "sub_mchid" request with
        | "" -> ownerOf merchantId None
        | subMerchant -> ownerOf merchantId (Some subMerchant)

    let private ownerInBody merchantId body =
        Rules.optionalText "sub_mchid" 32 body |> Result.map (ownerOf merchantId)

    let private start (world: World) (asked: RefundOrder) =
        result {
            let id = world.NewRefundId()
            let! entry = world.Update(Refunds.ask id world.Now asked)

            if entry.RefundId = id then
                world.SettleLater entry

            return entry
        }

    /// What the description says of a service provider's call comes before the rules.
    let private requireDescribed (owner: Owner) (world: World) request =
        match owner.SubMerchant with
        | Some _ -> Endpoints.check world (Signer.Merchant owner.Placer) request
        | None -> Ok()

    let private ask merchantId (world: World) request =
        result {
            let! body = Request.json request
            let! owner = ownerInBody merchantId body
            do! requireDescribed owner world request
            let! asked = Requests.refund owner body
            let! entry = start world asked
            return Reply.json 200 (Shapes.refund entry)
        }

    let private query outRefundNo merchantId (world: World) request =
        Refunds.find (ownerInQuery merchantId request) outRefundNo world.Ledger
        |> Result.map (Shapes.refund >> Reply.json 200)

    /// An e-commerce platform refunds for individuals, too; those the ledger does not know.
    let private isForIndividual (request: Request) =
        match request.Method, Request.json request with
        | "POST", Ok body -> not (fst (body.TryGetProperty "sub_mchid"))
        | "POST", Error _ -> false
        | _ -> Request.query "sub_mchid" request = ""

    let private askOnPlatform merchantId (world: World) request =
        result {
            let! body = Request.json request
            let! owner = ownerInBody merchantId body
            do! requireDescribed owner world request
            let! asked = Requests.ecommerceRefund owner body
            let! entry = start world asked
            return Reply.json 200 (Shapes.ecommerceRefund entry)
        }

    let private queryOnPlatform find merchantId (world: World) request =
        find (ownerInQuery merchantId request) world.Ledger
        |> Result.map (Shapes.ecommerceRefund >> Reply.json 200)

    let private described merchantId world request =
        Endpoints.answer world (Signer.Merchant merchantId) request

    /// What answers a call that is about refunds: the path's segments after the version.
    let tryRoute (request: Request) (segments: string list) =
        match request.Method, segments with
        | "POST", [ "refund"; "domestic"; "refunds" ] -> ValueSome ask
        | "GET", [ "refund"; "domestic"; "refunds"; number ] -> ValueSome(query number)
        | _, "ecommerce" :: "refunds" :: _ when isForIndividual request -> ValueSome described
        | "POST", [ "ecommerce"; "refunds"; "apply" ] -> ValueSome askOnPlatform
        | "GET", [ "ecommerce"; "refunds"; "id"; number ] ->
            ValueSome(queryOnPlatform (fun owner ledger -> Refunds.findById owner number ledger))
        | "GET", [ "ecommerce"; "refunds"; "out-refund-no"; number ] ->
            ValueSome(queryOnPlatform (fun owner ledger -> Refunds.find owner number ledger))
        | _ -> ValueNone
