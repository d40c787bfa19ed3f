/// Every endpoint is called through the façade, by every kind of merchant that may call it, against the simulator.
module WeChatPay.Tests.EveryEndpointTests

open System
open System.Collections.Generic
open System.IO
open System.Net.Http
open System.Reflection
open System.Text
open System.Text.Json
open System.Text.Json.Nodes
open System.Threading
open System.Threading.Tasks
open Expecto
open Microsoft.Extensions.Time.Testing
open WeChatPay
open WeChatPay.Api
open WeChatPay.Functional
open WeChatPay.Generator
open WeChatPay.Simulator
open WeChatPay.Tests.WireSamples
open WeChatPay.Wire

/// What went over the wire last.
[<Sealed>]
type private Recorder() =
    inherit DelegatingHandler(WeChatPayClient.CreateHandler())
    member val Method = "" with get, set
    member val Url = Uri "http://none" with get, set
    member val Body: byte array = [||] with get, set
    member val Answer: byte array = [||] with get, set

    member private _.Send(request, cancellationToken) =
        base.SendAsync(request, cancellationToken)

    override recorder.SendAsync(request, cancellationToken) =
        task {
            recorder.Method <- request.Method.Method
            recorder.Url <- nonNull request.RequestUri

            match request.Content with
            | null -> recorder.Body <- [||]
            | content ->
                do! content.LoadIntoBufferAsync()
                let! body = content.ReadAsByteArrayAsync cancellationToken
                recorder.Body <- body

            let! response = recorder.Send(request, cancellationToken)
            do! response.Content.LoadIntoBufferAsync()
            let! answer = response.Content.ReadAsByteArrayAsync cancellationToken
            recorder.Answer <- answer
            return response
        }

/// A call that a kind of merchant's client offers.
type Offer =
    {
        Kind: ClientKind
        File: string
        Client: ServiceClient
        Call: Call
    }

let offers =
    [
        for family in catalogue.Description.Families do
            for service in family.Services do
                let endpoints =
                    family.Endpoints
                    |> List.filter (fun endpoint -> endpoint.Service = service.Name)

                for client in Variants.clientsOf catalogue.Shapes service endpoints do
                    for kind in client.Kinds do
                        for call in client.Calls do
                            {
                                Kind = kind
                                File = family.File
                                Client = client
                                Call = call
                            }
    ]

let element (node: JsonNode) =
    JsonDocument.Parse(node.ToJsonString relaxed).RootElement

/// The body that a call is given, as JSON; what the file or, where nothing else is asked, the options say is left to them.
let bodyOf fullness (call: Call) =
    match call.Endpoint.Body with
    | JsonBody(ShapeOf key)
    | FileBody(key, _) ->
        let shape = catalogue.Shapes[key]
        let fields = Variants.fieldsOf call.IsDirectForm shape
        let json = shapeOf fullness 1 shape fields
        let isWhollyFilled = fields |> List.forall (fun field -> field.Filling.IsSome)

        for field in fields do
            match field.Filling with
            | Some(FileName | FileSha256) -> json.Remove field.Wire |> ignore
            | Some _ when isWhollyFilled -> json.Remove field.Wire |> ignore
            | _ -> ()

        if isWhollyFilled then
            json.Remove "x_field_of_tomorrow" |> ignore

        Some(shape, fields, json)
    | _ -> None

let argumentOf
    fullness
    (arguments: Argument list)
    (body: (Shape * Field list * JsonObject) option)
    (parameter: ParameterInfo)
    : obj =
    let name = nonNull parameter.Name

    match name, arguments |> List.tryFind (fun argument -> argument.Name.TrimStart '@' = name) with
    | "cancellationToken", _ -> box CancellationToken.None
    | "progress", _ -> null
    | "fileName", _ -> box "执照 \"正面\".jpg"
    | "content", _ -> box (new MemoryStream(Encoding.UTF8.GetBytes "picture"))
    | "destination", _ -> box (new MemoryStream())
    | "hash", _ -> box FileHash.WithoutVerification
    | "request", _ ->
        match body with
        | Some(_, _, json) -> WireTypes.build parameter.ParameterType (element json)
        | None -> failwith "a request without a body"
    | _,
      Some {
               Parameter = Some { Place = InHeader }
           } -> box "identity"
    | _, Some { Parameter = Some described } when described.IsRequired || fullness = Maximal || isKnown described.Field ->
        WireTypes.valueOf parameter.ParameterType (element (value fullness 1 described.Field described.Field.Type))
    | _ -> null

