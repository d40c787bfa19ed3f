namespace WeChatPay.Inbox;

/// <summary>How an inbox handles what it keeps.</summary>
public sealed class InboxOptions
{
    /// <summary>How many items are handled at once by this process; 4 unless set. On SQLite their transactions take turns.</summary>
    public int Concurrency { get; set; } = 4;

    /// <summary>How long one attempt may take before another may begin it; 1 minute unless set. The handler is cancelled after four fifths of it.</summary>
    public TimeSpan LeaseDuration { get; set; } = TimeSpan.FromMinutes(1);

    /// <summary>How often to look for what other processes took in, or what is due again; 1 second unless set. What this process takes in is begun at once.</summary>
    public TimeSpan PollInterval { get; set; } = TimeSpan.FromSeconds(1);

    /// <summary>When a failed item is tried again.</summary>
    public InboxRetry Retry { get; } = new();

    /// <summary>How long done items are kept, at least 2 days; 30 days unless set. The platform repeats a notification for a day: what is forgotten could be taken for new.</summary>
    public TimeSpan Retention { get; set; } = TimeSpan.FromDays(30);

    /// <summary>How old the oldest waiting item may be before the health check says so; 5 minutes unless set.</summary>
    public TimeSpan AlarmingAge { get; set; } = TimeSpan.FromMinutes(5);

    /// <summary>What is wrong; empty when nothing is.</summary>
    internal IReadOnlyList<ConfigurationProblem> FindProblems()
    {
        var problems = new List<ConfigurationProblem>();
        Demand(problems, Concurrency >= 1, nameof(Concurrency), "must be at least 1.", "至少为 1。");
        Demand(problems, LeaseDuration >= TimeSpan.FromSeconds(1) && LeaseDuration <= TimeSpan.FromDays(1), nameof(LeaseDuration), "must be 1 second to 1 day.", "须在 1 秒到 1 天之间。");
        Demand(problems, PollInterval > TimeSpan.Zero && PollInterval <= TimeSpan.FromHours(1), nameof(PollInterval), "must be above zero and at most 1 hour.", "须大于零且不超过 1 小时。");
        Demand(problems, Retry.FirstDelay > TimeSpan.Zero && Retry.LongestDelay >= Retry.FirstDelay, "Retry.FirstDelay", "must be above zero and at most Retry.LongestDelay.", "须大于零且不超过 Retry.LongestDelay。");
        Demand(problems, Retry.Attempts >= 1, "Retry.Attempts", "must be at least 1.", "至少为 1。");
        Demand(problems, Retention >= TimeSpan.FromDays(2), nameof(Retention), "must be at least 2 days: the platform repeats a notification for a day.", "至少为 2 天：平台会在一天内重复发送通知。");
        return problems;
    }

    private static void Demand(List<ConfigurationProblem> problems, bool isMet, string setting, string english, string chinese)
    {
        if (!isMet)
        {
            problems.Add(new(setting, "The inbox's " + setting + " " + english, "收件箱的 " + setting + " " + chinese));
        }
    }
}
