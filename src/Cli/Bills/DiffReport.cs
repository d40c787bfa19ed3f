using System.Globalization;
using System.Net;
using System.Security.Cryptography;
using System.Text;
using WeChatPay.Functional;

namespace WeChatPay.Tool;

/// <summary>A comparison as one HTML page that needs nothing else: totals, differences, a filter, in English and Chinese. Everything that came from bill or ledger is escaped.</summary>
internal sealed class DiffReport(TextWriter page)
{
    private const decimal MilliFenInFen = 1000m;
    private static readonly TimeSpan s_beijing = TimeSpan.FromHours(8);
    private static readonly CompositeFormat s_time = CompositeFormat.Parse("{0:yyyy-MM-dd HH:mm:ss}");

    /// <summary>Writes the page.</summary>
    public void Write(string bill, LedgerComparison compared, Differences differences, DateTimeOffset now)
    {
        var (style, script) = (Resource("report.css"), Resource("report.js"));
        page.Write("<!DOCTYPE html>\n<html lang=\"" + (Inputs.IsChinese ? "zh" : "en") + "\">\n<head>\n<meta charset=\"utf-8\">\n<meta name=\"viewport\" content=\"width=device-width, initial-scale=1\">\n");
        // Even if something were not escaped, nothing but this script would run, and nothing would be fetched.
        page.Write("<meta http-equiv=\"Content-Security-Policy\" content=\"default-src 'none'; style-src 'sha256-" + Hash(style) + "'; script-src 'sha256-" + Hash(script) + "'\">\n");
        page.Write("<title>" + Escape(bill) + " · WeChat Pay</title>\n<style>" + style + "</style>\n</head>\n<body>\n");
        WriteHead(bill, compared, differences, now);
        WriteTotals(compared);
        WriteDifferences(compared, differences);
        page.Write("<script>" + script + "</script>\n</body>\n</html>\n");
    }

    private void WriteHead(string bill, LedgerComparison compared, Differences differences, DateTimeOffset now)
    {
        var kind = BillPages.NameOf(compared.Bill!.Kind);
        page.Write("<header><h1>" + Both("Bill and ledger", "账单与账簿比对") + "</h1><nav><button type=\"button\" data-to=\"en\">English</button><button type=\"button\" data-to=\"zh\">中文</button></nav></header>\n<main>\n");
        page.Write("<p class=\"facts\"><b>" + Escape(bill) + "</b><span>" + Escape(kind) + "</span><span>" + Both("rows", "行数") + " " + Number(compared.Bill.Rows) + "</span><span>"
            + Both("made", "生成于") + " " + Escape(now.ToString("yyyy-MM-dd HH:mm zzz", CultureInfo.InvariantCulture)) + "</span></p>\n");
        page.Write(compared.IsEqual
            ? "<p class=\"verdict same\">" + Both("Both say the same.", "双方一致。") + "</p>\n"
            : "<p class=\"verdict other\">" + Both("Differences: ", "差异：") + Number(differences.Count) + "</p>\n");
    }

    private void WriteTotals(LedgerComparison compared)
    {
        page.Write("<h2>" + Both("Totals (yuan)", "汇总（元）") + "</h2>\n<table id=\"totals\"><thead><tr>" + Heading("Outcome", "结果") + Heading("Kind", "类型") + Heading("Count", "笔数", true) + Heading("Bill", "账单", true)
            + Heading("Ledger", "账簿", true) + Heading("Difference", "差额", true) + "</tr></thead><tbody>\n");
        foreach (var total in compared.Totals)
        {
            page.Write("<tr class=\"" + (total.Finding == ReconciliationFinding.Matched ? "same" : "other") + "\">"
                + Cell("Outcome", "结果", Both(Terms.Of(total.Finding)))
                + Cell("Kind", "类型", Both(Terms.Of(total.Kind)))
                + Cell("Count", "笔数", Number(total.Count), true)
                + Cell("Bill", "账单", BillPages.Yuan(total.BillFen), true)
                + Cell("Ledger", "账簿", BillPages.Yuan(total.LedgerFen), true)
                + Cell("Difference", "差额", Difference(total.BillFen, total.LedgerFen), true) + "</tr>\n");
        }

        page.Write("</tbody></table>\n");
    }

    private void WriteDifferences(LedgerComparison compared, Differences differences)
    {
        if (differences.Count == 0)
        {
            page.Write("</main>\n");
            return;
        }

        page.Write("<h2>" + Both("Differences", "差异明细") + "</h2>\n<div class=\"filter\"><label>" + Both("Outcome", "结果") + " <select id=\"outcome\"><option value=\"\" data-en=\"all\" data-zh=\"全部\">" + Inputs.Words("all", "全部") + "</option>");
        foreach (var finding in compared.Totals.Select(static total => total.Finding).Where(static finding => finding != ReconciliationFinding.Matched).Distinct())
        {
            var term = Terms.Of(finding);
            page.Write("<option value=\"" + ReconciliationFindingModule.code(finding) + "\" data-en=\"" + Escape(term.English) + "\" data-zh=\"" + Escape(term.Chinese) + "\">" + Escape(term.ToString()) + "</option>");
        }

        page.Write("</select></label><label>" + Both("Text", "文本") + " <input id=\"text\" type=\"search\" autocomplete=\"off\"></label><span><output id=\"shown\">" + Number(differences.Listed.Count) + "</output> / " + Number(differences.Listed.Count) + "</span></div>\n");
        if (differences.Count > differences.Listed.Count)
        {
            page.Write("<p class=\"note\">" + Both("Not all are listed here; counted are all. More: --limit.", "此处未列出全部差异，汇总包含全部。可用 --limit 增加。") + "</p>\n");
        }

        page.Write("<table id=\"rows\"><thead><tr>" + Heading("Outcome", "结果") + Heading("Kind", "类型") + Heading("Number", "单号") + Heading("Time", "时间") + Heading("Bill", "账单", true) + Heading("Ledger", "账簿", true) + Heading("Difference", "差额", true)
            + Heading("How", "说明") + "</tr></thead><tbody>\n");
        foreach (var one in differences.Listed)
        {
            WriteRow(one);
        }

        page.Write("</tbody></table>\n</main>\n");
    }

