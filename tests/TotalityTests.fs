module WeChatPay.Tests.TotalityTests

open System
open System.Globalization
open System.Threading.Tasks
open Expecto
open FsCheck
open WeChatPay
open WeChatPay.Functional
open WeChatPay.Tests.Platform

let private good = notify "TRANSACTION.SUCCESS" paid
let private isOk callback = decode callback |> Result.isOk

let private flip (bytes: byte array) bit =
    let changed = Array.copy bytes
    changed[bit / 8] <- changed[bit / 8] ^^^ byte (1 <<< bit % 8)
    changed

let private flipText (text: string) bit =
    Text.Encoding.Latin1.GetString(flip (Text.Encoding.Latin1.GetBytes text) bit)

/// The parts of a sealed resource, each of which every bit counts in.
let private sealedParts =
    let nonce = utf8 "0123456789ab"
    let data = utf8 "transaction"
    nonce, data, force (Cipher.seal apiV3Key (ReadOnlySpan nonce) (ReadOnlySpan data) (ReadOnlySpan(utf8 paid)))

let private opens (nonce: byte array) (data: byte array) (bytes: byte array) =
    Cipher.unseal apiV3Key (ReadOnlySpan nonce) (ReadOnlySpan data) (ReadOnlySpan bytes)
    |> Result.isOk

let private manyHeaders (name: string) =
    match name with
    | null -> [ "Wechatpay-Nonce", "x" ]
    | name ->
        [
            "Wechatpay-Timestamp", name
            "wechatpay_nonce", name
            name, name
            "HTTP_WECHATPAY_SERIAL", name
            "Wechatpay-Signature", name
        ]

[<Tests>]
let tests =
    testList
        "totality"
        [
            test "every single bit of the body counts" {
                for bit in 0 .. good.Body.Length * 8 - 1 do
                    Expect.isFalse (isOk { good with Body = flip good.Body bit }) "refused"
            }

            test "every single bit of the signature counts" {
                let signature = Convert.FromBase64String good.Signature

                for bit in 0 .. signature.Length * 8 - 1 do
                    Expect.isFalse
                        (isOk
                            { good with
                                Signature = Convert.ToBase64String(flip signature bit)
                            })
                        "refused"
            }

            test "every single bit of nonce and timestamp counts" {
                for bit in 0 .. good.Nonce.Length * 8 - 1 do
                    Expect.isFalse
                        (isOk
                            { good with
                                Nonce = flipText good.Nonce bit
                            })
                        "nonce"

                for bit in 0 .. good.Timestamp.Length * 8 - 1 do
                    Expect.isFalse
                        (isOk
                            { good with
                                Timestamp = flipText good.Timestamp bit
                            })
                        "timestamp"
            }

            test "every single bit of ciphertext, tag, associated data and cipher nonce counts" {
                let nonce, data, bytes = sealedParts
                Expect.isTrue (opens nonce data bytes) "as it was sealed"

                for bit in 0 .. bytes.Length * 8 - 1 do
                    Expect.isFalse (opens nonce data (flip bytes bit)) "ciphertext and tag"

                for bit in 0 .. data.Length * 8 - 1 do
                    Expect.isFalse (opens nonce (flip data bit) bytes) "associated data"

                for bit in 0 .. nonce.Length * 8 - 1 do
                    Expect.isFalse (opens (flip nonce bit) data bytes) "nonce"
            }

            testProperty "any headers and any bytes give a result" (fun (name: string) (body: byte array) ->
                let body = if isNull body then [||] else body
                Core.decode policy now (deliver (manyHeaders name) body) |> Result.isError)

            testProperty "any genuine bytes give a result" (fun (body: byte array) ->
                decode (sign body) |> Result.isError)

            testProperty "any sealed resource gives a result" (fun (resource: byte array) ->
                decode (sign (utf8 (envelopeWith "TRANSACTION.SUCCESS" resource "transaction")))
                |> Result.isError)

            testProperty "any change of a good resource gives a result" (fun (at: uint16) (letter: byte) ->
                let bytes = utf8 paid
                bytes[int at % bytes.Length] <- letter

                match decode (sign (utf8 (envelopeWith "TRANSACTION.SUCCESS" bytes "transaction"))) with
                | Ok _
                | Error(VerifyError.MalformedResource _) -> true
                | Error _ -> false)

            test "two threads decode 100,000 envelopes over one policy" {
                let failures = ref 0

                Parallel.For(
                    0,
                    100_000,
                    ParallelOptions(MaxDegreeOfParallelism = 2),
                    fun _ ->
                        if not (isOk good) then
                            Threading.Interlocked.Increment failures |> ignore
                )
                |> ignore

                Expect.equal failures.Value 0 "all are accepted"
            }

            test "cultures change nothing" {
                let before = CultureInfo.CurrentCulture

                try
                    for name in [ "ar-SA"; "tr-TR"; "th-TH" ] do
                        CultureInfo.CurrentCulture <- CultureInfo.GetCultureInfo name

                        let dated =
                            paid.Replace("\"amount\"", "\"success_time\":\"2026-01-31T08:00:00+08:00\",\"amount\"")

                        match decode (notify "TRANSACTION.SUCCESS" dated) with
                        | Ok {
                                 Event = WeChatPayEvent.PaymentSucceeded transaction
                             } -> Expect.equal (transaction.SuccessTime.Value.ToUnixTimeSeconds()) 1769817600L name
                        | _ -> failtest name

                        Expect.equal
                            (VerifyError.message (VerifyError.BodyTooLarge 1048576))
                            "The body has more than 1048576 bytes."
                            name
                finally
                    CultureInfo.CurrentCulture <- before
            }
        ]