/// JSON inside a text, and inside that, may be escaped in more than one way.
let rec private sameSpelling (node: JsonNode | null) : JsonNode | null =
    match node with
    | :? JsonObject as fields ->
        let result = JsonObject()

        for KeyValue(name, value) in fields do
            result[name] <- sameSpelling value

        result
    | :? JsonArray as items -> JsonArray(items |> Seq.map sameSpelling |> Array.ofSeq)
    | NonNull text when
        text.GetValueKind() = JsonValueKind.String
        && "[{".Contains((text.GetValue<string>() + " ")[0])
        ->
        match sameSpelling (JsonNode.Parse(text.GetValue<string>())) with
        | null -> null
        | inner -> JsonValue.Create(inner.ToJsonString relaxed)
    | Null -> null
    | other -> other.DeepClone()

/// The fields that travel sealed look different on the wire: their presence is compared, and the simulator opens them.
let rec private withoutSealed (shape: Shape) (node: JsonNode | null) =
    match node with
    | :? JsonObject as fields ->
        for field in shape.Fields do
            match fields[field.Wire], field.Type with
            | null, _ -> ()
            | NonNull _, (Text | ListOf Text) when field.IsSensitive -> fields[field.Wire] <- JsonValue.Create "sealed"
            | NonNull text, JsonIn _ -> fields[field.Wire] <- sameSpelling text
            | found, ShapeOf key -> withoutSealed catalogue.Shapes[key] found
            | (:? JsonArray as items), ListOf(ShapeOf key) ->
                for item in items do
                    withoutSealed catalogue.Shapes[key] item
            | _ -> ()
    | _ -> ()

let private filled (platform: WeChatPaySimulator) source =
    match source with
    | MerchantId -> platform.MerchantId
    | Appid -> "wx-of-the-options"
    | BrandId -> platform.BrandId
    | FileName
    | FileSha256 -> failtest "only an upload says what its file is"

/// The request on the wire against the description and what was given.
let private judgeRequest (platform: WeChatPaySimulator) (wire: Recorder) fullness (call: Call) body =
    let endpoint = call.Endpoint
    let pathOf (text: string) = text.Split '?' |> Array.head

    let path =
        (endpoint.Path, endpoint.Parameters)
        ||> List.fold (fun path parameter ->
            if parameter.Place = InPath then
                let text =
                    (value fullness 1 parameter.Field parameter.Field.Type).ToJsonString(relaxed).Trim '"'

                path.Replace("{" + parameter.Field.Wire + "}", Uri.EscapeDataString text)
            else
                path)

    let query =
        wire.Url.Query.TrimStart('?').Split('&', StringSplitOptions.RemoveEmptyEntries)
        |> Array.map (fun pair -> pair.Split('=')[0])

    [
        if wire.Method <> endpoint.Method then
            "was sent as " + wire.Method

        if pathOf wire.Url.PathAndQuery <> path then
            "went to " + pathOf wire.Url.PathAndQuery + ", not " + path

        for parameter in endpoint.Parameters do
            let isOurs =
                not call.IsDirectForm
                || parameter.Field.Kinds |> Option.forall (Set.contains Direct)

            if
                parameter.Place = InQuery
                && isOurs
                && (parameter.IsRequired || fullness = Maximal)
                && not (Array.contains parameter.Field.Wire query)
            then
                "has no " + parameter.Field.Wire + " behind the question mark"

        match body, endpoint.Body with
        | Some(shape, fields: Field list, given: JsonObject), JsonBody _ ->
            for field in fields do
                match field.Filling with
                | Some source when not (given.ContainsKey field.Wire) ->
                    given[field.Wire] <- JsonValue.Create(filled platform source)
                | _ -> ()

            let sent = JsonNode.Parse(Encoding.UTF8.GetString wire.Body)
            withoutSealed shape sent
            withoutSealed shape given

            if not (JsonNode.DeepEquals(given, sent)) then
                "sent "
                + (nonNull sent).ToJsonString relaxed
                + "\nfor "
                + given.ToJsonString relaxed
        | _ -> ()
    ]

