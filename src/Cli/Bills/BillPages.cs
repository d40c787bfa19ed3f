using System.Globalization;
using System.Text.Json;
using WeChatPay.Functional;

namespace WeChatPay.Tool;

/// <summary>A bill's totals, for people and for programs.</summary>
internal static class BillPages
{
    private const decimal FenInYuan = 100m;
    private const decimal MilliFenInFen = 1000m;

    public static string NameOf(BillKind kind) => BillTable.kinds.FirstOrDefault(known => known.Kind == kind)?.Name ?? "undescribed";

    /// <summary>Fen as yuan, such as <c>1,234.56</c>.</summary>
    public static string Yuan(long fen) => (fen / FenInYuan).ToString("#,##0.00", CultureInfo.InvariantCulture);

    /// <summary>Thousandths of a fen as yuan with five decimals.</summary>
    public static string Yuan5(long milliFen) => (milliFen / MilliFenInFen / FenInYuan).ToString("#,##0.00000", CultureInfo.InvariantCulture);

    /// <summary>The totals as the bill has them, numbers in fen; what is no known total, by its heading and as text.</summary>
    public static void WriteSummary(Utf8JsonWriter writer, BillSummary summary)
    {
        writer.WriteStartObject("summary");
        foreach (var line in summary.Totals)
        {
            if (line.Total is { } total && line.Value is { } value)
            {
                var facts = BillTable.totals[(int)total];
                if (facts.Type == BillCellType.Yuan5)
                {
                    writer.WriteNumber(facts.Name, value / MilliFenInFen);
                }
                else
                {
                    writer.WriteNumber(facts.Name, value);
                }
            }
            else
            {
                writer.WriteString(line.Heading, line.Text);
            }
        }

        writer.WriteEndObject();
    }

    /// <summary>The totals, a line each; <c>*</c> where the rows lack the column that they could be compared with.</summary>
    public static void Totals(BillSummary summary)
    {
        foreach (var line in summary.Totals)
        {
            var type = line.Total is { } total ? BillTable.totals[(int)total].Type : BillCellType.Text;
            var text = (type, line.Value) switch
            {
                (BillCellType.Yuan, { } fen) => Yuan(fen),
                (BillCellType.Yuan5, { } milliFen) => Yuan5(milliFen),
                (BillCellType.Count, { } count) => Inputs.Text(count),
                _ => line.Text,
            };
            var name = line.Total is { } known && !Inputs.IsChinese ? BillTable.totals[(int)known].Name : line.Heading;
            Console.Out.WriteLine("  " + Pad(name, 24) + text.PadLeft(20) + (line.IsChecked ? string.Empty : " *"));
        }
    }

    public static void Show(BillSummary summary, BillGroups groups, bool isJson)
    {
        if (isJson)
        {
            Inputs.WriteJson(writer => Write(writer, summary, groups));
            return;
        }

        Console.Out.WriteLine(NameOf(summary.Kind) + Inputs.Words(", rows: ", "，行数：") + Inputs.Text(summary.Rows));
        foreach (var group in groups.All)
        {
            Console.Out.WriteLine(
                "  " + Pad(group.Type, 10) + Pad(group.What, 16) + Inputs.Text(group.Count).PadLeft(12) + Yuan(group.Fen).PadLeft(20)
                + (group.FeeMilliFen == 0 ? string.Empty : Inputs.Words("  fee ", "  手续费 ") + Yuan5(group.FeeMilliFen)));
        }

        Console.Out.WriteLine(Inputs.Words("totals of the bill", "账单汇总"));
        Totals(summary);
    }

    private static void Write(Utf8JsonWriter writer, BillSummary summary, BillGroups groups)
    {
        writer.WriteBoolean("ok", true);
        writer.WriteString("kind", NameOf(summary.Kind));
        writer.WriteNumber("rows", summary.Rows);
        WriteSummary(writer, summary);
        writer.WriteStartArray("types");
        foreach (var group in groups.All)
        {
            writer.WriteStartObject();
            writer.WriteString(summary.Kind == BillKind.FundFlow ? "direction" : "trade_state", group.Type);
            writer.WriteString(summary.Kind == BillKind.FundFlow ? "business_name" : "trade_type", group.What);
            writer.WriteNumber("count", group.Count);
            writer.WriteNumber("fen", group.Fen);
            writer.WriteNumber("fee", group.FeeMilliFen / MilliFenInFen);
            writer.WriteEndObject();
        }

        writer.WriteEndArray();
    }

    /// <summary>Chinese characters are two columns wide.</summary>
    public static string Pad(string text, int width) =>
        text + new string(' ', Math.Max(1, width - text.Sum(static letter => letter >= '\u2e80' ? 2 : 1)));
}
