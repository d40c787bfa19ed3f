using System.Runtime.ExceptionServices;
using Microsoft.FSharp.Core;
using WeChatPay.Functional;
using WeChatPay.Shell;

namespace WeChatPay;

/// <summary>Calls the platform for one direct merchant. Every answer is verified before it is decoded, and compared with its question.</summary>
public class WeChatPayClient
{
    private readonly Client? _client;
    private readonly ApiV3Key? _apiV3Key;
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
        _apiV3Key = policy.ApiV3Key;
        _notifications = new WeChatPayNotifications(policy, clock, options.ExplainMismatches);
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

    private Client Inner => _client ?? throw MadeForTests();

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
        return OrThrow(await ClientModule.sendCancellable(cancellationToken, Inner, operation).ConfigureAwait(false));
    }

    /// <summary>Downloads the platform's certificates: opened under the APIv3 key, each under its own serial, the answer signed by one of them. For merchants with platform certificates only.</summary>
    /// <exception cref="WeChatPayApiException">The platform refused; with the code <c>no_platform_certificates</c> the merchant is in public key mode.</exception>
    /// <exception cref="WeChatPayUntrustedAnswerException">The APIv3 key opens nothing, or the answer is not signed as it should be.</exception>
    public virtual Task<IReadOnlyList<PlatformCertificate>> DownloadCertificatesAsync(CancellationToken cancellationToken = default) =>
        DownloadCertificatesAsync(Inner, _apiV3Key!, cancellationToken);

    /// <summary>The same for whoever has no key of the platform yet: the options need none.</summary>
    /// <exception cref="WeChatPayConfigurationException">Settings are missing or wrong; all of them are named.</exception>
    public static Task<IReadOnlyList<PlatformCertificate>> DownloadFirstCertificatesAsync(HttpClient http, WeChatPayOptions options, TimeProvider? clock = null, CancellationToken cancellationToken = default)
    {
        ArgumentNullException.ThrowIfNull(http);
        ArgumentNullException.ThrowIfNull(options);
        var (client, apiV3Key) = new MerchantSetup(options).ReadWithoutPlatformKeys(http, clock ?? TimeProvider.System);
        return DownloadCertificatesAsync(client, apiV3Key, cancellationToken);
    }

    internal static InvalidOperationException MadeForTests() => new("This client was made for tests: replace the member that was called.");

    internal async Task<JsapiInvocation> InvokeJsapiAsync(string appid, string prepayId, CancellationToken cancellationToken)
    {
        ArgumentNullException.ThrowIfNull(appid);
        ArgumentNullException.ThrowIfNull(prepayId);
        return OrThrow(await ClientModule.invokeJsapi(cancellationToken, Inner, appid, prepayId).ConfigureAwait(false));
    }

    internal async Task<AppInvocation> InvokeAppAsync(string appid, string prepayId, CancellationToken cancellationToken)
    {
        ArgumentNullException.ThrowIfNull(appid);
        ArgumentNullException.ThrowIfNull(prepayId);
        return OrThrow(await ClientModule.invokeApp(cancellationToken, Inner, appid, prepayId).ConfigureAwait(false));
    }

    private static async Task<IReadOnlyList<PlatformCertificate>> DownloadCertificatesAsync(Client client, ApiV3Key apiV3Key, CancellationToken cancellationToken) =>
        [.. OrThrow(await ClientModule.downloadCertificates(cancellationToken, client, apiV3Key).ConfigureAwait(false))];

    private static T OrThrow<T>(FSharpResult<T, ApiError> result) => result.IsOk ? result.ResultValue : throw ToException(result.ErrorValue);

    private static Exception ToException(ApiError error)
    {
        switch (error)
        {
            case ApiError.Refused refused:
                return new WeChatPayApiException(error, refused.Refusal);
            case ApiError.NoPlatformCertificates none:
                return new WeChatPayApiException(error, none.Refusal);
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
