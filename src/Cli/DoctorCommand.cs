using System.CommandLine;
using System.Globalization;
using Spectre.Console;
using WeChatPay.Functional;

namespace WeChatPay.Tool;

/// <summary><c>wechatpay doctor</c>: looks at everything that a merchant's calls and notifications depend on.</summary>
internal static class DoctorCommand
{
    private static readonly TimeSpan s_patience = TimeSpan.FromSeconds(15);

    public static Command Create()
    {
        var config = new Option<string>("--config") { Description = "JSON with the section WeChatPay", Required = true };
        var notify = new Option<string[]>("--notify-url") { Description = "an address that your orders carry; may be given several times", DefaultValueFactory = _ => [] };
        var line = new Option<bool>("--private-line") { Description = "notifications come over a line of your own: http and private hosts will do" };
        var backup = new Option<string[]>("--backup-address") { Description = "a backup host to knock at besides those of the configuration, such as https://api2.mch.weixin.qq.com; may be given several times", DefaultValueFactory = _ => [] };
        var offline = new Option<bool>("--offline") { Description = "call nobody: what only the platform can tell is skipped" };
        var json = new Option<bool>("--json") { Description = "one JSON object on standard output, nothing else" };
        var command = new Command("doctor", "Look at keys, certificates, APIv3 key, key mode, hosts, clock, signature, notify URL and file permissions; says what is wrong and what to do. Changes nothing. Exit 0 healthy, 1 something is wrong, 2 wrong usage.")
        {
            config, notify, line, backup, offline, json,
        };
        command.SetAction((parsed, cancellationToken) =>
        {
            var order = new DoctorOrder
            {
                Config = parsed.GetRequiredValue(config),
                NotifyUrls = parsed.GetValue(notify)!,
                NotifyReach = parsed.GetValue(line) ? NotifyReach.PrivateLine : NotifyReach.Internet,
                BackupAddresses = [.. parsed.GetValue(backup)!.Select(ReadBackup)],
                IsOffline = parsed.GetValue(offline),
            };
            return RunAsync(order, parsed.GetValue(json), cancellationToken);
        });
        return command;
    }

    private static Uri ReadBackup(string text) =>
        MerchantSetup.TryReadAddress(text, out var address) ? address : throw new UsageException("--backup-address takes an https address of a host alone, without path and query.");

    private static async Task<int> RunAsync(DoctorOrder order, bool isJson, CancellationToken cancellationToken)
    {
        var options = Inputs.ReadOptions(order.Config);
        using var http = new HttpClient(WeChatPayClient.CreateHandler()) { Timeout = s_patience };
        var facts = await new Examiner(options, order, http).GatherAsync(cancellationToken).ConfigureAwait(false);
        var findings = Doctor.judge(facts);
        Show(facts, findings, isJson);
        return Doctor.isHealthy(findings) ? ExitCode.Fine : ExitCode.Refused;
    }

    private static void Show(DoctorFacts facts, IReadOnlyList<DoctorFinding> findings, bool isJson)
    {
        if (isJson)
        {
            Inputs.WriteJson(writer =>
            {
                writer.WriteBoolean("ok", Doctor.isHealthy(findings));
                writer.WriteString("merchant_id", facts.MerchantId);
                writer.WriteBoolean("offline", facts.IsOffline);
                writer.WriteStartArray("findings");
                foreach (var finding in findings)
                {
                    writer.WriteStartObject();
                    writer.WriteString("check", DoctorFindingModule.checkName(DoctorFindingModule.check(finding)));
                    writer.WriteString("verdict", DoctorFindingModule.verdictName(DoctorFindingModule.verdict(finding)));
                    writer.WriteString("code", DoctorFindingModule.code(finding));
                    writer.WriteString("cause", Inputs.Words(DoctorFindingModule.cause(finding)));
                    writer.WriteString("remedy", Inputs.Words(DoctorFindingModule.advice(finding)));
                    writer.WriteEndObject();
                }

                writer.WriteEndArray();
            });
            return;
        }

        foreach (var finding in findings)
        {
            Show(finding);
        }

        Console.Out.WriteLine(Sum(findings));
    }

    private static void Show(DoctorFinding finding)
    {
        var verdict = DoctorFindingModule.verdict(finding);
        AnsiConsole.Markup(Mark(verdict) + " [bold]" + DoctorFindingModule.checkName(DoctorFindingModule.check(finding)) + "[/] ");
        Console.Out.WriteLine(DoctorFindingModule.code(finding) + ": " + Inputs.Words(DoctorFindingModule.cause(finding)));
        if (verdict != DoctorVerdict.Fine)
        {
            Console.Out.WriteLine("        " + Inputs.Words(DoctorFindingModule.advice(finding)));
        }
    }

    private static string Mark(DoctorVerdict verdict) => verdict switch
    {
        DoctorVerdict.Fine => Inputs.Words("[green]fine[/]   ", "[green]正常[/]  "),
        DoctorVerdict.Warning => Inputs.Words("[yellow]warning[/]", "[yellow]警告[/]  "),
        DoctorVerdict.Wrong => Inputs.Words("[red]wrong[/]  ", "[red]错误[/]  "),
        _ => Inputs.Words("[grey]skipped[/]", "[grey]未检查[/]"),
    };

    private static string Sum(IReadOnlyList<DoctorFinding> findings)
    {
        var wrong = Count(findings, DoctorVerdict.Wrong);
        var warnings = Count(findings, DoctorVerdict.Warning);
        var skipped = Count(findings, DoctorVerdict.Skipped);
        return Inputs.Words($"wrong: {wrong}, warnings: {warnings}, skipped: {skipped}", $"错误：{wrong}，警告：{warnings}，未检查：{skipped}");
    }

    private static string Count(IReadOnlyList<DoctorFinding> findings, DoctorVerdict verdict) =>
        findings.Count(finding => DoctorFindingModule.verdict(finding) == verdict).ToString(CultureInfo.InvariantCulture);
}
