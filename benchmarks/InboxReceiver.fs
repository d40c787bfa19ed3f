/// A receiver with an inbox, and a handler whose effect is a row.
module WeChatPay.Benchmarks.InboxReceiver

open System.Threading
open System.Threading.Tasks
open Microsoft.AspNetCore.Builder
open Microsoft.Extensions.DependencyInjection
open WeChatPay
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

/// In this process.
let start kind place =
    Receiver.start
        (fun builder ->
            builder.Services.AddWeChatPayInbox().UseStore(fun _ -> openStore kind place).Handle(effect)
            |> ignore)
        (fun app -> app.MapWeChatPayNotifications "/notify" |> ignore)

/// What a process of its own does.
let run kind place = Receiver.run (start kind place)
