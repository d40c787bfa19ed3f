// The code of docs/receiving.md, as it stands there: a test compares the two.
using Microsoft.AspNetCore.Http;
using WeChatPay;
using WeChatPay.Functional;

namespace WeChatPay.Tests.Receivers;

public sealed record StoredNotification(DateTimeOffset ReceivedAt, Dictionary<string, string[]> Headers, byte[] Body);

public sealed class NotificationStore(WeChatPayNotifications notifications, TimeProvider clock)
{
    public async Task<IResult> TakeAsync(HttpRequest request, Func<StoredNotification, Task> store, CancellationToken cancellationToken)
    {
        DateTimeOffset receivedAt = clock.GetUtcNow();
        VerificationResult result = await notifications.VerifyAsync(request, cancellationToken);
        if (!result.TryGet(out Verified? proof, out VerificationFailure? failure))
        {
            return Results.Json(failure.Answer, statusCode: failure.StatusCode);
        }

        Dictionary<string, string[]> headers = request.Headers
            .Where(header => header.Key.StartsWith("Wechatpay-", StringComparison.OrdinalIgnoreCase))
            .ToDictionary(header => header.Key, header => header.Value.Select(value => value ?? "").ToArray());
        await store(new StoredNotification(receivedAt, headers, proof.Body.ToArray()));
        return Results.NoContent();
    }

    public NotificationResult Read(StoredNotification stored) =>
        notifications.DecodeReceivedAt(stored.ReceivedAt, stored.Headers, stored.Body);
}
