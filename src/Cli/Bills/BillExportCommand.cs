using System.CommandLine;
using System.Globalization;
using System.Text;
using WeChatPay.Functional;

namespace WeChatPay.Tool;

/// <summary><c>wechatpay bill export</c>: the rows as CSV that every program reads.</summary>
internal static class BillExportCommand
{
    private const decimal FenInYuan = 100m;
    private const decimal MilliFenInYuan = 100_000m;

    public static Command Create()
    {
        var file = new Argument<string>("file") { Description = Inputs.Words("the bill, gzip or not", "账单文件，可为 gzip") };
        var to = new Option<string>("--to") { Description = Inputs.Words("the CSV file to write; it is there only once the bill has been believed", "要写出的 CSV 文件；账单核对无误后才会出现"), Required = true };
        var (hash, any) = (BillCommand.Hash(), BillCommand.TakesAny());
        var personal = new Option<bool>("--personal") { Description = Inputs.Words("also columns that may hold personal data (openid, product names, attachments, remarks)", "同时导出可能含个人信息的列（openid、商品名称、商户数据包、备注）") };
        var command = new Command("export", Inputs.Words(
            "Writes the rows as CSV: columns by the platform's names, times with their offset, amounts in yuan, quoted as RFC 4180 has it. Example: wechatpay bill export 20260102.csv.gz --to 20260102-rows.csv",
            "将明细写为 CSV：列名为平台字段名，时间带时区，金额为元，按 RFC 4180 加引号。例：wechatpay bill export 20260102.csv.gz --to 20260102-rows.csv"))
        {
            file, to, hash, any, personal,
        };
        command.SetAction((parsed, cancellationToken) =>
        {
            BillCommand.CheckHash(parsed.GetValue(hash));
            return RunAsync(parsed.GetRequiredValue(file), parsed.GetRequiredValue(to), parsed.GetValue(hash), parsed.GetValue(any), parsed.GetValue(personal), cancellationToken);
        });
        return command;
    }

    private static async Task<int> RunAsync(string file, string target, string? hash, bool takesAny, bool isPersonal, CancellationToken cancellationToken)
    {
        try
        {
            using var unfinished = new UnfinishedFile(target);
            BillReading reading;
            var stream = BillCommand.Open(file);
            await using var disposal = stream.ConfigureAwait(false);
            using (var writer = new StreamWriter(unfinished.Path, append: false, new UTF8Encoding(encoderShouldEmitUTF8Identifier: true)))
            {
                var rows = new BillCsv(writer, isPersonal);
                reading = await BillContent.ReadAsync(stream, rows.Add, hash, takesAny, cancellationToken).ConfigureAwait(false);
            }

            if (!reading.TryGet(out var summary, out var error))
            {
                return BillCommand.Refuse(error, isJson: false);
            }

            unfinished.Finish();
            Console.Out.WriteLine(Inputs.Text(summary.Rows) + Inputs.Words(" rows written.", " 行已写出。"));
            return ExitCode.Fine;
        }
        catch (Exception failure) when (failure is IOException or UnauthorizedAccessException)
        {
            throw new UsageException(Databases.OneLine(failure.Message));
        }
    }

    /// <summary>Writes rows as CSV, the heading before the first.</summary>
    private sealed class BillCsv(StreamWriter writer, bool isPersonal)
    {
        private List<(int Place, BillColumnFacts? Facts)>? _columns;

        public void Add(BillRow row)
        {
            _columns ??= Begin(row.Heading);
            for (var index = 0; index < _columns.Count; index++)
            {
                if (index > 0)
                {
                    writer.Write(',');
                }

                var (place, facts) = _columns[index];
                Write(facts is null ? row.Text(place) : TextOf(row, facts));
            }

            writer.Write("\r\n");
        }

        private List<(int Place, BillColumnFacts? Facts)> Begin(BillHeading heading)
        {
            var byPlace = heading.Kind == BillKind.Undescribed
                ? []
                : BillTable.columns.Where(facts => heading.PlaceOf(facts.Column) >= 0).ToDictionary(facts => heading.PlaceOf(facts.Column));
            var columns = new List<(int Place, BillColumnFacts? Facts)>();
            for (var place = 0; place < heading.Names.Count; place++)
            {
                var facts = byPlace.GetValueOrDefault(place);
                if (facts is null || isPersonal || !facts.IsPersonal)
                {
                    columns.Add((place, facts));
                }
            }

            for (var index = 0; index < columns.Count; index++)
            {
                writer.Write(index == 0 ? string.Empty : ",");
                Write(columns[index].Facts?.Name ?? heading.Names[columns[index].Place]);
            }

            writer.Write("\r\n");
            return columns;
        }

        private static string TextOf(BillRow row, BillColumnFacts facts)
        {
            var column = facts.Column;
            switch (facts.Type)
            {
                case BillCellType.Time:
                    return row.TryGetTime(column, out var time) ? time.ToString("yyyy-MM-dd'T'HH:mm:sszzz", CultureInfo.InvariantCulture) : string.Empty;
                case BillCellType.Yuan:
                    return row.TryGetFen(column, out var fen) ? (fen / FenInYuan).ToString("0.00", CultureInfo.InvariantCulture) : string.Empty;
                case BillCellType.Yuan5:
                    return row.TryGetMilliFen(column, out var milliFen) ? (milliFen / MilliFenInYuan).ToString("0.00000", CultureInfo.InvariantCulture) : string.Empty;
                case BillCellType.Percent:
                    return row.TryGetPercent(column, out var percent) ? percent.ToString(CultureInfo.InvariantCulture) : string.Empty;
                default:
                    var text = row.Text(column);
                    return text == facts.Absent ? string.Empty : text;
            }
        }

        private void Write(string text)
        {
            // A spreadsheet takes what begins so for a formula: names and remarks are other people's.
            var safe = text.Length > 0 && text[0] is '=' or '+' or '@' or '\t' || (text.Length > 1 && text[0] == '-' && !char.IsAsciiDigit(text[1])) ? "'" + text : text;
            if (safe.AsSpan().ContainsAny(",\"\r\n"))
            {
                writer.Write('"');
                writer.Write(safe.Replace("\"", "\"\"", StringComparison.Ordinal));
                writer.Write('"');
            }
            else
            {
                writer.Write(safe);
            }
        }
    }
}
