/// Orders placed through the façade and the F# door against the simulator; and that what is checked passes the platform's own rules.
module WeChatPay.Tests.CheckoutPlacingTests

open System
open System.Net.Http
open System.Security.Cryptography
open System.Threading
open Expecto
open FsCheck.FSharp
open WeChatPay
open WeChatPay.Api
open WeChatPay.Functional
open WeChatPay.Shell
open WeChatPay.Simulator
open WeChatPay.Tests.Platform
open WeChatPay.Tests.CheckoutOrders
open WeChatPay.Tests.Shop

let private isSignedBy (platform: WeChatPaySimulator) (text: string) (signature: string) =
    use rsa = RSA.Create()
    rsa.ImportFromPem(platform.MerchantPrivateKeyPem.AsSpan())
    rsa.VerifyData(utf8 text, Convert.FromBase64String signature, HashAlgorithmName.SHA256, RSASignaturePadding.Pkcs1)

let private place (client: WeChatPayClient) draft =
    client.Checkout.PlaceAsync(directOrder draft)

let private problemsOf (call: unit -> Tasks.Task<PlacedOrder>) =
    task {
        try
            let! placed = call ()
            return failtest $"placed: {placed}"
        with :? WeChatPayValidationException as failure ->
            return failure
    }

let private facade =
    testList
        "façade"
        [
            testCaseTask "each way gives what its side opens the payment with" (fun () ->
                task {
                    use! platform = WeChatPaySimulator.StartAsync()
                    let client = direct platform ignore TimeProvider.System

                    match! place client { good with OutTradeNo = "native-1" } with
                    | PlacedOrder.Native codeUrl -> Expect.stringStarts codeUrl "weixin://" "code_url"
                    | other -> failtest $"{other}"

                    for way, number in [ PayWay.Jsapi, "jsapi-1"; PayWay.MiniProgram, "mini-01" ] do
                        match!
                            place
                                client
                                { goodJsapi with
                                    Way = way
                                    OutTradeNo = number
                                }
                        with
                        | PlacedOrder.Jsapi invocation ->
                            Expect.equal invocation.AppId "wx1" "the order's appid"
                            Expect.stringStarts invocation.Package "prepay_id=wx" "package"

                            let text =
                                $"wx1\n{invocation.TimeStamp}\n{invocation.NonceStr}\n{invocation.Package}\n"

                            Expect.isTrue (isSignedBy platform text invocation.PaySign) "signed by the merchant"
                        | other -> failtest $"{other}"

                    match!
                        place
                            client
                            { good with
                                Way = PayWay.App
                                OutTradeNo = "app-001"
                            }
                    with
                    | PlacedOrder.App invocation ->
                        let text =
                            $"wx1\n{invocation.Timestamp}\n{invocation.NonceStr}\n{invocation.PrepayId}\n"

                        Expect.isTrue (isSignedBy platform text invocation.Sign) "signed by the merchant"
                    | other -> failtest $"{other}"

                    match! place client { goodH5 with OutTradeNo = "h5-0001" } with
                    | PlacedOrder.H5 h5Url -> Expect.stringStarts h5Url "https://" "h5_url"
                    | other -> failtest $"{other}"

                    for number, kind in
                        [
                            "native-1", "NATIVE"
                            "mini-01", "JSAPI"
                            "app-001", "APP"
                            "h5-0001", "MWEB"
                        ] do
                        let! _ = platform.PayAsync number
                        let! order = client.Payments.QueryByOutTradeNoAsync number
                        Expect.equal order.TradeType.Value.Value kind number
                })

            testCaseTask "what breaks rules is not sent; all rules are in the exception" (fun () ->
                task {
                    use! platform = WeChatPaySimulator.StartAsync()
                    let client = direct platform ignore TimeProvider.System

                    let! failure =
                        problemsOf (fun () ->
                            place
                                client
                                { good with
                                    Total = 0L
                                    Attach = String('a', 129)
                                    Openid = "SECRET"
                                })

                    Expect.equal
                        [
                            for problem in failure.Problems do
                                problem.Field, problem.Code
                        ]
                        [
                            "amount.total", "not_positive"
                            "attach", "too_many_bytes"
                            "payer.openid", "out_of_place"
                        ]
                        "all"

                    for problem in failure.Problems do
                        Expect.stringContains failure.Message problem.Message "in the message"
                        Expect.isNotEmpty problem.Advice.English "advice"
                        Expect.isNotEmpty problem.Advice.Chinese "advice"

                    Expect.equal (failure.Field, failure.Code) ("amount.total", "invalid_request") "the first"
                    Expect.isFalse failure.OutcomeUnknown "nothing has happened"
                    Expect.isFalse (failure.ToString().Contains "SECRET") "no value"

                    let! refusal =
                        refusalOf (fun () -> client.Payments.QueryByOutTradeNoAsync good.OutTradeNo)

                    Expect.equal refusal.ErrorCode "ORDER_NOT_EXIST" "never sent"
                })

            testCaseTask "the options' appid stands in, and is the invocation's" (fun () ->
                task {
                    use! platform = WeChatPaySimulator.StartAsync()
                    let draft = { goodJsapi with Appid = null }
                    let bare = direct platform ignore TimeProvider.System
                    let! failure = problemsOf (fun () -> place bare draft)
                    Expect.equal failure.Field "appid" "from nowhere"

                    let client =
                        direct platform (fun options -> options.Appid <- "wx9") TimeProvider.System

                    match! place client draft with
                    | PlacedOrder.Jsapi invocation -> Expect.equal invocation.AppId "wx9" "from the options"
                    | other -> failtest $"{other}"
                })

            testCaseTask "only a simulated platform notifies hosts of one's own" (fun () ->
                task {
                    use! platform = WeChatPaySimulator.StartAsync()

                    let home =
                        { good with
                            NotifyUrl = "http://127.0.0.1:5001/notify"
                        }

                    let! _ = place (direct platform ignore TimeProvider.System) home

                    let real =
                        direct
                            platform
                            (fun options -> options.BaseAddress <- "https://platform.invalid")
                            TimeProvider.System

                    let! failure = problemsOf (fun () -> place real home)

                    Expect.equal
                        [
                            for problem in failure.Problems do
                                problem.Code
                        ]
                        [ "not_https"; "not_reachable" ]
                        "before anything is sent"
                })

            testCaseTask "other calls name their one problem in the same way" (fun () ->
                task {
                    use! platform = WeChatPaySimulator.StartAsync()
                    let client = direct platform ignore TimeProvider.System

                    try
                        let! _ = client.Payments.QueryByOutTradeNoAsync ".."
                        failtest "sent"
                    with :? WeChatPayValidationException as failure ->
                        Expect.equal failure.Problems.Count 1 "one"
                        Expect.equal failure.Problems[0].Field "out_trade_no" "its field"
                        Expect.equal failure.Field "out_trade_no" "the same"
                        Expect.equal failure.Problems[0].Code "invalid_request" "its code"
                })

            testCaseTask "a service provider's client judges by its own rules" (fun () ->
                task {
                    use! platform = WeChatPaySimulator.StartAsync()

                    let client =
                        WeChatPayPartnerClient(
                            new HttpClient(WeChatPayClient.CreateHandler()),
                            clientFor platform ignore,
                            TimeProvider.System
                        )

                    let! single =
                        problemsOf (fun () -> client.Checkout.PlaceAsync(partnerOrder { good with SubMchid = "" }))

                    Expect.equal single.Field "sub_mchid" "single"

                    let! whole =
                        problemsOf (fun () -> client.Checkout.PlaceAsync(combinedOrder (parts 51) good))

                    Expect.equal whole.Problems[0].Code "too_many_sub_orders" "fifty-one"
                    let own = direct platform ignore TimeProvider.System

                    let! few =
                        problemsOf (fun () -> own.Checkout.PlaceAsync(combinedOrder (parts 1) good))

                    Expect.equal few.Problems[0].Code "too_few_sub_orders" "a direct merchant's"
                })
        ]

