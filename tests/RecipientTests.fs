/// Whose a notification is, among merchants who share none, some or all of their keys.
module WeChatPay.Tests.RecipientTests

open System
open System.Collections.Generic
open System.Security.Cryptography
open Expecto
open FsCheck
open FsCheck.FSharp
open WeChatPay.Functional
open WeChatPay.Tests.Platform

/// A key of the platform, under a serial that another key may have, too.
type private Signer = { Serial: string; Pair: RSA }

let private pairs3 = [| for _ in 1..3 -> RSA.Create 2048 |]

let private signers =
    [|
        {
            Serial = "PUB_KEY_ID_A"
            Pair = pairs3[0]
        }
        {
            Serial = "PUB_KEY_ID_B"
            Pair = pairs3[1]
        }
        // Not the platform's way, but nothing may hang on it: another merchant's key under the same serial.
        {
            Serial = "PUB_KEY_ID_B"
            Pair = pairs3[2]
        }
    |]

let private keyTexts =
    [|
        for _ in 1..4 -> Convert.ToHexStringLower(RandomNumberGenerator.GetBytes 16)
    |]

/// A merchant by number, platform key and APIv3 key; merchants may share both keys.
type private Merchant = { Number: int; Signer: int; Key: int }

let private mchid merchant =
    string (1_900_000_000 + merchant.Number)

let private nameOf merchant = "merchant-" + string merchant.Number

let private platformKeys =
    signers
    |> Array.map (fun signer ->
        force (PlatformKey.ofPublicKeyPem signer.Serial (signer.Pair.ExportSubjectPublicKeyInfoPem())))

let private recipientOf merchant =
    {
        Name = nameOf merchant
        MerchantId = mchid merchant
        Policy =
            {
                Verification =
                    VerificationPolicy.forNotifications (force (Keyring.create [ platformKeys[merchant.Signer] ]))
                ApiV3Key = force (ApiV3Key.create keyTexts[merchant.Key])
            }
    }

/// What the platform sends about a merchant.
[<RequireQualifiedAccess>]
type private Subject =
    | Payment
    | PartnerPayment
    | CombinedPayment
    | Refund
    /// No number at all.
    | Contract
    /// A number that is somebody else's, as `mchid` of a sub-merchant at risk.
    | RiskOf of other: int

let private resourceOf merchant subject =
    let own = mchid merchant
    let paid = "\"transaction_id\":\"42\",\"trade_state\":\"SUCCESS\""

    match subject with
    | Subject.Payment ->
        "TRANSACTION.SUCCESS", $"""{{"mchid":"{own}","out_trade_no":"o-1",{paid},"amount":{{"total":1}}}}"""
    | Subject.PartnerPayment ->
        // A sub-merchant's number stands first, and may be any merchant's.
        "TRANSACTION.SUCCESS",
        $"""{{"sub_mchid":"1900000001","sp_mchid":"{own}","out_trade_no":"o-1",{paid},"amount":{{"total":1}}}}"""
    | Subject.CombinedPayment ->
        "TRANSACTION.SUCCESS",
        $"""{{"sub_orders":[{{"mchid":"1900000001","out_trade_no":"o-1",{paid},"amount":{{"total_amount":1}}}}],"combine_mchid":"{own}","combine_out_trade_no":"c-1"}}"""
    | Subject.Refund ->
        "REFUND.SUCCESS",
        $"""{{"mchid":"{own}","out_trade_no":"o-1","transaction_id":"42","out_refund_no":"r-1","refund_id":"50","refund_status":"SUCCESS","amount":{{"refund":1,"total":1}}}}"""
    | Subject.Contract -> "ENTRUST.SIGN", """{"contract_id":"c-1","inner":{"mchid":"1900000001"}}"""
    | Subject.RiskOf other -> "RISKTRADE.IDENTIFICATION", $"""{{"mchid":"{1_900_000_000 + other}"}}"""

let private isAboutMoney subject =
    match subject with
    | Subject.Payment
    | Subject.PartnerPayment
    | Subject.CombinedPayment
    | Subject.Refund -> true
    | Subject.Contract
    | Subject.RiskOf _ -> false

/// Sealed and signed by .NET's own ciphers.
let private sendTo merchant subject =
    let eventType, resource = resourceOf merchant subject
    let plain = utf8 resource
    let nonce = "0123456789ab"
    let sealedBytes = Array.zeroCreate<byte>(plain.Length + 16)
    use aes = new AesGcm(utf8 keyTexts[merchant.Key], 16)
    aes.Encrypt(utf8 nonce, plain, sealedBytes.AsSpan(0, plain.Length), sealedBytes.AsSpan plain.Length, utf8 "data")
    let ciphertext = Convert.ToBase64String sealedBytes

    let body =
        utf8
            $"""{{"id":"EV-{merchant.Number}","event_type":"{eventType}","resource":{{"algorithm":"AEAD_AES_256_GCM","ciphertext":"{ciphertext}","associated_data":"data","nonce":"{nonce}"}}}}"""

    let signer = signers[merchant.Signer]
    let timestamp = now.ToUnixTimeSeconds().ToString()

    {
        Timestamp = timestamp
        Nonce = "nonce"
        Signature = signWith signer.Pair timestamp "nonce" body
        Serial = signer.Serial
        Extra = []
        Body = body
    }

