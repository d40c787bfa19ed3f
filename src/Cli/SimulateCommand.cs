using System.CommandLine;
using Spectre.Console;
using WeChatPay.Functional;
using WeChatPay.Simulator;

namespace WeChatPay.Tool;

/// <summary>Which algorithms the simulated merchant has.</summary>
internal enum SuiteName
{
    Rsa,
    Sm,
}

/// <summary><c>wechatpay simulate</c>: the platform on loopback, until Ctrl+C.</summary>
internal static class SimulateCommand
{
    public static Command Create()
    {
        var port = new Option<int>("--port") { Description = "the port on loopback (default: any free one)" };
        var write = new Option<string?>("--write-config") { Description = "writes a merchant's keys, and this JSON with the section WeChatPay that works at once" };
        var compress = new Option<double>("--compress-time") { Description = "shortens waits: 60 makes seconds of minutes", DefaultValueFactory = _ => 1 };
        var merchant = new Option<string>("--merchant") { Description = "the merchant's number", DefaultValueFactory = _ => "1900000001" };
        var signsWith = new Option<PlatformKeyKind>("--sign-with") { Description = "which platform key signs notifications" };
        var suite = new Option<SuiteName>("--suite") { Description = "the merchant's algorithms: rsa, or sm (国密)" };
        var publicKeyOnly = new Option<bool>("--public-key-only") { Description = "the merchant has no platform certificates, as all merchants since 2024" };
        var settle = new Option<bool>("--settle-by-hand") { Description = "refunds wait for POST /simulator/refund/{out_refund_no}/{success|abnormal|closed}" };
        var json = new Option<bool>("--json") { Description = "one JSON object on standard output when the platform is ready, nothing else" };
        var command = new Command("simulate", "WeChat Pay on loopback: verifies requests, keeps orders and refunds, signs answers, sends notifications. Runs until Ctrl+C.")
        {
            port, write, compress, merchant, suite, signsWith, publicKeyOnly, settle, json,
        };
        command.SetAction((parsed, cancellationToken) =>
        {
            var options = new WeChatPaySimulatorOptions
            {
                Port = parsed.GetValue(port),
                MerchantId = parsed.GetRequiredValue(merchant),
                TimeCompression = parsed.GetValue(compress),
                Suite = parsed.GetValue(suite) == SuiteName.Sm ? SmSuite.Instance : SuiteModule.rsa,
                SignsWith = parsed.GetValue(signsWith),
                IssuesCertificates = !parsed.GetValue(publicKeyOnly),
                SettlesRefunds = !parsed.GetValue(settle),
            };
            return RunAsync(options, parsed.GetValue(write), parsed.GetValue(json), cancellationToken);
        });
        return command;
    }

    private static async Task<int> RunAsync(WeChatPaySimulatorOptions options, string? config, bool isJson, CancellationToken cancellationToken)
    {
        try
        {
            await using var platform = await WeChatPaySimulator.StartAsync(options, cancellationToken).ConfigureAwait(false);
            if (config is not null)
            {
                await platform.WriteConfigAsync(config).ConfigureAwait(false);
            }

            Show(platform, config, isJson);
            await Task.Delay(Timeout.Infinite, cancellationToken).ConfigureAwait(false);
        }
        catch (OperationCanceledException) when (cancellationToken.IsCancellationRequested)
        {
            // Ctrl+C is how a simulator ends.
        }
        catch (Exception failure) when (failure is IOException or UnauthorizedAccessException or ArgumentException)
        {
            throw new UsageException(failure.Message);
        }

        return ExitCode.Fine;
    }

    private static void Show(WeChatPaySimulator platform, string? config, bool isJson)
    {
        var address = platform.BaseAddress.GetLeftPart(UriPartial.Authority);
        if (isJson)
        {
            Inputs.WriteJson(writer =>
            {
                writer.WriteString("address", address);
                writer.WriteString("merchant_id", platform.MerchantId);
                writer.WriteString("config", config);
            });
            return;
        }

        AnsiConsole.MarkupLine("[green]WeChat Pay, simulated[/], at [bold]" + Markup.Escape(address) + "[/] for merchant " + Markup.Escape(platform.MerchantId));
        if (config is not null)
        {
            Console.Out.WriteLine("Keys and settings:  " + config);
        }

        Console.Out.WriteLine("Pay an order:       curl -X POST " + address + "/simulator/pay/OUT_TRADE_NO");
        Console.Out.WriteLine("End a refund:       curl -X POST " + address + "/simulator/refund/OUT_REFUND_NO/abnormal");
        Console.Out.WriteLine("Do it wrong:        curl -X POST " + address + "/simulator/misbehave/wrong-key,duplicates");
        Console.Out.WriteLine("See what was sent:  curl " + address + "/simulator/notifications");
        Console.Out.WriteLine("Stop:               Ctrl+C");
    }
}
