namespace FSharpService

open System
open System.Collections.Generic
open System.Threading.Tasks
open Microsoft.AspNetCore.Http
open WeChatPay.Api
open WeChatPay.Functional
open WeChatPay.Shell

/// The one cell that changes, and the effects around it.
type Service(client: Client, policy: NotificationPolicy) =
    let gate = obj ()
    let mutable orders: Map<string, Order> = Map.empty

    let update change =
        lock gate (fun () -> orders <- change orders)

    /// Where callbacks go.
    member val NotifyUrl = "" with get, set
    member _.TryFind number = Map.tryFind number orders

    /// Kept first, so that no callback finds nothing; gives the order's QR code.
    member service.PlaceAsync(number: string, fen: int64) =
        update (Map.add number (Order.AwaitingPayment fen))
        let amount, url = OrderAmount(Total = fen), service.NotifyUrl

        NativePrepayRequest(Appid = "wx1", Description = "茶", OutTradeNo = number, NotifyUrl = url, Amount = amount)
        |> Payments.PrepayNative
        |> Client.send client

    /// Asks for the money to be given back; done when the callback says so.
    member service.RefundAsync(number: string, fen: int64) =
        let amount = RefundRequestAmount(Refund = fen, Total = fen, Currency = "CNY")

        RefundRequest(OutTradeNo = number, OutRefundNo = number + "-r1", NotifyUrl = service.NotifyUrl, Amount = amount)
        |> Refunds.Create
        |> Client.send client

    /// A callback: bytes in; 204, or a refusal with its code.
    member _.ReceiveAsync(context: HttpContext) : Task =
        backgroundTask {
            use body = new IO.MemoryStream()
            do! context.Request.Body.CopyToAsync(body, context.RequestAborted)

            let pair (KeyValue(name, value)) = KeyValuePair(name, string value)
            let headers = Seq.map pair context.Request.Headers
            let delivery = Delivery.create headers (ReadOnlySpan(body.ToArray()))

            match Core.decode policy (client.Clock.GetUtcNow()) delivery with
            | Ok decoded ->
                update (Orders.settle decoded.Event)
                context.Response.StatusCode <- StatusCodes.Status204NoContent
            | Error error ->
                context.Response.StatusCode <- VerifyError.statusCode error
                do! context.Response.WriteAsync("{\"code\":\"FAIL\",\"message\":\"" + VerifyError.code error + "\"}")
        }
