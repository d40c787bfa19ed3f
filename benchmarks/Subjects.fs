/// What is measured: each thing that the library does, and beside it the primitives that nobody can do without, over the same bytes.
module WeChatPay.Benchmarks.Subjects

open System
open System.Security.Cryptography
open WeChatPay.Api
open WeChatPay.Functional
open WeChatPay.Benchmarks.Sample

let private demand isRight =
    if not isRight then
        invalidOp "A measured step gave the wrong result."

/// `RSA.VerifyData` over the signed text, made beforehand.
let verifyData (signed: Signed) =
    publicKey.VerifyData(signed.Text, signed.Signature, HashAlgorithmName.SHA256, RSASignaturePadding.Pkcs1)
    |> demand

/// `RSA.VerifyData`, then one reused `AesGcm` opens the resource into a reused buffer.
let verifyAndOpen (notification: Notification) =
    let aes = new AesGcm(utf8 apiV3KeyText, 16)
    let plain = Array.zeroCreate<byte> notification.Ciphertext.Length

    fun () ->
        verifyData notification.Signed

        aes.Decrypt(
            notification.GcmNonce,
            notification.Ciphertext,
            notification.Tag,
            plain,
            notification.AssociatedData
        )

/// Headers and bytes to a typed event.
let decode (signed: Signed) =
    Delivery.create signed.Headers (ReadOnlySpan<byte> signed.Body)
    |> Core.decode policy now

/// Headers and bytes to a payment that is proven.
let accept (signed: Signed) =
    match decode signed with
    | Ok {
             Event = WeChatPayEvent.PaymentSucceeded _
         } -> ()
    | _ -> demand false

/// Headers and bytes to the refusal of a forgery.
let refuse (signed: Signed) =
    match decode signed with
    | Error(VerifyError.SignatureMismatch _) -> ()
    | _ -> demand false

/// Headers and bytes to the refusal with this code.
let refuseAs (code: string) (signed: Signed) =
    match decode signed with
    | Error error -> demand (VerifyError.code error = code)
    | Ok _ -> demand false

/// Headers and bytes of an answer to the evidence that it is the platform's.
let verifyAnswer (signed: Signed) =
    Response.create 200 signed.Headers (ReadOnlySpan<byte> signed.Body)
    |> Response.verify answerPolicy now
    |> Result.isOk
    |> demand

let private caller = Caller "1900000001"

let private order =
    Payments.PrepayNative(
        NativePrepayRequest(
            Appid = "wxd678efh567hg6787",
            Description = "a cup of tea",
            OutTradeNo = "1217752501201407033233368018",
            NotifyUrl = "https://shop.example/wechatpay/notify",
            Amount = OrderAmount(Total = 100L)
        )
    )

/// An order to its `Authorization`: body written, text made, signed, header composed.
let signRequest () =
    match Core.prepare caller (now.ToUnixTimeSeconds()) nonce order with
    | Ok(struct (_, prepared)) ->
        let signature = Signing.sign merchantKey (ReadOnlySpan<byte> prepared.Message)

        Core.authorize caller merchantKey.Serial (ReadOnlySpan<byte> signature) prepared
        |> ignore
    | Error _ -> demand false

/// `RSA.SignData` over the same text, made beforehand.
let signData =
    match Core.prepare caller (now.ToUnixTimeSeconds()) nonce order with
    | Ok(struct (_, prepared)) ->
        fun () ->
            merchant.SignData(prepared.Message, HashAlgorithmName.SHA256, RSASignaturePadding.Pkcs1)
            |> ignore
    | Error _ -> invalidOp "The sample order cannot be signed."
