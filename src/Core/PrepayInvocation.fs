namespace WeChatPay.Functional

open System
open WeChatPay

/// What a page, a mini program or an app opens a payment with: prepared, signed by a key that may be anywhere, completed.
[<RequireQualifiedAccess>]
module PrepayInvocation =
    [<Literal>]
    let private NonceLimit = 32

    let private isText (text: string) =
        text.Length > 0
        && text.Length <= 128
        && String.forall (fun letter -> '!' <= letter && letter <= '~') text

    let private isNonce (text: string) =
        isText text && text.Length <= NonceLimit

    let private package (prepayId: string) = "prepay_id=" + prepayId

    let private prepare
        (text: string -> byte array)
        (timestamp: int64)
        (nonce: string)
        (appid: string)
        (prepayId: string)
        =
        if timestamp < 0L then
            Error SigningError.BadTimestamp
        elif not (isNonce nonce) then
            Error SigningError.BadNonce
        elif not (isText appid) then
            Error SigningError.BadAppid
        elif
            not (isText prepayId)
            || prepayId.StartsWith("prepay_id=", StringComparison.Ordinal)
        then
            Error SigningError.BadPrepayId
        else
            let seconds = timestamp.ToString Globalization.CultureInfo.InvariantCulture

            Ok
                {
                    Message = text seconds
                    Timestamp = seconds
                    Nonce = nonce
                }

    /// The field that a refused invocation is refused for.
    let explain error =
        match error with
        | SigningError.BadAppid -> ApiError.InvalidRequest("appid", "is empty or has other than visible ASCII")
        | SigningError.BadPrepayId ->
            ApiError.InvalidRequest("prepay_id", "is not the bare prepay_id that the prepay call answered")
        | SigningError.BadNonce -> ApiError.InvalidRequest("nonce", "is not 1 to 32 visible characters")
        | SigningError.BadTimestamp -> ApiError.InvalidRequest("timestamp", "is before 1970")
        | SigningError.BadMethod
        | SigningError.BadUrl -> ApiError.InvalidRequest("url", "cannot be signed")

    /// First step for a page inside WeChat or a mini program: the text to sign. `prepayId` is the bare one, as the prepay call answered it.
    let prepareJsapi (timestamp: int64) (nonce: string) (appid: string) (prepayId: string) =
        prepare
            (fun seconds -> Canonical.jsapiInvocation appid seconds nonce (package prepayId))
            timestamp
            nonce
            appid
            prepayId

    /// First step for an app: the text to sign.
    let prepareApp (timestamp: int64) (nonce: string) (appid: string) (prepayId: string) =
        prepare (fun seconds -> Canonical.appInvocation appid seconds nonce prepayId) timestamp nonce appid prepayId

    /// Second step: what the page or mini program is handed.
    let completeJsapi (appid: string) (prepayId: string) (signature: ReadOnlySpan<byte>) (prepared: PreparedSignature) =
        JsapiInvocation(
            AppId = appid,
            TimeStamp = prepared.Timestamp,
            NonceStr = prepared.Nonce,
            Package = package prepayId,
            PaySign = Convert.ToBase64String signature
        )

    /// Second step: what the app is handed.
    let completeApp
        (caller: Caller)
        (appid: string)
        (prepayId: string)
        (signature: ReadOnlySpan<byte>)
        (prepared: PreparedSignature)
        =
        AppInvocation(
            Appid = appid,
            PartnerId = caller.MerchantId,
            PrepayId = prepayId,
            NonceStr = prepared.Nonce,
            Timestamp = prepared.Timestamp,
            Sign = Convert.ToBase64String signature
        )
