namespace WeChatPay.Simulator

open System
open System.Security.Cryptography
open FsToolkit.ErrorHandling

/// What calls ask for, checked field by field as the platform does.
[<RequireQualifiedAccess>]
module internal Requests =
    [<Literal>]
    let private OrderNumber = "_-|*"

    [<Literal>]
    let private RefundNumber = "_-|*@"

    let private requireScene tradeType root =
        match tradeType with
        | TradeType.Jsapi -> Rules.text "payer.openid" 1 128 root |> Result.map ignore
        | TradeType.H5 ->
            result {
                let! _ = Rules.text "scene_info.payer_client_ip" 1 45 root
                let! _ = Rules.text "scene_info.h5_info.type" 1 32 root
                return ()
            }
        | TradeType.Native
        | TradeType.App -> Ok()

    let private newPrepayId (now: DateTimeOffset) =
        "wx"
        + now.ToOffset(TimeSpan.FromHours 8.0).ToString("ddHHmmssfff", Globalization.CultureInfo.InvariantCulture)
        + RandomNumberGenerator.GetString("0123456789abcdef".AsSpan(), 21)

    /// An order, from the body that asks for it.
    let order tradeType (now: DateTimeOffset) (merchantId: string) root =
        result {
            let! appId = Rules.text "appid" 1 32 root
            do! Rules.equals "mchid" merchantId root
            let! description = Rules.text "description" 1 127 root
            let! outTradeNo = Rules.number "out_trade_no" 6 32 OrderNumber root
            let! attach = Rules.optionalText "attach" 128 root
            let! notifyUrl = Rules.notifyUrl "notify_url" root
            let! total = Rules.integer "amount.total" 1L root
            do! Rules.currency "amount.currency" root
            let! expires = Rules.optionalTime "time_expire" root
            do! requireScene tradeType root

            return
                {
                    TradeType = tradeType
                    AppId = appId
                    MerchantId = merchantId
                    OutTradeNo = outTradeNo
                    Description = description
                    Attach = defaultArg attach ""
                    NotifyUrl = notifyUrl
                    Total = total
                    ExpiresAt = defaultArg expires (now.AddDays 7.0)
                    Content = root
                    PrepayId = newPrepayId now
                    State = OrderState.NotPaid
                }
        }

    /// A refund, from the body that asks for it.
    let refund root =
        result {
            let! transactionId = Rules.optionalText "transaction_id" 32 root
            let! outTradeNo = Rules.optionalText "out_trade_no" 32 root
            let! outRefundNo = Rules.number "out_refund_no" 1 64 RefundNumber root
            let! _ = Rules.optionalText "reason" 80 root
            let! notifyUrl = Rules.optionalNotifyUrl "notify_url" root
            let! amount = Rules.integer "amount.refund" 1L root
            let! total = Rules.integer "amount.total" 1L root
            let! _ = Rules.text "amount.currency" 1 16 root
            do! Rules.currency "amount.currency" root

            return
                {
                    OutRefundNo = outRefundNo
                    TransactionId = transactionId
                    OutTradeNo = outTradeNo
                    Amount = amount
                    Total = total
                    NotifyUrl = notifyUrl
                    Content = root
                }
        }
