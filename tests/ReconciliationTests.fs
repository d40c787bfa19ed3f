/// A bill against a ledger: what is planted is found, and nothing else.
module WeChatPay.Tests.ReconciliationTests

open System
open System.Collections.Generic
open System.Globalization
open System.Threading.Tasks
open Expecto
open FsCheck
open FsCheck.FSharp
open WeChatPay.Functional
open WeChatPay.Tests.BillFiles

let private policy = ReconciliationPolicy.Usual
let private zone = TimeSpan.FromHours 8.0
let private midnight = DateTimeOffset(2026, 1, 2, 0, 0, 0, zone)
let private noon = midnight.AddHours 12.0

let private entry =
    {
        Kind = MoneyEntryKind.Payment
        Number = "order-1"
        SubMerchantId = ""
        PaymentNumber = ""
        Time = noon
        Status = MoneyEntryStatus.Done
        Fen = 1234L
        FeeMilliFen = Nullable 7404L
    }

let private refundEntry =
    { entry with
        Kind = MoneyEntryKind.Refund
        Number = "refund-1"
        PaymentNumber = "order-1"
        Fen = 200L
        FeeMilliFen = Nullable -1200L
    }

let private compareWith policy (bill: MoneyEntry list) (ledger: MoneyEntry list) =
    let found = List<ReconciliationOutcome>()
    let result = Reconciliation.compare policy found.Add bill ledger
    List.ofSeq found, result

let private codes bill ledger =
    compareWith policy bill ledger |> fst |> List.map ReconciliationOutcome.code

let private money (decimals: int) (units: int64) =
    (decimal units / decimal (pown 10L decimals)).ToString("0." + String('0', decimals), CultureInfo.InvariantCulture)

let private statusText status =
    match status with
    | MoneyEntryStatus.Done -> "SUCCESS"
    | MoneyEntryStatus.UnderWay -> "PROCESSING"
    | MoneyEntryStatus.Failed -> "CHANGE"
    | _ -> "SOMETHING"

/// An entry as a row of the platform's bill.
let private rowOf (entry: MoneyEntry) =
    let common =
        [
            "交易时间", entry.Time.ToOffset(zone).ToString("yyyy-MM-dd HH:mm:ss", CultureInfo.InvariantCulture)
            "特约商户号",
            (if entry.SubMerchantId = "" then
                 "0"
             else
                 entry.SubMerchantId)
            "手续费", money 5 (entry.FeeMilliFen.GetValueOrDefault())
        ]

    match entry.Kind with
    | MoneyEntryKind.Payment ->
        payment
        |> where (
            common
            @ [
                "商户订单号", entry.Number
                "交易状态", statusText entry.Status
                "订单金额", money 2 entry.Fen
                "应结订单金额", money 2 entry.Fen
            ]
        )
    | kind ->
        let isRefund = (kind = MoneyEntryKind.Refund)

        refund
        |> where (
            common
            @ [
                "商户订单号", (if isRefund then entry.PaymentNumber else entry.Number)
                "商户退款单号", (if isRefund then entry.Number else "0")
                "交易状态", (if isRefund then "REFUND" else "REVOKED")
                "退款状态", statusText entry.Status
                "退款金额", money 2 entry.Fen
                "申请退款金额", money 2 entry.Fen
            ]
        )

/// The entries that a bill of these rows gives, as the reader reads them.
let private throughBill (entries: MoneyEntry list) =
    let take =
        Take(fun row ->
            match MoneyEntry.tryOfRow row with
            | ValueSome entry -> entry
            | ValueNone -> failtest "a trade bill's row is an entry")

    let taken, result = readWith false take [ file (List.map rowOf entries) ]
    Expect.isOk result "the bill is read"
    taken

let private sorted entries =
    List.sortWith MoneyEntry.compare entries

/// What is done to an entry on its way into bill and ledger.
[<RequireQualifiedAccess>]
type private Plan =
    | Same
    | OtherAmount
    | OtherPayment
    | OtherStatus
    | OtherFee
    | NoFeeInLedger
    | DoneSince
    | OnlyInBill
    | OnlyInLedger
    | TwiceInBill
    | TwiceInLedger

/// Seconds from midnight, before and after; whether that is near.
let private times =
    Gen.elements
        [
            noon, false
            midnight.AddSeconds 300.0, true
            midnight.AddSeconds 301.0, false
            midnight.AddSeconds -300.0, true
            midnight.AddSeconds -301.0, false
            midnight, true
            midnight.AddSeconds(-1.0).ToUniversalTime(), true
            midnight.AddHours 8.0, false
        ]

