/// Requests to every endpoint, made from the table that the simulator carries and read here in another way than it does.
module WeChatPay.Tests.PlatformRequests

open System
open System.IO
open System.Net.Http
open System.Security.Cryptography
open System.Text
open System.Text.Json
open System.Text.Json.Nodes
open Expecto
open WeChatPay.Functional
open WeChatPay.Simulator

let private table =
    let assembly = typeof<WeChatPaySimulator>.Assembly
    use stream = assembly.GetManifestResourceStream "WeChatPay.Simulator.platform.json"
    use reader = new StreamReader(stream)
    JsonNode.Parse(reader.ReadToEnd()).AsObject()

type Words = string list

/// Fields of a shape, or parameters, with what the table says of each.
let private fieldsIn (node: JsonNode) : (string * Words) list =
    if isNull node then
        []
    else
        [
            for pair in node.AsObject() -> pair.Key, List.ofArray (pair.Value.GetValue<string>().Split ' ')
        ]

let shape (key: string) = fieldsIn table["shapes"].[key]

type Endpoint =
    {
        Id: string
        Method: string
        Path: string
        Kinds: string list
        InPath: (string * Words) list
        InQuery: (string * Words) list
        InHeader: (string * Words) list
        Body: Words
        Upload: Words
        Answer: Words
        Status: int
        IsSigned: bool
        Echo: string list
    }

let private textIn (node: JsonNode) (name: string) =
    match node[name] with
    | null -> ""
    | found -> found.GetValue<string>()

let private wordsIn node name =
    match textIn node name with
    | "" -> []
    | text -> List.ofArray (text.Split ' ')

let endpoints =
    [
        for node in table["endpoints"].AsArray() ->
            {
                Id = textIn node "id"
                Method = textIn node "method"
                Path = textIn node "path"
                Kinds = List.ofArray ((textIn node "kinds").Split ',')
                InPath = fieldsIn node["in-path"]
                InQuery = fieldsIn node["in-query"]
                InHeader = fieldsIn node["in-header"]
                Body = wordsIn node "body"
                Upload = wordsIn node "upload"
                Answer = wordsIn node "answer"
                Status = node["status"].GetValue<int>()
                IsSigned = isNull node["signed"]
                Echo =
                    match node["echo"] with
                    | null -> []
                    | names -> [ for name in names.AsArray() -> name.GetValue<string>() ]
            }
    ]

let endpoint id =
    endpoints |> List.find (fun endpoint -> endpoint.Id = id)

let isRequired (words: Words) = List.contains "required" words
let isEvidence (words: Words) = List.contains "evidence" words

let private handWritten =
    set
        [
            for orders in [ "/v3/pay/transactions/"; "/v3/pay/partner/transactions/" ] do
                for end' in
                    [
                        "native"
                        "jsapi"
                        "app"
                        "h5"
                        "id/{transaction_id}"
                        "out-trade-no/{out_trade_no}"
                        "out-trade-no/{out_trade_no}/close"
                        "codepay"
                        "out-trade-no/{out_trade_no}/reverse"
                    ] do
                    orders + end'
            for end' in
                [
                    "native"
                    "jsapi"
                    "app"
                    "h5"
                    "id/{combine_transaction_id}"
                    "out-trade-no/{combine_out_trade_no}"
                    "out-trade-no/{combine_out_trade_no}/close"
                ] do
                "/v3/combine-transactions/" + end'
            "/v3/refund/domestic/refunds"
            "/v3/refund/domestic/refunds/{out_refund_no}"
            "/v3/refund/domestic/refunds/{refund_id}/apply-abnormal-refund"
            "/v3/certificates"
            "/v3/bill/tradebill"
            "/v3/bill/fundflowbill"
            "/v3/bill/sub-merchant-fundflowbill"
            "/v3/ecommerce/bill/fundflowbill"
            "/v3/payscore/merchant-bill"
        ]

/// Whether the simulator answers a path by rules of its own, from a ledger.
let isHandWrittenPath path = handWritten.Contains path

/// Whether the simulator answers by rules of its own, from a ledger.
let isHandWritten endpoint = isHandWrittenPath endpoint.Path

/// Which flow of things with a state a service belongs to.
let flowOf (service: string) =
    if
        service.StartsWith "papay_"
        || service.StartsWith "partner_papay_"
        || service = "ecommerce_combine_papay"
    then
        Some "papay"
    elif service = "ecommerce_profit_sharing" then
        Some "profit_sharing"
    elif List.contains service [ "partner_merchant_transfers"; "ecommerce_mch_transfer" ] then
        Some "merchant_transfers"
    elif service = "partner_transfer_batches" then
        Some "transfer_batches"
    elif List.contains service [ "ecommerce_fund"; "merchant_fund" ] then
        Some "withdrawals"
    elif
        List.contains
            service
            [
                "merchant_transfers"
                "transfer_batches"
                "profit_sharing"
                "payscore_orders"
            ]
    then
        Some service
    else
        None

