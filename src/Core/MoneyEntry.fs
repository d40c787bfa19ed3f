namespace WeChatPay.Functional

open System
open System.Collections.Generic
open System.Runtime.InteropServices

/// What money moved for.
type MoneyEntryKind =
    /// A payment, under the merchant's number for it.
    | Payment = 0
    /// A payment by code that was taken back, under the merchant's number for the payment.
    | Reversal = 1
    /// A refund, under the merchant's number for it.
    | Refund = 2

/// How it stands.
type MoneyEntryStatus =
    /// The money is where it belongs.
    | Done = 0
    /// A refund that is under way.
    | UnderWay = 1
    /// A refund that came to nothing, or cannot arrive.
    | Failed = 2
    /// Something that this version does not know.
    | Other = 3

/// What ledgers and reports call what money moved for.
[<RequireQualifiedAccess>]
module MoneyEntryKind =
    /// The word for it; stable.
    let code kind =
        match kind with
        | MoneyEntryKind.Payment -> "payment"
        | MoneyEntryKind.Reversal -> "reversal"
        | MoneyEntryKind.Refund -> "refund"
        | _ -> "entry"

    let private all =
        [| MoneyEntryKind.Payment; MoneyEntryKind.Reversal; MoneyEntryKind.Refund |]

    /// What a word says, in upper or lower case.
    let tryOfCode (text: string) =
        all
        |> Array.tryFind (fun kind -> String.Equals(code kind, text, StringComparison.OrdinalIgnoreCase))
        |> ValueOption.ofOption

/// What ledgers and reports call how an entry stands.
[<RequireQualifiedAccess>]
module MoneyEntryStatus =
    /// The word for it; stable.
    let code status =
        match status with
        | MoneyEntryStatus.Done -> "done"
        | MoneyEntryStatus.UnderWay -> "under_way"
        | MoneyEntryStatus.Failed -> "failed"
        | _ -> "other"

    let private all =
        [|
            MoneyEntryStatus.Done
            MoneyEntryStatus.UnderWay
            MoneyEntryStatus.Failed
            MoneyEntryStatus.Other
        |]

    /// What a word says, in upper or lower case.
    let tryOfCode (text: string) =
        all
        |> Array.tryFind (fun status -> String.Equals(code status, text, StringComparison.OrdinalIgnoreCase))
        |> ValueOption.ofOption

/// A payment, a refund or a reversal, as a bill or a merchant's ledger has it.
[<NoComparison>]
type MoneyEntry =
    {
        /// What it is.
        Kind: MoneyEntryKind
        /// The merchant's number for it: `out_trade_no`, of a refund `out_refund_no`.
        Number: string
        /// The sub-merchant whose it is; empty where there is none.
        SubMerchantId: string
        /// Of a refund: the number of the payment that it is of; empty for all else.
        PaymentNumber: string
        /// When it was paid or accepted.
        Time: DateTimeOffset
        /// How it stands.
        Status: MoneyEntryStatus
        /// What was paid, or given back, in fen; never negative.
        Fen: int64
        /// The fee in thousandths of a fen, negative where it is given back; null where that is not known.
        FeeMilliFen: Nullable<int64>
    }

    /// What it is, and its number; no money.
    override entry.ToString() =
        MoneyEntryKind.code entry.Kind
        + " "
        + entry.Number
        + (if String.IsNullOrEmpty entry.SubMerchantId then
               ""
           else
               " of " + entry.SubMerchantId)

/// Entries: of bills, and their order.
[<RequireQualifiedAccess>]
module MoneyEntry =
    let private ordinal (one: string) (other: string) = String.CompareOrdinal(one, other)

    /// The order that a comparison needs: by kind (payments, reversals, refunds), number, sub-merchant, texts as ordinals.
    /// A refund's number is the sub-merchant's own, as a payment's is.
    let compare (one: MoneyEntry) (other: MoneyEntry) : int =
        let byKind = int one.Kind - int other.Kind

        if byKind <> 0 then
            byKind
        else
            let byNumber = ordinal one.Number other.Number

            if byNumber <> 0 then
                byNumber
            else
                ordinal one.SubMerchantId other.SubMerchantId

    let private kindOf (row: BillRow) =
        let state = row.Bytes BillColumn.TradeState

        if state.SequenceEqual(ReadOnlySpan "REFUND"B) then
            MoneyEntryKind.Refund
        elif state.SequenceEqual(ReadOnlySpan "REVOKED"B) then
            MoneyEntryKind.Reversal
        else
            MoneyEntryKind.Payment

    let private paymentStatus (row: BillRow) =
        match row.Text BillColumn.TradeState with
        | "SUCCESS" -> MoneyEntryStatus.Done
        | _ -> MoneyEntryStatus.Other

    let private refundStatus (row: BillRow) =
        match row.Text BillColumn.RefundStatus with
        | "SUCCESS" -> MoneyEntryStatus.Done
        | "PROCESSING" -> MoneyEntryStatus.UnderWay
        | "FAIL"
        | "CHANGE" -> MoneyEntryStatus.Failed
        | _ -> MoneyEntryStatus.Other

    /// What was given back: as it was asked for; in the older format, where that is no column, as it was settled.
    let private refundOf (row: BillRow) =
        let mutable fen = 0L

        if
            row.TryGetFen(BillColumn.Refund, &fen)
            || row.TryGetFen(BillColumn.SettlementRefund, &fen)
        then
            fen
        else
            0L

    /// A row of a trade bill as an entry; none of other bills' rows.
    let tryOfRow (row: BillRow) : MoneyEntry voption =
        match row.Heading.Kind with
        | BillKind.TradeAll
        | BillKind.TradeSuccess
        | BillKind.TradeRefund ->
            let order = row.Text BillColumn.OutTradeNo

            let entry =
                {
                    Kind = kindOf row
                    Number = order
                    SubMerchantId = BillRowCells.text BillColumn.SubMchid row
                    PaymentNumber = ""
                    Time = BillRowCells.time BillColumn.TradeTime row
                    Status = MoneyEntryStatus.Other
                    Fen = BillRowCells.fen BillColumn.Total row
                    FeeMilliFen = BillRowCells.milliFenOrNull BillColumn.Fee row
                }

            match entry.Kind with
            | MoneyEntryKind.Refund ->
                ValueSome
                    { entry with
                        Number = row.Text BillColumn.OutRefundNo
                        PaymentNumber = order
                        Status = refundStatus row
                        Fen = refundOf row
                    }
            | MoneyEntryKind.Reversal ->
                ValueSome
                    { entry with
                        Status = refundStatus row
                        Fen = refundOf row
                    }
            | _ ->
                ValueSome
                    { entry with
                        Status = paymentStatus row
                    }
        | _ -> ValueNone

type MoneyEntry with
    /// A row of a trade bill as an entry; false for other bills' rows.
    static member TryOf(row: BillRow, [<Out>] entry: byref<MoneyEntry>) : bool =
        match MoneyEntry.tryOfRow row with
        | ValueSome found ->
            entry <- found
            true
        | ValueNone -> false

    /// The order that a comparison needs, for those who sort.
    static member Order: IComparer<MoneyEntry> =
        Comparer<MoneyEntry>.Create(Comparison MoneyEntry.compare)
