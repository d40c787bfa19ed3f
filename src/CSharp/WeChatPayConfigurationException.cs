namespace WeChatPay;

/// <summary>The configuration cannot work: every missing or wrong setting is named, no value is shown.</summary>
public sealed class WeChatPayConfigurationException : Exception
{
    /// <summary>Makes one from the problems found.</summary>
    public WeChatPayConfigurationException(IEnumerable<string> problems)
        : this(problems.ToArray())
    {
    }

    private WeChatPayConfigurationException(string[] problems)
        : base("WeChat Pay is not configured: " + string.Join(" ", problems)) => Problems = problems;

    /// <summary>What is missing or wrong, a sentence each.</summary>
    public IReadOnlyList<string> Problems { get; } = [];

    /// <summary>Makes one without words.</summary>
    public WeChatPayConfigurationException()
    {
    }

    /// <summary>Makes one from a message.</summary>
    public WeChatPayConfigurationException(string message)
        : base(message)
    {
    }

    /// <summary>Makes one from a message and a cause.</summary>
    public WeChatPayConfigurationException(string message, Exception innerException)
        : base(message, innerException)
    {
    }
}
