namespace WeChatPay.Functional

open System
open System.Globalization
open System.Text
open System.Text.Json
open WeChatPay

/// What the platform says that it saw when a request's signature did not fit, laid beside the text that was signed. Of a body only the place is told, never the content.
[<RequireQualifiedAccess>]
type SignDifference =
    /// As far as the platform shows it (so many characters of so many bytes) the text is the one that was signed: the key is wrong, not the text.
    | NoneShown of Shown: int * Length: int
    /// A line of the text differs: `method`, `url`, `timestamp` or `nonce`.
    | Line of Name: string * Signed: string * Seen: string
    /// The body differs from this character on, counted from 1.
    | Body of Place: int
    /// What is shown is the same, but the platform's text has another length, in bytes: the rest of the body differs.
    | Length of Signed: int * Seen: int

/// Finds where a refused request's text departs from what was signed, and says what it means.
[<RequireQualifiedAccess>]
module SignDifference =
    let private lineNames = [ "method"; "url"; "timestamp"; "nonce" ]

    let private text (name: string) (node: JsonElement) =
        match node.TryGetProperty name with
        | true, value when value.ValueKind = JsonValueKind.String ->
            match value.GetString() with
            | null -> ""
            | found -> found
        | _ -> ""

    let private integer (name: string) (node: JsonElement) =
        match node.TryGetProperty name with
        | true, value when value.ValueKind = JsonValueKind.Number ->
            match value.TryGetInt32() with
            | true, number -> ValueSome number
            | _ -> ValueNone
        | _ -> ValueNone

    let private tryInformation (body: ErrorBody) =
        if not body.Detail.HasValue || body.Detail.Value.ValueKind <> JsonValueKind.Object then
            ValueNone
        else
            match body.Detail.Value.TryGetProperty "sign_information" with
            | true, node when node.ValueKind = JsonValueKind.Object -> ValueSome node
            | _ -> ValueNone

    /// The first line that the platform shows in full, or in part as its last one, and that was not signed so.
    let private lineDifference (signed: string) (seen: string) =
        let ours, theirs = signed.Split '\n', seen.Split '\n'

        lineNames
        |> List.mapi (fun index name -> index, name)
        |> List.tryPick (fun (index, name) ->
            if index >= theirs.Length || index >= ours.Length then
                None
            else
                let isCut = index = theirs.Length - 1

                let isSame =
                    if isCut then
                        ours[index].StartsWith(theirs[index], StringComparison.Ordinal)
                    else
                        ours[index] = theirs[index]

                if isSame then
                    None
                else
                    Some(SignDifference.Line(name, ours[index], theirs[index])))

    /// Where the body begins: behind the fourth line end.
    let private bodyStart (text: string) =
        let rec behind lines (from: int) =
            if lines = 0 then
                from
            else
                match text.IndexOf('\n', from) with
                | -1 -> text.Length
                | at -> behind (lines - 1) (at + 1)

        behind lineNames.Length 0

    let private firstDifference (signed: string) (seen: string) =
        let length = min signed.Length seen.Length
        let mutable at = 0

        while at < length && signed[at] = seen[at] do
            at <- at + 1

        if at = seen.Length then ValueNone else ValueSome at

    let private compare (message: byte array) (seen: string) (length: int voption) =
        let signed = Encoding.UTF8.GetString message
        // Of a character cut in two the platform shows half.
        let seen = seen.TrimEnd '\uFFFD'

        match lineDifference signed seen with
        | Some difference -> difference
        | None ->
            match firstDifference signed seen, length with
            | ValueSome at, _ -> SignDifference.Body(max 1 (at - bodyStart signed + 1))
            | ValueNone, ValueSome length when length <> message.Length -> SignDifference.Length(message.Length, length)
            | ValueNone, _ -> SignDifference.NoneShown(seen.Length, message.Length)

    /// The first difference between the text that was signed and what the platform says that it saw; nothing when it says nothing of it.
    let find (message: byte array) (body: ErrorBody) : SignDifference voption =
        try
            match tryInformation body with
            | ValueNone -> ValueNone
            | ValueSome node ->
                match text "truncated_sign_message" node, integer "sign_message_length" node with
                | "", ValueNone -> ValueNone
                | seen, length -> ValueSome(compare message seen length)
        with :? InvalidOperationException ->
            // Half a surrogate pair in what the platform shows.
            ValueNone

    let private number (value: int) =
        value.ToString CultureInfo.InvariantCulture

    /// What it means and what to do.
    let advice difference =
        match difference with
        | SignDifference.NoneShown(shown, length) ->
            {
                English =
                    "The platform saw the text that was signed ("
                    + number shown
                    + " characters shown, "
                    + number length
                    + " bytes long): the text is right, the key is wrong. The private key does not belong to MerchantSerial, or another certificate was applied for since: take apiclient_key.pem and apiclient_cert.pem from the same archive (set MerchantCertificateFile to have them compared)."
                Chinese =
                    "微信支付看到的签名串与本地签名的内容一致（显示 "
                    + number shown
                    + " 个字符，共 "
                    + number length
                    + " 字节）：内容没有问题，是密钥不对。商户私钥与 MerchantSerial 不匹配，或已重新申请证书：apiclient_key.pem 与 apiclient_cert.pem 必须来自同一压缩包（设置 MerchantCertificateFile 可自动核对）。"
            }
        | SignDifference.Line(name, signed, seen) ->
            {
                English =
                    "The platform saw another "
                    + name
                    + " than was signed: it saw "
                    + seen
                    + " where "
                    + signed
                    + " was signed. Something on the way (a proxy, a gateway, a handler) changes the request."
                Chinese =
                    "微信支付看到的 "
                    + name
                    + " 与签名时不同：看到的是 "
                    + seen
                    + "，签名的是 "
                    + signed
                    + "。请求在途中（代理、网关或自定义 Handler）被改写。"
            }
        | SignDifference.Body place ->
            {
                English =
                    "The platform saw another body than was signed: it differs from character "
                    + number place
                    + " on. Something on the way changes the body; it must be sent byte for byte as it was signed."
                Chinese =
                    "微信支付看到的请求体与签名时不同：从第 "
                    + number place
                    + " 个字符起不一致。请求体必须与签名时逐字节一致，请检查代理或自定义 Handler。"
            }
        | SignDifference.Length(signed, seen) ->
            {
                English =
                    "The platform saw a text of "
                    + number seen
                    + " bytes where "
                    + number signed
                    + " were signed; what it shows of it is the same, so the end of the body differs: something on the way cuts it or adds to it."
                Chinese =
                    "微信支付看到的签名串为 "
                    + number seen
                    + " 字节，而签名的是 "
                    + number signed
                    + " 字节；显示的部分一致，说明请求体末尾不同：途中有内容被截断或追加。"
            }
