using WeChatPay.Functional;

namespace WeChatPay;

/// <summary>Receives notifications for one merchant: headers and bytes in, an event or a failure out; nothing that a sender can choose throws.</summary>
public class WeChatPayNotifications
{
    private readonly NotificationPolicy _policy;
    private readonly TimeProvider _clock;

    internal WeChatPayNotifications(NotificationPolicy policy, TimeProvider clock)
    {
        _policy = policy;
        _clock = clock;
    }

    /// <summary>Makes one from options; all that is missing or wrong is named at once.</summary>
    /// <exception cref="WeChatPayConfigurationException">A key is missing or wrong.</exception>
    public static WeChatPayNotifications Create(WeChatPayOptions options, TimeProvider? clock = null)
    {
        ArgumentNullException.ThrowIfNull(options);
        var problems = new List<string>();
        return Create(options, clock, problems) ?? throw new WeChatPayConfigurationException(problems);
    }

    internal static WeChatPayNotifications? Create(WeChatPayOptions options, TimeProvider? clock, ICollection<string> problems)
    {
        var setup = new MerchantSetup(options, problems);
        var key = setup.ReadApiV3Key();
        var verification = setup.ReadVerification();
        return key is null || verification is null || problems.Count > 0
            ? null
            : new WeChatPayNotifications(new NotificationPolicy(verification, key), clock ?? TimeProvider.System);
    }

    /// <summary>Verifies, opens and reads a notification that came just now. Header names may be in any framework's spelling.</summary>
    public virtual NotificationResult Decode(IEnumerable<KeyValuePair<string, string>> headers, ReadOnlySpan<byte> body) =>
        DecodeReceivedAt(_clock.GetUtcNow(), headers, body);

    /// <summary>Verifies, opens and reads a notification that was stored when it came: freshness and the keys' validity are judged as of that time, which must be the receiver's own, not the sender's.</summary>
    public virtual NotificationResult DecodeReceivedAt(DateTimeOffset receivedAt, IEnumerable<KeyValuePair<string, string>> headers, ReadOnlySpan<byte> body)
    {
        ArgumentNullException.ThrowIfNull(headers);
        var result = Core.decode(_policy, receivedAt, DeliveryModule.create(headers, body));
        return result.IsOk ? new NotificationResult(result.ResultValue) : new NotificationResult(new VerificationFailure(result.ErrorValue));
    }
}

/// <summary>The configuration cannot work: every missing or wrong setting is named, no value is shown.</summary>
public sealed class WeChatPayConfigurationException : Exception
{
    /// <summary>Makes one from the problems found.</summary>
    public WeChatPayConfigurationException(IEnumerable<string> problems)
        : base("WeChat Pay is not configured: " + string.Join(" ", problems))
    {
    }

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
