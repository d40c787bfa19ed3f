using System.Globalization;
using System.Threading.RateLimiting;
using Microsoft.Extensions.Configuration;
using Polly;

namespace WeChatPay;

/// <summary>What calls do on bad days: the section <c>Resilience</c> of a merchant's. Repeated is only what is safe to repeat, whatever is set here.</summary>
public sealed class WeChatPayResilienceOptions
{
    private static readonly TimeSpan s_example = TimeSpan.FromSeconds(10);

    /// <summary>How often a request is sent at most, the first time included: 3 unless set, 1 for each call once.</summary>
    public int Attempts { get; set; } = 3;

    /// <summary>How long a call may take with all its attempts: 100 seconds unless set. <see cref="HttpClient.Timeout"/> limits each attempt besides.</summary>
    public TimeSpan CallTimeout { get; set; } = TimeSpan.FromSeconds(100);

    /// <summary>How long a connection may take to come about: 10 seconds unless set. For handlers that <c>AddWeChatPay</c> makes; others take it from <see cref="WeChatPayClient.CreateHandler(TimeSpan)"/>.</summary>
    public TimeSpan ConnectTimeout { get; set; } = TimeSpan.FromSeconds(10);

    /// <summary>The wait before the second attempt, which doubles with each further one: 200 milliseconds unless set, less by up to half of it, drawn by lot.</summary>
    public TimeSpan FirstDelay { get; set; } = TimeSpan.FromMilliseconds(200);

    /// <summary>The longest wait: 5 seconds unless set. Where the platform asks for a longer one (<c>Retry-After</c>), it is waited for within <see cref="CallTimeout"/>.</summary>
    public TimeSpan LongestDelay { get; set; } = TimeSpan.FromSeconds(5);

    /// <summary>
    /// Hosts for when the main one cannot be reached, such as <c>https://api2.mch.weixin.qq.com</c>; none unless set. Only what was never sent, or may be repeated, goes there after a failure;
    /// calls stay there, and the main host is tried again every five minutes. Calls to the host for merchants outside the mainland have none.
    /// </summary>
    public IList<string> BackupAddresses { get; } = [];

    /// <summary>How many calls a second are sent at most, by call: <c>POST /v3/refund/domestic/refunds</c>, the path with its placeholders. What is over it waits. None unless set.</summary>
    public IDictionary<string, int> CallsPerSecond { get; } = new Dictionary<string, int>(StringComparer.Ordinal);

    /// <summary>A limiter of your own, by call as in <see cref="CallsPerSecond"/>, in place of it: each attempt waits for it, and is not sent where it refuses. In code only.</summary>
    public PartitionedRateLimiter<string>? Limiter { get; set; }

    /// <summary>A pipeline of your own around each attempt, which is signed within it: a circuit breaker, say. It sees connection failures as exceptions, and cannot repeat what must not be. In code only.</summary>
    public ResiliencePipeline? Pipeline { get; set; }

    /// <summary>Every setting but those in code: what is the same here is the same.</summary>
    public override string ToString() => string.Create(
        CultureInfo.InvariantCulture,
        $"{Attempts} {CallTimeout:c} {ConnectTimeout:c} {FirstDelay:c} {LongestDelay:c} [{string.Join(", ", BackupAddresses)}] [{string.Join(", ", CallsPerSecond.OrderBy(static call => call.Key, StringComparer.Ordinal).Select(static call => call.Key + " " + call.Value.ToString(CultureInfo.InvariantCulture)))}]");

    /// <summary>Sets what the section says and leaves the rest.</summary>
    internal void TakeOver(IConfiguration section, IList<ConfigurationProblem> unreadable)
    {
        if (section[nameof(Attempts)] is { } text)
        {
            if (int.TryParse(text, NumberStyles.None, CultureInfo.InvariantCulture, out var attempts))
            {
                Attempts = attempts;
            }
            else
            {
                unreadable.Add(new(nameof(Attempts), "Attempts is not a number.", "Attempts 不是整数。"));
            }
        }

        SettingTexts.ReadSpan(section, nameof(CallTimeout), s_example, span => CallTimeout = span, unreadable);
        SettingTexts.ReadSpan(section, nameof(ConnectTimeout), s_example, span => ConnectTimeout = span, unreadable);
        SettingTexts.ReadSpan(section, nameof(FirstDelay), s_example, span => FirstDelay = span, unreadable);
        SettingTexts.ReadSpan(section, nameof(LongestDelay), s_example, span => LongestDelay = span, unreadable);
        foreach (var address in section.GetSection(nameof(BackupAddresses)).GetChildren())
        {
            BackupAddresses.Add(address.Value ?? string.Empty);
        }

        foreach (var call in section.GetSection(nameof(CallsPerSecond)).GetChildren())
        {
            if (int.TryParse(call.Value, NumberStyles.None, CultureInfo.InvariantCulture, out var number))
            {
                CallsPerSecond[call.Key] = number;
            }
            else
            {
                unreadable.Add(new(nameof(CallsPerSecond), "CallsPerSecond has no number of calls for " + call.Key + ".", "CallsPerSecond 中 " + call.Key + " 的值不是整数。"));
            }
        }
    }
}
