/// The platform's side, with keys made for this run: one notification, sealed and signed by .NET's own primitives.
module WeChatPay.Benchmarks.Sample

open System
open System.Collections.Generic
open System.Globalization
open System.Security.Cryptography
open System.Text
open WeChatPay.Functional

let utf8 (text: string) = Encoding.UTF8.GetBytes text

let private demand result =
    match result with
    | Ok value -> value
    | Error _ -> invalidOp "A key that was made here is refused."

/// The instant that the measurements call now, the machine's own; everything is signed at it.
let now = DateTimeOffset.UtcNow

let timestamp = now.ToUnixTimeSeconds().ToString CultureInfo.InvariantCulture
let nonce = "5K8264ILTKCH16CQ2502SI8ZNMTM67VS"
let serial = "PUB_KEY_ID_0119000000012026010100000000000001"

/// The platform's pair, with its private half.
let platform = RSA.Create 2048

let platformPem = platform.ExportSubjectPublicKeyInfoPem()

/// The platform's public half alone, as any program would load it: the primitive's key.
let publicKey =
    let key = RSA.Create()
    key.ImportFromPem platformPem
    key

/// The merchant's pair.
let merchant = RSA.Create 2048

let merchantKey =
    demand (MerchantKey.ofPem "5157F09EFDC096DE15EBE81A47057A7232F1B8E1" (merchant.ExportPkcs8PrivateKeyPem()))

let apiV3KeyText = Convert.ToHexStringLower(RandomNumberGenerator.GetBytes 16)

let private ring =
    demand (Keyring.create [ demand (PlatformKey.ofPublicKeyPem serial platformPem) ])

let policy =
    {
        Verification = VerificationPolicy.forNotifications ring
        ApiV3Key = demand (ApiV3Key.create apiV3KeyText)
    }

let answerPolicy = VerificationPolicy.forAnswers ring

/// A plain payment: what fits into a body of 700 bytes.
let private plainPayment =
    """{"mchid":"1900000001","appid":"wxd678efh567hg6787","out_trade_no":"1217752501201407033233368018","transaction_id":"4200002469202601317503323336","trade_type":"NATIVE","trade_state":"SUCCESS","attach":"tea","success_time":"2026-01-31T08:00:00+08:00","amount":{"total":100}}"""

/// A payment with everything that the platform describes, a coupon too: 700 bytes of resource, and a body of 1,272 around it.
let private wholePayment =
    """{"mchid":"1900000001","appid":"wxd678efh567hg6787","out_trade_no":"1217752501201407033233368018","transaction_id":"4200002469202601317503323336","trade_type":"NATIVE","trade_state":"SUCCESS","trade_state_desc":"支付成功","bank_type":"CMC","attach":"ATTACH","success_time":"2026-01-31T08:00:00+08:00","payer":{"openid":"oUpF8uMuAJO_M2pxb1Q9zNjWeS6o"},"amount":{"total":100,"payer_total":90,"currency":"CNY","payer_currency":"CNY"},"scene_info":{"device_id":"013467007045764"},"promotion_detail":[{"coupon_id":"109519","name":"单品惠-6","scope":"SINGLE","type":"CASH","amount":10,"stock_id":"931386"}]}"""
        .Replace("ATTACH", String('7', 99))

let private gcmNonce = utf8 "fdasflkja484"
let private associatedData = utf8 "transaction"

let private seal (plain: byte array) =
    let sealedBytes = Array.zeroCreate<byte>(plain.Length + 16)
    use aes = new AesGcm(utf8 apiV3KeyText, 16)
    aes.Encrypt(gcmNonce, plain, sealedBytes.AsSpan(0, plain.Length), sealedBytes.AsSpan plain.Length, associatedData)
    sealedBytes

let private envelope (ciphertext: string) =
    """{"id":"EV-2018022511223320873","create_time":"2026-01-31T08:00:00+08:00","resource_type":"encrypt-resource","event_type":"TRANSACTION.SUCCESS","summary":"支付成功！","resource":{"original_type":"transaction","algorithm":"AEAD_AES_256_GCM","ciphertext":"CIPHERTEXT","associated_data":"transaction","nonce":"fdasflkja484"}}"""
        .Replace("CIPHERTEXT", ciphertext)

