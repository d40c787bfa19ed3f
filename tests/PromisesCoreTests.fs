/// Promises of the core that stand in no one place of its code: the order of the checks, what counts as a header's value, texts in any culture.
module WeChatPay.Tests.PromisesCoreTests

open System
open System.Collections.Generic
open System.Globalization
open Expecto
open WeChatPay
open WeChatPay.Functional
open WeChatPay.Tests.Platform

let private codeOf result =
    match result with
    | Ok _ -> "ok"
    | Error error -> VerifyError.code error

let private good = notify "TRANSACTION.SUCCESS" paid

/// What can be wrong with a delivery, in the order of the checks.
let private faults =
    [
        "body_too_large"
        "missing_header"
        "signature_probe"
        "malformed_header"
        "unsupported_signature_type"
        "outside_tolerance"
        "unknown_serial"
        "key_not_current"
        "signature_mismatch"
        "malformed_envelope"
        "unsupported_cipher"
        "decryption_failed"
        "malformed_resource"
    ]

let private replaced (old: string) (fresh: string) (text: string) = text.Replace(old, fresh)

/// A body in which these things are wrong.
let private bodyWith (has: string -> bool) =
    let change code old fresh =
        if has code then replaced old fresh else id

    envelopeWith "TRANSACTION.SUCCESS" (utf8 (if has "malformed_resource" then "[1]" else paid)) "transaction"
    |> change "malformed_envelope" "\"id\"" "\"di\""
    |> change "unsupported_cipher" "AEAD_AES_256_GCM" "AEAD_SM4_128_GCM"
    |> change "decryption_failed" "0123456789ab" "0123456789ac"
    |> fun text ->
        text.PadRight(
            if has "body_too_large" then
                Delivery.NotificationLimit + 1
            else
                0
        )
    |> utf8

/// What a delivery in which these things are wrong is refused with.
let private refusalOf (wrong: string list) =
    let has code = List.contains code wrong
    let time = if has "key_not_current" then now.AddDays 2.0 else now

    let signedAt =
        if has "outside_tolerance" then
            time.AddSeconds -301.0
        else
            time

    let callback =
        resign
            { sign (bodyWith has) with
                Timestamp = signedAt.ToUnixTimeSeconds().ToString()
                Nonce = if has "malformed_header" then "a,b" else "a"
                Serial =
                    if has "unknown_serial" then "ABCD"
                    elif has "key_not_current" then "F15701"
                    else PublicKeyId
                Extra =
                    [
                        if has "unsupported_signature_type" then
                            "Wechatpay-Signature-Type", "WECHATPAY2-SM2-WITH-SM3"
                    ]
            }

    let signature =
        if has "signature_probe" then
            "WECHATPAY/SIGNTEST/abc"
        elif has "signature_mismatch" then
            signWith stranger callback.Timestamp callback.Nonce callback.Body
        else
            callback.Signature

    let headers =
        headersOf { callback with Signature = signature }
        |> List.filter (fun (name, _) -> not (has "missing_header" && name = "Wechatpay-Timestamp"))

    codeOf (Core.decode policy time (deliver headers callback.Body))

let private order =
    testList
        "order of the checks"
        [
            test "each fault alone has its own code" {
                Expect.equal (refusalOf []) "ok" "nothing is wrong"

                for fault in faults do
                    Expect.equal (refusalOf [ fault ]) fault fault
            }

            test "of two faults the one that is checked first is told" {
                for first, second in List.pairwise faults do
                    // A key that is not there has no validity.
                    if (first, second) <> ("unknown_serial", "key_not_current") then
                        Expect.equal (refusalOf [ first; second ]) first (first + " and " + second)

                for first, second in
                    [
                        "outside_tolerance", "key_not_current"
                        "unknown_serial", "signature_mismatch"
                        "malformed_envelope", "decryption_failed"
                    ] do
                    Expect.equal (refusalOf [ first; second ]) first (first + " and " + second)
            }

            test "with everything wrong, mending one after the other goes through all of them" {
                for at in 0 .. faults.Length - 1 do
                    let left = List.skip at faults

                    if List.head left <> "key_not_current" then
                        Expect.equal (refusalOf left) (List.head left) (List.head left)
            }
        ]

let private four =
    [
        "Wechatpay-Timestamp"
        "Wechatpay-Nonce"
        "Wechatpay-Signature"
        "Wechatpay-Serial"
    ]

/// Decodes with the values of some headers changed.
let private withValues (change: string -> string -> string) =
    let headers =
        headersOf
            { good with
                Extra = [ "Wechatpay-Signature-Type", "WECHATPAY2-SHA256-RSA2048" ]
            }
        |> List.map (fun (name, value) -> name, change name value)

    Core.decode policy now (deliver headers good.Body)

let private only name change =
    withValues (fun header value -> if header = name then change value else value)

let private isNamed (expected: VerifyError) result label =
    match result with
    | Ok _ -> failtestf "%s was accepted" label
    | Error error -> Expect.equal (VerifyError.message error) (VerifyError.message expected) label

