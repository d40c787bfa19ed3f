// The code of docs/receiving.md, as it stands there: a test compares the two.
using Microsoft.AspNetCore.Authorization;
using Microsoft.AspNetCore.Mvc;
using WeChatPay;
using WeChatPay.Functional;

namespace WeChatPay.Tests.Receivers;

[ApiController]
[AllowAnonymous]
public sealed class WeChatPayController(WeChatPayNotifications notifications, Orders orders) : ControllerBase
{
    [HttpPost("/wechatpay/notify")]
    public async Task<IActionResult> NotifyAsync(CancellationToken cancellationToken)
    {
        NotificationResult result = await notifications.DecodeAsync(Request, cancellationToken);
        if (!result.TryGet(out DecodedEvent? decoded, out VerificationFailure? failure))
        {
            return StatusCode(failure.StatusCode, failure.Answer);
        }

        await orders.SettleAsync(decoded, cancellationToken);
        return NoContent();
    }
}
