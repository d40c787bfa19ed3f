namespace WeChatPay.Functional

open System
open System.Globalization
open WeChatPay

/// What to do about a refusal, in the two languages of those who read it.
type Advice =
    {
        /// For those who read English.
        English: string
        /// For those who read Chinese.
        Chinese: string
    }

/// What the receiver of a notification does about a refusal.
type Remedy =
    /// The delivery is not the platform's, or was changed on the way: nothing to wait for.
    | Reject = 0
    /// The key that signed is not in the ring, or not valid now: fetch keys, the platform sends again.
    | RefreshKeys = 1
    /// The platform is proven to be the sender, but the notification cannot be read: mend the cause, the platform sends again.
    | RetryLater = 2

/// Why a callback or an answer is not trusted, or cannot be read. The order is the order of the checks.
[<RequireQualifiedAccess; NoComparison>]
type VerifyError =
    /// The body has more bytes than the policy allows.
    | BodyTooLarge of Limit: int
    /// A header that the signature needs is absent or empty.
    | MissingHeader of Name: string
    /// The platform tests whether forged signatures are refused. This is the right answer to it.
    | SignatureProbe of Serial: string
    /// A header is not of the form that the platform writes, or occurs twice.
    | MalformedHeader of Name: string
    /// The signature is of a kind that the policy does not know, or not of the named key's kind.
    | UnsupportedSignatureType of Value: string
    /// The timestamp is further from now than the tolerance.
    | OutsideTolerance of Claimed: DateTimeOffset * Now: DateTimeOffset
    /// No key of this serial is in the ring.
    | UnknownSerial of Serial: string
    /// The certificate of this serial is not valid now.
    | KeyNotCurrent of Serial: string * NotBefore: DateTimeOffset * NotAfter: DateTimeOffset
    /// The signature was not made by this key over these bytes.
    | SignatureMismatch of Serial: string
    /// The sender is proven; the envelope is not as described.
    | MalformedEnvelope of Error: DecodeError
    /// The sender is proven; the cipher is one that the policy does not have.
    | UnsupportedCipher of Name: string
    /// The sender is proven; this APIv3 key did not seal the resource.
    | DecryptionFailed of Serial: string
    /// The sender is proven; the opened resource is not as described.
    | MalformedResource of Error: DecodeError