let private judgeAnswer (wire: Recorder) (endpoint: Endpoint) (result: obj) =
    match endpoint.Answer, result with
    | JsonBack(ShapeOf key), (:? IWireShape as shape) ->
        let _, written = WireTypes.write false shape
        let read = JsonNode.Parse(Encoding.UTF8.GetString written)
        let came = JsonNode.Parse(Encoding.UTF8.GetString wire.Answer)
        withoutSealed catalogue.Shapes[key] read
        withoutSealed catalogue.Shapes[key] came

        if JsonNode.DeepEquals(read, came) then
            []
        else
            [
                "read "
                + (nonNull read).ToJsonString relaxed
                + "\nfrom "
                + (nonNull came).ToJsonString relaxed
            ]
    | JsonBack _, _ -> [ "has no answer" ]
    | UnknownBack, (:? RawJson) -> []
    | UnknownBack, _ -> [ "is not raw JSON" ]
    | (NothingBack | BytesBack), _ -> []

let nameOf (offer: Offer) =
    ClientSource.className offer.Kind
    + "."
    + ClientSource.propertyOf offer.Kind offer.Client.Service
    + "."
    + Names.pascal offer.Call.Endpoint.Name
    + "Async"

/// A call of an offer through the façade: what it is given, and its result, null where it has none.
type Invocation =
    {
        Body: (Shape * Field list * JsonObject) option
        Given: obj array
        Run: unit -> Task<obj | null>
    }

/// The call of an offer, found by its name.
let invocationOf fullness (client: obj) (offer: Offer) =
    let property = ClientSource.propertyOf offer.Kind offer.Client.Service

    let service =
        nonNull ((nonNull (client.GetType().GetProperty property)).GetValue client)

    let method =
        nonNull (service.GetType().GetMethod(Names.pascal offer.Call.Endpoint.Name + "Async"))

    let arguments = OperationSource.argumentsOf catalogue offer.File offer.Call
    let body = bodyOf fullness offer.Call
    let given = method.GetParameters() |> Array.map (argumentOf fullness arguments body)

    let run () : Task<obj | null> =
        task {
            let running = nonNull (method.Invoke(service, given)) :?> Task
            do! running

            return
                if method.ReturnType.IsGenericType then
                    (nonNull (running.GetType().GetProperty "Result")).GetValue running
                else
                    null
        }

    {
        Body = body
        Given = given
        Run = run
    }

let private call (client: obj) (platform: WeChatPaySimulator) (wire: Recorder) fullness (offer: Offer) =
    task {
        let invocation = invocationOf fullness client offer

        try
            let! result = invocation.Run()

            return
                judgeRequest platform wire fullness offer.Call invocation.Body
                @ judgeAnswer wire offer.Call.Endpoint result
        with failure ->
            let failure =
                if failure :? TargetInvocationException then
                    nonNull failure.InnerException
                else
                    failure

            return [ failure.GetType().Name + ": " + failure.Message ]
    }
    |> fun running ->
        task {
            let! found = running
            return found |> List.map (fun problem -> nameOf offer + " " + problem)
        }

