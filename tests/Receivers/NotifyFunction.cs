// The code of docs/receiving.md, as it stands there: a test compares the two.
using System.Net.Http.Headers;
using WeChatPay;
using WeChatPay.Functional;

namespace WeChatPay.Tests.Receivers;

public sealed class NotifyFunction(WeChatPayNotifications notifications, Orders orders)
{
    public async Task<(int Status, byte[] Json)> RunAsync(HttpHeaders headers, Stream body, CancellationToken cancellationToken)
    {
        NotificationResult result = await notifications.DecodeAsync(headers, body, cancellationToken);
        if (!result.TryGet(out DecodedEvent? decoded, out VerificationFailure? failure))
        {
            return (failure.StatusCode, failure.Answer.ToUtf8Json());
        }

        await orders.SettleAsync(decoded, cancellationToken);
        return (204, []);
    }
}
