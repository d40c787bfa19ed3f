namespace WeChatPay.Functional

open System
open System.Security.Cryptography

/// AES-256-GCM under the APIv3 key, both ways. The tag is the last 16 bytes of what is sealed.
[<RequireQualifiedAccess>]
module Cipher =
    /// The cipher's name on the wire.
    [<Literal>]
    let Aes256Gcm = "AEAD_AES_256_GCM"

    [<Literal>]
    let private TagLength = 16

    [<Literal>]
    let private NonceLength = 12

    /// Opens sealed bytes; every bit of key, nonce, associated data and ciphertext counts.
    let unseal
        (key: ApiV3Key)
        (nonce: ReadOnlySpan<byte>)
        (associatedData: ReadOnlySpan<byte>)
        (sealedBytes: ReadOnlySpan<byte>)
        =
        if nonce.Length <> NonceLength then
            Error(CipherError.WrongNonceLength nonce.Length)
        elif sealedBytes.Length < TagLength then
            Error(CipherError.TooShort sealedBytes.Length)
        else
            let length = sealedBytes.Length - TagLength
            let plain = Array.zeroCreate<byte> length
            // One instance a call: AesGcm must never be shared by threads.
            use aes = new AesGcm(key.Bytes, TagLength)

            try
                aes.Decrypt(
                    nonce,
                    sealedBytes.Slice(0, length),
                    sealedBytes.Slice length,
                    plain.AsSpan(),
                    associatedData
                )

                Ok plain
            with :? AuthenticationTagMismatchException ->
                Error CipherError.NotAuthentic

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
            let sealedBytes = Array.zeroCreate<byte>(plain.Length + TagLength)
            use aes = new AesGcm(key.Bytes, TagLength)

            aes.Encrypt(
                nonce,
                plain,
                sealedBytes.AsSpan(0, plain.Length),
                sealedBytes.AsSpan plain.Length,
                associatedData
            )

            Ok sealedBytes
