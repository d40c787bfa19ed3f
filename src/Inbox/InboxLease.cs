namespace WeChatPay.Inbox;

/// <summary>The right to handle one item for a while. Its fence grows with every lease of the item, so that who comes late changes nothing.</summary>
public sealed class InboxLease
{
    /// <summary>The item's number in the inbox.</summary>
    public required long Sequence { get; init; }

    /// <summary>The item's how-manieth lease this is: what was leased again since is refused.</summary>
    public required long Fence { get; init; }

    /// <summary>Which attempt this is, from 1.</summary>
    public required int Attempt { get; init; }

    /// <summary>How long it was leased for.</summary>
    public required TimeSpan Duration { get; init; }

    /// <summary>Whether another item with the same idempotency key is done: then this one is to be skipped.</summary>
    public required bool IsEffectDone { get; init; }

    /// <summary>The notification.</summary>
    public required InboxItem Item { get; init; }

    /// <summary>The item.</summary>
    public override string ToString() => "InboxLease(" + Item + ")";
}