    private void WriteRow(Difference one)
    {
        var entry = one.Entry;
        var number = Escape(entry.Number) + (string.IsNullOrEmpty(entry.SubMerchantId) ? string.Empty : "<small>" + Escape(entry.SubMerchantId) + "</small>");
        page.Write("<tr data-outcome=\"" + one.Code + "\">"
            + Cell("Outcome", "结果", Both(Terms.Of(ReconciliationOutcomeModule.finding(one.Outcome))))
            + Cell("Kind", "类型", Both(Terms.Of(entry.Kind)))
            + Cell("Number", "单号", number)
            + Cell("Time", "时间", string.Format(CultureInfo.InvariantCulture, s_time, entry.Time.ToOffset(s_beijing)))
            + Cell("Bill", "账单", Money(one.Bill), true)
            + Cell("Ledger", "账簿", Money(one.Ledger), true)
            + Cell("Difference", "差额", Difference(one.Bill?.Fen ?? 0, one.Ledger?.Fen ?? 0), true)
            + Cell("How", "说明", How(one)) + "</tr>\n");
    }

    /// <summary>What differs besides the amount.</summary>
    private static string How(Difference one)
    {
        if (one is not { Bill: { } bill, Ledger: { } ledger })
        {
            return one.Outcome is ReconciliationOutcome.OverMidnight or ReconciliationOutcome.Doubled
                ? one.Bill is null ? Both("in the ledger", "账簿") : Both("in the bill", "账单")
                : Both(Terms.Of(one.Entry.Status));
        }

        var words = new List<string>();
        if (bill.Status != ledger.Status)
        {
            words.Add(Both(Terms.Of(bill.Status)) + " / " + Both(Terms.Of(ledger.Status)));
        }

        if (bill.FeeMilliFen is { } ofBill && ledger.FeeMilliFen is { } ofLedger && ofBill != ofLedger)
        {
            words.Add(Both("fee", "手续费") + " " + BillPages.Yuan5(ofBill) + " / " + BillPages.Yuan5(ofLedger));
        }

        if (!string.IsNullOrEmpty(bill.PaymentNumber) && !string.IsNullOrEmpty(ledger.PaymentNumber) && bill.PaymentNumber != ledger.PaymentNumber)
        {
            words.Add(Both("of", "原单号") + " " + Escape(bill.PaymentNumber) + " / " + Escape(ledger.PaymentNumber));
        }

        return string.Join("<br>", words);
    }

    private static string Money(MoneyEntry? entry) => entry is null ? "–" : BillPages.Yuan(entry.Fen);

    /// <summary>What the bill has more than the ledger, with its sign.</summary>
    private static string Difference(long bill, long ledger)
    {
        var fen = (decimal)bill - ledger;
        return fen == 0 ? string.Empty : (fen > 0 ? "+" : "−") + (Math.Abs(fen) / 100m).ToString("#,##0.00", CultureInfo.InvariantCulture);
    }

    private static string Number(long count) => count.ToString("#,##0", CultureInfo.InvariantCulture);

    private static string Both(Term term) => Both(term.English, term.Chinese);

    private static string Both(string english, string chinese) => "<span lang=\"en\">" + Escape(english) + "</span><span lang=\"zh\">" + Escape(chinese) + "</span>";

    private static string Heading(string english, string chinese, bool isNumber = false) => "<th scope=\"col\"" + (isNumber ? " class=\"number\"" : string.Empty) + ">" + Both(english, chinese) + "</th>";

    private static string Cell(string english, string chinese, string html, bool isNumber = false) =>
        "<td data-en=\"" + english + "\" data-zh=\"" + chinese + "\"" + (isNumber ? " class=\"number\"" : string.Empty) + ">" + html + "</td>";

    private static string Escape(string text) => WebUtility.HtmlEncode(text);

    private static string Hash(string text) => Convert.ToBase64String(SHA256.HashData(Encoding.UTF8.GetBytes(text)));

    private static string Resource(string name)
    {
        using var stream = typeof(DiffReport).Assembly.GetManifestResourceStream(name)!;
        using var reader = new StreamReader(stream, Encoding.UTF8);
        // A browser reads CR LF as LF before it hashes.
        return reader.ReadToEnd().ReplaceLineEndings("\n");
    }
}