let private clientsAt
    (clock: TimeProvider)
    (suite: Suite)
    (platform: WeChatPaySimulator)
    (wire: Recorder)
    : Map<ClientKind, obj> =
    let options = Shop.clientFor platform ignore
    options.Suite <- suite
    options.Appid <- "wx-of-the-options"
    options.BrandId <- platform.BrandId
    let http = new HttpClient(wire)

    Map
        [
            DirectClient, box (WeChatPayClient(http, options, clock))
            PartnerClient, box (WeChatPayPartnerClient(http, options, clock))
            BrandClient, box (WeChatPayBrandClient(http, options, clock))
            InstitutionClient, box (WeChatPayInstitutionClient(http, options, clock))
            GlobalClient, box (WeChatPayGlobalClient(http, options, clock))
        ]

let private clientsOf suite platform wire =
    clientsAt TimeProvider.System suite platform wire

/// The simulator has rules for these: they are called with what the rules ask.
let private isRuled (offer: Offer) =
    PlatformRequests.isHandWrittenPath offer.Call.Endpoint.Path
    || List.contains
        offer.Call.Endpoint.Path
        [
            "/v3/ecommerce/refunds/apply"
            "/v3/ecommerce/refunds/id/{refund_id}"
            "/v3/ecommerce/refunds/out-refund-no/{out_refund_no}"
            "/v3/ecommerce/refunds/{refund_id}/apply-abnormal-refund"
        ]

/// Made of a day that is over.
let private isOfBills (offer: Offer) =
    let path = offer.Call.Endpoint.Path

    isRuled offer
    && (path.Contains("/bill/", StringComparison.Ordinal)
        || path.EndsWith("/merchant-bill", StringComparison.Ordinal))

/// Its total cannot be that of everything at once: payments less discounts.
let private isSummed (offer: Offer) =
    offer.Call.Endpoint.Service + "." + offer.Call.Endpoint.Name = "payscore_orders.create_and_complete_order"

/// Questions first: what was never created is answered only as long as nothing else was.
let private inOrder =
    offers
    |> List.filter (isRuled >> not)
    |> List.sortBy (fun offer -> if offer.Call.Endpoint.Method = "GET" then 0 else 1)
    |> PlatformRequests.rounds (fun offer -> PlatformRequests.flowOf offer.Call.Endpoint.Service) (fun offer ->
        offer.Call.Endpoint.Method = "GET")

let private callAll suite simulated fullness =
    task {
        use wire = new Recorder()
        let problems = List<string>()

        for round in inOrder do
            let! platform =
                WeChatPaySimulator.StartAsync(WeChatPaySimulatorOptions(Suite = suite), CancellationToken.None)

            use platform = platform
            platform.Fullness <- simulated
            let clients = clientsOf suite platform wire

            let isOffered offer =
                suite.Name = "RSA" || offer.Kind <> BrandClient

            for offer in List.filter isOffered round do
                if fullness = Minimal || not (isSummed offer) then
                    let! found = call clients[offer.Kind] platform wire fullness offer
                    problems.AddRange found

        if problems.Count > 0 then
            failtestf "%i problems, such as\n%s" problems.Count (String.concat "\n" (Seq.truncate 40 problems))
    }

let private quoted (value: string) = "\"" + value + "\""

[<Literal>]
let private SubMerchant = "1900000109"

[<Literal>]
let private NotifyUrl = "http://127.0.0.1:1/notify"

/// What the rules ask of fields whatever the call.
let private common (platform: WeChatPaySimulator) =
    [
        "mchid", quoted platform.MerchantId
        "sp_mchid", quoted platform.MerchantId
        "sub_mchid", quoted SubMerchant
        "combine_mchid", quoted platform.MerchantId
        "refund", "50"
        "total", "100"
        "description", quoted "tea"
        "notify_url", quoted NotifyUrl
        "openid", quoted "oPayer"
        "sp_openid", quoted "oPayer"
        "auth_code", quoted "130061098828009406"
    ]

