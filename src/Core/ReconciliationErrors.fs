namespace WeChatPay.Functional

open System.Globalization

/// Which of the two that are compared.
type ReconciliationSide =
    /// The platform's bill.
    | Bill = 0
    /// The merchant's own ledger.
    | Ledger = 1

/// Why a comparison cannot go on. Positions count entries of a side from 1.
[<RequireQualifiedAccess>]
type ReconciliationError =
    /// An entry comes before the one before it, in the order of `MoneyEntry.compare`.
    | Unsorted of Side: ReconciliationSide * Position: int64
    /// An entry has no number, or is of no kind.
    | BadEntry of Side: ReconciliationSide * Position: int64
    /// Amounts add up to more than can be counted.
    | TooMuchMoney of Side: ReconciliationSide * Position: int64
    /// An entry was given that was not asked for.
    | NotAskedFor of Side: ReconciliationSide * Position: int64

/// What an error of a comparison means, and what to do about it.
[<RequireQualifiedAccess>]
module ReconciliationError =
    /// The name that the tool shows; stable.
    let code error =
        match error with
        | ReconciliationError.Unsorted _ -> "ledger_unsorted"
        | ReconciliationError.BadEntry _ -> "ledger_bad_entry"
        | ReconciliationError.TooMuchMoney _ -> "ledger_too_much_money"
        | ReconciliationError.NotAskedFor _ -> "ledger_not_asked_for"

    let private place side (position: int64) =
        let name =
            match side with
            | ReconciliationSide.Bill -> "the bill"
            | _ -> "the ledger"

        "Entry " + position.ToString CultureInfo.InvariantCulture + " of " + name

    /// What was found, in one sentence of facts.
    let message error =
        match error with
        | ReconciliationError.Unsorted(side, position) -> place side position + " comes before the one before it."
        | ReconciliationError.BadEntry(side, position) -> place side position + " has no number, or is of no kind."
        | ReconciliationError.TooMuchMoney(side, position) ->
            place side position + " makes amounts more than can be counted."
        | ReconciliationError.NotAskedFor(side, position) -> place side position + " was not asked for."

    /// The likely cause and what to do.
    let advice error =
        match error with
        | ReconciliationError.Unsorted _ ->
            {
                English =
                    "Both sides must be sorted alike: by kind, number and sub-merchant, texts by their bytes. A database sorts so with the collation C (PostgreSQL) or BINARY (SQLite), not with a language's; a bill is sorted by nothing."
                Chinese = "双方须按同一规则排序：类型、单号、特约商户号，文本按字节比较。数据库请使用 C（PostgreSQL）或 BINARY（SQLite）排序规则，而非语言排序规则；账单本身没有排序。"
            }
        | ReconciliationError.BadEntry _ ->
            {
                English =
                    "The query gives a row without the merchant's number, or of another kind than payment, reversal or refund: leave out what was never sent to the platform."
                Chinese = "查询结果中有缺少商户单号的行，或类型不是支付、撤销、退款：请排除从未提交到平台的记录。"
            }
        | ReconciliationError.TooMuchMoney _ ->
            {
                English = "Amounts are in fen, as 64-bit numbers; look at the unit that the query gives."
                Chinese = "金额单位为分（64 位整数）；请检查查询结果的单位。"
            }
        | ReconciliationError.NotAskedFor _ ->
            {
                English =
                    "A mistake in the program that drives the comparison: give an entry only of the side that `Next` asks for, and take what was found first."
                Chinese = "驱动对账的程序有误：只能提供 `Next` 所要求一方的记录，并先取走已得出的结果。"
            }
