using System.CommandLine;
using System.Globalization;
using System.Text;
using System.Text.Json;
using Spectre.Console;
using WeChatPay.Functional;

namespace WeChatPay.Tool;

/// <summary><c>wechatpay verify</c>: replays a captured callback and says what it is, or why it is refused.</summary>
internal static class VerifyCommand
{
    public static Command Create()
    {
        var config = new Option<string>("--config") { Description = "JSON with the section WeChatPay", Required = true };
        var headers = new Option<string>("--headers") { Description = "the captured headers, one 'Name: value' a line; - for standard input", Required = true };
        var body = new Option<string>("--body") { Description = "the captured body, byte for byte; - for standard input", Required = true };
        var at = new Option<string?>("--at") { Description = "when it came: seconds since 1970 or ISO 8601 (default: now)" };
        var json = new Option<bool>("--json") { Description = "one JSON object on standard output, nothing else" };
        var command = new Command("verify", "Verify, open and read a captured callback; says why when it is refused. Exit 0 fine, 1 refused, 2 wrong usage.")
        {
            config, headers, body, at, json,
        };
        command.SetAction(parsed =>
        {
            if (parsed.GetRequiredValue(headers) == "-" && parsed.GetRequiredValue(body) == "-")
            {
                throw new UsageException("only one of --headers and --body can be standard input.");
            }

            var notifications = WeChatPayNotifications.Create(Inputs.ReadOptions(parsed.GetRequiredValue(config)));
            var result = notifications.DecodeReceivedAt(
                Inputs.ReadTime(parsed.GetValue(at)),
                Inputs.ReadHeaders(parsed.GetRequiredValue(headers)),
                Inputs.ReadBytes(parsed.GetRequiredValue(body)));
            if (result.TryGet(out var decoded, out var failure))
            {
                Show(decoded, parsed.GetValue(json));
                return ExitCode.Fine;
            }

            Show(failure, parsed.GetValue(json));
            return ExitCode.Refused;
        });
        return command;
    }

    private static void Show(DecodedEvent decoded, bool isJson)
    {
        var name = WeChatPayEventModule.caseName(decoded.Event);
        if (isJson)
        {
            Inputs.WriteJson(writer =>
            {
                writer.WriteBoolean("ok", true);
                writer.WriteString("event", decoded.EventType);
                writer.WriteString("id", decoded.Id);
                writer.WriteString("case", name);
                writer.WriteStartArray("anomalies");
                foreach (var anomaly in decoded.Anomalies)
                {
                    writer.WriteStringValue(anomaly.Path);
                }

                writer.WriteEndArray();
                writer.WritePropertyName("resource");
                WriteResource(writer, decoded.Resource);
            });
            return;
        }

        AnsiConsole.MarkupLine("[green]Verified[/] with key " + Markup.Escape(decoded.Serial));
        AnsiConsole.MarkupLine("  event  " + Markup.Escape(decoded.EventType) + " → [bold]" + Markup.Escape(name) + "[/]");
        AnsiConsole.MarkupLine("  id     " + Markup.Escape(decoded.Id));
        if (decoded.Event is WeChatPayEvent.Unrecognized unrecognized)
        {
            AnsiConsole.MarkupLine("  why    " + Markup.Escape(unrecognized.Reason));
        }

        foreach (var anomaly in decoded.Anomalies)
        {
            AnsiConsole.MarkupLine("  [yellow]odd[/]    " + Markup.Escape(anomaly.ToString()));
        }

        Console.Out.WriteLine(Encoding.UTF8.GetString(decoded.Resource.Span));
    }

    /// <summary>The resource as JSON with its numbers exactly as they came; half surrogates, which cannot be written, are replaced.</summary>
    private static void WriteResource(Utf8JsonWriter writer, ReadOnlyMemory<byte> resource)
    {
        using var document = JsonDocument.Parse(Encoding.UTF8.GetBytes(Encoding.UTF8.GetString(resource.Span)));
        try
        {
            using var attempt = new Utf8JsonWriter(Stream.Null);
            document.RootElement.WriteTo(attempt);
        }
        catch (InvalidOperationException)
        {
            writer.WriteRawValue(document.RootElement.GetRawText());
            return;
        }

        document.RootElement.WriteTo(writer);
    }

    private static void Show(VerificationFailure failure, bool isJson)
    {
        if (isJson)
        {
            Inputs.WriteJson(writer =>
            {
                writer.WriteBoolean("ok", false);
                writer.WriteString("error", failure.Code);
                writer.WriteString("remedy", failure.Remedy.ToString());
                writer.WriteString("message", failure.Message);
                writer.WriteString("advice", Inputs.IsChinese ? failure.Advice.Chinese : failure.Advice.English);
            });
            return;
        }

        AnsiConsole.MarkupLine("[red]Refused[/]: [bold]" + failure.Code + "[/] (HTTP " + failure.StatusCode.ToString(CultureInfo.InvariantCulture) + ", " + failure.Remedy + ")");
        Console.Out.WriteLine(failure.Message);
        Console.Out.WriteLine(Inputs.IsChinese ? failure.Advice.Chinese : failure.Advice.English);
    }
}
