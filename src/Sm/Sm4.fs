namespace WeChatPay.Functional

open System
open Org.BouncyCastle.Crypto
open Org.BouncyCastle.Crypto.Digests
open Org.BouncyCastle.Crypto.Engines
open Org.BouncyCastle.Crypto.Modes
open Org.BouncyCastle.Crypto.Parameters

/// SM4-GCM under the first half of SM3 of the APIv3 key, both ways. The tag is the last 16 bytes of what is sealed.
[<RequireQualifiedAccess>]
module Sm4 =
    /// The cipher's name on the wire, as it is written; `AEAD_SM4_GCM` is read as well.
    [<Literal>]
    let Name = "AEAD_SM4_128_GCM"

    [<Literal>]
    let private KeyLength = 16

    [<Literal>]
    let private TagLength = 16

    [<Literal>]
    let private NonceLength = 12

    let private keyOf (apiV3Key: ReadOnlySpan<byte>) =
        let digest = SM3Digest()
        digest.BlockUpdate apiV3Key
        let hash = Array.zeroCreate<byte>(digest.GetDigestSize())
        digest.DoFinal(hash.AsSpan()) |> ignore
        hash[.. KeyLength - 1]

    let private create isSealing (apiV3Key: ReadOnlySpan<byte>) (nonce: ReadOnlySpan<byte>) (data: ReadOnlySpan<byte>) =
        let cipher = GcmBlockCipher(SM4Engine())

        cipher.Init(
            isSealing,
            AeadParameters(KeyParameter(keyOf apiV3Key), 8 * TagLength, nonce.ToArray(), data.ToArray())
        )

        cipher

    /// Runs a cipher over all bytes; nothing when the tag is another.
    let private run (cipher: GcmBlockCipher) (input: ReadOnlySpan<byte>) =
        let output = Array.zeroCreate<byte>(cipher.GetOutputSize input.Length)
        let written = cipher.ProcessBytes(input, output.AsSpan())

        try
            cipher.DoFinal(output.AsSpan written) |> ignore
            ValueSome output
        with :? InvalidCipherTextException ->
            ValueNone

    /// Seals under the bytes of an APIv3 key: ciphertext, then tag.
    let internal sealBytes apiV3Key nonce data (plain: ReadOnlySpan<byte>) =
        // Only opening compares tags.
        match run (create true apiV3Key nonce data) plain with
        | ValueSome sealedBytes -> sealedBytes
        | ValueNone -> [||]

    /// Opens where the bytes stand; the lengths were judged before.
    let internal isOpened apiV3Key nonce data (sealedBytes: Span<byte>) =
        match run (create false apiV3Key nonce data) (Span<byte>.op_Implicit sealedBytes) with
        | ValueSome plain ->
            plain.AsSpan().CopyTo sealedBytes
            true
        | ValueNone ->
            sealedBytes.Clear()
            false

    /// Opens sealed bytes; every bit of key, nonce, associated data and ciphertext counts.
    let unseal
        (key: ApiV3Key)
        (nonce: ReadOnlySpan<byte>)
        (associatedData: ReadOnlySpan<byte>)
        (sealedBytes: ReadOnlySpan<byte>)
        =
        match Cipher.requireLengths nonce sealedBytes with
        | Error error -> Error error
        | Ok() ->
            match run (create false key.Bytes nonce associatedData) sealedBytes with
            | ValueSome plain -> Ok plain
            | ValueNone -> Error CipherError.NotAuthentic

    /// Seals bytes: ciphertext, then tag. A nonce must never be used twice with one key.
    let seal
        (key: ApiV3Key)
        (nonce: ReadOnlySpan<byte>)
        (associatedData: ReadOnlySpan<byte>)
        (plain: ReadOnlySpan<byte>)
        =
        if nonce.Length <> NonceLength then
            Error(CipherError.WrongNonceLength nonce.Length)
        else
            match run (create true key.Bytes nonce associatedData) plain with
            | ValueSome sealedBytes -> Ok sealedBytes
            | ValueNone -> Error CipherError.NotAuthentic
