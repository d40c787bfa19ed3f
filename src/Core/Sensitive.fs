namespace WeChatPay.Functional

open System
open System.Security.Cryptography
open System.Text
open WeChatPay.Wire

/// Fields that travel sealed: RSA-OAEP with SHA-1 and MGF1-SHA-1, base64.
[<RequireQualifiedAccess>]
module Sensitive =
    let private padding = RSAEncryptionPadding.OaepSHA1

    /// What OAEP with SHA-1 takes from a key's length, in bytes.
    [<Literal>]
    let private Overhead = 42

    /// Seals a text to the platform key that `Wechatpay-Serial` of the request names; at most 214 bytes for RSA-2048. The one function of the core that is not deterministic.
    let seal (key: PlatformKey) (text: string) =
        let bytes = Encoding.UTF8.GetBytes text
        let limit = key.Rsa.KeySize / 8 - Overhead

        if bytes.Length > limit then
            Error(SensitiveError.TooLong(bytes.Length, limit))
        else
            Ok(Convert.ToBase64String(key.Rsa.Encrypt(bytes, padding)))

    /// Opens bytes that the platform sealed to the merchant's key.
    let unsealBytes (key: MerchantKey) (bytes: ReadOnlySpan<byte>) =
        try
            Ok(key.Rsa.Decrypt(bytes, padding))
        with :? CryptographicException ->
            Error SensitiveError.NotAuthentic

    /// Opens a text that the platform sealed to the merchant's key.
    let unseal (key: MerchantKey) (text: string) =
        match StrictBase64.TryDecode text with
        | true, NonNull bytes -> unsealBytes key (ReadOnlySpan<byte> bytes) |> Result.map Encoding.UTF8.GetString
        | _ -> Error SensitiveError.NotBase64
