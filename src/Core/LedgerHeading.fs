namespace WeChatPay.Functional

open System
open System.Collections.Generic
open System.Globalization
open System.Runtime.InteropServices
open FsToolkit.ErrorHandling

/// Reads the cells of a ledger from their texts.
[<RequireQualifiedAccess>]
module internal LedgerCell =
    let whole (styles: NumberStyles) (text: string) =
        match Int64.TryParse(text, styles, CultureInfo.InvariantCulture) with
        | true, value -> ValueSome value
        | false, _ -> ValueNone

    let private formats =
        [|
            "yyyy-MM-dd HH:mm:ss.FFFFFFFzzz"
            "yyyy-MM-dd'T'HH:mm:ss.FFFFFFFzzz"
            "yyyy-MM-dd HH:mm:ss.FFFFFFFzz"
        |]

    let private lastSecond = 253402300799L

    /// Its offset, where it says one: a day has ten characters, and none of them after it is a sign.
    let private withOffset (text: string) =
        let time = if text.Length > 10 then text.Substring 10 else ""

        if time.EndsWith('Z') then
            text.Substring(0, text.Length - 1) + "+00:00"
        elif time.Contains '+' || time.Contains '-' then
            text
        else
            text + "+08:00"

    let time (text: string) =
        match whole NumberStyles.None text with
        | ValueSome seconds when seconds <= lastSecond ->
            ValueSome((DateTimeOffset.FromUnixTimeSeconds seconds).ToOffset BillDay.zone)
        | ValueSome _ -> ValueNone
        | ValueNone ->
            match
                DateTimeOffset.TryParseExact(
                    withOffset text,
                    formats,
                    CultureInfo.InvariantCulture,
                    DateTimeStyles.None
                )
            with
            | true, time -> ValueSome time
            | false, _ -> ValueNone

/// Which of a ledger's columns are which fields of `MoneyEntry`, by their names: `kind`, `number`, `time` and `fen` must be there; `status` (`done` where it is not), `sub_merchant_id`, `payment_number` and
/// `fee_milli_fen` may. Upper case and underscores make no difference; other columns are passed over.
[<Sealed>]
type LedgerHeading private (width: int, places: int array) =
    static let names =
        [|
            "kind"
            "number"
            "time"
            "fen"
            "status"
            "sub_merchant_id"
            "payment_number"
            "fee_milli_fen"
        |]

    static let needed = 4

    static let plain (name: string) =
        name.Trim().Replace("_", "").ToLowerInvariant()

    static let placesOf (heading: IReadOnlyList<string>) (name: string) =
        [|
            for place in 0 .. heading.Count - 1 do
                if plain heading[place] = plain name then
                    place
        |]

    let textOf (cells: IReadOnlyList<string>) column =
        match places[column] with
        | -1 -> ""
        | place -> cells[place].Trim()

    let malformed row column fault =
        Error(LedgerError.Malformed(row, column, fault))

    let required row (cells: IReadOnlyList<string>) column fault (read: string -> 'T voption) =
        match textOf cells column with
        | "" -> malformed row names[column] LedgerFault.Empty
        | text ->
            match read text with
            | ValueSome value -> Ok value
            | ValueNone -> malformed row names[column] fault

    let optional row cells column fault missing read =
        if textOf cells column = "" then
            Ok missing
        else
            required row cells column fault read

    let read (row: int64) (cells: IReadOnlyList<string>) =
        result {
            let! kind = required row cells 0 LedgerFault.NotKind MoneyEntryKind.tryOfCode
            let! number = required row cells 1 LedgerFault.Empty ValueSome
            let! time = required row cells 2 LedgerFault.NotTime LedgerCell.time

            let! fen =
                required row cells 3 LedgerFault.NotFen (LedgerCell.whole NumberStyles.None)

            let! status =
                optional row cells 4 LedgerFault.NotStatus MoneyEntryStatus.Done MoneyEntryStatus.tryOfCode

            let! fee =
                LedgerCell.whole NumberStyles.AllowLeadingSign
                >> ValueOption.map Nullable
                |> optional row cells 7 LedgerFault.NotFee (Nullable())

            return
                {
                    Kind = kind
                    Number = number
                    SubMerchantId = textOf cells 5
                    PaymentNumber = textOf cells 6
                    Time = time
                    Status = status
                    Fen = fen
                    FeeMilliFen = fee
                }
        }

    /// Finds the columns.
    static member Create(heading: IReadOnlyList<string>) : Result<LedgerHeading, LedgerError> =
        let found = names |> Array.map (placesOf heading)

        let missing =
            names
            |> Array.take needed
            |> Array.mapi (fun place name -> place, name)
            |> Array.tryFind (fun (place, _) -> found[place].Length = 0)

        let doubled = found |> Array.tryFindIndex (fun places -> places.Length > 1)

        match missing, doubled with
        | Some(_, name), _ -> Error(LedgerError.MissingColumn name)
        | None, Some place -> Error(LedgerError.DuplicateColumn names[place])
        | None, None -> Ok(LedgerHeading(heading.Count, found |> Array.map (Array.tryHead >> Option.defaultValue -1)))

    /// A row as an entry: its number, from 1, and the texts of its cells, empty where there is nothing.
    member _.Read(row: int64, cells: IReadOnlyList<string>) : Result<MoneyEntry, LedgerError> =
        if cells.Count < width then
            malformed row "" LedgerFault.TooFewCells
        elif cells.Count > width then
            malformed row "" LedgerFault.TooManyCells
        else
            read row cells

    /// Finds the columns, or says why not.
    static member TryCreate
        (
            heading: IReadOnlyList<string>,
            [<Out>] found: byref<LedgerHeading | null>,
            [<Out>] error: byref<LedgerError | null>
        ) : bool =
        match LedgerHeading.Create heading with
        | Ok columns ->
            found <- columns
            true
        | Error refused ->
            error <- refused
            false

    /// A row as an entry, or why it is none.
    member heading.TryRead
        (
            row: int64,
            cells: IReadOnlyList<string>,
            [<Out>] entry: byref<MoneyEntry | null>,
            [<Out>] error: byref<LedgerError | null>
        ) : bool =
        match heading.Read(row, cells) with
        | Ok read ->
            entry <- read
            true
        | Error refused ->
            error <- refused
            false
