using System.Runtime.ExceptionServices;
using WeChatPay.Functional;
using WeChatPay.Shell;

namespace WeChatPay;

/// <summary>Calls the platform for one direct merchant. Every answer is verified before it is decoded, and compared with its question.</summary>
public class WeChatPayClient
{
    private readonly Client? _client;
    private readonly WeChatPayNotifications? _notifications;

    /// <summary>Makes one over an <see cref="HttpClient"/>, whose handler must neither redirect nor decompress (<see cref="CreateHandler"/> makes such a handler).</summary>
    /// <exception cref="WeChatPayConfigurationException">Settings are missing or wrong; all of them are named.</exception>
    public WeChatPayClient(HttpClient http, WeChatPayOptions options, TimeProvider? clock = null)
        : this()
    {
        ArgumentNullException.ThrowIfNull(http);
        ArgumentNullException.ThrowIfNull(options);
        clock ??= TimeProvider.System;
        (_client, var policy) = new MerchantSetup(options).ReadAll(http, clock);
        _notifications = new WeChatPayNotifications(policy, clock);
    }

    /// <summary>For replacing the client in a user's own tests.</summary>
    protected WeChatPayClient()
    {
        Payments = new PaymentsClient(this);
        Refunds = new RefundsClient(this);
    }

    /// <summary>Orders.</summary>
    public virtual PaymentsClient Payments { get; }

    /// <summary>Refunds.</summary>
    public virtual RefundsClient Refunds { get; }

    /// <summary>Receives this merchant's notifications.</summary>
    public virtual WeChatPayNotifications Notifications => _notifications ?? throw MadeForTests();

    /// <summary>A handler as the protocol needs it: no redirects, no cookies, no decompression.</summary>
    public static HttpMessageHandler CreateHandler() => ClientModule.createHandler();

    /// <summary>Sends an operation.</summary>
    /// <exception cref="WeChatPayApiException">The platform refused.</exception>
    /// <exception cref="WeChatPayUntrustedAnswerException">The answer must not be used.</exception>
    /// <exception cref="WeChatPayValidationException">The request cannot be right; it was not sent.</exception>
    /// <exception cref="HttpRequestException">No answer came.</exception>
    public virtual async Task<TAnswer> SendAsync<TAnswer>(Operation<TAnswer> operation, CancellationToken cancellationToken = default)
        where TAnswer : class
    {
        ArgumentNullException.ThrowIfNull(operation);
        var client = _client ?? throw MadeForTests();
        var result = await ClientModule.sendCancellable(cancellationToken, client, operation).ConfigureAwait(false);
        return result.IsOk ? result.ResultValue : throw ToException(result.ErrorValue);
    }

    internal static InvalidOperationException MadeForTests() => new("This client was made for tests: replace the member that was called.");

    private static Exception ToException(ApiError error)
    {
        switch (error)
        {
            case ApiError.Refused refused:
                return new WeChatPayApiException(error, refused.Refusal);
            case ApiError.InvalidRequest invalid:
                return new WeChatPayValidationException(error, invalid.Field);
            case ApiError.Unreachable unreachable:
                ExceptionDispatchInfo.Throw(unreachable.Failure);
                return unreachable.Failure;
            case ApiError.UntrustedAnswer untrusted:
                return new WeChatPayUntrustedAnswerException(error, untrusted.RequestId);
            case ApiError.MalformedAnswer malformed:
                return new WeChatPayUntrustedAnswerException(error, malformed.RequestId);
            case ApiError.AnswerMismatch mismatch:
                return new WeChatPayUntrustedAnswerException(error, mismatch.RequestId);
            default:
                return new WeChatPayUntrustedAnswerException(error, string.Empty);
        }
    }
}
