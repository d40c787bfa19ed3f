namespace WeChatPay.Functional

open System
open System.Security.Cryptography

/// AES-256-GCM under the APIv3 key, both ways. The tag is the last 16 bytes of what is sealed.
[<RequireQualifiedAccess>]
module Cipher =
    /// The cipher's name on the wire.
    [<Literal>]
    let Aes256Gcm = CipherSuite.Aes256Gcm

    [<Literal>]
    let internal TagLength = 16

    [<Literal>]
    let internal NonceLength = 12

    let private isOpened
        (key: ApiV3Key)
        (nonce: ReadOnlySpan<byte>)
        (associatedData: ReadOnlySpan<byte>)
        (sealedBytes: ReadOnlySpan<byte>)
        (plain: Span<byte>)
        =
        let aes = key.TakeCipher TagLength

        try
            aes.Decrypt(
                nonce,
                sealedBytes.Slice(0, plain.Length),
                sealedBytes.Slice plain.Length,
                plain,
                associatedData
            )

            key.ReturnCipher aes
            true
        with :? AuthenticationTagMismatchException ->
            key.ReturnCipher aes
            false

    /// Refuses what no cipher opens, by its lengths.
    let internal requireLengths (nonce: ReadOnlySpan<byte>) (sealedBytes: ReadOnlySpan<byte>) =
        if nonce.Length <> NonceLength then
            Error(CipherError.WrongNonceLength nonce.Length)
        elif sealedBytes.Length < TagLength then
            Error(CipherError.TooShort sealedBytes.Length)
        else
            Ok()

    /// Opens sealed bytes; every bit of key, nonce, associated data and ciphertext counts.
    let unseal
        (key: ApiV3Key)
        (nonce: ReadOnlySpan<byte>)
        (associatedData: ReadOnlySpan<byte>)
        (sealedBytes: ReadOnlySpan<byte>)
        =
        match requireLengths nonce sealedBytes with
        | Error error -> Error error
        | Ok() ->
            let plain = Array.zeroCreate<byte>(sealedBytes.Length - TagLength)

            if isOpened key nonce associatedData sealedBytes (plain.AsSpan()) then
                Ok plain
            else
                Error CipherError.NotAuthentic

    /// Opens sealed bytes where they stand, for who alone has them: the plain bytes are all but the last 16. False when they are not what was sealed; then they are gone.
    let internal unsealInPlace
        (key: ApiV3Key)
        (nonce: ReadOnlySpan<byte>)
        (associatedData: ReadOnlySpan<byte>)
        (sealedBytes: Span<byte>)
        =
        isOpened
            key
            nonce
            associatedData
            (Span<byte>.op_Implicit sealedBytes)
            (sealedBytes.Slice(0, sealedBytes.Length - TagLength))

    /// Whether a suite has the cipher of this name on the wire.
    let internal isKnown (suite: Suite) (name: string) =
        match CipherSuite.ofName name with
        | CipherSuite.Aes -> true
        | CipherSuite.Sm4 -> suite.Algorithms.HasSm4
        | CipherSuite.Unknown -> false

    /// The same by the cipher of a name; false also for one that the suite does not have.
    let internal unsealInPlaceBy
        (suite: Suite)
        (name: string)
        (key: ApiV3Key)
        (nonce: ReadOnlySpan<byte>)
        (associatedData: ReadOnlySpan<byte>)
        (sealedBytes: Span<byte>)
        =
        match CipherSuite.ofName name with
        | CipherSuite.Aes -> unsealInPlace key nonce associatedData sealedBytes
        | CipherSuite.Sm4 -> suite.Algorithms.OpenSm4(key.Bytes, nonce, associatedData, sealedBytes)
        | CipherSuite.Unknown -> false

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
