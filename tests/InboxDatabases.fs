/// Databases for the inbox's tests: SQLite files always, PostgreSQL where `WECHATPAY_TEST_POSTGRES` names a server (`.ci/run` starts one).
module WeChatPay.Tests.InboxDatabases

open System
open System.IO
open System.Threading.Tasks
open Npgsql
open WeChatPay.Inbox

/// One empty database; each `Open` is a store of its own on it, as another process would have.
type Database =
    {
        Open: unit -> IInboxStore
        Drop: unit -> Task
    }

/// A kind of database, and how an empty one is made.
type Kind =
    {
        Name: string
        Create: unit -> Task<Database>
    }

let private createFile () =
    let folder = Directory.CreateTempSubdirectory "inbox-"

    Task.FromResult
        {
            Open = fun () -> InboxStores.Sqlite(Path.Combine(folder.FullName, "inbox.db"))
            Drop =
                fun () ->
                    folder.Delete true
                    Task.CompletedTask
        }

let private execute (connectionString: string) (text: string) : Task =
    task {
        use connection = new NpgsqlConnection(connectionString)
        do! connection.OpenAsync()
        use command = new NpgsqlCommand(text, connection)
        let! _ = command.ExecuteNonQueryAsync()
        return ()
    }

let private createSchema (server: string) () =
    task {
        let schema = "inbox_" + Guid.NewGuid().ToString "n"
        do! execute server $"CREATE SCHEMA {schema}"
        let own = NpgsqlConnectionStringBuilder(server, SearchPath = schema)

        return
            {
                Open = fun () -> InboxStores.Postgres(own.ToString())
                Drop = fun () -> execute server $"DROP SCHEMA {schema} CASCADE"
            }
    }

/// The server that `.ci/run` started, if any.
let postgres =
    Environment.GetEnvironmentVariable "WECHATPAY_TEST_POSTGRES" |> Option.ofObj

let kinds =
    [
        { Name = "SQLite"; Create = createFile }
        match postgres with
        | Some server ->
            {
                Name = "PostgreSQL"
                Create = createSchema server
            }
        | None -> ()
    ]

/// Runs with an empty database that is dropped afterwards.
let withDatabase (kind: Kind) (run: Database -> Task) =
    task {
        let! database = kind.Create()

        try
            do! run database
        finally
            database.Drop().GetAwaiter().GetResult()
    }
