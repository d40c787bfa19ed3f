/// Bills: what is read, and what is refused, with the exact error.
module WeChatPay.Tests.BillTests

open System
open System.Text
open Expecto
open FsCheck
open FsCheck.FSharp
open WeChatPay.Functional
open WeChatPay.Tests.BillFiles

let private rows = [ payment; refund ]
let private good = lines rows

let private isRefusedAs (expected: BillError) (lines: string list) =
    let _, result = readLines lines
    Expect.equal result (Error expected) "refused, and why"

let private isRead (lines: string list) =
    let rows, result = readLines lines

    match result with
    | Ok summary -> rows, summary
    | Error error -> failtest ("not read: " + BillError.message error)

let private malformed line column fault =
    BillError.Malformed(line, column, fault)

/// The good bill with one row's cells said otherwise; totals as before.
let private withCells changes =
    lines [ payment ]
    |> List.mapi (fun index line ->
        if index = 1 then
            lineOf allHeadings (payment |> where changes)
        else
            line)

let private summaryOf (kind: BillKind) rows' (values: (BillTotal * int64) list) (summary: BillSummary) =
    Expect.equal summary.Kind kind "the kind, by its heading"
    Expect.equal summary.Rows rows' "the rows"

    for total, value in values do
        Expect.equal (summary.ValueOf total) (Nullable value) (string total)

let private sequence (rows: (string * string) list list) =
    rows
    |> List.map (fun row -> cell "商户订单号" row, cell "商户退款单号" row, cell "商品名称" row, cell "商户数据包" row)

let private read (bytes: byte array) =
    let taken, result = BillFiles.read bytes
    taken |> List.map (fun row -> row.OutTradeNo, row.Description, row.Attach), result

/// Text as merchants write it: Chinese, commas, backquotes, none of the three.
let private texts =
    Gen.elements [ 'a'; '1'; ','; '`'; '茶'; ' '; '"'; '.'; '%' ]
    |> Gen.listOf
    |> Gen.map (fun letters -> String(Array.ofList letters))
    |> Gen.resize 8

let private isPlain (text: string) =
    not (text.Contains ",`" || text.StartsWith '`')

