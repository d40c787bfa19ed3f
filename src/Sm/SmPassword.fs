namespace WeChatPay.Functional

open System
open System.Formats.Asn1
open System.Security.Cryptography
open System.Security.Cryptography.Pkcs
open System.Text
open Org.BouncyCastle.Crypto
open Org.BouncyCastle.Crypto.Digests
open Org.BouncyCastle.Crypto.Engines
open Org.BouncyCastle.Crypto.Generators
open Org.BouncyCastle.Crypto.Modes
open Org.BouncyCastle.Crypto.Paddings
open Org.BouncyCastle.Crypto.Parameters

/// Takes the password off private keys (PKCS#8): what .NET opens, and SM4-CBC with PBKDF2, which it does not (PKCS#5, GM/T 0091).
[<RequireQualifiedAccess>]
module internal SmPassword =
    [<Literal>]
    let private Pbes2 = "1.2.840.113549.1.5.13"

    [<Literal>]
    let private Pbkdf2 = "1.2.840.113549.1.5.12"

    [<Literal>]
    let private Sm4Cbc = "1.2.156.10197.1.104.2"

    [<Literal>]
    let private HmacSm3 = "1.2.156.10197.1.401.2"

    /// So many rounds take a second or two; whoever writes more is not waited for.
    [<Literal>]
    let private MostRounds = 2_000_000

    [<Literal>]
    let private KeyLength = 16

    /// How a key is made of a password.
    [<NoComparison; ReferenceEquality>]
    type private Derivation =
        {
            Salt: byte array
            Rounds: int
            /// The hash of the HMAC; SM3 when there is none.
            Hash: HashAlgorithmName voption
        }

    let private hashOf (oid: string) =
        match oid with
        | HmacSm3 -> ValueSome ValueNone
        | "1.2.840.113549.2.7" -> ValueSome(ValueSome HashAlgorithmName.SHA1)
        | "1.2.840.113549.2.9" -> ValueSome(ValueSome HashAlgorithmName.SHA256)
        | "1.2.840.113549.2.10" -> ValueSome(ValueSome HashAlgorithmName.SHA384)
        | "1.2.840.113549.2.11" -> ValueSome(ValueSome HashAlgorithmName.SHA512)
        | _ -> ValueNone

    let private tryDerivation (reader: AsnReader) =
        if reader.ReadObjectIdentifier() <> Pbkdf2 then
            ValueNone
        else
            let parameters = reader.ReadSequence()
            let salt = parameters.ReadOctetString()
            let mutable rounds = 0
            let isNumber = parameters.TryReadInt32 &rounds
            let isLength tag = (tag = Asn1Tag.Integer)

            if parameters.HasData && isLength (parameters.PeekTag()) then
                parameters.ReadInteger() |> ignore

            let hash =
                if parameters.HasData then
                    hashOf (parameters.ReadSequence().ReadObjectIdentifier())
                else
                    ValueSome(ValueSome HashAlgorithmName.SHA1)

            match hash with
            | ValueSome hash when isNumber && 0 < rounds && rounds <= MostRounds ->
                ValueSome
                    {
                        Salt = salt
                        Rounds = rounds
                        Hash = hash
                    }
            | _ -> ValueNone

    let private keyOf (password: byte array) (derivation: Derivation) =
        match derivation.Hash with
        | ValueSome hash ->
            KeyParameter(Rfc2898DeriveBytes.Pbkdf2(password, derivation.Salt, derivation.Rounds, hash, KeyLength))
        | ValueNone ->
            let generator = Pkcs5S2ParametersGenerator(SM3Digest())
            generator.Init(password, derivation.Salt, derivation.Rounds)

            // Asked for SM4 it gives a key of so many bits.
            match generator.GenerateDerivedMacParameters(8 * KeyLength) with
            | :? KeyParameter as key -> key
            | _ -> KeyParameter [||]

    let private tryDecrypt (key: KeyParameter) (iv: byte array) (bytes: byte array) =
        let cipher = PaddedBufferedBlockCipher(CbcBlockCipher(SM4Engine()), Pkcs7Padding())

        try
            cipher.Init(false, ParametersWithIV(key, iv))
            ValueSome(cipher.DoFinal bytes)
        with
        | :? CryptoException
        | :? ArgumentException -> ValueNone

    let private tryOpenSm4 (password: string) (der: byte array) =
        let outer = AsnReader(ReadOnlyMemory der, AsnEncodingRules.DER).ReadSequence()
        let scheme = outer.ReadSequence()
        let isPbes2 = scheme.ReadObjectIdentifier() = Pbes2
        let parameters = scheme.ReadSequence()
        let derivation = tryDerivation (parameters.ReadSequence())
        let cipher = parameters.ReadSequence()

        match derivation with
        | ValueSome derivation when isPbes2 && cipher.ReadObjectIdentifier() = Sm4Cbc ->
            let key = keyOf (Encoding.UTF8.GetBytes password) derivation
            tryDecrypt key (cipher.ReadOctetString()) (outer.ReadOctetString())
        | _ -> ValueNone

    let private tryOpenUsual (password: string) (der: byte array) =
        try
            let mutable read = 0

            let info =
                Pkcs8PrivateKeyInfo.DecryptAndDecode(password.AsSpan(), ReadOnlyMemory der, &read)

            ValueSome(info.Encode())
        with :? CryptographicException ->
            ValueNone

    /// The private key, PKCS#8 in DER; nothing when the password or the algorithm is another.
    let tryOpen (password: string) (der: byte array) =
        match tryOpenUsual password der with
        | ValueSome key -> ValueSome key
        | ValueNone ->
            try
                tryOpenSm4 password der
            with :? AsnContentException ->
                ValueNone
