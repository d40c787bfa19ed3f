using WeChatPay.Functional;
using WeChatPay.Shell;

namespace WeChatPay;

/// <summary>What one merchant's notifications are received by: the platform's keys as they stand at the moment, and the APIv3 key.</summary>
internal sealed class ReceivingKeys(IPlatformKeys platform, ApiV3Key apiV3Key, TimeSpan tolerance, int bodyLimit)
{
    private NotificationPolicy _policy = PolicyOf(platform, apiV3Key, tolerance, bodyLimit);

    /// <summary>The keys that open resources and certificates.</summary>
    public ApiV3Key ApiV3Key => apiV3Key;

    public int BodyLimit => bodyLimit;

    /// <summary>The platform's keys, for the merchant's clients.</summary>
    public IPlatformKeys Platform => platform;

    /// <summary>The platform's keys; another object once they are renewed.</summary>
    public Keyring Ring => platform.Policy.Keys;

    /// <summary>What is accepted now; the same object until the keys are renewed.</summary>
    public NotificationPolicy Policy
    {
        get
        {
            var policy = _policy;
            return ReferenceEquals(policy.Verification.Keys, platform.Policy.Keys) ? policy : _policy = PolicyOf(platform, apiV3Key, tolerance, bodyLimit);
        }
    }

    /// <summary>Lets what is due be asked in the background.</summary>
    public void Tick() => platform.Tick();

    /// <summary>A key that is not known, or not valid now, may have come since: the platform is asked in the background, within the budget that strangers have.</summary>
    public void Notice(string serial) => platform.Notice(serial);

    /// <summary>The same for why a notification was refused.</summary>
    public void Notice(VerifyError error)
    {
        if (error is VerifyError.UnknownSerial unknown)
        {
            platform.Notice(unknown.Serial);
        }
        else if (error is VerifyError.KeyNotCurrent ended)
        {
            platform.Notice(ended.Serial);
        }
    }

    /// <summary>No key is printed.</summary>
    public override string ToString() => "ReceivingKeys(" + Ring + ")";

    private static NotificationPolicy PolicyOf(IPlatformKeys platform, ApiV3Key apiV3Key, TimeSpan tolerance, int bodyLimit) =>
        new(new VerificationPolicy(platform.Policy.Keys, tolerance, bodyLimit, platform.Policy.Suite), apiV3Key);
}
