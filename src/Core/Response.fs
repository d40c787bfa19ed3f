namespace WeChatPay.Functional

open System
open System.Collections.Generic
open WeChatPay
open WeChatPay.Wire

/// An answer as it came: nothing of it is trusted yet.
[<NoComparison; ReferenceEquality>]
type Answer =
    {
        /// The HTTP status.
        Status: int
        /// `Request-ID`, or empty.
        RequestId: string
        /// The clock of whoever answered, `Date`; not signed.
        Date: DateTimeOffset voption
        /// The headers and exact bytes.
        Delivery: Delivery
    }

/// From an answer's bytes to data, or to the reason why there is none.
[<RequireQualifiedAccess>]
module Response =
    /// Takes an answer's status, headers and exact bytes.
    let create (status: int) (headers: KeyValuePair<string, string> seq) (body: ReadOnlySpan<byte>) =
        {
            Status = status
            RequestId = HttpHeaders.find "Request-ID" headers
            Date = HttpHeaders.find "Date" headers |> HttpHeaders.tryDate
            Delivery = Delivery.createWithin Delivery.AnswerLimit headers body
        }

    /// The same evidence as for a notification; a 204 is signed over the empty body.
    let verify (policy: VerificationPolicy) (now: DateTimeOffset) (answer: Answer) =
        Verified.authenticate policy now answer.Delivery

    let private isSuccess (answer: Answer) =
        200 <= answer.Status && answer.Status <= 299

    /// By how much the clock here is ahead of that of whoever answered, when that may be why a signature was refused.
    let private clockAhead (now: DateTimeOffset) (answer: Answer) =
        match answer.Date with
        | ValueSome date when
            answer.Status = 401
            && (now - date).Duration() > VerificationPolicy.usualTolerance
            ->
            ValueSome(now - date)
        | ValueSome _
        | ValueNone -> ValueNone

    /// A refusal is told even unsigned, marked as such. After a POST, unsigned or 5xx means that the outcome is not known.
    let private refused now isSigned (operation: Operation<'Value>) (answer: Answer) =
        let body = ErrorBody.Read answer.Delivery.Body.Span

        Error(
            ApiError.Refused
                {
                    Status = answer.Status
                    Code = defaultArg (Option.ofObj body.Code) ""
                    Message = defaultArg (Option.ofObj body.Message) ""
                    Body = body
                    RequestId = answer.RequestId
                    IsSigned = isSigned
                    OutcomeUnknown = operation.ChangesSomething && (not isSigned || answer.Status >= 500)
                    SignDifference = ValueNone
                    ClockAhead = clockAhead now answer
                }
        )

    /// The refusal in an answer for which there is no key yet.
    let internal requireSuccess now (operation: Operation<'Value>) (answer: Answer) : Result<unit, ApiError> =
        if isSuccess answer then
            Ok()
        else
            refused now false operation answer

    /// Lays what the platform says that it saw beside the text that was signed.
    let explainSignature (message: byte array) (error: ApiError) =
        match error with
        | ApiError.Refused({ Code = "SIGN_ERROR" } as refusal) ->
            ApiError.Refused
                { refusal with
                    SignDifference = SignDifference.find message refusal.Body
                }
        | other -> other

    let private bind caller (operation: Operation<'Value>) (answer: Answer) (value: 'Value) =
        match operation.Parts.Echoes |> List.tryFind (fun echo -> echo.Differs(caller, value)) with
        | Some echo -> Error(ApiError.AnswerMismatch(answer.RequestId, echo.Field, operation.ChangesSomething))
        | None -> Ok value

    let private tryDecode (opener: WireOpener) (operation: Operation<'Value>) (json: ReadOnlySpan<byte>) =
        let mutable value = Unchecked.defaultof<'Value | null>
        let mutable error = Unchecked.defaultof<DecodeError | null>

        let isRead =
            match operation.Parts.OpeningDecoder with
            | ValueSome decoder -> decoder.Invoke(json, opener, &value, &error)
            | ValueNone -> operation.Decoder.Invoke(json, &value, &error)

        match isRead, value, error with
        | true, NonNull value, _ -> Ok value
        | _, _, NonNull error -> Error error
        | _, _, Null -> Error(DecodeError("$", DecodeReason.NotJson))

    let private isNothing (answer: Answer) (verified: Verified) =
        answer.Status = 204 && verified.Body.Length = 0

    /// Verifies: the evidence that a success is the platform's. One that is not proven to be is an error, never data.
    let prove
        (policy: VerificationPolicy)
        (now: DateTimeOffset)
        (operation: Operation<'Value>)
        (answer: Answer)
        : Result<Verified, ApiError> =
        match verify policy now answer with
        | verified when not (isSuccess answer) -> refused now (Result.isOk verified) operation answer
        | Ok verified -> Ok verified
        | Error reason ->
            Error(ApiError.UntrustedAnswer(answer.Status, answer.RequestId, reason, operation.ChangesSomething))

    /// The serial of the key that an answer was not trusted for want of: asking for the platform's certificates may bring it. A refusal is told without its signature; here the reason is looked for.
    let unknownSerial policy now (answer: Answer) (result: Result<'Value, ApiError>) : string voption =
        let ofReason reason =
            match reason with
            | VerifyError.UnknownSerial serial
            | VerifyError.KeyNotCurrent(serial, _, _) -> ValueSome serial
            | VerifyError.BodyTooLarge _
            | VerifyError.MissingHeader _
            | VerifyError.SignatureProbe _
            | VerifyError.MalformedHeader _
            | VerifyError.UnsupportedSignatureType _
            | VerifyError.OutsideTolerance _
            | VerifyError.SignatureMismatch _
            | VerifyError.MalformedEnvelope _
            | VerifyError.UnsupportedCipher _
            | VerifyError.DecryptionFailed _
            | VerifyError.MalformedResource _ -> ValueNone

        match result with
        | Error(ApiError.UntrustedAnswer(_, _, reason, _)) -> ofReason reason
        | Error(ApiError.Refused { IsSigned = false }) ->
            match verify policy now answer with
            | Error reason -> ofReason reason
            | Ok _ -> ValueNone
        | Error _
        | Ok _ -> ValueNone

    /// Decodes what is proven, and compares it with the question; of the answer beside it only status and request id count.
    let read
        (caller: Caller)
        (opener: WireOpener)
        (operation: Operation<'Value>)
        (answer: Answer)
        (verified: Verified)
        : Result<'Value, ApiError> =
        let decoded =
            match tryDecode opener operation verified.Body.Span with
            // Sources disagree whether some calls answer 204 or an object: what cannot be read from nothing is an object without fields, and lacks whatever evidence it should have.
            | Error _ when isNothing answer verified -> tryDecode opener operation (ReadOnlySpan<byte> "{}"B)
            | decoded -> decoded

        match decoded with
        | Ok value -> bind caller operation answer value
        | Error error -> Error(ApiError.MalformedAnswer(answer.RequestId, error, operation.ChangesSomething))

    /// Verifies first, decodes next, compares with the question last; sealed texts, if any, stay sealed.
    let decode
        (policy: VerificationPolicy)
        (now: DateTimeOffset)
        (caller: Caller)
        (operation: Operation<'Value>)
        (answer: Answer)
        : Result<'Value, ApiError> =
        prove policy now operation answer
        |> Result.bind (read caller (WireOpener()) operation answer)
