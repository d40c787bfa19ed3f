namespace WeChatPay.Functional

open System

/// What is allowed to differ.
[<NoComparison>]
type ReconciliationPolicy =
    {
        /// How near to midnight (+08:00) an entry that the other side lacks may be the other day's, the limit included; none where this is zero.
        Midnight: TimeSpan
        /// A bill shows how refunds stood when it was made: one that was under way there may be done in the ledger by now.
        TakesUnderWayForDone: bool
    }

    /// Five minutes around midnight; refunds that were under way may be done.
    static member Usual =
        {
            Midnight = TimeSpan.FromMinutes 5.0
            TakesUnderWayForDone = true
        }

/// What a comparison found, one for each entry or pair of entries. Of a pair that differs in several ways, the first of these is told.
[<RequireQualifiedAccess; NoComparison>]
type ReconciliationOutcome =
    /// Both sides say the same.
    | Matched of Bill: MoneyEntry * Ledger: MoneyEntry
    /// A payment's amount is another.
    | AmountDiffers of Bill: MoneyEntry * Ledger: MoneyEntry
    /// A refund's or reversal's amount is another, or it is of another payment.
    | RefundedDifferently of Bill: MoneyEntry * Ledger: MoneyEntry
    /// It stands otherwise.
    | StatusDiffers of Bill: MoneyEntry * Ledger: MoneyEntry
    /// The fee is another, where the ledger has one.
    | FeeDiffers of Bill: MoneyEntry * Ledger: MoneyEntry
    /// The bill has it, the ledger does not.
    | MissingHere of Bill: MoneyEntry
    /// The ledger has it, the bill does not.
    | MissingThere of Ledger: MoneyEntry
    /// One side lacks it, and it is near enough to midnight to be in the other day's: look there.
    | OverMidnight of Entry: MoneyEntry * Side: ReconciliationSide
    /// One side has it once more; the first one was compared.
    | Doubled of Entry: MoneyEntry * Side: ReconciliationSide

/// The cases of `ReconciliationOutcome`, to count by.
type ReconciliationFinding =
    /// Both sides say the same.
    | Matched = 0
    /// A payment's amount is another.
    | AmountDiffers = 1
    /// A refund's or reversal's amount is another, or it is of another payment.
    | RefundedDifferently = 2
    /// It stands otherwise.
    | StatusDiffers = 3
    /// The fee is another.
    | FeeDiffers = 4
    /// The bill has it, the ledger does not.
    | MissingHere = 5
    /// The ledger has it, the bill does not.
    | MissingThere = 6
    /// One side lacks it, near midnight.
    | OverMidnight = 7
    /// One side has it once more.
    | Doubled = 8

/// What the cases are called.
[<RequireQualifiedAccess>]
module ReconciliationFinding =
    /// The name that reports show; stable.
    let code finding =
        match finding with
        | ReconciliationFinding.Matched -> "matched"
        | ReconciliationFinding.AmountDiffers -> "amount_differs"
        | ReconciliationFinding.RefundedDifferently -> "refunded_differently"
        | ReconciliationFinding.StatusDiffers -> "status_differs"
        | ReconciliationFinding.FeeDiffers -> "fee_differs"
        | ReconciliationFinding.MissingHere -> "missing_here"
        | ReconciliationFinding.MissingThere -> "missing_there"
        | ReconciliationFinding.OverMidnight -> "over_midnight"
        | _ -> "doubled"

/// Outcomes: what they are called, and the two rules.
[<RequireQualifiedAccess>]
module ReconciliationOutcome =
    /// Which case it is.
    let finding outcome =
        match outcome with
        | ReconciliationOutcome.Matched _ -> ReconciliationFinding.Matched
        | ReconciliationOutcome.AmountDiffers _ -> ReconciliationFinding.AmountDiffers
        | ReconciliationOutcome.RefundedDifferently _ -> ReconciliationFinding.RefundedDifferently
        | ReconciliationOutcome.StatusDiffers _ -> ReconciliationFinding.StatusDiffers
        | ReconciliationOutcome.FeeDiffers _ -> ReconciliationFinding.FeeDiffers
        | ReconciliationOutcome.MissingHere _ -> ReconciliationFinding.MissingHere
        | ReconciliationOutcome.MissingThere _ -> ReconciliationFinding.MissingThere
        | ReconciliationOutcome.OverMidnight _ -> ReconciliationFinding.OverMidnight
        | ReconciliationOutcome.Doubled _ -> ReconciliationFinding.Doubled

    /// The name that reports show; stable.
    let code outcome =
        ReconciliationFinding.code (finding outcome)

    let private agrees (policy: ReconciliationPolicy) (bill: MoneyEntry) (ledger: MoneyEntry) =
        match bill.Status, ledger.Status with
        | MoneyEntryStatus.UnderWay, MoneyEntryStatus.Done -> policy.TakesUnderWayForDone
        | one, other -> int one = int other

    let private isOfAnother (bill: MoneyEntry) (ledger: MoneyEntry) =
        not (String.IsNullOrEmpty bill.PaymentNumber)
        && not (String.IsNullOrEmpty ledger.PaymentNumber)
        && not (String.Equals(bill.PaymentNumber, ledger.PaymentNumber, StringComparison.Ordinal))

    let private isFeeOther (bill: MoneyEntry) (ledger: MoneyEntry) =
        bill.FeeMilliFen.HasValue
        && ledger.FeeMilliFen.HasValue
        && bill.FeeMilliFen.Value <> ledger.FeeMilliFen.Value

    /// What two entries of one kind and number say of each other.
    let ofPair (policy: ReconciliationPolicy) (bill: MoneyEntry) (ledger: MoneyEntry) =
        match bill.Kind with
        | MoneyEntryKind.Payment when bill.Fen <> ledger.Fen -> ReconciliationOutcome.AmountDiffers(bill, ledger)
        | MoneyEntryKind.Payment when not (agrees policy bill ledger) ->
            ReconciliationOutcome.StatusDiffers(bill, ledger)
        | _ when bill.Fen <> ledger.Fen || isOfAnother bill ledger ->
            ReconciliationOutcome.RefundedDifferently(bill, ledger)
        | _ when not (agrees policy bill ledger) -> ReconciliationOutcome.StatusDiffers(bill, ledger)
        | _ when isFeeOther bill ledger -> ReconciliationOutcome.FeeDiffers(bill, ledger)
        | _ -> ReconciliationOutcome.Matched(bill, ledger)

    /// Whether a moment is near enough to midnight, +08:00.
    let private isNearMidnight (policy: ReconciliationPolicy) (time: DateTimeOffset) =
        let sinceMidnight = (time.UtcTicks + BillDay.zone.Ticks) % TimeSpan.TicksPerDay
        let distance = min sinceMidnight (TimeSpan.TicksPerDay - sinceMidnight)
        policy.Midnight > TimeSpan.Zero && distance <= policy.Midnight.Ticks

    /// What an entry says that only one side has.
    let ofOne (policy: ReconciliationPolicy) (side: ReconciliationSide) (entry: MoneyEntry) =
        match side with
        | _ when isNearMidnight policy entry.Time -> ReconciliationOutcome.OverMidnight(entry, side)
        | ReconciliationSide.Bill -> ReconciliationOutcome.MissingHere entry
        | _ -> ReconciliationOutcome.MissingThere entry
