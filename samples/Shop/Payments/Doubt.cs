using WeChatPay;

namespace Shop.Payments;

/// <summary>Whether a call may have taken effect although no answer says so: then the shop asks before it does anything again.</summary>
internal static class Doubt
{
    public static bool Is(Exception failure, CancellationToken cancellationToken) => failure switch
    {
        WeChatPayException known => known.OutcomeUnknown || known.MayRetry,
        HttpRequestException or IOException => true,
        TaskCanceledException => !cancellationToken.IsCancellationRequested,
        _ => false,
    };

    /// <summary>What may go wrong with a question: it is asked again later.</summary>
    public static bool IsUnanswered(Exception failure, CancellationToken cancellationToken) =>
        failure is WeChatPayException || Is(failure, cancellationToken);
}
