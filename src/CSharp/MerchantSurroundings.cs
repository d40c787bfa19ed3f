using System.Diagnostics.Metrics;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Logging.Abstractions;
using Microsoft.FSharp.Core;
using WeChatPay.Functional;
using WeChatPay.Shell;

namespace WeChatPay;

/// <summary>What a merchant's clients and receivers share, and where they tell what happens.</summary>
internal sealed class MerchantSurroundings(TimeProvider? clock, ILogger? logger)
{
    private static readonly Counter<long> s_refreshes = new Meter(WeChatPayTelemetry.Name).CreateCounter<long>(
        "wechatpay.keys.refreshes", "{refresh}", "Questions for the platform's certificates, by what they were asked for (schedule, answer, notification) and by how they ended (renewed, or the error's code).");

    public static MerchantSurroundings None { get; } = new(clock: null, logger: null);

    public TimeProvider Clock { get; } = clock ?? TimeProvider.System;

    public ILogger Logger { get; } = logger ?? NullLogger.Instance;

    /// <summary>The platform's keys that another client of the merchant has read already: renewed once for all.</summary>
    public IPlatformKeys? PlatformKeys { get; init; }

    /// <summary>The same with the platform's keys of another client, or without.</summary>
    public MerchantSurroundings With(IPlatformKeys? platform) => new(Clock, Logger) { PlatformKeys = platform };

    /// <summary>Logs what became of the platform's certificates.</summary>
    public void Report(string merchantId, RefreshReport report)
    {
        switch (report)
        {
            case RefreshReport.Renewed renewed:
                Count(renewed.Cause, "renewed");
                Logger.CertificatesRenewed(merchantId, RefreshCauseModule.name(renewed.Cause), string.Join(", ", renewed.Serials));
                break;
            case RefreshReport.NotRenewed failed:
                ReportFailure(merchantId, failed);
                break;
            case RefreshReport.FileUnusable unusable:
                Logger.CertificateFileUnusable(merchantId, unusable.Path, unusable.Reason);
                break;
            case RefreshReport.FileNotWritten unwritten:
                Logger.CertificateFileNotWritten(merchantId, unwritten.Path, unwritten.Reason);
                break;
        }
    }

    /// <summary>Logs how calls end: what failed where it can be seen, what the platform refused and what went well for whoever looks closer.</summary>
    public FSharpFunc<CallReport, Unit> ReportOf(string merchantId)
    {
        return FuncConvert.FromAction<CallReport>(call =>
        {
            var level = LevelOf(call.Code);
            if (Logger.IsEnabled(level))
            {
                Logger.CallEnded(level, merchantId, call.Method, call.PathTemplate, call.Code.Length == 0 ? "ok" : call.Code, call.StatusCode, OrDash(call.PlatformCode), OrDash(call.RequestId), call.Attempts, call.Duration.TotalMilliseconds);
            }
        });
    }

    private static string OrDash(string text) => text.Length == 0 ? "-" : text;

    private static LogLevel LevelOf(string code) =>
        code switch
        {
            "" or "cancelled" => LogLevel.Debug,
            "refused" or "invalid_request" => LogLevel.Information,
            _ => LogLevel.Warning,
        };

    private static void Count(RefreshCause cause, string outcome) =>
        s_refreshes.Add(1, new KeyValuePair<string, object?>("cause", RefreshCauseModule.name(cause)), new KeyValuePair<string, object?>("outcome", outcome));

    private void ReportFailure(string merchantId, RefreshReport.NotRenewed failed)
    {
        var (code, message, advice) = (ApiErrorModule.code(failed.Error), ApiErrorModule.message(failed.Error), ApiErrorModule.advice(failed.Error).English);
        Count(failed.Cause, code);
        if (failed.HasValidKey)
        {
            Logger.CertificatesNotRenewed(merchantId, RefreshCauseModule.name(failed.Cause), code, message, advice);
        }
        else
        {
            Logger.NoPlatformKey(merchantId, RefreshCauseModule.name(failed.Cause), code, message, advice);
        }
    }
}
