namespace WeChatPay.Functional

open System
open System.Globalization
open WeChatPay

/// What the platform answered when it refused a call. Information, never money.
[<NoComparison; ReferenceEquality>]
type Refusal =
    {
        /// The HTTP status.
        Status: int
        /// The reason as a code, such as `PARAM_ERROR`; empty when the answer is not the platform's.
        Code: string
        /// The reason in the platform's words; empty when the answer is not the platform's.
        Message: string
        /// The body as the platform wrote it, with more facts.
        Body: ErrorBody
        /// The platform's number for the call; its support asks for it.
        RequestId: string
        /// Whether the platform's signature covers the answer. An unsigned 404 never means "not paid".
        IsSigned: bool
        /// Whether the call may have taken effect all the same: ask before doing it again.
        OutcomeUnknown: bool
        /// For `SIGN_ERROR`: where what the platform saw departs from what was signed, when it says so.
        SignDifference: SignDifference voption
        /// For 401: by how much the clock here is ahead of the platform's (`Date`), behind where negative, when it is more than the platform allows.
        ClockAhead: TimeSpan voption
    }

/// Why a call gave no data. The order is the order in which a call can fail.
[<RequireQualifiedAccess; NoComparison>]
type ApiError =
    /// The request was not sent: a field of it cannot be right.
    | InvalidRequest of Field: string * Problem: string
    /// No answer came: the connection failed or was cut.
    | Unreachable of Failure: exn * OutcomeUnknown: bool
    /// The answer has more bytes than allowed.
    | AnswerTooLarge of Limit: int * OutcomeUnknown: bool
    /// The platform, or something on the way to it, refused.
    | Refused of Refusal: Refusal
    /// The platform has no certificates for this merchant, who is in public key mode.
    | NoPlatformCertificates of Refusal: Refusal
    /// The answer says success, but is not proven to be the platform's. Never data.
    | UntrustedAnswer of Status: int * RequestId: string * Reason: VerifyError * OutcomeUnknown: bool
    /// The answer is the platform's, but not as described.
    | MalformedAnswer of RequestId: string * Error: DecodeError * OutcomeUnknown: bool
    /// The answer is the platform's, but to another question: this field differs from the one asked for.
    | AnswerMismatch of RequestId: string * Field: string * OutcomeUnknown: bool
    /// A certificate of the platform is not by an issuer that the merchant asks for.
    | ForeignCertificate of RequestId: string * Serial: string
    /// A downloaded file is not the one that this hash was given for.
    | HashMismatch of RequestId: string * Algorithm: string

/// The platform's number for a call, `Request-ID`; its last part, after a hyphen, is a number of its own.
[<RequireQualifiedAccess>]
module RequestId =
    /// The number at the end, where there is one (`errors.json`: the part after the last hyphen is a numeric code).
    let subCode (requestId: string) =
        let text = requestId.Substring(requestId.LastIndexOf '-' + 1)

        match Int64.TryParse(text, NumberStyles.None, CultureInfo.InvariantCulture) with
        | true, number when text.Length < requestId.Length -> ValueSome number
        | _ -> ValueNone

