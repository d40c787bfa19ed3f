using System.CommandLine;
using System.Globalization;
using System.Text;
using System.Text.Json;
using Microsoft.FSharp.Collections;
using Spectre.Console;
using WeChatPay.Functional;
using WeChatPay.Shell;

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
        var others = new Option<string[]>("--other-config") { Description = "another merchant's configuration, whose callback this may be; may be given several times", DefaultValueFactory = _ => [] };
        var json = new Option<bool>("--json") { Description = "one JSON object on standard output, nothing else" };
        var command = new Command("verify", "Verify, open and read a captured callback; says why when it is refused. Exit 0 fine, 1 refused, 2 wrong usage.")
        {
            config, headers, body, at, others, json,
        };
        command.SetAction(parsed =>
        {
            if (parsed.GetRequiredValue(headers) == "-" && parsed.GetRequiredValue(body) == "-")
            {
                throw new UsageException("only one of --headers and --body can be standard input.");
            }

            var policy = new MerchantSetup(Inputs.ReadOptions(parsed.GetRequiredValue(config))).ReadNotifications(DateTimeOffset.UtcNow);
            var delivery = DeliveryModule.createWithin(
                policy.Verification.BodyLimit,
                Inputs.ReadHeaders(parsed.GetRequiredValue(headers)),
                Inputs.ReadBytes(parsed.GetRequiredValue(body)));
            var result = Core.decode(policy, Inputs.ReadTime(parsed.GetValue(at)), delivery);
            if (result.IsOk)
            {
                Show(result.ResultValue, parsed.GetValue(json));
                return ExitCode.Fine;
            }

            Show(result.ErrorValue, Diagnose(result.ErrorValue, policy, delivery, parsed.GetValue(others)!), parsed.GetValue(json));
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
                Inputs.WriteResource(writer, decoded.Resource);
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

    /// <summary>What was done to the callback on its way, or whose key was meant, as far as the signature shows it.</summary>
    private static MismatchCause? Diagnose(VerifyError error, NotificationPolicy policy, Delivery delivery, string[] others)
    {
        if (!error.IsSignatureMismatch && !error.IsMalformedHeader && !error.IsUnknownSerial)
        {
            return null;
        }

        var merchants = others.Select(path => new OtherMerchant(path, new MerchantSetup(Inputs.ReadOptions(path)).ReadNotifications(DateTimeOffset.UtcNow).Verification.Keys));
        var recodings = Recodings.compression.Concat(Recodings.legacyCharacterSets());
        var cause = Diagnosis.explain(ListModule.OfSeq(recodings), ListModule.OfSeq(merchants), policy.Verification, delivery);
        return cause.IsSome ? cause.Value : null;
    }

    private static void Show(VerifyError error, MismatchCause? cause, bool isJson)
    {
        var code = VerifyErrorModule.code(error);
        var remedy = VerifyErrorModule.remedy(error).ToString();
        if (isJson)
        {
            Inputs.WriteJson(writer =>
            {
                writer.WriteBoolean("ok", false);
                writer.WriteString("error", code);
                writer.WriteString("remedy", remedy);
                writer.WriteString("message", VerifyErrorModule.message(error));
                writer.WriteString("advice", Inputs.Words(VerifyErrorModule.advice(error)));
                if (cause is not null)
                {
                    writer.WriteStartObject("diagnosis");
                    writer.WriteString("cause", MismatchCauseModule.code(cause));
                    writer.WriteString("message", Inputs.Words(MismatchCauseModule.advice(cause)));
                    writer.WriteEndObject();
                }
            });
            return;
        }

        AnsiConsole.MarkupLine("[red]Refused[/]: [bold]" + code + "[/] (HTTP " + VerifyErrorModule.statusCode(error).ToString(CultureInfo.InvariantCulture) + ", " + remedy + ")");
        Console.Out.WriteLine(VerifyErrorModule.message(error));
        if (cause is null)
        {
            Console.Out.WriteLine(Inputs.Words(VerifyErrorModule.advice(error)));
            return;
        }

        AnsiConsole.MarkupLine("[yellow]Shown by the signature[/]: [bold]" + MismatchCauseModule.code(cause) + "[/]");
        Console.Out.WriteLine(Inputs.Words(MismatchCauseModule.advice(cause)));
    }
}
