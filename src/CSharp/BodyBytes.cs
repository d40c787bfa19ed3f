using System.Buffers;

namespace WeChatPay;

/// <summary>A body's exact bytes, read once; of one over the limit just enough to see that it is.</summary>
internal static class BodyBytes
{
    private const int Least = 256;
    private const int UsualLength = 4096;

    // What is announced may never come: a stranger's word for a length takes no more than this.
    private const int MostInAdvance = 16_384;

    /// <summary>Reads at most one byte more than the limit. A body that can seek is read from its beginning: a signature never covers a part.</summary>
    public static async Task<ReadOnlyMemory<byte>> ReadAsync(Stream body, int limit, long? announcedLength, CancellationToken cancellationToken)
    {
        if (body.CanSeek)
        {
            body.Position = 0;
        }

        var buffer = new ArrayBufferWriter<byte>((int)Math.Clamp(announcedLength + 1 ?? UsualLength, Least, MostInAdvance));
        var isOpen = true;
        while (isOpen && buffer.WrittenCount <= limit)
        {
            var free = buffer.GetMemory();
            var read = await body.ReadAsync(free[..Math.Min(free.Length, limit + 1 - buffer.WrittenCount)], cancellationToken).ConfigureAwait(false);
            buffer.Advance(read);
            isOpen = read > 0;
        }

        return buffer.WrittenMemory;
    }
}
