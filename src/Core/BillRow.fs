namespace WeChatPay.Functional

open System
open System.Runtime.CompilerServices
open System.Runtime.InteropServices
open System.Text

/// What a reader knows of the row that it is at; the same for all rows of a bill.
[<Sealed>]
type internal BillRowState(heading: BillHeading, cells: BillCells) =
    member _.Heading = heading
    member _.Cells = cells
    /// What the typed cells say, by place.
    member val Values: int64 array = Array.create heading.Names.Count BillCell.Absent
    member val Line = 0L with get, set

/// A row of a bill: a view over the bytes, there for as long as its handler runs. Nothing is allocated but the texts that are asked for.
[<Struct; IsByRefLike; NoComparison; NoEquality>]
type BillRow =
    val private bytes: ReadOnlySpan<byte>
    val private state: BillRowState

    internal new(bytes, state) = { bytes = bytes; state = state }

    /// Which line of the file it is; the first is 1.
    member row.Line = row.state.Line
    /// Which columns there are.
    member row.Heading = row.state.Heading

    /// Whether the bill has the column, and the row something in it.
    member row.Has(column: BillColumn) = not (row.Bytes(column).IsEmpty)

    /// A cell by its place, in UTF-8, without the backquote; empty where there is no such place.
    member row.Bytes(place: int) : ReadOnlySpan<byte> =
        if 0 <= place && place < row.state.Heading.Names.Count then
            row.state.Cells.Cell(row.bytes, place)
        else
            ReadOnlySpan<byte>.Empty

    /// A cell by its column, in UTF-8, without the backquote; empty where the bill does not have the column.
    member row.Bytes(column: BillColumn) : ReadOnlySpan<byte> =
        row.Bytes(row.state.Heading.PlaceOf column)

    /// A cell's text by its column; empty where the bill does not have the column.
    member row.Text(column: BillColumn) : string =
        Encoding.UTF8.GetString(row.Bytes column)

    /// A cell's text by its heading as it stands in the file; empty where the bill does not have it.
    member row.Text(heading: string) : string =
        Encoding.UTF8.GetString(row.Bytes(row.state.Heading.PlaceOf heading))

    /// A cell's text by its place; empty where there is none.
    member row.Text(place: int) : string =
        Encoding.UTF8.GetString(row.Bytes place)

    member private row.TryGet(column: BillColumn, kind: BillCellType, [<Out>] value: byref<int64>) : bool =
        let place = row.state.Heading.PlaceOf column

        value <-
            // As numbers: the comparison of enumerations may allocate.
            if place >= 0 && int row.state.Heading.Types[place] = int kind then
                row.state.Values[place]
            else
                BillCell.Absent

        value <> BillCell.Absent

    /// A column's amount in fen; false where the row has none, or the column is finer (`Fee`).
    member row.TryGetFen(column: BillColumn, [<Out>] fen: byref<int64>) : bool =
        row.TryGet(column, BillCellType.Yuan, &fen)

    /// A column's amount in thousandths of a fen; false where the row has none.
    member row.TryGetMilliFen(column: BillColumn, [<Out>] milliFen: byref<int64>) : bool =
        if row.TryGet(column, BillCellType.Yuan5, &milliFen) then
            true
        elif row.TryGet(column, BillCellType.Yuan, &milliFen) then
            milliFen <- milliFen * 1000L
            true
        else
            false

    /// A column's time, +08:00; false where the row has none.
    member row.TryGetTime(column: BillColumn, [<Out>] time: byref<DateTimeOffset>) : bool =
        let mutable ticks = 0L

        if row.TryGet(column, BillCellType.Time, &ticks) then
            time <- BillCell.moment ticks
            true
        else
            false

    /// A column's rate in per cent; false where the row has none.
    member row.TryGetPercent(column: BillColumn, [<Out>] percent: byref<decimal>) : bool =
        let mutable value = 0L

        if row.TryGet(column, BillCellType.Percent, &value) then
            percent <- BillCell.percentOf value
            true
        else
            false

    /// The line's number; nothing of what stands in it.
    override row.ToString() =
        "BillRow(line "
        + row.state.Line.ToString Globalization.CultureInfo.InvariantCulture
        + ")"

/// Takes each row while it is there.
type BillRowHandler = delegate of row: BillRow -> unit

/// What typed rows take from a row.
[<RequireQualifiedAccess>]
module internal BillRowCells =
    let text (column: BillColumn) (row: BillRow) =
        let text = row.Text column

        if text = BillTable.columns[int column].Absent then
            ""
        else
            text

    let fenOrNull (column: BillColumn) (row: BillRow) =
        match row.TryGetFen column with
        | true, fen -> Nullable fen
        | false, _ -> Nullable()

    /// Of a column that is never empty.
    let fen column (row: BillRow) =
        (fenOrNull column row).GetValueOrDefault()

    let milliFenOrNull (column: BillColumn) (row: BillRow) =
        match row.TryGetMilliFen column with
        | true, milliFen -> Nullable milliFen
        | false, _ -> Nullable()

    /// Of a column that is never empty.
    let milliFen column (row: BillRow) =
        (milliFenOrNull column row).GetValueOrDefault()

    let timeOrNull (column: BillColumn) (row: BillRow) =
        match row.TryGetTime column with
        | true, time -> Nullable time
        | false, _ -> Nullable()

    /// Of a column that is never empty.
    let time column (row: BillRow) =
        (timeOrNull column row).GetValueOrDefault()

    let percentOrNull (column: BillColumn) (row: BillRow) =
        match row.TryGetPercent column with
        | true, percent -> Nullable percent
        | false, _ -> Nullable()
