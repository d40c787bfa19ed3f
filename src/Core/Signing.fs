namespace WeChatPay.Functional

open System
open System.Globalization

/// A request's text, ready for a key that may live elsewhere (an HSM): the first step of two.
[<NoComparison; ReferenceEquality>]
type PreparedSignature =
    {
        /// The bytes to sign.
        Message: byte array
        /// Seconds since 1970, as they stand in the message.
        Timestamp: string
        /// The nonce, as it stands in the message.
        Nonce: string
    }

/// Signing what we send, in two steps, so that the key may be anywhere.
[<RequireQualifiedAccess>]
module Signing =
    /// The scheme of RSA signatures in `Authorization`.
    [<Literal>]
    let Scheme = "WECHATPAY2-SHA256-RSA2048"

    /// The scheme of brands' RSA signatures.
    [<Literal>]
    let BrandScheme = "WECHATPAY-BRAND-SHA256-RSA2048"

    let private isMethod (text: string) =
        text.Length > 0 && String.forall Char.IsAsciiLetterUpper text

    let private isUrl (text: string) =
        text.StartsWith '/'
        // What follows a `#` is never sent.
        && String.forall (fun letter -> '!' <= letter && letter <= '~' && letter <> '#') text

    let private isNonce (text: string) =
        0 < text.Length
        && text.Length <= 128
        && String.forall Char.IsAsciiLetterOrDigit text

    /// First step: the text that a request's signature covers. `url` is path and query exactly as sent.
    let prepare (timestamp: int64) (nonce: string) (method: string) (url: string) (body: ReadOnlySpan<byte>) =
        if not (isMethod method) then
            Error SigningError.BadMethod
        elif not (isUrl url) then
            Error SigningError.BadUrl
        elif timestamp < 0L then
            Error SigningError.BadTimestamp
        elif not (isNonce nonce) then
            Error SigningError.BadNonce
        else
            let seconds = timestamp.ToString CultureInfo.InvariantCulture

            Ok
                {
                    Message = Canonical.request method url seconds nonce body
                    Timestamp = seconds
                    Nonce = nonce
                }

    /// The parameters of `Authorization` without its scheme, given the signature over the prepared message.
    let private parameters
        (whose: string)
        (id: string)
        (serial: string)
        (signature: string)
        (prepared: PreparedSignature)
        =
        whose
        + "=\""
        + id
        + "\",nonce_str=\""
        + prepared.Nonce
        + "\",signature=\""
        + signature
        + "\",timestamp=\""
        + prepared.Timestamp
        + "\",serial_no=\""
        + serial
        + "\""

    /// Second step by the algorithms of a suite: the value of the `Authorization` header.
    let completeFor
        (suite: Suite)
        (merchantId: string)
        (serial: string)
        (signature: ReadOnlySpan<byte>)
        (prepared: PreparedSignature)
        =
        suite.Algorithms.Scheme
        + " "
        + parameters "mchid" merchantId serial (Convert.ToBase64String signature) prepared

    /// The same for RSA.
    let complete (merchantId: string) (serial: string) (signature: ReadOnlySpan<byte>) (prepared: PreparedSignature) =
        completeFor Suite.rsa merchantId serial signature prepared

    /// Second step for a brand, who signs under its own number and scheme.
    let completeBrand (brandId: string) (serial: string) (signature: ReadOnlySpan<byte>) (prepared: PreparedSignature) =
        BrandScheme
        + " "
        + parameters "brand_id" brandId serial (Convert.ToBase64String signature) prepared

    /// Signs bytes with a key in memory: SHA-256 with RSA, PKCS#1 v1.5, which is deterministic; or SM3 with SM2 in DER, which is not.
    let sign (key: MerchantKey) (message: ReadOnlySpan<byte>) = key.Half.Sign message

    /// Signs an invocation's text (`Canonical.jsapiInvocation`, `Canonical.appInvocation`) to base64, as the page or app passes it on.
    let signInvocation (key: MerchantKey) (text: byte array) =
        Convert.ToBase64String(sign key (ReadOnlySpan<byte> text))
