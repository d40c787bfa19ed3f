module WeChatPay.Tests.RefusalTests

open System
open System.Text
open Expecto
open WeChatPay
open WeChatPay.Functional
open WeChatPay.Tests.Platform

let private codeOf result =
    match result with
    | Ok _ -> "ok"
    | Error error -> VerifyError.code error

let private isRefused code callback =
    Expect.equal (codeOf (decode callback)) code "the code"

let private isAccepted callback =
    Expect.equal (codeOf (decode callback)) "ok" "accepted"

let private good = notify "TRANSACTION.SUCCESS" paid

/// Decodes with one header's value replaced, or left out.
let private withHeader name value =
    let headers =
        headersOf good
        |> List.choose (fun (header, known) ->
            if header <> name then
                Some(header, known)
            else
                value |> Option.map (fun text -> header, text))

    codeOf (Core.decode policy now (deliver headers good.Body))

let private respelled (spell: string -> string) =
    headersOf good |> List.map (fun (name, value) -> spell name, value)

let private enveloped (change: string -> string) =
    let body = Encoding.UTF8.GetString good.Body |> change
    codeOf (decode (sign (utf8 body)))

let private resourced resource =
    codeOf (decode (notify "TRANSACTION.SUCCESS" resource))

let private nested depth =
    paid.Replace("\"amount\"", "\"later\":" + String('[', depth - 1) + String(']', depth - 1) + ",\"amount\"")

let private examples =
    let error = DecodeError("$.amount.total", DecodeReason.NotAnInteger)

    [
        VerifyError.BodyTooLarge 1, "body_too_large", Remedy.Reject, 413
        VerifyError.MissingHeader "h", "missing_header", Remedy.Reject, 401
        VerifyError.SignatureProbe "s", "signature_probe", Remedy.Reject, 401
        VerifyError.MalformedHeader "h", "malformed_header", Remedy.Reject, 401
        VerifyError.UnsupportedSignatureType "t", "unsupported_signature_type", Remedy.Reject, 401
        VerifyError.OutsideTolerance(now, now), "outside_tolerance", Remedy.Reject, 401
        VerifyError.UnknownSerial "s", "unknown_serial", Remedy.RefreshKeys, 401
        VerifyError.KeyNotCurrent("s", now, now), "key_not_current", Remedy.RefreshKeys, 401
        VerifyError.SignatureMismatch "s", "signature_mismatch", Remedy.Reject, 401
        VerifyError.MalformedEnvelope error, "malformed_envelope", Remedy.RetryLater, 500
        VerifyError.UnsupportedCipher "c", "unsupported_cipher", Remedy.RetryLater, 500
        VerifyError.DecryptionFailed "s", "decryption_failed", Remedy.RetryLater, 500
        VerifyError.MalformedResource error, "malformed_resource", Remedy.RetryLater, 500
    ]

