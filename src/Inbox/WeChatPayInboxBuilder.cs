using System.Diagnostics.CodeAnalysis;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.DependencyInjection.Extensions;
using Microsoft.Extensions.Hosting;
using WeChatPay.Inbox;

namespace WeChatPay;

/// <summary>What can be set about an inbox: where it keeps, what handles, and how.</summary>
public sealed class WeChatPayInboxBuilder
{
    private readonly InboxHandler _handler;
    private readonly InboxOptions _options;
    private readonly InboxSeal _seal;

    internal WeChatPayInboxBuilder(IServiceCollection services, InboxHandler handler, InboxOptions options, InboxSeal seal)
    {
        Services = services;
        _handler = handler;
        _options = options;
        _seal = seal;
    }

    /// <summary>The application's services.</summary>
    public IServiceCollection Services { get; }

    /// <summary>Keeps items in an SQLite file, made where it is not there; a relative path is relative to the content root. For one machine.</summary>
    public WeChatPayInboxBuilder UseSqlite(string path)
    {
        ArgumentException.ThrowIfNullOrWhiteSpace(path);
        return UseStore(provider => InboxStores.Sqlite(Path.Combine(provider.GetService<IHostEnvironment>()?.ContentRootPath ?? string.Empty, path)));
    }

    /// <summary>Keeps items in PostgreSQL, where several processes on several machines share them.</summary>
    public WeChatPayInboxBuilder UsePostgres(string connectionString)
    {
        ArgumentException.ThrowIfNullOrWhiteSpace(connectionString);
        return UseStore(_ => InboxStores.Postgres(connectionString));
    }

    /// <summary>Keeps items in a store of your own; <c>InboxStoreConformance</c> of <c>WeChatPay.Testing</c> tests it.</summary>
    public WeChatPayInboxBuilder UseStore(Func<IServiceProvider, IInboxStore> create)
    {
        ArgumentNullException.ThrowIfNull(create);
        Services.Replace(ServiceDescriptor.Singleton(create));
        return this;
    }

    /// <summary>Handles every item. What it writes in <see cref="NotificationContext.BeginTransactionAsync"/> happens exactly once; anything else at least once, with <c>IdempotencyKey</c> to tell.</summary>
    public WeChatPayInboxBuilder Handle(Func<NotificationContext, CancellationToken, Task> handler)
    {
        ArgumentNullException.ThrowIfNull(handler);
        if (_handler.IsSet)
        {
            throw new InvalidOperationException("The inbox has a handler already: one handles everything, by a switch over the event.");
        }

        _handler.Run = handler;
        return this;
    }

    /// <summary>Handles every item with a class from DI, made anew for each attempt in its scope.</summary>
    public WeChatPayInboxBuilder Handle<[DynamicallyAccessedMembers(DynamicallyAccessedMemberTypes.PublicConstructors)] THandler>()
        where THandler : class, IWeChatPayNotificationHandler =>
        Handle(static (context, cancellationToken) =>
            ActivatorUtilities.GetServiceOrCreateInstance<THandler>(context.Services).HandleAsync(context, cancellationToken));

    /// <summary>Sets how items are handled: how many at once, how long, how often.</summary>
    public WeChatPayInboxBuilder Configure(Action<InboxOptions> configure)
    {
        ArgumentNullException.ThrowIfNull(configure);
        configure(_options);
        return this;
    }

    /// <summary>Seals what holds personal data under keys of your own before it is stored.</summary>
    public WeChatPayInboxBuilder Seal(Action<InboxSeal> configure)
    {
        ArgumentNullException.ThrowIfNull(configure);
        configure(_seal);
        return this;
    }

    /// <summary>Asks the platform about orders that your own books think unpaid, and hands on what was paid as if a notification had come.</summary>
    /// <param name="after">How long after its placing an order is asked about.</param>
    /// <param name="every">How often.</param>
    public WeChatPayInboxBuilder SweepUnsettledOrders<[DynamicallyAccessedMembers(DynamicallyAccessedMemberTypes.PublicConstructors)] TOrders>(TimeSpan after, TimeSpan every)
        where TOrders : class, IUnsettledOrders
    {
        ArgumentOutOfRangeException.ThrowIfLessThan(after, TimeSpan.Zero);
        ArgumentOutOfRangeException.ThrowIfLessThanOrEqual(every, TimeSpan.Zero);
        Services.AddHostedService(provider => ActivatorUtilities.CreateInstance<InboxSweep>(
            provider,
            new SweepTimes(after, every),
            (Func<IServiceProvider, IUnsettledOrders>)(static scope => ActivatorUtilities.GetServiceOrCreateInstance<TOrders>(scope))));
        return this;
    }
}
