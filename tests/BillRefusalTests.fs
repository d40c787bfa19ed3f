/// Bills: what is refused, each beside the smallest change that makes it right.
module WeChatPay.Tests.BillRefusalTests

open System
open System.Security.Cryptography
open System.Text
open Expecto
open FsCheck
open FsCheck.FSharp
open WeChatPay.Functional
open WeChatPay.Tests.BillFiles

let private good = lines [ payment; refund ]

let private resultOf lines = snd (readLines lines)

let private isRefusedAs (expected: BillError) (lines: string list) =
    Expect.equal (resultOf lines) (Error expected) "refused, and why"

let private isRead (lines: string list) = Expect.isOk (resultOf lines) "read"

let private malformed line column fault =
    Error(BillError.Malformed(line, column, fault))

/// A bill of one payment with one cell said otherwise; its totals as of the payment.
let private resultWith heading text =
    lines [ payment ]
    |> List.mapi (fun index line ->
        if index = 1 then
            lineOf allHeadings (payment |> where [ heading, text ])
        else
            line)
    |> resultOf

let private replaced (at: int) (line: string) (lines: string list) =
    lines |> List.mapi (fun index old -> if index = at then line else old)

let private isMalformed =
    function
    | Error(BillError.Malformed _) -> true
    | Ok _
    | Error _ -> false

/// Pieces of bills, whole and spoiled, in any order.
let private fragments =
    Gen.elements
        [
            String.concat "," allHeadings
            String.concat "," allTotals
            lineOf allHeadings payment
            lineOf allHeadings refund
            backquoted (totalsOf [ payment ])
            backquoted (totalsOf [])
            "\n"
            "\r\n"
            ","
            "`"
            ",`"
            "0.00"
            "总交易单数"
            "`总交易单数"
            "\uFEFF"
            String('x', 70)
        ]
    |> Gen.listOf
    |> Gen.map (String.concat "")

