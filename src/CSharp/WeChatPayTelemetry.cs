using WeChatPay.Shell;

namespace WeChatPay;

/// <summary>Under which name calls and notifications are seen: <c>AddSource(WeChatPayTelemetry.Name)</c> for traces and <c>AddMeter(WeChatPayTelemetry.Name)</c> for metrics of OpenTelemetry.</summary>
public static class WeChatPayTelemetry
{
    /// <summary>The name of the activity source and of the meter.</summary>
    public const string Name = Telemetry.Name;
}