[<Tests>]
let reading =
    testList
        "bills are read"
        [
            test "payments and refunds, typed, in fen and thousandths of a fen" {
                let rows, summary = isRead good
                let paid, refunded = rows[0], rows[1]
                Expect.equal paid.TradeTime (DateTimeOffset(2026, 1, 2, 3, 4, 5, TimeSpan.FromHours 8.0)) "+08:00"
                Expect.equal paid.OutTradeNo "order-1" "order"
                Expect.equal paid.TotalFen 1234L "total"
                Expect.equal paid.FeeMilliFen (Nullable 7404L) "fee"
                Expect.equal paid.FeeRatePercent (Nullable 0.6m) "rate"
                Expect.equal paid.SubMchid "" "0 is no sub-merchant"
                Expect.equal paid.OutRefundNo "" "0 is no refund"
                Expect.equal paid.Description "personal-tea" "description"
                Expect.equal refunded.OutRefundNo "refund-1" "refund"
                Expect.equal refunded.SettlementRefundFen (Nullable 200L) "refunded"
                Expect.equal refunded.FeeMilliFen (Nullable -1200L) "given back"
                Expect.equal refunded.RefundStatus "PROCESSING" "status"
                Expect.equal refunded.RefundSuccessTime (Nullable()) "no such column"

                summaryOf
                    BillKind.TradeAll
                    2L
                    [
                        BillTotal.TradeCount, 2L
                        BillTotal.TotalSum, 1234L
                        BillTotal.FeeSum, 6204L
                        BillTotal.RefundSum, 200L
                    ]
                    summary

                Expect.all summary.Totals _.IsChecked "every total is compared"
            }

            test "with and without a byte order mark, with CRLF, LF and both, with and without an end of the last line" {
                let expected = readLines good
                let mark = [| 0xEFuy; 0xBBuy; 0xBFuy |]

                let mixed =
                    good
                    |> List.mapi (fun index line -> line + (if index % 2 = 0 then "\r\n" else "\n"))

                for text in
                    [
                        joined "\r\n" good
                        String.concat "" mixed
                        String.concat "\n" good
                        String.concat "\r\n" good
                        joined "\n" good + "\r\n\n"
                    ] do
                    Expect.equal (BillFiles.read (utf8 text)) expected "the same"
                    Expect.equal (BillFiles.read (Array.append mark (utf8 text))) expected "the same, marked"
            }

            test "columns in another order, with one more, which is reached by its heading" {
                let headings = List.rev allHeadings @ [ "新增列" ]
                let row = payment @ [ "新增列", "new" ]
                let bytes = linesWith headings [ row ] |> joined "\n" |> utf8

                let taken, result =
                    readWith
                        false
                        (Take(fun row -> struct (row.Text "新增列", row.Text BillColumn.OutTradeNo, row.Text 27)))
                        [ bytes ]

                Expect.isOk result "read"
                Expect.equal taken [ struct ("new", "order-1", "new") ] "by heading, by column, by place"
                let typed, _ = BillFiles.read bytes
                Expect.equal typed (fst (readLines (lines [ payment ]))) "the typed row is the same"
            }

            test "the typed row has nothing personal in its text" {
                let taken, summary = isRead good

                for text in [ string taken[0]; string taken[1]; string summary ] do
                    Expect.isFalse (text.Contains "personal") text
                    Expect.isFalse (text.Contains "12.34" || text.Contains "1234") text

                Expect.stringContains (string taken[1]) "order-1" "but the numbers"
            }

            test "a row's cells by column, without a typed row" {
                let taken, _ =
                    readWith
                        false
                        (Take(fun row ->
                            let isFen, fen = row.TryGetFen BillColumn.Total
                            let isFee, fee = row.TryGetFen BillColumn.Fee
                            let isMilli, milli = row.TryGetMilliFen BillColumn.Total
                            let isTime, _ = row.TryGetTime BillColumn.RefundSuccessTime
                            let isPercent, percent = row.TryGetPercent BillColumn.FeeRate
                            let isOther, _ = row.TryGetPercent BillColumn.Total

                            row.ToString(),
                            row.Line,
                            (isFen, fen),
                            isFee,
                            (isMilli, milli),
                            isTime,
                            (isPercent, percent),
                            isOther,
                            row.Has BillColumn.DeviceId,
                            row.Has BillColumn.Openid,
                            row.Text 99,
                            row.Text "no such heading"))
                        [ file [ payment ] ]

                Expect.equal
                    taken
                    [
                        "BillRow(line 2)",
                        2L,
                        (true, 1234L),
                        false,
                        (true, 1234_000L),
                        false,
                        (true, 0.6m),
                        false,
                        false,
                        true,
                        "",
                        ""
                    ]
                    "each by its type; the fee is finer than fen"
            }

            test "one row after another allocates nothing when only numbers are asked for" {
                let bytes = file (List.replicate 2000 payment)
                let fen = ref 0L

                let sum =
                    BillRowHandler(fun row ->
                        let mutable total = 0L

                        if row.TryGetFen(BillColumn.Total, &total) then
                            fen.Value <- fen.Value + total)

                let measure () =
                    let reader = BillReader sum
                    let before = GC.GetAllocatedBytesForCurrentThread()
                    reader.Push(ReadOnlySpan bytes) |> ignore
                    Expect.isTrue (reader.Finish()) "read"
                    GC.GetAllocatedBytesForCurrentThread() - before

                measure () |> ignore
                let allocated = measure ()
                Expect.isLessThan allocated 60_000L "less than 30 bytes a row; a text alone would be more"
                Expect.equal fen.Value (2L * 2000L * 1234L) "all of them"
            }

            testProperty "pieces of every size give the same rows" (fun (PositiveInt size) ->
                let bytes = file [ payment; refund; payment ]
                let size = 1 + size % 400
                readPieces (Array.chunkBySize size bytes) = BillFiles.read bytes)

            test "split at every byte, it is the same" {
                let bytes = Array.append [| 0xEFuy; 0xBBuy; 0xBFuy |] (file rows)
                let expected = BillFiles.read bytes
                Expect.isOk (snd expected) "read"

                for at in 0 .. bytes.Length do
                    let pieces = [ Array.take at bytes; Array.skip at bytes ]
                    Expect.equal (readPieces pieces) expected ("split at " + string at)
            }
        ]