let private refundNumbers outTradeNo outRefundNo (refund: Refund) =
    [
        "out_trade_no", quoted outTradeNo
        "transaction_id", quoted (nonNull refund.TransactionId)
        "out_refund_no", quoted outRefundNo
        "refund_id", quoted refund.RefundId
    ]

let private scene =
    WeChatPay.Api.CodeOrderScene(StoreInfo = WeChatPay.Api.OrderStore(Id = "store-1"))

let private code = WeChatPay.Api.CodePayer(AuthCode = "130061098828009406")

let private half =
    WeChatPay.Api.RefundRequestAmount(Refund = 50L, Total = 100L, Currency = "CNY")

/// A direct merchant's order that is paid and half given back, under its numbers.
let private prepareDirect (platform: WeChatPaySimulator) (pay: WeChatPayClient) number =
    task {
        let outTradeNo, outRefundNo = "every-order-" + number, "every-refund-" + number
        let amount = WeChatPay.Api.OrderAmount(Total = 100L)

        for placed in [ outTradeNo; "every-open-" + number ] do
            let! _ =
                pay.Payments.PrepayNativeAsync(
                    WeChatPay.Api.NativePrepayRequest(
                        Description = "tea",
                        OutTradeNo = placed,
                        NotifyUrl = NotifyUrl,
                        Amount = amount
                    )
                )

            ()

        let! _ =
            pay.Payments.PayWithCodeAsync(
                WeChatPay.Api.PayWithCodeRequest(
                    Description = "tea",
                    OutTradeNo = "every-code-" + number,
                    Payer = code,
                    Amount = amount,
                    SceneInfo = scene
                )
            )

        let! _ = platform.PayAsync outTradeNo

        let! refund =
            pay.Refunds.CreateAsync(
                WeChatPay.Api.RefundRequest(OutTradeNo = outTradeNo, OutRefundNo = outRefundNo, Amount = half)
            )

        return refundNumbers outTradeNo outRefundNo refund
    }

/// The same of a sub-merchant.
let private preparePartner (platform: WeChatPaySimulator) (partner: WeChatPayPartnerClient) number =
    task {
        let outTradeNo, outRefundNo = "every-order-" + number, "every-refund-" + number
        let amount = WeChatPay.Api.OrderAmount(Total = 100L)

        for placed in [ outTradeNo; "every-open-" + number ] do
            let! _ =
                partner.Payments.PrepayNativeAsync(
                    WeChatPay.Api.PartnerNativePrepayRequest(
                        SubMchid = SubMerchant,
                        Description = "tea",
                        OutTradeNo = placed,
                        NotifyUrl = NotifyUrl,
                        Amount = amount
                    )
                )

            ()

        let! _ =
            partner.Payments.PayWithCodeAsync(
                WeChatPay.Api.PartnerPayWithCodeRequest(
                    SubMchid = SubMerchant,
                    Description = "tea",
                    OutTradeNo = "every-code-" + number,
                    Payer = code,
                    Amount = amount,
                    SceneInfo = scene
                )
            )

        let! _ = platform.PayAsync outTradeNo

        let! refund =
            partner.Refunds.CreateAsync(
                WeChatPay.Api.PartnerRefundRequest(
                    SubMchid = SubMerchant,
                    OutTradeNo = outTradeNo,
                    OutRefundNo = outRefundNo,
                    Amount = half
                )
            )

        return refundNumbers outTradeNo outRefundNo refund
    }

let private parts (platform: WeChatPaySimulator) number =
    let part letter =
        "{\"mchid\":"
        + quoted platform.MerchantId
        + ",\"attach\":\"table 7\",\"description\":\"tea\",\"out_trade_no\":"
        + quoted ("every-" + letter + "-" + number)
        + ",\"amount\":{\"total_amount\":50,\"currency\":\"CNY\"}}"

    "[" + part "a" + "," + part "b" + "]"

