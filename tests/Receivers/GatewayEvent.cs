// The code of docs/receiving.md, as it stands there: a test compares the two.
using WeChatPay;
using WeChatPay.Functional;

namespace WeChatPay.Tests.Receivers;

public static class GatewayEvent
{
    public static (int Status, byte[] Json) Receive(WeChatPayNotifications notifications, IDictionary<string, string[]> headers, string body, bool isBase64)
    {
        byte[] bytes = isBase64 ? Convert.FromBase64String(body) : System.Text.Encoding.UTF8.GetBytes(body);
        return notifications.Decode(headers, bytes).TryGet(out DecodedEvent? decoded, out VerificationFailure? failure)
            ? (204, [])                                                          // decoded.Event says what happened
            : (failure.StatusCode, failure.Answer.ToUtf8Json());
    }
}