[<Tests>]
let published =
    testList
        "bills that nobody here wrote"
        [
            test "payments of another SDK's tests" {
                let rows, summary = isRead Published.allLines

                Expect.equal
                    (rows |> List.map _.OutTradeNo)
                    [ "S20210128170702357723"; "S20210128153505214586"; "S20210128165824499930" ]
                    "orders"

                summaryOf BillKind.TradeAll 3L [ BillTotal.TradeCount, 3L; BillTotal.TotalSum, 3L ] summary
            }

            test "refunds of another SDK's tests" {
                let rows, summary = isRead Published.refundLines
                let at = DateTimeOffset(2021, 2, 1, 14, 33, 24, TimeSpan.FromHours 8.0)
                Expect.equal rows[0].RefundSuccessTime (Nullable at) "arrived"
                Expect.equal rows[0].OutRefundNo "S20210201143320649393" "refund"
                summaryOf BillKind.TradeRefund 2L [ BillTotal.RefundSum, 2L; BillTotal.SettlementRefundSum, 2L ] summary
            }

            test "the older format of the platform's documents" {
                let rows, summary = isRead Published.legacyLines
                Expect.equal rows[0].TotalFen 1L "总金额 is the total"
                Expect.equal rows[0].CouponAmountFen (Nullable 0L) "0.0"
                Expect.equal rows[0].RefundFen (Nullable()) "no such column"

                summaryOf
                    BillKind.TradeAll
                    2L
                    [ BillTotal.TotalSum, 2L; BillTotal.RefundSum, 0L; BillTotal.FeeSum, 0L ]
                    summary

                Published.legacyLines
                |> List.map (fun line -> line.Replace("16:46:14", "16：46：14"))
                |> isRefusedAs (malformed 3L "交易时间" BillFault.NotTime)
            }

            test "files of which rows were left out are found out by their totals" {
                let take (lines: string list) =
                    readWith false (Take FundFlowRow.Of) [ joined "\n" lines |> utf8 ] |> snd

                Expect.equal
                    (take Published.fundFlowCutLines)
                    (Error(BillError.SummaryMismatch(5L, "资金流水总笔数", "3", "2")))
                    "three are said"

                Expect.equal
                    (take Published.fundFlowDocumented)
                    (Error(BillError.SummaryMismatch(4L, "资金流水总笔数", "20", "1")))
                    "twenty, with a decimal"

                Published.successLines
                |> isRefusedAs (BillError.SummaryMismatch(4L, "总交易单数", "31", "1"))
            }

            test "with totals that fit, both kinds of headings and both sorts of movements are read" {
                let income =
                    "`2021-02-01 12:00:00,`4200000001,`4200000001,`交易,`交易,`收入,`0.05,`0.23,`***,`a,b,`S1"

                let withIncome (totals: string) (lines: string list) =
                    [
                        yield! List.take (lines.Length - 2) lines
                        income
                        lines[lines.Length - 2]
                        totals
                    ]

                for lines in
                    [
                        Published.fundFlowCutLines |> withIncome "`3,`1,`0.05,`2,`0.02"
                        Published.fundFlowDocumented |> withIncome "`2.0,`1.0,`0.05,`1.0,`0.02"
                    ] do
                    let taken, result =
                        readWith false (Take FundFlowRow.Of) [ joined "\n" lines |> utf8 ]

                    let summary =
                        match result with
                        | Ok summary -> summary
                        | Error error -> failtest (BillError.message error)

                    Expect.equal summary.Kind BillKind.FundFlow "fund flow"
                    Expect.all summary.Totals _.IsChecked "every total"
                    Expect.equal (List.last taken).AmountFen 5L "amount"
                    Expect.equal (List.last taken).Remark "a,b" "a comma in a remark"
                    Expect.isFalse ((string (List.last taken)).Contains "a,b") "not in its text"

                for wrong, column, stated, counted in
                    [
                        "`3,`2,`0.05,`2,`0.02", "收入笔数", "2", "1"
                        "`3,`1,`0.06,`2,`0.02", "收入金额", "0.06", "0.05"
                        "`3,`1,`0.05,`1,`0.02", "支出笔数", "1", "2"
                        "`3,`1,`0.05,`2,`0.01", "支出金额", "0.01", "0.02"
                    ] do
                    let lines = Published.fundFlowCutLines |> withIncome wrong

                    Expect.equal
                        (readWith false (Take FundFlowRow.Of) [ joined "\n" lines |> utf8 ] |> snd)
                        (Error(BillError.SummaryMismatch(6L, column, stated, counted)))
                        column
            }
        ]

