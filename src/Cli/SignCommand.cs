using System.CommandLine;
using System.Security.Cryptography;
using System.Text;
using WeChatPay.Functional;

namespace WeChatPay.Tool;

/// <summary><c>wechatpay sign</c>: the Authorization header of a request, and the exact text that it covers.</summary>
internal static class SignCommand
{
    public static Command Create()
    {
        var config = new Option<string>("--config") { Description = "JSON with the section WeChatPay", Required = true };
        var method = new Option<string>("--method") { Description = "GET, POST, …", Required = true };
        var url = new Option<string>("--url") { Description = "path and query exactly as sent: /v3/…", Required = true };
        var body = new Option<string?>("--body") { Description = "the body's file; - for standard input (default: no body)" };
        var at = new Option<string?>("--at") { Description = "the timestamp: seconds since 1970 or ISO 8601 (default: now)" };
        var nonce = new Option<string?>("--nonce") { Description = "letters and digits (default: 32 random ones)" };
        var json = new Option<bool>("--json") { Description = "one JSON object on standard output, nothing else" };
        var command = new Command("sign", "Sign a request; shows the Authorization header and the text that was signed.")
        {
            config, method, url, body, at, nonce, json,
        };
        command.SetAction(parsed =>
        {
            var options = Inputs.ReadOptions(parsed.GetRequiredValue(config));
            var (caller, key) = new MerchantSetup(options).ReadSigner();
            var bytes = parsed.GetValue(body) is { } file ? Inputs.ReadBytes(file) : [];
            var prepared = Signing.prepare(
                Inputs.ReadTime(parsed.GetValue(at)).ToUnixTimeSeconds(),
                parsed.GetValue(nonce) ?? RandomNumberGenerator.GetString("0123456789abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ", 32),
                parsed.GetRequiredValue(method),
                parsed.GetRequiredValue(url),
                bytes);
            if (prepared.IsError)
            {
                throw new UsageException(Words(prepared.ErrorValue));
            }

            Show(options.Suite, caller, key, prepared.ResultValue, parsed.GetValue(json));
            return ExitCode.Fine;
        });
        return command;
    }

    private static void Show(Suite suite, Caller caller, MerchantKey key, PreparedSignature prepared, bool isJson)
    {
        var authorization = Core.authorizeFor(suite, caller, key.Serial, Signing.sign(key, prepared.Message), prepared);
        var message = Encoding.UTF8.GetString(prepared.Message);
        if (isJson)
        {
            Inputs.WriteJson(writer =>
            {
                writer.WriteString("authorization", authorization);
                writer.WriteString("message", message);
            });
            return;
        }

        Console.Out.WriteLine("Authorization: " + authorization);
        Console.Out.WriteLine("The text that was signed, each line with its LF:");
        Console.Out.Write(message);
    }

    private static string Words(SigningError error) =>
        error.IsBadMethod ? "--method takes upper-case letters, such as GET."
        : error.IsBadUrl ? "--url takes path and query as sent, beginning with a slash, percent-encoded: /v3/…"
        : error.IsBadTimestamp ? "--at is before 1970."
        : "--nonce takes 1 to 128 letters and digits.";
}
