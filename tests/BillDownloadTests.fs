/// Bills from the simulator to a file or a handler: whole and with their hash, or not at all; that there is none is a result.
module WeChatPay.Tests.BillDownloadTests

open System
open System.Collections.Generic
open System.IO
open System.Net.Http
open System.Security.Cryptography
open System.Text
open System.Threading
open System.Threading.Tasks
open Expecto
open FsCheck
open Microsoft.Extensions.Time.Testing
open WeChatPay
open WeChatPay.Api
open WeChatPay.Api.Ecommerce
open WeChatPay.Functional
open WeChatPay.Shell
open WeChatPay.Simulator
open WeChatPay.Tests.Platform
open WeChatPay.Tests.Shop
open WeChatPay.Tests.WirePlatform

let private day = DateOnly(2026, 3, 4)
let private zone = TimeSpan.FromHours 8.0

/// A moment of the day, by its hours.
let private at (hours: float) =
    DateTimeOffset(day.ToDateTime TimeOnly.MinValue, zone).AddHours hours

[<Literal>]
let private NotifyUrl = "http://127.0.0.1:1/notify"

/// What the simulator does wrong with bills alone; each has its test here.
let faultsOfBills =
    [
        Misbehaviour.BillWrongHash
        Misbehaviour.BillCut
        Misbehaviour.BillExtraColumn
        Misbehaviour.BillLostRow
    ]

/// Counts what leaves.
type private Counter() =
    inherit DelegatingHandler(WeChatPayClient.CreateHandler())
    member val Sent = 0 with get, set

    member private _.Base(request, cancellationToken) =
        base.SendAsync(request, cancellationToken)

    override counter.SendAsync(request, cancellationToken) =
        counter.Sent <- counter.Sent + 1
        counter.Base(request, cancellationToken)

/// A platform on the day at 12:00, its merchant in two kinds, and a folder for files.
type private Bench =
    {
        Platform: WeChatPaySimulator
        Clock: FakeTimeProvider
        Counter: Counter
        Client: WeChatPayClient
        Partner: WeChatPayPartnerClient
        Folder: DirectoryInfo
    }

    member bench.Path = Path.Combine(bench.Folder.FullName, "bill.csv")

    member bench.Names =
        bench.Folder.GetFileSystemInfos()
        |> Array.map _.Name
        |> Array.sort
        |> List.ofArray

    interface IAsyncDisposable with
        member bench.DisposeAsync() =
            bench.Folder.Delete true
            (bench.Platform :> IAsyncDisposable).DisposeAsync()

let private openBench () =
    task {
        let clock = FakeTimeProvider(at 12.0)

        let! platform =
            WeChatPaySimulator.StartAsync(
                WeChatPaySimulatorOptions(Clock = clock, SettlesRefunds = false),
                CancellationToken.None
            )

        let counter = new Counter()
        let options = clientFor platform (fun options -> options.Appid <- "wx1")

        return
            {
                Platform = platform
                Clock = clock
                Counter = counter
                Client = WeChatPayClient(new HttpClient(counter), options, clock)
                Partner = WeChatPayPartnerClient(new HttpClient(WeChatPayClient.CreateHandler()), options, clock)
                Folder = Directory.CreateTempSubdirectory "wechatpay-bills"
            }
    }

let private pay (bench: Bench) (number: string) (fen: int64) (description: string) =
    task {
        let! _ =
            bench.Client.Payments.PrepayNativeAsync(
                NativePrepayRequest(
                    Description = description,
                    OutTradeNo = number,
                    NotifyUrl = NotifyUrl,
                    Amount = OrderAmount(Total = fen)
                )
            )

        let! _ = bench.Platform.PayAsync number
        return ()
    }

let private payFor (bench: Bench) (subMchid: string) (number: string) (fen: int64) =
    task {
        let! _ =
            bench.Partner.Payments.PrepayNativeAsync(
                PartnerNativePrepayRequest(
                    SubMchid = subMchid,
                    Description = "tea",
                    OutTradeNo = number,
                    NotifyUrl = NotifyUrl,
                    Amount = OrderAmount(Total = fen)
                )
            )

        let! _ = bench.Platform.PayAsync number
        return ()
    }

