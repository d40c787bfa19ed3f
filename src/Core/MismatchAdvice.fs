namespace WeChatPay.Functional

/// What a diagnosis says to people.
[<RequireQualifiedAccess; CompilationRepresentation(CompilationRepresentationFlags.ModuleSuffix)>]
module MismatchCause =
    /// The name that logs and the tool show; stable.
    let code cause =
        match cause with
        | MismatchCause.HeaderRewritten _ -> "header_rewritten"
        | MismatchCause.ByteOrderMark _ -> "byte_order_mark"
        | MismatchCause.BlanksAround _ -> "blanks_around"
        | MismatchCause.LineEndsConverted -> "line_ends_converted"
        | MismatchCause.JsonRewritten _ -> "json_rewritten"
        | MismatchCause.CharacterSet _ -> "character_set"
        | MismatchCause.Compression _ -> "compression"
        | MismatchCause.OtherKey _ -> "other_key"
        | MismatchCause.OtherMerchant _ -> "other_merchant"

    let private traceWords =
        [
            RewriteTraces.KeyOrder, "the keys are in another order", "键的顺序变了"
            RewriteTraces.Blanks, "blanks or line ends between the parts differ", "空白或换行变了"
            RewriteTraces.UnicodeEscapes, "characters are escaped as \\u…, or no longer so", "字符被转义为 \\u…（或被还原）"
            RewriteTraces.SlashEscapes, "slashes are escaped as \\/, or no longer so", "斜杠被转义为 \\/（或被还原）"
            RewriteTraces.Numbers, "numbers are written in another form", "数字写法变了"
            RewriteTraces.Dates, "dates are written in another form", "日期写法变了"
            RewriteTraces.Nulls, "fields that are null were added", "多出了值为 null 的字段"
        ]

    let private traceList traces =
        traceWords
        |> List.filter (fun (trace, _, _) -> traces &&& trace <> RewriteTraces.None)

    let private english traces =
        match traceList traces with
        | [] -> ""
        | found ->
            " ("
            + System.String.Join("; ", found |> List.map (fun (_, words, _) -> words))
            + ")"

    let private chinese traces =
        match traceList traces with
        | [] -> ""
        | found ->
            "（"
            + System.String.Join("；", found |> List.map (fun (_, _, words) -> words))
            + "）"

    [<Literal>]
    let private RawBytes =
        "Hand the request's raw bytes to the library, before anything reads, parses or changes them."

    [<Literal>]
    let private RawBytesChinese = "请在任何读取、解析或修改之前，把请求的原始字节交给本库。"

    let private about english chinese =
        {
            English = english + " " + RawBytes
            Chinese = chinese + RawBytesChinese
        }

    /// What was done, shown by the signature, and how to mend it.
    let advice cause =
        match cause with
        | MismatchCause.HeaderRewritten(name, how) ->
            {
                English =
                    "The header "
                    + name
                    + " was changed on the way ("
                    + how
                    + "): undone, the signature fits. Let the proxy or gateway pass the header on as it came."
                Chinese = "请求头 " + name + " 在途中被改写（" + how + "）：还原后签名即吻合。请让代理或网关原样透传该请求头。"
            }
        | MismatchCause.ByteOrderMark true ->
            about "A byte order mark was put before the body: without it the signature fits." "请求体前被加上了 BOM：去掉后签名即吻合。"
        | MismatchCause.ByteOrderMark false ->
            about
                "The byte order mark before the body was taken off: with it the signature fits."
                "请求体前的 BOM 被去掉了：补上后签名即吻合。"
        | MismatchCause.BlanksAround true ->
            about
                "Blanks or a line end were added around the body (an editor, a log, or a framework that reads lines): without them the signature fits."
                "请求体首尾多出了空白或换行（常见于编辑器、日志或按行读取的框架）：去掉后签名即吻合。"
        | MismatchCause.BlanksAround false ->
            about
                "A line end or blank at the end of the body was taken off: with it the signature fits."
                "请求体末尾的换行或空白被去掉了：补上后签名即吻合。"
        | MismatchCause.LineEndsConverted ->
            about "The body's line ends were converted: converted back, the signature fits." "请求体的换行符被转换了：还原后签名即吻合。"
        | MismatchCause.JsonRewritten traces ->
            about
                ("Your framework parsed the body and wrote it again"
                 + english traces
                 + ": written as the platform writes it, the signature fits. Do not bind the body to an object ([FromBody], a model, a JSON filter).")
                ("您的框架把请求体解析后重新序列化了"
                 + chinese traces
                 + "：按微信支付的写法还原后签名即吻合。请勿把请求体绑定为对象（[FromBody]、模型绑定或 JSON 过滤器）。")
        | MismatchCause.CharacterSet name ->
            about
                ("The body went through another character set ("
                 + name
                 + "): as UTF-8 the signature fits.")
                ("请求体经过了错误的字符集（" + name + "）：按 UTF-8 还原后签名即吻合。")
        | MismatchCause.Compression(name, true) ->
            about
                ("The body was decompressed on the way ("
                 + name
                 + "): compressed as it was sent, the signature fits.")
                ("请求体在途中被解压（" + name + "）：按发送时的压缩形式签名即吻合。")
        | MismatchCause.Compression(name, false) ->
            about
                ("The body is compressed ("
                 + name
                 + "), the signature is over the plain bytes: decompress it before it is handed over, without any other change.")
                ("请求体是压缩过的（" + name + "），而签名针对的是未压缩的字节：请先解压（不做其他改动）再交给本库。")
        | MismatchCause.OtherKey serial ->
            {
                English =
                    "The bytes are right, but the key is not: "
                    + serial
                    + " of your configuration signed them. Two keys are configured under each other's serials or ids: compare PlatformPublicKeyId with its file."
                Chinese =
                    "请求内容没有问题，签名使用的是您配置中的 "
                    + serial
                    + "：密钥与序列号（或公钥 ID）配错了对应关系，请核对 PlatformPublicKeyId 与公钥文件。"
            }
        | MismatchCause.OtherMerchant name ->
            {
                English =
                    "The bytes are right, but this callback is for another merchant: "
                    + name
                    + ". Give each merchant its own path in notify_url."
                Chinese = "请求内容没有问题，但该回调属于另一商户：" + name + "。请为每个商户在 notify_url 中使用各自的路径。"
            }
