namespace WeChatPay.Functional

/// What a text to be signed is refused for.
[<RequireQualifiedAccess>]
type SigningError =
    /// The method is not upper-case letters.
    | BadMethod
    /// The URL is not a path with visible ASCII only.
    | BadUrl
    /// The timestamp is negative.
    | BadTimestamp
    /// The nonce is not 1 to 128 letters and digits.
    | BadNonce
    /// The appid is empty, or has other than visible ASCII.
    | BadAppid
    /// The prepay id is empty, has other than visible ASCII, or begins with `prepay_id=` already.
    | BadPrepayId

/// Why bytes could not be sealed or opened.
[<RequireQualifiedAccess>]
type CipherError =
    /// AES-GCM needs a nonce of 12 bytes.
    | WrongNonceLength of Bytes: int
    /// Sealed bytes end in a tag of 16 bytes.
    | TooShort of Bytes: int
    /// The key, the nonce, the associated data or the bytes are not those that were sealed.
    | NotAuthentic

/// Why a sensitive field could not be sealed or opened.
[<RequireQualifiedAccess>]
type SensitiveError =
    /// RSA-OAEP takes fewer bytes than this field has.
    | TooLong of Bytes: int * Limit: int
    /// SM2 seals no empty text.
    | Nothing
    /// The text is not strict base64.
    | NotBase64
    /// It was sealed to another key.
    | NotAuthentic
