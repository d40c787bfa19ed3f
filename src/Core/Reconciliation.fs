namespace WeChatPay.Functional

open System
open System.Collections.Generic
open System.Runtime.InteropServices

/// How many entries of a kind ended alike, and their money on each side.
[<NoComparison>]
type ReconciliationTotal =
    {
        /// How they ended.
        Finding: ReconciliationFinding
        /// What they are.
        Kind: MoneyEntryKind
        /// How many outcomes.
        Count: int64
        /// What the bill says of them, in fen.
        BillFen: int64
        /// What the ledger says of them, in fen.
        LedgerFen: int64
    }

/// The entries of one side, in order.
[<Sealed>]
type internal ReconciliationHead(side: ReconciliationSide) =
    /// The next to be compared.
    member val Entry: MoneyEntry voption = ValueNone with get, set
    /// The last that was given.
    member val Last: MoneyEntry voption = ValueNone with get, set
    member val Position = 0L with get, set
    member val IsEnded = false with get, set
    member _.Side = side

/// What a comparison does next.
type ReconciliationNext =
    /// It needs the bill's next entry, or its end.
    | NeedsBill = 0
    /// It needs the ledger's next entry, or its end.
    | NeedsLedger = 1
    /// It has found something, which is to be taken.
    | Found = 2
    /// Both sides have ended.
    | Done = 3
    /// It cannot go on; `Error` says why.
    | Refused = 4

/// Compares a bill with a ledger, both in the order of `MoneyEntry.compare`, an entry at a time and in constant memory. Whoever has the entries drives it: ask `Next`, give or take what it says.
[<Sealed>]
type ReconciliationMerge(policy: ReconciliationPolicy) =
    let bill = ReconciliationHead ReconciliationSide.Bill
    let ledger = ReconciliationHead ReconciliationSide.Ledger
    let mutable found: ReconciliationOutcome voption = ValueNone
    let mutable error: ReconciliationError | null = null
    let kinds = 3
    let counts: int64 array = Array.zeroCreate (9 * kinds)
    let billFen: int64 array = Array.zeroCreate (9 * kinds)
    let ledgerFen: int64 array = Array.zeroCreate (9 * kinds)

    let headOf side =
        match side with
        | ReconciliationSide.Bill -> bill
        | _ -> ledger

    let fail (head: ReconciliationHead) make =
        error <- make (head.Side, head.Position)

    let add (head: ReconciliationHead) (sums: int64 array) place (fen: int64) =
        let sum = sums[place] + fen

        if ((sums[place] ^^^ sum) &&& (fen ^^^ sum)) < 0L then
            fail head ReconciliationError.TooMuchMoney

        sums[place] <- sum

    let count (outcome: ReconciliationOutcome) =
        let placeOf (entry: MoneyEntry) =
            int (ReconciliationOutcome.finding outcome) * kinds + int entry.Kind

        let one side (entry: MoneyEntry) =
            let place = placeOf entry
            counts[place] <- counts[place] + 1L

            match side with
            | ReconciliationSide.Bill -> add bill billFen place entry.Fen
            | _ -> add ledger ledgerFen place entry.Fen

        match outcome with
        | ReconciliationOutcome.Matched(ofBill, ofLedger)
        | ReconciliationOutcome.AmountDiffers(ofBill, ofLedger)
        | ReconciliationOutcome.RefundedDifferently(ofBill, ofLedger)
        | ReconciliationOutcome.StatusDiffers(ofBill, ofLedger)
        | ReconciliationOutcome.FeeDiffers(ofBill, ofLedger) ->
            one ReconciliationSide.Bill ofBill
            add ledger ledgerFen (placeOf ofBill) ofLedger.Fen
        | ReconciliationOutcome.MissingHere entry -> one ReconciliationSide.Bill entry
        | ReconciliationOutcome.MissingThere entry -> one ReconciliationSide.Ledger entry
        | ReconciliationOutcome.OverMidnight(entry, side)
        | ReconciliationOutcome.Doubled(entry, side) -> one side entry

        found <- ValueSome outcome

    let alone (head: ReconciliationHead) entry =
        head.Entry <- ValueNone
        count (ReconciliationOutcome.ofOne policy head.Side entry)

    /// Compares as soon as both sides have said what comes next.
    let compare () =
        match bill.Entry, ledger.Entry with
        | ValueSome ofBill, ValueSome ofLedger ->
            let order = MoneyEntry.compare ofBill ofLedger

            if order < 0 then
                alone bill ofBill
            elif order > 0 then
                alone ledger ofLedger
            else
                bill.Entry <- ValueNone
                ledger.Entry <- ValueNone
                count (ReconciliationOutcome.ofPair policy ofBill ofLedger)
        | ValueSome ofBill, ValueNone when ledger.IsEnded -> alone bill ofBill
        | ValueNone, ValueSome ofLedger when bill.IsEnded -> alone ledger ofLedger
        | ValueSome _, ValueNone
        | ValueNone, ValueSome _
        | ValueNone, ValueNone -> ()

    let isAskedFor (head: ReconciliationHead) =
        found.IsNone && head.Entry.IsNone && not head.IsEnded

    let isWhole (entry: MoneyEntry) =
        // C# may hand null for a number.
        not (String.IsNullOrEmpty entry.Number)
        && 0 <= int entry.Kind
        && int entry.Kind < kinds

    let give (head: ReconciliationHead) (entry: MoneyEntry) =
        let order =
            match head.Last with
            | ValueSome last -> MoneyEntry.compare last entry
            | ValueNone -> -1

        head.Last <- ValueSome entry

        if order > 0 then
            fail head ReconciliationError.Unsorted
        elif order = 0 then
            count (ReconciliationOutcome.Doubled(entry, head.Side))
        else
            head.Entry <- ValueSome entry
            compare ()

    /// What comes next.
    member _.Next =
        if not (isNull error) then ReconciliationNext.Refused
        elif found.IsSome then ReconciliationNext.Found
        elif isAskedFor bill then ReconciliationNext.NeedsBill
        elif isAskedFor ledger then ReconciliationNext.NeedsLedger
        else ReconciliationNext.Done

    /// Why it cannot go on; null as long as it can.
    member _.Error: ReconciliationError | null = error

    /// The next entry of a side, when it is asked for.
    member _.Give(side: ReconciliationSide, entry: MoneyEntry) =
        let head = headOf side
        head.Position <- head.Position + 1L

        if isNull error then
            if not (isAskedFor head) then
                fail head ReconciliationError.NotAskedFor
            elif isNull (box entry) || not (isWhole entry) then
                fail head ReconciliationError.BadEntry
            else
                give head entry

    /// A side has no more entries.
    member _.End(side: ReconciliationSide) =
        let head = headOf side

        if isNull error then
            if not (isAskedFor head) then
                head.Position <- head.Position + 1L
                fail head ReconciliationError.NotAskedFor
            else
                head.IsEnded <- true
                compare ()

    /// Takes what was found; false where nothing was.
    member _.TryTake([<Out>] outcome: byref<ReconciliationOutcome>) : bool =
        match found with
        | ValueSome taken ->
            outcome <- taken
            found <- ValueNone
            // The other side may be waiting with an entry that can be compared now.
            compare ()
            true
        | ValueNone -> false

    /// How many of each kind ended how so far, and their money; what did not occur is left out.
    member _.Totals: IReadOnlyList<ReconciliationTotal> =
        [|
            for place in 0 .. counts.Length - 1 do
                if counts[place] > 0L then
                    {
                        Finding = enum<ReconciliationFinding>(place / kinds)
                        Kind = enum<MoneyEntryKind>(place % kinds)
                        Count = counts[place]
                        BillFen = billFen[place]
                        LedgerFen = ledgerFen[place]
                    }
        |]