/// A combined order that is paid, and one that is open.
let private prepareCombined (platform: WeChatPaySimulator) (pay: WeChatPayClient) number =
    task {
        let whole name =
            WeChatPay.Api.CombinedNativePrepayRequest(
                CombineOutTradeNo = "every-" + name + "-" + number,
                NotifyUrl = NotifyUrl,
                SubOrders =
                    [|
                        for letter in [ "a"; "b" ] do
                            WeChatPay.Api.CombinedAppSubOrder(
                                Mchid = platform.MerchantId,
                                Attach = "table 7",
                                Description = "tea",
                                OutTradeNo = "every-" + name + letter + "-" + number,
                                Amount = WeChatPay.Api.CombinedOrderAmount(TotalAmount = 50L, Currency = "CNY")
                            )
                    |]
            )

        let! _ = pay.CombinedPayments.PrepayNativeAsync(whole "open")
        let! _ = pay.CombinedPayments.PrepayNativeAsync(whole "whole")
        let! _ = platform.PayAsync("every-whole-" + number)

        let! paid =
            pay.CombinedPayments.QueryByCombineOutTradeNoAsync("every-whole-" + number)

        return
            [
                "combine_out_trade_no", quoted ("every-whole-" + number)
                "combine_transaction_id", quoted (string paid.CombineTransactionId)
                "sub_orders", parts platform number
            ]
    }

let private prepare (platform: WeChatPaySimulator) (clients: Map<ClientKind, obj>) (offer: Offer) number =
    match offer.Call.Endpoint.Service, offer.Kind with
    | "combine_payments", _ -> prepareCombined platform (clients[DirectClient] :?> WeChatPayClient) number
    | _, DirectClient -> prepareDirect platform (clients[DirectClient] :?> WeChatPayClient) number
    | _ -> preparePartner platform (clients[PartnerClient] :?> WeChatPayPartnerClient) number

/// What the number is for a call that makes an order, for one that closes one, for a refund of the rest; else it is that of the order that is paid.
let private numbersFor (offer: Offer) number =
    let closing =
        "[{\"mchid\":\"1900000001\",\"out_trade_no\":\"every-opena-"
        + number
        + "\"},{\"mchid\":\"1900000001\",\"out_trade_no\":\"every-openb-"
        + number
        + "\"}]"

    match offer.Call.Endpoint.Service, offer.Call.Endpoint.Name with
    | "combine_payments", name when name.StartsWith "prepay" ->
        [ "combine_out_trade_no", quoted ("every-new-" + number) ]
    | "combine_payments", "close" ->
        [
            "combine_out_trade_no", quoted ("every-open-" + number)
            "sub_orders", closing
        ]
    | _, name when name.StartsWith "prepay" -> [ "out_trade_no", quoted ("every-new-" + number) ]
    | _, "pay_with_code" -> [ "out_trade_no", quoted ("every-new-" + number) ]
    | _, "reverse" -> [ "out_trade_no", quoted ("every-code-" + number) ]
    | _, "close" -> [ "out_trade_no", quoted ("every-open-" + number) ]
    | _, "apply_abnormal_refund" -> [ "type", quoted "MERCHANT_BANK_CARD" ]
    | "refunds", "create"
    | "ecommerce_refunds", "apply_refund" -> [ "out_refund_no", quoted ("every-rest-" + number) ]
    | _ -> []

let private callRuled () =
    task {
        use wire = new Recorder()

        let! platform =
            WeChatPaySimulator.StartAsync(WeChatPaySimulatorOptions(IssuesCertificates = true), CancellationToken.None)

        use platform = platform
        platform.Fullness <- WeChatPay.Simulator.Fullness.Minimal
        let clients = clientsOf Suite.rsa platform wire
        let problems = List<string>()

        let ruled =
            offers |> List.filter (fun offer -> isRuled offer && not (isOfBills offer))

        for index, offer in List.indexed ruled do
            let number = string index
            let! prepared = prepare platform clients offer number

            if offer.Call.Endpoint.Name = "apply_abnormal_refund" then
                do! platform.SettleRefundAsync("every-refund-" + number, RefundOutcome.Abnormal)

            known.Value <- Some(Map.ofList (common platform @ prepared @ numbersFor offer number))
            let! found = call clients[offer.Kind] platform wire Minimal offer
            known.Value <- None
            problems.AddRange found

        if problems.Count > 0 then
            failtestf "%i problems, such as\n%s" problems.Count (String.concat "\n" (Seq.truncate 40 problems))
    }

