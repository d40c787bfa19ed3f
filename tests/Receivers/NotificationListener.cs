// The code of docs/receiving.md, as it stands there: a test compares the two.
using System.Net;
using WeChatPay;
using WeChatPay.Functional;

namespace WeChatPay.Tests.Receivers;

public sealed class NotificationListener(WeChatPayNotifications notifications, Orders orders, Action<Exception> log)
{
    public async Task RunAsync(string prefix, CancellationToken cancellationToken)
    {
        using var listener = new HttpListener();
        listener.Prefixes.Add(prefix);                                           // http://+:8080/wechatpay/
        listener.Start();
        while (true)
        {
            HttpListenerContext context = await listener.GetContextAsync().WaitAsync(cancellationToken);
            _ = AnswerAsync(context, cancellationToken);
        }
    }

    private async Task AnswerAsync(HttpListenerContext context, CancellationToken cancellationToken)
    {
        using HttpListenerResponse response = context.Response;
        response.StatusCode = 500;                                               // whatever throws here: the platform sends it again
        try
        {
            NotificationResult result = await notifications.DecodeAsync(context.Request.Headers, context.Request.InputStream, cancellationToken);
            if (result.TryGet(out DecodedEvent? decoded, out VerificationFailure? failure))
            {
                await orders.SettleAsync(decoded, cancellationToken);
                response.StatusCode = 204;
                return;
            }

            response.StatusCode = failure.StatusCode;
            response.ContentType = "application/json";
            await response.OutputStream.WriteAsync(failure.Answer.ToUtf8Json(), cancellationToken);
        }
        catch (Exception failure)
        {
            log(failure);
        }
    }
}
