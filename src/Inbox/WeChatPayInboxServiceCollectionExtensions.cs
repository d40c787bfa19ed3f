using Microsoft.Extensions.DependencyInjection.Extensions;
using Microsoft.Extensions.Hosting;
using WeChatPay;
using WeChatPay.Inbox;

namespace Microsoft.Extensions.DependencyInjection;

/// <summary>Adds a durable inbox for notifications to an application.</summary>
public static class WeChatPayInboxServiceCollectionExtensions
{
    /// <summary>
    /// Adds an inbox: notifications are stored, answered at once, and handled by a worker of this application. Say where with <c>UseSqlite</c> or <c>UsePostgres</c>, and what with <c>Handle</c>;
    /// then <c>app.MapWeChatPayNotifications("/wechatpay/notify")</c> gives it what comes.
    /// </summary>
    public static WeChatPayInboxBuilder AddWeChatPayInbox(this IServiceCollection services)
    {
        ArgumentNullException.ThrowIfNull(services);
        var handler = new InboxHandler();
        var options = new InboxOptions();
        var seal = new InboxSeal();
        services.TryAddSingleton(TimeProvider.System);
        services.AddSingleton(handler);
        services.AddSingleton(options);
        services.AddSingleton(seal);
        services.AddSingleton<InboxSignal>();
        services.AddSingleton<InboxSink>();
        services.AddSingleton<INotificationSink>(static provider => provider.GetRequiredService<InboxSink>());
        services.AddSingleton<IInboxStore>(static _ => throw new InvalidOperationException(
            "The inbox has no store: call UseSqlite(\"wechatpay.db\") or UsePostgres(connectionString) on what AddWeChatPayInbox returns."));
        services.AddHostedService<InboxStartup>();
        services.AddHostedService<InboxWorker>();
        services.AddHostedService<InboxMeter>();
        return new WeChatPayInboxBuilder(services, handler, options, seal);
    }
}

/// <summary>Says everything that is wrong with the inbox's settings when the application starts.</summary>
internal sealed class InboxStartup(InboxHandler handler, InboxOptions options) : IHostedService
{
    public Task StartAsync(CancellationToken cancellationToken)
    {
        List<ConfigurationProblem> problems = [.. options.FindProblems()];
        if (!handler.IsSet)
        {
            problems.Add(new("Handle", "The inbox has no handler: call Handle(…) on what AddWeChatPayInbox returns.", "收件箱没有处理程序：请在 AddWeChatPayInbox 返回的对象上调用 Handle(…)。"));
        }

        return problems.Count == 0 ? Task.CompletedTask : throw new WeChatPayConfigurationException(problems);
    }

    public Task StopAsync(CancellationToken cancellationToken) => Task.CompletedTask;
}
