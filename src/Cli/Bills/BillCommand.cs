using System.CommandLine;
using System.Globalization;
using System.Text.Json;
using WeChatPay.Functional;

namespace WeChatPay.Tool;

/// <summary><c>wechatpay bill</c>: is a bill whole and right, what is in it, and does it agree with a ledger.</summary>
internal static class BillCommand
{
    private const int HashLength = 40;

    public static Command Create() => new("bill", Inputs.Words(
        "Bills: check that a file is whole and right, show what is in it, compare it with your ledger, export it. gzip is recognised.",
        "账单：检查文件是否完整正确，查看内容，与自己的账簿比对，导出。自动识别 gzip。"))
    {
        CreateCheck(), CreateShow(), BillDiffCommand.Create(), BillExportCommand.Create(),
    };

    public static Option<bool> Json() => new("--json") { Description = Inputs.Words("one JSON object on standard output, nothing else", "标准输出仅为一个 JSON 对象") };

    public static Option<bool> TakesAny() => new("--any") { Description = Inputs.Words("also a bill whose columns are not known: its rows are counted, and its totals are not compared", "列名未收录的账单也接受：只计行数，不核对汇总") };

    public static Option<string?> Hash() => new("--hash") { Description = Inputs.Words("the SHA-1 that the platform gave (hash_value), of the unpacked file", "平台给出的 SHA-1（hash_value），对解压后的内容计算") };

    private static Command CreateCheck()
    {
        var file = new Option<string>("--file") { Description = Inputs.Words("the bill, gzip or not; - for standard input", "账单文件，可为 gzip；- 表示标准输入"), Required = true };
        var (hash, any, json) = (Hash(), TakesAny(), Json());
        var command = new Command("check", Inputs.Words(
            "Is the file whole, and are its totals what its rows add up to? Exit 0 yes, 1 no, 2 wrong usage. Example: wechatpay bill check --file 20260102.csv.gz --hash 79bb0f45fc4c42234a918000b2668d689e2bde04",
            "文件是否完整，汇总是否与明细一致？退出码 0 是，1 否，2 用法错误。例：wechatpay bill check --file 20260102.csv.gz --hash 79bb0f45fc4c42234a918000b2668d689e2bde04"))
        {
            file, hash, any, json,
        };
        command.SetAction(async (parsed, cancellationToken) =>
        {
            var reading = await ReadAsync(parsed.GetRequiredValue(file), static _ => { }, parsed.GetValue(hash), parsed.GetValue(any), cancellationToken).ConfigureAwait(false);
            var isJson = parsed.GetValue(json);
            if (!reading.TryGet(out var summary, out var error))
            {
                return Refuse(error, isJson);
            }

            if (isJson)
            {
                Inputs.WriteJson(writer => Write(writer, summary));
            }
            else
            {
                Console.Out.WriteLine(Inputs.Words("Whole and right: ", "完整且正确：") + BillPages.NameOf(summary.Kind) + Inputs.Words(", rows: ", "，行数：") + Inputs.Text(summary.Rows));
                BillPages.Totals(summary);
            }

            return ExitCode.Fine;
        });
        return command;
    }

    private static Command CreateShow()
    {
        var file = new Argument<string>("file") { Description = Inputs.Words("the bill, gzip or not; - for standard input", "账单文件，可为 gzip；- 表示标准输入") };
        var (hash, any, json) = (Hash(), TakesAny(), Json());
        var command = new Command("show", Inputs.Words(
            "Totals by type: payments and refunds by how they were paid, movements of funds by what for. No row, nothing personal. Example: wechatpay bill show 20260102.csv.gz",
            "按类型汇总：支付、退款按交易类型，资金流水按业务类型。不显示明细与个人信息。例：wechatpay bill show 20260102.csv.gz"))
        {
            file, hash, any, json,
        };
        command.SetAction(async (parsed, cancellationToken) =>
        {
            var groups = new BillGroups();
            var reading = await ReadAsync(parsed.GetRequiredValue(file), groups.Add, parsed.GetValue(hash), parsed.GetValue(any), cancellationToken).ConfigureAwait(false);
            var isJson = parsed.GetValue(json);
            if (!reading.TryGet(out var summary, out var error))
            {
                return Refuse(error, isJson);
            }

            BillPages.Show(summary, groups, isJson);
            return ExitCode.Fine;
        });
        return command;
    }

    private static async Task<BillReading> ReadAsync(string file, BillRowHandler handler, string? hash, bool takesAny, CancellationToken cancellationToken)
    {
        CheckHash(hash);
        var stream = Open(file);
        await using var disposal = stream.ConfigureAwait(false);
        try
        {
            return await BillContent.ReadAsync(stream, handler, hash, takesAny, cancellationToken).ConfigureAwait(false);
        }
        catch (IOException)
        {
            throw CannotRead(file);
        }
    }

    public static void CheckHash(string? hash)
    {
        if (hash is not null && (hash.Length != HashLength || !hash.All(char.IsAsciiHexDigit)))
        {
            throw new UsageException(Inputs.Words("--hash takes 40 hexadecimal digits: the SHA-1 that the platform gave.", "--hash 须为 40 位十六进制数：平台给出的 SHA-1。"));
        }
    }

    /// <summary>A file, or standard input for <c>-</c>, as a stream.</summary>
    public static Stream Open(string path)
    {
        try
        {
            return path == "-" ? Console.OpenStandardInput() : new FileStream(path, FileMode.Open, FileAccess.Read, FileShare.Read, 1, FileOptions.Asynchronous | FileOptions.SequentialScan);
        }
        catch (Exception failure) when (failure is IOException or UnauthorizedAccessException or ArgumentException or NotSupportedException)
        {
            throw CannotRead(path);
        }
    }

    private static UsageException CannotRead(string path) =>
        new("the file " + (path.Length == 0 ? "without a name" : path) + " cannot be read.");

    /// <summary>What programs go by: a file that is no bill at all is malformed in its first line.</summary>
    private static string CodeOf(BillError error) => error is BillError.Unknown ? "bill_malformed" : BillErrorModule.code(error);

    public static int Refuse(BillError error, bool isJson)
    {
        var line = BillErrorModule.line(error);
        return Refuse(CodeOf(error), line.IsSome ? line.Value : null, BillErrorModule.message(error), BillErrorModule.advice(error), isJson);
    }

    public static int Refuse(string code, long? line, string message, Advice? advice, bool isJson)
    {
        if (isJson)
        {
            Inputs.WriteJson(writer =>
            {
                writer.WriteBoolean("ok", false);
                writer.WriteString("error", code);
                if (line is { } number)
                {
                    writer.WriteNumber("line", number);
                }
                else
                {
                    writer.WriteNull("line");
                }

                writer.WriteString("message", message);
            });
            return ExitCode.Refused;
        }

        Console.Error.WriteLine(code + ": " + message);
        if (advice is not null)
        {
            Console.Error.WriteLine(Inputs.Words(advice));
        }

        return ExitCode.Refused;
    }

    private static void Write(Utf8JsonWriter writer, BillSummary summary)
    {
        writer.WriteBoolean("ok", true);
        writer.WriteString("kind", BillPages.NameOf(summary.Kind));
        writer.WriteNumber("rows", summary.Rows);
        BillPages.WriteSummary(writer, summary);
    }
}
