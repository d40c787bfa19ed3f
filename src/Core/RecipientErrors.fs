namespace WeChatPay.Functional

open System.Globalization

/// Why a notification is handed to none of several merchants. The order is the order of the checks.
[<RequireQualifiedAccess; NoComparison>]
type RecipientError =
    /// The address names a merchant that nobody knows.
    | UnknownMerchant of Name: string
    /// More merchants may be meant than are tried.
    | TooManyMerchants of Most: int
    /// It is trusted, or can be read, with no merchant's keys; the reason of the one who came furthest.
    | Unread of Error: VerifyError
    /// The sender is proven and the keys fit, but the payment or refund is another merchant's.
    | OtherMerchant of MerchantId: string
    /// The sender is proven; several merchants have these keys, and the notification does not say whose it is.
    | AmbiguousMerchant of Merchants: int

/// What such a refusal means, and what to do about it.
[<RequireQualifiedAccess>]
module RecipientError =
    /// The name that logs and HTTP answers show; stable.
    let code error =
        match error with
        | RecipientError.UnknownMerchant _ -> "unknown_merchant"
        | RecipientError.TooManyMerchants _ -> "too_many_merchants"
        | RecipientError.Unread error -> VerifyError.code error
        | RecipientError.OtherMerchant _ -> "other_merchant"
        | RecipientError.AmbiguousMerchant _ -> "ambiguous_merchant"

    /// What the receiver does about it.
    let remedy error =
        match error with
        | RecipientError.UnknownMerchant _
        | RecipientError.TooManyMerchants _ -> Remedy.Reject
        | RecipientError.Unread error -> VerifyError.remedy error
        | RecipientError.OtherMerchant _
        | RecipientError.AmbiguousMerchant _ -> Remedy.RetryLater

    /// The HTTP status to answer with: 4xx until the sender is proven, 5xx after it.
    let statusCode error =
        match error with
        | RecipientError.UnknownMerchant _ -> 404
        | RecipientError.TooManyMerchants _ -> 401
        | RecipientError.Unread error -> VerifyError.statusCode error
        | RecipientError.OtherMerchant _
        | RecipientError.AmbiguousMerchant _ -> 500

    /// Whether the platform only tested us.
    let isProbe error =
        match error with
        | RecipientError.Unread error -> VerifyError.isProbe error
        | RecipientError.UnknownMerchant _
        | RecipientError.TooManyMerchants _
        | RecipientError.OtherMerchant _
        | RecipientError.AmbiguousMerchant _ -> false

    let private number (value: int) =
        value.ToString CultureInfo.InvariantCulture

    /// What was found, in one sentence of facts.
    let message error =
        match error with
        | RecipientError.UnknownMerchant name -> "No merchant is known as '" + name + "'."
        | RecipientError.TooManyMerchants most -> "More than " + number most + " merchants may be meant."
        | RecipientError.Unread error -> VerifyError.message error
        | RecipientError.OtherMerchant merchantId ->
            "The notification is about the merchant "
            + merchantId
            + ", whose keys these are not."
        | RecipientError.AmbiguousMerchant merchants ->
            number merchants
            + " merchants have the keys that fit, and the notification names none of them alone."

    /// The likely cause and what to do.
    let advice error =
        match error with
        | RecipientError.UnknownMerchant _ ->
            {
                English =
                    "The merchant was removed, or its notify_url was written with another name, or a stranger tries names: compare the address with the names that IWeChatPayMerchants.FindAsync knows."
                Chinese = "商户已被移除，或下单时的 notify_url 写错了名称，或有人在试探：请核对地址中的名称与 IWeChatPayMerchants.FindAsync 所认识的名称。"
            }
        | RecipientError.TooManyMerchants _ ->
            {
                English =
                    "IWeChatPayMerchants.CandidatesAsync must give the merchants who have the platform key of this serial, not all of them: the platform gives each merchant keys of its own. Where many do share one, give each its own address with {merchant}."
                Chinese =
                    "IWeChatPayMerchants.CandidatesAsync 应只返回持有该序列号平台密钥的商户，而不是全部商户：微信支付为每个商户分配各自的密钥。若确有许多商户共用，请用 {merchant} 为每个商户设置独立地址。"
            }
        | RecipientError.Unread error -> VerifyError.advice error
        | RecipientError.OtherMerchant _ ->
            {
                English =
                    "Two merchants were given the same APIv3 key and the same platform key, and this one's notification came to the other's address; or MerchantId is wrong. Correct the notify_url or the MerchantId; give each merchant an APIv3 key of its own. The platform sends it again."
                Chinese =
                    "两个商户使用了相同的 APIv3 密钥和相同的平台密钥，通知送到了另一商户的地址；或 MerchantId 填写有误。请更正 notify_url 或 MerchantId，并为每个商户设置各自的 APIv3 密钥。微信支付会重新通知。"
            }
        | RecipientError.AmbiguousMerchant _ ->
            {
                English =
                    "Several merchants were given the same APIv3 key and the same platform key, or one merchant is known under two names: give each merchant an APIv3 key of its own, or its own address with {merchant}. The platform sends it again."
                Chinese = "多个商户使用了相同的 APIv3 密钥和相同的平台密钥，或同一商户有两个名称：请为每个商户设置各自的 APIv3 密钥，或用 {merchant} 设置独立地址。微信支付会重新通知。"
            }
