using System.Text.Json;
using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.Logging;
using WeChatPay.Functional;

namespace WeChatPay.AspNetCore;

/// <summary>One address: bytes in, 204 or a refusal out.</summary>
internal sealed class NotificationEndpoint(
    WeChatPayNotifications notifications,
    string merchant,
    Func<NotificationContext, CancellationToken, Task> handler,
    ILogger logger)
{
    private static readonly byte[] s_handlerFailed = WriteAnswer("handler_failed");

    public async Task HandleAsync(HttpContext context)
    {
        var body = await RawBody.ReadAsync(context.Request, notifications.BodyLimit, context.RequestAborted).ConfigureAwait(false);
        if (body.WasReadBefore)
        {
            logger.BodyWasReadBefore(context.Request.Path);
        }

        if (!notifications.Decode(HeadersOf(context.Request), body.Bytes.Span).TryGet(out var decoded, out var failure))
        {
            Log(failure);
            await AnswerAsync(context, failure.StatusCode, WriteAnswer(failure.Answer.Message)).ConfigureAwait(false);
            return;
        }

        foreach (var anomaly in decoded.Anomalies)
        {
            logger.Anomaly(decoded.Id, decoded.EventType, anomaly.Path, anomaly.Reason);
        }

        await RunAsync(context, decoded).ConfigureAwait(false);
    }

    private static IEnumerable<KeyValuePair<string, string>> HeadersOf(HttpRequest request)
    {
        foreach (var (name, values) in request.Headers)
        {
            foreach (var value in values)
            {
                yield return new(name, value ?? string.Empty);
            }
        }
    }

    private static byte[] WriteAnswer(string message) =>
        [.. """{"code":"FAIL","message":"""u8, (byte)'"', .. JsonEncodedText.Encode(message).EncodedUtf8Bytes, (byte)'"', (byte)'}'];

    private static async Task AnswerAsync(HttpContext context, int status, byte[] answer)
    {
        context.Response.StatusCode = status;
        context.Response.ContentType = "application/json";
        context.Response.ContentLength = answer.Length;
        await context.Response.Body.WriteAsync(answer, context.RequestAborted).ConfigureAwait(false);
    }

    private async Task RunAsync(HttpContext context, DecodedEvent decoded)
    {
        try
        {
            await handler(new NotificationContext(decoded, merchant, context.RequestServices), context.RequestAborted).ConfigureAwait(false);
        }
#pragma warning disable CA1031 // Whatever a handler throws, the platform is told to come again.
        catch (Exception failure)
#pragma warning restore CA1031
        {
            if (failure is OperationCanceledException && context.RequestAborted.IsCancellationRequested)
            {
                logger.SenderLeft(decoded.Id, decoded.EventType);
                return;
            }

            logger.HandlerFailed(failure, decoded.Id, decoded.EventType);
            await AnswerAsync(context, StatusCodes.Status500InternalServerError, s_handlerFailed).ConfigureAwait(false);
            return;
        }

        logger.Handled(decoded.Id, decoded.EventType);
        context.Response.StatusCode = StatusCodes.Status204NoContent;
    }

    private void Log(VerificationFailure failure)
    {
        if (failure.IsProbe)
        {
            logger.Probe();
        }
        else
        {
            logger.Refused(failure.Code, failure.Message, failure.Advice.English);
        }
    }
}
