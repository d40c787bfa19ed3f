namespace WeChatPay.Simulator

open System
open System.Security.Cryptography
open FsToolkit.ErrorHandling

/// Who calls: a merchant for himself, or a service provider for a sub-merchant.
[<RequireQualifiedAccess>]
type internal Side =
    | Merchant
    | Provider

/// What calls ask for, checked field by field as the platform does.
[<RequireQualifiedAccess>]
module internal Requests =
    [<Literal>]
    let private OrderNumber = "_-|*"

    [<Literal>]
    let private RefundNumber = "_-|*@"

    let private requireScene root =
        result {
            let! _ = Rules.text "scene_info.payer_client_ip" 1 45 root
            let! _ = Rules.text "scene_info.h5_info.type" 1 32 root
            return ()
        }

    let private requirePayer side root =
        match side with
        | Side.Merchant -> Rules.text "payer.openid" 1 128 root |> Result.map ignore
        | Side.Provider -> Rules.oneOf "payer.sp_openid" "payer.sub_openid" 128 root

    /// A payment code has 18 digits, and begins with 10 to 15.
    let private requireCode root =
        result {
            let! code = Rules.number "payer.auth_code" 18 18 "" root

            if not (String.forall Char.IsAsciiDigit code) || code[0] <> '1' || code[1] > '5' then
                return! Error(PlatformError.parameter "body" "/payer/auth_code" code "不是有效的付款码")

            let! _ = Rules.text "scene_info.store_info.id" 1 32 root
            return ()
        }

    /// What one way of paying needs beyond the others.
    let private requireWay tradeType payer root =
        match tradeType with
        | TradeType.Jsapi -> payer root
        | TradeType.H5 -> requireScene root
        | TradeType.Code -> requireCode root
        | TradeType.Native
        | TradeType.App
        | TradeType.Entrust -> Ok()

    /// Where the payment is told of; nobody is told of what the counter already knows.
    let private notifyUrlOf tradeType root =
        match tradeType with
        | TradeType.Code -> Ok ""
        | TradeType.Entrust -> Rules.notifyUrl "transaction_notify_url" root
        | TradeType.Native
        | TradeType.Jsapi
        | TradeType.App
        | TradeType.H5 -> Rules.notifyUrl "notify_url" root

    let private newPrepayId (now: DateTimeOffset) =
        "wx"
        + now.ToOffset(TimeSpan.FromHours 8.0).ToString("ddHHmmssfff", Globalization.CultureInfo.InvariantCulture)
        + RandomNumberGenerator.GetString("0123456789abcdef".AsSpan(), 21)

    /// Whose an order is: a merchant's own, or a sub-merchant's for whom a service provider calls.
    let owner side merchantId root =
        match side with
        | Side.Merchant ->
            Rules.equals "mchid" merchantId root
            |> Result.map (fun () ->
                {
                    Placer = merchantId
                    SubMerchant = None
                })
        | Side.Provider ->
            result {
                do! Rules.equals "sp_mchid" merchantId root
                let! subMerchant = Rules.text "sub_mchid" 1 32 root

                return
                    {
                        Placer = merchantId
                        SubMerchant = Some subMerchant
                    }
            }

    let private parties side merchantId root =
        match side with
        | Side.Merchant ->
            result {
                let! appId = Rules.text "appid" 1 32 root
                let! owner = owner side merchantId root
                return struct (appId, None, owner)
            }
        | Side.Provider ->
            result {
                let! appId = Rules.text "sp_appid" 1 32 root
                let! subAppId = Rules.optionalText "sub_appid" 32 root
                let! owner = owner side merchantId root
                return struct (appId, subAppId, owner)
            }

    let private orderOf
        side
        tradeType
        (now: DateTimeOffset)
        (merchantId: string)
        whose
        root
        : Result<Order, PlatformError> =
        result {
            let struct (appId, subAppId, owner) = whose
            let! description = Rules.text "description" 1 127 root
            let! outTradeNo = Rules.number "out_trade_no" 6 32 OrderNumber root
            let! attach = Rules.optionalText "attach" 128 root
            let! notifyUrl = notifyUrlOf tradeType root
            let! total = Rules.integer "amount.total" 1L root
            do! Rules.currency "amount.currency" root
            let! expires = Rules.optionalTime "time_expire" root
            do! requireWay tradeType (requirePayer side) root

            return
                {
                    TradeType = tradeType
                    Owner = owner
                    MerchantId = merchantId
                    AppId = appId
                    SubAppId = subAppId
                    Whole = None
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

    /// An order, from the body that asks for it.
    let order side tradeType now merchantId root =
        parties side merchantId root
        |> Result.bind (fun whose -> orderOf side tradeType now merchantId whose root)

    /// A deduction under a contract, from the body that asks for it, which does not name the merchant.
    let deduction side now merchantId root =
        result {
            let! appId =
                Rules.text (if side = Side.Merchant then "appid" else "sp_appid") 1 32 root

            let! subAppId = Rules.optionalText "sub_appid" 32 root
            let! subMerchant = Rules.optionalText "sub_mchid" 32 root

            let owner =
                {
                    Placer = merchantId
                    SubMerchant = subMerchant
                }

            return! orderOf side TradeType.Entrust now merchantId (struct (appId, subAppId, owner)) root
        }

    /// Whose a part of a combined order is, and its number.
    let private partKey merchantId path root =
        result {
            let! _ = Rules.text (path + ".mchid") 1 32 root
            let! subMerchant = Rules.optionalText (path + ".sub_mchid") 32 root
            let! outTradeNo = Rules.number (path + ".out_trade_no") 6 32 OrderNumber root

            return
                {
                    Placer = merchantId
                    SubMerchant = subMerchant
                },
                outTradeNo
        }

    /// What is charged by contract may have none.
    let private attachOf tradeType path root =
        match tradeType with
        | TradeType.Entrust -> Rules.optionalText path 128 root |> Result.map (Option.defaultValue "")
        | TradeType.Native
        | TradeType.Jsapi
        | TradeType.App
        | TradeType.H5
        | TradeType.Code -> Rules.text path 1 128 root

    let private part (whole: CombinedOrder) root path : Result<Order, PlatformError> =
        result {
            let! owner, outTradeNo = partKey whole.MerchantId path root
            let! merchantId = Rules.text (path + ".mchid") 1 32 root
            let! subAppId = Rules.optionalText (path + ".sub_appid") 32 root
            let! description = Rules.text (path + ".description") 1 127 root
            let! attach = attachOf whole.TradeType (path + ".attach") root
            let! total = Rules.integer (path + ".amount.total_amount") 1L root
            let! _ = Rules.text (path + ".amount.currency") 1 16 root
            do! Rules.currency (path + ".amount.currency") root

            return
                {
                    TradeType = whole.TradeType
                    Owner = owner
                    MerchantId = merchantId
                    AppId = whole.AppId
                    SubAppId = subAppId
                    Whole = Some whole.OutTradeNo
                    OutTradeNo = outTradeNo
                    Description = description
                    Attach = attach
                    NotifyUrl = whole.NotifyUrl
                    Total = total
                    ExpiresAt = whole.ExpiresAt
                    Content = root
                    PrepayId = whole.PrepayId
                    State = OrderState.NotPaid
                }
        }

    let private requirePayerOfAll root =
        Rules.oneOf "combine_payer_info.openid" "combine_payer_info.sub_openid" 128 root

    let private notifyUrlOfAll tradeType root =
        match tradeType with
        | TradeType.Entrust -> Ok ""
        | TradeType.Native
        | TradeType.Jsapi
        | TradeType.App
        | TradeType.H5
        | TradeType.Code -> Rules.notifyUrl "notify_url" root

    let private whole tradeType (now: DateTimeOffset) merchantId root : Result<CombinedOrder, PlatformError> =
        result {
            let! appId = Rules.text "combine_appid" 1 32 root
            do! Rules.equals "combine_mchid" merchantId root
            let! outTradeNo = Rules.number "combine_out_trade_no" 2 32 OrderNumber root
            let! notifyUrl = notifyUrlOfAll tradeType root
            let! expires = Rules.optionalTime "time_expire" root
            do! requireWay tradeType requirePayerOfAll root

            return
                {
                    TradeType = tradeType
                    AppId = appId
                    MerchantId = merchantId
                    OutTradeNo = outTradeNo
                    NotifyUrl = notifyUrl
                    ExpiresAt = defaultArg expires (now.AddDays 7.0)
                    Parts = []
                    Content = root
                    PrepayId = newPrepayId now
                    State = OrderState.NotPaid
                }
        }

    /// How many orders can be combined.
    [<Literal>]
    let private MostParts = 50

    /// A combined order and its parts, from the body that asks for it.
    let combinedOrder tradeType now merchantId root =
        result {
            let! whole = whole tradeType now merchantId root
            let! paths = Rules.elements "sub_orders" MostParts root
            let! parts = List.traverseResultM (part whole root) paths

            do!
                List.zip paths parts
                |> List.map (fun (path, part) -> path + ".out_trade_no", part.OutTradeNo)
                |> Rules.distinct

            let keys = parts |> List.map (fun part -> part.Owner, part.OutTradeNo)
            return struct (({ whole with Parts = keys }: CombinedOrder), parts)
        }

    /// The parts that the closing of a combined order names.
    let closedParts merchantId root =
        result {
            let! _ = Rules.text "combine_appid" 1 32 root
            let! paths = Rules.elements "sub_orders" MostParts root
            return! List.traverseResultM (fun path -> partKey merchantId path root) paths
        }

    let private requiredCurrency path root =
        result {
            let! _ = Rules.text path 1 16 root
            do! Rules.currency path root
        }

    let private refundIn currency owner root =
        result {
            let! transactionId = Rules.optionalText "transaction_id" 32 root
            let! outTradeNo = Rules.optionalText "out_trade_no" 32 root
            let! outRefundNo = Rules.number "out_refund_no" 1 64 RefundNumber root
            let! _ = Rules.optionalText "reason" 80 root
            let! notifyUrl = Rules.optionalNotifyUrl "notify_url" root
            let! amount = Rules.integer "amount.refund" 1L root
            let! total = Rules.integer "amount.total" 1L root
            do! currency "amount.currency" root

            return
                {
                    Owner = owner
                    OutRefundNo = outRefundNo
                    TransactionId = transactionId
                    OutTradeNo = outTradeNo
                    Amount = amount
                    Total = total
                    NotifyUrl = notifyUrl
                    Content = root
                }
        }

    /// A refund, from the body that asks for it.
    let refund owner root = refundIn requiredCurrency owner root

    /// A refund of a sub-merchant's order on an e-commerce platform.
    let ecommerceRefund owner root =
        result {
            let! _ = Rules.text "sp_appid" 1 32 root
            return! refundIn Rules.currency owner root
        }
