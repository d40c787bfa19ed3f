using System.Runtime.ExceptionServices;
using Microsoft.FSharp.Core;
using WeChatPay.Functional;

namespace WeChatPay;

/// <content>Calls whose outcome is not known.</content>
public abstract partial class MerchantClient
{
    /// <summary>
    /// Asks what has become of a call whose outcome is not known (<see cref="WeChatPayOutcome.IsOutcomeUnknown"/>): the answer of the query that settles it, such as a <c>Transaction</c> or a <c>Refund</c>.
    /// Null where the platform, signed, knows nothing of the number: the request has not arrived. Wait a moment and ask again before the number is used for anything else; the very same request may be sent again.
    /// </summary>
    /// <param name="failure">What the call ended with.</param>
    /// <param name="cancellationToken">Gives up.</param>
    /// <exception cref="InvalidOperationException">The outcome is known, or no query settles the call.</exception>
    public virtual async Task<object?> SettleAsync(Exception failure, CancellationToken cancellationToken = default)
    {
        ArgumentNullException.ThrowIfNull(failure);
        if (!failure.TryGetSettlingQuery(out var query))
        {
            throw new InvalidOperationException(failure.IsOutcomeUnknown() ? "No query of the description settles this call." : "The outcome of this call is known.", failure);
        }

        try
        {
            return await SendAsync(query, cancellationToken).ConfigureAwait(false);
        }
        catch (WeChatPayApiException refusal) when (refusal is { StatusCode: 404, IsSigned: true })
        {
            return null;
        }
    }

    /// <summary>The same for whoever knows what the query answers.</summary>
    /// <exception cref="InvalidCastException">It answers something else.</exception>
    public async Task<TAnswer?> SettleAsync<TAnswer>(Exception failure, CancellationToken cancellationToken = default)
        where TAnswer : class =>
        (TAnswer?)await SettleAsync(failure, cancellationToken).ConfigureAwait(false);

    /// <summary>What was sent and answered, or an exception that says what is known of the outcome.</summary>
    private static async Task<T> OrThrowAsync<T, TAnswer>(Task<FSharpResult<T, ApiError>> sending, Operation<TAnswer> operation)
        where TAnswer : class
    {
        FSharpResult<T, ApiError> result;
        try
        {
            result = await sending.ConfigureAwait(false);
        }
        catch (OperationCanceledException cancelled) when (operation.ChangesSomething)
        {
            // Given up in the middle: it may have arrived.
            WeChatPayOutcome.Mark(cancelled, isUnknown: true, operation);
            throw;
        }

        return result.IsOk ? result.ResultValue : throw ToException(result.ErrorValue, operation);
    }

    private static Exception ToException<TAnswer>(ApiError error, Operation<TAnswer> operation)
        where TAnswer : class
    {
        var isUnknown = ApiErrorModule.isOutcomeUnknown(error);
        if (error is ApiError.Unreachable unreachable)
        {
            WeChatPayOutcome.Mark(unreachable.Failure, isUnknown, operation);
            ExceptionDispatchInfo.Throw(unreachable.Failure);
        }

        return WeChatPayOutcome.Mark(ToException(error), isUnknown, operation);
    }
}