let private keyOf (eventType: string) (resource: string) =
    match decode (notify eventType resource) with
    | Ok decoded -> decoded.IdempotencyKey
    | Error error -> VerifyError.code error

let private headers =
    testList
        "headers"
        [
            test "a header without a value is missing, and named; of several the first" {
                for name in four do
                    for absent in [ null; ""; " \t " ] do
                        isNamed (VerifyError.MissingHeader name) (only name (fun _ -> absent)) name

                isNamed (VerifyError.MissingHeader four.Head) (withValues (fun _ _ -> null)) "all of them"

                Expect.equal (codeOf (only "Wechatpay-Signature-Type" (fun _ -> null))) "ok" "the type may be absent"
            }

            test "a header without a name is passed over" {
                let nameless = KeyValuePair<string, string>(null, "x")
                let headers = Seq.append [ nameless ] (pairs (headersOf good))
                let delivery = Delivery.create headers (ReadOnlySpan good.Body)
                Expect.equal (codeOf (Core.decode policy now delivery)) "ok" "accepted"
            }

            test "blanks and tabs around a value are trimmed, nothing else, and the header is named" {
                Expect.equal (codeOf (withValues (fun _ value -> " \t" + value + "\t "))) "ok" "blanks and tabs"

                for name in four @ [ "Wechatpay-Signature-Type" ] do
                    for odd in [ "\n"; "\r"; "\v"; "\f"; "\000"; "\u00A0"; "\u3000"; "\uFEFF" ] do
                        let label = name + " with U+" + (int odd[0]).ToString "X4"
                        isNamed (VerifyError.MalformedHeader name) (only name (fun value -> value + odd)) label
                        isNamed (VerifyError.MalformedHeader name) (only name (fun value -> odd + value)) label
            }

            test "a probe is known by its signature alone, wherever it stands, and names the serial where it can be one" {
                let probe = "WECHATPAY/SIGNTEST/abc"

                let serialOf callback =
                    match decode callback with
                    | Error(VerifyError.SignatureProbe serial) -> "probe of " + serial
                    | other -> codeOf other

                let signed signature serial extra =
                    serialOf
                        { good with
                            Signature = signature
                            Serial = serial
                            Extra = extra
                        }

                Expect.equal (signed probe PublicKeyId []) ("probe of " + PublicKeyId) "as the platform sends it"
                Expect.equal (signed probe (String('a', 64)) []) ("probe of " + String('a', 64)) "64 letters"
                Expect.equal (signed probe (String('a', 65)) []) "probe of " "longer than a serial"
                Expect.equal (signed probe "<b>" []) "probe of " "what could be written into a log"
                Expect.equal (signed (" " + probe) "A" []) "probe of A" "trimmed"

                for first, second in [ good.Signature, probe; probe, good.Signature ] do
                    let two = [ "wechatpay-signature", second ]
                    Expect.equal (signed first PublicKeyId two) ("probe of " + PublicKeyId) "one of two"

                Expect.equal (signed good.Signature probe []) "malformed_header" "in the serial it is none"
                Expect.equal (signed ("x" + probe) PublicKeyId []) "malformed_header" "not at the beginning"
                Expect.equal (signed (probe.ToLowerInvariant()) PublicKeyId []) "malformed_header" "in small letters"
            }

            test "an effect's key is the payment's number, or the refund's with its state" {
                let refund merchant status =
                    "{"
                    + merchant
                    + "\"out_refund_no\":\"o\",\"refund_id\":\"r1\",\"refund_status\":\""
                    + status
                    + "\",\"amount\":{\"refund\":1}}"

                Expect.equal (keyOf "TRANSACTION.SUCCESS" paid) "payment:4200001" "direct"

                Expect.equal
                    (keyOf "TRANSACTION.SUCCESS" (paid.Replace("mchid", "sp_mchid")))
                    "payment:4200001"
                    "partner"

                let combined = "{\"combine_out_trade_no\":\"c1\",\"sub_orders\":["

                Expect.equal
                    (keyOf "TRANSACTION.SUCCESS" (combined + paid.Replace("total", "total_amount") + "]}"))
                    "combined:c1"
                    "combined"

                for status in [ "SUCCESS"; "ABNORMAL"; "CLOSED" ] do
                    for merchant in [ ""; "\"sp_mchid\":\"1\"," ] do
                        Expect.equal
                            (keyOf ("REFUND." + status) (refund merchant status))
                            ("refund:r1:" + status)
                            (merchant + status)

                Expect.equal (keyOf "REFUND.SUCCESS" (refund "" "CLOSED")) "notification:EV-1" "contradicted"
            }
        ]

/// Cultures whose calendar, digits or separators are not the wire's.
let private inCultures check =
    let before = CultureInfo.CurrentCulture

    try
        for name in [ "th-TH"; "ar-SA"; "fa-IR"; "fi-FI" ] do
            let culture = CultureInfo.GetCultureInfo(name).Clone() :?> CultureInfo
            culture.NumberFormat.NegativeSign <- "−"
            CultureInfo.CurrentCulture <- culture
            check name
    finally
        CultureInfo.CurrentCulture <- before

