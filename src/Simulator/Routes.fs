namespace WeChatPay.Simulator

open System
open System.Text
open System.Text.Json.Nodes
open FsToolkit.ErrorHandling
open WeChatPay.Functional

/// The calls that the simulator keeps a ledger for; all others are answered by their description.
[<RequireQualifiedAccess>]
module internal Routes =
    let private place tradeType merchantId (world: World) request =
        result {
            let! body = Request.json request
            let! order = Requests.order tradeType world.Now merchantId body
            let! placed = world.Update(Ledger.place world.Now order)
            return Reply.json 200 (Shapes.prepay placed)
        }

    let private requireMerchant merchantId request =
        match Request.query "mchid" request with
        | found when found = merchantId -> Ok()
        | found -> Error(PlatformError.parameter "query" "mchid" found "应与请求头中的商户一致")

    let private queryOrder find merchantId (world: World) request =
        result {
            do! requireMerchant merchantId request
            let ledger = world.Ledger
            let! order = find ledger
            let isRefunded = Refunds.ofOrder order ledger |> Seq.isEmpty |> not
            return Reply.json 200 (Shapes.transaction order isRefunded)
        }

    let private close outTradeNo merchantId (world: World) request =
        result {
            let! body = Request.json request
            do! Rules.equals "mchid" merchantId body

            do!
                world.Update(fun ledger ->
                    Ledger.close world.Now merchantId outTradeNo ledger
                    |> Result.map (fun ledger -> (), ledger))

            return Reply.empty
        }

    let private refund merchantId (world: World) request =
        result {
            let! body = Request.json request
            let! asked = Requests.refund body
            let id = world.NewRefundId()
            let! entry = world.Update(Refunds.ask id world.Now merchantId asked)

            if entry.RefundId = id then
                world.SettleLater entry

            return Reply.json 200 (Shapes.refund entry)
        }

    let private queryRefund outRefundNo merchantId (world: World) =
        Refunds.find merchantId outRefundNo world.Ledger
        |> Result.map (Shapes.refund >> Reply.json 200)

    let private certificates (world: World) =
        let certificate = world.Keys.Certificate

        let struct (nonce, sealedBytes) =
            Keys.seal "certificate" (Encoding.UTF8.GetBytes certificate.Pem) world.Keys

        let entry =
            Shapes.object
                [
                    "effective_time", Shapes.time certificate.NotBefore
                    "encrypt_certificate",
                    Shapes.object
                        [
                            "algorithm", Shapes.text Cipher.Aes256Gcm
                            "associated_data", Shapes.text "certificate"
                            "ciphertext", Shapes.text (Convert.ToBase64String sealedBytes)
                            "nonce", Shapes.text nonce
                        ]
                    "expire_time", Shapes.time certificate.NotAfter
                    "serial_no", Shapes.text certificate.Serial
                ]

        Reply.json 200 (Shapes.object [ "data", JsonArray(entry) ])

    /// A service provider's refunds name his sub-merchant; the ledger is the merchant's own.
    let private isForSubMerchant request =
        Request.query "sub_mchid" request <> ""
        || (request.Method = "POST"
            && (match Request.json request with
                | Ok body -> fst (body.TryGetProperty "sub_mchid")
                | Error _ -> false))

    let private ofMerchant (world: World) (merchantId: string) (request: Request) : Result<Reply, PlatformError> =
        match request.Method, Request.segments request with
        | "POST", [ "v3"; "pay"; "transactions"; "native" ] -> place TradeType.Native merchantId world request
        | "POST", [ "v3"; "pay"; "transactions"; "jsapi" ] -> place TradeType.Jsapi merchantId world request
        | "POST", [ "v3"; "pay"; "transactions"; "app" ] -> place TradeType.App merchantId world request
        | "POST", [ "v3"; "pay"; "transactions"; "h5" ] -> place TradeType.H5 merchantId world request
        | "POST", [ "v3"; "pay"; "transactions"; "out-trade-no"; number; "close" ] ->
            close number merchantId world request
        | "GET", [ "v3"; "pay"; "transactions"; "out-trade-no"; number ] ->
            queryOrder (Ledger.findOrder world.Now merchantId number) merchantId world request
        | "GET", [ "v3"; "pay"; "transactions"; "id"; number ] ->
            queryOrder (Ledger.findPayment world.Now merchantId number) merchantId world request
        | _, "v3" :: "refund" :: _ when isForSubMerchant request ->
            Endpoints.answer world (Signer.Merchant merchantId) request
        | "POST", [ "v3"; "refund"; "domestic"; "refunds" ] -> refund merchantId world request
        | "GET", [ "v3"; "refund"; "domestic"; "refunds"; number ] -> queryRefund number merchantId world
        | "GET", [ "v3"; "certificates" ] when not world.IssuesCertificates -> Error PlatformError.resourceNotExists
        | "GET", [ "v3"; "certificates" ] -> Ok(certificates world)
        | _ -> Endpoints.answer world (Signer.Merchant merchantId) request

    /// Answers a signed call.
    let answer world signer request =
        match signer with
        | Signer.Merchant merchantId -> ofMerchant world merchantId request
        | Signer.Brand _ -> Endpoints.answer world signer request
