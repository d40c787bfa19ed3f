/// Databases for the inbox's tests: SQLite files always, PostgreSQL where `WECHATPAY_TEST_POSTGRES` names a server (`.ci/run` starts one).
module WeChatPay.Tests.InboxDatabases

open System
open System.Data.Common
open System.IO
open System.Threading.Tasks
open Expecto
open Microsoft.Data.Sqlite
open Npgsql
open WeChatPay.Inbox

/// One empty database; each `Open` is a store of its own on it, as another process would have.
type Database =
    {
        /// The file, or how to connect.
        Place: string
        Open: unit -> IInboxStore
        /// A connection beside the store's own.
        Connect: unit -> Task<DbConnection>
        Drop: unit -> Task
    }

/// A kind of database, and how an empty one is made.
type Kind =
    {
        Name: string
        Create: unit -> Task<Database>
    }

let private connect (connection: DbConnection) =
    task {
        do! connection.OpenAsync()
        return connection
    }

/// An SQLite file in a folder that somebody else removes.
let fileIn (folder: string) =
    let path = Path.Combine(folder, "inbox.db")

    {
        Place = path
        Open = fun () -> InboxStores.Sqlite path
        Connect =
            fun () ->
                connect (
                    new SqliteConnection(SqliteConnectionStringBuilder(DataSource = path, Pooling = false).ToString())
                )
        Drop = fun () -> Task.CompletedTask
    }

let private createFile () =
    let folder = Directory.CreateTempSubdirectory "inbox-"

    Task.FromResult
        { fileIn folder.FullName with
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

        // Pools that a test leaves behind give their connections back soon.
        let own =
            NpgsqlConnectionStringBuilder(
                server,
                SearchPath = schema,
                ConnectionIdleLifetime = 2,
                ConnectionPruningInterval = 1
            )
                .ToString()

        return
            {
                Place = own
                Open = fun () -> InboxStores.Postgres own
                Connect = fun () -> connect (new NpgsqlConnection(own + ";Pooling=false"))
                Drop = fun () -> execute server $"DROP SCHEMA {schema} CASCADE"
            }
    }

/// The same PostgreSQL database, with whatever is made in it on one tablespace.
let onTablespace (name: string) (database: Database) =
    let own = database.Place + ";Options=-c default_tablespace=" + name

    { database with
        Place = own
        Open = fun () -> InboxStores.Postgres own
        Connect = fun () -> connect (new NpgsqlConnection(own + ";Pooling=false"))
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

/// Runs one statement on a connection of its own.
let run (database: Database) (text: string) : Task =
    task {
        use! connection = database.Connect()
        use command = connection.CreateCommand()
        command.CommandText <- text
        let! _ = command.ExecuteNonQueryAsync()
        return ()
    }

/// One number from a connection of its own.
let count (database: Database) (text: string) =
    task {
        use! connection = database.Connect()
        use command = connection.CreateCommand()
        command.CommandText <- text
        let! found = command.ExecuteScalarAsync()
        return Convert.ToInt32 found
    }

/// Many times what the slowest takes: what lasts longer hangs.
let private patience = TimeSpan.FromMinutes 1.5

/// Runs with an empty database that is dropped afterwards; what hangs fails, and its database is left, since it may hold its locks.
let withDatabase (kind: Kind) (run: Database -> Task) =
    task {
        let! database = kind.Create()
        let running = Task.Run(fun () -> run database)
        let! first = Task.WhenAny(running, Task.Delay patience)

        if not (Object.ReferenceEquals(first, running)) then
            failtest $"It hangs: after {patience} it has neither passed nor failed."

        try
            do! running
        finally
            database.Drop().GetAwaiter().GetResult()
    }
