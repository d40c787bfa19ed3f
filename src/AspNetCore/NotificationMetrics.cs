using System.Diagnostics.Metrics;
using Microsoft.Extensions.DependencyInjection;
using WeChatPay.Functional;

namespace WeChatPay.AspNetCore;

/// <summary>Counts what came: the meter <c>WeChatPay</c>. Probes are no refusals: nobody is to be alarmed by them.</summary>
internal sealed class NotificationMetrics
{
    private static readonly Meter s_meter = new(WeChatPayTelemetry.Name);
    private readonly Counter<long> _accepted;
    private readonly Counter<long> _refused;
    private readonly Counter<long> _probes;

    public NotificationMetrics(IServiceProvider services)
    {
        var meter = services.GetService<IMeterFactory>()?.Create(WeChatPayTelemetry.Name) ?? s_meter;
        _accepted = meter.CreateCounter<long>("wechatpay.notifications.accepted", "{notification}", "Notifications that were dealt with, by event type.");
        _refused = meter.CreateCounter<long>("wechatpay.notifications.refused", "{notification}", "Requests that were refused or failed, by code.");
        _probes = meter.CreateCounter<long>("wechatpay.notifications.probes", "{notification}", "Forged signatures that the platform sent as a test, refused as they must be.");
    }

    /// <summary>Only event types that this version has cases for are named: the platform invents new ones.</summary>
    public void Accepted(DecodedEvent notification) =>
        _accepted.Add(1, new KeyValuePair<string, object?>("event_type", notification.Event.IsUnrecognized ? "other" : notification.EventType));

    public void Refused(string code) => _refused.Add(1, new KeyValuePair<string, object?>("code", code));

    public void Probe() => _probes.Add(1);
}