/// What a refusal means, and what to do about it.
[<RequireQualifiedAccess>]
module VerifyError =
    /// The name that logs, the tool and HTTP answers show; stable.
    let code error =
        match error with
        | VerifyError.BodyTooLarge _ -> "body_too_large"
        | VerifyError.MissingHeader _ -> "missing_header"
        | VerifyError.SignatureProbe _ -> "signature_probe"
        | VerifyError.MalformedHeader _ -> "malformed_header"
        | VerifyError.UnsupportedSignatureType _ -> "unsupported_signature_type"
        | VerifyError.OutsideTolerance _ -> "outside_tolerance"
        | VerifyError.UnknownSerial _ -> "unknown_serial"
        | VerifyError.KeyNotCurrent _ -> "key_not_current"
        | VerifyError.SignatureMismatch _ -> "signature_mismatch"
        | VerifyError.MalformedEnvelope _ -> "malformed_envelope"
        | VerifyError.UnsupportedCipher _ -> "unsupported_cipher"
        | VerifyError.DecryptionFailed _ -> "decryption_failed"
        | VerifyError.MalformedResource _ -> "malformed_resource"

    /// What the receiver does about it.
    let remedy error =
        match error with
        | VerifyError.BodyTooLarge _
        | VerifyError.MissingHeader _
        | VerifyError.SignatureProbe _
        | VerifyError.MalformedHeader _
        | VerifyError.UnsupportedSignatureType _
        | VerifyError.OutsideTolerance _
        | VerifyError.SignatureMismatch _ -> Remedy.Reject
        | VerifyError.UnknownSerial _
        | VerifyError.KeyNotCurrent _ -> Remedy.RefreshKeys
        | VerifyError.MalformedEnvelope _
        | VerifyError.UnsupportedCipher _
        | VerifyError.DecryptionFailed _
        | VerifyError.MalformedResource _ -> Remedy.RetryLater

    /// The HTTP status to answer with: 4xx until the sender is proven, so that strangers cannot raise a merchant's alarms; 5xx after it.
    let statusCode error =
        match error, remedy error with
        | VerifyError.BodyTooLarge _, _ -> 413
        | _, Remedy.RetryLater -> 500
        | _, _ -> 401

    /// Whether the platform only tested us: expected now and then, counted apart, never alarmed on.
    let isProbe error =
        match error with
        | VerifyError.SignatureProbe _ -> true
        | VerifyError.BodyTooLarge _
        | VerifyError.MissingHeader _
        | VerifyError.MalformedHeader _
        | VerifyError.UnsupportedSignatureType _
        | VerifyError.OutsideTolerance _
        | VerifyError.UnknownSerial _
        | VerifyError.KeyNotCurrent _
        | VerifyError.SignatureMismatch _
        | VerifyError.MalformedEnvelope _
        | VerifyError.UnsupportedCipher _
        | VerifyError.DecryptionFailed _
        | VerifyError.MalformedResource _ -> false

    let private instant (time: DateTimeOffset) =
        time.ToUniversalTime().ToString("yyyy-MM-dd'T'HH:mm:ss'Z'", CultureInfo.InvariantCulture)

    /// What was found, in one sentence of facts: which header, which two times; never a payload, a key or personal data.
    let message error =
        match error with
        | VerifyError.BodyTooLarge limit ->
            "The body has more than "
            + limit.ToString CultureInfo.InvariantCulture
            + " bytes."
        | VerifyError.MissingHeader name -> "The header " + name + " is absent or empty."
        | VerifyError.SignatureProbe _ -> "The platform sent a signature that it wants to see refused."
        | VerifyError.MalformedHeader name -> "The header " + name + " is malformed or occurs twice."
        | VerifyError.UnsupportedSignatureType value -> "The signature type " + value + " is not supported."
        | VerifyError.OutsideTolerance(claimed, now) ->
            "The timestamp says "
            + instant claimed
            + ", this machine's clock "
            + instant now
            + "."
        | VerifyError.UnknownSerial serial -> "No platform key " + serial + " is configured."
        | VerifyError.KeyNotCurrent(serial, notBefore, notAfter) ->
            "The platform certificate "
            + serial
            + " is valid from "
            + instant notBefore
            + " to "
            + instant notAfter
            + " only."
        | VerifyError.SignatureMismatch serial ->
            "The signature was not made with the key " + serial + " over these bytes."
        | VerifyError.MalformedEnvelope error -> "The notification's envelope: " + error.ToString() + "."
        | VerifyError.UnsupportedCipher name -> "The cipher " + name + " is not supported."
        | VerifyError.DecryptionFailed _ -> "The configured APIv3 key does not open the resource."
        | VerifyError.MalformedResource error -> "The notification's resource: " + error.ToString() + "."

    /// The likely cause and what to do.
    let advice error =
        match error with
        | VerifyError.BodyTooLarge _ ->
            {
                English =
                    "The platform's notifications are far smaller: this is another sender, or the address receives something else too. Raise BodyLimit only if a real notification was cut."
                Chinese = "微信支付的通知远小于该上限：请求多半来自其他发送方，或该地址同时接收别的内容。只有真实通知被拒时才调大 BodyLimit。"
            }
        | VerifyError.MissingHeader _ ->
            {
                English =
                    "Either the sender is not WeChat Pay, or a proxy or gateway drops the Wechatpay-* headers: let it pass all of them on, and hand all headers of the request to the library."
                Chinese = "要么发送方不是微信支付，要么代理或网关丢掉了 Wechatpay-* 请求头：请原样透传全部请求头，并把它们全部交给本库。"
            }
        | VerifyError.SignatureProbe _ ->
            {
                English =
                    "Nothing to do: WeChat Pay now and then sends a wrong signature to see that it is refused, and it was."
                Chinese = "无需处理：微信支付会不定期发送错误签名进行探测，本次已按要求拒绝。"
            }
        | VerifyError.MalformedHeader _ ->
            {
                English =
                    "A proxy joined, doubled or rewrote the header, or the sender is not WeChat Pay: pass the headers on as they came, once each."
                Chinese = "代理合并、重复或改写了该请求头，或发送方不是微信支付：请原样透传，每个请求头只出现一次。"
            }
        | VerifyError.UnsupportedSignatureType _ ->
            {
                English =
                    "The signature is of another algorithm than the configured key: for a merchant of the SM suite (SM2) add the package WeChatPay.Sm, set Suite to SmSuite.Instance and configure keys of SM2; or change the algorithm in the merchant platform."
                Chinese =
                    "签名算法与所配置密钥的算法不一致：国密（SM2）商户请引用 WeChatPay.Sm 包，把 Suite 设为 SmSuite.Instance 并配置 SM2 密钥；或在商户平台修改算法。"
            }
        | VerifyError.OutsideTolerance _ ->
            {
                English =
                    "This machine's clock is wrong (set it by NTP), or an old request was sent again; to look at a captured request, give the time at which it came (--at)."
                Chinese = "本机时钟不准（请用 NTP 校时），或有人重放旧请求；若要检查抓取的旧请求，请用 --at 指定收到的时间。"
            }
        | VerifyError.UnknownSerial serial when serial.StartsWith("PUB_KEY_ID_", StringComparison.Ordinal) ->
            {
                English =
                    "The platform signed with its public key, which is not configured: copy it and its id from the merchant platform (Account center, API security, WeChat Pay public key) to PlatformPublicKeyFile and PlatformPublicKeyId."
                Chinese =
                    "微信支付使用「微信支付公钥」签名，但尚未配置：请在商户平台（账户中心 → API 安全 → 微信支付公钥）下载公钥并复制公钥 ID，填入 PlatformPublicKeyFile 与 PlatformPublicKeyId。"
            }
        | VerifyError.UnknownSerial _ ->
            {
                English =
                    "The platform's certificates have rotated, or this callback is for another merchant: set DownloadPlatformCertificates, with which new ones come by themselves, or download them again (wechatpay certificates) and add the one with this serial."
                Chinese =
                    "平台证书已轮换，或该回调属于另一商户：请设置 DownloadPlatformCertificates（自动下载与更新），或重新下载平台证书（wechatpay certificates）并加入该序列号的证书。"
            }
        | VerifyError.KeyNotCurrent _ ->
            {
                English =
                    "The configured platform certificate has expired or is not valid yet, or this machine's clock is wrong: check the clock, and set DownloadPlatformCertificates, with which new ones come by themselves, or download them again (wechatpay certificates)."
                Chinese =
                    "所配置的平台证书已过期或尚未生效，或本机时钟不准：请检查时钟，并设置 DownloadPlatformCertificates（自动下载与更新），或重新下载平台证书（wechatpay certificates）。"
            }
        | VerifyError.SignatureMismatch _ ->
            {
                English =
                    "The body is not byte for byte what was sent: a framework parsed it and wrote it again, changed its encoding or decompressed it; or a header was changed on the way; or the key belongs to another merchant. Hand the raw bytes of the request to the library."
                Chinese = "请求体已不是原始字节：框架把它解析后重新序列化、转换了编码或解压过；或请求头在途中被改写；或密钥属于另一商户。请把请求的原始字节直接交给本库。"
            }
        | VerifyError.MalformedEnvelope _ ->
            {
                English =
                    "The signature is right, so the platform wrote this: keep the body and report it to this library; the platform sends it again."
                Chinese = "签名正确，说明内容确由微信支付发出：请保留原始请求体并向本库反馈；微信支付会重新通知。"
            }
        | VerifyError.UnsupportedCipher name ->
            match CipherSuite.ofName name with
            | CipherSuite.Sm4 ->
                {
                    English =
                        "The merchant is set to SM4, which needs the SM suite: add the package WeChatPay.Sm and set Suite to SmSuite.Instance, or change the algorithm in the merchant platform."
                    Chinese = "商户启用了国密 SM4，需要国密套件：请引用 WeChatPay.Sm 包并把 Suite 设为 SmSuite.Instance，或在商户平台修改算法。"
                }
            | CipherSuite.Aes
            | CipherSuite.Unknown ->
                {
                    English =
                        "This version knows no cipher of that name: keep the body, see whether a newer version of this library does, and report the name; the platform sends it again."
                    Chinese = "本版本不认识该加密算法：请保留原始请求体，升级本库或反馈该算法名称；微信支付会重新通知。"
                }
        | VerifyError.DecryptionFailed _ ->
            {
                English =
                    "The APIv3 key is another one: it was changed in the merchant platform, belongs to another merchant, or the APIv2 key was configured in its place. Set ApiV3Key to the 32 characters shown when it was set (Account center, API security)."
                Chinese =
                    "APIv3 密钥不对：可能已在商户平台修改、属于另一商户，或误填了 APIv2 密钥。请把 ApiV3Key 设为在商户平台（账户中心 → API 安全）设置的 32 位 APIv3 密钥。"
            }
        | VerifyError.MalformedResource _ ->
            {
                English =
                    "The platform sent a field that proves the event in another form than it describes: the payment itself is not in doubt. Query the order, and report the path to this library."
                Chinese = "微信支付发来的关键字段与文档描述不一致，款项本身没有疑问：请主动查询订单，并把字段路径反馈给本库。"
            }
