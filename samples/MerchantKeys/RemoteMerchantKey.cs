using System.Net;
using WeChatPay.Shell;

namespace MerchantKeys;

/// <summary>A merchant's key that another service of the company keeps, such as a vault: bytes go there, a signature comes back. What goes there is no secret; who may ask is.</summary>
/// <param name="http">Knows the service's address and how it is asked: a client certificate, a token.</param>
/// <param name="serial">The serial of the merchant's certificate.</param>
internal sealed class RemoteMerchantKey(HttpClient http, string serial) : IMerchantKey
{
    public string Serial => serial;

    public async ValueTask<byte[]> SignAsync(ReadOnlyMemory<byte> message, CancellationToken cancellationToken)
    {
        using var answer = await http.PostAsync("sign", new ReadOnlyMemoryContent(message), cancellationToken).ConfigureAwait(false);
        return await answer.EnsureSuccessStatusCode().Content.ReadAsByteArrayAsync(cancellationToken).ConfigureAwait(false);
    }

    public async ValueTask<byte[]?> DecryptAsync(ReadOnlyMemory<byte> ciphertext, CancellationToken cancellationToken)
    {
        using var answer = await http.PostAsync("decrypt", new ReadOnlyMemoryContent(ciphertext), cancellationToken).ConfigureAwait(false);

        // Not sealed to this key.
        return answer.StatusCode == HttpStatusCode.UnprocessableEntity
            ? null
            : await answer.EnsureSuccessStatusCode().Content.ReadAsByteArrayAsync(cancellationToken).ConfigureAwait(false);
    }
}
