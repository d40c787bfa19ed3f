namespace WeChatPay.Functional

open System

/// A bill, as functions that give a result.
[<RequireQualifiedAccess>]
module Bill =
    let private outcome (reader: BillReader) : Result<BillSummary, BillError> =
        match reader.Error, reader.Summary with
        | NonNull error, _ -> Error error
        | Null, NonNull summary -> Ok summary
        | Null, Null -> Error(BillError.Truncated reader.Lines)

    /// The next bytes of a bill, to the reader's handler.
    let push (bytes: ReadOnlySpan<byte>) (reader: BillReader) : Result<unit, BillError> =
        reader.Push bytes |> ignore

        match reader.Error with
        | null -> Ok()
        | error -> Error error

    /// The end of a bill: whole, and its totals right; or why it is not believed.
    let finish (reader: BillReader) : Result<BillSummary, BillError> =
        reader.Finish() |> ignore
        outcome reader

    let private readWhole (takesAny: bool) (handler: BillRowHandler) (bytes: ReadOnlySpan<byte>) =
        let reader = BillReader(takesAny, handler)
        reader.Push bytes |> ignore
        finish reader

    /// A whole bill whose columns are known; each row goes to the handler before the totals have been compared.
    let read (handler: BillRowHandler) (bytes: ReadOnlySpan<byte>) : Result<BillSummary, BillError> =
        readWhole false handler bytes

    /// The same of bills that nobody has described, too: their rows by heading.
    let readAny (handler: BillRowHandler) (bytes: ReadOnlySpan<byte>) : Result<BillSummary, BillError> =
        readWhole true handler bytes

    /// Whether the bytes that were hashed are those that the platform gave the hash of.
    let verify (hashValue: string) (hash: BillHash) : Result<unit, BillError> =
        match hash.Verify hashValue with
        | null -> Ok()
        | error -> Error error
