using System.CommandLine;
using System.Data.Common;
using System.Text.Json;
using WeChatPay.Functional;

namespace WeChatPay.Tool;

/// <summary><c>wechatpay bill diff</c>: what a trade bill and a ledger say differently.</summary>
internal static class BillDiffCommand
{
    private const int ShownInTerminal = 20;
    private const int MostListed = 1_000_000;

    public static Command Create()
    {
        var bill = new Option<string>("--bill") { Description = Inputs.Words("the trade bill, gzip or not", "交易账单文件，可为 gzip"), Required = true };
        var ledger = new Option<string>("--ledger") { Description = Inputs.Words("your ledger: a CSV file, sqlite:FILE, or postgres:CONNECTION (after the colon nothing: taken from " + LedgerSource.ConnectionVariable + ")", "自己的账簿：CSV 文件、sqlite:文件，或 postgres:连接串（冒号后为空则取环境变量 " + LedgerSource.ConnectionVariable + "）"), Required = true };
        var query = new Option<string?>("--query") { Description = Inputs.Words("for a database: a SELECT with the columns kind, number, time, fen, and where you have them status, sub_merchant_id, payment_number, fee_milli_fen", "数据库账簿的 SELECT，列名为 kind、number、time、fen，可选 status、sub_merchant_id、payment_number、fee_milli_fen") };
        var report = new Option<string?>("--report") { Description = Inputs.Words("writes a page for people, in English and Chinese, that needs nothing else", "写出供人查看的网页（中英文，单个文件）") };
        var sorted = new Option<bool>("--sorted") { Description = Inputs.Words("the ledger comes in order (kind, number, sub-merchant; texts by their bytes) and is not sorted again; refused where it is not", "账簿已排好序（类型、单号、特约商户号，按字节），不再排序；若未排序则拒绝") };
        var limit = new Option<int>("--limit") { Description = Inputs.Words("how many differences are listed in report and JSON; all are counted", "报告与 JSON 中最多列出多少条差异；总数不受影响"), DefaultValueFactory = _ => 10_000 };
        var hash = BillCommand.Hash();
        var json = BillCommand.Json();
        var command = new Command("diff", Inputs.Words(
            "Compares a trade bill with your ledger. Exit 0 both say the same, 1 something differs or the bill is not believed, 2 wrong usage. Example: wechatpay bill diff --bill 20260102.csv.gz --ledger sqlite:shop.db --query \"SELECT 'payment' AS kind, out_trade_no AS number, paid_at AS time, fen FROM orders\" --report report.html",
            "将交易账单与自己的账簿比对。退出码 0 一致，1 有差异或账单不可信，2 用法错误。例：wechatpay bill diff --bill 20260102.csv.gz --ledger ledger.csv --report report.html"))
        {
            bill, ledger, query, report, sorted, limit, hash, json,
        };
        command.SetAction((parsed, cancellationToken) =>
        {
            var most = parsed.GetValue(limit);
            if (most is < 0 or > MostListed)
            {
                throw new UsageException("--limit takes 0 to 1000000.");
            }

            BillCommand.CheckHash(parsed.GetValue(hash));
            var options = new LedgerComparisonOptions { HashValue = parsed.GetValue(hash), IsLedgerSorted = parsed.GetValue(sorted) };
            var source = LedgerSource.Read(parsed.GetRequiredValue(ledger), parsed.GetValue(query));
            return RunAsync(parsed.GetRequiredValue(bill), source, options, new Differences(most), parsed.GetValue(report), parsed.GetValue(json), cancellationToken);
        });
        return command;
    }

    private static async Task<int> RunAsync(string bill, LedgerSource ledger, LedgerComparisonOptions options, Differences differences, string? report, bool isJson, CancellationToken cancellationToken)
    {
        try
        {
            var stream = BillCommand.Open(bill);
            await using var disposal = stream.ConfigureAwait(false);
            var compared = await LedgerComparison.CompareAsync(stream, ledger.ReadAsync(cancellationToken), differences.Take, options, cancellationToken).ConfigureAwait(false);
            if (compared.Problem is { } problem)
            {
                return BillCommand.Refuse(problem.Code == "bill_unknown" ? "bill_malformed" : problem.Code, problem.Line, problem.Message, problem.Advice, isJson);
            }

            if (report is not null)
            {
                Write(report, bill, compared, differences);
            }

            Show(compared, differences, isJson);
            return compared.IsEqual ? ExitCode.Fine : ExitCode.Refused;
        }
        catch (LedgerException refusal)
        {
            return BillCommand.Refuse(refusal.Code, null, refusal.Message, refusal.Advice, isJson);
        }
        catch (DbException failure)
        {
            return BillCommand.Refuse(Databases.Code(failure), null, Databases.Words(failure), null, isJson);
        }
        catch (TimeoutException failure)
        {
            return BillCommand.Refuse("unreachable", null, failure.Message, null, isJson);
        }
        catch (Exception failure) when (failure is IOException or UnauthorizedAccessException)
        {
            throw new UsageException(Databases.OneLine(failure.Message));
        }
    }

