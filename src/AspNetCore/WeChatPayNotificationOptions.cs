namespace WeChatPay;

/// <summary>Limits of the addresses that notifications come to: <c>services.Configure&lt;WeChatPayNotificationOptions&gt;(…)</c>. How large a body may be is the merchant's own <see cref="WeChatPayOptions.BodyLimit"/>.</summary>
public sealed class WeChatPayNotificationOptions
{
    /// <summary>How many notifications may be received and decoded at once at one address; what is over is answered 429 at once, unread, and the platform sends it again. Handlers do not count. 256 unless set.</summary>
    public int ConcurrentDecodes { get; set; } = 256;

    /// <summary>How long a body may take to arrive and to be decoded, the merchant's being looked up included. Five seconds unless set, as long as the platform waits.</summary>
    public TimeSpan ReceiveTimeout { get; set; } = TimeSpan.FromSeconds(5);

    /// <summary>Whether descriptions of the application's API (OpenAPI) show the addresses; they do not unless set, since nobody but the platform calls them.</summary>
    public bool IsDescribed { get; set; }

    internal void Validate()
    {
        ArgumentOutOfRangeException.ThrowIfLessThan(ConcurrentDecodes, 1);
        ArgumentOutOfRangeException.ThrowIfLessThanOrEqual(ReceiveTimeout, TimeSpan.Zero);
    }
}
