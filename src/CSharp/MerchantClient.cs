using System.Runtime.ExceptionServices;
using Microsoft.FSharp.Core;
using WeChatPay.Api;
using WeChatPay.Functional;
using WeChatPay.Shell;

namespace WeChatPay;

/// <summary>What the clients of all kinds of merchant have in common. Every answer is verified before it is decoded, and compared with its question.</summary>
public abstract partial class MerchantClient
{
    private readonly WeChatPayNotifications? _notifications;
    private readonly MerchantKinds _kind;
    private readonly MerchantSurroundings _surroundings = MerchantSurroundings.None;
    private readonly HttpClient? _http;
    private volatile MerchantParts? _parts;

    private protected MerchantClient(HttpClient http, WeChatPayOptions options, MerchantKinds kind, MerchantSurroundings surroundings)
    {
        ArgumentNullException.ThrowIfNull(http);
        ArgumentNullException.ThrowIfNull(options);
        (_http, _kind, _surroundings) = (http, kind, surroundings);
        _parts = new MerchantSetup(options, kind).ReadAll(http, surroundings);
        _notifications = new WeChatPayNotifications(_parts.Receiving, surroundings.Clock, options.ExplainMismatches);
    }

    /// <summary>For replacing the client in a user's own tests.</summary>
    private protected MerchantClient()
    {
    }

    /// <summary>Receives this merchant's notifications.</summary>
    public virtual WeChatPayNotifications Notifications => _notifications ?? throw MadeForTests();

    /// <summary>The platform's keys, for the merchant's other clients.</summary>
    internal IPlatformKeys PlatformKeys => Inner.Keys;

    private Client Inner => Parts.Client;

    private MerchantParts Parts => _parts ?? throw MadeForTests();

    /// <summary>Sends an operation.</summary>
    /// <exception cref="WeChatPayApiException">The platform refused.</exception>
    /// <exception cref="WeChatPayUntrustedAnswerException">The answer must not be used.</exception>
    /// <exception cref="WeChatPayValidationException">The request cannot be right; it was not sent.</exception>
    /// <exception cref="HttpRequestException">No answer came.</exception>
    public virtual async Task<TAnswer> SendAsync<TAnswer>(Operation<TAnswer> operation, CancellationToken cancellationToken = default)
        where TAnswer : class
    {
        ArgumentNullException.ThrowIfNull(operation);
        return await OrThrowAsync(ClientModule.sendCancellable(cancellationToken, Inner, operation), operation).ConfigureAwait(false);
    }

    /// <summary>Sends what the description lacks: signed and verified as every call is, the answer as JSON.</summary>
    /// <param name="method">The method.</param>
    /// <param name="pathAndQuery">Path and query, encoded, such as <c>/v3/new/thing?mchid=1900000001</c>.</param>
    /// <param name="json">The body; null for none.</param>
    /// <param name="cancellationToken">Gives up.</param>
    public virtual Task<RawJson> SendAsync(HttpMethod method, string pathAndQuery, string? json = null, CancellationToken cancellationToken = default)
    {
        ArgumentNullException.ThrowIfNull(method);
        ArgumentNullException.ThrowIfNull(pathAndQuery);
        return SendAsync(Operation.Raw(method.Method, pathAndQuery, json), cancellationToken);
    }

    /// <summary>Uploads a file: its hash is computed and signed, its bytes are streamed.</summary>
    /// <param name="fileName">The file's name, as the platform is to know it.</param>
    /// <param name="content">The file's bytes, from where the stream stands; one that cannot seek is read into memory, 64 MiB at most.</param>
    /// <param name="operation">The call, given the file's facts.</param>
    /// <param name="progress">Told how many bytes of the file have been sent.</param>
    /// <param name="cancellationToken">Gives up.</param>
    public virtual async Task<TAnswer> UploadAsync<TAnswer>(string fileName, Stream content, Func<UploadedFile, Operation<TAnswer>> operation, IProgress<long>? progress = null, CancellationToken cancellationToken = default)
        where TAnswer : class
    {
        ArgumentException.ThrowIfNullOrEmpty(fileName);
        ArgumentNullException.ThrowIfNull(content);
        ArgumentNullException.ThrowIfNull(operation);
        Operation<TAnswer>? made = null;
        var sent = await Uploads.send(cancellationToken, Inner, fileName, content, progress, FuncConvert.FromFunc<UploadedFile, Operation<TAnswer>>(file => made = operation(file))).ConfigureAwait(false);
        return sent.IsOk ? sent.ResultValue : throw (made is null ? ToException(sent.ErrorValue) : ToException(sent.ErrorValue, made));
    }

