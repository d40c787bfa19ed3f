namespace WeChatPay.Functional

open System
open System.Text
open Org.BouncyCastle.Crypto
open Org.BouncyCastle.Crypto.Digests
open Org.BouncyCastle.Crypto.EC
open Org.BouncyCastle.Crypto.Engines
open Org.BouncyCastle.Crypto.Parameters
open Org.BouncyCastle.Crypto.Signers
open Org.BouncyCastle.Math
open Org.BouncyCastle.Math.EC.Multiplier
open Org.BouncyCastle.Security

/// SM2 on the recommended curve, with SM3 (GM/T 0003.2, 0003.4, 0003.5, 0009).
[<RequireQualifiedAccess>]
module internal Sm2 =
    [<Literal>]
    let SignatureType = "WECHATPAY2-SM2-WITH-SM3"

    /// What `/v3/certificates` calls certificates of SM2.
    [<Literal>]
    let CertificateType = "SM2"

    /// The user that GM/T 0009 names where nobody agreed on another.
    let private userId = Encoding.ASCII.GetBytes "1234567812345678"

    /// The curve with arithmetic of its own, five times as fast as the generic one.
    let domain =
        // The parameters of SM2 are compiled in.
        ECDomainParameters(nonNull (CustomNamedCurves.GetByName "sm2p256v1"))

    let private random = SecureRandom()

    let private withUser parameters = ParametersWithID(parameters, userId)

    /// A point of the curve; nothing for any other bytes.
    let tryPoint (bytes: byte array) =
        try
            let point = domain.Curve.DecodePoint bytes

            if point.IsInfinity then
                ValueNone
            else
                ValueSome(ECPublicKeyParameters(point, domain))
        with
        | :? ArgumentException
        | :? FormatException
        | :? ArithmeticException -> ValueNone

    /// A private key, which is a number from 1 to n - 2.
    let tryNumber (bytes: byte array) =
        let number = BigInteger(1, bytes)

        if number.SignValue > 0 && number.CompareTo(domain.N.Subtract BigInteger.Two) <= 0 then
            ValueSome(ECPrivateKeyParameters(number, domain))
        else
            ValueNone

    /// A new private key: 64 bits more than the curve's, so that the remainder prefers none.
    let newNumber () =
        let highest = domain.N.Subtract BigInteger.Two
        ECPrivateKeyParameters(BigInteger(256 + 64, random).Mod(highest).Add BigInteger.One, domain)

    /// The public half.
    let publicOf (key: ECPrivateKeyParameters) =
        ECPublicKeyParameters(FixedPointCombMultiplier().Multiply(domain.G, key.D).Normalize(), domain)

    let pointOf (key: ECPublicKeyParameters) = key.Q.GetEncoded false

    let isSignature (key: ECPublicKeyParameters) (text: ReadOnlySpan<byte>) (signature: ReadOnlySpan<byte>) =
        let signer = SM2Signer()
        signer.Init(false, withUser key)
        signer.BlockUpdate text
        // What is no signature in DER is false, too.
        signer.VerifySignature(signature.ToArray())

    let sign (key: ECPrivateKeyParameters) (message: ReadOnlySpan<byte>) =
        let signer = SM2Signer()
        signer.Init(true, withUser (ParametersWithRandom(key, random)))
        signer.BlockUpdate message
        signer.GenerateSignature()

    /// Seals bytes, at least one: with none the engine would look for a number for ever.
    let seal (key: ECPublicKeyParameters) (plain: byte array) =
        let engine = SM2Engine(SM3Digest(), SM2Engine.Mode.C1C3C2)
        engine.Init(true, ParametersWithRandom(key, random))
        Sm2Der.writeSealed (engine.ProcessBlock(plain, 0, plain.Length))

    let tryUnseal (key: ECPrivateKeyParameters) (bytes: ReadOnlySpan<byte>) =
        match Sm2Der.tryRow bytes with
        | ValueNone -> ValueNone
        | ValueSome row ->
            try
                let engine = SM2Engine(SM3Digest(), SM2Engine.Mode.C1C3C2)
                engine.Init(false, key)
                ValueSome(engine.ProcessBlock(row, 0, row.Length))
            with
            | :? CryptoException
            | :? ArgumentException
            | :? FormatException
            | :? ArithmeticException -> ValueNone

/// A public key of SM2.
[<Sealed>]
type internal Sm2PublicHalf(key: ECPublicKeyParameters) =
    inherit PublicHalf()

    let spki = Sm2Der.writePublic (Sm2.pointOf key)

    override _.SignatureType = Sm2.SignatureType
    override _.IsSignatureType text = (text = Sm2.SignatureType)
    override _.IsSignature(text, signature) = Sm2.isSignature key text signature

    override _.Seal plain =
        if plain.Length = 0 then
            Error SensitiveError.Nothing
        else
            Ok(Sm2.seal key plain)

    override _.SubjectPublicKeyInfo = spki

/// A private key of SM2.
[<Sealed>]
type internal Sm2PrivateHalf(key: ECPrivateKeyParameters) =
    inherit PrivateHalf()

    override _.Bits = 256
    override _.Sign message = Sm2.sign key message
    override _.Unseal bytes = Sm2.tryUnseal key bytes

    override _.SubjectPublicKeyInfo() =
        Sm2Der.writePublic (Sm2.pointOf (Sm2.publicOf key))
