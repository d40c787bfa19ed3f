/// What settings may say, to the last byte and tick; and the endpoint under an application's own rules.
module WeChatPay.Tests.PromisesHostingTests

open System
open System.Collections.Generic
open System.Net
open System.Net.Http
open System.Threading
open System.Threading.Tasks
open Expecto
open Microsoft.AspNetCore.Authentication.Cookies
open Microsoft.AspNetCore.Authorization
open Microsoft.AspNetCore.Builder
open Microsoft.AspNetCore.Http
open Microsoft.AspNetCore.Server.Kestrel.Core
open Microsoft.Extensions.Configuration
open Microsoft.Extensions.DependencyInjection
open WeChatPay
open WeChatPay.Functional
open WeChatPay.Tests.Platform
open WeChatPay.Tests.CallTests
open WeChatPay.Tests.ReceivingShop

/// Options that are right but for some settings, as a configuration says them.
let private optionsWith (said: (string * string) list) =
    let more =
        said
        |> List.map (fun (name, value) -> KeyValuePair<string, string>("WeChatPay:" + name, value))

    let configuration =
        ConfigurationBuilder().AddInMemoryCollection(settings).AddInMemoryCollection(more).Build()

    WeChatPayOptions.Read(configuration.GetSection "WeChatPay", ".")

/// The settings that whoever reads these options complains of.
let private complaintsOf (read: unit -> unit) =
    try
        read ()
        []
    with :? WeChatPayConfigurationException as failure ->
        [ for problem in failure.Problems -> problem.Setting ]

/// All that reads options: what receives, what calls, what has no key of the platform yet.
let private readers =
    [
        "notifications", (fun options -> WeChatPayNotifications.Create options |> ignore)
        "client", (fun options -> WeChatPayClient(new HttpClient(), options) |> ignore)
        "certificates",
        (fun options ->
            let unreachable =
                { new HttpMessageHandler() with
                    member _.SendAsync(_, _) =
                        raise (HttpRequestException "not in this test")
                }

            WeChatPayClient.DownloadFirstCertificatesAsync(new HttpClient(unreachable), options)
            |> ignore)
    ]

let private isJudged (make: unit -> WeChatPayOptions) expected label =
    for name, read in readers do
        Expect.equal (complaintsOf (fun () -> read (make ()))) expected (label + ", " + name)

let private codeAt (time: DateTimeOffset) (options: WeChatPayOptions) =
    let receiver = WeChatPayNotifications.Create options

    match receiver.DecodeReceivedAt(time, pairs (headersOf payment), ReadOnlySpan payment.Body).TryGet() with
    | true, _, _ -> "ok"
    | _, _, failure -> failure.Code

let private bounds =
    testList
        "settings"
        [
            test "a body's limit is 1 byte to 1 MiB, whoever reads it" {
                for limit, expected in
                    [
                        Int32.MinValue, [ "BodyLimit" ]
                        -1, [ "BodyLimit" ]
                        0, [ "BodyLimit" ]
                        1, []
                        1_048_576, []
                        1_048_577, [ "BodyLimit" ]
                        Int32.MaxValue, [ "BodyLimit" ]
                    ] do
                    let make () =
                        let options = optionsWith []
                        options.BodyLimit <- limit
                        options

                    isJudged make expected (string limit)
            }

            test "the tolerance is nothing to an hour, to the tick" {
                let hour = TimeSpan.FromHours 1.0

                for tolerance, expected in
                    [
                        TimeSpan.MinValue, [ "Tolerance" ]
                        TimeSpan.FromTicks -1L, [ "Tolerance" ]
                        TimeSpan.Zero, []
                        hour, []
                        hour + TimeSpan.FromTicks 1L, [ "Tolerance" ]
                        TimeSpan.MaxValue, [ "Tolerance" ]
                    ] do
                    let make () =
                        let options = optionsWith []
                        options.Tolerance <- tolerance
                        options

                    isJudged make expected (string tolerance)
            }

            test "both are named at once, with everything else" {
                let make () =
                    optionsWith
                        [
                            "BodyLimit", "0"
                            "Tolerance", "3601"
                            "MerchantId", "wx1"
                            "ExplainMismatches", "perhaps"
                        ]

                Expect.equal
                    (complaintsOf (fun () -> WeChatPayClient(new HttpClient(), make ()) |> ignore)
                     |> List.sort)
                    [ "BodyLimit"; "ExplainMismatches"; "MerchantId"; "Tolerance" ]
                    "four"
            }

            test "texts of a configuration are read as one form alone, or named" {
                for name, texts in
                    [
                        "BodyLimit", [ ""; "-1"; "+1"; "1,000"; "1.0"; "1e3"; "0x10"; "1 MiB"; "2147483648" ]
                        "Tolerance", [ ""; "-1"; "5m"; "300s"; "PT5M"; "2147483648" ]
                        "ExplainMismatches", [ ""; "yes"; "1"; "on" ]
                    ] do
                    for text in texts do
                        isJudged (fun () -> optionsWith [ name, text ]) [ name ] (name + " = '" + text + "'")

                for text, seconds in
                    [
                        "0", 0.0
                        "300", 300.0
                        "3600", 3600.0
                        "00:05:00", 300.0
                        "01:00:00", 3600.0
                    ] do
                    Expect.equal (optionsWith [ "Tolerance", text ]).Tolerance (TimeSpan.FromSeconds seconds) text
                    isJudged (fun () -> optionsWith [ "Tolerance", text ]) [] text

                for text in [ "3601"; "01:00:01"; "1.00:00:00"; "-00:00:01" ] do
                    isJudged (fun () -> optionsWith [ "Tolerance", text ]) [ "Tolerance" ] text

                Expect.equal (optionsWith [ "BodyLimit", "1000" ]).BodyLimit 1000 "bytes"

                for text, isWanted in [ "true", true; "True", true; "false", false ] do
                    Expect.equal (optionsWith [ "ExplainMismatches", text ]).ExplainMismatches isWanted text
            }

            test "nothing said is five minutes, 1 MiB, no explanation" {
                let options = optionsWith []
                Expect.equal options.Tolerance (TimeSpan.FromMinutes 5.0) "tolerance"
                Expect.equal options.BodyLimit 1_048_576 "limit"
                Expect.isFalse options.ExplainMismatches "a stranger's work to cause"
            }

            test "what is set is what holds" {
                let length = payment.Body.Length

                for limit, expected in [ length, "ok"; length - 1, "body_too_large" ] do
                    Expect.equal (codeAt now (optionsWith [ "BodyLimit", string limit ])) expected (string limit)

                for tolerance, ticks, expected in
                    [
                        "0", 0L, "ok"
                        "0", 1L, "outside_tolerance"
                        "3600", TimeSpan.TicksPerHour, "ok"
                        "3600", TimeSpan.TicksPerHour + 1L, "outside_tolerance"
                    ] do
                    for ticks in [ ticks; -ticks ] do
                        let code = codeAt (now.AddTicks ticks) (optionsWith [ "Tolerance", tolerance ])
                        Expect.equal code expected (tolerance + " and " + string ticks)
            }
        ]