let private time = DateTimeOffset(2026, 1, 31, 8, 0, 0, TimeSpan.FromHours 8.0)

let private refusedWith status =
    ApiError.Refused
        {
            Status = status
            Code = ""
            Message = ""
            Body = ErrorBody()
            RequestId = ""
            IsSigned = false
            OutcomeUnknown = false
            SignDifference = ValueNone
            ClockAhead = ValueNone
        }

let private cultures =
    testList
        "cultures"
        [
            test "the cultures are there, and odd" {
                inCultures (fun name ->
                    let odd = time.ToString "yyyy-MM-dd HH:mm:ss"
                    Expect.isTrue (odd <> "2026-01-31 08:00:00" || name = "fi-FI") (name + " writes " + odd)
                    Expect.equal ((-1).ToString()) "−1" name)

                Expect.equal (time.ToString("HH:mm", CultureInfo.GetCultureInfo "fi-FI")) "08.00" "another separator"
            }

            test "messages are the same in all" {
                inCultures (fun name ->
                    for error, expected in
                        [
                            VerifyError.OutsideTolerance(time, time.AddHours 1.0),
                            "The timestamp says 2026-01-31T00:00:00Z, this machine's clock 2026-01-31T01:00:00Z."
                            VerifyError.KeyNotCurrent("AB", time, time.AddDays 1.0),
                            "The platform certificate AB is valid from 2026-01-31T00:00:00Z to 2026-02-01T00:00:00Z only."
                            VerifyError.BodyTooLarge -1, "The body has more than -1 bytes."
                        ] do
                        Expect.equal (VerifyError.message error) expected name

                    for error, expected in
                        [
                            ApiError.AnswerTooLarge(-1, false), "The answer has more than -1 bytes."
                            refusedWith -1, "Something that is not the platform answered -1."
                        ] do
                        Expect.equal (ApiError.message error) expected name)
            }

            test "dates are written as RFC 3339, with their own offset" {
                inCultures (fun name ->
                    Expect.equal (Wire.WireText.WriteDate time) "2026-01-31T08:00:00+08:00" name

                    Expect.equal
                        (Wire.WireText.WriteDate(DateTimeOffset(2026, 1, 31, 8, 0, 0, TimeSpan.FromMinutes -210.0)))
                        "2026-01-31T08:00:00-03:30"
                        name)
            }

            test "dates, timestamps and digits are read as they stand" {
                inCultures (fun name ->
                    for text in [ "2026-01-31 08:00:00"; "20260131080000"; "2026-01-31T08:00:00.0+08:00" ] do
                        match Wire.WireText.TryReadDate text with
                        | true, date -> Expect.equal date time (name + " " + text)
                        | _ -> failtest (name + " " + text)

                    Expect.equal (RequestId.subCode "08F7-268435462") (ValueSome 268435462L) name
                    Expect.equal (codeOf (decode good)) "ok" name)
            }
        ]

let private signing =
    let prepare timestamp nonce verb url =
        Signing.prepare timestamp nonce verb url ReadOnlySpan.Empty |> Result.map ignore

    testList
        "advice and signing"
        [
            test "an unknown key is fetched where its kind is to be had" {
                let adviceOf serial =
                    let advice = VerifyError.advice (VerifyError.UnknownSerial serial)
                    [ advice.English; advice.Chinese ]

                for text in adviceOf PublicKeyId do
                    Expect.stringContains text "PlatformPublicKeyFile" "the settings"
                    Expect.stringContains text "PlatformPublicKeyId" "the settings"
                    Expect.isFalse (text.Contains "DownloadPlatformCertificates") "no download helps"

                for serial in [ "F15701"; "pub_key_id_01"; "XPUB_KEY_ID_01" ] do
                    for text in adviceOf serial do
                        Expect.stringContains text "DownloadPlatformCertificates" serial
                        Expect.isFalse (text.Contains "PlatformPublicKey") serial
            }

            test "a request that cannot be signed is refused for its reason, the first of them" {
                for verb in [ ""; "get"; "GET "; "P0ST"; "GET\n"; "GÉT" ] do
                    Expect.equal (prepare -1L "" verb "") (Error SigningError.BadMethod) verb

                for url in [ ""; "v3"; "https://h/v3"; "/a b"; "/订单"; "/a\nb"; "/a\t"; "/\127" ] do
                    Expect.equal (prepare -1L "" "GET" url) (Error SigningError.BadUrl) url

                for timestamp in [ -1L; Int64.MinValue ] do
                    Expect.equal (prepare timestamp "" "GET" "/") (Error SigningError.BadTimestamp) "before 1970"

                for nonce in [ ""; String('a', 129); "a b"; "a-b"; "a\"b"; "a\n"; "ü" ] do
                    Expect.equal (prepare 0L nonce "GET" "/") (Error SigningError.BadNonce) nonce
            }

            test "what is just allowed is signed" {
                for nonce in [ "a"; String('Z', 128); "09" ] do
                    Expect.equal (prepare 0L nonce "PATCH" "/!~?a=b%20c") (Ok()) nonce
            }
        ]

[<Tests>]
let tests = testList "promises of the core" [ order; headers; cultures; signing ]