/// A signed message of the platform: what the library takes, and what the primitives take of the same bytes.
type Signed =
    {
        /// The headers, as a web framework hands them over.
        Headers: KeyValuePair<string, string> array
        /// The body, as it comes.
        Body: byte array
        /// The signed text, made beforehand.
        Text: byte array
        /// The signature's bytes.
        Signature: byte array
    }

/// A header that every request has; nothing of it is signed.
let private usualHeaders =
    [
        "Host", "shop.example"
        "User-Agent", "Mozilla/4.0"
        "Accept", "*/*"
        "Connection", "Keep-Alive"
        "Content-Type", "application/json"
        "Content-Length", "700"
    ]

let private headersOf (signature: byte array) =
    [|
        for name, value in
            [
                yield! usualHeaders
                "Wechatpay-Timestamp", timestamp
                "Wechatpay-Nonce", nonce
                "Wechatpay-Signature", Convert.ToBase64String signature
                "Wechatpay-Serial", serial
                "Wechatpay-Signature-Type", "WECHATPAY2-SHA256-RSA2048"
            ] do
            KeyValuePair(name, value)
    |]

let private signed (body: byte array) =
    let text = Canonical.delivery timestamp nonce (ReadOnlySpan<byte> body)

    let signature =
        platform.SignData(text, HashAlgorithmName.SHA256, RSASignaturePadding.Pkcs1)

    {
        Headers = headersOf signature
        Body = body
        Text = text
        Signature = signature
    }

/// A notification, and its resource as the raw cipher takes it.
type Notification =
    {
        Signed: Signed
        GcmNonce: byte array
        AssociatedData: byte array
        Ciphertext: byte array
        Tag: byte array
    }

let private notificationOf (length: int) (actual: Signed -> byte array -> int) (resource: string) =
    let plain = utf8 resource
    let sealedBytes = seal plain
    let signed = signed (utf8 (envelope (Convert.ToBase64String sealedBytes)))

    if actual signed plain <> length then
        invalidOp ("The sample has " + (actual signed plain).ToString() + " bytes.")

    {
        Signed = signed
        GcmNonce = gcmNonce
        AssociatedData = associatedData
        Ciphertext = sealedBytes[.. plain.Length - 1]
        Tag = sealedBytes[plain.Length ..]
    }

/// A payment notification whose body has 700 bytes.
let plain = plainPayment |> notificationOf 700 (fun signed _ -> signed.Body.Length)

/// A payment notification whose opened resource has 700 bytes.
let whole = wholePayment |> notificationOf 700 (fun _ plain -> plain.Length)

/// The first notification with the platform's signature of another: a stranger's may be above the platform's modulus, which is refused before any arithmetic.
let forged =
    { plain.Signed with
        Headers = headersOf whole.Signed.Signature
        Signature = whole.Signed.Signature
    }

/// The first notification with one header in another's place.
let private withHeader (name: string) (value: string) =
    { plain.Signed with
        Headers =
            plain.Signed.Headers
            |> Array.map (fun header ->
                if header.Key = name then
                    KeyValuePair(name, value)
                else
                    header)
    }

/// What floods are made of, with the code that refuses each.
let floods =
    [
        "unknown_serial", withHeader "Wechatpay-Serial" "PUB_KEY_ID_0000000000000000000000000000000000"
        "outside_tolerance", withHeader "Wechatpay-Timestamp" "1"
        "malformed_header", withHeader "Wechatpay-Signature" (String('!', 344))
        "missing_header", withHeader "Wechatpay-Nonce" ""
        "signature_mismatch",
        { plain.Signed with
            Body = Array.create plain.Signed.Body.Length 0xFFuy
        }
    ]

/// A payment notification of its own number, about a payment of its own: of 700 bytes, or a few more.
let numbered (number: int) =
    let digits = number.ToString("D10", CultureInfo.InvariantCulture)

    let sealedBytes =
        seal (utf8 (plainPayment.Replace("4200002469202601317503323336", "420000246920260131" + digits)))

    let body =
        (envelope (Convert.ToBase64String sealedBytes)).Replace("EV-2018022511223320873", "EV-201802251" + digits)

    signed (utf8 body)

/// An answer to a query of an order.
let answer = signed (utf8 wholePayment)
