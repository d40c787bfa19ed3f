namespace WeChatPay.Simulator

open System.Text.Json.Nodes
open FsToolkit.ErrorHandling

/// Refunds, asked for and asked after: a merchant's own, a service provider's, and those of e-commerce platforms.
[<RequireQualifiedAccess>]
module internal RefundRoutes =
    let private ownerOf merchantId subMerchant =
        {
            Placer = merchantId
            SubMerchant = subMerchant
        }

    let private ownerNamed merchantId subMerchant =
        ownerOf merchantId (if subMerchant = "" then None else Some subMerchant)

    let private ownerInQuery merchantId request =
        ownerNamed merchantId (Request.query "sub_mchid" request)

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

    /// Asks for a refund; `read` and `tell` are its shapes on the wire.
    let private ask read tell merchantId (world: World) request =
        result {
            let! body = Request.json request
            let! owner = ownerInBody merchantId body
            do! requireDescribed owner world request
            let! asked = read owner body
            let! entry = start world asked
            return Reply.json 200 (tell entry)
        }

    let private query find (tell: RefundEntry -> JsonObject) merchantId (world: World) request =
        find (ownerInQuery merchantId request) world.Ledger
        |> Result.map (tell >> Reply.json 200)

    let private requireField (name: string) (body: JsonObject) =
        if FlowStep.text name body = "" then
            Error(PlatformError.parameter "body" ("/" + name) "" "缺少必填字段")
        else
            Ok()

    /// To the payer's card goes only what names it.
    let private requireCard body =
        if FlowStep.text "type" body = "USER_BANK_CARD" then
            [ "bank_type"; "bank_account"; "real_name" ]
            |> List.traverseResultM (fun name -> requireField name body)
            |> Result.map ignore
        else
            Ok()

    /// Sends a stuck refund another way.
    let private redirect refundId tell merchantId (world: World) request =
        result {
            let! question = Endpoints.question world (Signer.Merchant merchantId) request
            let body = question.Body
            do! requireCard body

            let owner = ownerNamed merchantId (FlowStep.text "sub_mchid" body)

            let! entry =
                world.Update(Refunds.redirect owner refundId (FlowStep.text "out_refund_no" body) body)

            world.SettleLater entry
            return Reply.json 200 (tell entry)
        }

    /// An e-commerce platform refunds for individuals, too; those the ledger does not know.
    let private isForIndividual (request: Request) =
        match request.Method, Request.json request with
        | "POST", Ok body -> not (fst (body.TryGetProperty "sub_mchid"))
        | "POST", Error _ -> false
        | _ -> Request.query "sub_mchid" request = ""

    let private described merchantId world request =
        Endpoints.answer world (Signer.Merchant merchantId) request

    let private byNumber number owner ledger = Refunds.find owner number ledger
    let private byId refundId owner ledger = Refunds.findById owner refundId ledger

    /// What answers a call that is about refunds: the path's segments after the version.
    let tryRoute (request: Request) (segments: string list) =
        match request.Method, segments with
        | "POST", [ "refund"; "domestic"; "refunds" ] -> ValueSome(ask Requests.refund Shapes.refund)
        | "POST", [ "refund"; "domestic"; "refunds"; id; "apply-abnormal-refund" ] ->
            ValueSome(redirect id Shapes.refund)
        | "GET", [ "refund"; "domestic"; "refunds"; number ] -> ValueSome(query (byNumber number) Shapes.refund)
        | _, "ecommerce" :: "refunds" :: _ when isForIndividual request -> ValueSome described
        | "POST", [ "ecommerce"; "refunds"; "apply" ] -> ValueSome(ask Requests.ecommerceRefund Shapes.ecommerceRefund)
        | "POST", [ "ecommerce"; "refunds"; id; "apply-abnormal-refund" ] ->
            ValueSome(redirect id Shapes.ecommerceRefund)
        | "GET", [ "ecommerce"; "refunds"; "id"; id ] -> ValueSome(query (byId id) Shapes.ecommerceRefund)
        | "GET", [ "ecommerce"; "refunds"; "out-refund-no"; number ] ->
            ValueSome(query (byNumber number) Shapes.ecommerceRefund)
        | _ -> ValueNone
