module WeChatPay.Tests.SealingTests

open System
open System.Security.Cryptography
open System.Text
open Expecto
open WeChatPay.Functional
open WeChatPay.Wire
open WeChatPay.Tests.Platform

let private pair = RSA.Create 2048

let private sealer =
    force (PlatformKey.ofPublicKeyPem PublicKeyId (pair.ExportSubjectPublicKeyInfoPem()))

let private opener =
    force (MerchantKey.ofPem "AB" (pair.ExportPkcs8PrivateKeyPem()))

let private decoded (text: string) =
    match StrictBase64.TryDecode text with
    | true, bytes -> Some(Encoding.ASCII.GetString bytes)
    | _ -> None

[<Tests>]
let tests =
    testList
        "sealing"
        [
            test "base64 of RFC 4648, section 10, is read" {
                for text, plain in
                    [
                        "", ""
                        "Zg==", "f"
                        "Zm8=", "fo"
                        "Zm9v", "foo"
                        "Zm9vYg==", "foob"
                        "Zm9vYmE=", "fooba"
                        "Zm9vYmFy", "foobar"
                    ] do
                    Expect.equal (decoded text) (Some plain) text
            }

            test "base64 in any other form is refused" {
                for text in
                    [
                        "Zh=="
                        "Zm9="
                        "Zg"
                        "Zg="
                        "Z g=="
                        "Zm9v\n"
                        "Zm9v\n\n\n\n"
                        "Zm-_"
                        "===="
                        "Zg==Zg=="
                        "ＺＧ=="
                    ] do
                    Expect.isNone (decoded text) text
            }

            test "a sensitive field takes 214 bytes, not 215, and opens again" {
                let plain = String('a', 211) + "张"
                Expect.equal (Sensitive.seal sealer plain |> Result.bind (Sensitive.unseal opener)) (Ok plain) "214"
                Expect.equal (Sensitive.seal sealer (plain + "a")) (Error(SensitiveError.TooLong(215, 214))) "215"
            }

            test "a field that .NET seals with OAEP and SHA-1 is opened, any other is not" {
                let seal padding =
                    Convert.ToBase64String(pair.Encrypt(utf8 "张三", padding))

                Expect.equal (Sensitive.unseal opener (seal RSAEncryptionPadding.OaepSHA1)) (Ok "张三") "OAEP, SHA-1"

                Expect.equal
                    (Sensitive.unseal opener (seal RSAEncryptionPadding.OaepSHA256))
                    (Error SensitiveError.NotAuthentic)
                    "SHA-256"

                Expect.equal (Sensitive.unseal opener "?") (Error SensitiveError.NotBase64) "base64"
            }

            // The platform's documentation of request signing gives this text for GET /v3/certificates.
            test "a request's text is the documentation's" {
                let text =
                    Canonical.request
                        "GET"
                        "/v3/certificates"
                        "1554208460"
                        "593BEC0C930BF1AFEB40B4A08C8FB242"
                        (ReadOnlySpan())

                Expect.equal
                    (Encoding.UTF8.GetString text)
                    "GET\n/v3/certificates\n1554208460\n593BEC0C930BF1AFEB40B4A08C8FB242\n\n"
                    "five lines"
            }
        ]
