using System.CommandLine;
using System.Globalization;
using Spectre.Console;
using WeChatPay.Functional;

namespace WeChatPay.Tool;

/// <summary><c>wechatpay certificates</c>: downloads the platform's certificates, for merchants who have them.</summary>
internal static class CertificatesCommand
{
    public static Command Create()
    {
        var config = new Option<string>("--config") { Description = "JSON with the section WeChatPay; needs no platform key", Required = true };
        var output = new Option<string>("--output") { Description = "the folder for wechatpay_SERIAL.pem (default: beside the configuration)" };
        var json = new Option<bool>("--json") { Description = "one JSON object on standard output, nothing else" };
        var command = new Command("certificates", "Download the platform's certificates: opened with the APIv3 key, verified, written as wechatpay_SERIAL.pem for PlatformCertificateFiles.")
        {
            config, output, json,
        };
        command.SetAction((parsed, cancellationToken) =>
            RunAsync(parsed.GetRequiredValue(config), parsed.GetValue(output), parsed.GetValue(json), cancellationToken));
        return command;
    }

    private static async Task<int> RunAsync(string config, string? output, bool isJson, CancellationToken cancellationToken)
    {
        var options = Inputs.ReadOptions(config);
        using var http = new HttpClient(WeChatPayClient.CreateHandler());
        try
        {
            var certificates = await WeChatPayClient.DownloadFirstCertificatesAsync(http, options, cancellationToken: cancellationToken).ConfigureAwait(false);
            var files = await WriteAsync(certificates, output ?? options.BaseDirectory, cancellationToken).ConfigureAwait(false);
            Show(certificates, files, isJson);
            return ExitCode.Fine;
        }
        catch (WeChatPayException failure)
        {
            Refuse(failure.Code, failure.Found, failure.Advice, isJson);
        }
        catch (HttpRequestException failure)
        {
            Refuse("unreachable", failure.Message, ApiErrorModule.advice(ApiError.NewUnreachable(failure, outcomeUnknown: false)), isJson);
        }

        return ExitCode.Refused;
    }

    private static async Task<List<string>> WriteAsync(IReadOnlyList<PlatformCertificate> certificates, string folder, CancellationToken cancellationToken)
    {
        try
        {
            Directory.CreateDirectory(folder);
            var files = new List<string>();
            foreach (var certificate in certificates)
            {
                var file = Path.Combine(folder, "wechatpay_" + certificate.Serial + ".pem");
                var temporary = file + "." + Guid.NewGuid().ToString("N") + ".tmp";
                await File.WriteAllTextAsync(temporary, certificate.Pem, cancellationToken).ConfigureAwait(false);
                File.Move(temporary, file, overwrite: true);
                files.Add(file);
            }

            return files;
        }
        catch (Exception failure) when (failure is IOException or UnauthorizedAccessException)
        {
            throw new UsageException("the folder " + folder + " cannot be written to.");
        }
    }

    private static void Show(IReadOnlyList<PlatformCertificate> certificates, List<string> files, bool isJson)
    {
        if (isJson)
        {
            Inputs.WriteJson(writer =>
            {
                writer.WriteBoolean("ok", true);
                writer.WriteStartArray("certificates");
                foreach (var (certificate, file) in certificates.Zip(files))
                {
                    writer.WriteStartObject();
                    writer.WriteString("serial", certificate.Serial);
                    writer.WriteString("not_before", certificate.NotBefore);
                    writer.WriteString("not_after", certificate.NotAfter);
                    writer.WriteString("file", file);
                    writer.WriteEndObject();
                }

                writer.WriteEndArray();
            });
            return;
        }

        foreach (var (certificate, file) in certificates.Zip(files))
        {
            AnsiConsole.MarkupLine("[green]" + certificate.Serial + "[/] valid " + Day(certificate.NotBefore) + " to " + Day(certificate.NotAfter));
            Console.Out.WriteLine("  " + file);
        }
    }

    private static string Day(DateTimeOffset time) => time.ToString("yyyy-MM-dd", CultureInfo.InvariantCulture);

    private static void Refuse(string code, string message, Advice advice, bool isJson)
    {
        var words = Inputs.Words(advice);
        if (isJson)
        {
            Inputs.WriteJson(writer =>
            {
                writer.WriteBoolean("ok", false);
                writer.WriteString("error", code);
                writer.WriteString("message", message);
                writer.WriteString("advice", words);
            });
            return;
        }

        AnsiConsole.MarkupLine("[red]Refused[/]: [bold]" + Markup.Escape(code) + "[/]");
        Console.Out.WriteLine(message);
        Console.Out.WriteLine(words);
    }
}