/// Calls for bills, on the morning after a day with a sub-merchant's payment and one of the merchant's own.
let private callBills () =
    task {
        use wire = new Recorder()

        let clock =
            FakeTimeProvider(DateTimeOffset(2026, 3, 4, 12, 0, 0, TimeSpan.FromHours 8.0))

        let! platform =
            WeChatPaySimulator.StartAsync(WeChatPaySimulatorOptions(Clock = clock), CancellationToken.None)

        use platform = platform
        let clients = clientsAt clock Suite.rsa platform wire
        let partner = clients[PartnerClient] :?> WeChatPayPartnerClient
        let direct = clients[DirectClient] :?> WeChatPayClient

        let! _ =
            partner.Payments.PrepayNativeAsync(
                PartnerNativePrepayRequest(
                    SubMchid = SubMerchant,
                    Description = "tea",
                    OutTradeNo = "every-sub",
                    NotifyUrl = NotifyUrl,
                    Amount = OrderAmount(Total = 100L)
                )
            )

        let! _ =
            direct.Payments.PrepayNativeAsync(
                NativePrepayRequest(
                    Description = "tea",
                    OutTradeNo = "every-own",
                    NotifyUrl = NotifyUrl,
                    Amount = OrderAmount(Total = 100L)
                )
            )

        let! _ = platform.PayAsync "every-sub"
        let! _ = platform.PayAsync "every-own"
        clock.Advance(TimeSpan.FromHours 22.0)
        let problems = List<string>()

        known.Value <-
            Some(
                Map
                    [
                        "sub_mchid", quoted SubMerchant
                        "bill_date", quoted "2026-03-04"
                        "bill_type", quoted "ALL"
                        "account_type", quoted "BASIC"
                        "tar_type", quoted "GZIP"
                        "algorithm", quoted "AEAD_AES_256_GCM"
                    ]
            )

        for offer in offers |> List.filter isOfBills do
            let! found = call clients[offer.Kind] platform wire Minimal offer
            problems.AddRange found

        known.Value <- None
        Expect.isEmpty problems "called and answered as described"
        Expect.equal (offers |> List.filter isOfBills).Length 7 "five calls, two of them by both kinds of merchant"
    }

[<Tests>]
let tests =
    testSequenced
    <| testList
        "every endpoint"
        [
            test "each of the description's endpoints is offered by a client" {
                let offered =
                    offers
                    |> List.map (fun offer -> offer.Call.Endpoint.Service, offer.Call.Endpoint.Name)
                    |> List.distinct

                Expect.equal offered.Length endpoints.Length "no endpoint that nobody may call"
                Expect.isGreaterThanOrEqual endpoints.Length 1057 "as many as the platform has"
            }

            testCaseTask
                "is called under the rules that the simulator has for orders, refunds and certificates"
                callRuled
            testCaseTask "is called under the rules that the simulator has for bills" callBills
            testCaseTask "is called with what must be there, and its least answer is read with nothing lost" (fun () ->
                callAll Suite.rsa WeChatPay.Simulator.Fullness.Minimal Minimal)
            testCaseTask "is called with everything, and its fullest answer is read with nothing lost" (fun () ->
                callAll Suite.rsa WeChatPay.Simulator.Fullness.Maximal Maximal)

            testCaseTask "and fullest for a merchant of the SM suite, all but the brands', who have RSA only" (fun () ->
                callAll SmSuite.Instance WeChatPay.Simulator.Fullness.Maximal Maximal)
        ]
