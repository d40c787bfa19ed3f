namespace WeChatPay.Functional

open System.Globalization

/// What a key, a certificate or an identifier is refused for. Names and lengths only, never the value.
[<RequireQualifiedAccess>]
type KeyError =
    /// The APIv3 key is not 32 bytes long.
    | WrongApiV3KeyLength of Bytes: int
    /// The text is not PEM, or its base64 is broken.
    | NotPem of What: string
    /// The PEM holds something else than what is needed.
    | UnexpectedPem of What: string * Found: string
    /// The key is not an RSA key.
    | NotRsa of What: string
    /// The RSA key is shorter than 2048 bits.
    | TooShort of What: string * Bits: int
    /// The serial is not hexadecimal.
    | BadSerial
    /// The public key id does not begin with `PUB_KEY_ID_`.
    | BadPublicKeyId
    /// Two different keys claim the same serial.
    | SerialTwice of Serial: string
    /// There is no key to verify with; nothing could ever be accepted.
    | NoKeys

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
    /// The text is not strict base64.
    | NotBase64
    /// It was sealed to another key.
    | NotAuthentic

[<RequireQualifiedAccess>]
module KeyError =
    /// What is wrong and where to find the right one.
    let advice error =
        match error with
        | KeyError.WrongApiV3KeyLength bytes ->
            {
                English =
                    "The APIv3 key has "
                    + bytes.ToString CultureInfo.InvariantCulture
                    + " bytes, it must have 32: copy the one set in the merchant platform (Account center, API security), without blanks and line ends."
                Chinese =
                    "APIv3 密钥长度为 "
                    + bytes.ToString CultureInfo.InvariantCulture
                    + " 字节，应为 32 字节：请填写在商户平台（账户中心 → API 安全）设置的密钥，不含空格与换行。"
            }
        | KeyError.NotPem what ->
            {
                English =
                    "The "
                    + what
                    + " is not PEM: the file begins with -----BEGIN and is given whole."
                Chinese = what + " 不是 PEM 格式：文件应以 -----BEGIN 开头且内容完整。"
            }
        | KeyError.UnexpectedPem(what, found) ->
            {
                English =
                    "The "
                    + what
                    + " is needed, but the PEM holds a "
                    + found
                    + ": another file was given."
                Chinese = "需要 " + what + "，但 PEM 内容是 " + found + "：文件给错了。"
            }
        | KeyError.NotRsa what ->
            {
                English = "The " + what + " is not an RSA key."
                Chinese = what + " 不是 RSA 密钥。"
            }
        | KeyError.TooShort(what, bits) ->
            {
                English =
                    "The "
                    + what
                    + " has "
                    + bits.ToString CultureInfo.InvariantCulture
                    + " bits, it must have at least 2048."
                Chinese = what + " 只有 " + bits.ToString CultureInfo.InvariantCulture + " 位，至少应为 2048 位。"
            }
        | KeyError.BadSerial ->
            {
                English =
                    "The serial is not hexadecimal: print it with openssl x509 -noout -serial -in apiclient_cert.pem."
                Chinese = "证书序列号不是十六进制：可用 openssl x509 -noout -serial -in apiclient_cert.pem 查看。"
            }
        | KeyError.BadPublicKeyId ->
            {
                English =
                    "The public key id begins with PUB_KEY_ID_: copy it from the merchant platform (Account center, API security, WeChat Pay public key)."
                Chinese = "微信支付公钥 ID 以 PUB_KEY_ID_ 开头：请从商户平台（账户中心 → API 安全 → 微信支付公钥）复制。"
            }
        | KeyError.SerialTwice serial ->
            {
                English = "Two different platform keys are configured as " + serial + ": remove one."
                Chinese = "有两个不同的平台密钥使用同一序列号 " + serial + "：请删除其一。"
            }
        | KeyError.NoKeys ->
            {
                English =
                    "No platform key is configured, so nothing could ever be accepted: set PlatformPublicKeyId and PlatformPublicKeyFile, or PlatformCertificateFiles."
                Chinese = "未配置任何平台密钥，无法验证签名：请设置 PlatformPublicKeyId 与 PlatformPublicKeyFile，或 PlatformCertificateFiles。"
            }
