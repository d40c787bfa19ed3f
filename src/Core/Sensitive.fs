namespace WeChatPay.Functional

open System
open System.Text
open WeChatPay.Wire

/// Fields that travel sealed, in base64: by RSA-OAEP with SHA-1 and MGF1-SHA-1, or by SM2 in ASN.1 (C1C3C2).
[<RequireQualifiedAccess>]
module Sensitive =
    /// Seals a text to the platform key that `Wechatpay-Serial` of the request names; at most 214 bytes for RSA-2048. The one function of the core that is not deterministic.
    let seal (key: PlatformKey) (text: string) =
        key.Half.Seal(Encoding.UTF8.GetBytes text) |> Result.map Convert.ToBase64String

    /// Opens bytes that the platform sealed to the merchant's key.
    let unsealBytes (key: MerchantKey) (bytes: ReadOnlySpan<byte>) =
        match key.Half.Unseal bytes with
        | ValueSome plain -> Ok plain
        | ValueNone -> Error SensitiveError.NotAuthentic

    /// Opens a text that the platform sealed to the merchant's key.
    let unseal (key: MerchantKey) (text: string) =
        match StrictBase64.TryDecode text with
        | true, NonNull bytes -> unsealBytes key (ReadOnlySpan<byte> bytes) |> Result.map Encoding.UTF8.GetString
        | _ -> Error SensitiveError.NotBase64
