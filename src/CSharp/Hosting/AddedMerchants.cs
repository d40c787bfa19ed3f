using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Options;
using WeChatPay.Functional;

namespace WeChatPay;

/// <summary>The merchants that were added by name (<c>AddWeChatPay(name, …)</c>): what an application without a resolver of its own knows.</summary>
internal sealed class AddedMerchants(IServiceProvider services) : IWeChatPayMerchants
{
    private IEnumerable<string> Names => services.GetServices<MerchantName>().Select(static name => name.Text).Distinct(StringComparer.Ordinal);

    public ValueTask<WeChatPayOptions?> FindAsync(string merchant, CancellationToken cancellationToken) =>
        new(Names.Contains(merchant, StringComparer.Ordinal) ? services.GetRequiredService<IOptionsMonitor<WeChatPayOptions>>().Get(merchant) : null);

    public ValueTask<IReadOnlyList<string>> CandidatesAsync(string serial, CancellationToken cancellationToken) =>
        new([.. Names.Where(name => services.GetRequiredKeyedService<WeChatPayNotifications>(name).Keys is { } keys && KeyringModule.tryFind(serial, keys).IsSome)]);
}