[<Tests>]
let tests =
    testList
        "bills are refused"
        [
            test "a cell that is not of its column, by line, heading and reason" {
                for heading, right, wrong, fault in
                    [
                        "订单金额",
                        [ "12.34"; "12.340" ],
                        [
                            "12.345"
                            "12,34"
                            "1e1"
                            "+12.34"
                            " 12.34"
                            "12.34 "
                            "12."
                            ".5"
                            "-"
                            "¥12.34"
                            "0x1"
                            "12345678901234.00"
                        ],
                        BillFault.NotMoney
                        "手续费", [ "0.07404"; "0.074040" ], [ "0.074041"; "0.07404%" ], BillFault.NotMoney
                        "交易时间",
                        [ "2026-01-02 00:00:00"; "2024-02-29 23:59:59" ],
                        [
                            "2026-02-29 00:00:00"
                            "2026-01-02 24:00:00"
                            "2026-13-01 00:00:00"
                            "2026-00-01 00:00:00"
                            "2026-01-00 00:00:00"
                            "2026-01-02 00:60:00"
                            "2026-01-02 00:00:60"
                            "2026-01-02T00:00:00"
                            "2026/01/02 00:00:00"
                            "2026-01-02"
                            "0000-01-01 00:00:00"
                            "2026-1-02 00:00:000"
                        ],
                        BillFault.NotTime
                        "费率", [ "0.60%"; "0%"; "" ], [ "0.60"; "%"; "0.600001%"; "0.60%%" ], BillFault.NotPercent
                        "商户订单号", [ "order-2" ], [ "" ], BillFault.EmptyCell
                    ] do
                    for text in right do
                        Expect.isOk (resultWith heading text) (heading + " " + text)

                    for text in wrong do
                        Expect.equal (resultWith heading text) (malformed 2L heading fault) (heading + " " + text)

                Expect.equal (resultWith "订单金额" "") (malformed 2L "订单金额" BillFault.EmptyCell) "the total is never empty"
                Expect.equal (resultWith "退款金额" "x") (malformed 2L "退款金额" BillFault.NotMoney) "every amount is read"
                Expect.isOk (resultWith "退款金额" "") "a payment's refund may be"
            }

            test "a row with one cell too few, and one too many after the last text" {
                let line = lineOf allHeadings payment

                lines [ payment ]
                |> replaced 1 (line + ",`")
                |> resultOf
                |> isMalformed
                |> Expect.isTrue
                <| "too many"

                let short = line.Substring(0, line.LastIndexOf ",`")

                lines [ payment ]
                |> replaced 1 short
                |> resultOf
                |> fun result -> Expect.equal result (malformed 2L "费率备注" BillFault.TooFewCells) "too few"

                lines [ payment ]
                |> replaced 1 ""
                |> resultOf
                |> fun result ->
                    Expect.equal result (malformed 2L "公众账号ID" BillFault.TooFewCells) "an empty line among rows"
            }

            test "a heading that lacks a column, has one twice, or two that mean the same" {
                let without heading =
                    allHeadings |> List.filter (fun known -> known <> heading)

                linesWith (without "费率") [ payment ] |> isRead

                for needed in [ "订单金额"; "交易状态"; "手续费"; "商户订单号"; "微信订单号"; "交易时间"; "退款金额"; "退款状态" ] do
                    linesWith (without needed) [ payment ]
                    |> isRefusedAs (BillError.Malformed(1L, needed, BillFault.MissingColumn))

                linesWith (allHeadings @ [ "费率" ]) [ payment ]
                |> isRefusedAs (BillError.Malformed(1L, "费率", BillFault.DuplicateColumn))

                linesWith (allHeadings @ [ "新增列"; "新增列" ]) [ payment ]
                |> isRefusedAs (BillError.Malformed(1L, "新增列", BillFault.DuplicateColumn))

                linesWith (allHeadings @ [ "总金额" ]) [ payment ]
                |> isRefusedAs (BillError.Malformed(1L, "总金额", BillFault.DuplicateColumn))
            }

            test "a file that is no bill, or none that is known; by heading it is read" {
                [ """{"code":"NO_STATEMENT_EXIST"}""" ] |> isRefusedAs (BillError.Unknown 1)

                let other =
                    [
                        "分账时间,分账金额"
                        "`2026-01-02 00:00:00,`1.00"
                        "`2026-01-02 00:00:01,`2,00"
                        "总笔数"
                        "`2"
                    ]

                other |> isRefusedAs (BillError.Unknown 2)

                let take lines' =
                    readWith true (Take(fun row -> row.Text "分账金额")) [ joined "\n" lines' |> utf8 ]

                let taken, result = take other
                Expect.equal taken [ "1.00"; "2,00" ] "rows by heading, a comma told by its backquote"

                match result with
                | Ok summary ->
                    Expect.equal (summary.Kind, summary.Rows) (BillKind.Undescribed, 2L) "told as undescribed"

                    Expect.equal
                        (summary.Totals
                         |> Seq.map (fun line -> line.Heading, line.Text, line.IsChecked)
                         |> List.ofSeq)
                        [ "总笔数", "2", false ]
                        "its totals, not compared"
                | Error error -> failtest (BillError.message error)

                Expect.equal
                    (snd (take (List.take 4 other)))
                    (Error(BillError.Truncated 4L))
                    "a heading of totals needs its row"

                Expect.equal
                    (snd (take [ "a,b,a" ]))
                    (malformed 1L "column 3" BillFault.DuplicateColumn)
                    "named by its place"

                Expect.equal
                    (snd (take [ "a,b"; "`1" ]))
                    (malformed 2L "column 2" BillFault.TooFewCells)
                    "named by its place"

                let typed, _ = readWith true (Take TradeBillRow.Of) [ file [ payment ] ]
                Expect.equal typed (fst (readLines (lines [ payment ]))) "a known bill is read as such all the same"
            }

            test "a file cut at any byte is never read" {
                let bytes = utf8 (String.concat "\n" good)
                Expect.isOk (snd (BillFiles.read bytes)) "whole"

                for length in 0 .. bytes.Length - 1 do
                    // The last total is 2.00: 2.0 and 2 say the same money, and every row is there.
                    let lost = Encoding.UTF8.GetString(Array.skip length bytes)

                    match snd (BillFiles.read (Array.take length bytes)) with
                    | Ok _ when lost = "0" || lost = ".00" -> ()
                    | Ok _ -> failtest ("read when cut at " + string length)
                    | Error(BillError.Truncated _)
                    | Error(BillError.Unknown _)
                    | Error(BillError.Malformed _)
                    | Error(BillError.SummaryMismatch _) -> ()
                    | Error(BillError.HashMismatch _) -> failtest "no hash was asked for"
            }

            test "a file cut between lines, or within a row, is truncated" {
                for count in 1..4 do
                    List.take count good |> isRefusedAs (BillError.Truncated(int64 count))

                let text = joined "\n" (List.take 2 good)

                Expect.equal
                    (snd (BillFiles.read (utf8 (text.Substring(0, text.Length - 30)))))
                    (Error(BillError.Truncated 2L))
                    "within a row"

                Expect.equal
                    (snd (BillFiles.read (utf8 (String.concat "\n" (List.take 4 good)))))
                    (Error(BillError.Truncated 4L))
                    "after the totals' heading, without its line end"

                let whole = String.concat "\n" good

                Expect.equal
                    (snd (BillFiles.read (utf8 (whole.Substring(0, whole.Length - 8)))))
                    (Error(BillError.Truncated 5L))
                    "within the totals"

                Expect.equal (snd (BillFiles.read [||])) (Error(BillError.Truncated 0L)) "an empty file"
            }

            test "totals that are not what the rows add up to, each" {
                let totals = totalsOf [ payment; refund ]

                for index, heading in List.indexed allTotals do
                    let isCount = index = 0
                    let right = totals[index]

                    let wrong =
                        if isCount then
                            "3"
                        else
                            right.Substring(0, right.Length - 1) + "9"

                    let wrongs = totals |> List.mapi (fun at text -> if at = index then wrong else text)

                    good
                    |> replaced 4 (backquoted wrongs)
                    |> isRefusedAs (BillError.SummaryMismatch(5L, heading, wrong, right))

                good
                |> replaced 4 (backquoted ("x" :: List.tail totals))
                |> resultOf
                |> fun result -> Expect.equal result (malformed 5L "总交易单数" BillFault.NotCount) "no number"

                good
                |> replaced 4 (backquoted (List.take 6 totals))
                |> resultOf
                |> fun result -> Expect.equal result (malformed 5L "申请退款总金额" BillFault.TooFewCells) "one too few"

                good
                |> replaced 3 (String.concat "," (List.tail allTotals))
                |> resultOf
                |> fun result -> Expect.equal result (malformed 4L "总交易单数" BillFault.MissingColumn) "without the count"
            }

            test "a row lost, doubled or changed is found by the totals" {
                let line = lineOf allHeadings payment

                [ yield! List.take 2 good; line; yield! List.skip 2 good ]
                |> isRefusedAs (BillError.SummaryMismatch(6L, "总交易单数", "2", "3"))

                [ good[0]; yield! List.skip 2 good ]
                |> isRefusedAs (BillError.SummaryMismatch(4L, "总交易单数", "2", "1"))

                Expect.equal
                    (resultWith "订单金额" "12.35")
                    (Error(BillError.SummaryMismatch(4L, "订单总金额", "12.34", "12.35")))
                    "a fen"

                Expect.equal
                    (resultWith "手续费" "0.07405")
                    (Error(BillError.SummaryMismatch(4L, "手续费总金额", "0.07404", "0.07405")))
                    "a thousandth of a fen"
            }

            test "something after the totals, but not an empty line" {
                good @ [ ""; "" ] |> isRead

                good @ [ "x" ]
                |> isRefusedAs (BillError.Malformed(6L, "", BillFault.AfterTotals))
            }

            test "bytes that are not UTF-8, by column" {
                let bytes = file [ payment ]
                let at = Encoding.UTF8.GetString(bytes).IndexOf "personal-tea"

                let place =
                    Encoding.UTF8.GetByteCount(Encoding.UTF8.GetString(bytes).Substring(0, at))

                bytes[place] <- 0xFFuy
                Expect.equal (snd (BillFiles.read bytes)) (malformed 2L "商品名称" BillFault.NotUtf8) "named"
            }

            test "the last byte of a row, too" {
                let bytes = file [ payment |> where [ "费率备注", "x" ] ]
                let text = Encoding.UTF8.GetString bytes
                let row = text.IndexOf('\n') + 1
                let ending = text.IndexOf('\n', row)
                let length = Encoding.UTF8.GetByteCount(text.Substring(0, ending).TrimEnd('\r'))
                Expect.equal bytes[length - 1] 'x'B "the remark's end"
                bytes[length - 1] <- 0xFFuy
                Expect.equal (snd (BillFiles.read bytes)) (malformed 2L "费率备注" BillFault.NotUtf8) "named"
            }

            test "a line of 1 MiB is read, one byte more is refused, and memory stays bounded" {
                let longest =
                    BillReader.LineLimit - Encoding.UTF8.GetByteCount(lineOf allHeadings payment)

                let named extra =
                    lines [ payment |> where [ "商品名称", "personal-tea" + String('x', longest + extra) ] ]

                named 0 |> isRead
                named 1 |> isRefusedAs (BillError.Malformed(2L, "", BillFault.LineTooLong))
                let bytes = utf8 (joined "\n" (named 1))

                Expect.equal
                    (readPieces (Array.chunkBySize 1000 bytes) |> snd)
                    (malformed 2L "" BillFault.LineTooLong)
                    "in pieces, too"

                let piece = Array.create 65536 'x'B
                let reader = BillReader(BillRowHandler(fun _ -> ()))
                let before = GC.GetAllocatedBytesForCurrentThread()

                for _ in 1..10_000 do
                    reader.Push(ReadOnlySpan piece) |> ignore

                Expect.isLessThan
                    (GC.GetAllocatedBytesForCurrentThread() - before)
                    8_000_000L
                    "655 MB without a line end"
            }

            test "amounts that cannot be added up" {
                let row = payment |> where [ "手续费", "9999999999999.00000" ]

                let many =
                    [
                        String.concat "," allHeadings
                        yield! List.replicate 20 (lineOf allHeadings row)
                    ]

                Expect.equal (resultOf many) (malformed 11L "手续费" BillFault.TooMuchMoney) "after ten"
            }

            test "after an error nothing is handed on" {
                let bad = lineOf allHeadings (payment |> where [ "订单金额", "x" ])
                let taken, _ = readLines [ good[0]; good[1]; bad; yield! List.skip 1 good ]
                Expect.hasLength taken 1 "the row before it"
            }

            test "messages and advice name no cell's content" {
                let secret = "personal-secret"

                for heading in [ "订单金额"; "交易时间"; "费率"; "商品名称" ] do
                    let row = payment |> where [ heading, secret + ",`" + secret ]

                    match resultOf (lines [ payment ] |> replaced 1 (lineOf allHeadings row)) with
                    | Error error ->
                        let advice = BillError.advice error
                        let told = BillError.message error + advice.English + advice.Chinese + string error
                        Expect.isFalse (told.Contains "personal") told
                    | Ok _ -> failtest "refused"
            }

            test "the hash of the unpacked bytes, in pieces" {
                let bytes = file [ payment; refund ]
                let expected = Convert.ToHexString(SHA1.HashData bytes)
                use hash = new BillHash()

                for piece in Array.chunkBySize 100 bytes do
                    hash.Append(ReadOnlySpan piece)

                Expect.equal (Bill.verify expected hash) (Ok()) "upper case"
                Expect.equal (Bill.verify (expected.ToLowerInvariant()) hash) (Ok()) "lower case"
                let other = Convert.ToHexStringLower(SHA1.HashData(utf8 "another"))

                Expect.equal
                    (Bill.verify other hash)
                    (Error(BillError.HashMismatch(other, expected.ToLowerInvariant())))
                    "another"

                Expect.isError (Bill.verify null hash) "none"
                hash.Append(ReadOnlySpan "x"B)
                Expect.isError (Bill.verify expected hash) "one byte more"
            }

            testProperty
                "any bytes give a result, the same in any pieces"
                (fun (bytes: byte array) (PositiveInt size) ->
                    let bytes = if isNull bytes then [||] else bytes

                    let take bytes' =
                        readWith true (Take(fun row -> row.Text 0)) bytes'

                    take [ bytes ] = take (Array.chunkBySize size bytes)
                    && Result.isError (snd (BillFiles.read bytes)))

            testPropertyWithConfig
                { FsCheckConfig.defaultConfig with
                    maxTest = 2000
                }
                "any fragments of bills give a result, the same in any pieces"
                (Prop.forAll (Arb.fromGen (Gen.zip fragments (Gen.choose (1, 40)))) (fun (text, size) ->
                    let bytes = utf8 text
                    BillFiles.read bytes = readPieces (Array.chunkBySize size bytes)))

            testPropertyWithConfig
                { FsCheckConfig.defaultConfig with
                    maxTest = 2000
                }
                "any changed byte of a good bill gives a result without an exception"
                (fun (at: uint16) (letter: byte) ->
                    let bytes = file [ payment; refund ]
                    bytes[int at % bytes.Length] <- letter
                    let _, result = BillFiles.read bytes
                    Result.isOk result || Result.isError result)
        ]
