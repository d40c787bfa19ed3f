using System.Threading.Channels;
using WeChatPay.Functional;

namespace Quickstart;

/// <summary>A callback as it came, with what the library made of it.</summary>
internal sealed record Callback(IReadOnlyList<KeyValuePair<string, string>> Headers, byte[] Body, DecodedEvent Event);

/// <summary>Keeps what came, so that the story can show it. A real shop has no need of it.</summary>
internal sealed class CallbackWitness
{
    private readonly Channel<Callback> _seen = Channel.CreateUnbounded<Callback>();
    private readonly AsyncLocal<(List<KeyValuePair<string, string>> Headers, byte[] Body)?> _current = new();

    public async Task WatchAsync(HttpContext context, RequestDelegate next)
    {
        context.Request.EnableBuffering();
        using var body = new MemoryStream();
        await context.Request.Body.CopyToAsync(body, context.RequestAborted);
        var headers = context.Request.Headers
            .Where(header => header.Key.StartsWith("Wechatpay-", StringComparison.OrdinalIgnoreCase))
            .Select(header => KeyValuePair.Create(header.Key, header.Value.ToString()));
        _current.Value = (headers.ToList(), body.ToArray());
        await next(context);
    }

    public void Decoded(DecodedEvent notification)
    {
        if (_current.Value is var (headers, body))
        {
            _seen.Writer.TryWrite(new(headers, body, notification));
        }
    }

    public ValueTask<Callback> NextAsync(CancellationToken cancellationToken) => _seen.Reader.ReadAsync(cancellationToken);
}

internal static class CallbackWitnessExtensions
{
    public static void UseCallbackWitness(this WebApplication app, string path) =>
        app.UseWhen(
            context => context.Request.Path == path,
            branch => branch.Use((HttpContext context, RequestDelegate next) =>
                app.Services.GetRequiredService<CallbackWitness>().WatchAsync(context, next)));
}
