namespace WeChatPay.Functional

open System
open System.Text.Unicode

/// Where in a bill a reader is.
[<RequireQualifiedAccess>]
type internal BillPart =
    | Heading
    | Rows
    | Totals
    | End

/// Reads a bill from its unpacked bytes, in pieces of any size, in constant memory: each row goes to the handler while it is there, the totals are compared at the end.
/// Nothing that was read is to be believed before `Finish` has said so: totals come last. Not for several threads at once.
[<Sealed>]
type BillReader
    /// Reads bills that nobody has described, too, by heading, where `takesAny` says so.
    (takesAny: bool, handler: BillRowHandler) =
    let cells = BillCells()
    let clock = BillClock()
    let mutable part = BillPart.Heading
    let mutable error: BillError | null = null
    let mutable summary: BillSummary | null = null
    let mutable heading: BillHeading | null = null

    let mutable state =
        BillRowState(BillHeading(BillKind.Undescribed, [||], [||]), cells)

    let mutable sums = BillSums(state.Heading, state)
    // Places of typed cells, with their types; of cells that are never empty; of cells that may hold commas.
    let mutable typed: struct (int * BillCellType) array = [||]
    let mutable filled: int array = [||]
    let mutable free: int array = [||]
    let mutable totals: string array = [||]
    let mutable hasBackquotes = false
    let mutable isFinished = false
    let mutable lines = 0L
    // The beginning of a line whose end has not come yet.
    let mutable kept: byte array = [||]
    let mutable keptLength = 0

    let fail (found: BillError) = error <- found

    let malformed column fault =
        fail (BillError.Malformed(lines, column, fault))

    let nameOf (place: int) = BillHeading.nameOf state.Heading place

    let isKnown () =
        match state.Heading.Kind with
        | BillKind.Undescribed -> false
        | _ -> true

    let begin' (found: BillHeading) =
        heading <- found
        state <- BillRowState(found, cells)
        sums <- BillSums(found, state)

        let placesOf (columns: BillColumn seq) =
            [|
                for column in columns do
                    match found.PlaceOf column with
                    | -1 -> ()
                    | place -> place
            |]

        free <-
            BillTable.columns
            |> Seq.filter _.IsFree
            |> Seq.map _.Column
            |> placesOf
            |> Array.sort

        filled <-
            BillTable.kinds
            |> Seq.tryFind (fun kind -> kind.Kind = found.Kind)
            |> Option.map (fun kind -> placesOf kind.Filled)
            |> Option.defaultValue [||]

        typed <-
            [|
                for column in BillTable.columns do
                    match found.PlaceOf column.Column, column.Type with
                    | -1, _
                    | _, BillCellType.Text -> ()
                    | place, kind -> struct (place, kind)
            |]

        part <- BillPart.Rows

    let readHeading (line: ReadOnlySpan<byte>) =
        let mark = [| 0xEFuy; 0xBBuy; 0xBFuy |]

        let line =
            if line.StartsWith(ReadOnlySpan mark) then
                line.Slice mark.Length
            else
                line

        match BillHeading.read takesAny cells line with
        | Ok found -> begin' found
        | Error found -> fail found

    let faultOf kind =
        match kind with
        | BillCellType.Time -> BillFault.NotTime
        | BillCellType.Percent -> BillFault.NotPercent
        | BillCellType.Count -> BillFault.NotCount
        | _ -> BillFault.NotMoney

    /// The first cell that is not UTF-8.
    let failOnBytes (line: ReadOnlySpan<byte>) =
        let mutable place = 0

        while place < cells.Count - 1 && Utf8.IsValid(cells.Cell(line, place)) do
            place <- place + 1

        malformed (nameOf place) BillFault.NotUtf8

    /// More cells than columns: a text holds what separates. Which one is told only where one column may hold any.
    let isJoined (width: int) =
        match free with
        | [| place |] ->
            cells.Join(place, width)
            true
        | _ ->
            malformed (nameOf (if free.Length > 0 then free[0] else width - 1)) BillFault.TooManyCells
            false

    let readTyped (line: ReadOnlySpan<byte>) =
        let values = state.Values

        for struct (place, kind) in typed do
            let cell = cells.Cell(line, place)

            let value =
                match kind with
                | BillCellType.Time -> clock.Read cell
                | _ -> BillCell.read kind cell

            values[place] <- value

            if value = BillCell.Bad && isNull error then
                malformed (nameOf place) (faultOf kind)

        for place in filled do
            if cells.IsEmpty(line, place) && isNull error then
                malformed (nameOf place) BillFault.EmptyCell

    let readRow (line: ReadOnlySpan<byte>) =
        let width = state.Heading.Names.Count
        cells.Split line

        if cells.Count < width then
            malformed (nameOf cells.Count) BillFault.TooFewCells
        elif cells.Count = width || isJoined width then
            if not (cells.IsUtf8 line) then
                failOnBytes line
            else
                readTyped line

                if isNull error then
                    match sums.Add line with
                    | -1 ->
                        hasBackquotes <- line.Length > 0 && line[0] = '`'B
                        state.Line <- lines
                        handler.Invoke(BillRow(line, state))
                    | place -> malformed (nameOf place) BillFault.TooMuchMoney

    /// Rows begin with a backquote and mostly a digit, headings with a Chinese character.
    let isTotalsHeading (line: ReadOnlySpan<byte>) =
        let isBackquoted = line.Length > 0 && line[0] = '`'B

        if isBackquoted && (line.Length < 2 || line[1] < 0x80uy) then
            false
        elif isKnown () then
            BillTotals.isHeading (hasBackquotes || sums.Rows = 0L) cells line
        elif isBackquoted then
            false
        else
            cells.Split line
            hasBackquotes || (sums.Rows = 0L && cells.Count <> state.Heading.Names.Count)

    let readTotals (line: ReadOnlySpan<byte>) =
        match BillTotals.read sums state.Heading.Kind totals lines cells line with
        | Ok read ->
            summary <- read
            part <- BillPart.End
        | Error found -> fail found

    let readLine (line: ReadOnlySpan<byte>) =
        lines <- lines + 1L

        if line.Length > BillReader.LineLimit then
            malformed "" BillFault.LineTooLong
        else
            let line =
                if line.Length > 0 && line[line.Length - 1] = '\r'B then
                    line.Slice(0, line.Length - 1)
                else
                    line

            match part with
            | BillPart.Heading -> readHeading line
            | BillPart.Rows when isTotalsHeading line ->
                match BillTotals.readHeading state.Heading.Kind lines cells line with
                | Ok names ->
                    totals <- names
                    part <- BillPart.Totals
                | Error found -> fail found
            | BillPart.Rows -> readRow line
            | BillPart.Totals -> readTotals line
            | BillPart.End when line.IsEmpty -> ()
            | BillPart.End -> malformed "" BillFault.AfterTotals

    let keep (piece: ReadOnlySpan<byte>) =
        if keptLength + piece.Length > BillReader.LineLimit then
            lines <- lines + 1L
            malformed "" BillFault.LineTooLong
        else
            if keptLength + piece.Length > kept.Length then
                let size =
                    max (keptLength + piece.Length) (min BillReader.LineLimit (2 * kept.Length))

                Array.Resize(&kept, max 1024 size)

            piece.CopyTo(Span(kept, keptLength, piece.Length))
            keptLength <- keptLength + piece.Length

    /// Hands the line on that was kept.
    let release () =
        let line = ReadOnlySpan(kept, 0, keptLength)
        keptLength <- 0
        readLine line

    /// What the end of the file means for the part that it comes in.
    let finish () =
        let isWhole = keptLength = 0
        let last = if isWhole then lines else lines + 1L

        match part with
        // A row without its line's end is not whole.
        | BillPart.Rows when isKnown () && not isWhole -> fail (BillError.Truncated last)
        | BillPart.Totals when
            (cells.Split(ReadOnlySpan(kept, 0, keptLength))
             cells.Count < totals.Length)
            ->
            fail (BillError.Truncated last)
        | BillPart.Heading
        | BillPart.Rows
        | BillPart.Totals
        | BillPart.End ->
            if not isWhole then
                release ()

        match part with
        | _ when not (isNull error) -> ()
        | BillPart.Rows when not (isKnown ()) ->
            summary <-
                {
                    Kind = BillKind.Undescribed
                    Rows = sums.Rows
                    Totals = [||]
                }
        | BillPart.Heading
        | BillPart.Rows
        | BillPart.Totals -> fail (BillError.Truncated lines)
        | BillPart.End -> ()

    /// Reads bills whose columns are known.
    new(handler: BillRowHandler) = BillReader(false, handler)

    /// How many bytes a line may have: 1 MiB. No bill's line is near it; it bounds the memory that a file can ask for.
    static member LineLimit = 1_048_576

    /// Why the file is not believed; null as long as there is no reason. After an error nothing is read any more.
    member _.Error: BillError | null = error

    /// Which bill it is, and its columns; null until the first line was read.
    member _.Heading: BillHeading | null = heading

    /// What the file adds up to; null until `Finish` has said that it is whole.
    member _.Summary: BillSummary | null =
        if isFinished && isNull error then summary else null

    /// How many lines were read.
    member _.Lines = lines

    /// How many rows were read.
    member _.Rows = sums.Rows

    /// Reads the next bytes; false once there is an error.
    member _.Push(bytes: ReadOnlySpan<byte>) : bool =
        let mutable rest = bytes

        while isNull error && not rest.IsEmpty do
            match rest.IndexOf '\n'B with
            | -1 ->
                keep rest
                rest <- ReadOnlySpan<byte>.Empty
            | at ->
                if keptLength = 0 then
                    readLine (rest.Slice(0, at))
                else
                    keep (rest.Slice(0, at))

                    if isNull error then
                        release ()

                rest <- rest.Slice(at + 1)

        isNull error

    /// Says that there are no more bytes; true if the bill is whole and its totals are right.
    member _.Finish() : bool =
        if isNull error && not isFinished then
            finish ()
            isFinished <- true

        isNull error
