namespace WeChatPay.Simulator

open System
open System.Text
open System.Text.Json.Nodes
open WeChatPay.Functional

/// The calls that the simulator keeps a ledger for; all others are answered by their description.
[<RequireQualifiedAccess>]
module internal Routes =
    /// Those of RSA are given unasked.
    let private certificateType (request: Request) =
        Request.queryPairs request
        |> List.tryFind (fun (name, _) -> name = "algorithm_type")
        |> Option.map snd
        |> Option.defaultValue "RSA"

    let private certificates (world: World) =
        let keys = world.Keys

        let entry (certificate: CertifiedKey) : JsonNode =
            let struct (nonce, sealedBytes) =
                Keys.seal "certificate" (Encoding.UTF8.GetBytes certificate.Pem) keys

            Shapes.object
                [
                    "effective_time", Shapes.time certificate.NotBefore
                    "encrypt_certificate",
                    Shapes.object
                        [
                            "algorithm", Shapes.text keys.Side.Cipher
                            "associated_data", Shapes.text "certificate"
                            "ciphertext", Shapes.text (Convert.ToBase64String sealedBytes)
                            "nonce", Shapes.text nonce
                        ]
                    "expire_time", Shapes.time certificate.NotAfter
                    "serial_no", Shapes.text certificate.Serial
                ]

        let listed =
            Keys.certificates keys
            |> List.filter (fun certificate -> world.Now <= certificate.NotAfter)
            |> List.map entry

        Reply.json 200 (Shapes.object [ "data", JsonArray(Array.ofList listed) ])

    /// What is asked of a call by its description comes before its rules.
    let private describedFirst answer merchantId world request =
        Endpoints.check world (Signer.Merchant merchantId) request
        |> Result.bind (fun () -> answer merchantId world request)

    let private tryLedger wrong (request: Request) segments =
        match segments with
        | "bill" :: _
        | "billdownload" :: _
        | "payscore" :: "merchant-bill" :: _
        | "ecommerce" :: "bill" :: _ -> BillRoutes.tryRoute wrong request segments |> ValueOption.map describedFirst
        | "pay" :: "transactions" :: rest -> Payments.tryRoute Side.Merchant request.Method rest
        | "pay" :: "partner" :: "transactions" :: rest ->
            Payments.tryRoute Side.Provider request.Method rest
            |> ValueOption.map describedFirst
        | "combine-transactions" :: rest ->
            Payments.tryRouteCombined request.Method rest |> ValueOption.map describedFirst
        | _ -> RefundRoutes.tryRoute request segments

    let private ofMerchant wrong (world: World) (merchantId: string) (request: Request) : Result<Reply, PlatformError> =
        match request.Method, Request.segments request with
        | "GET", [ "v3"; "certificates" ] when not world.IssuesCertificates -> Error PlatformError.resourceNotExists
        | "GET", [ "v3"; "certificates" ] when certificateType request <> world.Keys.Side.CertificateType ->
            Error PlatformError.resourceNotExists
        | "GET", [ "v3"; "certificates" ] -> Ok(certificates world)
        | _, "v3" :: segments ->
            match tryLedger wrong request segments with
            | ValueSome answer -> answer merchantId world request
            | ValueNone -> Endpoints.answer world (Signer.Merchant merchantId) request
        | _ -> Endpoints.answer world (Signer.Merchant merchantId) request

    /// Answers a signed call; `wrong` is what a bill that is asked for is to have wrong.
    let answer wrong world signer request =
        match signer with
        | Signer.Merchant merchantId -> ofMerchant wrong world merchantId request
        | Signer.Brand _ -> Endpoints.answer world signer request
