namespace WeChatPay.Functional

open System
open System.Numerics
open System.Runtime.CompilerServices
open System.Runtime.Intrinsics
open System.Text.Unicode

/// Where the cells of a line are. One is made for a whole bill and used for each of its lines.
[<Sealed>]
type internal BillCells() =
    let mutable separators: int array = Array.zeroCreate 128
    let mutable count = 0
    let mutable length = 0
    // Where bytes are that are not ASCII: from one block to another.
    let mutable firstOther = 0
    let mutable afterOthers = 0

    let grow () =
        Array.Resize(&separators, separators.Length * 2)

    let noteOthers (first: int) (after: int) =
        if afterOthers = 0 then
            firstOther <- first

        afterOthers <- after

    /// Separators within a block of bytes, but for those among its `skipped` first ones.
    [<MethodImpl(MethodImplOptions.AggressiveInlining)>]
    let findInBlock (line: ReadOnlySpan<byte>) (at: int) (skipped: int) =
        let here = Vector256.Create(values = line.Slice(at, Vector256<byte>.Count))
        let next = Vector256.Create(values = line.Slice(at + 1, Vector256<byte>.Count))

        let separates =
            Vector256.BitwiseAnd(
                Vector256.Equals(here, Vector256.Create ','B),
                Vector256.Equals(next, Vector256.Create '`'B)
            )

        let mutable found =
            Vector256.ExtractMostSignificantBits separates &&& (UInt32.MaxValue <<< skipped)

        if Vector256.ExtractMostSignificantBits here <> 0u then
            noteOthers at (at + Vector256<byte>.Count)

        if count + Vector256<byte>.Count > separators.Length then
            grow ()

        // Of this function's own, so that they are in registers.
        let places = separators
        let mutable place = count

        while found <> 0u do
            places[place] <- at + BitOperations.TrailingZeroCount found
            place <- place + 1
            found <- found &&& (found - 1u)

        count <- place

    /// The commas that a backquote follows: every cell begins with one, so that no other comma separates.
    let findBackquoted (line: ReadOnlySpan<byte>) =
        // The last block that has a byte after it.
        let last = line.Length - Vector256<byte>.Count - 1
        let mutable at = 0

        if last >= 0 then
            while at < last do
                findInBlock line at 0
                at <- at + Vector256<byte>.Count

            findInBlock line last (at - last)

            if line[line.Length - 1] >= 0x80uy then
                noteOthers (line.Length - 1) line.Length
        else
            afterOthers <- line.Length

            while at + 1 < line.Length do
                if line[at] = ','B && line[at + 1] = '`'B then
                    separators[count] <- at
                    count <- count + 1

                at <- at + 1

    let findCommas (line: ReadOnlySpan<byte>) =
        let mutable at = 0

        while at < line.Length do
            match line.Slice(at).IndexOf ','B with
            | -1 -> at <- line.Length
            | ahead ->
                if count = separators.Length then
                    grow ()

                separators[count] <- at + ahead
                count <- count + 1
                at <- at + ahead + 1

    /// How many cells there are.
    member _.Count = count + 1

    /// Finds the cells of a line, without its end: where it begins with a backquote, every cell does.
    member _.Split(line: ReadOnlySpan<byte>) =
        count <- 0
        length <- line.Length
        firstOther <- 0
        afterOthers <- 0

        if line.Length > 0 && line[0] = '`'B then
            findBackquoted line
        else
            afterOthers <- line.Length
            findCommas line

    /// Whether the line that was split is UTF-8. Before and after what is not ASCII there is nothing to look at.
    member _.IsUtf8(line: ReadOnlySpan<byte>) =
        afterOthers = 0
        || Utf8.IsValid(line.Slice(firstOther, afterOthers - firstOther))

    /// Takes separators that are too many for the text of one cell; the cells to its left and right keep theirs.
    member _.Join(cell: int, width: int) =
        let extra = count + 1 - width
        Array.Copy(separators, cell + extra, separators, cell, count - cell - extra)
        count <- count - extra

    /// Whether there is nothing in a cell.
    member _.IsEmpty(line: ReadOnlySpan<byte>, index: int) =
        let first = if index = 0 then 0 else separators[index - 1] + 1
        let last = if index = count then length else separators[index]
        first = last || (first + 1 = last && line[first] = '`'B)

    /// The bytes of a cell, without the backquote.
    member _.Cell(line: ReadOnlySpan<byte>, index: int) : ReadOnlySpan<byte> =
        let first = if index = 0 then 0 else separators[index - 1] + 1
        let last = if index = count then length else separators[index]

        if first < last && line[first] = '`'B then
            line.Slice(first + 1, last - first - 1)
        else
            line.Slice(first, last - first)