let private planned index =
    gen {
        let! kind =
            Gen.elements [ MoneyEntryKind.Payment; MoneyEntryKind.Refund; MoneyEntryKind.Reversal ]

        let! sub = Gen.elements [ ""; "1900000002"; "1900000003" ]
        let! time, isNear = times
        let! fen = Gen.frequency [ 1, Gen.constant 0L; 4, Gen.choose64 (0L, 100_000L) ]
        let! fee = Gen.choose64 (-1000L, 1000L)

        let! plan =
            Gen.frequency
                [
                    6, Gen.constant Plan.Same
                    8,
                    Gen.elements
                        [
                            Plan.OtherAmount
                            Plan.OtherPayment
                            Plan.OtherStatus
                            Plan.OtherFee
                            Plan.NoFeeInLedger
                            Plan.DoneSince
                            Plan.OnlyInBill
                            Plan.OnlyInLedger
                            Plan.TwiceInBill
                            Plan.TwiceInLedger
                        ]
                ]

        // Numbers that are prefixes of each other, and several refunds of one payment.
        let number = "n" + string (index: int)

        return
            { entry with
                Kind = kind
                Number = number
                SubMerchantId = sub
                PaymentNumber =
                    if kind = MoneyEntryKind.Refund then
                        "order-" + string (index % 3)
                    else
                        ""
                Time = time
                Fen = fen
                FeeMilliFen = Nullable fee
            },
            isNear,
            plan
    }

let private cases =
    gen {
        let! count = Gen.choose (0, 25)
        let! planned = Gen.sequenceToList [ for index in 0 .. count - 1 -> planned index ]
        let! order = Gen.shuffle planned
        return List.ofArray order
    }

/// The entry's copies in bill and ledger, and what must be found.
let private plant (entry: MoneyEntry, isNear: bool, plan) =
    let isPayment = (entry.Kind = MoneyEntryKind.Payment)
    let isRefund = (entry.Kind = MoneyEntryKind.Refund)

    match plan with
    | Plan.Same -> [ entry ], [ entry ], [ "matched" ]
    | Plan.OtherAmount ->
        [ entry ],
        [ { entry with Fen = entry.Fen + 1L } ],
        [
            (if isPayment then
                 "amount_differs"
             else
                 "refunded_differently")
        ]
    | Plan.OtherPayment ->
        [ entry ],
        [
            { entry with
                PaymentNumber = if isRefund then "order-9" else ""
            }
        ],
        [ (if isRefund then "refunded_differently" else "matched") ]
    | Plan.OtherStatus ->
        [ entry ],
        [
            { entry with
                Status = MoneyEntryStatus.Failed
            }
        ],
        [ "status_differs" ]
    | Plan.OtherFee ->
        [ entry ],
        [
            { entry with
                FeeMilliFen = Nullable(entry.FeeMilliFen.Value + 1L)
            }
        ],
        [ "fee_differs" ]
    | Plan.NoFeeInLedger -> [ entry ], [ { entry with FeeMilliFen = Nullable() } ], [ "matched" ]
    | Plan.DoneSince when isPayment -> [ entry ], [ entry ], [ "matched" ]
    | Plan.DoneSince ->
        [
            { entry with
                Status = MoneyEntryStatus.UnderWay
            }
        ],
        [ entry ],
        [ "matched" ]
    | Plan.OnlyInBill -> [ entry ], [], [ (if isNear then "over_midnight" else "missing_here") ]
    | Plan.OnlyInLedger -> [], [ entry ], [ (if isNear then "over_midnight" else "missing_there") ]
    | Plan.TwiceInBill -> [ entry; entry ], [ entry ], [ "matched"; "doubled" ]
    | Plan.TwiceInLedger -> [ entry ], [ entry; entry ], [ "matched"; "doubled" ]

let private subject outcome =
    match outcome with
    | ReconciliationOutcome.Matched(entry, _)
    | ReconciliationOutcome.AmountDiffers(entry, _)
    | ReconciliationOutcome.RefundedDifferently(entry, _)
    | ReconciliationOutcome.StatusDiffers(entry, _)
    | ReconciliationOutcome.FeeDiffers(entry, _)
    | ReconciliationOutcome.MissingHere entry
    | ReconciliationOutcome.MissingThere entry
    | ReconciliationOutcome.OverMidnight(entry, _)
    | ReconciliationOutcome.Doubled(entry, _) -> entry.Number

