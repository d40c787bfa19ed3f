namespace WeChatPay.Functional

open System
open System.Formats.Asn1
open Org.BouncyCastle.Crypto.Parameters

/// Certificates of SM2 that their own keys sign (RFC 5280, version 1).
[<RequireQualifiedAccess>]
module internal Sm2Certifying =
    [<Literal>]
    let private CommonName = "2.5.4.3"

    [<Literal>]
    let private LastShortYear = 2049

    let private writeAlgorithm (writer: AsnWriter) =
        writer.PushSequence() |> ignore
        writer.WriteObjectIdentifier Sm2Certificate.SignatureAlgorithm
        writer.PopSequence()

    let private writeName (writer: AsnWriter) (name: string) =
        writer.PushSequence() |> ignore
        writer.PushSetOf() |> ignore
        writer.PushSequence() |> ignore
        writer.WriteObjectIdentifier CommonName
        writer.WriteCharacterString(UniversalTagNumber.UTF8String, name)
        writer.PopSequence()
        writer.PopSetOf()
        writer.PopSequence()

    let private writeInstant (writer: AsnWriter) (instant: DateTimeOffset) =
        if instant.Year <= LastShortYear then
            writer.WriteUtcTime(instant, LastShortYear)
        else
            writer.WriteGeneralizedTime(instant, true)

    let certify
        (key: ECPrivateKeyParameters)
        (spki: byte array)
        (name: string)
        (serial: byte array)
        (notBefore: DateTimeOffset)
        (notAfter: DateTimeOffset)
        =
        let body = AsnWriter AsnEncodingRules.DER
        body.PushSequence() |> ignore
        body.WriteIntegerUnsigned(ReadOnlySpan<byte> serial)
        writeAlgorithm body
        writeName body name
        body.PushSequence() |> ignore
        writeInstant body notBefore
        writeInstant body notAfter
        body.PopSequence()
        writeName body name
        body.WriteEncodedValue(ReadOnlySpan<byte> spki)
        body.PopSequence()
        let signed = body.Encode()
        let writer = AsnWriter AsnEncodingRules.DER
        writer.PushSequence() |> ignore
        writer.WriteEncodedValue(ReadOnlySpan<byte> signed)
        writeAlgorithm writer
        writer.WriteBitString(ReadOnlySpan<byte>(Sm2.sign key (ReadOnlySpan<byte> signed)))
        writer.PopSequence()
        writer.Encode()

/// A new pair of SM2.
[<Sealed>]
type internal Sm2KeyPair(key: ECPrivateKeyParameters) =
    inherit KeyPair()

    let publicKey = Sm2.publicOf key
    let half = Sm2PublicHalf publicKey

    override _.Sign message = Sm2.sign key message
    override _.IsSignature(text, signature) = half.IsSignature(text, signature)
    override _.Seal plain = half.Seal plain
    override _.Unseal bytes = Sm2.tryUnseal key bytes

    override _.PrivateKey =
        // In its full length, whatever zeros it begins with.
        let number = key.D.ToByteArrayUnsigned()
        let row = Array.append (Array.zeroCreate (Sm2Der.Length - number.Length)) number
        Sm2Der.writePrivate row (Sm2.pointOf publicKey)

    override _.PublicKey = half.SubjectPublicKeyInfo

    override pair.Certify(name, serial, notBefore, notAfter) =
        Sm2Certifying.certify key pair.PublicKey name serial notBefore notAfter

/// The platform's side of the SM suite.
[<Sealed>]
type internal SmPlatformSide() =
    inherit PlatformSide()

    override _.SignatureType = Sm2.SignatureType
    override _.CertificateType = Sm2.CertificateType
    override _.NewPair() = Sm2KeyPair(Sm2.newNumber ())
    override _.Cipher = Sm4.Name

    override _.Seal(apiV3Key, nonce, associatedData, plain) =
        Sm4.sealBytes apiV3Key nonce associatedData plain
