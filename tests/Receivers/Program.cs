// The code of docs/receiving.md, as it stands there: a test compares the two.
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.DependencyInjection;
using WeChatPay.Functional;

namespace WeChatPay.Tests.Receivers;

/// <summary>The statements of an application's start.</summary>
public static class Program
{
    public static void Add(WebApplicationBuilder builder)
    {
        builder.Services.AddWeChatPay(builder.Configuration.GetSection("WeChatPay"));
        builder.Services.AddSingleton<Orders>();
    }

    public static void MapEndpoint(WebApplication app)
    {
        app.MapWeChatPayNotifications("/wechatpay/notify", (context, ct) =>
            context.Services.GetRequiredService<Orders>().SettleAsync(context.Notification, ct));
    }

    public static void MapHandlers(WebApplication app)
    {
        app.MapWeChatPayNotifications("/wechatpay/notify", on => on
            .EventType("ENTRUST.SIGN", (context, ct) => Task.CompletedTask)               // by its text: runs first
            .Case<WeChatPayEvent.PaymentSucceeded>((paid, context, ct) =>
                context.Services.GetRequiredService<Orders>().SettleAsync(context.Notification, ct))
            .Otherwise((context, ct) => Task.CompletedTask));                             // the rest is nobody's business here
    }

    public static void AddMerchants(WebApplicationBuilder builder)
    {
        builder.Services.AddWeChatPayMerchants<MerchantRegister>();
    }

    public static void MapMerchants(WebApplication app)
    {
        app.MapWeChatPayNotifications("/wechatpay/{merchant}/notify", (context, ct) =>
            context.Services.GetRequiredService<Orders>().SettleAsync(context.Notification, ct));  // of context.Merchant

        app.MapWeChatPayNotificationsForAll("/wechatpay/notify", (context, ct) =>
            context.Services.GetRequiredService<Orders>().SettleAsync(context.Notification, ct));
    }

    public static void AddLimits(WebApplicationBuilder builder)
    {
        builder.Services.Configure<WeChatPayNotificationOptions>(options => options.ConcurrentDecodes = 64);
        builder.Services.AddHealthChecks().AddWeChatPay();
    }

    public static void MapMinimal(WebApplication app)
    {
        app.MapPost("/wechatpay/notify", async (HttpRequest request, WeChatPayNotifications notifications, Orders orders, CancellationToken ct) =>
        {
            NotificationResult result = await notifications.DecodeAsync(request, ct);
            if (!result.TryGet(out DecodedEvent? decoded, out VerificationFailure? failure))
            {
                return Results.Json(failure.Answer, statusCode: failure.StatusCode);
            }

            await orders.SettleAsync(decoded, ct);
            return Results.NoContent();
        }).AllowAnonymous();
    }

    public static void Buffer(WebApplication app)
    {
        app.UseWhen(
            context => context.Request.Path.StartsWithSegments("/wechatpay"),
            branch => branch.Use((HttpContext context, RequestDelegate next) =>
            {
                context.Request.EnableBuffering();
                return next(context);
            }));
    }
}
