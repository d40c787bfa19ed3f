namespace WeChatPay.Functional

open System
open System.Collections.Generic
open System.Globalization

/// A total at the end of a bill.
[<NoComparison>]
type BillTotalLine =
    {
        /// Its heading as it stands in the file.
        Heading: string
        /// Which total it is; null for one that this version does not know.
        Total: Nullable<BillTotal>
        /// What stands there.
        Text: string
        /// The same as a number: fen, thousandths of a fen for the fee, or a number of rows. Null for one that this version does not know.
        Value: Nullable<int64>
        /// It was compared with the rows and is what they add up to. False where the rows lack the column.
        IsChecked: bool
    }

/// A bill that was read to its end.
[<NoComparison>]
type BillSummary =
    {
        /// Which bill it is.
        Kind: BillKind
        /// How many rows it has.
        Rows: int64
        /// Its totals, in the file's order; none where a bill that nobody has described has none.
        Totals: IReadOnlyList<BillTotalLine>
    }

    /// The value of a total, in fen, thousandths of a fen for the fee, or a number of rows; null where the bill does not have it.
    member summary.ValueOf(total: BillTotal) : Nullable<int64> =
        summary.Totals
        |> Seq.tryFind (fun line -> line.Total = Nullable total)
        |> Option.map _.Value
        |> Option.defaultValue (Nullable())

    /// The kind and how many rows.
    override summary.ToString() =
        "BillSummary("
        + (BillTable.kinds
           |> Seq.tryFind (fun known -> known.Kind = summary.Kind)
           |> Option.map _.Name
           |> Option.defaultValue "undescribed")
        + ", "
        + summary.Rows.ToString CultureInfo.InvariantCulture
        + " rows)"

/// A sum of a column, or a number of rows, that only some rows count for.
[<Sealed>]
type internal ConditionalSum(facts: BillTotalFacts, where: int, text: byte array, adds: int) =
    member _.Facts = facts
    /// The column that decides, and what it says.
    member _.Where = where
    member _.Text = text
    /// The column that is added up; -1 for a number of rows.
    member _.Adds = adds
    member val Value = 0L with get, set

/// What the rows of a bill add up to.
[<Sealed>]
type internal BillSums(heading: BillHeading, state: BillRowState) =
    let facts =
        BillTable.kinds
        |> Seq.tryFind (fun kind -> kind.Kind = heading.Kind)
        |> Option.map (fun kind -> [| for total in kind.Totals -> BillTable.totals[int total] |])
        |> Option.defaultValue [||]

    /// The place of the column that a total adds up: the first that the file has.
    let addsOf (total: BillTotalFacts) =
        total.Adds
        |> Seq.map (fun column -> heading.PlaceOf column)
        |> Seq.tryFind (fun place -> place >= 0)
        |> Option.defaultValue -1

    let sums: int64 array = Array.zeroCreate heading.Names.Count

    let added =
        [|
            for column in BillTable.columns do
                let place = heading.PlaceOf column.Column

                if
                    place >= 0
                    && (column.Type = BillCellType.Yuan || column.Type = BillCellType.Yuan5)
                then
                    place
        |]

    let conditional =
        [|
            for total in facts do
                match total.Where with
                | ValueSome(struct (column, text)) when
                    heading.PlaceOf column >= 0 && (total.Adds.Count = 0 || addsOf total >= 0)
                    ->
                    ConditionalSum(total, heading.PlaceOf column, Text.Encoding.UTF8.GetBytes text, addsOf total)
                | ValueSome _
                | ValueNone -> ()
        |]

    /// Whether two numbers of one sign gave one of the other.
    let overflows one other sum =
        ((one ^^^ sum) &&& (other ^^^ sum)) < 0L

    /// How many rows there are.
    member val Rows = 0L with get, set

    /// Adds a row's amounts; the place of one that is too much, else -1.
    member this.Add(line: ReadOnlySpan<byte>) : int =
        let values = state.Values
        let mutable tooMuch = -1
        this.Rows <- this.Rows + 1L

        for place in added do
            let value = values[place]

            if value <> BillCell.Absent && value <> 0L then
                let sum = sums[place] + value

                if overflows sums[place] value sum then
                    tooMuch <- place

                sums[place] <- sum

        for total in conditional do
            if state.Cells.Cell(line, total.Where).SequenceEqual(ReadOnlySpan total.Text) then
                let value =
                    if total.Adds < 0 then 1L
                    elif values[total.Adds] = BillCell.Absent then 0L
                    else values[total.Adds]

                let sum = total.Value + value

                if overflows total.Value value sum then
                    tooMuch <- total.Where

                total.Value <- sum

        tooMuch

    /// What a total must be; nothing where the rows lack its column.
    member this.TryExpected(total: BillTotalFacts) : int64 voption =
        match total.Where, conditional |> Array.tryFind (fun sum -> sum.Facts.Total = total.Total) with
        | ValueSome _, Some sum -> ValueSome sum.Value
        | ValueSome _, None -> ValueNone
        | ValueNone, _ when total.Adds.Count = 0 -> ValueSome this.Rows
        | ValueNone, _ ->
            match addsOf total with
            | -1 -> ValueNone
            | place -> ValueSome sums[place]
