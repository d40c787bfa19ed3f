namespace WeChatPay.Functional

open System
open System.Globalization

/// A rule that an order breaks. `Field` is the field's path on the wire, such as `sub_orders[1].amount.total_amount`.
[<RequireQualifiedAccess>]
type OrderError =
    /// The field must be there and not empty.
    | Missing of Field: string
    /// The text is shorter than the platform takes.
    | TooShort of Field: string * Characters: int * Least: int
    /// The text is longer than the platform takes; it counts characters here.
    | TooLong of Field: string * Characters: int * Most: int
    /// The text is longer than the platform takes; it counts bytes in UTF-8 here.
    | TooManyBytes of Field: string * Bytes: int * Most: int
    /// The text has a character that is not allowed there.
    | BadCharacters of Field: string * Allowed: string
    /// The text has half a surrogate pair, which cannot be sent.
    | NotWellFormed of Field: string
    /// The amount is not at least one fen.
    | NotPositive of Field: string * Fen: int64
    /// The currency is another than CNY.
    | NotCny of Field: string
    /// The way to pay is none that there is.
    | UnknownWay of Field: string
    /// The address is not an absolute one of http or https that the platform takes.
    | NotAnAddress of Field: string
    /// The address is not https.
    | NotHttps of Field: string
    /// The address has a query or a fragment.
    | HasQuery of Field: string
    /// The address names a host that cannot be reached from the internet.
    | NotReachable of Field: string * Host: string
    /// The order would end before it can be paid.
    | ExpiresTooSoon of Field: string * Expires: DateTimeOffset * Earliest: DateTimeOffset
    /// The order would end later than the platform keeps it.
    | ExpiresTooLate of Field: string * Expires: DateTimeOffset * Latest: DateTimeOffset
    /// The way to pay needs to know who pays.
    | NoPayer of Field: string
    /// The payer is named twice, where one of the two is to be chosen.
    | PayerTwice of Field: string * Other: string
    /// The payer is named within a sub-merchant's appid, which is not named.
    | NoSubAppid of Field: string
    /// The way to pay needs to know where the order is placed.
    | NoScene of Field: string
    /// The text is not an address of IPv4 or IPv6.
    | NotAnIp of Field: string
    /// The page or app is none of the kinds that there are.
    | UnknownH5Type of Field: string
    /// The field has no place in an order of this kind, or for this way to pay: it would be lost.
    | OutOfPlace of Field: string
    /// The combined order has fewer orders than the platform takes.
    | TooFewSubOrders of Field: string * Count: int * Least: int
    /// The combined order has more orders than the platform takes.
    | TooManySubOrders of Field: string * Count: int * Most: int
    /// Two orders of a combined one have the same number.
    | SameOutTradeNo of Field: string * Other: string

