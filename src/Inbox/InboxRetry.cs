namespace WeChatPay.Inbox;

/// <summary>When a failed item is tried again: twice as late each time, spread by chance, and not for ever.</summary>
public sealed class InboxRetry
{
    /// <summary>How long the first retry waits, at most; 1 second unless set.</summary>
    public TimeSpan FirstDelay { get; set; } = TimeSpan.FromSeconds(1);

    /// <summary>How long any retry waits, at most; 30 minutes unless set.</summary>
    public TimeSpan LongestDelay { get; set; } = TimeSpan.FromMinutes(30);

    /// <summary>How often an item is begun before it is parked; 24 unless set, which is about 7 hours.</summary>
    public int Attempts { get; set; } = 24;

    /// <summary>How long to wait after a failed attempt, from half to all of what the attempt's turn allows; null when the item is to be parked.</summary>
    /// <param name="attempt">The attempt that failed, from 1.</param>
    /// <param name="chance">From 0 up to 1.</param>
    public TimeSpan? After(int attempt, double chance)
    {
        if (attempt >= Attempts)
        {
            return null;
        }

        // 2^30 of the shortest delay is longer than any longest one.
        const int MostDoublings = 30;
        var whole = FirstDelay * Math.Pow(2, Math.Clamp(attempt - 1, 0, MostDoublings));
        var limited = whole < LongestDelay ? whole : LongestDelay;
        return limited * (0.5 + (0.5 * chance));
    }
}
