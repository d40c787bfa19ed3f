namespace WeChatPay.Simulator

open System
open System.Buffers
open System.Globalization
open System.Text.Encodings.Web
open System.Text.Json
open System.Text.Json.Nodes

/// The platform's JSON, written as it writes it: compact, Chinese as it is, times at +08:00.
[<RequireQualifiedAccess>]
module internal Shapes =
    let private options =
        JsonWriterOptions(Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping)

    /// The bytes of a JSON object.
    let write (node: JsonObject) =
        let buffer = ArrayBufferWriter<byte>()
        use writer = new Utf8JsonWriter(buffer, options)
        node.WriteTo writer
        writer.Flush()
        buffer.WrittenSpan.ToArray()

    /// An object as it would be read.
    let element (node: JsonObject) =
        use document = JsonDocument.Parse(ReadOnlyMemory(write node))
        document.RootElement.Clone()

    let text (value: string) : JsonNode = nonNull (JsonValue.Create value)
    let integer (value: int64) : JsonNode = JsonValue.Create value

    let object (fields: (string * JsonNode) list) =
        let node = JsonObject()

        for name, value in fields do
            node[name] <- value

        node

    /// A time as the platform writes it.
    let time (at: DateTimeOffset) =
        text (at.ToOffset(TimeSpan.FromHours 8.0).ToString("yyyy-MM-dd'T'HH:mm:sszzz", CultureInfo.InvariantCulture))

    /// A day as the platform writes it.
    let day (at: DateTimeOffset) =
        text (at.ToOffset(TimeSpan.FromHours 8.0).ToString("yyyy-MM-dd", CultureInfo.InvariantCulture))

    let error (error: PlatformError) =
        object
            [
                "code", text error.Code
                match error.Detail with
                | Some detail -> "detail", detail.DeepClone()
                | None -> ()
                "message", text error.Message
            ]

    let tradeType tradeType =
        match tradeType with
        | TradeType.Native -> "NATIVE"
        | TradeType.Jsapi -> "JSAPI"
        | TradeType.App -> "APP"
        | TradeType.H5 -> "MWEB"
        | TradeType.Code -> "MICROPAY"
        | TradeType.Entrust -> "PAP"

    /// The answer to placing an order: what opens its payment.
    let prepay tradeType prepayId =
        match tradeType with
        | TradeType.Native -> object [ "code_url", text ("weixin://wxpay/bizpayurl?pr=" + prepayId) ]
        | TradeType.H5 ->
            object
                [
                    "h5_url", text ("https://wx.tenpay.com/cgi-bin/mmpayweb-bin/checkmweb?prepay_id=" + prepayId)
                ]
        | TradeType.Jsapi
        | TradeType.App
        | TradeType.Code
        | TradeType.Entrust -> object [ "prepay_id", text prepayId ]

    /// The state that a query names, and its words.
    let stateOf (order: Order) isRefunded =
        match order.State with
        | OrderState.Paid _ when isRefunded -> "REFUND", "订单发生过退款"
        | OrderState.Paid _ -> "SUCCESS", "支付成功"
        | OrderState.NotPaid when order.TradeType = TradeType.Code -> "USERPAYING", "需要用户输入支付密码"
        | OrderState.NotPaid -> "NOTPAY", "订单未支付"
        | OrderState.Closed -> "CLOSED", "订单已关闭"
        | OrderState.Failed -> "PAYERROR", "支付失败"
        | OrderState.Revoked _ -> "REVOKED", "订单已撤销"

    let optional name (value: string option) =
        match value with
        | Some found -> [ name, text found ]
        | None -> []

    /// Whose an order is: `mchid`, or a service provider's and his sub-merchant's numbers.
    let private merchants merchantId (owner: Owner) =
        match owner.SubMerchant with
        | None -> [ "mchid", text merchantId ]
        | Some subMerchant -> [ "sp_mchid", text merchantId; "sub_mchid", text subMerchant ]

    let private apps (order: Order) =
        match order.Owner.SubMerchant with
        | None -> [ "appid", text order.AppId ]
        | Some _ -> ("sp_appid", text order.AppId) :: optional "sub_appid" order.SubAppId

    let private partiesOf (order: Order) =
        merchants order.MerchantId order.Owner @ apps order

    /// The answer to taking an order back.
    let reversed (order: Order) =
        object (partiesOf order @ [ "out_trade_no", text order.OutTradeNo ])

    let private payer (order: Order) (payment: Payment) =
        match order.Owner.SubMerchant with
        | None -> object [ "openid", text payment.OpenId ]
        | Some _ ->
            object
                [
                    "sp_openid", text payment.OpenId
                    yield! optional "sub_openid" (order.SubAppId |> Option.map (fun _ -> payment.OpenId))
                ]

    /// An order as a query answers it, and as a notification of its payment holds it.
    let transaction (order: Order) isRefunded =
        let state, words = stateOf order isRefunded
        let parties = partiesOf order

        match Ledger.tryPayment order.State with
        | None ->
            object
                [
                    yield! parties
                    "amount",
                    object
                        [
                            "currency", text "CNY"
                            "payer_currency", text "CNY"
                            "total", integer order.Total
                        ]
                    "attach", text order.Attach
                    "out_trade_no", text order.OutTradeNo
                    "payer", JsonObject()
                    "promotion_detail", JsonArray()
                    "trade_state", text state
                    "trade_state_desc", text words
                ]
        | Some payment ->
            object
                [
                    yield! parties
                    "out_trade_no", text order.OutTradeNo
                    "transaction_id", text payment.TransactionId
                    "trade_type", text (tradeType order.TradeType)
                    "trade_state", text state
                    "trade_state_desc", text words
                    "bank_type", text "OTHERS"
                    "attach", text order.Attach
                    "success_time", time payment.PaidAt
                    "payer", payer order payment
                    "amount",
                    object
                        [
                            "total", integer order.Total
                            "payer_total", integer order.Total
                            "currency", text "CNY"
                            "payer_currency", text "CNY"
                        ]
                ]

    let private refundState state =
        match state with
        | RefundState.Processing -> "PROCESSING"
        | RefundState.Success _ -> "SUCCESS"
        | RefundState.Abnormal -> "ABNORMAL"
        | RefundState.Closed -> "CLOSED"

    let private successTime state =
        match state with
        | RefundState.Success at -> [ "success_time", time at ]
        | RefundState.Processing
        | RefundState.Abnormal
        | RefundState.Closed -> []

    /// The way by which the money goes back.
    let private channel (refund: RefundEntry) =
        if refund.Redirected.IsSome then
            "OTHER_BANKCARD"
        else
            "ORIGINAL"

    [<Literal>]
    let private Account = "支付用户零钱"

    /// A refund as asking for it and a query answer it.
    let refund (refund: RefundEntry) =
        object
            [
                "amount",
                object
                    [
                        "currency", text "CNY"
                        "discount_refund", integer 0L
                        "from", JsonArray()
                        "payer_refund", integer refund.Amount
                        "payer_total", integer refund.Total
                        "refund", integer refund.Amount
                        "settlement_refund", integer refund.Amount
                        "settlement_total", integer refund.Total
                        "total", integer refund.Total
                    ]
                "channel", text (channel refund)
                "create_time", time refund.CreatedAt
                "funds_account", text "AVAILABLE"
                "out_refund_no", text refund.OutRefundNo
                "out_trade_no", text refund.OutTradeNo
                "promotion_detail", JsonArray()
                "refund_id", text refund.RefundId
                "status", text (refundState refund.State)
                yield! successTime refund.State
                "transaction_id", text refund.TransactionId
                "user_received_account", text Account
            ]

    /// A refund as the endpoints for e-commerce platforms answer it; what is closed is `CLOSE` there.
    let ecommerceRefund (refund: RefundEntry) =
        object
            [
                "refund_id", text refund.RefundId
                "out_refund_no", text refund.OutRefundNo
                "transaction_id", text refund.TransactionId
                "out_trade_no", text refund.OutTradeNo
                "channel", text (channel refund)
                "user_received_account", text Account
                yield! successTime refund.State
                "create_time", time refund.CreatedAt
                "status",
                text (
                    match refund.State with
                    | RefundState.Closed -> "CLOSE"
                    | RefundState.Processing
                    | RefundState.Success _
                    | RefundState.Abnormal -> refundState refund.State
                )
                "amount",
                object
                    [
                        "refund", integer refund.Amount
                        "payer_refund", integer refund.Amount
                        "discount_refund", integer 0L
                        "currency", text "CNY"
                        if RefundEntry.isAdvanced refund then
                            "advance", integer refund.Amount
                    ]
                "promotion_detail", JsonArray()
                "refund_account",
                text (
                    if RefundEntry.isAdvanced refund then
                        "REFUND_SOURCE_PARTNER_ADVANCE"
                    else
                        "REFUND_SOURCE_SUB_MERCHANT"
                )
                "funds_account", text "AVAILABLE"
            ]

    /// What a notification of a refund's end is about: the type of event, words, and the resource.
    let refundNotification (refund: RefundEntry) =
        let state = refundState refund.State

        let resource =
            object
                [
                    yield! merchants refund.MerchantId refund.Owner
                    "transaction_id", text refund.TransactionId
                    "out_trade_no", text refund.OutTradeNo
                    "refund_id", text refund.RefundId
                    "out_refund_no", text refund.OutRefundNo
                    "refund_status", text state
                    yield! successTime refund.State
                    "user_received_account", text Account
                    "amount",
                    object
                        [
                            "total", integer refund.Total
                            "refund", integer refund.Amount
                            "payer_total", integer refund.Total
                            "payer_refund", integer refund.Amount
                        ]
                ]

        let summary =
            match refund.State with
            | RefundState.Abnormal -> "退款异常"
            | RefundState.Closed -> "退款关闭"
            | RefundState.Success _
            | RefundState.Processing -> "退款成功"

        struct ("REFUND." + state, summary, resource)

    /// What a notification carries, before it is sealed.
    let envelope
        (id: string)
        (at: DateTimeOffset)
        (eventType: string)
        (summary: string)
        (kind: string)
        (cipher: string)
        (nonce: string)
        (sealedBytes: byte array)
        =
        object
            [
                "id", text id
                "create_time", time at
                "resource_type", text "encrypt-resource"
                "event_type", text eventType
                "summary", text summary
                "resource",
                object
                    [
                        "original_type", text kind
                        "algorithm", text cipher
                        "ciphertext", text (Convert.ToBase64String sealedBytes)
                        "associated_data", text kind
                        "nonce", text nonce
                    ]
            ]
