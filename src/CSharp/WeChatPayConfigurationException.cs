using System.Globalization;

namespace WeChatPay;

/// <summary>One thing that is missing or wrong in a configuration: what, and where to find the right one. No value is shown.</summary>
public sealed class ConfigurationProblem
{
    internal const string Invalid = "invalid";

    /// <summary>Makes one, with the code <c>invalid</c>.</summary>
    public ConfigurationProblem(string setting, string english, string chinese)
        : this(setting, english, chinese, Invalid)
    {
    }

    internal ConfigurationProblem(string setting, string english, string chinese, string code)
    {
        ArgumentNullException.ThrowIfNull(setting);
        ArgumentNullException.ThrowIfNull(english);
        ArgumentNullException.ThrowIfNull(chinese);
        Setting = setting;
        English = english;
        Chinese = chinese;
        Code = code;
    }

    /// <summary>The setting's name, such as <c>ApiV3Key</c>.</summary>
    public string Setting { get; }

    /// <summary>A stable word for what is wrong, such as <c>missing</c> or <c>key_not_of_certificate</c>.</summary>
    public string Code { get; }

    /// <summary>A sentence that names the setting, what is wrong with it and where to find the right one, in English.</summary>
    public string English { get; }

    /// <summary>The same in Chinese.</summary>
    public string Chinese { get; }

    /// <summary>What is wrong, in Chinese where the current UI culture is Chinese, otherwise in English.</summary>
    public override string ToString() => IsChinese ? Chinese : English;

    internal static bool IsChinese => CultureInfo.CurrentUICulture.TwoLetterISOLanguageName == "zh";
}

/// <summary>The configuration cannot work: every missing or wrong setting is named, no value is shown.</summary>
public sealed class WeChatPayConfigurationException : Exception
{
    /// <summary>Makes one from the problems found.</summary>
    public WeChatPayConfigurationException(IEnumerable<ConfigurationProblem> problems)
        : this(problems.ToArray())
    {
    }

    private WeChatPayConfigurationException(ConfigurationProblem[] problems)
        : base((ConfigurationProblem.IsChinese ? "微信支付配置有误：" : "WeChat Pay is not configured: ") + string.Join(" ", problems.Select(problem => problem.ToString()))) =>
        Problems = problems;

    /// <summary>What is missing or wrong.</summary>
    public IReadOnlyList<ConfigurationProblem> Problems { get; } = [];

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
