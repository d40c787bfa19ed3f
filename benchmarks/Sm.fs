/// The SM suite beside BouncyCastle's own SM2 on the curve of its `CustomNamedCurves`, in the same run.
module WeChatPay.Benchmarks.Sm

open System
open System.Text
open Org.BouncyCastle.Crypto.EC
open Org.BouncyCastle.Crypto.Generators
open Org.BouncyCastle.Crypto.Parameters
open Org.BouncyCastle.Crypto.Signers
open Org.BouncyCastle.Pkcs
open Org.BouncyCastle.Security
open Org.BouncyCastle.X509
open WeChatPay.Functional
open WeChatPay.Benchmarks.Sample

let private random = SecureRandom()

let private pair =
    let generator = ECKeyPairGenerator()

    let domain =
        // By its identifier, so that the key names its curve.
        ECNamedDomainParameters(
            Org.BouncyCastle.Asn1.GM.GMObjectIdentifiers.sm2p256v1,
            CustomNamedCurves.GetByName "sm2p256v1"
        )

    generator.Init(ECKeyGenerationParameters(domain, random))
    generator.GenerateKeyPair()

let private ofKey result =
    match result with
    | Ok value -> value
    | Error error -> invalidOp (KeyError.advice error).English

let private merchantKey =
    let der = PrivateKeyInfoFactory.CreatePrivateKeyInfo(pair.Private).GetDerEncoded()

    ofKey (MerchantKey.readFor SmSuite.Instance "" "AB" (ReadOnlySpan<byte> der))

let private policy =
    let der =
        SubjectPublicKeyInfoFactory.CreateSubjectPublicKeyInfo(pair.Public).GetDerEncoded()

    PlatformKey.readPublicKeyFor SmSuite.Instance serial (ReadOnlySpan<byte> der)
    |> ofKey
    |> Seq.singleton
    |> Keyring.create
    |> ofKey
    |> VerificationPolicy.forAnswers
    |> VerificationPolicy.withSuite SmSuite.Instance

let private userId = Encoding.ASCII.GetBytes "1234567812345678"
let private body = utf8 (String('a', 700))
let private timestamp = now.ToUnixTimeSeconds().ToString()

let private text = Canonical.delivery timestamp nonce (ReadOnlySpan<byte> body)

let private signature = Signing.sign merchantKey (ReadOnlySpan<byte> text)

let private headers =
    [
        "Wechatpay-Timestamp", timestamp
        "Wechatpay-Nonce", nonce
        "Wechatpay-Signature", Convert.ToBase64String signature
        "Wechatpay-Serial", serial
        "Wechatpay-Signature-Type", "WECHATPAY2-SM2-WITH-SM3"
    ]
    |> List.map System.Collections.Generic.KeyValuePair

let private demand isRight =
    if not isRight then
        invalidOp "A measured step gave the wrong result."

/// BouncyCastle over the signed text, made beforehand.
let verifyRaw () =
    let signer = SM2Signer()
    signer.Init(false, ParametersWithID(pair.Public, userId))
    signer.BlockUpdate(ReadOnlySpan<byte> text)
    demand (signer.VerifySignature signature)

/// Headers and bytes to the evidence.
let verify () =
    Delivery.create headers (ReadOnlySpan<byte> body)
    |> Core.verify policy now
    |> Result.isOk
    |> demand

/// BouncyCastle over the same text.
let signRaw () =
    let signer = SM2Signer()
    signer.Init(true, ParametersWithID(ParametersWithRandom(pair.Private, random), userId))
    signer.BlockUpdate(ReadOnlySpan<byte> text)
    signer.GenerateSignature() |> ignore

/// The same text by the merchant's key.
let sign () =
    Signing.sign merchantKey (ReadOnlySpan<byte> text) |> ignore