    /// <summary>Downloads a file into a stream; whoever reads it before this returns reads what nobody has verified.</summary>
    /// <param name="operation">The call.</param>
    /// <param name="destination">Where the bytes go: as they came, or unpacked where the file is compressed by gzip.</param>
    /// <param name="hash">What the file's hash must be, from an earlier, verified answer.</param>
    /// <param name="cancellationToken">Gives up.</param>
    /// <exception cref="WeChatPayUntrustedAnswerException">The file is not the one that the hash was given for: delete what was written.</exception>
    public virtual async Task DownloadAsync(Operation<NoContent> operation, Stream destination, FileHash hash, CancellationToken cancellationToken = default)
    {
        ArgumentNullException.ThrowIfNull(operation);
        ArgumentNullException.ThrowIfNull(destination);
        ArgumentNullException.ThrowIfNull(hash);
        _ = OrThrow(await Downloads.receive(cancellationToken, Inner, hash, destination, operation).ConfigureAwait(false));
    }

    /// <summary>Downloads from an address that an earlier answer gave (<c>download_url</c>); only its path and query count, the host is the client's.</summary>
    public virtual Task DownloadAsync(string downloadUrl, Stream destination, FileHash hash, CancellationToken cancellationToken = default)
    {
        ArgumentNullException.ThrowIfNull(downloadUrl);
        return DownloadAsync(Operation.DownloadFrom(downloadUrl), destination, hash, cancellationToken);
    }

    /// <summary>Downloads the platform's certificates: opened under the APIv3 key, each under its own serial, the answer signed by one of them. For merchants with platform certificates only.</summary>
    /// <exception cref="WeChatPayApiException">The platform refused; with the code <c>no_platform_certificates</c> the merchant is in public key mode.</exception>
    /// <exception cref="WeChatPayUntrustedAnswerException">The APIv3 key opens nothing, or the answer is not signed as it should be.</exception>
    public virtual Task<IReadOnlyList<PlatformCertificate>> DownloadCertificatesAsync(CancellationToken cancellationToken = default) =>
        DownloadCertificatesAsync(Inner, Parts.Receiving.ApiV3Key, cancellationToken);

    /// <summary>Takes other settings from now on; calls that are under way end with those they began with. Nothing changes when the settings are wrong.</summary>
    /// <exception cref="WeChatPayConfigurationException">Settings are missing or wrong.</exception>
    internal void Reload(WeChatPayOptions options, IPlatformKeys? platform)
    {
        if (_http is null || _notifications is null)
        {
            return;
        }

        var parts = new MerchantSetup(options, _kind).ReadAll(_http, _surroundings.With(platform));
        _parts = parts;
        _notifications.Replace(parts.Receiving);
    }

    internal static InvalidOperationException MadeForTests() => new("This client was made for tests: replace the member that was called.");

    internal static async Task<IReadOnlyList<PlatformCertificate>> DownloadCertificatesAsync(Client client, ApiV3Key apiV3Key, CancellationToken cancellationToken) =>
        [.. OrThrow(await PlatformCertificates.download(cancellationToken, client, apiV3Key).ConfigureAwait(false))];

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

    internal Task<PlacedOrder> PlaceAsync<TOrder>(TOrder order, Func<TOrder, OrderToPlace> placed, CancellationToken cancellationToken)
    {
        ArgumentNullException.ThrowIfNull(order);
        return PlaceAsync(placed(order), cancellationToken);
    }

    /// <summary>Judges an order, sends it, and signs what the payer's side opens it with.</summary>
    private async Task<PlacedOrder> PlaceAsync(OrderToPlace order, CancellationToken cancellationToken)
    {
        var judged = Checkout.checkFor(Inner.Caller, Inner.BaseAddress.IsLoopback, Inner.Clock.GetUtcNow(), order);
        if (judged.IsError)
        {
            throw new WeChatPayValidationException([.. judged.ErrorValue.Select(RequestProblem.From)]);
        }

        var operation = CheckoutOperations.Place(judged.ResultValue);
        return await OrThrowAsync(Checkouts.place(cancellationToken, Inner, FuncConvert.FromFunc<CheckedOrder, Operation<Prepayment>>(_ => operation), judged.ResultValue), operation).ConfigureAwait(false);
    }

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
            case ApiError.HashMismatch damaged:
                return new WeChatPayUntrustedAnswerException(error, damaged.RequestId);
            case ApiError.AnswerMismatch mismatch:
                return new WeChatPayUntrustedAnswerException(error, mismatch.RequestId);
            default:
                return new WeChatPayUntrustedAnswerException(error, string.Empty);
        }
    }
}
