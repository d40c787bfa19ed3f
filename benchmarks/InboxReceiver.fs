/// A receiver as it would be deployed: Kestrel, the endpoint, an inbox, a handler whose effect is a row; in this process, or in one of its own.
module WeChatPay.Benchmarks.InboxReceiver

open System
open System.Threading
open System.Threading.Tasks
open Microsoft.AspNetCore.Builder
open Microsoft.AspNetCore.Hosting
open Microsoft.Extensions.DependencyInjection
open Microsoft.Extensions.Logging
open WeChatPay
open WeChatPay.Benchmarks.Sample
open WeChatPay.Inbox

/// A store by its kind and its file or connection.
let openStore kind place =
    match kind with
    | "SQLite" -> InboxStores.Sqlite place
    | _ -> InboxStores.Postgres place

let private effect (context: NotificationContext) (cancellationToken: CancellationToken) : Task =
    task {
        let! transaction = context.BeginTransactionAsync cancellationToken

        match transaction.Connection with
        | null -> invalidOp "The transaction has ended."
        | connection ->
            use command = connection.CreateCommand()
            command.Transaction <- transaction
            command.CommandText <- "INSERT INTO effects (id) VALUES ('" + context.Notification.Id + "')"
            let! _ = command.ExecuteNonQueryAsync cancellationToken
            return ()
    }

/// Its merchant trusts the key that this process, or its parent, signs with.
let start kind place (keyPem: string) (apiV3Key: string) =
    task {
        let builder = WebApplication.CreateSlimBuilder()
        builder.Logging.ClearProviders() |> ignore
        builder.WebHost.UseUrls "http://127.0.0.1:0" |> ignore

        builder.Services.AddWeChatPay(
            "",
            fun (options: WeChatPayOptions) ->
                options.MerchantId <- "1900000001"
                options.MerchantSerial <- "5157F09EFDC096DE15EBE81A47057A7232F1B8E1"
                options.MerchantPrivateKey <- merchant.ExportPkcs8PrivateKeyPem()
                options.ApiV3Key <- apiV3Key
                options.PlatformPublicKeyId <- serial
                options.PlatformPublicKey <- keyPem
        )
        |> ignore

        builder.Services.AddWeChatPayInbox().UseStore(fun _ -> openStore kind place).Handle(effect)
        |> ignore

        let app = builder.Build()
        app.MapWeChatPayNotifications "/notify" |> ignore
        do! app.StartAsync()
        return app
    }

/// A process of its own: reads what to trust from its input, says where it listens, and ends with its input.
let run kind place =
    let keyPem = Console.In.ReadLine() |> Option.ofObj |> Option.defaultValue ""
    let apiV3Key = Console.In.ReadLine() |> Option.ofObj |> Option.defaultValue ""

    let app =
        (start kind place (keyPem.Replace('|', '\n')) apiV3Key).GetAwaiter().GetResult()

    Console.Out.WriteLine(Seq.head app.Urls)
    Console.In.ReadToEnd() |> ignore
    app.StopAsync().GetAwaiter().GetResult()
    0
