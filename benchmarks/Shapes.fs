/// Shapes read and written, beside System.Text.Json's source generator over the same bytes.
module WeChatPay.Benchmarks.Shapes

open System
open System.Buffers
open System.Text
open System.Text.Json
open WeChatPay
open WeChatPay.Benchmarks.SystemTextJson
open WeChatPay.Wire

let private demand isRight =
    if not isRight then
        invalidOp "A measured step gave the wrong result."

let private transactionJson =
    Encoding.UTF8.GetBytes
        """{"amount":{"currency":"CNY","payer_currency":"CNY","payer_total":90,"total":100},"appid":"wxd678efh567hg6787","attach":"table 7","bank_type":"CMC_DEBIT","mchid":"1230000109","out_trade_no":"1217752501201407033233368018","payer":{"openid":"oUpF8uMuAJOM2pxb1Q"},"promotion_detail":[{"coupon_id":"109519","name":"单品惠-6","scope":"SINGLE","type":"CASH","amount":10,"stock_id":"931386","wechatpay_contribute":0,"merchant_contribute":10,"other_contribute":0,"currency":"CNY"}],"scene_info":{"device_id":"013467007045764"},"success_time":"2026-01-31T08:00:00+08:00","trade_state":"SUCCESS","trade_state_desc":"支付成功","trade_type":"MICROPAY","transaction_id":"1217752501201407033233368018"}"""

let private refundJson =
    Encoding.UTF8.GetBytes
        """{"refund_id":"50000000382019052709732678859","out_refund_no":"1217752501201407033233368018","transaction_id":"1217752501201407033233368018","out_trade_no":"1217752501201407033233368018","channel":"ORIGINAL","user_received_account":"招商银行信用卡0403","success_time":"2026-01-31T08:00:00+08:00","create_time":"2026-01-31T07:59:59+08:00","status":"SUCCESS","funds_account":"UNSETTLED","amount":{"total":100,"refund":100,"payer_total":90,"payer_refund":90,"settlement_refund":100,"settlement_total":100,"discount_refund":10,"currency":"CNY"}}"""

[<Sealed>]
type private CopyScope() =
    inherit WireScope()
    override _.Demands = false
    override _.Fill _ = null

    override _.Seal(_, problem) =
        problem <- "is not sealed here"
        null

let private scope = CopyScope()

/// Writes into a reused buffer with a reused writer, as both sides can.
[<Sealed>]
type private Output() =
    let buffer = ArrayBufferWriter<byte> 4096
    let json = new Utf8JsonWriter(buffer, WireJson.Options)

    member _.Write(shape: IWireShape) =
        buffer.ResetWrittenCount()
        json.Reset()
        let mutable writer = WireWriter(json, scope)
        shape.WriteTo &writer
        json.Flush()
        demand (buffer.WrittenCount > 100)

    member _.Serialize(value: 'T, info: Serialization.Metadata.JsonTypeInfo<'T>) =
        buffer.ResetWrittenCount()
        json.Reset()
        JsonSerializer.Serialize(json, value, info)
        demand (buffer.WrittenCount > 100)

/// One shape in one direction: theirs and ours.
type Pair =
    {
        Name: string
        Theirs: unit -> unit
        Ours: unit -> unit
    }

let private theirs = ShapesContext.Relaxed

let private deserialize<'T when 'T: not struct and 'T: not null>
    (json: byte array)
    (info: Serialization.Metadata.JsonTypeInfo<'T>)
    : 'T =
    match JsonSerializer.Deserialize(ReadOnlySpan json, info) with
    | Null -> invalidOp "not read"
    | NonNull value -> value

let private readTransaction () =
    match Transaction.TryRead(ReadOnlySpan transactionJson) with
    | true, NonNull value, _ -> value
    | _ -> invalidOp "not read"

let private readRefund () =
    match Refund.TryRead(ReadOnlySpan refundJson) with
    | true, NonNull value, _ -> value
    | _ -> invalidOp "not read"

let private order =
    WeChatPay.Api.NativePrepayRequest(
        Appid = "wxd678efh567hg6787",
        Mchid = "1230000109",
        Description = "一杯茶",
        OutTradeNo = "1217752501201407033233368018",
        Attach = "table 7",
        NotifyUrl = "https://shop.example/wechatpay/notify",
        Amount = WeChatPay.Api.OrderAmount(Total = 100L, Currency = "CNY")
    )

let private theirOrder =
    SystemTextJson.NativePrepayRequest(
        Appid = "wxd678efh567hg6787",
        Mchid = "1230000109",
        Description = "一杯茶",
        OutTradeNo = "1217752501201407033233368018",
        Attach = "table 7",
        NotifyUrl = "https://shop.example/wechatpay/notify",
        Amount = SystemTextJson.OrderAmount(Total = 100L, Currency = "CNY")
    )

/// Two answers in both directions, a request in its one.
let pairs =
    let output = Output()
    let transaction, refund = readTransaction (), readRefund ()
    let theirTransaction = deserialize transactionJson theirs.Transaction
    let theirRefund = deserialize refundJson theirs.Refund

    [
        {
            Name = "a transaction read"
            Theirs = (fun () -> deserialize transactionJson theirs.Transaction |> ignore)
            Ours = (fun () -> readTransaction () |> ignore)
        }
        {
            Name = "a transaction written"
            Theirs = (fun () -> output.Serialize(theirTransaction, theirs.Transaction))
            Ours = (fun () -> output.Write transaction)
        }
        {
            Name = "a refund read"
            Theirs = (fun () -> deserialize refundJson theirs.Refund |> ignore)
            Ours = (fun () -> readRefund () |> ignore)
        }
        {
            Name = "a refund written"
            Theirs = (fun () -> output.Serialize(theirRefund, theirs.Refund))
            Ours = (fun () -> output.Write refund)
        }
        {
            Name = "an order written"
            Theirs = (fun () -> output.Serialize(theirOrder, theirs.NativePrepayRequest))
            Ours = (fun () -> output.Write order)
        }
    ]