let private deliveryOf callback =
    deliver (headersOf callback) callback.Body

/// The merchant and the notification, or the code of the refusal.
let private decodeFor (merchants: Merchant list) callback =
    match Recipient.decode (List.map recipientOf merchants) now (deliveryOf callback) with
    | Ok addressed -> Ok(addressed.Merchant, addressed.Event.Id)
    | Error error -> Error(RecipientError.code error)

/// What must come out, by the keys alone: found without the code under test.
let private expected (merchants: Merchant list) (owner: Merchant) subject =
    let hasKeys merchant =
        merchant.Signer = owner.Signer && merchant.Key = owner.Key

    match List.filter hasKeys merchants with
    | [] when merchants |> List.exists (fun one -> one.Signer = owner.Signer) -> Error "decryption_failed"
    | [] when
        merchants
        |> List.exists (fun one -> signers[one.Signer].Serial = signers[owner.Signer].Serial)
        ->
        Error "signature_mismatch"
    | [] -> Error "unknown_serial"
    | keepers when isAboutMoney subject && List.contains owner keepers -> Ok(nameOf owner, "EV-" + string owner.Number)
    | _ when isAboutMoney subject -> Error "other_merchant"
    | [ one ] -> Ok(nameOf one, "EV-" + string owner.Number)
    | _ -> Error "ambiguous_merchant"

let private merchantNumbered number =
    gen {
        let! signer = Gen.choose (0, signers.Length - 1)
        let! key = Gen.choose (0, keyTexts.Length - 1)

        return
            {
                Number = number
                Signer = signer
                Key = key
            }
    }

let private crowd =
    gen {
        let! count = Gen.choose (0, 16)

        let! merchants =
            Gen.sequenceToList [ for number in 1..count -> merchantNumbered number ]

        let! stranger = merchantNumbered 99
        let! owner = Gen.elements (stranger :: merchants @ merchants)
        let! other = Gen.choose (1, 17)

        let! subject =
            Gen.elements
                [
                    Subject.Payment
                    Subject.PartnerPayment
                    Subject.CombinedPayment
                    Subject.Refund
                    Subject.Contract
                    Subject.RiskOf other
                ]

        return struct (merchants, owner, subject)
    }

let private merchant number signer key =
    {
        Number = number
        Signer = signer
        Key = key
    }

let private neverAnothers =
    testCase "no payment or refund of one is ever another's, whatever keys they share" (fun () ->
        let mutable taken = 0

        let isRight (struct (merchants, owner, subject)) =
            let outcome = decodeFor merchants (sendTo owner subject)
            Expect.equal outcome (expected merchants owner subject) "by keys, then by number"

            match outcome with
            | Ok(name, _) when isAboutMoney subject ->
                taken <- taken + 1
                Expect.equal name (nameOf owner) "its own"
            | _ -> ()

        Check.One(
            Config.QuickThrowOnFailure.WithMaxTest 600,
            Prop.forAll (Arb.fromGen crowd) (fun example -> isRight example)
        )

        Expect.isGreaterThan taken 100 "many were taken")

let private pairsOfMerchants =
    testList
        "two merchants"
        [
            for name, first, second, subject, outcome in
                [
                    "different platform keys", (0, 0), (1, 0), Subject.Contract, Ok("merchant-1", "EV-1")
                    "one serial, different platform keys", (1, 0), (2, 0), Subject.Contract, Ok("merchant-1", "EV-1")
                    "one platform key, different APIv3 keys", (0, 0), (0, 1), Subject.Contract, Ok("merchant-1", "EV-1")
                    "all keys the same, a payment", (0, 0), (0, 0), Subject.Payment, Ok("merchant-1", "EV-1")
                    "all keys the same, a refund", (0, 0), (0, 0), Subject.Refund, Ok("merchant-1", "EV-1")
                    "all keys the same, no number", (0, 0), (0, 0), Subject.Contract, Error "ambiguous_merchant"
                    "all keys the same, the other's number",
                    (0, 0),
                    (0, 0),
                    Subject.RiskOf 2,
                    Error "ambiguous_merchant"
                ] do
                test name {
                    let one = merchant 1 (fst first) (snd first)
                    let two = merchant 2 (fst second) (snd second)

                    for order in [ [ one; two ]; [ two; one ] ] do
                        Expect.equal (decodeFor order (sendTo one subject)) outcome "in any order"
                }
        ]

