namespace WeChatPay.Simulator

open System
open WeChatPay.Functional

/// Whose bill it is.
[<RequireQualifiedAccess>]
type internal BillOwner =
    /// All that a merchant or a service provider placed.
    | Placer of string
    /// What was placed for one sub-merchant.
    | SubMerchant of Placer: string * SubMerchant: string
    /// A merchant's own account.
    | Account of string

/// What the ledger says of a day, as rows of bills. The fee is 0.60%.
[<RequireQualifiedAccess>]
module internal BillFacts =
    /// Of a fen, in thousandths of a fen.
    [<Literal>]
    let private FeePerFen = 6L

    let private text (value: string) = BillValue.Text value
    let private when' at = text (BillText.time at)

    let private dayOf (at: DateTimeOffset) =
        DateOnly.FromDateTime((at.ToOffset(TimeSpan.FromHours 8.0)).DateTime)

    let private isOf (owner: BillOwner) (whose: Owner) =
        match owner with
        | BillOwner.Placer placer -> whose.Placer = placer
        | BillOwner.SubMerchant(placer, subMerchant) -> whose.Placer = placer && whose.SubMerchant = Some subMerchant
        | BillOwner.Account merchant -> whose.Placer = merchant && whose.SubMerchant.IsNone

    let private common (order: Order) (transactionId: string) : BillLine =
        Map
            [
                BillColumn.Appid, text order.AppId
                BillColumn.Mchid, text order.MerchantId
                BillColumn.SubMchid, text (defaultArg order.Owner.SubMerchant "0")
                BillColumn.TransactionId, text transactionId
                BillColumn.OutTradeNo, text order.OutTradeNo
                BillColumn.Openid, text Payment.OpenId
                BillColumn.TradeType, Shapes.tradeType order.TradeType |> text
                BillColumn.BankType, text "OTHERS"
                BillColumn.Currency, text "CNY"
                BillColumn.Description, text order.Description
                BillColumn.Attach, text order.Attach
                BillColumn.FeeRate, text "0.60%"
            ]

    let private ``with`` (cells: (BillColumn * BillValue) list) (line: BillLine) : BillLine =
        cells
        |> List.fold (fun (line: BillLine) (column, value) -> line.Add(column, value)) line

    let private paid (order: Order) (payment: Payment) =
        common order payment.TransactionId
        |> ``with``
            [
                BillColumn.TradeTime, when' payment.PaidAt
                BillColumn.TradeState, text "SUCCESS"
                BillColumn.SettlementTotal, BillValue.Money order.Total
                BillColumn.Total, BillValue.Money order.Total
                BillColumn.Fee, BillValue.Money(order.Total * FeePerFen)
            ]

    let private givenBack (amount: int64) (line: BillLine) =
        line
        |> ``with``
            [
                BillColumn.SettlementRefund, BillValue.Money amount
                BillColumn.Refund, BillValue.Money amount
                BillColumn.RefundChannel, text "ORIGINAL"
                BillColumn.Fee, BillValue.Money(-amount * FeePerFen)
            ]

    /// A payment that was taken back went back at once, as far as the ledger knows.
    let private revoked (order: Order) (payment: Payment) =
        common order payment.TransactionId
        |> givenBack order.Total
        |> ``with``
            [
                BillColumn.TradeTime, when' payment.PaidAt
                BillColumn.TradeState, text "REVOKED"
                BillColumn.RefundCreateTime, when' payment.PaidAt
                BillColumn.RefundSuccessTime, when' payment.PaidAt
                BillColumn.RefundStatus, text "SUCCESS"
            ]

    let private refunded (order: Order) (refund: RefundEntry) =
        let status, arrived =
            match refund.State with
            | RefundState.Processing -> "PROCESSING", []
            | RefundState.Success at -> "SUCCESS", [ BillColumn.RefundSuccessTime, when' at ]
            | RefundState.Abnormal -> "CHANGE", []
            | RefundState.Closed -> "FAIL", []

        common order refund.TransactionId
        |> givenBack refund.Amount
        |> ``with`` arrived
        |> ``with``
            [
                BillColumn.TradeTime, when' refund.CreatedAt
                BillColumn.TradeState, text "REFUND"
                BillColumn.RefundCreateTime, when' refund.CreatedAt
                BillColumn.RefundId, text refund.RefundId
                BillColumn.OutRefundNo, text refund.OutRefundNo
                BillColumn.RefundStatus, text status
            ]

    /// Payments, and those that were taken back once more, with when.
    let private payments owner (ledger: Ledger) =
        [
            for order in ledger.Orders.Values do
                if isOf owner order.Owner then
                    match order.State with
                    | OrderState.Paid payment -> payment.PaidAt, order, payment, false
                    | OrderState.Revoked(Some payment) ->
                        payment.PaidAt, order, payment, false
                        payment.PaidAt, order, payment, true
                    | OrderState.Revoked None
                    | OrderState.NotPaid
                    | OrderState.Closed
                    | OrderState.Failed -> ()
        ]

    let private refunds owner (ledger: Ledger) =
        [
            for refund in ledger.Refunds.Values do
                if isOf owner refund.Owner then
                    match ledger.Orders.TryFind((refund.Owner, refund.OutTradeNo)) with
                    | Some order -> refund.CreatedAt, order, refund
                    | None -> ()
        ]

    /// The rows of a trade bill of a kind, in the order of their times.
    let trade (kind: BillKind) (owner: BillOwner) (day: DateOnly) (ledger: Ledger) : BillLine list =
        let hasRefunds = kind <> BillKind.TradeSuccess

        [
            for at, order, payment, isRevoked in payments owner ledger do
                if isRevoked && hasRefunds then
                    at, revoked order payment
                elif not isRevoked && kind <> BillKind.TradeRefund then
                    at, paid order payment
            if hasRefunds then
                for at, order, refund in refunds owner ledger do
                    at, refunded order refund
        ]
        |> List.filter (fun (at, _) -> dayOf at = day)
        |> List.sortBy fst
        |> List.map snd

    let private movement at (business: string) suffix name isIn fen voucher : DateTimeOffset * int64 * BillLine =
        at,
        (if isIn then fen else -fen),
        Map
            [
                BillColumn.AccountingTime, when' at
                BillColumn.BusinessId, text business
                BillColumn.FlowId, text (business + suffix)
                BillColumn.BusinessName, text name
                BillColumn.BusinessType, text name
                BillColumn.Direction, text (if isIn then "收入" else "支出")
                BillColumn.Amount, BillValue.Money fen
                BillColumn.Applicant, text "SYSTEM"
                BillColumn.VoucherNo, text voucher
            ]

    /// A fee as it is taken: in whole fen.
    let private feeOf (amount: int64) = (amount * FeePerFen + 500L) / 1000L

    let private withFee at business suffix name isIn amount voucher =
        [
            movement at business suffix name isIn amount voucher

            if feeOf amount > 0L then
                movement at business (suffix + "9") "扣除交易手续费" (not isIn) (feeOf amount) voucher
        ]

    /// What moved in an account so far, as bills say it: each refund that was accepted leaves at once; that one which is closed comes back is not told.
    let private movements owner ledger =
        [
            for at, order, payment, isRevoked in payments owner ledger do
                let suffix = if isRevoked then "2" else "1"
                let name = if isRevoked then "撤销" else "交易"
                yield! withFee at payment.TransactionId suffix name (not isRevoked) order.Total order.OutTradeNo
            for at, _, refund in refunds owner ledger do
                yield! withFee at refund.RefundId "3" "退款" false refund.Amount refund.OutRefundNo
        ]
        |> List.sortBy (fun (at, _, _) -> at)

    /// The rows of a fund-flow bill of the account that trade goes through, each with the balance after it.
    let fundFlow (owner: BillOwner) (day: DateOnly) (ledger: Ledger) : BillLine list =
        movements owner ledger
        |> List.mapFold
            (fun balance (at, fen, line) ->
                let balance = balance + fen
                (at, line |> ``with`` [ BillColumn.Balance, BillValue.Money balance ]), balance)
            0L
        |> fst
        |> List.filter (fun (at, _) -> dayOf at = day)
        |> List.map snd

    /// The sub-merchants that a service provider placed orders for.
    let subMerchants (placer: string) (ledger: Ledger) =
        ledger.Orders.Values
        |> Seq.filter (fun order -> order.Owner.Placer = placer)
        |> Seq.choose (fun order -> order.Owner.SubMerchant)
        |> Seq.distinct
        |> Seq.sort
        |> List.ofSeq
