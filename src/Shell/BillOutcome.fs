namespace WeChatPay.Shell

open System.Globalization
open WeChatPay
open WeChatPay.Functional

/// What asking for a bill came to.
[<RequireQualifiedAccess; NoComparison>]
type BillOutcome<'Bill> =
    /// It is here, whole, with the hash that the platform gave for it.
    | Received of Bill: 'Bill
    /// There is none, and nothing is wrong.
    | Absent of Absence: BillAbsence

/// Why a bill did not come. The order is the order in which it can fail.
[<RequireQualifiedAccess; NoComparison>]
type BillFailure =
    /// A call failed: the one that asks, or a download; `hash_mismatch` is a file that was cut or altered.
    | Call of Error: ApiError
    /// The file could not be written here.
    | File of Failure: exn
    /// The file came as the platform made it, and is not believed: its totals, a row, its end.
    | Bill of Error: BillError

/// What a bill that did not come means.
[<RequireQualifiedAccess>]
module BillFailure =
    /// The name that logs show; stable.
    let code failure =
        match failure with
        | BillFailure.Call error -> ApiError.code error
        | BillFailure.File _ -> "file_not_written"
        | BillFailure.Bill error -> BillError.code error

    /// What was found, in one sentence of facts.
    let message failure =
        match failure with
        | BillFailure.Call error -> ApiError.message error
        | BillFailure.File failure -> "The file could not be written: " + failure.Message
        | BillFailure.Bill error -> BillError.message error

/// A file of a bill on this machine, unpacked: the one that the platform gave the hash of.
[<NoComparison; ReferenceEquality>]
type SavedBill =
    {
        /// Where it is.
        Path: string
        /// How many bytes it has.
        Length: int64
        /// The hash that it has.
        Hash: FileHash
    }

    /// Where it is, and its length.
    override bill.ToString() =
        bill.Path + " (" + bill.Length.ToString CultureInfo.InvariantCulture + " bytes)"
