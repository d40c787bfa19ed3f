namespace WeChatPay.Inbox;

/// <summary>How far an item has come.</summary>
public enum InboxState
{
    /// <summary>It waits for its turn, or is being handled.</summary>
    Pending = 0,

    /// <summary>Its handler has returned, and what it wrote is committed.</summary>
    Done = 1,

    /// <summary>It failed too often, and waits for a person.</summary>
    Parked = 2,

    /// <summary>It was not handled, since another item with the same idempotency key was.</summary>
    Skipped = 3,
}

/// <summary>An item and what has become of it.</summary>
public sealed class InboxRecord
{
    /// <summary>Its number in this inbox, in the order of arrival.</summary>
    public required long Sequence { get; init; }

    /// <summary>The notification.</summary>
    public required InboxItem Item { get; init; }

    /// <summary>How far it has come.</summary>
    public required InboxState State { get; init; }

    /// <summary>How often it was begun.</summary>
    public required int Attempts { get; init; }

    /// <summary>When it is due, while it is pending.</summary>
    public required DateTimeOffset DueAt { get; init; }

    /// <summary>Until when somebody has it, while it is being handled.</summary>
    public DateTimeOffset? LeasedUntil { get; init; }

    /// <summary>Why it failed the last time.</summary>
    public string? Error { get; init; }

    /// <summary>When it was done or skipped.</summary>
    public DateTimeOffset? DoneAt { get; init; }

    /// <summary>Its number, the notification's, and the state; nothing personal.</summary>
    public override string ToString() => "InboxRecord(" + Sequence.ToString(System.Globalization.CultureInfo.InvariantCulture) + ", " + Item.NotificationId + ", " + State + ")";
}
