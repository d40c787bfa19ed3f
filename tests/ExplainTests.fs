/// The façade explains refused callbacks where that was asked for, and only so often.
module WeChatPay.Tests.ExplainTests

open System
open System.Collections.Generic
open System.IO
open System.Net
open System.Net.Http
open System.Text
open System.Text.Json.Nodes
open System.Threading
open System.Threading.Tasks
open Expecto
open Microsoft.AspNetCore.Builder
open Microsoft.AspNetCore.Hosting
open Microsoft.AspNetCore.Http
open Microsoft.Extensions.Configuration
open Microsoft.Extensions.DependencyInjection
open Microsoft.Extensions.Logging
open Microsoft.Extensions.Time.Testing
open WeChatPay
open WeChatPay.Simulator
open WeChatPay.Tests.Platform
open WeChatPay.Tests.Shop

let private good = notify "TRANSACTION.SUCCESS" paid

/// As a framework writes it that parsed it before.
let private rewritten =
    utf8 (
        (nonNull (JsonNode.Parse(ReadOnlySpan good.Body)))
            .ToJsonString(Text.Json.JsonSerializerOptions(WriteIndented = true))
    )

let private receiver clock isWanted =
    WeChatPayNotifications.Create(
        WeChatPayOptions(
            ApiV3Key = apiV3KeyText,
            PlatformPublicKeyId = PublicKeyId,
            PlatformPublicKey = publicKeyPem,
            ExplainMismatches = isWanted
        ),
        clock
    )

let private diagnosisOf (receiver: WeChatPayNotifications) (body: byte array) =
    match receiver.Decode(pairs (headersOf good), ReadOnlySpan body).TryGet() with
    | true, _, _ -> failtest "accepted"
    | _, _, failure ->
        Expect.equal failure.Code "signature_mismatch" "refused all the same"
        failure.Diagnosis |> Option.ofObj |> Option.map _.Cause

/// Two merchants of one application, whose platform calls the wrong one's address.
let private openTwo (log: LogBook) (tea: WeChatPaySimulator) (coffee: WeChatPaySimulator) =
    task {
        let builder = WebApplication.CreateSlimBuilder()
        builder.Logging.ClearProviders().AddProvider log |> ignore
        builder.WebHost.UseUrls "http://127.0.0.1:0" |> ignore

        for name, platform in [ "tea", tea; "coffee", coffee ] do
            let settings =
                ConfigurationBuilder()
                    .AddInMemoryCollection(platform.Settings)
                    .AddInMemoryCollection([ KeyValuePair("WeChatPay:ExplainMismatches", "true") ])
                    .Build()

            builder.Services.AddWeChatPay(name, settings.GetSection "WeChatPay") |> ignore

        let app = builder.Build()

        app.MapWeChatPayNotifications("/tea", Func<_, _, _>(fun _ _ -> Task.CompletedTask), "tea")
        |> ignore

        do! app.StartAsync()
        return app
    }

[<Tests>]
let tests =
    testList
        "explanations"
        [
            test "are given where they were asked for, and never otherwise" {
                let clock = FakeTimeProvider now
                Expect.equal (diagnosisOf (receiver clock true) rewritten) (Some "json_rewritten") "asked for"
                Expect.equal (diagnosisOf (receiver clock false) rewritten) None "not asked for"
                Expect.equal (diagnosisOf (receiver clock true) (utf8 "{}")) None "another content"
            }

            test "are given at most once in ten seconds: the work is a stranger's to cause" {
                let clock = FakeTimeProvider now
                let receiver = receiver clock true
                Expect.equal (diagnosisOf receiver rewritten) (Some "json_rewritten") "the first"
                clock.Advance(TimeSpan.FromSeconds 9.9)
                Expect.equal (diagnosisOf receiver rewritten) None "too soon"
                clock.Advance(TimeSpan.FromSeconds 0.1)
                Expect.equal (diagnosisOf receiver rewritten) (Some "json_rewritten") "after ten seconds"
            }

            testCaseTask "name the other merchant of the application, in the endpoint's log" (fun () ->
                task {
                    let log = new LogBook()
                    use! tea = WeChatPaySimulator.StartAsync()

                    use! coffee =
                        WeChatPaySimulator.StartAsync(
                            WeChatPaySimulatorOptions(MerchantId = "1900000002"),
                            CancellationToken.None
                        )

                    let! app = openTwo log tea coffee
                    let client = app.Services.GetRequiredKeyedService<WeChatPayClient> "coffee"

                    let! _ =
                        client.Payments.PrepayNativeAsync(
                            Api.NativePrepayRequest(
                                Appid = "wx1",
                                Description = "coffee",
                                OutTradeNo = "coffee-1",
                                NotifyUrl = Seq.head app.Urls + "/tea",
                                Amount = Api.OrderAmount(Total = 1L)
                            )
                        )

                    let! sent = coffee.PayAsync "coffee-1"
                    Expect.equal sent.Attempts[0].StatusCode 401 "refused"
                    Expect.stringContains log.Text "this callback is for another merchant: coffee" "and named"
                    do! app.DisposeAsync()
                })
        ]
