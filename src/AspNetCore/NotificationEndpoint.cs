using System.Diagnostics;
using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.Logging;
using WeChatPay.Functional;

namespace WeChatPay.AspNetCore;

/// <summary>A notification that is genuine: what it says, whose it is, its bytes, and when it came.</summary>
internal readonly record struct GenuineNotification(DecodedEvent Decoded, string Merchant, ReadOnlyMemory<byte> Body, DateTimeOffset ReceivedAt);

/// <summary>Deals with a notification, or takes it into keeping; throws when it is to come again.</summary>
internal delegate Task NotificationTaker(GenuineNotification notification, HttpContext context);

/// <summary>One address: bytes in, 204 or a refusal out; everything that came is logged and counted.</summary>
internal sealed class NotificationEndpoint(
    NotificationDecoder decoder,
    NotificationTaker taker,
    int bodyLimit,
    WeChatPayNotificationOptions options,
    TimeProvider clock,
    NotificationMetrics metrics,
    ILogger logger) : IDisposable
{
    private readonly SemaphoreSlim _places = new(options.ConcurrentDecodes);

    public void Dispose() => _places.Dispose();

    public async Task HandleAsync(HttpContext context)
    {
        try
        {
            if (await ReceiveAsync(context).ConfigureAwait(false) is { } notification)
            {
                await RunAsync(context, notification).ConfigureAwait(false);
            }
        }
        catch (BadHttpRequestException failure) when (!context.Response.HasStarted)
        {
            await RefuseUnreadableAsync(context, failure.StatusCode).ConfigureAwait(false);
        }
    }

    /// <summary>The notification, when it is genuine; otherwise the request has been answered.</summary>
    private async Task<GenuineNotification?> ReceiveAsync(HttpContext context)
    {
        // Who says so beforehand takes no place, and is not waited for.
        if (context.Request.ContentLength > bodyLimit)
        {
            await RefuseUnreadableAsync(context, StatusCodes.Status413PayloadTooLarge).ConfigureAwait(false);
            return null;
        }

        if (!_places.Wait(0, CancellationToken.None))
        {
            logger.Overloaded(options.ConcurrentDecodes);
            await RefuseAsync(context, StatusCodes.Status429TooManyRequests, "overloaded").ConfigureAwait(false);
            return null;
        }

        try
        {
            return await DecodeAsync(context, clock.GetUtcNow()).ConfigureAwait(false);
        }
        finally
        {
            _places.Release();
        }
    }

    private async Task<GenuineNotification?> DecodeAsync(HttpContext context, DateTimeOffset receivedAt)
    {
        using var timeout = new CancellationTokenSource(options.ReceiveTimeout, clock);
        using var both = CancellationTokenSource.CreateLinkedTokenSource(timeout.Token, context.RequestAborted);
        try
        {
            var received = await decoder(context.Request, both.Token).ConfigureAwait(false);
            if (received.Result.TryGet(out var decoded, out var failure))
            {
                Activity.Current?.SetTag("wechatpay.notification_id", decoded.Id).SetTag("wechatpay.event_type", decoded.EventType);
                LogAnomalies(decoded);
                return new(decoded, received.Merchant, received.Bytes, receivedAt);
            }

            await RefuseAsync(context, failure).ConfigureAwait(false);
        }
        catch (WeChatPayBodyAlreadyReadException failure)
        {
            logger.BodyAlreadyRead(failure.InnerException, context.Request.Path, failure.Advice.English);
            await RefuseAsync(context, StatusCodes.Status401Unauthorized, "body_already_read").ConfigureAwait(false);
        }
        catch (OperationCanceledException) when (timeout.IsCancellationRequested && !context.RequestAborted.IsCancellationRequested)
        {
            logger.TooSlow(options.ReceiveTimeout);
            context.Response.Headers.Connection = "close";
            await RefuseAsync(context, StatusCodes.Status408RequestTimeout, "receive_timeout").ConfigureAwait(false);
        }
#pragma warning disable CA1031 // Whatever the application's own register of merchants throws, the sender is not proven: 4xx, and the platform comes again.
        catch (Exception failure) when (failure is not BadHttpRequestException and not IOException && !context.RequestAborted.IsCancellationRequested)
#pragma warning restore CA1031
        {
            logger.MerchantUnavailable(failure);
            await RefuseAsync(context, StatusCodes.Status401Unauthorized, "merchant_unavailable").ConfigureAwait(false);
        }

        return null;
    }

    private void LogAnomalies(DecodedEvent decoded)
    {
        foreach (var anomaly in decoded.Anomalies)
        {
            logger.Anomaly(decoded.Id, decoded.EventType, anomaly.Path, anomaly.Reason);
        }
    }

    private Task RefuseAsync(HttpContext context, VerificationFailure failure)
    {
        if (failure.IsProbe)
        {
            logger.Probe();
            metrics.Probe();
            return AnswerAsync(context, failure.StatusCode, failure.Answer);
        }

        logger.Refused(failure.Code, failure.Message, (failure.Diagnosis?.Advice ?? failure.Advice).English);
        return RefuseAsync(context, failure.StatusCode, failure.Code);
    }

    /// <summary>A request that could not be read is its sender's fault: 413 or 400, so that strangers cannot raise an application's 5xx.</summary>
    private Task RefuseUnreadableAsync(HttpContext context, int status)
    {
        var isTooLarge = status == StatusCodes.Status413PayloadTooLarge;
        logger.Unreadable(status);
        context.Response.Headers.Connection = "close";
        return RefuseAsync(context, status, isTooLarge ? "body_too_large" : "unreadable_request");
    }

    private Task RefuseAsync(HttpContext context, int status, string code)
    {
        metrics.Refused(code);
        if (status == StatusCodes.Status429TooManyRequests)
        {
            context.Response.Headers.RetryAfter = "1";
        }

        return AnswerAsync(context, status, new NotificationAnswer(code));
    }

    private static async Task AnswerAsync(HttpContext context, int status, NotificationAnswer answer)
    {
        Activity.Current?.SetTag("error.type", answer.Message);
        var json = answer.ToUtf8Json();
        context.Response.StatusCode = status;
        context.Response.ContentType = "application/json";
        context.Response.ContentLength = json.Length;
        await context.Response.Body.WriteAsync(json, context.RequestAborted).ConfigureAwait(false);
    }

    private async Task RunAsync(HttpContext context, GenuineNotification notification)
    {
        var decoded = notification.Decoded;
        try
        {
            await taker(notification, context).ConfigureAwait(false);
        }
#pragma warning disable CA1031 // Whatever a handler throws, the platform is told to come again.
        catch (Exception failure)
#pragma warning restore CA1031
        {
            await FailAsync(context, decoded, failure).ConfigureAwait(false);
            return;
        }

        logger.Handled(decoded.Id, decoded.EventType);
        metrics.Accepted(decoded);
        if (!context.Response.HasStarted)
        {
            context.Response.StatusCode = StatusCodes.Status204NoContent;
        }
    }

    private async Task FailAsync(HttpContext context, DecodedEvent decoded, Exception failure)
    {
        if (failure is OperationCanceledException && context.RequestAborted.IsCancellationRequested)
        {
            logger.SenderLeft(decoded.Id, decoded.EventType);
            metrics.Refused("sender_left");
            return;
        }

        var code = LogFailure(decoded, failure);
        if (context.Response.HasStarted)
        {
            // The handler began to answer: only a broken connection still says that it must come again.
            metrics.Refused(code);
            context.Abort();
            return;
        }

        await RefuseAsync(context, StatusCodes.Status500InternalServerError, code).ConfigureAwait(false);
    }

    private string LogFailure(DecodedEvent decoded, Exception failure)
    {
        if (failure is NotificationNotHandledException)
        {
            logger.NotHandled(decoded.Id, decoded.EventType);
            return "not_handled";
        }

        logger.HandlerFailed(failure, decoded.Id, decoded.EventType);
        return "handler_failed";
    }
}
