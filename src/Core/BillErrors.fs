namespace WeChatPay.Functional

open System.Globalization

/// What a line of a bill is refused for.
type BillFault =
    /// The bytes are not UTF-8.
    | NotUtf8 = 0
    /// The line is longer than any bill's.
    | LineTooLong = 1
    /// The heading lacks a column or total that this kind of bill has.
    | MissingColumn = 2
    /// The heading has two columns of one name, or two that mean the same.
    | DuplicateColumn = 3
    /// The row has fewer cells than the heading.
    | TooFewCells = 4
    /// The row has more cells than the heading, and which separator belongs to a text cannot be told.
    | TooManyCells = 5
    /// The cell is empty where it never is.
    | EmptyCell = 6
    /// The cell is no amount of yuan of the column's precision.
    | NotMoney = 7
    /// The cell is no local time.
    | NotTime = 8
    /// The cell is no rate in per cent.
    | NotPercent = 9
    /// The cell is no number of things.
    | NotCount = 10
    /// The column's amounts add up to more than can be counted.
    | TooMuchMoney = 11
    /// Something follows the totals.
    | AfterTotals = 12
    /// The packed file cannot be unpacked.
    | Damaged = 13

/// Why a bill is not believed. Lines count from 1; a column is named by its heading; what stands in a cell is never told.
[<RequireQualifiedAccess>]
type BillError =
    /// The first line is not the heading of a known bill.
    | Unknown of Columns: int
    /// A line cannot be read.
    | Malformed of Line: int64 * Column: string * Fault: BillFault
    /// A total is not what the rows add up to, both as bills write them.
    | SummaryMismatch of Line: int64 * Column: string * Stated: string * Counted: string
    /// The file ends before its totals; the last line that was read.
    | Truncated of Line: int64
    /// The file's hash is not the one that the platform gave.
    | HashMismatch of Expected: string * Actual: string

/// What an error of a bill means, and what to do about it.
[<RequireQualifiedAccess>]
module BillError =
    /// The name that the tool shows; stable.
    let code error =
        match error with
        | BillError.Unknown _ -> "bill_unknown"
        | BillError.Malformed _ -> "bill_malformed"
        | BillError.SummaryMismatch _ -> "bill_summary_mismatch"
        | BillError.Truncated _ -> "bill_truncated"
        | BillError.HashMismatch _ -> "bill_hash_mismatch"

    /// The line that it was found in; of a file that ends too early, the last one. None where it is about the file.
    let line error =
        match error with
        | BillError.Malformed(line, _, _)
        | BillError.SummaryMismatch(line, _, _, _)
        | BillError.Truncated line -> ValueSome line
        | BillError.Unknown _ -> ValueSome 1L
        | BillError.HashMismatch _ -> ValueNone

    let private reason fault =
        match fault with
        | BillFault.NotUtf8 -> "is not UTF-8"
        | BillFault.LineTooLong -> "has a line that is too long"
        | BillFault.MissingColumn -> "is missing from the heading"
        | BillFault.DuplicateColumn -> "is in the heading twice"
        | BillFault.TooFewCells -> "has no cell in this row"
        | BillFault.TooManyCells -> "may hold a comma, and it cannot be told which"
        | BillFault.EmptyCell -> "is empty"
        | BillFault.NotMoney -> "is no amount"
        | BillFault.NotTime -> "is no time"
        | BillFault.NotPercent -> "is no rate"
        | BillFault.NotCount -> "is no number"
        | BillFault.TooMuchMoney -> "adds up to more than can be counted"
        | BillFault.AfterTotals -> "is followed by something"
        | BillFault.Damaged -> "cannot be unpacked"
        | _ -> "cannot be read"

    let private number (value: int64) =
        value.ToString CultureInfo.InvariantCulture

    /// What was found, in one sentence of facts; no cell's content.
    let message error =
        match error with
        | BillError.Unknown columns ->
            "Line 1 is not the heading of a known bill; it has "
            + number (int64 columns)
            + " columns."
        | BillError.Malformed(line, _, BillFault.Damaged) ->
            "The packed file is damaged: it cannot be unpacked from line "
            + number line
            + " on."
        | BillError.Malformed(line, column, fault) ->
            "Line "
            + number line
            + ", "
            + (if column = "" then "the line" else column)
            + ": "
            + reason fault
            + "."
        | BillError.SummaryMismatch(line, column, stated, counted) ->
            "Line "
            + number line
            + ", "
            + column
            + ": the bill says "
            + stated
            + ", its rows add up to "
            + counted
            + "."
        | BillError.Truncated line -> "The file ends after line " + number line + ", before its totals."
        | BillError.HashMismatch(expected, actual) ->
            "The file's SHA-1 is " + actual + ", the platform said " + expected + "."

    let private adviceOn fault =
        match fault with
        | BillFault.TooManyCells ->
            {
                English =
                    "A product's name or an attachment holds a comma, which the platform does not quote, and here both readings are possible: look at this line yourself, and leave commas followed by backquotes out of names."
                Chinese = "商品名称或商户数据包中含有逗号（平台不加引号），此行有多种读法，无法确定：请人工查看该行，并避免在商品名称或附加数据中使用逗号加反引号。"
            }
        | BillFault.MissingColumn
        | BillFault.DuplicateColumn ->
            {
                English =
                    "The platform changed the bill, or the file was edited: download it again; if it stays so, see whether a newer version of this library knows the heading, and report it."
                Chinese = "平台调整了账单格式，或文件被修改过：请重新下载；若仍如此，请升级本库或反馈该表头。"
            }
        | _ ->
            {
                English =
                    "The file was changed after the platform made it, by a spreadsheet or an editor, or was damaged on the way: download it again and check its hash; if the hash is right, report line and column to this library."
                Chinese = "文件在下载后被表格软件或编辑器改动过，或传输中损坏：请重新下载并核对哈希；若哈希正确，请把行号和列名反馈给本库。"
            }

    /// The likely cause and what to do.
    let advice error =
        match error with
        | BillError.Unknown _ ->
            {
                English =
                    "This is no bill file, or one whose columns this version does not know: check that it is unpacked (gunzip) and is the file itself, not an answer of the API; read other bills by heading."
                Chinese = "这不是账单文件，或其列名尚未收录：请确认文件已解压（gunzip），且是账单本身而非接口应答；其他账单可按表头名称读取。"
            }
        | BillError.Malformed(_, _, fault) -> adviceOn fault
        | BillError.SummaryMismatch _ ->
            {
                English =
                    "Rows are missing, doubled or changed, or the totals are: download the file again and check its hash. Do not settle by this file; if the hash is right, ask the platform's support."
                Chinese = "明细有缺失、重复或被改动，或汇总被改动：请重新下载并核对哈希。请勿据此文件对账；若哈希正确，请联系平台客服。"
            }
        | BillError.Truncated _ ->
            {
                English =
                    "The download or a copy was cut short: download the file again; a whole one ends with a heading and a row of totals."
                Chinese = "下载或复制中断，文件不完整：请重新下载；完整的账单以汇总表头和汇总数据结尾。"
            }
        | BillError.HashMismatch _ ->
            {
                English =
                    "The file is not the one that the platform offered: it was changed or cut on the way, or the hash is of another day's file. Hash the unpacked bytes, download again, and do not settle by this file."
                Chinese = "文件与平台提供的不一致：传输中被改动或截断，或哈希属于另一天的账单。请对解压后的内容计算哈希并重新下载，勿据此文件对账。"
            }
