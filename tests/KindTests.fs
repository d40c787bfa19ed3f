/// Five kinds of merchant: who may call what, who signs how, and where it goes.
module WeChatPay.Tests.KindTests

open System
open System.Net.Http
open System.Threading.Tasks
open Expecto
open WeChatPay
open WeChatPay.Api
open WeChatPay.Functional
open WeChatPay.Shell
open WeChatPay.Tests.CallTests
open WeChatPay.Tests.Platform
open WeChatPay.Tests.WirePlatform

let ping =
    Operation.Create<NoContent>(
        "GET",
        "/v3/ping",
        WeChatPay.Wire.WireDecoder<NoContent>(fun json value error -> NoContent.TryRead(json, &value, &error))
    )

let private kinds =
    [
        MerchantKinds.Direct, "direct merchants"
        MerchantKinds.Partner, "service providers"
        MerchantKinds.Brand, "brands"
        MerchantKinds.Institution, "institutions and banks"
        MerchantKinds.Global, "merchants outside the mainland"
    ]

let private callerOf kind appid =
    Caller("1900000001", kind, appid, "40231")

let as' kind appid url =
    { shellAt url with
        Caller = callerOf kind appid
    }

let private calls =
    testList
        "calls"
        [
            testCaseTask "a call is for the kinds that it names; the others are told so, and nothing is sent" (fun () ->
                task {
                    use! platform = openPlatform (fun _ -> answer 204 [||])

                    for mask in 0..31 do
                        let allowed = enum<MerchantKinds> mask
                        let operation = ping.For allowed

                        let names =
                            [
                                for kind, name in kinds do
                                    if int kind &&& mask <> 0 then
                                        name
                            ]

                        for kind, name in kinds do
                            platform.Asked.Clear()
                            let! result = Client.send (as' kind null platform.Url) operation

                            if List.contains name names then
                                valueOf result |> ignore
                                Expect.equal platform.Asked.Count 1 "sent"
                            else
                                let expected = "call", "is only for " + String.Join(", ", names)
                                Expect.equal (refusedBefore result) expected (name + " " + string mask)
                                Expect.isEmpty platform.Asked "not sent"
                })

            testCaseTask "the described ones as well, in F#" (fun () ->
                task {
                    use! platform = openPlatform (fun _ -> answer 204 [||])

                    let close kind =
                        Client.send (as' kind null platform.Url) (Payments.Close "order-1")

                    let! direct = close MerchantKinds.Direct
                    valueOf direct |> ignore

                    for kind in [ MerchantKinds.Partner; MerchantKinds.Brand; MerchantKinds.Global ] do
                        let! other = close kind
                        Expect.equal (refusedBefore other) ("call", "is only for direct merchants") (string kind)

                    Expect.equal platform.Asked.Count 1 "sent once"
                })
        ]

let private problemsOf (make: unit -> obj) =
    try
        make () |> ignore
        []
    with :? WeChatPayConfigurationException as failure ->
        [ for problem in failure.Problems -> problem.Setting ]

let http () =
    new HttpClient(WeChatPayClient.CreateHandler())

let private brands =
    testList
        "brands"
        [
            testCaseTask "a brand signs under its own number and scheme, the others under mchid" (fun () ->
                task {
                    use! platform = openPlatform (fun _ -> json "{}")
                    let options = optionsAt platform.Url
                    options.BrandId <- " 40231 "
                    let brand = WeChatPayBrandClient(http (), options, StoppedClock())
                    let! _ = brand.ProductCoupons.GetNotifyConfigAsync()
                    let authorization = platform.Only.Header "Authorization"

                    Expect.stringStarts
                        authorization
                        "WECHATPAY-BRAND-SHA256-RSA2048 brand_id=\"40231\",nonce_str="
                        "scheme"

                    Expect.equal (parameter authorization "serial_no") "AB" "the merchant's key"
                    Expect.isFalse (authorization.Contains "mchid") "no mchid"
                    platform.Asked.Clear()
                    let direct = WeChatPayClient(http (), options, StoppedClock())
                    let! _ = direct.SendAsync(HttpMethod.Get, "/v3/ping")

                    Expect.stringStarts
                        (platform.Only.Header "Authorization")
                        "WECHATPAY2-SHA256-RSA2048 mchid=\"1900000001\",nonce_str="
                        "not by having the number"
                })

            testCaseTask
                "a brand without its number is named, in C# before the first call, in F# before it is sent"
                (fun () ->
                    task {
                        for brandId in [ null; " "; "40231\""; "wx1" ] do
                            let options = optionsAt "http://127.0.0.1:1"
                            options.BrandId <- brandId

                            let brand () =
                                WeChatPayBrandClient(http (), options) :> obj

                            let direct () =
                                WeChatPayClient(http (), options) :> obj

                            Expect.equal (problemsOf brand) [ "BrandId" ] "named"
                            Expect.equal (problemsOf direct) [] "needed by brands only"

                        use! platform = openPlatform (fun _ -> json "{}")

                        let nameless =
                            { shellAt platform.Url with
                                Caller = Caller("1900000001", MerchantKinds.Brand, null, null)
                            }

                        let! result = Client.send nameless ping
                        Expect.equal (refusedBefore result) ("brand_id", "is missing") "by name"
                        Expect.isEmpty platform.Asked "not sent"
                    })
        ]

/// Keeps where it was to go, and goes nowhere.
type private Nowhere() =
    inherit HttpMessageHandler()
    member val Host = "" with get, set

    override wire.SendAsync(request, _) =
        wire.Host <- request.RequestUri.GetLeftPart UriPartial.Authority
        Task.FromException<HttpResponseMessage>(HttpRequestException "nowhere")

/// Where a call for the host outside the mainland, and one for the main host, would go.
let private hostsOf (change: WeChatPayOptions -> unit) =
    task {
        let options = optionsAt "https://api.mch.weixin.qq.com"
        change options
        let wire = new Nowhere()
        let client = WeChatPayGlobalClient(new HttpClient(wire), options)

        let hostOf (operation: Operation<NoContent>) =
            task {
                try
                    let! _ = client.SendAsync operation
                    return ""
                with :? HttpRequestException ->
                    return wire.Host
            }

        let! outside = hostOf (ping.At PlatformHost.Global)
        let! main = hostOf ping
        return outside, main
    }

let private hosts =
    testList
        "hosts"
        [
            testCaseTask
                "outside the mainland has its own host; whoever sets another platform means it for both"
                (fun () ->
                    task {
                        let main, outside =
                            "https://api.mch.weixin.qq.com", "https://apihk.mch.weixin.qq.com"

                        let second, own = "https://api2.mch.weixin.qq.com", "https://wechatpay.test:8443"

                        for baseAddress, globalAddress, expected in
                            [
                                main, null, (outside, main)
                                main + "/", null, (outside, main)
                                second, null, (outside, second)
                                own, null, (own, own)
                                "https://weixin.qq.com.test",
                                null,
                                ("https://weixin.qq.com.test", "https://weixin.qq.com.test")
                                own, outside, (outside, own)
                                main, own, (own, main)
                                main, own + "/", (own, main)
                            ] do
                            let! hosts =
                                hostsOf (fun options ->
                                    options.BaseAddress <- baseAddress
                                    options.GlobalBaseAddress <- globalAddress)

                            Expect.equal hosts expected $"{baseAddress} and {globalAddress}"
                    })

            testCase "an address of it that is none is named" (fun () ->
                for bad in
                    [
                        ""
                        "apihk.mch.weixin.qq.com"
                        "http://apihk.mch.weixin.qq.com"
                        "https://a.test/v3"
                    ] do
                    let options = optionsAt "https://api.mch.weixin.qq.com"
                    options.GlobalBaseAddress <- bad

                    let make () =
                        WeChatPayGlobalClient(http (), options) :> obj

                    Expect.equal (problemsOf make) [ "GlobalBaseAddress" ] bad)

            testCaseTask "an answer from there is verified as every other" (fun () ->
                task {
                    use! main = openPlatform (fun _ -> answer 500 [||])
                    use! outside = openPlatform (fun _ -> answer 204 [||])
                    let options = optionsAt main.Url
                    options.GlobalBaseAddress <- outside.Url
                    let client = WeChatPayGlobalClient(http (), options, StoppedClock())
                    let! answer = client.SendAsync(ping.At PlatformHost.Global)
                    Expect.equal answer NoContent.Value "answered there"
                    Expect.isEmpty main.Asked "not here"
                })
        ]

[<Tests>]
let tests = testList "kinds" [ calls; brands; hosts ]