/// A bill compared with a ledger.
[<RequireQualifiedAccess>]
module Reconciliation =
    let private feed (merge: ReconciliationMerge) side (entries: IEnumerator<MoneyEntry>) =
        if entries.MoveNext() then
            merge.Give(side, entries.Current)
        else
            merge.End side

    /// Compares two sequences in the order of `MoneyEntry.compare`, each read once, in constant memory; every outcome goes to `take`. Gives the totals, or why it could not go on.
    let compare
        (policy: ReconciliationPolicy)
        (take: ReconciliationOutcome -> unit)
        (bill: MoneyEntry seq)
        (ledger: MoneyEntry seq)
        : Result<IReadOnlyList<ReconciliationTotal>, ReconciliationError> =
        use ofBill = bill.GetEnumerator()
        use ofLedger = ledger.GetEnumerator()
        let merge = ReconciliationMerge policy
        let mutable isGoing = true

        while isGoing do
            match merge.Next with
            | ReconciliationNext.NeedsBill -> feed merge ReconciliationSide.Bill ofBill
            | ReconciliationNext.NeedsLedger -> feed merge ReconciliationSide.Ledger ofLedger
            | ReconciliationNext.Found ->
                match merge.TryTake() with
                | true, outcome -> take outcome
                | false, _ -> ()
            | _ -> isGoing <- false

        match merge.Error with
        | null -> Ok merge.Totals
        | error -> Error error
