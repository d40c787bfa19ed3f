namespace WeChatPay.Functional

open System
open System.Buffers
open System.Text

/// The texts that get signed. Every line ends with LF, the last one too; bytes stand as they are on the wire.
[<RequireQualifiedAccess>]
module Canonical =
    let private append (text: string) (buffer: Span<byte>) =
        Encoding.UTF8.GetBytes(text.AsSpan(), buffer)

    let private lines (texts: string list) =
        Encoding.UTF8.GetBytes(String.Join("\n", texts) + "\n")

    /// What a request's signature covers: method, path and query as sent, timestamp in seconds, nonce, body.
    let request (method: string) (url: string) (timestamp: string) (nonce: string) (body: ReadOnlySpan<byte>) =
        let head = lines [ method; url; timestamp; nonce ]
        let text = Array.zeroCreate<byte>(head.Length + body.Length + 1)
        head.CopyTo(text, 0)
        body.CopyTo(text.AsSpan head.Length)
        text[text.Length - 1] <- '\n'B
        text

    /// How many bytes `delivery` writes at most.
    let internal deliveryLength (timestamp: string) (nonce: string) (body: ReadOnlySpan<byte>) =
        timestamp.Length + nonce.Length + body.Length + 3

    /// What the platform's signature covers: timestamp and nonce as in the headers (ASCII), and the body's bytes. Gives the length written.
    let internal writeDelivery (timestamp: string) (nonce: string) (body: ReadOnlySpan<byte>) (buffer: Span<byte>) =
        let nonceAt = append timestamp buffer + 1
        buffer[nonceAt - 1] <- '\n'B
        let bodyAt = nonceAt + append nonce (buffer.Slice nonceAt) + 1
        buffer[bodyAt - 1] <- '\n'B
        body.CopyTo(buffer.Slice bodyAt)
        buffer[bodyAt + body.Length] <- '\n'B
        bodyAt + body.Length + 1

    /// What the platform's signature covers, for callbacks and answers alike.
    let delivery (timestamp: string) (nonce: string) (body: ReadOnlySpan<byte>) =
        let text =
            Array.zeroCreate<byte>(
                Encoding.UTF8.GetByteCount timestamp
                + Encoding.UTF8.GetByteCount nonce
                + body.Length
                + 3
            )

        writeDelivery timestamp nonce body (text.AsSpan()) |> ignore
        text

    /// What a page or mini program signs to open the payment: `package` is `prepay_id=…`.
    let jsapiInvocation (appId: string) (timestamp: string) (nonce: string) (package: string) =
        lines [ appId; timestamp; nonce; package ]

    /// What an app signs to open the payment.
    let appInvocation (appId: string) (timestamp: string) (nonce: string) (prepayId: string) =
        lines [ appId; timestamp; nonce; prepayId ]
