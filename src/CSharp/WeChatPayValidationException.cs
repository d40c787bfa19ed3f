using WeChatPay.Functional;

namespace WeChatPay;

/// <summary>One rule that a request breaks: which, where, and what to do. No value of the request is shown.</summary>
public sealed class RequestProblem
{
    internal RequestProblem(string code, string field, string message, Advice advice)
    {
        Code = code;
        Field = field;
        Message = message;
        Advice = advice;
    }

    /// <summary>The stable name of the rule, such as <c>too_long</c>.</summary>
    public string Code { get; }

    /// <summary>The field's path on the wire, such as <c>sub_orders[1].amount.total_amount</c>.</summary>
    public string Field { get; }

    /// <summary>What was found, in one sentence that names the field.</summary>
    public string Message { get; }

    /// <summary>The likely cause and what to do, in English and Chinese.</summary>
    public Advice Advice { get; }

    /// <summary>What was found.</summary>
    public override string ToString() => Message;

    internal static RequestProblem From(OrderError error) =>
        new(OrderErrorModule.code(error), OrderErrorModule.field(error), OrderErrorModule.message(error), OrderErrorModule.advice(error));
}

/// <summary>The request cannot be right and was not sent.</summary>
public sealed class WeChatPayValidationException : WeChatPayException
{
    internal WeChatPayValidationException(ApiError error, string field)
        : base(error) => Problems = [new(Code, field, Found, Advice)];

    internal WeChatPayValidationException(RequestProblem[] problems)
        : base(AllFound(problems), AllFound(problems) + " " + problems[0].Advice.English, problems[0].Advice) => Problems = problems;

    /// <summary>The field that is wrong, as it is named on the wire; the first of them where there are several.</summary>
    public string Field => Problems[0].Field;

    /// <summary>Every rule that is broken.</summary>
    public IReadOnlyList<RequestProblem> Problems { get; }

    private static string AllFound(RequestProblem[] problems) => "The order was not sent: " + string.Join(" ", problems.Select(static problem => problem.Message));
}