    private static void Write(string report, string bill, LedgerComparison compared, Differences differences)
    {
        using var unfinished = new UnfinishedFile(report);
        using (var writer = new StreamWriter(unfinished.Path))
        {
            new DiffReport(writer).Write(Path.GetFileName(bill), compared, differences, TimeProvider.System.GetLocalNow());
        }

        unfinished.Finish();
    }

    private static void Show(LedgerComparison compared, Differences differences, bool isJson)
    {
        if (isJson)
        {
            Inputs.WriteJson(writer => Write(writer, compared, differences));
            return;
        }

        foreach (var total in compared.Totals)
        {
            Console.Out.WriteLine(
                "  " + ReconciliationFindingModule.code(total.Finding).PadRight(22) + BillPages.Pad(Terms.Of(total.Kind).ToString(), 10) + Inputs.Text(total.Count).PadLeft(12)
                + BillPages.Yuan(total.BillFen).PadLeft(20) + BillPages.Yuan(total.LedgerFen).PadLeft(20));
        }

        foreach (var one in differences.Listed.Take(ShownInTerminal))
        {
            Console.Out.WriteLine(
                one.Code.PadRight(22) + BillPages.Pad(Terms.Of(one.Entry.Kind).ToString(), 10) + one.Entry.Number + "  "
                + Money(one.Bill) + Inputs.Words(" in the bill, ", "（账单），") + Money(one.Ledger) + Inputs.Words(" in the ledger", "（账簿）"));
        }

        if (differences.Count > ShownInTerminal)
        {
            Console.Out.WriteLine(Inputs.Words("… all of them: --report report.html", "……全部差异：--report report.html"));
        }

        Console.Out.WriteLine(compared.IsEqual ? Inputs.Words("Bill and ledger say the same.", "账单与账簿一致。") : Inputs.Words("Differences: ", "差异：") + Inputs.Text(differences.Count));
    }

    private static string Money(MoneyEntry? entry) => entry is null ? "–" : BillPages.Yuan(entry.Fen);

    private static void Write(Utf8JsonWriter writer, LedgerComparison compared, Differences differences)
    {
        writer.WriteBoolean("ok", compared.IsEqual);
        writer.WriteString("kind", BillPages.NameOf(compared.Bill!.Kind));
        writer.WriteNumber("rows", compared.Bill.Rows);
        writer.WriteNumber("differences", differences.Count);
        writer.WriteStartArray("outcomes");
        foreach (var total in compared.Totals)
        {
            writer.WriteStartObject();
            writer.WriteString("outcome", ReconciliationFindingModule.code(total.Finding));
            writer.WriteString("kind", MoneyEntryKindModule.code(total.Kind));
            writer.WriteNumber("count", total.Count);
            writer.WriteNumber("bill_fen", total.BillFen);
            writer.WriteNumber("ledger_fen", total.LedgerFen);
            writer.WriteEndObject();
        }

        writer.WriteEndArray();
        writer.WriteStartArray("listed");
        foreach (var one in differences.Listed)
        {
            writer.WriteStartObject();
            writer.WriteString("outcome", one.Code);
            writer.WriteString("kind", MoneyEntryKindModule.code(one.Entry.Kind));
            writer.WriteString("number", one.Entry.Number);
            writer.WriteString("sub_merchant_id", one.Entry.SubMerchantId);
            Write(writer, "bill", one.Bill);
            Write(writer, "ledger", one.Ledger);
            writer.WriteEndObject();
        }

        writer.WriteEndArray();
    }

    private static void Write(Utf8JsonWriter writer, string side, MoneyEntry? entry)
    {
        if (entry is null)
        {
            writer.WriteNull(side);
            return;
        }

        writer.WriteStartObject(side);
        writer.WriteNumber("fen", entry.Fen);
        writer.WriteString("status", MoneyEntryStatusModule.code(entry.Status));
        writer.WriteString("time", entry.Time);
        writer.WriteString("payment_number", entry.PaymentNumber);
        if (entry.FeeMilliFen is { } fee)
        {
            writer.WriteNumber("fee_milli_fen", fee);
        }
        else
        {
            writer.WriteNull("fee_milli_fen");
        }

        writer.WriteEndObject();
    }
}
