namespace WeChatPay.Tests.Receivers;

/// <summary>A body as the network has it: read once, forward, a few bytes at a time. It counts what was taken.</summary>
public sealed class ForwardStream(byte[] bytes) : Stream
{
    private const int Portion = 512;
    private int _taken;

    public int Taken => _taken;

    public bool IsClosed { get; private set; }

    public override bool CanRead => true;

    public override bool CanSeek => false;

    public override bool CanWrite => false;

    public override long Length => throw new NotSupportedException();

    public override long Position
    {
        get => throw new NotSupportedException();
        set => throw new NotSupportedException();
    }

    public override int Read(byte[] buffer, int offset, int count) => throw new InvalidOperationException("Synchronous reads are not allowed.");

    public override ValueTask<int> ReadAsync(Memory<byte> buffer, CancellationToken cancellationToken = default)
    {
        cancellationToken.ThrowIfCancellationRequested();
        if (buffer.IsEmpty)
        {
            throw new InvalidOperationException("A read of nothing may wait for ever on a network.");
        }

        var count = Math.Min(Math.Min(Portion, buffer.Length), bytes.Length - _taken);
        bytes.AsMemory(_taken, count).CopyTo(buffer);
        _taken += count;
        return ValueTask.FromResult(count);
    }

    public override void Flush()
    {
    }

    public override long Seek(long offset, SeekOrigin origin) => throw new NotSupportedException();

    public override void SetLength(long value) => throw new NotSupportedException();

    public override void Write(byte[] buffer, int offset, int count) => throw new NotSupportedException();

    protected override void Dispose(bool disposing)
    {
        IsClosed = true;
        base.Dispose(disposing);
    }
}
