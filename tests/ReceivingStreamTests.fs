/// Streams of any server, and receivers that users replace.
module WeChatPay.Tests.ReceivingStreamTests

open System
open System.IO
open System.Threading
open System.Threading.Tasks
open Expecto
open Microsoft.AspNetCore.Http
open WeChatPay
open WeChatPay.Tests.Platform
open WeChatPay.Tests.ReceivingShop
open WeChatPay.Tests.Receivers

let private failureOf (result: NotificationResult) =
    match result.TryGet() with
    | true, _, _ -> failtest "decoded"
    | _, _, failure -> failure

/// A receiver that a user's own test puts in place of the real one: it notes what it was asked.
type NotingReceiver(real: WeChatPayNotifications) =
    inherit WeChatPayNotifications()
    member val Asked = 0 with get, set

    override receiver.Decode(headers, body: ReadOnlySpan<byte>) =
        receiver.Asked <- receiver.Asked + 1
        real.Decode(headers, body)

let private replaced =
    testCaseTask "a receiver that is replaced in a user's test stands behind every form" (fun () ->
        task {
            let receiver = NotingReceiver(notifications ())
            let context = DefaultHttpContext()
            context.Request.Body <- new MemoryStream(payment.Body)

            for name, value in headersOf payment do
                context.Request.Headers[name] <- value

            let! ofPairs =
                receiver.DecodeAsync(pairs (headersOf payment), new ForwardStream(payment.Body))

            let! ofHeaders =
                receiver.DecodeAsync(context.Request.Headers, new ForwardStream(payment.Body))

            let! ofRequest = receiver.DecodeAsync context.Request
            Expect.equal receiver.Asked 3 "each"

            for result in [ ofPairs; ofHeaders; ofRequest ] do
                match result.TryGet() with
                | true, decoded, _ -> Expect.equal decoded.Id "EV-1" "decoded"
                | _, _, failure -> failtest failure.Code
        })

let private streams =
    [
        replaced

        testCaseTask "a stream that can seek is read from its beginning, wherever it stands; none is closed" (fun () ->
            task {
                let stream = new MemoryStream()
                stream.Write(payment.Body, 0, payment.Body.Length)
                let! result = notifications().DecodeAsync(pairs (headersOf payment), stream)

                match result.TryGet() with
                | true, decoded, _ -> Expect.equal decoded.Id "EV-1" "decoded"
                | _, _, failure -> failtest failure.Code

                Expect.isTrue stream.CanRead "open"
                let forward = new ForwardStream(payment.Body)
                let! _ = notifications().VerifyAsync(pairs (headersOf payment), forward)
                Expect.isFalse forward.IsClosed "open"
            })

        testCaseTask
            "an empty stream is refused, and the message says that it is empty; another mismatch is not"
            (fun () ->
                task {
                    let! result =
                        notifications().DecodeAsync(pairs (headersOf payment), new ForwardStream([||]))

                    let failure = failureOf result
                    Expect.equal (failure.Code, failure.StatusCode) ("signature_mismatch", 401) "refused"
                    Expect.stringContains failure.Message "which is empty" "what was found"
                    Expect.stringContains failure.Advice.English "read the body before" "the likely cause"
                    Expect.stringContains failure.Advice.Chinese "读取了请求体" "in Chinese, too"

                    let! result =
                        notifications().DecodeAsync(pairs (headersOf changed), new ForwardStream(changed.Body))

                    Expect.isFalse ((failureOf result).Message.Contains "which is empty") "another cause"

                    match notifications().Verify(pairs (headersOf payment), ReadOnlySpan()).TryGet() with
                    | true, _, _ -> failtest "proven"
                    | _, _, failure -> Expect.stringContains failure.Message "which is empty" "verified alike"
                })

        testCaseTask "of a body over the limit one byte more than the limit is taken, at the limit all" (fun () ->
            task {
                let taken length =
                    task {
                        let stream = new ForwardStream(Array.zeroCreate length)
                        let! result = notifications().DecodeAsync(pairs (headersOf payment), stream)
                        return ((failureOf result).Code, stream.Taken)
                    }

                let! over = taken 3_000_000
                Expect.equal over ("body_too_large", 1_048_577) "no more"
                let! at = taken 1_048_576
                Expect.equal at ("signature_mismatch", 1_048_576) "read wholly"
            })

        testCaseTask "cancellation and what the wire throws keep their own exceptions" (fun () ->
            task {
                let stopped = CancellationToken true

                let thrown (stream: Stream) cancellationToken =
                    task {
                        try
                            let! _ =
                                notifications().DecodeAsync(pairs (headersOf payment), stream, cancellationToken)

                            return ""
                        with failure ->
                            return failure.GetType().Name
                    }

                let! name = thrown (new ForwardStream(payment.Body)) stopped
                Expect.equal name "OperationCanceledException" "cancelled"

                let torn =
                    { new MemoryStream() with
                        member _.CanSeek = false

                        member _.ReadAsync(_: Memory<byte>, _: CancellationToken) =
                            ValueTask.FromException<int>(IOException "reset")
                    }

                let! name = thrown torn CancellationToken.None
                Expect.equal name "IOException" "torn"
            })
    ]

[<Tests>]
let tests = testList "receiving: streams" streams
