namespace WeChatPay.Inbox;

/// <summary>Says to the worker of this process that there is something new.</summary>
internal sealed class InboxSignal : IDisposable
{
    private readonly SemaphoreSlim _rung = new(0, 1);

    public void Ring()
    {
        if (_rung.CurrentCount == 0)
        {
            try
            {
                _rung.Release();
            }
            catch (SemaphoreFullException)
            {
                // Somebody else has rung in the meantime.
            }
        }
    }

    public Task WaitAsync(TimeSpan patience, CancellationToken cancellationToken) => _rung.WaitAsync(patience, cancellationToken);

    public void Dispose() => _rung.Dispose();
}
