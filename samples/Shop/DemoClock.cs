namespace Shop;

/// <summary>The time of the demo, which the shop and the platform share: it goes on as time does, and jumps to the next morning when the day is told.</summary>
internal sealed class DemoClock : TimeProvider
{
    private long _ahead;

    public override DateTimeOffset GetUtcNow() => base.GetUtcNow() + TimeSpan.FromTicks(Interlocked.Read(ref _ahead));

    public void MoveTo(DateTimeOffset moment) => Interlocked.Exchange(ref _ahead, (moment - base.GetUtcNow()).Ticks);
}
