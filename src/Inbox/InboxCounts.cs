namespace WeChatPay.Inbox;

/// <summary>How many items an inbox has in each state, and since when the oldest waits.</summary>
/// <param name="Pending">How many wait or are being handled.</param>
/// <param name="Parked">How many wait for a person.</param>
/// <param name="Done">How many are done or skipped, and still kept.</param>
/// <param name="OldestPending">When the oldest pending one came; null when none waits.</param>
public readonly record struct InboxCounts(long Pending, long Parked, long Done, DateTimeOffset? OldestPending)
{
    /// <summary>How long the oldest pending one has waited; zero when none waits.</summary>
    internal TimeSpan Age(DateTimeOffset now) => OldestPending is { } oldest ? now - oldest : TimeSpan.Zero;
}
