namespace WeChatPay.Simulator

open System
open System.IO
open System.IO.Compression
open System.Net.Sockets
open System.Text
open System.Text.Json.Nodes
open Microsoft.AspNetCore.Connections.Features
open Microsoft.AspNetCore.Http

/// What goes wrong on the way between the platform and its merchant.
[<RequireQualifiedAccess>]
module internal Faults =
    let private page status headers =
        {
            Status = status
            Body = Encoding.UTF8.GetBytes "<html><body><h1>Please log in</h1></body></html>"
            ContentType = "text/html; charset=utf-8"
            Headers = headers
            IsSigned = false
        }

    let private unsigned (reply: Reply) = { reply with IsSigned = false }

    /// What answers in the platform's place, so that nothing is done.
    let instead (wrong: Misbehaviour) : Reply voption =
        if wrong.HasFlag Misbehaviour.SystemError then
            ValueSome(Reply.ofError PlatformError.systemError)
        elif wrong.HasFlag Misbehaviour.RateLimited then
            let refusal =
                Reply.ofError (PlatformError.create 429 "FREQUENCY_LIMITED" "Too many calls.")

            ValueSome
                { refusal with
                    Headers = [ "Retry-After", "1" ]
                }
        elif wrong.HasFlag Misbehaviour.BadGateway then
            ValueSome(page 502 [])
        elif wrong.HasFlag Misbehaviour.UnsignedRefusal then
            ValueSome(unsigned (Reply.ofError (PlatformError.create 404 "ORDER_NOT_EXIST" "There is no such order.")))
        elif wrong.HasFlag Misbehaviour.ProxyPage then
            ValueSome(page 200 [])
        elif wrong.HasFlag Misbehaviour.Redirect then
            ValueSome(page 302 [ "Location", "/elsewhere" ])
        else
            ValueNone

    let private numbers =
        [
            "out_trade_no"
            "out_refund_no"
            "out_bill_no"
            "out_batch_no"
            "out_order_no"
            "transaction_id"
        ]

    /// The answer to another question: numbers that are not those asked for.
    let private ofAnother (body: byte array) =
        match JsonNode.Parse(ReadOnlySpan<byte> body) with
        | :? JsonObject as answer ->
            for name in numbers do
                match answer[name] with
                | null -> ()
                | known -> answer[name] <- JsonValue.Create(known.ToString() + "-other")

            Shapes.write answer
        | _ -> body

    /// The answer before it is signed.
    let answered (wrong: Misbehaviour) (reply: Reply) =
        if wrong.HasFlag Misbehaviour.OtherAnswer && reply.Body.Length > 0 then
            { reply with
                Body = ofAnother reply.Body
            }
        else
            reply

    let private gzip (body: byte array) =
        use packed = new MemoryStream()

        do
            use stream = new GZipStream(packed, CompressionLevel.Fastest, true)
            stream.Write(body, 0, body.Length)

        packed.ToArray()

    /// The body after it was signed, with what is said of it.
    let sent (wrong: Misbehaviour) (body: byte array) : struct (byte array * (string * string) list) =
        if body.Length = 0 then
            struct (body, [])
        elif wrong.HasFlag Misbehaviour.Gzip then
            struct (gzip body, [ "Content-Encoding", "gzip" ])
        elif wrong.HasFlag Misbehaviour.WrongLength then
            struct (Array.truncate (body.Length - 1) body, [])
        else
            struct (body, [])

    /// Resets the connection: what is under way is lost at once.
    let reset (context: HttpContext) =
        match context.Features.Get<IConnectionSocketFeature>() with
        | null -> ()
        | feature -> feature.Socket.LingerState <- LingerOption(true, 0)

        context.Abort()