/// What a broken rule means, and what to do about it.
[<RequireQualifiedAccess>]
module OrderError =
    /// The name that logs show; stable.
    let code error =
        match error with
        | OrderError.Missing _ -> "missing"
        | OrderError.TooShort _ -> "too_short"
        | OrderError.TooLong _ -> "too_long"
        | OrderError.TooManyBytes _ -> "too_many_bytes"
        | OrderError.BadCharacters _ -> "bad_characters"
        | OrderError.NotWellFormed _ -> "not_well_formed"
        | OrderError.NotPositive _ -> "not_positive"
        | OrderError.NotCny _ -> "not_cny"
        | OrderError.UnknownWay _ -> "unknown_way"
        | OrderError.NotAnAddress _ -> "not_an_address"
        | OrderError.NotHttps _ -> "not_https"
        | OrderError.HasQuery _ -> "has_query"
        | OrderError.NotReachable _ -> "not_reachable"
        | OrderError.ExpiresTooSoon _ -> "expires_too_soon"
        | OrderError.ExpiresTooLate _ -> "expires_too_late"
        | OrderError.NoPayer _ -> "no_payer"
        | OrderError.PayerTwice _ -> "payer_twice"
        | OrderError.NoSubAppid _ -> "no_sub_appid"
        | OrderError.NoScene _ -> "no_scene"
        | OrderError.NotAnIp _ -> "not_an_ip"
        | OrderError.UnknownH5Type _ -> "unknown_h5_type"
        | OrderError.OutOfPlace _ -> "out_of_place"
        | OrderError.TooFewSubOrders _ -> "too_few_sub_orders"
        | OrderError.TooManySubOrders _ -> "too_many_sub_orders"
        | OrderError.SameOutTradeNo _ -> "same_out_trade_no"

    /// The field's path on the wire.
    let field error =
        match error with
        | OrderError.Missing field
        | OrderError.TooShort(field, _, _)
        | OrderError.TooLong(field, _, _)
        | OrderError.TooManyBytes(field, _, _)
        | OrderError.BadCharacters(field, _)
        | OrderError.NotWellFormed field
        | OrderError.NotPositive(field, _)
        | OrderError.NotCny field
        | OrderError.UnknownWay field
        | OrderError.NotAnAddress field
        | OrderError.NotHttps field
        | OrderError.HasQuery field
        | OrderError.NotReachable(field, _)
        | OrderError.ExpiresTooSoon(field, _, _)
        | OrderError.ExpiresTooLate(field, _, _)
        | OrderError.NoPayer field
        | OrderError.PayerTwice(field, _)
        | OrderError.NoSubAppid field
        | OrderError.NoScene field
        | OrderError.NotAnIp field
        | OrderError.UnknownH5Type field
        | OrderError.OutOfPlace field
        | OrderError.TooFewSubOrders(field, _, _)
        | OrderError.TooManySubOrders(field, _, _)
        | OrderError.SameOutTradeNo(field, _) -> field

    let private number (value: int) =
        value.ToString CultureInfo.InvariantCulture

    let private instant (time: DateTimeOffset) =
        time.ToUniversalTime().ToString("yyyy-MM-dd'T'HH:mm:ss'Z'", CultureInfo.InvariantCulture)

    /// What was found, in one sentence of facts: lengths and times, never the text itself.
    let message error =
        let found =
            match error with
            | OrderError.Missing _ -> "is missing or empty"
            | OrderError.TooShort(_, characters, least) ->
                "has " + number characters + " characters, " + number least + " are the least"
            | OrderError.TooLong(_, characters, most) ->
                "has " + number characters + " characters, " + number most + " are the most"
            | OrderError.TooManyBytes(_, bytes, most) ->
                "has " + number bytes + " bytes in UTF-8, " + number most + " are the most"
            | OrderError.BadCharacters(_, allowed) -> "has characters other than " + allowed
            | OrderError.NotWellFormed _ -> "is not well-formed Unicode"
            | OrderError.NotPositive(_, fen) -> "is " + fen.ToString CultureInfo.InvariantCulture + " fen"
            | OrderError.NotCny _ -> "is not CNY"
            | OrderError.UnknownWay _ -> "is no way to pay"
            | OrderError.NotAnAddress _ -> "is not an address that the platform takes"
            | OrderError.NotHttps _ -> "is not https"
            | OrderError.HasQuery _ -> "has a query or a fragment"
            | OrderError.NotReachable(_, host) -> "names " + host + ", which the platform cannot reach"
            | OrderError.ExpiresTooSoon(_, expires, earliest) ->
                "is " + instant expires + ", " + instant earliest + " is the earliest"
            | OrderError.ExpiresTooLate(_, expires, latest) ->
                "is " + instant expires + ", " + instant latest + " is the latest"
            | OrderError.NoPayer _ -> "is missing: this way to pay needs the payer"
            | OrderError.PayerTwice(_, other) -> "names the payer, and so does " + other
            | OrderError.NoSubAppid _ -> "is missing: the payer is named within it"
            | OrderError.NoScene _ -> "is missing: the order says where it is placed"
            | OrderError.NotAnIp _ -> "is not an IPv4 or IPv6 address"
            | OrderError.UnknownH5Type _ -> "is not iOS, Android or Wap"
            | OrderError.OutOfPlace _ -> "has no place in this order"
            | OrderError.TooFewSubOrders(_, count, least) ->
                "has " + number count + " orders, " + number least + " are the least"
            | OrderError.TooManySubOrders(_, count, most) ->
                "has " + number count + " orders, " + number most + " are the most"
            | OrderError.SameOutTradeNo(_, other) -> "is the same as " + other

        field error + " " + found + "."

    /// The likely cause and what to do.
    let advice error =
        match error with
        | OrderError.Missing _ ->
            {
                English =
                    "The platform refuses an order without it: set it; an appid may also stand in the options, as Appid."
                Chinese = "缺少该字段微信支付会拒绝下单：请填写；appid 也可以写在配置项 Appid 中。"
            }
        | OrderError.TooShort _ ->
            {
                English = "Lengthen the number, for example by a prefix."
                Chinese = "请加长单号，例如增加前缀。"
            }
        | OrderError.TooLong _ ->
            {
                English =
                    "Shorten it; a Chinese character counts as one here, and so does an emoji. Cut between characters, not between bytes."
                Chinese = "请缩短内容；此处一个汉字或一个表情符号按一个字符计，请按字符而不是按字节截断。"
            }
        | OrderError.TooManyBytes _ ->
            {
                English =
                    "Shorten it; a Chinese character counts as three bytes here, an emoji as four. Send a number, and keep the data in your own database under it."
                Chinese = "请缩短内容；此处一个汉字按 3 字节、一个表情符号按 4 字节计。建议只传编号，数据保存在自己的数据库中。"
            }
        | OrderError.BadCharacters _ ->
            {
                English = "Make the text of the allowed characters alone; blanks and line ends are not among them."
                Chinese = "请只使用允许的字符；空格与换行不在其中。"
            }
        | OrderError.NotWellFormed _ ->
            {
                English = "The text was cut through the middle of a character such as an emoji: cut it elsewhere."
                Chinese = "文本在表情符号等字符的中间被截断：请调整截断位置。"
            }
        | OrderError.NotPositive _ ->
            {
                English =
                    "An order costs one fen at least, and amounts are in fen: 1.00 yuan is 100. What costs nothing needs no order."
                Chinese = "订单金额至少为 1 分，单位为分：1.00 元应写作 100。金额为零的商品无需下单。"
            }
        | OrderError.NotCny _ ->
            {
                English = "Merchants of the mainland take CNY only: leave the currency out, or write CNY."
                Chinese = "境内商户只支持人民币：请不填币种，或填写 CNY。"
            }
        | OrderError.UnknownWay _ ->
            {
                English = "Choose one of PayWay: Native, Jsapi, MiniProgram, App or H5."
                Chinese = "请使用 PayWay 中的值：Native、Jsapi、MiniProgram、App 或 H5。"
            }
        | OrderError.NotAnAddress _ ->
            {
                English =
                    "Write the whole address with its host name, such as https://shop.example/wechatpay/notify: without blanks and square brackets."
                Chinese = "请填写含域名的完整地址，例如 https://shop.example/wechatpay/notify，不能有空格与方括号。"
            }
        | OrderError.NotHttps _ ->
            {
                English =
                    "Over the internet the platform notifies https only: put a certificate before your application. With a line of your own to the platform, say NotifyReach.PrivateLine."
                Chinese = "公网通知地址必须为 https：请为服务配置证书。若经专线接入，请设置 NotifyReach.PrivateLine。"
            }
        | OrderError.HasQuery _ ->
            {
                English =
                    "The platform refuses addresses with parameters: put what you want to know into the path or into attach."
                Chinese = "通知地址不能携带参数：需要的信息请放在路径或 attach 中。"
            }
        | OrderError.NotReachable _ ->
            {
                English =
                    "The platform notifies over the internet: give a public host name, on your own machine one of a tunnel, or test against the simulator. With a line of your own to the platform, say NotifyReach.PrivateLine."
                Chinese = "微信支付经公网发送通知：请填写公网域名；本机调试可使用内网穿透的域名，或连接模拟器测试。若经专线接入，请设置 NotifyReach.PrivateLine。"
            }
        | OrderError.ExpiresTooSoon _ ->
            {
                English =
                    "The platform would move it to one minute from now: give the payer that long at least, and check the clock and the offset."
                Chinese = "微信支付会自动将其改为下单 1 分钟之后：请至少留出 1 分钟，并核对时钟与时区。"
            }
        | OrderError.ExpiresTooLate _ ->
            {
                English = "The platform would move it to 90 days from now: order again when it is time."
                Chinese = "微信支付会自动将其改为下单后第 90 天：请缩短期限，到期后重新下单。"
            }
        | OrderError.NoPayer _ ->
            {
                English =
                    "A page inside WeChat and a mini program pay for one user: get the openid by login (OAuth, or wx.login), within the very appid of the order."
                Chinese = "微信内网页与小程序支付必须指定用户：请通过网页授权或 wx.login 取得 openid，且须属于下单所用的 appid。"
            }
        | OrderError.PayerTwice _ ->
            {
                English = "Name the payer once: within your own appid, or within the sub-merchant's."
                Chinese = "支付者二选一：填写服务商 appid 下的 openid，或子商户 appid 下的 openid。"
            }
        | OrderError.NoSubAppid _ ->
            {
                English = "Set the sub-merchant's appid that the openid comes from."
                Chinese = "请填写该 openid 所属的子商户 appid（sub_appid）。"
            }
        | OrderError.NoScene _ ->
            {
                English =
                    "An order from a browser needs PayerClientIp and H5 with its Type, a combined one DeviceId as well; everywhere a DeviceId needs PayerClientIp. Behind a proxy take the payer's own address (X-Forwarded-For)."
                Chinese =
                    "H5 下单必须填写 PayerClientIp 与 H5（含 Type），合单还须填写 DeviceId；填写 DeviceId 时也必须填写 PayerClientIp。位于反向代理之后时，请取用户的真实地址（X-Forwarded-For）。"
            }
        | OrderError.NotAnIp _ ->
            {
                English = "Write the address alone, without a port and without a list: 203.0.113.7 or 2001:db8::7."
                Chinese = "请只填写一个地址，不带端口，也不是列表：例如 203.0.113.7 或 2001:db8::7。"
            }
        | OrderError.UnknownH5Type _ ->
            {
                English = "Write iOS, Android or Wap, in just these letters."
                Chinese = "请填写 iOS、Android 或 Wap，大小写须一致。"
            }
        | OrderError.OutOfPlace _ ->
            {
                English =
                    "The order's request has no such field, so it would be lost: leave it out, or choose another way to pay."
                Chinese = "该订单的请求中没有此字段，填写会被丢弃：请去掉，或改用其他支付方式。"
            }
        | OrderError.TooFewSubOrders _ ->
            {
                English = "A direct merchant combines two orders at least: place a single one as a DirectOrder."
                Chinese = "普通商户合单至少包含 2 笔子单：单笔订单请使用 DirectOrder。"
            }
        | OrderError.TooManySubOrders _ ->
            {
                English =
                    "A direct merchant combines ten orders at most, a service provider 50: make several combined orders."
                Chinese = "普通商户合单最多 10 笔子单，服务商最多 50 笔：请拆分为多个合单。"
            }
        | OrderError.SameOutTradeNo _ ->
            {
                English = "Give each order a number of its own: it is queried and refunded by that."
                Chinese = "请为每笔子单使用不同的单号：查询与退款都以单号为准。"
            }