let private side (finding: ReconciliationFinding) (totals: IReadOnlyList<ReconciliationTotal>) =
    totals
    |> Seq.filter (fun total -> total.Finding = finding)
    |> Seq.map (fun total -> total.Kind, total.Count, total.BillFen, total.LedgerFen)
    |> List.ofSeq

/// Drives the steps with sources that must be waited for.
let private driveAsync (bill: MoneyEntry list) (ledger: MoneyEntry list) =
    task {
        let merge = ReconciliationMerge policy
        let found = List<string>()
        use ofBill = (bill :> MoneyEntry seq).GetEnumerator()
        use ofLedger = (ledger :> MoneyEntry seq).GetEnumerator()
        let mutable isGoing = true

        let give side (entries: IEnumerator<MoneyEntry>) =
            task {
                do! Task.Yield()

                if entries.MoveNext() then
                    merge.Give(side, entries.Current)
                else
                    merge.End side
            }

        while isGoing do
            match merge.Next with
            | ReconciliationNext.NeedsBill -> do! give ReconciliationSide.Bill ofBill
            | ReconciliationNext.NeedsLedger -> do! give ReconciliationSide.Ledger ofLedger
            | ReconciliationNext.Found ->
                match merge.TryTake() with
                | true, outcome -> found.Add(ReconciliationOutcome.code outcome)
                | false, _ -> failtest "found, but nothing to take"
            | _ -> isGoing <- false

        return List.ofSeq found
    }

