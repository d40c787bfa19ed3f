// The code of docs/receiving.md, as it stands there: a test compares the two.
using WeChatPay;

namespace WeChatPay.Tests.Receivers;

public sealed record MerchantRow(string MerchantId, string ApiV3Key, string PlatformPublicKeyId, string PlatformPublicKey);

public interface IMerchantTable
{
    Task<MerchantRow?> FindAsync(string name, CancellationToken cancellationToken);

    Task<IReadOnlyList<string>> NamesBySerialAsync(string serial, CancellationToken cancellationToken);
}

public sealed class MerchantRegister(IMerchantTable table) : IWeChatPayMerchants
{
    public async ValueTask<WeChatPayOptions?> FindAsync(string merchant, CancellationToken cancellationToken)
    {
        MerchantRow? row = await table.FindAsync(merchant, cancellationToken);
        return row is null ? null : new WeChatPayOptions
        {
            MerchantId = row.MerchantId,
            ApiV3Key = row.ApiV3Key,
            PlatformPublicKeyId = row.PlatformPublicKeyId,
            PlatformPublicKey = row.PlatformPublicKey,
        };
    }

    public async ValueTask<IReadOnlyList<string>> CandidatesAsync(string serial, CancellationToken cancellationToken) =>
        await table.NamesBySerialAsync(serial, cancellationToken);
}