[<Tests>]
let tests =
    testList
        "refusals"
        [
            test "every case has its code, remedy, status and advice in two languages" {
                for error, code, remedy, status in examples do
                    Expect.equal (VerifyError.code error) code "code"
                    Expect.equal (VerifyError.remedy error) remedy code
                    Expect.equal (VerifyError.statusCode error) status code
                    let advice = VerifyError.advice error
                    Expect.isTrue (advice.English.Length > 20 && advice.Chinese.Length > 10) code
                    Expect.notEqual advice.English advice.Chinese code
            }

            test "a good callback is accepted, signed by public key or certificate" {
                isAccepted good
                isAccepted (resign { good with Serial = "F15701" })
            }

            test "serials are compared as numbers" {
                isAccepted (resign { good with Serial = "00f15701" })
                isRefused "unknown_serial" (resign { good with Serial = "F157010" })
            }

            test "headers come in any framework's spelling" {
                for spell in
                    [
                        id
                        fun (name: string) -> name.ToLowerInvariant()
                        fun name -> name.ToUpperInvariant()
                        fun name -> "HTTP_" + name.Replace('-', '_').ToUpperInvariant()
                    ] do
                    Expect.equal (codeOf (Core.decode policy now (deliver (respelled spell) good.Body))) "ok" "accepted"
            }

            test "a body of 1 MiB is read, one byte more is too large" {
                let body = Array.create Delivery.NotificationLimit ' 'B
                isRefused "malformed_envelope" (sign body)
                isRefused "body_too_large" (sign (Array.append body [| ' 'B |]))
            }

            test "each of the four headers is needed, and empty is missing" {
                for name in
                    [
                        "Wechatpay-Timestamp"
                        "Wechatpay-Nonce"
                        "Wechatpay-Signature"
                        "Wechatpay-Serial"
                    ] do
                    Expect.equal (withHeader name None) "missing_header" name
                    Expect.equal (withHeader name (Some " \t")) "missing_header" name
            }

            test "a probe is a probe, whatever else is wrong with it" {
                let probe =
                    { good with
                        Signature = "WECHATPAY/SIGNTEST/abc"
                    }

                isRefused "signature_probe" probe

                isRefused
                    "signature_probe"
                    { probe with
                        Timestamp = "soon"
                        Serial = "?"
                    }
            }

            test "timestamps are 1 to 11 digits, nothing else" {
                for text in
                    [
                        "+1760000000"
                        "-1"
                        "01760000000"
                        "1 760000000"
                        "176000000000"
                        "1.76e9"
                        "１７６"
                    ] do
                    Expect.equal (withHeader "Wechatpay-Timestamp" (Some text)) "malformed_header" text

                Expect.equal (withHeader "Wechatpay-Timestamp" (Some "99999999999")) "outside_tolerance" "11 digits"
                Expect.equal (withHeader "Wechatpay-Timestamp" (Some(" " + good.Timestamp + "\t"))) "ok" "blanks around"
            }

            test "nonces are 1 to 128 visible characters without comma" {
                for nonce in [ "a\nb"; "a,b"; "a b"; "ü"; String('a', 129) ] do
                    isRefused "malformed_header" (resign { good with Nonce = nonce })

                isAccepted (resign { good with Nonce = String('a', 128) })
                isAccepted (resign { good with Nonce = "a" })
            }

            test "signatures are strict base64" {
                for change in
                    [
                        (fun (text: string) -> text + "\n=")
                        (fun text -> text.TrimEnd '=')
                        (fun text -> text.Insert(4, " "))
                    ] do
                    isRefused
                        "malformed_header"
                        { good with
                            Signature = change good.Signature
                        }
                // 256 bytes end in `x==`: of the last letter's six bits four are unused.
                let at = good.Signature.Length - 3
                let next = string (char (int good.Signature[at] + 1))

                isRefused
                    "malformed_header"
                    { good with
                        Signature = good.Signature.Remove(at, 1).Insert(at, next)
                    }
            }

            test "nothing comes twice, and no two values behind one comma" {
                for name, value in headersOf good do
                    isRefused
                        "malformed_header"
                        { good with
                            Extra = [ name.ToLowerInvariant(), value ]
                        }

                    Expect.equal (withHeader name (Some(value + "," + value))) "malformed_header" name
            }

            test "the signature's type is RSA, plain or of a brand" {
                let typed value =
                    { good with
                        Extra = [ "Wechatpay-Signature-Type", value ]
                    }

                isAccepted (typed "WECHATPAY2-SHA256-RSA2048")
                isAccepted (typed "WECHATPAY-BRAND-SHA256-RSA2048")
                isAccepted (typed "")
                isRefused "unsupported_signature_type" (typed "WECHATPAY2-SM2-WITH-SM3")
                isRefused "malformed_header" (typed "a b")
            }

            test "300 seconds are tolerated in both directions, a tick more is not" {
                for sign in [ 1.0; -1.0 ] do
                    let edge = now.AddSeconds(sign * 300.0)
                    Expect.equal (codeOf (decodeAt edge good)) "ok" "inclusive"
                    Expect.equal (codeOf (decodeAt (edge.AddTicks(int64 sign)) good)) "outside_tolerance" "beyond"
            }

            test "a certificate is used within its validity, both ends included" {
                let at (time: DateTimeOffset) =
                    let timestamp = time.ToUnixTimeSeconds().ToString()

                    decodeAt
                        time
                        (resign
                            { good with
                                Serial = "F15701"
                                Timestamp = timestamp
                            })
                    |> codeOf

                Expect.equal (at certificate.NotBefore) "ok" "from"
                Expect.equal (at certificate.NotAfter) "ok" "to"
                Expect.equal (at (certificate.NotBefore.AddSeconds -1.0)) "key_not_current" "before"
                Expect.equal (at (certificate.NotAfter.AddSeconds 1.0)) "key_not_current" "after"
            }

            test "another key's signature is no signature" {
                let forged = signWith stranger good.Timestamp good.Nonce good.Body
                isRefused "signature_mismatch" { good with Signature = forged }
            }

            test "an envelope without its parts is refused by path" {
                Expect.equal (enveloped (fun body -> body.Replace("\"id\"", "\"di\""))) "malformed_envelope" "id"

                Expect.equal
                    (enveloped (fun body -> body.Replace("0123456789ab", "0123456789a")))
                    "malformed_envelope"
                    "nonce"

                Expect.equal
                    (enveloped (fun body -> body.Replace("\"summary\":\"done\"", "\"id\":\"2\"")))
                    "malformed_envelope"
                    "twice"

                Expect.equal (enveloped (fun body -> body + "x")) "malformed_envelope" "more"
                Expect.equal (enveloped (fun body -> "\uFEFF" + body)) "ok" "byte order mark"

                Expect.equal
                    (enveloped (fun body -> body.Replace("\"2026-01-31T08:00:00+08:00\"", "7")))
                    "ok"
                    "odd date"

                for name in [ "AEAD_SM4_128_GCM"; "AEAD_SM4_GCM"; "AEAD_OF_TOMORROW"; "aead_aes_256_gcm" ] do
                    Expect.equal
                        (enveloped (fun body -> body.Replace("AEAD_AES_256_GCM", name)))
                        "unsupported_cipher"
                        name

                Expect.equal
                    (enveloped (fun body -> body.Replace("0123456789ab", "0123456789ac")))
                    "decryption_failed"
                    "other nonce"
            }

            test "both names of SM4 ask for the SM suite, and no other name does" {
                let advice name =
                    (VerifyError.advice (VerifyError.UnsupportedCipher name)).English

                let isSm4 name =
                    (advice name).Contains("needs the SM suite", StringComparison.Ordinal)

                for name in [ "AEAD_SM4_128_GCM"; "AEAD_SM4_GCM" ] do
                    Expect.isTrue (isSm4 name) name

                for name in
                    [
                        "AEAD_SM4_128_CBC"
                        "aead_sm4_gcm"
                        "AEAD_SM4_GCM "
                        "SM4"
                        ""
                        "AEAD_OF_TOMORROW"
                    ] do
                    Expect.isFalse (isSm4 name) name
                    Expect.stringContains (advice name) "no cipher of that name" name
            }

            test "absent, null and empty associated data are one" {
                let bare = envelopeWith "TRANSACTION.SUCCESS" (utf8 paid) ""

                for change in [ "\"associated_data\":\"\","; "\"associated_data\":null,"; "" ] do
                    isAccepted (sign (utf8 (bare.Replace("\"associated_data\":\"\",", change))))

                isRefused
                    "malformed_envelope"
                    (sign (utf8 (bare.Replace("\"associated_data\":\"\"", "\"associated_data\":1"))))
            }

            test "evidence of the wrong type is refused with its path" {
                for total in [ "\"1\""; "1.0"; "1e2"; "9223372036854775808"; "true"; "{}" ] do
                    match decode (notify "TRANSACTION.SUCCESS" (paid.Replace("\"total\":1", "\"total\":" + total))) with
                    | Error(VerifyError.MalformedResource error) -> Expect.equal error.Path "$.amount.total" total
                    | other -> failtestf "%s gave %s" total (codeOf other)

                Expect.equal (resourced "[1]") "malformed_resource" "not an object"

                Expect.equal
                    (resourced (paid.Replace("{\"total\":1}", "{\"total\":1,\"\\u0074otal\":1}")))
                    "malformed_resource"
                    "twice, escaped"

                Expect.equal
                    (resourced (paid.Replace("\"mchid\"", "\"later\":{\"a\":1,\"a\":2},\"mchid\"")))
                    "malformed_resource"
                    "twice anywhere"
            }

            test "values are nested 64 deep at most" {
                Expect.equal (resourced (nested 64)) "ok" "64"
                Expect.equal (resourced (nested 65)) "malformed_resource" "65"
            }
        ]
