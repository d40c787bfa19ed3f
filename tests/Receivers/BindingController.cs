using System.Text.Json;
using Microsoft.AspNetCore.Mvc;

namespace WeChatPay.Tests.Receivers;

/// <summary>The mistake that people make: the framework has read the body before the action runs.</summary>
[ApiController]
public sealed class BindingController(WeChatPayNotifications notifications, Orders orders) : ControllerBase
{
    [HttpPost("/wechatpay/bound")]
    public async Task<IActionResult> NotifyAsync([FromBody] JsonElement notification, CancellationToken cancellationToken)
    {
        _ = notification;
        var result = await notifications.DecodeAsync(Request, cancellationToken);
        if (!result.TryGet(out var decoded, out var failure))
        {
            return StatusCode(failure.StatusCode, failure.Answer);
        }

        await orders.SettleAsync(decoded, cancellationToken);
        return NoContent();
    }
}
