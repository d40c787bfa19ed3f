namespace WeChatPay;

/// <summary>How long merchants that were looked up are kept, and how many questions strangers can cause.</summary>
public sealed class WeChatPayMerchantsOptions
{
    /// <summary>How many merchants are kept at most; the one that was not asked for longest goes first. 10,000 unless set.</summary>
    public int Capacity { get; set; } = 10_000;

    /// <summary>How long a merchant is kept before it is read again: how long a changed key may take. Five minutes unless set.</summary>
    public TimeSpan KeepFor { get; set; } = TimeSpan.FromMinutes(5);

    /// <summary>How long it is remembered that there is no such merchant, or that its keys are wrong. 30 seconds unless set.</summary>
    public TimeSpan KeepUnknownFor { get; set; } = TimeSpan.FromSeconds(30);

    /// <summary>How many names and serials that are not known may be asked for in a second; what is over is answered 429, and the platform sends it again. A merchant that is known is read again without counting. 50 unless set.</summary>
    public int LookupsPerSecond { get; set; } = 50;

    /// <summary>How long one question may take. Five seconds unless set, as long as the platform waits.</summary>
    public TimeSpan LookupTimeout { get; set; } = TimeSpan.FromSeconds(5);

    internal void Validate()
    {
        ArgumentOutOfRangeException.ThrowIfLessThan(Capacity, 1);
        ArgumentOutOfRangeException.ThrowIfLessThan(LookupsPerSecond, 1);
        ArgumentOutOfRangeException.ThrowIfLessThan(KeepFor, TimeSpan.Zero);
        ArgumentOutOfRangeException.ThrowIfLessThan(KeepUnknownFor, TimeSpan.Zero);
        ArgumentOutOfRangeException.ThrowIfLessThanOrEqual(LookupTimeout, TimeSpan.Zero);
    }
}
