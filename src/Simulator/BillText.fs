namespace WeChatPay.Simulator

open System
open System.Globalization
open System.Text
open WeChatPay.Functional

/// What stands in a cell: a text, or money in the unit that the column is read to.
[<RequireQualifiedAccess>]
type internal BillValue =
    | Text of string
    | Money of int64

/// A row of a bill: what it says, by column.
type internal BillLine = Map<BillColumn, BillValue>

/// What is wrong with a bill's text, though its hash is right.
type internal BillFlaws =
    {
        /// A column that nobody has heard of, at the end.
        HasExtraColumn: bool
        /// The last row is not there; the totals have it.
        LacksRow: bool
    }

/// Bills as the platform writes them, by the table of kinds: columns in its order, cells behind backquotes, totals at the end.
[<RequireQualifiedAccess>]
module internal BillText =
    let private china = TimeSpan.FromHours 8.0

    /// A moment as bills write it.
    let time (at: DateTimeOffset) =
        at.ToOffset(china).ToString("yyyy-MM-dd HH:mm:ss", CultureInfo.InvariantCulture)

    let private decimals scale (value: int64) =
        let unit = pown 10M scale
        (decimal value / unit).ToString("F" + scale.ToString CultureInfo.InvariantCulture, CultureInfo.InvariantCulture)

    let private money (cellType: BillCellType) (value: int64) =
        if cellType = BillCellType.Yuan5 then
            decimals 5 value
        else
            decimals 2 value

    /// A cell is one line: the platform has no quotes for what would break it.
    let private oneLine (text: string) =
        text.Replace('\r', ' ').Replace('\n', ' ')

    let private isMoney (cellType: BillCellType) =
        cellType = BillCellType.Yuan || cellType = BillCellType.Yuan5

    let private cell (line: BillLine) (column: BillColumn) =
        let facts = BillTable.columns[int column]

        match line.TryFind column with
        | Some(BillValue.Text text) -> oneLine text
        | Some(BillValue.Money value) -> money facts.Type value
        | None when isMoney facts.Type -> money facts.Type 0L
        | None -> facts.Absent

    let private valueOf (line: BillLine) (column: BillColumn) =
        match line.TryFind column with
        | Some(BillValue.Money value) -> value
        | Some(BillValue.Text _)
        | None -> 0L

    let private counts (total: BillTotalFacts) (line: BillLine) =
        match total.Where with
        | ValueNone -> true
        | ValueSome(struct (column, text)) -> line.TryFind column = Some(BillValue.Text text)

    let private total (kind: BillKindFacts) (lines: BillLine list) (which: BillTotal) =
        let facts = BillTable.totals[int which]
        let counted = lines |> List.filter (counts facts)

        match facts.Adds |> Seq.tryFind (fun column -> Seq.contains column kind.Columns) with
        | None -> counted.Length.ToString CultureInfo.InvariantCulture
        | Some column -> counted |> List.sumBy (fun line -> valueOf line column) |> money facts.Type

    let private join (cells: string list) = String.Join(",", cells) + "\r\n"

    let private backquoted (cells: string list) =
        cells |> List.map (fun cell -> "`" + cell)

    /// A bill of a kind; `before` is what stands left of the kind's own columns: a heading, and its cell in a row.
    let write
        (flaws: BillFlaws)
        (before: (string * (BillLine -> string)) list)
        (kind: BillKind)
        (lines: BillLine list)
        =
        let facts = BillTable.kinds[int kind]
        let after = if flaws.HasExtraColumn then [ "新增列" ] else []

        let heading =
            [
                yield! List.map fst before
                for column in facts.Columns do
                    BillTable.columns[int column].Headings[0]
                yield! after
            ]

        let row (line: BillLine) =
            [
                for _, cellOf in before do
                    cellOf line
                for column in facts.Columns do
                    cell line column
                yield! List.map (fun _ -> "新") after
            ]

        let written =
            if flaws.LacksRow then
                List.truncate (lines.Length - 1) lines
            else
                lines

        let text = StringBuilder()
        text.Append('\uFEFF').Append(join heading) |> ignore

        for line in written do
            text.Append(join (backquoted (row line))) |> ignore

        text
            .Append(join [ for which in facts.Totals -> BillTable.totals[int which].Headings[0] ])
            .Append(join (backquoted [ for which in facts.Totals -> total facts lines which ]))
        |> ignore

        Encoding.UTF8.GetBytes(text.ToString())
