namespace WeChatPay.Functional

open System
open System.Collections.Generic
open System.Text
open System.Text.Unicode
open FsToolkit.ErrorHandling

/// The first line of a bill: which columns there are, and where.
[<Sealed>]
type BillHeading internal (kind: BillKind, names: string array, places: int array) =
    let byName = Dictionary<string, int> StringComparer.Ordinal

    let types = Array.create names.Length BillCellType.Text

    do
        for place in 0 .. names.Length - 1 do
            byName.TryAdd(names[place], place) |> ignore

        for column in 0 .. places.Length - 1 do
            if places[column] >= 0 then
                types[places[column]] <- BillTable.columns[column].Type

    /// Which bill it is.
    member _.Kind = kind

    /// What the cells of each place hold.
    member internal _.Types = types

    /// The headings as they stand in the file, in its order.
    member _.Names: IReadOnlyList<string> = names

    /// The place of a column, the first is 0; -1 where the bill does not have it.
    member _.PlaceOf(column: BillColumn) : int =
        if uint column < uint places.Length then
            places[int column]
        else
            -1

    /// The place of a column by its heading as it stands in the file; -1 where there is none.
    member _.PlaceOf(heading: string) : int =
        // C# may hand null.
        match byName.TryGetValue(if String.IsNullOrEmpty heading then "" else heading) with
        | true, place -> place
        | false, _ -> -1

    /// The kind and the number of columns.
    override _.ToString() =
        "BillHeading("
        + (BillTable.kinds
           |> Seq.tryFind (fun known -> known.Kind = kind)
           |> Option.map _.Name
           |> Option.defaultValue "undescribed")
        + ", "
        + names.Length.ToString Globalization.CultureInfo.InvariantCulture
        + " columns)"

/// Reads the first line of a bill.
[<RequireQualifiedAccess>]
module internal BillHeading =
    let private columnByHeading =
        dict
            [
                for facts in BillTable.columns do
                    for heading in facts.Headings do
                        heading, facts.Column
            ]

    /// The texts of a line of headings.
    let namesOf (cells: BillCells) (line: ReadOnlySpan<byte>) =
        cells.Split line
        let names = Array.zeroCreate<string> cells.Count

        for place in 0 .. names.Length - 1 do
            names[place] <- Encoding.UTF8.GetString(cells.Cell(line, place)).Trim()

        names

    /// How a column is named in an error where the headings are not known to be headings: by its place.
    let private ordinal (place: int) =
        "column " + (place + 1).ToString Globalization.CultureInfo.InvariantCulture

    /// How a column is named in an error.
    let nameOf (heading: BillHeading) (place: int) =
        match heading.Kind with
        | BillKind.Undescribed -> ordinal place
        | _ -> heading.Names[place]

    /// The first that is there twice, as a place.
    let private tryTwice (keys: string array) =
        let seen = HashSet<string> StringComparer.Ordinal
        keys |> Array.tryFindIndex (fun key -> not (seen.Add key))

    let private kindOf (has: BillColumn -> bool) =
        BillTable.kinds
        |> Seq.tryFind (fun kind -> Seq.exists has kind.HasAny && not (Seq.exists has kind.Lacks))

    let private malformed column fault =
        Error(BillError.Malformed(1L, column, fault))

    let private described (names: string array) (columns: BillColumn voption array) (kind: BillKindFacts) =
        let meanings =
            Array.map2
                (fun (name: string) column ->
                    match column with
                    | ValueSome column -> BillTable.columns[int (column: BillColumn)].Name
                    | ValueNone -> "‹" + name + "›")
                names
                columns

        let isLacking column =
            not (Array.contains (ValueSome column) columns)

        match tryTwice meanings, Seq.tryFind isLacking kind.Needs with
        | Some place, _ -> malformed names[place] BillFault.DuplicateColumn
        | None, Some column -> malformed BillTable.columns[int column].Headings[0] BillFault.MissingColumn
        | None, None -> Ok kind.Kind

    /// The heading; of a bill that nobody has described only where `takesAny` says so.
    let read (takesAny: bool) (cells: BillCells) (line: ReadOnlySpan<byte>) : Result<BillHeading, BillError> =
        let isUtf8 = Utf8.IsValid line
        let names = namesOf cells line

        result {
            do! if isUtf8 then Ok() else malformed "" BillFault.NotUtf8

            let columns =
                names
                |> Array.map (fun name ->
                    match columnByHeading.TryGetValue name with
                    | true, column -> ValueSome column
                    | false, _ -> ValueNone)

            let! kind =
                match kindOf (fun column -> Array.contains (ValueSome column) columns), tryTwice names with
                | Some kind, _ -> described names columns kind
                | None, _ when not takesAny -> Error(BillError.Unknown names.Length)
                | None, Some place -> malformed (ordinal place) BillFault.DuplicateColumn
                | None, None -> Ok BillKind.Undescribed

            let places = Array.create BillTable.columns.Count -1

            if kind <> BillKind.Undescribed then
                columns
                |> Array.iteri (fun place column ->
                    match column with
                    | ValueSome column -> places[int column] <- place
                    | ValueNone -> ())

            return BillHeading(kind, names, places)
        }
