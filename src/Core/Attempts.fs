namespace WeChatPay.Functional

open System

/// How a failed call ended, for what is done next; and what is known of its outcome once all attempts are over.
[<RequireQualifiedAccess>]
module Attempts =
    /// What a call does.
    let natureOf (operation: Operation<'Answer>) : CallNature =
        {
            ChangesSomething = operation.ChangesSomething
            IsRepeatable = operation.IsRepeatable
        }

    /// How an attempt ended with an error; `isUnsent` where no connection came about.
    let endOf isUnsent (retryAfter: TimeSpan voption) (error: ApiError) : AttemptEnd =
        match error with
        | ApiError.Unreachable _ when isUnsent -> AttemptEnd.NeverSent
        | ApiError.InvalidRequest _ -> AttemptEnd.NeverSent
        | ApiError.Unreachable _ -> AttemptEnd.NoAnswer
        | ApiError.Refused refusal
        | ApiError.NoPlatformCertificates refusal ->
            AttemptEnd.Refused(refusal.Status, refusal.Code, refusal.IsSigned, retryAfter)
        | ApiError.AnswerTooLarge _
        | ApiError.UntrustedAnswer _
        | ApiError.MalformedAnswer _
        | ApiError.AnswerMismatch _
        | ApiError.ForeignCertificate _
        | ApiError.HashMismatch _ -> AttemptEnd.NotTrusted

    /// Whether an answer is proven to be the platform's: the host that gave it is there.
    let isProven (result: Result<'Value, ApiError>) =
        match result with
        | Ok _
        | Error(ApiError.MalformedAnswer _)
        | Error(ApiError.ForeignCertificate _)
        | Error(ApiError.AnswerMismatch _) -> true
        | Error(ApiError.Refused refusal)
        | Error(ApiError.NoPlatformCertificates refusal) -> refusal.IsSigned
        | Error(ApiError.InvalidRequest _)
        | Error(ApiError.Unreachable _)
        | Error(ApiError.AnswerTooLarge _)
        | Error(ApiError.UntrustedAnswer _)
        | Error(ApiError.HashMismatch _) -> false

    /// Whether a query was refused because there is nothing under its number: the platform says so, with its signature.
    let isAbsence (error: ApiError) =
        match error with
        | ApiError.Refused refusal -> refusal.IsSigned && refusal.Status = 404
        | ApiError.NoPlatformCertificates _
        | ApiError.InvalidRequest _
        | ApiError.Unreachable _
        | ApiError.AnswerTooLarge _
        | ApiError.UntrustedAnswer _
        | ApiError.MalformedAnswer _
        | ApiError.AnswerMismatch _
        | ApiError.ForeignCertificate _
        | ApiError.HashMismatch _ -> false

    /// The error with what is known of the outcome after all attempts: a refusal of the last says nothing of an earlier one whose answer was lost.
    let withOutcome isUnknown (error: ApiError) : ApiError =
        match error with
        | ApiError.Unreachable(failure, _) -> ApiError.Unreachable(failure, isUnknown)
        | ApiError.AnswerTooLarge(limit, _) -> ApiError.AnswerTooLarge(limit, isUnknown)
        | ApiError.Refused refusal ->
            ApiError.Refused
                { refusal with
                    OutcomeUnknown = isUnknown
                }
        | ApiError.UntrustedAnswer(status, requestId, reason, _) ->
            ApiError.UntrustedAnswer(status, requestId, reason, isUnknown)
        | ApiError.MalformedAnswer(requestId, decodeError, _) ->
            ApiError.MalformedAnswer(requestId, decodeError, isUnknown)
        | ApiError.AnswerMismatch(requestId, field, _) -> ApiError.AnswerMismatch(requestId, field, isUnknown)
        | ApiError.InvalidRequest _
        | ApiError.NoPlatformCertificates _
        | ApiError.ForeignCertificate _
        | ApiError.HashMismatch _ -> error
