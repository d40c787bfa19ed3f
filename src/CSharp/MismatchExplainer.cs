using Microsoft.FSharp.Collections;
using WeChatPay.Functional;
using WeChatPay.Shell;

namespace WeChatPay;

/// <summary>Explains refused callbacks where that was asked for: one at a time and at most one in ten seconds, since the work is a stranger's to cause.</summary>
internal sealed class MismatchExplainer(Func<VerificationPolicy> policy, TimeProvider clock)
{
    private static readonly TimeSpan s_pause = TimeSpan.FromSeconds(10);
    private static readonly FSharpList<Recoding> s_recodings = Recodings.compression;
    private readonly Lock _gate = new();
    private long _last;
    private bool _hasLast;

    /// <summary>The application's other merchants, whose callback this may be.</summary>
    public Func<IEnumerable<OtherMerchant>> Others { get; set; } = static () => [];

    public MismatchDiagnosis? Explain(VerifyError error, Delivery delivery)
    {
        if ((!error.IsSignatureMismatch && !error.IsMalformedHeader && !error.IsUnknownSerial) || !TryBegin())
        {
            return null;
        }

        var cause = Diagnosis.explain(s_recodings, ListModule.OfSeq(Others()), policy(), delivery);
        return cause.IsSome ? new MismatchDiagnosis(cause.Value) : null;
    }

    private bool TryBegin()
    {
        lock (_gate)
        {
            if (_hasLast && clock.GetElapsedTime(_last) < s_pause)
            {
                return false;
            }

            (_last, _hasLast) = (clock.GetTimestamp(), true);
            return true;
        }
    }
}
