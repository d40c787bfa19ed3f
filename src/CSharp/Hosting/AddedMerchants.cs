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

    /// <summary>Those who have the key; where nobody has, those who download certificates ask whether it is new.</summary>
    public ValueTask<IReadOnlyList<string>> CandidatesAsync(string serial, CancellationToken cancellationToken)
    {
        var merchants = Names
            .Select(name => (Name: name, Keys: services.GetRequiredKeyedService<WeChatPayNotifications>(name).ReceivedBy))
            .Where(static merchant => merchant.Keys is not null)
            .ToArray();
        string[] holders = [.. merchants.Where(merchant => KeyringModule.tryFind(serial, merchant.Keys!.Ring).IsSome).Select(static merchant => merchant.Name)];
        if (holders.Length == 0)
        {
            foreach (var (_, keys) in merchants)
            {
                keys!.Notice(serial);
            }
        }

        return new(holders);
    }
}