/// A class that handles notifications.
type Taker() =
    interface IWeChatPayNotificationHandler with
        member _.HandleAsync(_, _) = Task.CompletedTask

let private take =
    Func<NotificationContext, CancellationToken, Task>(fun _ _ -> Task.CompletedTask)

/// An application in which everybody has to log in, unless an address says otherwise.
let private behindLogin (builder: WebApplicationBuilder) =
    builder.Services
        .AddAuthentication(CookieAuthenticationDefaults.AuthenticationScheme)
        .AddCookie(fun (options: CookieAuthenticationOptions) ->
            options.Events.OnRedirectToLogin <-
                fun context ->
                    context.Response.StatusCode <- 403
                    Task.CompletedTask)
    |> ignore

    builder.Services.AddAuthorization(fun options ->
        options.FallbackPolicy <- AuthorizationPolicyBuilder().RequireAuthenticatedUser().Build())
    |> ignore

let private mapGuarded (app: WebApplication) =
    app.UseAuthentication().UseAuthorization() |> ignore
    app.MapPost("/orders", RequestDelegate(fun _ -> Task.CompletedTask)) |> ignore
    app.MapWeChatPayNotifications("/notify", take) |> ignore
    app.MapWeChatPayNotifications<Taker>("/class") |> ignore
    let guarded = app.MapGroup("/guarded").RequireAuthorization()

    guarded.MapPost("/orders", RequestDelegate(fun _ -> Task.CompletedTask))
    |> ignore

    guarded.MapWeChatPayNotifications("/notify", take) |> ignore

let private failing (handle: CancellationToken -> Task) =
    openKestrel
        HttpProtocols.Http1
        ignore
        (fun app ->
            app.MapWeChatPayNotifications(
                "/notify",
                Func<_, _, _>(fun (_: NotificationContext) cancellationToken -> handle cancellationToken)
            )
            |> ignore)
        "/notify"

let private cancelledOfItself (_: CancellationToken) : Task =
    task {
        use timeout = new CancellationTokenSource(1)
        do! Task.Delay(Timeout.Infinite, timeout.Token)
    }

let private endpoint =
    testList
        "endpoint"
        [
            testCaseTask "an application's login does not stand before the platform, but the signature does" (fun () ->
                task {
                    use! receiver = openKestrel HttpProtocols.Http1 behindLogin mapGuarded ""

                    for path in [ "/orders"; "/guarded/orders" ] do
                        let! answer = post HttpVersion.Version11 (receiver.Url + path) sized payment
                        Expect.equal answer (403, "") (path + " is for those who logged in")

                    for path in [ "/notify"; "/class"; "/guarded/notify" ] do
                        let! answer = post HttpVersion.Version11 (receiver.Url + path) sized payment
                        Expect.equal answer (204, "") path
                        let! answer = post HttpVersion.Version11 (receiver.Url + path) sized changed
                        Expect.equal answer (refused 401 "signature_mismatch") path
                })

            testCaseTask "a handler's own cancellation is a failure: the platform comes again" (fun () ->
                task {
                    for handle in
                        [
                            cancelledOfItself
                            fun _ -> raise (OperationCanceledException())
                            fun _ -> Task.FromCanceled(CancellationToken true)
                            fun cancellationToken -> raise (OperationCanceledException cancellationToken)
                            fun _ -> Task.FromException(TimeoutException())
                        ] do
                        use! receiver = failing handle
                        let! answer = post HttpVersion.Version11 receiver.Url sized payment
                        Expect.equal answer (refused 500 "handler_failed") "come again"
                        Expect.stringContains receiver.Log.Text "The handler of notification EV-1" "logged as its own"
                        Expect.isFalse (receiver.Log.Text.Contains "left before") "nobody left"
                })
        ]

[<Tests>]
let tests = testList "promises of hosting" [ bounds; endpoint ]
