namespace WeChatPay.Simulator

open System
open System.Globalization
open System.Text
open System.Text.Json.Nodes
open FsToolkit.ErrorHandling
open WeChatPay.Functional
open WeChatPay.Wire

/// Who signed a request: a merchant of any kind but a brand, or a brand; each by its number.
[<RequireQualifiedAccess>]
type internal Signer =
    | Merchant of Id: string
    | Brand of Id: string

/// What a request says about who signed it.
type private Claim =
    {
        /// What the number is called: `mchid`, or `brand_id` in brands' own scheme.
        NumberName: string
        Number: string
        Nonce: string
        Signature: string
        Timestamp: string
        Serial: string
    }

/// Is this request signed by the merchant, over the very bytes that came?
[<RequireQualifiedAccess>]
module internal Authorization =
    [<Literal>]
    let private ToleranceInSeconds = 300L

    /// How much of the text the platform shows.
    [<Literal>]
    let private ShownLength = 128

    let private refuse message (field: string) (issue: string) (information: JsonObject option) =
        let inner = JsonObject()
        inner["issue"] <- JsonValue.Create issue
        let detail = JsonObject()
        detail["field"] <- JsonValue.Create field
        detail["location"] <- JsonValue.Create "authorization"
        detail["detail"] <- inner

        match information with
        | Some node -> detail["sign_information"] <- node
        | None -> ()

        Error
            {
                Status = 401
                Code = "SIGN_ERROR"
                Message = message
                Detail = Some detail
            }

    let private parameter (name: string) (text: string) =
        let start = name + "=\""

        match (("," + text).IndexOf("," + start, StringComparison.Ordinal)) with
        | -1 -> ""
        | at ->
            let rest = text.Substring(at + start.Length)

            match rest.IndexOf '"' with
            | -1 -> ""
            | length -> rest.Substring(0, length)

    let private claimOf numberName text =
        {
            NumberName = numberName
            Number = parameter numberName text
            Nonce = parameter "nonce_str" text
            Signature = parameter "signature" text
            Timestamp = parameter "timestamp" text
            Serial = parameter "serial_no" text
        }

    /// A merchant's scheme is that of its suite; the brands' is of RSA.
    let private parse (scheme: string) (header: string) =
        match header.Split(' ', 2) with
        | [| named; text |] when named = scheme -> Ok(claimOf "mchid" text)
        | [| Signing.BrandScheme; text |] when scheme = Signing.Scheme -> Ok(claimOf "brand_id" text)
        | _ -> refuse "请求头 Authorization 缺失或格式错误" "authorization" "scheme not supported" None

    let private requirePart name value =
        if value = "" then
            refuse ("请求头 Authorization 缺少 " + name) name "missing" None
        else
            Ok()

    let private requireFresh (now: DateTimeOffset) (timestamp: string) =
        match Int64.TryParse(timestamp, NumberStyles.None, CultureInfo.InvariantCulture) with
        | true, seconds when abs (now.ToUnixTimeSeconds() - seconds) <= ToleranceInSeconds -> Ok()
        | true, _ -> refuse "请求头 Authorization 中的 timestamp 与当前时间相差超过 5 分钟" "timestamp" "expired" None
        | _ -> refuse "请求头 Authorization 中的 timestamp 不是秒数" "timestamp" "invalid" None

    /// What the platform saw: the length and the beginning of the text.
    let private saw (request: Request) (text: byte array) =
        let shown = Encoding.UTF8.GetString text
        let information = JsonObject()
        information["method"] <- JsonValue.Create request.Method
        information["sign_message_length"] <- JsonValue.Create text.Length
        information["truncated_sign_message"] <- JsonValue.Create(shown.Substring(0, min ShownLength shown.Length))
        information["url"] <- JsonValue.Create request.Url
        information

    let private isSignedBy (pair: KeyPair) (text: byte array) (signature: string) =
        match StrictBase64.TryDecode signature with
        | true, NonNull bytes -> pair.IsSignature(ReadOnlySpan<byte> text, ReadOnlySpan<byte> bytes)
        | _ -> false

    /// What stands in the signature's text for the body: of an upload the part `meta`, which must not pass for a file.
    let private signedPart request =
        if Multipart.isMultipart request then
            match Multipart.tryPart "meta" (Multipart.parts request) with
            | Some part when part.HasFileName -> refuse "meta 部分不能带有 filename" "meta" "has a file name" None
            | Some part -> Ok part.Content
            | None -> refuse "缺少 meta 部分" "meta" "missing" None
        else
            Ok(ReadOnlyMemory<byte> request.Body)

    let private requireSignature (keys: Keys) (request: Request) claim (part: ReadOnlyMemory<byte>) =
        let text =
            Canonical.request request.Method request.Url claim.Timestamp claim.Nonce part.Span

        if isSignedBy keys.Merchant.Pair text claim.Signature then
            Ok()
        else
            refuse "错误的签名，验签失败" "signature" "sign not match" (Some(saw request text))

    let private requireOthers request =
        let missing name =
            Error(PlatformError.parameter "header" name "" "缺少请求头")

        if Request.header "User-Agent" request = "" then
            missing "User-Agent"
        elif Request.header "Accept" request = "" then
            missing "Accept"
        else
            Ok()

    let private signerOf (merchantId: string) (brandId: string) claim =
        match claim.NumberName with
        | "brand_id" when claim.Number = brandId -> Ok(Signer.Brand brandId)
        | "mchid" when claim.Number = merchantId -> Ok(Signer.Merchant merchantId)
        | name -> refuse "商户号不存在" name "unknown merchant" None

    /// Who sent the request, if it is the merchant or the brand that this platform knows and the signature is that one's.
    let check (keys: Keys) (merchantId: string) (brandId: string) (now: DateTimeOffset) (request: Request) =
        result {
            let! claim = parse keys.Side.SignatureType (Request.header "Authorization" request)
            do! requirePart claim.NumberName claim.Number
            do! requirePart "nonce_str" claim.Nonce
            do! requirePart "signature" claim.Signature
            do! requirePart "timestamp" claim.Timestamp
            do! requirePart "serial_no" claim.Serial
            do! requireFresh now claim.Timestamp
            let! signer = signerOf merchantId brandId claim

            if Serial.canonical claim.Serial <> keys.Merchant.Serial then
                do! refuse "商户证书序列号有误" "serial_no" "certificate not found" None

            let! part = signedPart request
            do! requireSignature keys request claim part
            do! requireOthers request
            return signer
        }
