/// What the options fill in, and the clients that an application's services give.
module WeChatPay.Tests.DefaultsTests

open System
open System.Collections.Generic
open System.Text.Json
open Expecto
open Microsoft.Extensions.Configuration
open Microsoft.Extensions.DependencyInjection
open WeChatPay
open WeChatPay.Api
open WeChatPay.Functional
open WeChatPay.Shell
open WeChatPay.Tests.CallTests
open WeChatPay.Tests.KindTests
open WeChatPay.Tests.Platform
open WeChatPay.Tests.WirePlatform

let private fieldsOf (asked: Asked) names =
    use document = JsonDocument.Parse asked.Text

    [
        for name: string in names ->
            match document.RootElement.TryGetProperty name with
            | true, value -> value.GetString()
            | _ -> ""
    ]

let private direct appid mchid =
    NativePrepayRequest(
        Appid = appid,
        Mchid = mchid,
        Description = "tea",
        OutTradeNo = "order-1",
        NotifyUrl = "https://shop.test/notify",
        Amount = OrderAmount(Total = 1L, Currency = "CNY")
    )

let private partner appid mchid =
    PartnerNativePrepayRequest(
        SpAppid = appid,
        SpMchid = mchid,
        SubMchid = "1900000002",
        Description = "tea",
        OutTradeNo = "order-1",
        NotifyUrl = "https://shop.test/notify",
        Amount = OrderAmount(Total = 1L, Currency = "CNY")
    )

let private defaults =
    testList
        "defaults"
        [
            testCaseTask "appid and mchid come from the options, and what the request says wins" (fun () ->
                task {
                    use! platform = openPlatform (fun _ -> json """{"code_url":"weixin://1"}""")

                    for kind, operation, names, expected in
                        [
                            MerchantKinds.Direct,
                            Payments.PrepayNative(direct null null),
                            [ "appid"; "mchid" ],
                            [ "wx9"; "1900000001" ]
                            MerchantKinds.Direct,
                            Payments.PrepayNative(direct "wx1" "5"),
                            [ "appid"; "mchid" ],
                            [ "wx1"; "5" ]
                            MerchantKinds.Partner,
                            PartnerPayments.PrepayNative(partner null null),
                            [ "sp_appid"; "sp_mchid"; "sub_mchid"; "appid"; "mchid" ],
                            [ "wx9"; "1900000001"; "1900000002"; ""; "" ]
                            MerchantKinds.Partner,
                            PartnerPayments.PrepayNative(partner "wx1" "5"),
                            [ "sp_appid"; "sp_mchid" ],
                            [ "wx1"; "5" ]
                        ] do
                        platform.Asked.Clear()
                        let! result = Client.send (as' kind "wx9" platform.Url) operation
                        valueOf result |> ignore
                        Expect.equal (fieldsOf platform.Only names) expected (String.Join(",", names))
                })

            testCaseTask "an appid that nobody names is refused by name" (fun () ->
                task {
                    use! platform = openPlatform (fun _ -> json "{}")

                    for kind, operation, field in
                        [
                            MerchantKinds.Direct, Payments.PrepayNative(direct null null), "appid"
                            MerchantKinds.Partner, PartnerPayments.PrepayNative(partner null null), "sp_appid"
                        ] do
                        let! result = Client.send (as' kind null platform.Url) operation
                        Expect.equal (refusedBefore result) (field, "is missing") field

                    let options = optionsAt platform.Url
                    options.Appid <- " "
                    let client = WeChatPayClient(http (), options, StoppedClock())

                    let! field =
                        task {
                            try
                                let! _ = client.Payments.PrepayNativeAsync(direct null null)
                                return ""
                            with :? WeChatPayValidationException as failure ->
                                return failure.Field
                        }

                    Expect.equal field "appid" "a blank one is none"
                    Expect.isEmpty platform.Asked "not sent"
                })
        ]

let private settingsOf (section: string) (options: WeChatPayOptions) =
    [
        "MerchantId", options.MerchantId
        "Appid", options.Appid
        "BrandId", options.BrandId
        "MerchantSerial", options.MerchantSerial
        "MerchantPrivateKey", options.MerchantPrivateKey
        "ApiV3Key", options.ApiV3Key
        "PlatformPublicKeyId", options.PlatformPublicKeyId
        "PlatformPublicKey", options.PlatformPublicKey
        "BaseAddress", options.BaseAddress
        "GlobalBaseAddress", options.GlobalBaseAddress
    ]
    |> List.map (fun (name, value) -> KeyValuePair(section + ":" + name, value))

let private clientsOf (get: Type -> obj) : MerchantClient list =
    [
        typeof<WeChatPayClient>
        typeof<WeChatPayPartnerClient>
        typeof<WeChatPayBrandClient>
        typeof<WeChatPayInstitutionClient>
        typeof<WeChatPayGlobalClient>
    ]
    |> List.map (fun kind -> get kind :?> MerchantClient)

let private services =
    testCaseTask
        "all five clients come from the services, plain and by name, each with its merchant's settings"
        (fun () ->
            task {
                use! platform = openPlatform (fun _ -> answer 204 [||])
                use! outside = openPlatform (fun _ -> answer 204 [||])

                let optionsOf merchantId brandId =
                    let options = optionsAt platform.Url
                    options.MerchantId <- merchantId
                    options.BrandId <- brandId
                    options.Appid <- "wx1"
                    options.GlobalBaseAddress <- outside.Url
                    options

                let configuration =
                    ConfigurationBuilder()
                        .AddInMemoryCollection(settingsOf "Plain" (optionsOf "1900000001" "1"))
                        .AddInMemoryCollection(settingsOf "Named" (optionsOf "1900000002" "2"))
                        .Build()

                let collection = ServiceCollection()
                collection.AddSingleton<TimeProvider>(StoppedClock()) |> ignore
                collection.AddWeChatPay(configuration.GetSection "Plain") |> ignore
                collection.AddWeChatPay("tea", configuration.GetSection "Named") |> ignore
                use provider = collection.BuildServiceProvider()

                let plain = provider.GetRequiredService

                let named kind =
                    provider.GetRequiredKeyedService(kind, "tea")

                for get, mchid, brandId in [ plain, "1900000001", "1"; named, "1900000002", "2" ] do
                    platform.Asked.Clear()
                    outside.Asked.Clear()

                    for client in clientsOf get do
                        let! _ = client.SendAsync ping
                        let! _ = client.SendAsync(ping.At PlatformHost.Global)
                        ()

                    let whoAsked (platform: WirePlatform) =
                        [
                            for asked in platform.Asked ->
                                let part = parameter (asked.Header "Authorization")
                                part "mchid" + part "brand_id"
                        ]

                    for platform in [ platform; outside ] do
                        Expect.equal (whoAsked platform) [ mchid; mchid; brandId; mchid; mchid ] "each signs as itself"

                    Expect.equal (clientsOf get) (clientsOf get) "one of each"
            })

[<Tests>]
let tests = testList "defaults" [ defaults; services ]
