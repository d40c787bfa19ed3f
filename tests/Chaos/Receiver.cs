using System.Data.Common;
using System.Globalization;
using Microsoft.AspNetCore.Builder;
using Microsoft.Extensions.Configuration;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging;
using WeChatPay.Functional;
using WeChatPay.Inbox;

namespace WeChatPay.Chaos;

/// <summary>The shop that is killed: takes notifications into its inbox, and writes each payment's effect into a table of its own, without any key that would hide a second one.</summary>
internal static class Receiver
{
    public const string Path = "/wechatpay/notify";

    /// <summary>Runs until it is killed. The settings file says where to listen, what to trust, and which database.</summary>
    public static async Task<int> RunAsync(string settings, string broken)
    {
        var builder = WebApplication.CreateSlimBuilder();
        builder.Configuration.AddJsonFile(settings, optional: false);
        builder.Logging.ClearProviders();
        if (Environment.GetEnvironmentVariable("CHAOS_LOG") is not null)
        {
            builder.Logging.AddSimpleConsole().SetMinimumLevel(LogLevel.Warning);
        }

        builder.Services.AddWeChatPay(builder.Configuration.GetSection("WeChatPay"));
        var inbox = builder.Services.AddWeChatPayInbox()
            .Configure(static options =>
            {
                options.LeaseDuration = TimeSpan.FromSeconds(3);
                options.PollInterval = TimeSpan.FromMilliseconds(200);
                options.Retry.FirstDelay = TimeSpan.FromMilliseconds(50);
                options.Retry.LongestDelay = TimeSpan.FromSeconds(2);
                options.Retry.Attempts = 1000;
            })
            .Handle(HandleAsync);
        var database = builder.Configuration["Chaos:Database"]!;
        inbox.UseStore(_ => new BreakableStore(builder.Configuration["Chaos:Store"] == "sqlite" ? InboxStores.Sqlite(database) : InboxStores.Postgres(database), broken));

        await using var app = builder.Build();
        app.MapWeChatPayNotifications(Path);
        await app.RunAsync(builder.Configuration["Chaos:Url"]);
        return 0;
    }

    private static async Task HandleAsync(NotificationContext context, CancellationToken cancellationToken)
    {
        if (context.Event is not WeChatPayEvent.PaymentSucceeded { Transaction: var paid })
        {
            return;
        }

        var transaction = await context.BeginTransactionAsync(cancellationToken);
        await using var command = transaction.Connection!.CreateCommand();
        command.Transaction = transaction;
        command.CommandText = "INSERT INTO effects (out_trade_no, fen) VALUES (@number, @fen)";
        Bind(command, "number", paid.OutTradeNo);
        Bind(command, "fen", paid.Amount.Total);
        await command.ExecuteNonQueryAsync(cancellationToken);

        // A handler fails now and then, after it has written.
        if (Random.Shared.Next(50) == 0)
        {
            throw new InvalidOperationException("The handler fails for the sake of it.");
        }
    }

    private static void Bind(DbCommand command, string name, object value)
    {
        var parameter = command.CreateParameter();
        parameter.ParameterName = name;
        parameter.Value = value;
        command.Parameters.Add(parameter);
    }
}