[<Tests>]
let commas =
    testList
        "commas in bills"
        [
            test "in names and attachments, as the platform writes them" {
                for text in [ "a,b"; ","; "茶,1.00,0.60%"; "a, `b"; "`,a"; "a`,"; ",," ] do
                    for heading in [ "商品名称"; "商户数据包"; "设备号" ] do
                        let row = payment |> where [ heading, text ]
                        let taken, _ = isRead (lines [ row ])
                        let found = taken[0]

                        Expect.equal
                            (found.Description, found.Attach, found.DeviceId, found.TotalFen)
                            (cell "商品名称" row, cell "商户数据包" row, cell "设备号" row, 1234L)
                            (heading + " " + text)
            }

            test "a comma before a backquote is told where one column alone may hold it" {
                let headings = allHeadings |> List.filter (fun heading -> heading <> "商户数据包")
                let row = payment |> where [ "商品名称", "a,`b,`c" ]
                let taken, _ = isRead (linesWith headings [ row ])
                Expect.equal taken[0].Description "a,`b,`c" "whole"
                Expect.equal taken[0].TotalFen 1234L "and what follows is in its place"
            }

            test "and refused where two may" {
                for heading in [ "商品名称"; "商户数据包" ] do
                    lines [ payment; payment |> where [ heading, "a,`b" ] ]
                    |> isRefusedAs (malformed 3L "商品名称" BillFault.TooManyCells)
            }

            test "without backquotes, a comma is told where one column alone may hold it" {
                let bare (headings: string list) row =
                    lines [ payment ]
                    |> List.mapi (fun index line ->
                        match index with
                        | 0 -> String.concat "," headings
                        | 1 -> headings |> List.map (fun heading -> cell heading row) |> String.concat ","
                        | _ -> line)

                let row = payment |> where [ "商品名称", "a,b" ]
                let single = allHeadings |> List.filter (fun heading -> heading <> "商户数据包")
                let taken, _ = isRead (bare single row)
                Expect.equal taken[0].Description "a,b" "one column"
                bare allHeadings row |> isRefusedAs (malformed 2L "商品名称" BillFault.TooManyCells)
                Expect.equal (fst (isRead (bare allHeadings payment))).Length 1 "without a comma it is read"
            }

            test "money never comes out of a name" {
                // A name that continues as the row would: one cell too many, whichever way it is read.
                lines [ payment |> where [ "商品名称", "x,`attach,`0.00000,`0.60%,`999.00,`0.00,`" ] ]
                |> isRefusedAs (malformed 2L "商品名称" BillFault.TooManyCells)
            }

            testProperty
                "any name without a comma before a backquote is read as it is, any other is refused"
                (Prop.forAll (Arb.fromGen (Gen.zip texts texts)) (fun (description, attach) ->
                    let row = payment |> where [ "商品名称", description; "商户数据包", attach ]
                    let taken, result = read (file [ row ])

                    match result with
                    | Ok _ ->
                        isPlain ("x" + description)
                        && isPlain ("x" + attach)
                        && taken = [ "order-1", description, attach ]
                    | Error(BillError.Malformed(2L, "商品名称", BillFault.TooManyCells)) ->
                        not (isPlain ("x" + description) && isPlain ("x" + attach))
                    | Error _ -> false))
        ]
