using Microsoft.Extensions.DependencyInjection;
using WeChatPay.Functional;

namespace WeChatPay;

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
        await merchants.FindAsync(merchant, cancellationToken).ConfigureAwait(false) is { } options ? new FoundMerchant(merchant, options, http, surroundings) : null;

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
