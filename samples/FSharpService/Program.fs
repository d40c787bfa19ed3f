/// The F# door in a small service, told from the order to the refund on one machine; `--stay` goes on receiving callbacks.
module FSharpService.Program

open System
open System.Net.Http
open FsToolkit.ErrorHandling
open Microsoft.AspNetCore.Builder
open Microsoft.AspNetCore.Hosting
open Microsoft.AspNetCore.Http
open Microsoft.Extensions.Configuration
open Microsoft.Extensions.Hosting
open Microsoft.Extensions.Logging
open WeChatPay.Functional
open WeChatPay.Shell
open WeChatPay.Simulator

/// A client for calls and a policy for notifications, from the section `WeChatPay`; or what is wrong with a key.
let private readMerchant (section: IConfiguration) : Result<Client * NotificationPolicy, KeyError> =
    let setting name = string section[name]

    result {
        let! key =
            MerchantKey.ofPem (setting "MerchantSerial") (setting "MerchantPrivateKey")

        let! platformKey =
            PlatformKey.ofPublicKeyPem (setting "PlatformPublicKeyId") (setting "PlatformPublicKey")

        let! ring = Keyring.create [ platformKey ]
        let! apiV3Key = ApiV3Key.create (setting "ApiV3Key")

        let client =
            {
                Http = new HttpClient(Client.createHandler ())
                BaseAddress = Uri(setting "BaseAddress")
                GlobalAddress = Uri(setting "BaseAddress")
                Caller = Caller(setting "MerchantId")
                Key = InMemoryMerchantKey key
                Keys = PlatformKeys.ofRing ring
                PlatformSerial = platformKey.Serial
                Clock = TimeProvider.System
                NewNonce = Client.newNonce
                Resilience = Resilience.Usual System.TimeProvider.System
                Report = ignore
            }

        let verification = VerificationPolicy.forNotifications ring

        return
            client,
            {
                Verification = verification
                ApiV3Key = apiV3Key
            }
    }

let private say (words: string) = Console.WriteLine words
let private order = "tea-001"

/// What the order has become; every step is one sentence.
let private tell (platform: WeChatPaySimulator) (service: Service) =
    backgroundTask {
        match! service.PlaceAsync(order, 100L) with
        | Error error -> return say (ApiError.message error)
        | Ok prepay ->
            say ("1. ordered   the payer scans " + prepay.CodeUrl)
            let! paid = platform.PayAsync order
            say ("2. paid      the callback was answered " + string paid.Attempts[0].StatusCode)
            platform.Misbehaviour <- Misbehaviour.Tampered
            let! forged = platform.RepeatAsync paid.Id
            platform.Misbehaviour <- Misbehaviour.None
            say ("3. forged    it was answered " + string forged.Attempts[1].StatusCode)

            match! service.RefundAsync(order, 100L) with
            | Error error -> return say (ApiError.message error)
            | Ok refund ->
                do! platform.DrainAsync Threading.CancellationToken.None
                say ("4. refunded  " + refund.RefundId)
    }

let private run (arguments: string array) =
    task {
        // Stands in for WeChat Pay. Leave it away, put your own keys into the configuration, and the rest stays as it is.
        use! platform = WeChatPaySimulator.StartAsync()
        let builder = WebApplication.CreateSlimBuilder()
        builder.Logging.ClearProviders() |> ignore
        builder.WebHost.UseUrls "http://127.0.0.1:0" |> ignore
        builder.Configuration.AddInMemoryCollection platform.Settings |> ignore

        let client, policy =
            readMerchant (builder.Configuration.GetSection "WeChatPay")
            |> Result.defaultWith (fun error -> invalidOp (KeyError.advice error).English)

        let service = Service(client, policy)
        use app = builder.Build()
        app.MapPost("/wechatpay/notify", RequestDelegate service.ReceiveAsync) |> ignore
        do! app.StartAsync()
        service.NotifyUrl <- Seq.head app.Urls + "/wechatpay/notify"
        do! tell platform service

        let isRefunded = service.TryFind order |> Option.exists _.IsRefunded

        if isRefunded && Array.contains "--stay" arguments then
            say ("Callbacks go to " + service.NotifyUrl + "  (Ctrl+C ends it)")
            do! app.WaitForShutdownAsync()

        return if isRefunded then 0 else 1
    }

[<EntryPoint>]
let main arguments = (run arguments).Result