[<Tests>]
let tests =
    testList
        "reconciliation"
        [
            testPropertyWithConfig
                { FsCheckConfig.defaultConfig with
                    maxTest = 500
                }
                "a bill made from a ledger with planted differences gives exactly those"
                (Prop.forAll (Arb.fromGen cases) (fun cases ->
                    let planted = List.map plant cases
                    let bill = planted |> List.collect (fun (bill, _, _) -> bill)
                    let ledger = planted |> List.collect (fun (_, ledger, _) -> ledger)

                    let expected =
                        List.zip cases planted
                        |> List.collect (fun ((entry, _, _), (_, _, codes)) ->
                            codes |> List.map (fun code -> entry.Number, code))
                        |> List.sort

                    let found, result = compareWith policy (sorted (throughBill bill)) (sorted ledger)

                    let told =
                        found
                        |> List.map (fun outcome -> subject outcome, ReconciliationOutcome.code outcome)
                        |> List.sort

                    let totals =
                        match result with
                        | Ok totals -> totals
                        | Error error -> failtest (ReconciliationError.message error)

                    Expect.equal told expected "what was planted"
                    Expect.equal (Seq.sumBy _.Count totals) (int64 expected.Length) "each is counted"
                    Expect.equal (Seq.sumBy _.BillFen totals) (bill |> List.sumBy _.Fen) "all of the bill's money"

                    Expect.equal
                        (Seq.sumBy _.LedgerFen totals)
                        (ledger |> List.sumBy _.Fen)
                        "all of the ledger's money"

                    Expect.equal
                        (driveAsync (sorted bill) (sorted ledger)).Result
                        (List.map ReconciliationOutcome.code found)
                        "the same by steps that wait"))

            test "each outcome beside the smallest change that makes it another" {
                let differs change = codes [ entry ] [ change entry ]

                let refunded change =
                    codes [ refundEntry ] [ change refundEntry ]

                Expect.equal (differs id) [ "matched" ] "the same"
                Expect.equal (differs (fun entry -> { entry with Fen = 1235L })) [ "amount_differs" ] "a fen"

                Expect.equal
                    (differs (fun entry ->
                        { entry with
                            Status = MoneyEntryStatus.Failed
                        }))
                    [ "status_differs" ]
                    "status"

                Expect.equal
                    (differs (fun entry ->
                        { entry with
                            FeeMilliFen = Nullable 7405L
                        }))
                    [ "fee_differs" ]
                    "a thousandth of a fen"

                Expect.equal
                    (differs (fun entry -> { entry with FeeMilliFen = Nullable() }))
                    [ "matched" ]
                    "no fee in the ledger"

                Expect.equal
                    (differs (fun entry -> { entry with Time = midnight }))
                    [ "matched" ]
                    "times are not compared"

                Expect.equal (refunded id) [ "matched" ] "the same"
                Expect.equal (refunded (fun entry -> { entry with Fen = 201L })) [ "refunded_differently" ] "a fen"

                Expect.equal
                    (refunded (fun entry -> { entry with PaymentNumber = "order-2" }))
                    [ "refunded_differently" ]
                    "of another payment"

                Expect.equal
                    (refunded (fun entry -> { entry with PaymentNumber = "" }))
                    [ "matched" ]
                    "of a payment that is not said"

                Expect.equal
                    (differs (fun entry -> { entry with Number = "order-2" }))
                    [ "missing_here"; "missing_there" ]
                    "another number"

                Expect.equal
                    (differs (fun entry ->
                        { entry with
                            SubMerchantId = "1900000002"
                        }))
                    [ "missing_here"; "missing_there" ]
                    "another sub-merchant"

                Expect.equal
                    (differs (fun entry ->
                        { entry with
                            Kind = MoneyEntryKind.Refund
                        }))
                    [ "missing_here"; "missing_there" ]
                    "another kind"

                Expect.equal (codes [ entry ] []) [ "missing_here" ] "in the bill only"
                Expect.equal (codes [] [ entry ]) [ "missing_there" ] "in the ledger only"
                Expect.equal (codes [] []) [] "nothing"
            }

            test "amount before status before fee" {
                let other =
                    { entry with
                        Status = MoneyEntryStatus.Failed
                        FeeMilliFen = Nullable 0L
                    }

                Expect.equal (codes [ entry ] [ { other with Fen = 1L } ]) [ "amount_differs" ] "amount"
                Expect.equal (codes [ entry ] [ other ]) [ "status_differs" ] "status"
            }

            test "a refund that was under way may be done, but not the other way, and only if that is allowed" {
                let under =
                    { refundEntry with
                        Status = MoneyEntryStatus.UnderWay
                    }

                let failed =
                    { refundEntry with
                        Status = MoneyEntryStatus.Failed
                    }

                Expect.equal (codes [ under ] [ refundEntry ]) [ "matched" ] "done since"
                Expect.equal (codes [ refundEntry ] [ under ]) [ "status_differs" ] "the ledger is behind"
                Expect.equal (codes [ under ] [ failed ]) [ "status_differs" ] "came to nothing"

                let strict =
                    { policy with
                        TakesUnderWayForDone = false
                    }

                let found, _ = compareWith strict [ under ] [ refundEntry ]
                Expect.equal (List.map ReconciliationOutcome.code found) [ "status_differs" ] "not allowed"
            }

            test "over midnight: within the limit, on either side of it, in any offset" {
                for seconds, isNear in
                    [
                        300.0, true
                        301.0, false
                        -300.0, true
                        -301.0, false
                        0.0, true
                        86400.0 - 300.0, true
                    ] do
                    let late =
                        { entry with
                            Time = midnight.AddSeconds(seconds).ToUniversalTime()
                        }

                    let expected = if isNear then "over_midnight" else "missing_there"
                    Expect.equal (codes [] [ late ]) [ expected ] ("ledger " + string seconds)
                    let expected = if isNear then "over_midnight" else "missing_here"
                    Expect.equal (codes [ late ] []) [ expected ] ("bill " + string seconds)

                let off = { policy with Midnight = TimeSpan.Zero }

                let found, _ = compareWith off [] [ { entry with Time = midnight } ]
                Expect.equal (List.map ReconciliationOutcome.code found) [ "missing_there" ] "switched off"

                for time in [ DateTimeOffset.MinValue; DateTimeOffset.MaxValue ] do
                    Expect.hasLength (codes [] [ { entry with Time = time } ]) 1 "any time at all"
            }

            test "what is not sorted is refused at its place, what is doubled is told" {
                let second = { entry with Number = "order-2" }

                Expect.equal
                    (snd (compareWith policy [ second; entry ] []))
                    (Error(ReconciliationError.Unsorted(ReconciliationSide.Bill, 2L)))
                    "the bill"

                Expect.equal
                    (snd (compareWith policy [] [ entry; second; entry ]))
                    (Error(ReconciliationError.Unsorted(ReconciliationSide.Ledger, 3L)))
                    "the ledger"

                Expect.equal
                    (codes [ entry; entry; second ] [ entry; second; second ])
                    [ "matched"; "doubled"; "matched"; "doubled" ]
                    "doubled"

                Expect.equal (codes [ entry; entry; entry ] []) [ "missing_here"; "doubled"; "doubled" ] "thrice"
                // Kinds come in order, too; and texts by their bytes, not as a language has them.
                Expect.isOk (snd (compareWith policy [ entry; refundEntry ] [])) "payments before refunds"
                Expect.isError (snd (compareWith policy [ refundEntry; entry ] [])) "not after"

                Expect.isOk
                    (snd (compareWith policy [ { entry with Number = "B" }; { entry with Number = "a" } ] []))
                    "capitals first"
            }

            test "entries that are none, more money than can be counted, and steps that were not asked for" {
                let bad = Error(ReconciliationError.BadEntry(ReconciliationSide.Ledger, 1L))
                Expect.equal (snd (compareWith policy [] [ { entry with Number = "" } ])) bad "no number"
                Expect.equal (snd (compareWith policy [] [ { entry with Number = null } ])) bad "null"

                Expect.equal
                    (snd (
                        compareWith
                            policy
                            []
                            [
                                { entry with
                                    Kind = enum<MoneyEntryKind> 3
                                }
                            ]
                    ))
                    bad
                    "no kind"

                Expect.equal (snd (compareWith policy [] [ Unchecked.defaultof<MoneyEntry> ])) bad "no entry"

                let rich number =
                    { entry with
                        Number = number
                        Fen = Int64.MaxValue
                    }

                Expect.equal
                    (snd (compareWith policy [] [ rich "a"; rich "b" ]))
                    (Error(ReconciliationError.TooMuchMoney(ReconciliationSide.Ledger, 2L)))
                    "too much"

                let merge = ReconciliationMerge policy
                Expect.equal merge.Next ReconciliationNext.NeedsBill "the bill first"
                merge.Give(ReconciliationSide.Bill, entry)
                Expect.equal merge.Next ReconciliationNext.NeedsLedger "then the ledger"
                merge.Give(ReconciliationSide.Bill, entry)
                Expect.equal merge.Next ReconciliationNext.Refused "the bill was not asked for"
                Expect.equal merge.Error (ReconciliationError.NotAskedFor(ReconciliationSide.Bill, 2L)) "why"
                Expect.isFalse (fst (merge.TryTake())) "nothing to take"
            }

            test "counts and money by outcome and kind" {
                let half =
                    { refundEntry with
                        Number = "refund-2"
                        Fen = 100L
                    }

                let bill = [ entry; refundEntry; half ]

                let ledger =
                    [
                        { entry with Fen = 1000L }
                        refundEntry
                        half
                        { half with Number = "refund-3" }
                    ]

                match compareWith policy bill ledger with
                | _, Ok totals ->
                    Expect.equal
                        (side ReconciliationFinding.AmountDiffers totals)
                        [ MoneyEntryKind.Payment, 1L, 1234L, 1000L ]
                        "a payment"

                    Expect.equal
                        (side ReconciliationFinding.Matched totals)
                        [ MoneyEntryKind.Refund, 2L, 300L, 300L ]
                        "two refunds of it"

                    Expect.equal
                        (side ReconciliationFinding.MissingThere totals)
                        [ MoneyEntryKind.Refund, 1L, 0L, 100L ]
                        "one more in the ledger"

                    Expect.equal totals.Count 3 "nothing else"
                | _, Error error -> failtest (ReconciliationError.message error)
            }

            test "rows of a bill as entries: payments, reversals, refunds" {
                let reversal =
                    { entry with
                        Kind = MoneyEntryKind.Reversal
                        Number = "order-2"
                        SubMerchantId = "1900000002"
                    }

                let entries = [ entry; reversal; refundEntry ]
                Expect.equal (throughBill entries) entries "as they were written"

                let row =
                    readWith
                        false
                        (Take(fun row -> MoneyEntry.tryOfRow row))
                        [ joined "\n" Published.legacyLines |> utf8 ]

                Expect.equal
                    (fst row |> List.map (fun entry -> entry.Value.Number, entry.Value.Fen))
                    [ "1415640626", 1L; "1415635270", 1L ]
                    "the older format"

                let flow =
                    readWith
                        false
                        (Take(fun row -> MoneyEntry.tryOfRow row))
                        [ joined "\n" Published.fundFlowCutLines |> utf8 ]

                Expect.all (fst flow) _.IsNone "movements are no entries"
                Expect.equal (string reversal) "reversal order-2 of 1900000002" "no money in its text"
            }
        ]