/// Calls in rounds, each for a platform of its own: a call that makes or moves a thing of a flow comes where nothing of it was made.
let rounds (flowOfCall: 'Call -> string option) (isQuery: 'Call -> bool) (calls: 'Call list) : 'Call list list =
    let flowing, others =
        calls
        |> List.partition (fun call -> not (isQuery call) && (flowOfCall call).IsSome)

    let later =
        flowing
        |> List.groupBy flowOfCall
        |> List.collect (snd >> List.indexed)
        |> List.groupBy fst
        |> List.map (snd >> List.map snd)

    others :: later

/// A request before it is signed; each part may be changed.
type Draft =
    {
        Endpoint: Endpoint
        Path: Map<string, string>
        Query: Map<string, string>
        Headers: Map<string, string>
        /// The body, or what is said of a file.
        Body: JsonObject
        File: byte array
        MetaHead: string
        Scheme: string
        Signer: string
        Key: MerchantKey
    }

let sealTo (pem: string) (plain: string) =
    use rsa = RSA.Create()
    rsa.ImportFromPem pem
    Convert.ToBase64String(rsa.Encrypt(Encoding.UTF8.GetBytes plain, RSAEncryptionPadding.OaepSHA1))

let private fileHash (bytes: byte array) =
    Convert.ToHexStringLower(SHA256.HashData bytes)

let private wordAfter (start: string) (words: Words) =
    words
    |> List.tryFind _.StartsWith(start)
    |> Option.map _.Substring(start.Length)

let private textOf pem file (words: Words) =
    let plain =
        match wordAfter "max=" words with
        | Some length -> String('7', min 8 (int length))
        | None -> "number-7"

    if List.contains "sensitive" words then
        sealTo pem plain
    elif List.contains "fills=file_sha256" words then
        fileHash file
    else
        plain

let rec private valueOf pem file (words: Words) : JsonNode =
    match words with
    | "int" :: _ -> JsonValue.Create 7L
    | "number" :: _ -> JsonValue.Create 7.5
    | "bool" :: _ -> JsonValue.Create true
    | "moment" :: _ -> JsonValue.Create "2026-01-01T08:00:00+08:00"
    | "day" :: _ -> JsonValue.Create "2026-01-01"
    | "any" :: _ -> JsonObject()
    | "list" :: inner -> JsonArray(valueOf pem file inner)
    | "json" :: inner -> JsonValue.Create((valueOf pem file inner).ToJsonString())
    | "shape" :: key :: _ -> objectOf pem file key
    | _ -> JsonValue.Create(textOf pem file words)

/// An object with the fields that are required, and the file's hash.
and private objectOf pem file key : JsonObject =
    let made = JsonObject()

    for name, words in shape key do
        if isRequired words || List.contains "fills=file_sha256" words then
            made[name] <- valueOf pem file words

    // A batch has as many parts as it says.
    if made.ContainsKey "total_num" then
        made["total_num"] <- JsonValue.Create 1L

    made

let private parameters pem (fields: (string * Words) list) =
    Map.ofList
        [
            for name, words in fields do
                if isRequired words then
                    name, (valueOf pem [||] words).ToString()
        ]

[<Literal>]
let MetaHead = "Content-Disposition: form-data; name=\"meta\""

/// A request with everything that it must have.
let draft (platform: WeChatPaySimulator) endpoint =
    let pem = platform.PlatformPublicKeyPem
    let file = Platform.utf8 "a file\r\nof two lines"
    let isBrands = endpoint.Kinds = [ "brand" ]

    {
        Endpoint = endpoint
        Path = parameters pem endpoint.InPath
        Query = parameters pem endpoint.InQuery
        Headers =
            (parameters pem endpoint.InHeader)
                .Add("Wechatpay-Serial", platform.PlatformPublicKeyId)
                .Add("Accept", "*/*")
                .Add("User-Agent", "test")
        Body =
            match endpoint.Body, endpoint.Upload with
            | _ :: key :: _, _
            | _, [ key; _ ] -> objectOf pem file key
            | _ -> null
        File = file
        MetaHead = MetaHead
        Scheme =
            if isBrands then
                "WECHATPAY-BRAND-SHA256-RSA2048 brand_id="
            else
                "WECHATPAY2-SHA256-RSA2048 mchid="
        Signer = if isBrands then platform.BrandId else platform.MerchantId
        Key = Platform.force (MerchantKey.ofPem platform.MerchantSerial platform.MerchantPrivateKeyPem)
    }

let private urlOf draft =
    let path =
        (draft.Endpoint.Path, draft.Path)
        ||> Map.fold (fun path name value -> path.Replace("{" + name + "}", Uri.EscapeDataString value))

    let query =
        String.Join(
            "&",
            [
                for KeyValue(name, value) in draft.Query -> name + "=" + Uri.EscapeDataString value
            ]
        )

    if query = "" then path else path + "?" + query

let private contentOf draft (meta: byte array) : byte array * string =
    match draft.Endpoint.Upload with
    | [ _; part ] ->
        Array.concat
            [
                Platform.utf8 ("--edge\r\n" + draft.MetaHead + "\r\nContent-Type: application/json\r\n\r\n")
                meta
                Platform.utf8 (
                    "\r\n--edge\r\nContent-Disposition: form-data; name=\""
                    + part
                    + "\"; filename=\"a.png\"\r\n\r\n"
                )
                draft.File
                Platform.utf8 "\r\n--edge--\r\n"
            ],
        "multipart/form-data; boundary=\"edge\""
    | _ -> meta, "application/json"

/// What came back.
type Answer =
    {
        Status: int
        Bytes: byte array
        Header: string -> string
    }

    member answer.Json = JsonNode.Parse(answer.Bytes).AsObject()

    /// Code and field of a refusal.
    member answer.Refusal =
        match answer.Json["detail"] with
        | null -> answer.Json["code"].GetValue<string>(), ""
        | detail -> answer.Json["code"].GetValue<string>(), detail["field"].GetValue<string>()

let private http = new HttpClient()

/// Signs what is given, sends what is given.
let sendSigning (platform: WeChatPaySimulator) (signed: byte array) (draft: Draft) =
    task {
        let url = urlOf draft

        let meta =
            if isNull draft.Body then
                [||]
            else
                Platform.utf8 (draft.Body.ToJsonString())

        let bytes, contentType = contentOf draft meta
        let signed = if isNull signed then meta else signed
        let now = DateTimeOffset.UtcNow.ToUnixTimeSeconds()

        let prepared =
            Platform.force (Signing.prepare now "abc" draft.Endpoint.Method url (ReadOnlySpan signed))

        let signature =
            Convert.ToBase64String(Signing.sign draft.Key (ReadOnlySpan prepared.Message))

        use message =
            new HttpRequestMessage(HttpMethod draft.Endpoint.Method, Uri(platform.BaseAddress, url))

        if not (isNull draft.Body) then
            message.Content <- new ByteArrayContent(bytes)

            message.Content.Headers.TryAddWithoutValidation("Content-Type", contentType)
            |> ignore

        let authorization =
            $"{draft.Scheme}\"{draft.Signer}\",nonce_str=\"abc\",timestamp=\"{now}\",serial_no=\"{platform.MerchantSerial}\",signature=\"{signature}\""

        for KeyValue(name, value) in draft.Headers.Add("Authorization", authorization) do
            message.Headers.TryAddWithoutValidation(name, value) |> ignore

        use! response = http.SendAsync message
        let! bytes = response.Content.ReadAsByteArrayAsync()
        let headers = response.Headers

        return
            {
                Status = int response.StatusCode
                Bytes = bytes
                Header =
                    fun name ->
                        match headers.TryGetValues name with
                        | true, values -> Seq.head values
                        | _ -> ""
            }
    }

let send platform draft = sendSigning platform null draft

/// Whether the platform's public key signed an answer.
let isSigned (platform: WeChatPaySimulator) (answer: Answer) =
    use rsa = RSA.Create()
    rsa.ImportFromPem platform.PlatformPublicKeyPem

    let text =
        Array.concat
            [
                Platform.utf8 (
                    answer.Header "Wechatpay-Timestamp"
                    + "\n"
                    + answer.Header "Wechatpay-Nonce"
                    + "\n"
                )
                answer.Bytes
                Platform.utf8 "\n"
            ]

    let signature = answer.Header "Wechatpay-Signature"

    signature <> ""
    && rsa.VerifyData(text, Convert.FromBase64String signature, HashAlgorithmName.SHA256, RSASignaturePadding.Pkcs1)

/// A platform whose answers have so much.
let startWith fullness =
    task {
        let! platform = WeChatPaySimulator.StartAsync()
        platform.Fullness <- fullness
        return platform
    }

/// A text of an answer.
let fieldOf (answer: JsonObject) (name: string) = answer[name].GetValue<string>()

/// A request with another value in its body.
let changed (name: string) (value: JsonNode) draft =
    let body = draft.Body.DeepClone().AsObject()
    body[name] <- value
    { draft with Body = body }

/// The request is refused, by a signed answer that names the field.
let isRefusedFor platform field draft =
    task {
        let! answer = send platform draft
        Expect.equal (answer.Status, answer.Refusal) (400, ("PARAM_ERROR", field)) draft.Endpoint.Id
        Expect.isTrue (isSigned platform answer) "a refusal is signed"
    }