let private refund (bench: Bench) (number: string) (refundNumber: string) (fen: int64) (total: int64) =
    task {
        let! _ =
            bench.Client.Refunds.CreateAsync(
                RefundRequest(
                    OutTradeNo = number,
                    OutRefundNo = refundNumber,
                    Amount = RefundRequestAmount(Refund = fen, Total = total, Currency = "CNY")
                )
            )

        return ()
    }

/// Three payments and a refund; then it is 10:00 of the next day.
let private withTrade (bench: Bench) =
    task {
        do! pay bench "order-1" 1234L "tea, two cups"
        bench.Clock.Advance(TimeSpan.FromMinutes 1.0)
        do! pay bench "order-2" 5L "tea\nfor one"
        do! refund bench "order-1" "back-1" 200L 1234L
        do! bench.Platform.SettleRefundAsync("back-1", RefundOutcome.Success)
        do! pay bench "order-3" 99L "tea"
        bench.Clock.SetUtcNow(at 34.0)
    }

let private filesOf (result: BillResult<'File>) =
    let mutable files: IReadOnlyList<'File> | null = null

    if result.TryGetFiles &files then
        List.ofSeq (nonNull files)
    else
        failtest (string result.Status)

let private thrownBy (call: unit -> Task) =
    task {
        try
            do! call ()
            return None
        with failure ->
            return Some failure
    }

let private codeOf failure =
    match failure with
    | None -> "ok"
    | Some(failure: exn) ->
        match failure with
        | :? WeChatPayException as failure -> failure.Code
        | failure -> failure.GetType().Name

/// What a bill says, row by row, of the columns named.
let private tell (columns: BillColumn list) (rows: List<string>) =
    BillRowHandler(fun row ->
        let texts = List<string>()

        for column in columns do
            texts.Add(row.Text column)

        rows.Add(String.Join(" ", texts)))

let private sha1 (path: string) =
    Convert.ToHexStringLower(SHA1.HashData(File.ReadAllBytes path))

let private days =
    testList
        "days"
        [
            test "a day is over at midnight and its bill is there from ten, +08:00" {
                let absence now = BillAbsence.ofDay now day
                let notYet = ValueSome(BillAbsence.NotYet(at 34.0))
                Expect.equal (absence (at 23.999)) notYet "in the day"
                Expect.equal (absence (at 24.0)) ValueNone "over"
                Expect.equal (BillAbsence.ofNothing (at 33.999) day) (BillAbsence.NotYet(at 34.0)) "before ten"
                Expect.equal (BillAbsence.ofNothing (at 34.0) day) (BillAbsence.NoTransactions day) "from ten"
                Expect.equal (BillDay.ofTime (at 0.0), BillDay.ofTime (at 23.999)) (day, day) "its hours"
                Expect.equal (BillDay.ofTime ((at 24.0).ToUniversalTime())) (day.AddDays 1) "whatever the offset"
            }

            test "no day and no moment is too early or too late" {
                for day in [ DateOnly.MinValue; DateOnly.MaxValue; day ] do
                    Expect.isLessThanOrEqual (BillDay.endOf day) (BillDay.readyFrom day) "in order"

                for moment in [ DateTimeOffset.MinValue; DateTimeOffset.MaxValue ] do
                    BillAbsence.ofDay moment (BillDay.ofTime moment) |> ignore
            }

            test "only what the platform has signed says that there is nothing" {
                let refusal code isSigned =
                    {
                        Status = 400
                        Code = code
                        Message = ""
                        Body = Unchecked.defaultof<ErrorBody>
                        RequestId = ""
                        IsSigned = isSigned
                        OutcomeUnknown = false
                        SignDifference = ValueNone
                        ClockAhead = ValueNone
                    }

                let absence = BillAbsence.ofRefusal (at 35.0) day
                let none = ValueSome(BillAbsence.NoTransactions day)
                Expect.equal (absence (refusal "NO_STATEMENT_EXIST" true)) none "nothing"
                Expect.equal (absence (refusal "NO_STATEMENT_EXIST" false)) ValueNone "unsigned"

                Expect.equal
                    (absence (refusal "STATEMENT_CREATING" true))
                    (ValueSome(BillAbsence.NotYet(at 34.0)))
                    "being made"

                Expect.equal (absence (refusal "STATEMENT_CREATING" false)) ValueNone "unsigned"
                Expect.equal (absence (refusal "INVALID_REQUEST" true)) ValueNone "something else"
            }
        ]

let private kinds =
    testList
        "kinds"
        [
            testCaseTask "trade bills of all three types have the day's rows, their totals and their hash" (fun () ->
                task {
                    use! bench = openBench ()
                    do! withTrade bench

                    for billType, kind, expected in
                        [
                            Nullable(),
                            BillKind.TradeAll,
                            [
                                "order-1 0 12.34 0.00 SUCCESS"
                                "order-2 0 0.05 0.00 SUCCESS"
                                "order-1 back-1 0.00 2.00 REFUND"
                                "order-3 0 0.99 0.00 SUCCESS"
                            ]
                            Nullable BillType.Success,
                            BillKind.TradeSuccess,
                            [
                                "order-1  12.34  SUCCESS"
                                "order-2  0.05  SUCCESS"
                                "order-3  0.99  SUCCESS"
                            ]
                            Nullable BillType.Refund, BillKind.TradeRefund, [ "order-1 back-1 0.00 2.00 REFUND" ]
                        ] do
                        let rows = List<string>()

                        let columns =
                            [
                                BillColumn.OutTradeNo
                                BillColumn.OutRefundNo
                                BillColumn.Total
                                BillColumn.Refund
                                BillColumn.TradeState
                            ]

                        let! read = bench.Client.Bills.ReadTradeBillAsync(day, tell columns rows, billType)
                        Expect.equal (Seq.sort rows |> List.ofSeq) (List.sort expected) (string kind)
                        let summary: BillSummary = List.exactlyOne (filesOf read)
                        Expect.equal (summary.Kind, summary.Rows) (kind, int64 expected.Length) "its summary"

                        let! saved = bench.Client.Bills.DownloadTradeBillAsync(day, bench.Path, billType)
                        let bill = List.exactlyOne (filesOf saved)
                        Expect.equal bill.Path bench.Path "its name"

                        Expect.equal
                            (bill.Hash.Hex, bill.Length)
                            (sha1 bench.Path, FileInfo(bench.Path).Length)
                            "unpacked"

                        Expect.equal bench.Names [ "bill.csv" ] "nothing beside it"
                })

            testCaseTask "the fund flow of the day has each movement with the balance after it" (fun () ->
                task {
                    use! bench = openBench ()
                    do! withTrade bench
                    let rows = List<string>()

                    let columns =
                        [
                            BillColumn.VoucherNo
                            BillColumn.Direction
                            BillColumn.Amount
                            BillColumn.Balance
                        ]

                    let! read = bench.Client.Bills.ReadFundFlowBillAsync(day, tell columns rows)

                    Expect.equal
                        (List.ofSeq rows)
                        [
                            "order-1 收入 12.34 12.34"
                            "order-1 支出 0.07 12.27"
                            "order-2 收入 0.05 12.32"
                            "order-3 收入 0.99 13.31"
                            "order-3 支出 0.01 13.30"
                            "back-1 支出 2.00 11.30"
                            "back-1 收入 0.01 11.31"
                        ]
                        "movements"

                    Expect.equal (List.exactlyOne (filesOf read)).Kind BillKind.FundFlow "kind"

                    let! other =
                        bench.Client.Bills.DownloadFundFlowBillAsync(day, bench.Path, FundFlowBillAccountType.Fees)

                    Expect.equal other.Status BillStatus.NoTransactions "nothing moves in the other accounts"
                })

            testCaseTask "a row becomes an entry that the books can be compared with" (fun () ->
                task {
                    use! bench = openBench ()
                    do! withTrade bench
                    let entries = List<MoneyEntry>()

                    let! _ =
                        bench.Client.Bills.ReadTradeBillAsync(
                            day,
                            BillRowHandler(fun row ->
                                match MoneyEntry.tryOfRow row with
                                | ValueSome entry -> entries.Add entry
                                | ValueNone -> ())
                        )

                    let refund = entries |> Seq.find (fun entry -> entry.Kind = MoneyEntryKind.Refund)

                    Expect.equal
                        (refund.Number, refund.PaymentNumber, refund.Fen, refund.Status)
                        ("back-1", "order-1", 200L, MoneyEntryStatus.Done)
                        "refund"

                    Expect.equal refund.FeeMilliFen (Nullable -1200L) "its fee comes back"
                    Expect.equal (entries |> Seq.sumBy _.Fen) 1538L "all money"
                })

            testCaseTask "a payment by code that was taken back is a payment and a reversal" (fun () ->
                task {
                    use! bench = openBench ()

                    let! _ =
                        bench.Client.Payments.PayWithCodeAsync(
                            PayWithCodeRequest(
                                Description = "tea",
                                OutTradeNo = "code-1",
                                Payer = CodePayer(AuthCode = "130061098828009406"),
                                Amount = OrderAmount(Total = 100L),
                                SceneInfo = CodeOrderScene(StoreInfo = OrderStore(Id = "store-1"))
                            )
                        )

                    let! _ = bench.Client.Payments.ReverseAsync "code-1"
                    bench.Clock.SetUtcNow(at 34.0)
                    let rows = List<string>()

                    let columns =
                        [
                            BillColumn.OutTradeNo
                            BillColumn.TradeState
                            BillColumn.Total
                            BillColumn.Refund
                        ]

                    let! _ = bench.Client.Bills.ReadTradeBillAsync(day, tell columns rows)
                    Expect.equal (List.ofSeq rows) [ "code-1 SUCCESS 1.00 0.00"; "code-1 REVOKED 0.00 1.00" ] "both"
                })

            testCaseTask "a service provider's bills: of all, of one, and sealed in several files" (fun () ->
                task {
                    use! bench = openBench ()
                    do! payFor bench "1900000109" "sub-order-1" 100L
                    do! payFor bench "1900000110" "sub-order-2" 200L
                    bench.Clock.SetUtcNow(at 34.0)
                    let columns = [ BillColumn.SubMchid; BillColumn.OutTradeNo ]
                    let rows = List<string>()
                    let! _ = bench.Partner.Bills.ReadTradeBillAsync(day, tell columns rows)
                    Expect.equal (List.ofSeq rows) [ "1900000109 sub-order-1"; "1900000110 sub-order-2" ] "all"
                    rows.Clear()
                    let! _ = bench.Partner.Bills.ReadTradeBillAsync(day, tell columns rows, "1900000110")
                    Expect.equal (List.ofSeq rows) [ "1900000110 sub-order-2" ] "one"

                    let! own = bench.Partner.Bills.DownloadFundFlowBillAsync(day, bench.Path)
                    Expect.equal own.Status BillStatus.NoTransactions "in the provider's own account nothing moved"
                    rows.Clear()
                    let money = [ BillColumn.VoucherNo; BillColumn.Amount ]

                    let! one =
                        bench.Partner.Bills.ReadSubMerchantFundFlowBillAsync(
                            day,
                            "1900000109",
                            FundFlowBillAccountType.Basic,
                            tell money rows
                        )

                    Expect.equal
                        (List.ofSeq rows, (filesOf one).Length)
                        ([ "sub-order-1 1.00"; "sub-order-1 0.01" ], 1)
                        "opened"

                    rows.Clear()

                    let byHeading =
                        BillRowHandler(fun row -> rows.Add(row.Text "二级商户号" + " " + row.Text BillColumn.Amount))

                    let! all =
                        bench.Partner.EcommerceBills.ReadFundFlowBillAsync(
                            day,
                            EcommerceBillAccountType.Basic,
                            byHeading
                        )

                    Expect.equal (filesOf all |> List.map _.Rows) [ 2L; 2L ] "a summary for each file"

                    Expect.equal
                        (List.ofSeq rows)
                        [ "1900000109 1.00"; "1900000109 0.01"; "1900000110 2.00"; "1900000110 0.01" ]
                        "by heading"

                    let told = ref 0L

                    let telling =
                        { new IProgress<int64> with
                            member _.Report bytes = told.Value <- bytes
                        }

                    let! saved =
                        bench.Partner.EcommerceBills.DownloadFundFlowBillAsync(
                            day,
                            EcommerceBillAccountType.Basic,
                            bench.Path,
                            telling
                        )

                    Expect.equal told.Value (filesOf saved |> List.sumBy _.Length) "the bytes of all files"
                    Expect.equal bench.Names [ "bill-1.csv"; "bill-2.csv" ] "each with its number"

                    for file in filesOf saved do
                        Expect.equal file.Hash.Hex (sha1 file.Path) "opened and unpacked"
                })
        ]

let private undescribed =
    testCaseTask "bills whose columns no source gives are read by heading, sealed or not" (fun () ->
        task {
            use! bench = openBench ()
            let rows = List<string>()

            let handler =
                BillRowHandler(fun row -> rows.Add(row.Text "商户订单号" + " " + row.Text "总金额"))

            let past = day.AddDays -1
            let direct, partner = bench.Client, bench.Partner

            for name, read in
                [
                    "profit sharing", (fun () -> direct.ProfitSharing.ReadBillAsync(past, handler))
                    "of a provider", (fun () -> partner.ProfitSharing.ReadBillAsync(past, handler))
                    "PayScore", (fun () -> direct.PayScoreBills.ReadMerchantBillAsync(past, "service-1", handler))
                    "withdrawals", (fun () -> partner.MerchantFund.ReadWithdrawalBillAsync(past, "NO_SUCC", handler))
                    "abroad", (fun () -> partner.FundsToOversea.ReadBillAsync(past, handler))
                ] do
                rows.Clear()
                let! result = read ()
                let summary: BillSummary = List.exactlyOne (filesOf result)
                Expect.equal (summary.Kind, summary.Rows) (BillKind.Undescribed, 1L) name
                Expect.equal (List.ofSeq rows) [ "simulated-1 0.01" ] name

            for name, save in
                [
                    "profit sharing", (fun () -> direct.ProfitSharing.DownloadBillAsync(past, bench.Path))
                    "of a provider", (fun () -> partner.ProfitSharing.DownloadBillAsync(past, bench.Path))
                    "PayScore",
                    (fun () -> direct.PayScoreBills.DownloadMerchantBillAsync(past, "service-1", bench.Path))
                    "withdrawals",
                    (fun () -> partner.MerchantFund.DownloadWithdrawalBillAsync(past, "NO_SUCC", bench.Path))
                    "abroad", (fun () -> partner.FundsToOversea.DownloadBillAsync(past, bench.Path))
                ] do
                let! result = save ()
                let bill: SavedBill = List.exactlyOne (filesOf result)
                Expect.equal bill.Hash.Hex (sha1 bench.Path) name
                File.Delete bench.Path
        })

let private absences =
    testList
        "absences"
        [
            testCaseTask
                "that there is no bill is a result: in the day, before ten, and of a day without trade"
                (fun () ->
                    task {
                        use! bench = openBench ()
                        do! pay bench "order-1" 100L "tea"

                        let isAbsent status =
                            task {
                                let! saved = bench.Client.Bills.DownloadTradeBillAsync(day, bench.Path)
                                let! read = bench.Client.Bills.ReadTradeBillAsync(day, BillRowHandler(fun _ -> ()))
                                Expect.equal (saved.Status, read.Status) (status, status) (string status)
                                Expect.isFalse (fst (saved.TryGetFiles())) "no file"
                                Expect.equal saved.Day day "its day"
                                Expect.isEmpty bench.Names "nothing"
                                return saved.ReadyFrom
                            }

                        bench.Counter.Sent <- 0
                        bench.Clock.SetUtcNow(at 23.99)
                        let! ready = isAbsent BillStatus.NotYet
                        Expect.equal ready (Nullable(at 34.0)) "when"
                        Expect.equal bench.Counter.Sent 0 "nobody needs to be asked"
                        bench.Clock.SetUtcNow(at 24.0)
                        let! ready = isAbsent BillStatus.NotYet
                        Expect.equal (ready, bench.Counter.Sent) (Nullable(at 34.0), 2) "asked"
                        bench.Clock.SetUtcNow(at 33.99)
                        let! _ = isAbsent BillStatus.NotYet
                        bench.Clock.SetUtcNow(at 34.0)
                        let! saved = bench.Client.Bills.DownloadTradeBillAsync(day, bench.Path)
                        Expect.equal (saved.Status, saved.ReadyFrom) (BillStatus.Received, Nullable()) "there"
                        File.Delete bench.Path
                        let! none = bench.Client.Bills.DownloadTradeBillAsync(day.AddDays -1, bench.Path)

                        Expect.equal
                            (none.Status, none.ReadyFrom)
                            (BillStatus.NoTransactions, Nullable())
                            "the day before"

                        Expect.isEmpty bench.Names "nothing"
                    })

            testCaseTask "F#: the same as a union, and what is too long ago is an error" (fun () ->
                task {
                    let refusal = utf8 """{"code":"STATEMENT_CREATING","message":"账单生成中"}"""
                    let past = DateOnly(2020, 1, 1)

                    for isSigned, expected in [ true, "not yet"; false, "refused" ] do
                        use! platform =
                            openPlatform (fun _ ->
                                { answer 400 refusal with
                                    IsSigned = isSigned
                                })

                        let! outcome =
                            BillDownloads.toFile
                                CancellationToken.None
                                (shellAt platform.Url)
                                null
                                (Path.Combine(Path.GetTempPath(), "never.csv"))
                                (BillRequests.Trade past)

                        let found =
                            match outcome with
                            | Ok(BillOutcome.Absent(BillAbsence.NotYet _)) -> "not yet"
                            | Ok(BillOutcome.Absent(BillAbsence.NoTransactions _)) -> "nothing"
                            | Ok(BillOutcome.Received _) -> "received"
                            | Error failure -> BillFailure.code failure

                        Expect.equal found expected "an unsigned refusal proves nothing"

                    use! bench = openBench ()

                    let! failure =
                        thrownBy (fun () -> bench.Client.Bills.DownloadTradeBillAsync(day.AddDays -120, bench.Path))

                    Expect.equal (codeOf failure) "refused" "too long ago"
                })
        ]

let private faults =
    testList
        "faults"
        [
            testCaseTask "a wrong hash, a cut file: an error, and nothing is left; an older file stays" (fun () ->
                task {
                    use! bench = openBench ()
                    do! withTrade bench

                    for wrong in [ Misbehaviour.BillWrongHash; Misbehaviour.BillCut ] do
                        let isRefused () =
                            task {
                                bench.Platform.MisbehaveFor(wrong, 1)

                                let! failure =
                                    thrownBy (fun () -> bench.Client.Bills.DownloadTradeBillAsync(day, bench.Path))

                                Expect.equal (codeOf failure) "hash_mismatch" (string wrong)
                                bench.Platform.MisbehaveFor(wrong, 1)

                                let! failure =
                                    thrownBy (fun () ->
                                        bench.Client.Bills.ReadTradeBillAsync(day, BillRowHandler(fun _ -> ())))

                                Expect.equal (codeOf failure) "hash_mismatch" (string wrong + ", read")
                            }

                        do! isRefused ()
                        Expect.isEmpty bench.Names "nothing is left"
                        File.WriteAllText(bench.Path, "older")
                        do! isRefused ()
                        Expect.equal (File.ReadAllText bench.Path) "older" "the older one stays"
                        Expect.equal bench.Names [ "bill.csv" ] "alone"
                        File.Delete bench.Path
                })

            testCaseTask "a lost row is found by the totals, a new column is kept" (fun () ->
                task {
                    use! bench = openBench ()
                    do! withTrade bench
                    bench.Platform.MisbehaveFor(Misbehaviour.BillLostRow, 1)

                    let! failure =
                        thrownBy (fun () -> bench.Client.Bills.ReadTradeBillAsync(day, BillRowHandler(fun _ -> ())))

                    match failure with
                    | Some(:? WeChatPayBillException as failure) ->
                        Expect.equal failure.Code "bill_summary_mismatch" "the totals"
                        Expect.isTrue failure.Error.IsSummaryMismatch "the same as a value"
                    | other -> failtest (codeOf other)

                    bench.Platform.MisbehaveFor(Misbehaviour.BillExtraColumn, 1)
                    let rows = List<string>()

                    let! read =
                        bench.Client.Bills.ReadTradeBillAsync(day, BillRowHandler(fun row -> rows.Add(row.Text "新增列")))

                    Expect.equal (List.ofSeq rows) (List.replicate 4 "新") "by its heading"
                    Expect.equal (List.exactlyOne (filesOf read)).Kind BillKind.TradeAll "and the rest as ever"
                })

            testCaseTask "of several files one that is wrong leaves none" (fun () ->
                task {
                    use! bench = openBench ()
                    do! payFor bench "1900000109" "sub-order-1" 100L
                    do! payFor bench "1900000110" "sub-order-2" 200L
                    bench.Clock.SetUtcNow(at 34.0)
                    bench.Platform.MisbehaveFor(Misbehaviour.BillCut, 1)

                    let! failure =
                        thrownBy (fun () ->
                            bench.Partner.EcommerceBills.DownloadFundFlowBillAsync(
                                day,
                                EcommerceBillAccountType.Basic,
                                bench.Path
                            ))

                    Expect.equal (codeOf failure) "hash_mismatch" "cut"
                    Expect.isEmpty bench.Names "none"
                })

            testCaseTask "what the file system refuses and what a handler throws come out as they are" (fun () ->
                task {
                    use! bench = openBench ()
                    do! withTrade bench
                    Directory.CreateDirectory bench.Path |> ignore

                    let! failure =
                        thrownBy (fun () -> bench.Client.Bills.DownloadTradeBillAsync(day, bench.Path))

                    Expect.isTrue
                        (failure.Value :? IOException || failure.Value :? UnauthorizedAccessException)
                        (string failure)

                    Expect.equal bench.Names [ "bill.csv" ] "the folder alone"
                    let file = Path.Combine(bench.Path, "file")
                    File.WriteAllText(file, "")

                    let! failure =
                        thrownBy (fun () ->
                            bench.Client.Bills.DownloadTradeBillAsync(day, Path.Combine(file, "bill.csv")))

                    Expect.isTrue (failure.Value :? IOException) "a file is no folder"

                    let! outcome =
                        BillDownloads.toFile
                            CancellationToken.None
                            (shellAt "http://127.0.0.1:1")
                            null
                            bench.Path
                            (BillRequests.Trade(DateOnly(2020, 1, 1)))

                    match outcome with
                    | Error(BillFailure.Call(ApiError.Unreachable _)) -> ()
                    | _ -> failtest "nobody there"

                    for thrown in [ IOException "mine" :> exn; InvalidOperationException "mine" ] do
                        let! failure =
                            thrownBy (fun () ->
                                bench.Client.Bills.ReadTradeBillAsync(day, BillRowHandler(fun _ -> raise thrown)))

                        Expect.isTrue (obj.ReferenceEquals(failure.Value, thrown)) "its own"
                })

            testCaseTask "given up, nothing is left; progress tells how many bytes came" (fun () ->
                task {
                    use! bench = openBench ()
                    do! withTrade bench
                    use source = new CancellationTokenSource()

                    let cancelling =
                        { new IProgress<int64> with
                            member _.Report _ = source.Cancel()
                        }

                    let! failure =
                        thrownBy (fun () ->
                            bench.Client.Bills.DownloadTradeBillAsync(
                                day,
                                bench.Path,
                                progress = cancelling,
                                cancellationToken = source.Token
                            ))

                    Expect.isTrue (failure.Value :? OperationCanceledException) (codeOf failure)
                    Expect.isEmpty bench.Names "nothing"
                    let told = List<int64>()

                    let telling =
                        { new IProgress<int64> with
                            member _.Report bytes = told.Add bytes
                        }

                    let! _ =
                        bench.Client.Bills.DownloadTradeBillAsync(day, bench.Path, progress = telling)

                    Expect.equal told[told.Count - 1] (FileInfo(bench.Path).Length) "all of them"
                    Expect.isAscending told "more and more"

                    if not (OperatingSystem.IsWindows()) then
                        Expect.equal
                            (File.GetUnixFileMode bench.Path)
                            (UnixFileMode.UserRead ||| UnixFileMode.UserWrite)
                            "for this account alone"
                })
        ]

/// The answers of a platform by hand: the link, then the file.
let private openAnswering (link: string) (file: byte array) =
    openPlatform (fun (asked: Asked) ->
        if asked.Target.StartsWith("/v3/bill/", StringComparison.Ordinal) then
            json link
        else
            { answer 200 file with
                IsSigned = false
            })

let private links =
    testList
        "links"
        [
            testCaseTask "an answer that does not say what a file must be is of no use" (fun () ->
                task {
                    let hash = Convert.ToHexStringLower(SHA1.HashData(utf8 "x"))
                    let past = DateOnly(2020, 1, 1)
                    let folder = Directory.CreateTempSubdirectory "wechatpay-bills"

                    let codeFor kind (link: string) (request: BillRequest<'Answer>) =
                        task {
                            use! platform = openAnswering link (utf8 "x")
                            let path = Path.Combine(folder.FullName, "bill.csv")

                            let client =
                                { shellAt platform.Url with
                                    Caller = Caller("1900000001", kind, null, null)
                                }

                            let! outcome = BillDownloads.toFile CancellationToken.None client null path request

                            let isThere = File.Exists path
                            File.Delete path

                            match outcome with
                            | Ok(BillOutcome.Received _) -> return "ok", isThere, platform.Asked.Count
                            | Ok(BillOutcome.Absent _) -> return "absent", isThere, platform.Asked.Count
                            | Error failure -> return BillFailure.code failure, isThere, platform.Asked.Count
                        }

                    let plain hashType hashValue url =
                        $"""{{"hash_type":"{hashType}","hash_value":"{hashValue}","download_url":"{url}"}}"""

                    for link, expected in
                        [
                            plain "SHA1" hash "https://elsewhere.test/v3/billdownload/file?token=t", ("ok", true, 2)
                            plain "SHA1" "" "/v3/f", ("malformed_answer", false, 1)
                            plain "" hash "/v3/f", ("malformed_answer", false, 1)
                            plain "MD5" hash "/v3/f", ("malformed_answer", false, 1)
                            plain "SHA1" hash "", ("malformed_answer", false, 1)
                            plain "SHA256" hash "/v3/f", ("hash_mismatch", false, 2)
                        ] do
                        let! found = codeFor MerchantKinds.Direct link (BillRequests.Trade past)
                        Expect.equal found expected link

                    let sealedLink count items =
                        $"""{{"download_bill_count":{count},"download_bill_list":[{items}]}}"""

                    let item =
                        $"""{{"bill_sequence":1,"hash_type":"SHA1","hash_value":"{hash}","download_url":"/v3/f","encrypt_key":"not for us","nonce":"123456789012"}}"""

                    for link, expected in
                        [
                            sealedLink 2 item, ("malformed_answer", false, 1)
                            sealedLink 1 item, ("malformed_answer", false, 1)
                            sealedLink 0 "", ("absent", false, 1)
                            "{}", ("malformed_answer", false, 1)
                        ] do
                        let! found =
                            codeFor
                                MerchantKinds.Partner
                                link
                                (BillRequests.SubMerchantFundFlow(past, "1", FundFlowBillAccountType.Basic))

                        Expect.equal found expected link

                    Expect.isEmpty (folder.GetFileSystemInfos()) "nothing is left"
                    folder.Delete()
                })

            testCaseTask "a connection that breaks in the middle of a file leaves nothing" (fun () ->
                task {
                    let text = utf8 (String('x', 100_000))
                    let hash = Convert.ToHexStringLower(SHA1.HashData text)

                    let link =
                        $"""{{"hash_type":"SHA1","hash_value":"{hash}","download_url":"/v3/f"}}"""

                    use! platform =
                        openServing (fun context asked ->
                            if asked.Target.StartsWith("/v3/bill/", StringComparison.Ordinal) then
                                reply context (json link)
                            else
                                task {
                                    context.Response.ContentLength <- Nullable(int64 text.Length)
                                    do! context.Response.Body.WriteAsync(text, 0, text.Length / 2)
                                    do! context.Response.Body.FlushAsync()
                                    do! Task.Delay 100
                                    context.Abort()
                                })

                    let folder = Directory.CreateTempSubdirectory "wechatpay-bills"

                    let! outcome =
                        BillDownloads.toFile
                            CancellationToken.None
                            (shellAt platform.Url)
                            null
                            (Path.Combine(folder.FullName, "bill.csv"))
                            (BillRequests.Trade(DateOnly(2020, 1, 1)))

                    match outcome with
                    | Error(BillFailure.Call(ApiError.Unreachable(_, false))) -> ()
                    | _ -> failtest "cut"

                    Expect.isEmpty (folder.GetFileSystemInfos()) "nothing"
                    folder.Delete()
                })

            test "a link, a source and a key print neither address nor key" {
                let link =
                    BillLink(
                        Nullable 1L,
                        "/v3/f?token=secret",
                        "SHA1",
                        "00",
                        SensitiveText(String('k', 32)),
                        "123456789012"
                    )

                let request =
                    BillRequest<NoContent>(day, Operation.DownloadFrom "/v3/f?token=secret", fun _ -> [| link |])

                match BillSource.ofAnswer request NoContent.Value with
                | Ok [ source ] ->
                    for text in [ link.ToString(); source.ToString(); string source.Key; request.ToString() ] do
                        Expect.isFalse (text.Contains "secret" || text.Contains "kkk") text
                | _ -> failtest "one source"
            }
        ]

[<Tests>]
let tests =
    testList "bill downloads" [ days; kinds; undescribed; absences; faults; links ]
