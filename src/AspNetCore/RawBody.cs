using System.Buffers;
using Microsoft.AspNetCore.Http;

namespace WeChatPay.AspNetCore;

/// <summary>A body's exact bytes, read once; of one over the limit just enough to see that it is.</summary>
internal readonly record struct RawBody(ReadOnlyMemory<byte> Bytes, bool WasReadBefore)
{
    public static async Task<RawBody> ReadAsync(HttpRequest request, int limit, CancellationToken cancellationToken)
    {
        // Somebody who buffers the body (EnableBuffering) may have read it: begin again.
        if (request.Body.CanSeek)
        {
            request.Body.Position = 0;
        }

        var buffer = new ArrayBufferWriter<byte>((int)Math.Clamp(request.ContentLength + 1 ?? 4096, 256, limit + 1L));
        var isOpen = true;
        while (isOpen && buffer.WrittenCount <= limit)
        {
            var free = buffer.GetMemory();
            var read = await request.Body.ReadAsync(free[..Math.Min(free.Length, limit + 1 - buffer.WrittenCount)], cancellationToken).ConfigureAwait(false);
            buffer.Advance(read);
            isOpen = read > 0;
        }

        return new(buffer.WrittenMemory, WasReadBefore: buffer.WrittenCount == 0 && request.ContentLength > 0);
    }
}
