namespace WeChatPay.Functional

open System
open FsToolkit.ErrorHandling
open WeChatPay
open WeChatPay.Wire

/// The front door: WeChat Pay API v3 on one page. Everything here is a total function of its arguments:
/// no clock, no randomness, no file, no socket. Any bytes in, a `Result` out, never an exception.
[<RequireQualifiedAccess>]
module Core =
    /// Is this the platform's word? Form, freshness, key and signature of a callback or an answer; the evidence is the only way on.
    let verify (policy: VerificationPolicy) (now: DateTimeOffset) (delivery: Delivery) : Result<Verified, VerifyError> =
        Verified.authenticate policy now delivery

    /// What does the platform say? Opens and reads a verified notification.
    let read (policy: NotificationPolicy) (verified: Verified) : Result<DecodedEvent, VerifyError> =
        Notification.read policy.Verification.Suite policy.ApiV3Key verified

    /// A callback, from headers and bytes to an event that is proven: verified, opened, typed.
    let decode
        (policy: NotificationPolicy)
        (now: DateTimeOffset)
        (delivery: Delivery)
        : Result<DecodedEvent, VerifyError> =
        result {
            let! verified = verify policy.Verification now delivery
            return! read policy verified
        }

    /// A notification that was decoded when it came and kept since, as an event again; nothing is verified here, so whoever could write to the store is believed.
    let restoreWithoutVerification (kept: KeptNotification) : Result<DecodedEvent, DecodeError> =
        Notification.restoreWithoutVerification kept

    /// A request that is made already, signed once more: the same bytes under a new time and nonce.
    let prepareAgain (timestamp: int64) (nonce: string) (request: PreparedRequest) =
        Signing.prepare timestamp nonce request.Method request.Url (ReadOnlySpan<byte> request.Body)
        |> Result.mapError (fun _ -> ApiError.InvalidRequest("path", "cannot be signed"))

    /// A call, first half: the request as it will be sent, its sensitive texts sealed to this key of the platform, and the text that its signature covers. The key that signs may be anywhere.
    let prepareFor
        (caller: Caller)
        (key: PlatformKey voption)
        (timestamp: int64)
        (nonce: string)
        (operation: Operation<'Answer>)
        =
        result {
            let! request = OperationRequest.prepareFor caller key operation

            let! signature = prepareAgain timestamp nonce request
            return struct (request, signature)
        }

    /// The same for a call that has nothing to seal.
    let prepare (caller: Caller) (timestamp: int64) (nonce: string) (operation: Operation<'Answer>) =
        prepareFor caller ValueNone timestamp nonce operation

    /// A call, second half: the value of `Authorization` by the algorithms of a suite, given the signature over the prepared text.
    let authorizeFor
        (suite: Suite)
        (caller: Caller)
        (serial: string)
        (signature: ReadOnlySpan<byte>)
        (prepared: PreparedSignature)
        =
        match caller.Kind, caller.BrandId with
        // The platform names one scheme for brands, that of RSA.
        | MerchantKinds.Brand, NonNull brandId -> Signing.completeBrand brandId serial signature prepared
        | _ -> Signing.completeFor suite caller.MerchantId serial signature prepared

    /// The same for a key of RSA.
    let authorize (caller: Caller) (serial: string) (signature: ReadOnlySpan<byte>) (prepared: PreparedSignature) =
        authorizeFor Suite.rsa caller serial signature prepared

    /// A call's answer: verified, decoded, and compared with its question; or the reason why there is no data.
    let answer
        (policy: VerificationPolicy)
        (now: DateTimeOffset)
        (caller: Caller)
        (operation: Operation<'Answer>)
        (answer: Answer)
        : Result<'Answer, ApiError> =
        Response.decode policy now caller operation answer

    /// An answer with sealed texts, first half: the evidence that it is the platform's success, or the reason why there is no data.
    let proveAnswer
        (policy: VerificationPolicy)
        (now: DateTimeOffset)
        (operation: Operation<'Answer>)
        (answer: Answer)
        : Result<Verified, ApiError> =
        Response.prove policy now operation answer

    /// An answer with sealed texts, second half: the opener collects those that are not opened yet, or has them opened; until all are, the value lacks them.
    let readAnswer
        (caller: Caller)
        (opener: WireOpener)
        (operation: Operation<'Answer>)
        (answer: Answer)
        (verified: Verified)
        : Result<'Answer, ApiError> =
        Response.read caller opener operation answer verified
