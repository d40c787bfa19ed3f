namespace WeChatPay.Simulator

open System.Text.Json.Nodes
open FsToolkit.ErrorHandling

/// Several orders of an e-commerce platform, charged at once under a contract.
[<RequireQualifiedAccess>]
module internal CombinedPapay =
    let private tell now (whole: CombinedOrder) ledger =
        let parts =
            CombinedOrders.partsOf now whole ledger
            |> List.map (fun part -> part, Refunds.isRefunded ledger part)

        {
            Known = CombinedShapes.transaction whole parts
            Ledger = ledger
            News = []
        }

    /// Charges a payer whose contract is in force.
    let charge (setting: FlowSetting) (question: Question) ledger (_: FlowThing) =
        result {
            let! struct (whole, parts) =
                Shapes.element question.Body
                |> Requests.combinedOrder TradeType.Entrust setting.Now setting.MerchantId

            let newPayment () =
                Payment.create setting.NewNumber setting.Now

            let! charged, ledger =
                CombinedOrders.charge newPayment setting.Now whole parts ledger

            return tell setting.Now charged ledger
        }

    let private isCharged (whole: CombinedOrder) = whole.TradeType = TradeType.Entrust

    /// What a call about a charge gives; nothing where nothing was charged yet.
    let private about (setting: FlowSetting) (question: Question) (ledger: Ledger) change =
        let number = FlowStep.parameter "combine_out_trade_no" question

        match CombinedOrders.find setting.Now setting.MerchantId number ledger with
        | Ok whole when isCharged whole -> ValueSome(change whole)
        | Ok _
        | Error _ when Seq.exists isCharged ledger.CombinedOrders.Values -> ValueSome(Error PlatformError.orderNotExist)
        | Ok _
        | Error _ -> ValueNone

    let query (setting: FlowSetting) question ledger =
        about setting question ledger (fun whole -> Ok(tell setting.Now whole ledger))

    let private requireUnrefunded (setting: FlowSetting) (whole: CombinedOrder) ledger =
        if
            CombinedOrders.partsOf setting.Now whole ledger
            |> List.exists (Refunds.isRefunded ledger)
        then
            Error(PlatformError.badRequest "订单已发生退款，不能撤销")
        else
            Ok()

    /// Gives all of a charge back.
    let reverse (setting: FlowSetting) (question: Question) ledger =
        about setting question ledger (fun whole ->
            result {
                let! named = Shapes.element question.Body |> Requests.closedParts setting.MerchantId

                do! requireUnrefunded setting whole ledger

                let! ledger =
                    CombinedOrders.reverse setting.Now setting.MerchantId whole.OutTradeNo named ledger

                return
                    {
                        Known = JsonObject()
                        Ledger = ledger
                        News = []
                    }
            })