/// What a failed call means, and what to do about it.
[<RequireQualifiedAccess>]
module ApiError =
    /// The name that logs and the tool show; stable.
    let code error =
        match error with
        | ApiError.InvalidRequest _ -> "invalid_request"
        | ApiError.Unreachable _ -> "unreachable"
        | ApiError.AnswerTooLarge _ -> "answer_too_large"
        | ApiError.Refused _ -> "refused"
        | ApiError.NoPlatformCertificates _ -> "no_platform_certificates"
        | ApiError.UntrustedAnswer _ -> "untrusted_answer"
        | ApiError.MalformedAnswer _ -> "malformed_answer"
        | ApiError.AnswerMismatch _ -> "answer_mismatch"
        | ApiError.ForeignCertificate _ -> "foreign_certificate"
        | ApiError.HashMismatch _ -> "hash_mismatch"

    /// Whether the call may have taken effect all the same: query before doing it again.
    let isOutcomeUnknown error =
        match error with
        | ApiError.InvalidRequest _
        | ApiError.HashMismatch _
        | ApiError.ForeignCertificate _
        | ApiError.NoPlatformCertificates _ -> false
        | ApiError.Unreachable(_, isUnknown)
        | ApiError.AnswerTooLarge(_, isUnknown)
        | ApiError.UntrustedAnswer(_, _, _, isUnknown)
        | ApiError.MalformedAnswer(_, _, isUnknown)
        | ApiError.AnswerMismatch(_, _, isUnknown) -> isUnknown
        | ApiError.Refused refusal -> refusal.OutcomeUnknown

    /// Whether the very same call, with the same numbers and the same body, may succeed later: 429, 500, 502 and 503, and no answer at all.
    let mayRetry error =
        match error with
        | ApiError.Unreachable _ -> true
        | ApiError.Refused { Status = 429 | 500 | 502 | 503 } -> true
        | ApiError.Refused _
        | ApiError.NoPlatformCertificates _
        | ApiError.InvalidRequest _
        | ApiError.AnswerTooLarge _
        | ApiError.UntrustedAnswer _
        | ApiError.MalformedAnswer _
        | ApiError.AnswerMismatch _
        | ApiError.ForeignCertificate _
        | ApiError.HashMismatch _ -> false

    /// What was found, in one sentence of facts.
    let message error =
        match error with
        | ApiError.InvalidRequest(field, problem) -> "The request was not sent: " + field + " " + problem + "."
        | ApiError.Unreachable(failure, _) -> "The platform could not be reached: " + failure.Message
        | ApiError.AnswerTooLarge(limit, _) ->
            "The answer has more than "
            + limit.ToString CultureInfo.InvariantCulture
            + " bytes."
        | ApiError.Refused refusal when refusal.Code = "" ->
            "Something that is not the platform answered "
            + refusal.Status.ToString CultureInfo.InvariantCulture
            + "."
        | ApiError.Refused refusal -> "The platform refused: " + refusal.Code + ", " + refusal.Message
        | ApiError.NoPlatformCertificates _ -> "The platform has no certificates for this merchant."
        | ApiError.UntrustedAnswer(_, _, reason, _) -> "The answer is not trusted. " + VerifyError.message reason
        | ApiError.MalformedAnswer(_, error, _) -> "The platform's answer: " + error.ToString() + "."
        | ApiError.AnswerMismatch(_, field, _) -> "The answer is to another question: its " + field + " differs."
        | ApiError.ForeignCertificate(_, serial) ->
            "The platform certificate "
            + serial
            + " is not by an issuer of PlatformRootFiles that is valid now."
        | ApiError.HashMismatch(_, algorithm) -> "The file's " + algorithm + " is not the one that was given for it."

    let private adviceOfCode code (refusal: Refusal) =
        match code with
        | "SIGN_ERROR" ->
            {
                English =
                    "The private key does not belong to MerchantSerial, or the request was changed on the way: compare the serial with the merchant certificate's (openssl x509 -noout -serial)."
                Chinese = "商户私钥与 MerchantSerial 不匹配，或请求在途中被改写：请用 openssl x509 -noout -serial 核对商户证书序列号。"
            }
        | "PARAM_ERROR"
        | "INVALID_REQUEST" ->
            {
                English = "The request breaks a rule of the platform: the message and the detail name the field."
                Chinese = "请求参数不符合要求：错误描述与 detail 指明了具体字段。"
            }
        | "NO_AUTH" ->
            {
                English = "The merchant has not been granted this product: apply for it in the merchant platform."
                Chinese = "商户未开通该产品权限：请在商户平台申请开通。"
            }
        | "ORDER_NOT_EXIST"
        | "RESOURCE_NOT_EXISTS" when refusal.IsSigned ->
            {
                English = "The platform does not know this number for this merchant: check the number and the merchant."
                Chinese = "该商户下不存在此单号：请核对单号与商户号。"
            }
        | "NOT_ENOUGH" ->
            {
                English =
                    "The merchant's account has too little money for the refund: top it up, then ask again with the same number."
                Chinese = "商户账户余额不足以退款：请充值后用同一退款单号重试。"
            }
        | "ALREADY_EXISTS"
        | "OUT_TRADE_NO_USED" ->
            {
                English =
                    "The number was used before with other content: use a new one, or repeat the first request exactly."
                Chinese = "该单号已用于内容不同的请求：请换新单号，或用与首次完全相同的内容重试。"
            }
        | "RATELIMIT_EXCEEDED"
        | "RATELIMIT_EXCEED"
        | "RATE_LIMITED"
        | "FREQUENCY_LIMITED" ->
            {
                English = "Too many calls: wait, then ask again more slowly."
                Chinese = "调用过于频繁：请稍候并降低频率。"
            }
        | _ when refusal.OutcomeUnknown ->
            {
                English =
                    "Whether the call took effect is not known: query by the merchant's own number before doing anything else."
                Chinese = "无法确定该调用是否已生效：请先用商户单号查询，再做其他操作。"
            }
        | _ ->
            {
                English = "See the message; the platform's support finds the call by its request id."
                Chinese = "请参阅错误描述；联系微信支付技术支持时提供 Request-ID。"
            }

    /// The platform refuses a request whose time is off, whatever else is right.
    let private clockAdvice (ahead: TimeSpan) =
        let seconds = (abs ahead.TotalSeconds).ToString("0", CultureInfo.InvariantCulture)

        let isAhead = ahead > TimeSpan.Zero

        {
            English =
                "The clock of this machine is "
                + seconds
                + " seconds "
                + (if isAhead then "ahead of" else "behind")
                + " the platform's, which refuses more than 300: set it, and let it be kept by NTP (timedatectl set-ntp true)."
            Chinese =
                "本机时钟比微信支付"
                + (if isAhead then "快 " else "慢 ")
                + seconds
                + " 秒，超过允许的 300 秒：请校准时间并启用 NTP 同步（timedatectl set-ntp true）。"
        }

    let private codeAdvice (refusal: Refusal) =
        match refusal.ClockAhead, refusal.Code, refusal.SignDifference with
        | ValueSome ahead, _, _ -> clockAdvice ahead
        | ValueNone, "SIGN_ERROR", ValueSome difference -> SignDifference.advice difference
        | ValueNone, code, _ -> adviceOfCode code refusal

    /// The likely cause and what to do.
    let advice error =
        match error with
        | ApiError.InvalidRequest _ ->
            {
                English = "Mend the field and call again; nothing has happened."
                Chinese = "请修正该字段后重新调用；尚未产生任何影响。"
            }
        | ApiError.Refused refusal -> codeAdvice refusal
        | ApiError.NoPlatformCertificates _ ->
            {
                English =
                    "The merchant is in public key mode, as all are that began since 2024: do not ask for certificates, but download the public key and copy its id in the merchant platform (Account center, API security, WeChat Pay public key) to PlatformPublicKeyFile and PlatformPublicKeyId."
                Chinese =
                    "该商户使用「微信支付公钥」模式（2024 年以后入驻的商户均是），没有平台证书：请在商户平台（账户中心 → API 安全 → 微信支付公钥）下载公钥并复制公钥 ID，填入 PlatformPublicKeyFile 与 PlatformPublicKeyId。"
            }
        | ApiError.UntrustedAnswer(_, _, reason, _) -> VerifyError.advice reason
        | ApiError.ForeignCertificate _ ->
            {
                English =
                    "The APIv3 key opened it, so the platform's answer it is; the issuer is not one that you ask for: look whether the platform has a new root (its documents have it for download), and only then add it to PlatformRootFiles."
                Chinese = "该证书可用 APIv3 密钥解密，但签发者不在 PlatformRootFiles 之列：请先到微信支付文档核实是否启用了新的根证书，确认后再加入 PlatformRootFiles。"
            }
        | ApiError.HashMismatch _ ->
            {
                English =
                    "The file was damaged or changed on the way, or the hash belongs to another file: delete what was written, ask for the address and the hash again, and download again."
                Chinese = "文件在途中损坏或被改动，或哈希值属于其他文件：请删除已写入的内容，重新申请下载地址与哈希值后再下载。"
            }
        | ApiError.Unreachable _
        | ApiError.AnswerTooLarge _
        | ApiError.MalformedAnswer _
        | ApiError.AnswerMismatch _ ->
            if isOutcomeUnknown error then
                {
                    English =
                        "Whether the call took effect is not known: query by the merchant's own number before doing anything else."
                    Chinese = "无法确定该调用是否已生效：请先用商户单号查询，再做其他操作。"
                }
            else
                {
                    English = "Nothing has happened: ask again; check the network and the proxy when it stays."
                    Chinese = "尚未产生任何影响：可重新调用；若持续出现请检查网络与代理。"
                }
