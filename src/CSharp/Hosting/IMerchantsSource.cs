using Microsoft.Extensions.DependencyInjection;
using WeChatPay.Functional;

namespace WeChatPay;

/// <summary>A merchant that was found: what notifications are received by, or why that cannot be.</summary>
internal sealed class FoundMerchant
{
    private readonly string _fingerprint;
    private readonly WeChatPayConfigurationException? _failure;
    private readonly (string Name, string MerchantId, ReceivingKeys Keys) _merchant;

    private FoundMerchant(string fingerprint, string name, string merchantId, ReceivingKeys keys) => (_fingerprint, _merchant) = (fingerprint, (name, merchantId, keys));

    private FoundMerchant(string fingerprint, WeChatPayConfigurationException failure) => (_fingerprint, _failure) = (fingerprint, failure);

    /// <summary>Whether all its keys are right.</summary>
    public bool IsReady => _failure is null;

    public static FoundMerchant Of(string name, WeChatPayOptions options, Func<HttpClient> http, MerchantSurroundings surroundings)
    {
        var fingerprint = OptionsFingerprint.Of(options);
        try
        {
            var (merchantId, keys) = new MerchantSetup(options).ReadRecipient(http, surroundings);
            return new(fingerprint, name, merchantId, keys);
        }
        catch (WeChatPayConfigurationException failure)
        {
            return new(fingerprint, failure);
        }
    }

    /// <summary>Whether nothing has been set otherwise since: its keys have learned what the other's have not.</summary>
    public bool IsSameAs(FoundMerchant other) => IsReady && other.IsReady && _fingerprint == other._fingerprint;

    /// <summary>What its notifications are received by now.</summary>
    public Recipient RecipientOrThrow()
    {
        var (name, merchantId, keys) = ReadyOrThrow();
        return new Recipient(name, merchantId, keys.Policy);
    }

    /// <summary>Lets what is due be asked, and a key that is not known.</summary>
    public void Notice(RecipientError? error)
    {
        var (_, _, keys) = ReadyOrThrow();
        keys.Tick();
        if (error is RecipientError.Unread { Error: var unread })
        {
            keys.Notice(unread);
        }
    }

    /// <summary>No key is printed.</summary>
    public override string ToString() => "FoundMerchant(" + _merchant.Name + ")";

    private (string Name, string MerchantId, ReceivingKeys Keys) ReadyOrThrow() =>
        _failure is null ? _merchant : throw new WeChatPayConfigurationException(_failure.Problems);
}

/// <summary>Where merchants are looked up.</summary>
internal interface IMerchantsSource
{
    Task<FoundMerchant?> FindAsync(string merchant, CancellationToken cancellationToken);

    Task<IReadOnlyList<string>?> CandidatesAsync(string serial, CancellationToken cancellationToken);
}

/// <summary>Asks one object, whatever thread asks.</summary>
internal sealed class OneMerchantsSource(IWeChatPayMerchants merchants, Func<HttpClient> http, MerchantSurroundings surroundings) : IMerchantsSource
{
    public async Task<FoundMerchant?> FindAsync(string merchant, CancellationToken cancellationToken) =>
        await merchants.FindAsync(merchant, cancellationToken).ConfigureAwait(false) is { } options ? FoundMerchant.Of(merchant, options, http, surroundings) : null;

    public async Task<IReadOnlyList<string>?> CandidatesAsync(string serial, CancellationToken cancellationToken) =>
        await merchants.CandidatesAsync(serial, cancellationToken).ConfigureAwait(false) is { Count: > 0 } names ? names : null;
}

/// <summary>Asks an object of the application's services, in a scope for each question: a database context lives no longer.</summary>
internal sealed class ScopedMerchantsSource(IServiceScopeFactory scopes, Func<HttpClient> http, MerchantSurroundings surroundings) : IMerchantsSource
{
    public async Task<FoundMerchant?> FindAsync(string merchant, CancellationToken cancellationToken)
    {
        await using var scope = scopes.CreateAsyncScope();
        return await SourceOf(scope).FindAsync(merchant, cancellationToken).ConfigureAwait(false);
    }

    public async Task<IReadOnlyList<string>?> CandidatesAsync(string serial, CancellationToken cancellationToken)
    {
        await using var scope = scopes.CreateAsyncScope();
        return await SourceOf(scope).CandidatesAsync(serial, cancellationToken).ConfigureAwait(false);
    }

    private OneMerchantsSource SourceOf(AsyncServiceScope scope) =>
        new(scope.ServiceProvider.GetRequiredService<IWeChatPayMerchants>(), http, surroundings);
}
