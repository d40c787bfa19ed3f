using Microsoft.Extensions.DependencyInjection;
using WeChatPay.Functional;

namespace WeChatPay;

/// <summary>A merchant that was found: what notifications are received by, or why that cannot be.</summary>
internal sealed record FoundMerchant(Recipient? Recipient, WeChatPayConfigurationException? Failure)
{
    public static FoundMerchant Of(string name, WeChatPayOptions options)
    {
        try
        {
            return new(new MerchantSetup(options).ReadRecipient(name), Failure: null);
        }
        catch (WeChatPayConfigurationException failure)
        {
            return new(Recipient: null, failure);
        }
    }

    public Recipient OrThrow() => Recipient ?? throw new WeChatPayConfigurationException(Failure?.Problems ?? []);

    /// <summary>No key is printed.</summary>
    public override string ToString() => "FoundMerchant(" + Recipient?.Name + ")";
}

/// <summary>Where merchants are looked up.</summary>
internal interface IMerchantsSource
{
    Task<FoundMerchant?> FindAsync(string merchant, CancellationToken cancellationToken);

    Task<IReadOnlyList<string>?> CandidatesAsync(string serial, CancellationToken cancellationToken);
}

/// <summary>Asks one object, whatever thread asks.</summary>
internal sealed class OneMerchantsSource(IWeChatPayMerchants merchants) : IMerchantsSource
{
    public async Task<FoundMerchant?> FindAsync(string merchant, CancellationToken cancellationToken) =>
        await merchants.FindAsync(merchant, cancellationToken).ConfigureAwait(false) is { } options ? FoundMerchant.Of(merchant, options) : null;

    public async Task<IReadOnlyList<string>?> CandidatesAsync(string serial, CancellationToken cancellationToken) =>
        await merchants.CandidatesAsync(serial, cancellationToken).ConfigureAwait(false) is { Count: > 0 } names ? names : null;
}

/// <summary>Asks an object of the application's services, in a scope for each question: a database context lives no longer.</summary>
internal sealed class ScopedMerchantsSource(IServiceScopeFactory scopes) : IMerchantsSource
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

    private static OneMerchantsSource SourceOf(AsyncServiceScope scope) =>
        new(scope.ServiceProvider.GetRequiredService<IWeChatPayMerchants>());
}
