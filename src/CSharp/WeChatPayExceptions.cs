using WeChatPay.Functional;

namespace WeChatPay;

/// <summary>A call that gave no data: what went wrong, in the field's terms. Transport failures and cancellation keep their own types.</summary>
public abstract class WeChatPayException : Exception
{
    private protected WeChatPayException(ApiError error)
        : base(ApiErrorModule.message(error) + " " + ApiErrorModule.advice(error).English)
    {
        Found = ApiErrorModule.message(error);
        Code = ApiErrorModule.code(error);
        Advice = ApiErrorModule.advice(error);
        OutcomeUnknown = ApiErrorModule.isOutcomeUnknown(error);
        MayRetry = ApiErrorModule.mayRetry(error);
    }

    /// <summary>Something that was never sent.</summary>
    private protected WeChatPayException(string found, string message, Advice advice)
        : base(message)
    {
        Found = found;
        Code = "invalid_request";
        Advice = advice;
    }

    /// <summary>Something that is wrong with what came, not with the call.</summary>
    private protected WeChatPayException(string code, Advice advice, string found)
        : base(found + " " + advice.English)
    {
        Found = found;
        Code = code;
        Advice = advice;
    }

    /// <summary>What was found, without the advice.</summary>
    internal string Found { get; }

    /// <summary>The stable name of what went wrong, such as <c>refused</c> or <c>untrusted_answer</c>.</summary>
    public string Code { get; }

    /// <summary>The likely cause and what to do, in English and Chinese.</summary>
    public Advice Advice { get; }

    /// <summary>Whether the call may have taken effect all the same: query before doing it again.</summary>
    public bool OutcomeUnknown { get; }

    /// <summary>Whether the very same call, with the same numbers and the same body, may succeed later.</summary>
    public bool MayRetry { get; }
}

/// <summary>The platform, or something on the way to it, refused the call.</summary>
public sealed class WeChatPayApiException : WeChatPayException
{
    internal WeChatPayApiException(ApiError error, Refusal refusal)
        : base(error)
    {
        StatusCode = refusal.Status;
        ErrorCode = refusal.Code;
        ErrorMessage = refusal.Message;
        Body = refusal.Body;
        RequestId = refusal.RequestId;
        IsSigned = refusal.IsSigned;
        var subCode = Functional.RequestId.subCode(refusal.RequestId);
        RequestIdCode = subCode.IsSome ? subCode.Value : null;
    }

    /// <summary>The HTTP status.</summary>
    public int StatusCode { get; }

    /// <summary>The platform's code, such as <c>PARAM_ERROR</c>; empty when the answer is not the platform's.</summary>
    public string ErrorCode { get; }

    /// <summary>The platform's words; empty when the answer is not the platform's.</summary>
    public string ErrorMessage { get; }

    /// <summary>The answer's body, with more facts in its detail.</summary>
    public ErrorBody Body { get; }

    /// <summary>The platform's number for the call; its support asks for it.</summary>
    public string RequestId { get; }

    /// <summary>The number at the end of the request id, where there is one.</summary>
    public long? RequestIdCode { get; }

    /// <summary>Whether the platform's signature covers the answer. An unsigned 404 never means "not paid".</summary>
    public bool IsSigned { get; }
}

/// <summary>An answer that must not be used: not proven to be the platform's, not as described, too large, or to another question.</summary>
public sealed class WeChatPayUntrustedAnswerException : WeChatPayException
{
    internal WeChatPayUntrustedAnswerException(ApiError error, string requestId)
        : base(error) => RequestId = requestId;

    /// <summary>The number that the answer gave for the call; empty when it gave none.</summary>
    public string RequestId { get; }
}