/// One of the values, most often the first.
let private mostly usual others =
    Gen.frequency [ 12, Gen.constant usual; 1, Gen.elements others ]

let private times count (text: string) = String.replicate count text

/// Orders around every limit; their numbers are made unique when they are placed.
let private drafts =
    gen {
        let! way =
            Gen.elements [ PayWay.Native; PayWay.Jsapi; PayWay.MiniProgram; PayWay.App; PayWay.H5 ]

        let! description =
            mostly
                "一杯茶"
                [
                    ""
                    times 127 "茶"
                    times 128 "茶"
                    times 127 "🍵"
                    times 128 "🍵"
                    String(char 0xD83C, 1)
                ]

        let! tail = mostly "" [ times 26 "Z"; times 27 "Z"; "|*_-"; "@"; " " ]

        let! attach =
            mostly null [ ""; times 128 "a"; times 129 "a"; times 42 "茶"; times 43 "茶" ]

        let! url =
            mostly
                "https://shop.example/notify"
                [
                    ""
                    "https://shop.example/" + times 234 "n"
                    "https://shop.example/" + times 235 "n"
                    "https://shop.example/a?b=c"
                    "https://shop.example/a#b"
                    "http://shop.example/a"
                    "shop.example"
                ]

        let! total = mostly 1L [ 0L; -1L; Int64.MaxValue ]
        let! currency = mostly "CNY" [ ""; "USD" ]
        let! appid = mostly "wx1" [ ""; times 32 "w"; times 33 "w" ]
        let! openid = mostly "o1" [ ""; times 128 "o"; times 129 "o" ]
        let! ip = mostly "203.0.113.7" [ null; "::1"; "here" ]
        let! kind = mostly "Wap" [ ""; "iOS"; "Nokia" ]

        let! seconds =
            mostly ValueNone [ ValueSome -1.0; ValueSome 70.0; ValueSome 7_775_000.0; ValueSome 7_777_000.0 ]

        let isJsapi = way = PayWay.Jsapi || way = PayWay.MiniProgram

        return
            struct ({ good with
                        Way = way
                        Description = description
                        OutTradeNo = tail
                        NotifyUrl = url
                        Total = total
                        Currency = currency
                        Appid = appid
                        Attach = attach
                        Openid = (if isJsapi then openid else null)
                        Ip = ip
                        H5 = (if way = PayWay.H5 then H5Page(Type = kind) else null)
                    },
                    seconds)
    }

