using Shop.Orders;
using Shop.Pages;
using Shop.Payments;
using WeChatPay.Simulator;

namespace Shop;

/// <summary>Puts the shop together.</summary>
internal static class ShopApplication
{
    private const string NotifyPath = "/wechatpay/notify";

    /// <summary>Opens the shop until it is stopped: with the merchant that is configured, or beside a simulated WeChat Pay.</summary>
    public static async Task<int> RunAsync(string[] args)
    {
        var builder = CreateBuilder(args);
        await using var platform = string.IsNullOrWhiteSpace(builder.Configuration["WeChatPay:MerchantId"]) ? await WeChatPaySimulator.StartAsync() : null;
        if (platform is not null)
        {
            // The simulated platform forgets when it stops, so the shop beside it begins anew, too.
            builder.Configuration.AddInMemoryCollection([new("Shop:Database", Path.Combine(Directory.CreateTempSubdirectory("shop-").FullName, "shop.db"))]);
        }

        await using var app = await OpenAsync(builder, platform);
        Console.WriteLine();
        Console.WriteLine(platform is null
            ? "  WeChat Pay: merchant " + builder.Configuration["WeChatPay:MerchantId"]
            : "  *** WeChat Pay is SIMULATED: no merchant is configured, no money moves (see samples/Shop/Program.cs) ***");
        Console.WriteLine("  The shop    " + app.Urls.First());
        Console.WriteLine("  The admin   " + app.Urls.First() + "/admin      Ctrl+C closes the shop");
        await app.WaitForShutdownAsync();
        return 0;
    }

    /// <summary>Settings from appsettings.json, user secrets, environment and command line, later ones first.</summary>
    public static WebApplicationBuilder CreateBuilder(string[] args)
    {
        var builder = WebApplication.CreateSlimBuilder(args);
        builder.Configuration.AddUserSecrets(typeof(ShopApplication).Assembly, optional: true).AddEnvironmentVariables().AddCommandLine(args);
        return builder;
    }

    /// <summary>Builds the shop and starts it.</summary>
    public static async Task<WebApplication> OpenAsync(WebApplicationBuilder builder, WeChatPaySimulator? platform)
    {
        if (platform is not null)
        {
            builder.Configuration.AddInMemoryCollection(platform.Settings);
            builder.Services.AddKeyedSingleton("payer", platform);
        }

        var settings = ShopSettings.Read(builder.Configuration, builder.Environment.ContentRootPath, platform is not null);
        builder.Services.AddWeChatPay(builder.Configuration.GetSection("WeChatPay"));
        builder.Services.AddSingleton(settings);
        builder.Services.AddSingleton<Database>();
        builder.Services.AddSingleton<OrderBook>();
        builder.Services.AddSingleton<Checkout>();
        builder.Services.AddSingleton<Refunding>();
        builder.Services.AddSingleton<DayEnd>();
        builder.Services.AddHostedService<OrderPatrol>();

        // In the shop's own database: an effect and the mark that it is done are one transaction.
        builder.Services.AddWeChatPayInbox()
            .UseSqlite(settings.Database)
            .Handle<ShopNotifications>()
            .SweepUnsettledOrders<UnpaidOrders>(after: settings.AskAfter, every: settings.PatrolEvery);
        builder.Services.AddHealthChecks().AddWeChatPayInbox();

        var app = builder.Build();
        app.MapWeChatPayNotifications(NotifyPath);
        app.MapHealthChecks("/health");
        app.MapShopPages();
        app.MapAdminPages();
        app.Lifetime.ApplicationStarted.Register(() => settings.NotifyUrl = settings.NotifyUrl.Length > 0 ? settings.NotifyUrl : app.Urls.First() + NotifyPath);
        await app.StartAsync();
        return app;
    }
}
