namespace WeChatPay.Functional

open System
open System.Text
open System.Text.Unicode
open FsToolkit.ErrorHandling

/// Reads the two last lines of a bill, and compares them with the rows.
[<RequireQualifiedAccess>]
module internal BillTotals =
    let private totalByHeading =
        dict
            [
                for facts in BillTable.totals do
                    for heading in facts.Headings do
                        heading, facts
            ]

    let private headingBytes =
        [|
            for heading in totalByHeading.Keys do
                Encoding.UTF8.GetBytes heading
        |]

    let private isTotal (cell: ReadOnlySpan<byte>) =
        let mutable found = false

        for heading in headingBytes do
            if cell.SequenceEqual(ReadOnlySpan heading) then
                found <- true

        found

    /// How many of a line's cells are headings of totals.
    let private countOf (cells: BillCells) (line: ReadOnlySpan<byte>) =
        let mutable count = 0

        for place in 0 .. cells.Count - 1 do
            if isTotal (cells.Cell(line, place)) then
                count <- count + 1

        count

    /// Whether a line of a known bill is the heading of its totals: it has no backquotes where rows have them, and names a total.
    let isHeading (hasBackquotes: bool) (cells: BillCells) (line: ReadOnlySpan<byte>) =
        cells.Split line

        if line.Length > 0 && line[0] = '`'B then
            countOf cells line = cells.Count
        elif hasBackquotes then
            countOf cells line > 0
        else
            isTotal (cells.Cell(line, 0))

    let private malformed (line: int64) column fault =
        Error(BillError.Malformed(line, column, fault))

    /// The headings of the totals; of a known bill, the number of rows is among them.
    let readHeading (kind: BillKind) (number: int64) (cells: BillCells) (line: ReadOnlySpan<byte>) =
        let isUtf8 = Utf8.IsValid line
        let names = BillHeading.namesOf cells line

        let isNamed (total: BillTotalFacts) =
            Seq.exists (fun heading -> Array.contains heading names) total.Headings

        let lacking =
            BillTable.kinds
            |> Seq.tryFind (fun known -> known.Kind = kind)
            |> Option.bind (fun known ->
                known.Totals
                |> Seq.map (fun total -> BillTable.totals[int total])
                |> Seq.tryFind (fun total -> total.Adds.Count = 0 && total.Where.IsNone && not (isNamed total)))

        let doubled =
            names
            |> Array.countBy (fun name ->
                match totalByHeading.TryGetValue name with
                | true, facts -> facts.Name
                | false, _ -> "‹" + name + "›")
            |> Array.tryFind (fun (_, count) -> count > 1)

        match isUtf8, doubled, lacking with
        | false, _, _ -> malformed number "" BillFault.NotUtf8
        | true, Some(name, _), _ -> malformed number name BillFault.DuplicateColumn
        | true, None, Some total -> malformed number total.Headings[0] BillFault.MissingColumn
        | true, None, None -> Ok names

    let private known (number: int64) heading (sums: BillSums) (facts: BillTotalFacts) (text: string) value =
        match value, sums.TryExpected facts with
        | BillCell.Absent, _ -> malformed number heading BillFault.EmptyCell
        | BillCell.Bad, _ when facts.Type = BillCellType.Count -> malformed number heading BillFault.NotCount
        | BillCell.Bad, _ -> malformed number heading BillFault.NotMoney
        | stated, ValueSome counted when stated <> counted ->
            Error(
                BillError.SummaryMismatch(
                    number,
                    heading,
                    BillCell.write facts.Type stated,
                    BillCell.write facts.Type counted
                )
            )
        | stated, expected ->
            Ok
                {
                    Heading = heading
                    Total = Nullable facts.Total
                    Text = text
                    Value = Nullable stated
                    IsChecked = expected.IsSome
                }

    let private total number (sums: BillSums) (heading: string) (text: string) =
        match totalByHeading.TryGetValue heading with
        | true, facts ->
            Encoding.UTF8.GetBytes text
            |> fun bytes -> BillCell.read facts.Type (ReadOnlySpan bytes)
            |> known number heading sums facts text
        | false, _ ->
            Ok
                {
                    Heading = heading
                    Total = Nullable()
                    Text = text
                    Value = Nullable()
                    IsChecked = false
                }

    /// The totals, each compared with the rows as far as they have its column.
    let read (sums: BillSums) (kind: BillKind) (names: string array) (number: int64) (cells: BillCells) (line: _) =
        let isUtf8 = Utf8.IsValid(line: ReadOnlySpan<byte>)
        cells.Split line

        let texts = Array.init (min cells.Count names.Length) (fun _ -> "")

        for place in 0 .. texts.Length - 1 do
            texts[place] <- Encoding.UTF8.GetString(cells.Cell(line, place))

        result {
            if not isUtf8 then
                return! malformed number "" BillFault.NotUtf8
            elif cells.Count < names.Length then
                return! malformed number names[cells.Count] BillFault.TooFewCells
            elif cells.Count > names.Length then
                return! malformed number names[names.Length - 1] BillFault.TooManyCells
            else
                let! totals =
                    Array.map2 (total number sums) names texts
                    |> List.ofArray
                    |> List.sequenceResultM

                return
                    {
                        Kind = kind
                        Rows = sums.Rows
                        Totals = Array.ofList totals
                    }
        }
