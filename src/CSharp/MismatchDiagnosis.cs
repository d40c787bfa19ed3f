using WeChatPay.Functional;

namespace WeChatPay;

/// <summary>What was done to a refused callback on its way, or whose key was meant, shown by the change that makes its signature fit. Never evidence: the callback stays refused.</summary>
public sealed class MismatchDiagnosis
{
    internal MismatchDiagnosis(MismatchCause cause)
    {
        Cause = MismatchCauseModule.code(cause);
        Advice = MismatchCauseModule.advice(cause);
    }

    /// <summary>The stable name, such as <c>json_rewritten</c>.</summary>
    public string Cause { get; }

    /// <summary>What happened and how to mend it, in English and Chinese.</summary>
    public Advice Advice { get; }

    /// <summary>The cause.</summary>
    public override string ToString() => "MismatchDiagnosis(" + Cause + ")";
}