let private property =
    testCaseTask "what passes here, passes the platform's own rules" (fun () ->
        task {
            use! platform = WeChatPaySimulator.StartAsync()
            let client = direct platform ignore TimeProvider.System
            let mutable placed = 0
            let mutable refused = 0

            for struct (draft, seconds) in Gen.sample 600 drafts do
                let number = (placed + refused).ToString "000000"

                let draft =
                    { draft with
                        OutTradeNo = number + draft.OutTradeNo
                        Expires = seconds |> ValueOption.map DateTimeOffset.UtcNow.AddSeconds
                    }

                try
                    let! _ = place client draft
                    placed <- placed + 1
                with :? WeChatPayValidationException ->
                    refused <- refused + 1

            Expect.isGreaterThan placed 100 "many are placed"
            Expect.isGreaterThan refused 100 "many are not sent"
        })

let private shellClient (platform: WeChatPaySimulator) : Shell.Client =
    let key =
        force (PlatformKey.ofPublicKeyPem platform.PlatformPublicKeyId platform.PlatformPublicKeyPem)

    {
        Http = new HttpClient(Shell.Client.createHandler ())
        BaseAddress = platform.BaseAddress
        GlobalAddress = platform.BaseAddress
        Caller = Caller platform.MerchantId
        Key =
            Shell.InMemoryMerchantKey(force (MerchantKey.ofPem platform.MerchantSerial platform.MerchantPrivateKeyPem))
        Keys = PlatformKeys.ofRing (force (Keyring.create [ key ]))
        PlatformSerial = ""
        Clock = TimeProvider.System
        NewNonce = Shell.Client.newNonce
        Resilience = Shell.Resilience.Off System.TimeProvider.System
        Report = ignore
    }

let private door =
    testCaseTask "the F# door: judged, placed, opened" (fun () ->
        task {
            use! platform = WeChatPaySimulator.StartAsync()
            let client = shellClient platform

            match Checkout.check DateTimeOffset.UtcNow (OrderToPlace.Direct(directOrder goodJsapi)) with
            | Error errors -> failtest $"{errors}"
            | Ok order ->
                match! Shell.Checkouts.place CancellationToken.None client CheckoutOperations.Place order with
                | Ok(PlacedOrder.Jsapi invocation) -> Expect.equal invocation.AppId "wx1" "signed for the page"
                | other -> failtest $"{other}"
        })

[<Tests>]
let tests = testList "checkout, placing" [ facade; property; door ]
