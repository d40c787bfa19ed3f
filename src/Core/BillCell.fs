namespace WeChatPay.Functional

open System
open System.Buffers.Binary

/// What the cells of a bill's column hold.
type BillCellType =
    /// A text.
    | Text = 0
    /// A local time, +08:00, as `yyyy-MM-dd HH:mm:ss`.
    | Time = 1
    /// Yuan, read to the fen.
    | Yuan = 2
    /// Yuan with five decimals, read to the thousandth of a fen.
    | Yuan5 = 3
    /// Per cent, such as `0.60%`, read to the ten-thousandth of one.
    | Percent = 4
    /// A number of things.
    | Count = 5

/// Reads cells of a bill from their bytes: exactly, without floating point, or not at all.
[<RequireQualifiedAccess>]
module internal BillCell =
    /// There is nothing in the cell.
    [<Literal>]
    let Absent = System.Int64.MinValue

    /// What is in the cell is not what the column holds.
    [<Literal>]
    let Bad = -9223372036854775807L

    /// Digits before the point: more than any bill's money, and with five decimals within 64 bits.
    [<Literal>]
    let private MostWholeDigits = 13

    let inline private isDigit (letter: byte) = letter - '0'B <= 9uy

    /// An amount in units of ten to the minus `scale`: `Bad` where it is none, or finer than that.
    let amount (scale: int) (cell: ReadOnlySpan<byte>) : int64 =
        let isNegative = cell.Length > 0 && cell[0] = '-'B
        let first = if isNegative then 1 else 0
        let mutable at = first
        let mutable value = 0L

        while at < cell.Length && isDigit cell[at] do
            value <- value * 10L + int64 (cell[at] - '0'B)
            at <- at + 1

        let whole = at - first
        let mutable decimals = 0
        let mutable isExact = 1 <= whole && whole <= MostWholeDigits

        if at < cell.Length && cell[at] = '.'B then
            at <- at + 1
            let point = at

            // As many decimals as there mostly are; those that are more may be zeros.
            let usual = min cell.Length (at + scale)

            while at < usual && isDigit cell[at] do
                value <- value * 10L + int64 (cell[at] - '0'B)
                at <- at + 1

            decimals <- at - point

            while at < cell.Length && isDigit cell[at] do
                if cell[at] <> '0'B then
                    isExact <- false

                at <- at + 1

            if at = point then
                isExact <- false

        while decimals < scale do
            value <- value * 10L
            decimals <- decimals + 1

        if at < cell.Length || not isExact then Bad
        elif isNegative then -value
        else value

    let private percent (cell: ReadOnlySpan<byte>) =
        if cell.Length > 1 && cell[cell.Length - 1] = '%'B then
            amount 4 (cell.Slice(0, cell.Length - 1))
        else
            Bad

    let private count (cell: ReadOnlySpan<byte>) =
        if cell.Length > 0 && isDigit cell[0] then
            amount 0 cell
        else
            Bad

    /// Two digits as a number; far below zero where they are none.
    let inline private two (cell: ReadOnlySpan<byte>) (at: int) =
        let tens = cell[at] - '0'B
        let ones = cell[at + 1] - '0'B

        if tens <= 9uy && ones <= 9uy then
            int tens * 10 + int ones
        else
            -10_000

    /// The ticks of a day that is written as `yyyy-MM-dd`, which has its ten bytes.
    let day (cell: ReadOnlySpan<byte>) : int64 =
        let year = two cell 0 * 100 + two cell 2
        let month = two cell 5
        let day = two cell 8

        if
            cell[4] = '-'B
            && cell[7] = '-'B
            && 1900 <= year
            && 1 <= month
            && month <= 12
            && 1 <= day
            && day <= DateTime.DaysInMonth(year, month)
        then
            DateTime(year, month, day).Ticks
        else
            Bad

    /// The ticks since midnight of a time after its day, which has its nine bytes.
    let timeOfDay (cell: ReadOnlySpan<byte>) : int64 =
        let hour = two cell 1
        let minute = two cell 4
        let second = two cell 7

        if
            cell[0] = ' 'B
            && cell[3] = ':'B
            && cell[6] = ':'B
            && uint hour < 24u
            && uint minute < 60u
            && uint second < 60u
        then
            int64 (hour * 3600 + minute * 60 + second) * TimeSpan.TicksPerSecond
        else
            Bad

    /// Yuan to the fen; nothing is what most cells say.
    let private fen (cell: ReadOnlySpan<byte>) =
        if cell.Length = 4 && BinaryPrimitives.ReadUInt32LittleEndian cell = 0x30302E30u then
            0L
        else
            amount 2 cell

    /// What a cell says that is no time, as a number in its type's own unit; `Absent` where it is empty, `Bad` where it is not of the type.
    let read (kind: BillCellType) (cell: ReadOnlySpan<byte>) : int64 =
        if cell.IsEmpty then
            Absent
        else
            match kind with
            | BillCellType.Yuan -> fen cell
            | BillCellType.Yuan5 -> amount 5 cell
            | BillCellType.Percent -> percent cell
            | BillCellType.Count -> count cell
            | _ -> Absent

    /// The moment that a time cell says.
    let moment (ticks: int64) = DateTimeOffset(ticks, BillDay.zone)

    /// The per cent that a cell says.
    let percentOf (value: int64) = decimal value / 10_000m

    /// A number in its type's unit, as bills write it.
    let write (kind: BillCellType) (value: int64) =
        let invariant = System.Globalization.CultureInfo.InvariantCulture

        match kind with
        | BillCellType.Yuan -> (decimal value / 100m).ToString("0.00", invariant)
        | BillCellType.Yuan5 -> (decimal value / 100_000m).ToString("0.00000", invariant)
        | _ -> value.ToString invariant

/// Reads times, of which most in a bill are of one day: it is read once.
[<Sealed>]
type internal BillClock() =
    let mutable lastFirst = 0UL
    let mutable lastRest = 0us
    let mutable lastDay = BillCell.Bad

    /// The ticks of a local time, `Absent` or `Bad`.
    member _.Read(cell: ReadOnlySpan<byte>) : int64 =
        if cell.IsEmpty then
            BillCell.Absent
        elif cell.Length <> 19 then
            BillCell.Bad
        else
            let first = BinaryPrimitives.ReadUInt64LittleEndian cell
            let rest = BinaryPrimitives.ReadUInt16LittleEndian(cell.Slice 8)

            if first <> lastFirst || rest <> lastRest then
                lastFirst <- first
                lastRest <- rest
                lastDay <- BillCell.day cell

            let time = BillCell.timeOfDay (cell.Slice 10)

            if lastDay = BillCell.Bad || time = BillCell.Bad then
                BillCell.Bad
            else
                lastDay + time
