using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Http.Features;

namespace WeChatPay.AspNetCore;

/// <summary>A request's exact bytes, whether they look as if something else had read some of them before, and what the stream threw if it is closed.</summary>
internal readonly record struct RawBody(ReadOnlyMemory<byte> Bytes, bool IsShort, InvalidOperationException? Cause)
{
    public static async Task<RawBody> ReadAsync(HttpRequest request, int limit, CancellationToken cancellationToken)
    {
        try
        {
            var bytes = await BodyBytes.ReadAsync(request.Body, limit, request.ContentLength, cancellationToken).ConfigureAwait(false);
            return new(bytes, IsShorterThanSent(request, bytes.Length), Cause: null);
        }
        catch (InvalidOperationException closed)
        {
            // Whoever read the body closed it: a buffered stream is disposed, a pipe is completed. No sender can bring that about.
            return new(default, IsShort: true, closed);
        }
    }

    /// <summary>With a length, the server guarantees that many bytes. Without one (chunked, HTTP/2) only a body that is gone entirely can be told.</summary>
    private static bool IsShorterThanSent(HttpRequest request, int length) =>
        request.ContentLength is { } announced
            ? length < announced
            : length == 0 && request.HttpContext.Features.Get<IHttpRequestBodyDetectionFeature>()?.CanHaveBody != false;
}
