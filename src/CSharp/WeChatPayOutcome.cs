using System.Diagnostics.CodeAnalysis;
using WeChatPay.Functional;

namespace WeChatPay;

/// <summary>What a failed call leaves open: of the library's exceptions, and of those that a connection, a timeout or a cancellation ends a call with.</summary>
public static class WeChatPayOutcome
{
    private const string Unknown = "WeChatPay.OutcomeUnknown";

    private const string Query = "WeChatPay.SettlingQuery";

    /// <summary>Whether the call may have taken effect all the same: query before doing it again.</summary>
    public static bool IsOutcomeUnknown(this Exception failure)
    {
        ArgumentNullException.ThrowIfNull(failure);
        return failure is WeChatPayException { OutcomeUnknown: true } || failure.Data[Unknown] is true;
    }

    /// <summary>The query that tells what has become of the call, where its outcome is not known and there is one; <see cref="MerchantClient.SettleAsync"/> sends it.</summary>
    public static bool TryGetSettlingQuery(this Exception failure, [NotNullWhen(true)] out Operation<object>? query)
    {
        ArgumentNullException.ThrowIfNull(failure);
        query = failure.IsOutcomeUnknown() ? failure.Data[Query] as Operation<object> : null;
        return query is not null;
    }

    /// <summary>Notes on an exception what its call leaves open.</summary>
    internal static Exception Mark<TAnswer>(Exception failure, bool isUnknown, Operation<TAnswer> operation)
        where TAnswer : class
    {
        // The same exception may be thrown again by a handler of the user's: what is said of an earlier call goes.
        failure.Data.Remove(Unknown);
        failure.Data.Remove(Query);
        if (isUnknown)
        {
            failure.Data[Unknown] = true;
            if (operation.SettlingQuery is { } query)
            {
                failure.Data[Query] = query;
            }
        }

        return failure;
    }
}
