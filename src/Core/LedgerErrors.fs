namespace WeChatPay.Functional

open System.Globalization

/// What a row of a ledger is refused for.
type LedgerFault =
    /// The row has fewer cells than the heading.
    | TooFewCells = 0
    /// The row has more cells than the heading.
    | TooManyCells = 1
    /// A quotation mark stands where none may, or is not closed.
    | BadQuotes = 2
    /// The row is longer than any ledger's.
    | RowTooLong = 3
    /// There is nothing where something must be.
    | Empty = 4
    /// Not `payment`, `reversal` or `refund`.
    | NotKind = 5
    /// Not `done`, `under_way`, `failed` or `other`.
    | NotStatus = 6
    /// No whole number of fen of at least 0.
    | NotFen = 7
    /// No whole number of thousandths of a fen.
    | NotFee = 8
    /// No time.
    | NotTime = 9
    /// The bytes are not UTF-8.
    | NotUtf8 = 10

/// Why a ledger cannot be read. Rows count from 1 after the heading; a column is named, what stands in it is never told.
[<RequireQualifiedAccess>]
type LedgerError =
    /// There is no column of this name.
    | MissingColumn of Column: string
    /// Two columns have this name.
    | DuplicateColumn of Column: string
    /// A row cannot be read; the column is empty where it is about the whole row.
    | Malformed of Row: int64 * Column: string * Fault: LedgerFault

/// What an error of a ledger means, and what to do about it.
[<RequireQualifiedAccess>]
module LedgerError =
    /// The name that the tool shows; stable.
    let code error =
        match error with
        | LedgerError.MissingColumn _ -> "ledger_column_missing"
        | LedgerError.DuplicateColumn _ -> "ledger_column_doubled"
        | LedgerError.Malformed _ -> "ledger_malformed"

    /// The row that it was found in; none where it is about the heading.
    let row error =
        match error with
        | LedgerError.MissingColumn _
        | LedgerError.DuplicateColumn _ -> ValueNone
        | LedgerError.Malformed(row, _, _) -> ValueSome row

    let private reason fault =
        match fault with
        | LedgerFault.TooFewCells -> "has too few cells"
        | LedgerFault.TooManyCells -> "has too many cells"
        | LedgerFault.BadQuotes -> "has a quotation mark that is not closed, or stands where none may"
        | LedgerFault.RowTooLong -> "is too long"
        | LedgerFault.Empty -> "is empty"
        | LedgerFault.NotKind -> "is not payment, reversal or refund"
        | LedgerFault.NotStatus -> "is not done, under_way, failed or other"
        | LedgerFault.NotFen -> "is no whole number of fen of at least 0"
        | LedgerFault.NotFee -> "is no whole number of thousandths of a fen"
        | LedgerFault.NotTime -> "is no time"
        | LedgerFault.NotUtf8 -> "is not UTF-8"
        | _ -> "cannot be read"

    /// What was found, in one sentence of facts; no cell's content.
    let message error =
        match error with
        | LedgerError.MissingColumn column -> "The ledger has no column " + column + "."
        | LedgerError.DuplicateColumn column -> "The ledger has two columns " + column + "."
        | LedgerError.Malformed(row, column, fault) ->
            "Row "
            + row.ToString CultureInfo.InvariantCulture
            + " of the ledger, "
            + (if column = "" then "the row" else column)
            + ": "
            + reason fault
            + "."

    let private onQuotes =
        {
            English =
                "The file is no CSV as RFC 4180 has it, or the cut part of one: separate with commas, quote what holds commas, line ends or quotation marks, and double those."
            Chinese = "文件不符合 RFC 4180 的 CSV 格式，或文件不完整：请以逗号分隔；含逗号、换行或引号的内容须加引号，其中的引号写两次。"
        }

    let private adviceOn fault =
        match fault with
        | LedgerFault.NotUtf8 ->
            {
                English = "A spreadsheet wrote the file in its own character set: save it as CSV UTF-8."
                Chinese = "文件由表格软件以其他字符集（如 GBK）保存：请另存为 CSV UTF-8。"
            }
        | LedgerFault.TooFewCells
        | LedgerFault.TooManyCells
        | LedgerFault.BadQuotes
        | LedgerFault.RowTooLong -> onQuotes
        | LedgerFault.NotFen
        | LedgerFault.NotFee ->
            {
                English =
                    "Amounts are whole numbers: fen in `fen` (12.34 yuan is 1234), thousandths of a fen in `fee_milli_fen` (a fee of 0.07404 yuan is 7404). A database's floating point is no money: cast it in the query."
                Chinese =
                    "金额须为整数：`fen` 以分为单位（12.34 元写作 1234），`fee_milli_fen` 以千分之一分为单位（手续费 0.07404 元写作 7404）。请勿使用浮点数，可在查询中转换。"
            }
        | LedgerFault.NotTime ->
            {
                English =
                    "A time is `2026-01-02 03:04:05` in +08:00, the same with its own offset (`2026-01-02T03:04:05Z`), or seconds since 1970."
                Chinese = "时间写作 `2026-01-02 03:04:05`（东八区）、带时区的 `2026-01-02T03:04:05Z`，或 1970 年以来的秒数。"
            }
        | _ ->
            {
                English =
                    "The query or export gives something that is no payment, reversal or refund: leave such rows out, or fill the column."
                Chinese = "查询或导出的结果中有不属于支付、撤销、退款的记录：请排除这些行，或补全该列。"
            }

    /// The likely cause and what to do.
    let advice error =
        match error with
        | LedgerError.MissingColumn _ ->
            {
                English =
                    "Name the columns as the fields of an entry: `kind`, `number`, `time`, `fen`; and if you have them `status`, `sub_merchant_id`, `payment_number`, `fee_milli_fen`. In SQL: `SELECT out_trade_no AS number, …`."
                Chinese =
                    "列名须与字段名一致：`kind`、`number`、`time`、`fen`；可选 `status`、`sub_merchant_id`、`payment_number`、`fee_milli_fen`。SQL 中可写 `SELECT out_trade_no AS number, …`。"
            }
        | LedgerError.DuplicateColumn _ ->
            {
                English = "Which of the two is meant cannot be told: select it once."
                Chinese = "无法确定应使用哪一列：请只保留一列。"
            }
        | LedgerError.Malformed(_, _, fault) -> adviceOn fault