let private single =
    testList
        "one merchant"
        [
            test "another's payment is refused even where he has all its keys; what names nobody is his whose keys fit" {
                let own = merchant 1 0 0
                let other = merchant 2 0 0

                for subject in
                    [
                        Subject.Payment
                        Subject.PartnerPayment
                        Subject.CombinedPayment
                        Subject.Refund
                    ] do
                    Expect.equal (decodeFor [ own ] (sendTo own subject)) (Ok("merchant-1", "EV-1")) "his"
                    Expect.equal (decodeFor [ own ] (sendTo other subject)) (Error "other_merchant") "not his"

                for subject in [ Subject.Contract; Subject.RiskOf 2 ] do
                    Expect.equal (decodeFor [ own ] (sendTo own subject)) (Ok("merchant-1", "EV-1")) "his"
            }

            test "the sender is proven, so it is 5xx and comes again" {
                let result =
                    Recipient.decode
                        [ recipientOf (merchant 1 0 0) ]
                        now
                        (deliveryOf (sendTo (merchant 2 0 0) Subject.Payment))

                match result with
                | Error(RecipientError.OtherMerchant named as error) ->
                    Expect.equal named "1900000002" "named"
                    Expect.equal (RecipientError.statusCode error) 500 "5xx"
                    Expect.equal (RecipientError.remedy error) Remedy.RetryLater "again"
                | other -> failtestf "%A" other
            }

            test "every refusal of a single receiver is the same here" {
                let own = merchant 1 0 0
                let good = sendTo own Subject.Payment

                for callback, code in
                    [
                        { good with Timestamp = "1" }, "outside_tolerance"
                        { good with Nonce = "" }, "missing_header"
                        { good with Nonce = "a,b" }, "malformed_header"
                        { good with
                            Signature = "WECHATPAY/SIGNTEST/x"
                        },
                        "signature_probe"
                        { good with Serial = "PUB_KEY_ID_Z" }, "unknown_serial"
                        { good with
                            Body = Array.append good.Body " "B
                        },
                        "signature_mismatch"
                        { good with
                            Body = Array.zeroCreate 1_048_577
                        },
                        "body_too_large"
                        sendTo { own with Key = 1 } Subject.Payment, "decryption_failed"
                    ] do
                    Expect.equal (decodeFor [ own ] callback) (Error code) code
            }
        ]

let private tries =
    testList
        "tries"
        [
            test "sixteen merchants are tried, and a seventeenth is refused" {
                let crowd = [ for number in 1..17 -> merchant number 0 (number % 4) ]
                let last = crowd[15]

                Expect.equal
                    (decodeFor (List.take 16 crowd) (sendTo last Subject.Payment))
                    (Ok("merchant-16", "EV-16"))
                    "16"

                Expect.equal (decodeFor crowd (sendTo last Subject.Payment)) (Error "too_many_merchants") "17"
            }

            test "one merchant under two names is told from nobody" {
                let one = merchant 1 0 0

                Expect.equal
                    (decodeFor [ one; one ] (sendTo one Subject.Payment))
                    (Error "ambiguous_merchant")
                    "no guess"
            }

            test "nobody to try is an unknown serial; what has no form is judged first" {
                let good = sendTo (merchant 1 0 0) Subject.Payment
                Expect.equal (decodeFor [] good) (Error "unknown_serial") "nobody"
                Expect.equal (decodeFor [] { good with Serial = "" }) (Error "missing_header") "form"
                let crowd = [ for number in 1..17 -> merchant number 0 0 ]
                Expect.equal (decodeFor crowd { good with Serial = "" }) (Error "missing_header") "form before number"
            }

            test "the serial is told in its one spelling" {
                let good = sendTo (merchant 1 0 0) Subject.Payment

                for text, serial in [ "00f157", "F157"; "PUB_KEY_ID_A", "PUB_KEY_ID_A" ] do
                    Expect.equal (Recipient.serialOf (deliveryOf { good with Serial = text })) (Ok serial) text
            }

            test "a name is 1 to 128 visible characters" {
                for text, isRight in
                    [
                        "", false
                        "a", true
                        "1900000001", true
                        "茶店", true
                        "a b", false
                        "a\nb", false
                        "a\u0000", false
                        String('a', 128), true
                        String('a', 129), false
                    ] do
                    Expect.equal (Recipient.isName text) isRight text
            }
        ]

let private totality =
    testProperty "any bytes and headers give a result" (fun (body: byte array) (value: string) ->
        let headers =
            [
                for name in
                    [
                        "Wechatpay-Timestamp"
                        "Wechatpay-Nonce"
                        "Wechatpay-Signature"
                        "Wechatpay-Serial"
                    ] do
                    KeyValuePair(name, (if isNull value then "1" else value))
            ]

        let delivery = Delivery.create headers (ReadOnlySpan body)

        match Recipient.decode [ recipientOf (merchant 1 0 0) ] now delivery with
        | Ok _ -> false
        | Error _ -> true)

[<Tests>]
let tests =
    testList "recipients" [ neverAnothers; pairsOfMerchants; single; tries; totality ]
