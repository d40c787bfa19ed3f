namespace WeChatPay.Shell

open System
open System.IO
open System.Runtime.InteropServices
open System.Text
open WeChatPay.Functional

/// Writes entries to a file and reads them again, exactly as they were given.
[<RequireQualifiedAccess>]
module internal MoneyEntryCodec =
    let private writeText (writer: BinaryWriter) (text: string | null) =
        match text with
        | null -> writer.Write7BitEncodedInt 0
        | text when Ascii.IsValid(text.AsSpan()) ->
            writer.Write7BitEncodedInt(1 + 2 * text.Length)
            writer.Write(ReadOnlySpan(Encoding.ASCII.GetBytes text))
        | text ->
            // As it is: half a surrogate would not come through UTF-8.
            writer.Write7BitEncodedInt(2 + 2 * text.Length)
            writer.Write(MemoryMarshal.AsBytes(text.AsSpan()))

    let private readText (reader: BinaryReader) : string | null =
        match reader.Read7BitEncodedInt() with
        | 0 -> null
        | length when length % 2 = 1 -> Encoding.ASCII.GetString(reader.ReadBytes(length / 2))
        | length ->
            let bytes = reader.ReadBytes(length - 2)
            String(MemoryMarshal.Cast<byte, char>(ReadOnlySpan bytes))

    let write (writer: BinaryWriter) (entry: MoneyEntry) =
        writer.Write(int entry.Kind)
        writer.Write(int entry.Status)
        writer.Write entry.Fen
        writer.Write entry.Time.Ticks
        writer.Write(int16 entry.Time.TotalOffsetMinutes)
        writer.Write entry.FeeMilliFen.HasValue
        writer.Write(entry.FeeMilliFen.GetValueOrDefault())
        writeText writer entry.Number
        writeText writer entry.SubMerchantId
        writeText writer entry.PaymentNumber

    let read (reader: BinaryReader) : MoneyEntry =
        let kind = enum<MoneyEntryKind>(reader.ReadInt32())
        let status = enum<MoneyEntryStatus>(reader.ReadInt32())
        let fen = reader.ReadInt64()
        let ticks = reader.ReadInt64()
        let offset = TimeSpan.FromMinutes(float (reader.ReadInt16()))
        let hasFee = reader.ReadBoolean()
        let fee = reader.ReadInt64()
        let number = readText reader
        let subMerchantId = readText reader

        {
            Kind = kind
            Number = Unchecked.nonNull number
            SubMerchantId = Unchecked.nonNull subMerchantId
            PaymentNumber = Unchecked.nonNull (readText reader)
            Time = DateTimeOffset(ticks, offset)
            Status = status
            Fen = fen
            FeeMilliFen = if hasFee then Nullable fee else Nullable()
        }

/// Entries in order, in a file: how often they were merged, and how many they are.
[<NoComparison>]
type internal MoneyEntryRun =
    {
        Path: string
        Level: int
        Count: int64
    }

/// A run that is being read.
[<Sealed>]
type internal MoneyEntryRunReader(run: MoneyEntryRun, place: int) =
    let reader =
        new BinaryReader(new FileStream(run.Path, FileMode.Open, FileAccess.Read, FileShare.Read, 65536))

    let mutable left = run.Count
    let mutable head: MoneyEntry voption = ValueNone

    /// Which of the runs it is; those that were given earlier come earlier.
    member _.Place = place
    /// The entry that it is at.
    member _.Head = head

    /// Goes to the next entry; false at the end.
    member _.TryNext() : bool =
        if left = 0L then
            head <- ValueNone
            false
        else
            left <- left - 1L
            head <- ValueSome(MoneyEntryCodec.read reader)
            true

    interface IDisposable with
        member _.Dispose() = reader.Dispose()
