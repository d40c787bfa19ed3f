/// The platform's side, with keys made for this run: signs and seals what the core must accept.
module WeChatPay.Tests.Platform

open System
open System.Collections.Generic
open System.Security.Cryptography
open System.Security.Cryptography.X509Certificates
open System.Text
open WeChatPay.Functional

let force result =
    match result with
    | Ok value -> value
    | Error error -> failwithf "%A" error

/// The instant that the tests call now; notifications are signed at it.
let now = DateTimeOffset.FromUnixTimeSeconds 1_760_000_000L

[<Literal>]
let PublicKeyId = "PUB_KEY_ID_0119000000012026010100000000000001"

let private publicPair = RSA.Create 2048
let private certificatePair = RSA.Create 2048
let stranger = RSA.Create 2048

let private certificateOf (serial: byte array) (notBefore: DateTimeOffset) (notAfter: DateTimeOffset) =
    let request =
        CertificateRequest("CN=Tenpay.com", certificatePair, HashAlgorithmName.SHA256, RSASignaturePadding.Pkcs1)

    let signer =
        X509SignatureGenerator.CreateForRSA(certificatePair, RSASignaturePadding.Pkcs1)

    use certificate =
        request.Create(request.SubjectName, signer, notBefore, notAfter, serial)

    force (PlatformKey.ofCertificatePem (certificate.ExportCertificatePem()))

/// A certificate whose serial .NET prints as `00F157…`.
let certificate =
    certificateOf [| 0x00uy; 0xF1uy; 0x57uy; 0x01uy |] (now.AddDays -1.0) (now.AddDays 1.0)

let publicKey =
    force (PlatformKey.ofPublicKeyPem PublicKeyId (publicPair.ExportSubjectPublicKeyInfoPem()))

/// What was sealed to the platform key of this serial, by .NET's own RSA; an exception when it was sealed to another.
let unsealAt (serial: string) (text: string) =
    let pair = if serial = PublicKeyId then publicPair else certificatePair
    Encoding.UTF8.GetString(pair.Decrypt(Convert.FromBase64String text, RSAEncryptionPadding.OaepSHA1))

let publicKeyPem = publicPair.ExportSubjectPublicKeyInfoPem()
let ring = force (Keyring.create [ publicKey; certificate ])
let apiV3KeyText = Convert.ToHexStringLower(RandomNumberGenerator.GetBytes 16)
let apiV3Key = force (ApiV3Key.create apiV3KeyText)

let policy =
    {
        Verification = VerificationPolicy.forNotifications ring
        ApiV3Key = apiV3Key
    }

let utf8 (text: string) = Encoding.UTF8.GetBytes text

let signWith (key: RSA) (timestamp: string) (nonce: string) (body: byte array) =
    let text =
        utf8 (timestamp + "\n" + nonce + "\n")
        |> fun head -> Array.concat [ head; body; utf8 "\n" ]

    Convert.ToBase64String(key.SignData(text, HashAlgorithmName.SHA256, RSASignaturePadding.Pkcs1))

/// One callback on its way: each part may be changed before it arrives.
type Callback =
    {
        Timestamp: string
        Nonce: string
        Signature: string
        Serial: string
        Extra: (string * string) list
        Body: byte array
    }

let sign (body: byte array) =
    let timestamp = now.ToUnixTimeSeconds().ToString()

    {
        Timestamp = timestamp
        Nonce = "5K8264ILTKCH16CQ2502SI8ZNMTM67VS"
        Signature = signWith publicPair timestamp "5K8264ILTKCH16CQ2502SI8ZNMTM67VS" body
        Serial = PublicKeyId
        Extra = []
        Body = body
    }

/// Signed again after a change, by the key that the serial names.
let resign (callback: Callback) =
    let key =
        if callback.Serial = PublicKeyId then
            publicPair
        else
            certificatePair

    { callback with
        Signature = signWith key callback.Timestamp callback.Nonce callback.Body
    }

let headersOf (callback: Callback) =
    [
        "Wechatpay-Timestamp", callback.Timestamp
        "Wechatpay-Nonce", callback.Nonce
        "Wechatpay-Signature", callback.Signature
        "Wechatpay-Serial", callback.Serial
        yield! callback.Extra
    ]

let pairs headers =
    headers
    |> Seq.map (fun (name, value) -> KeyValuePair<string, string>(name, value))

let deliver headers (body: byte array) =
    Delivery.create (pairs headers) (ReadOnlySpan body)

let decodeAt time callback =
    Core.decode policy time (deliver (headersOf callback) callback.Body)

let decode callback = decodeAt now callback

/// An envelope around a resource, sealed by .NET's own cipher, not by the core's.
let envelopeWith (eventType: string) (plain: byte array) (associatedData: string) =
    let nonce = "0123456789ab"
    let sealedBytes = Array.zeroCreate<byte>(plain.Length + 16)
    use aes = new AesGcm(utf8 apiV3KeyText, 16)

    aes.Encrypt(
        utf8 nonce,
        plain,
        sealedBytes.AsSpan(0, plain.Length),
        sealedBytes.AsSpan plain.Length,
        utf8 associatedData
    )

    let ciphertext = Convert.ToBase64String sealedBytes

    $"""{{"id":"EV-1","create_time":"2026-01-31T08:00:00+08:00","event_type":"{eventType}","resource_type":"encrypt-resource","summary":"done","resource":{{"original_type":"transaction","algorithm":"AEAD_AES_256_GCM","ciphertext":"{ciphertext}","associated_data":"{associatedData}","nonce":"{nonce}"}}}}"""

let notify eventType (resource: string) =
    sign (utf8 (envelopeWith eventType (utf8 resource) "transaction"))

let paid =
    """{"mchid":"1900000001","out_trade_no":"order-1","transaction_id":"4200001","trade_state":"SUCCESS","amount":{"total":1}}"""
