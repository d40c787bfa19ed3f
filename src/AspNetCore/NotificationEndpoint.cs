using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.Logging;
using WeChatPay.Functional;

namespace WeChatPay.AspNetCore;

/// <summary>Deals with a notification, or takes it into keeping; throws when it is to come again.</summary>
internal delegate Task NotificationTaker(ReceivedNotification notification, IServiceProvider services, CancellationToken cancellationToken);

/// <summary>One address: bytes in, 204 or a refusal out.</summary>
internal sealed class NotificationEndpoint(
    WeChatPayNotifications notifications,
    string merchant,
    NotificationTaker taker,
    TimeProvider clock,
    ILogger logger)
{
    private static readonly NotificationAnswer s_handlerFailed = new("handler_failed");
    private static readonly NotificationAnswer s_bodyAlreadyRead = new("body_already_read");
    private static readonly NotificationAnswer s_bodyTooLarge = new("body_too_large");
    private static readonly NotificationAnswer s_unreadable = new("unreadable_request");

    public async Task HandleAsync(HttpContext context)
    {
        try
        {
            await ReceiveAsync(context).ConfigureAwait(false);
        }
        catch (BadHttpRequestException failure) when (!context.Response.HasStarted)
        {
            await RefuseAsync(context, failure).ConfigureAwait(false);
        }
    }

    private async Task ReceiveAsync(HttpContext context)
    {
        var receivedAt = clock.GetUtcNow();
        if (await DecodeAsync(context).ConfigureAwait(false) is not var (result, body))
        {
            await AnswerAsync(context, StatusCodes.Status401Unauthorized, s_bodyAlreadyRead).ConfigureAwait(false);
            return;
        }

        if (!result.TryGet(out var decoded, out var failure))
        {
            Log(failure);
            await AnswerAsync(context, failure.StatusCode, failure.Answer).ConfigureAwait(false);
            return;
        }

        foreach (var anomaly in decoded.Anomalies)
        {
            logger.Anomaly(decoded.Id, decoded.EventType, anomaly.Path, anomaly.Reason);
        }

        await RunAsync(context, new ReceivedNotification(decoded, merchant, receivedAt, SignatureHeaders(context.Request), body)).ConfigureAwait(false);
    }

    private static List<KeyValuePair<string, string>> SignatureHeaders(HttpRequest request) =>
        [.. HeaderPairs.Of(request.Headers).Where(static header => header.Key.StartsWith("Wechatpay-", StringComparison.OrdinalIgnoreCase))];

    /// <summary>Nothing where the application has read the body before: that is its developer's to mend, and no fault of the sender's.</summary>
    private async Task<(NotificationResult Result, ReadOnlyMemory<byte> Body)?> DecodeAsync(HttpContext context)
    {
        try
        {
            return await notifications.DecodeKeepingAsync(context.Request, context.RequestAborted).ConfigureAwait(false);
        }
        catch (WeChatPayBodyAlreadyReadException failure)
        {
            logger.BodyAlreadyRead(failure.InnerException, context.Request.Path, failure.Advice.English);
            return null;
        }
    }

    /// <summary>A request that the server could not read is its sender's fault: 413 or 400, so that strangers cannot raise an application's 5xx.</summary>
    private async Task RefuseAsync(HttpContext context, BadHttpRequestException failure)
    {
        var isTooLarge = failure.StatusCode == StatusCodes.Status413PayloadTooLarge;
        logger.Unreadable(failure.StatusCode);
        context.Response.Headers.Connection = "close";
        await AnswerAsync(context, failure.StatusCode, isTooLarge ? s_bodyTooLarge : s_unreadable).ConfigureAwait(false);
    }

    private static async Task AnswerAsync(HttpContext context, int status, NotificationAnswer answer)
    {
        var json = answer.ToUtf8Json();
        context.Response.StatusCode = status;
        context.Response.ContentType = "application/json";
        context.Response.ContentLength = json.Length;
        await context.Response.Body.WriteAsync(json, context.RequestAborted).ConfigureAwait(false);
    }

    private async Task RunAsync(HttpContext context, ReceivedNotification received)
    {
        var decoded = received.Notification;
        try
        {
            await taker(received, context.RequestServices, context.RequestAborted).ConfigureAwait(false);
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
            if (context.Response.HasStarted)
            {
                // The handler began to answer: only a broken connection still says that it must come again.
                context.Abort();
                return;
            }

            await AnswerAsync(context, StatusCodes.Status500InternalServerError, s_handlerFailed).ConfigureAwait(false);
            return;
        }

        logger.Handled(decoded.Id, decoded.EventType);
        if (!context.Response.HasStarted)
        {
            context.Response.StatusCode = StatusCodes.Status204NoContent;
        }
    }

    private void Log(VerificationFailure failure)
    {
        if (failure.IsProbe)
        {
            logger.Probe();
        }
        else
        {
            logger.Refused(failure.Code, failure.Message, (failure.Diagnosis?.Advice ?? failure.Advice).English);
        }
    }
}
