/// `wechatpay inbox` as a process of its own, on SQLite always, on PostgreSQL where there is a server; the natively published tool where `WECHATPAY_NATIVE` names it.
module WeChatPay.Tests.ToolInboxTests

open System
open System.IO
open System.Text
open System.Threading
open Expecto
open Npgsql
open WeChatPay.Inbox
open WeChatPay.Tests.InboxDatabases
open WeChatPay.Tests.ToolProcess

/// An inbox that the tool is pointed at.
type private Place =
    {
        Arguments: string list
        Environment: (string * string) list
        Store: IInboxStore
    }

let private run (environment: (string * string) list) (arguments: string list) =
    ToolProcess.run environment ("inbox" :: arguments)

let private now = DateTimeOffset.UtcNow
let private longAgo = now.AddDays -40

let private item id sealedBy =
    InboxItem(
        Merchant = "",
        NotificationId = id,
        EventType = "TRANSACTION.SUCCESS",
        BusinessKey = "payment:" + id,
        IdempotencyKey = "payment:" + id,
        Serial = "PUB_KEY_ID_1",
        ReceivedAt = longAgo,
        Headers = "Wechatpay-Serial: PUB_KEY_ID_1\n",
        Body = ReadOnlyMemory(Encoding.UTF8.GetBytes "{\"body\":\"o-secret\"}"),
        Resource = ReadOnlyMemory(Encoding.UTF8.GetBytes "{\"payer\":{\"openid\":\"o-secret\"}}"),
        SealedBy = sealedBy
    )

let private finish (store: IInboxStore) lease =
    task {
        use! transaction = store.BeginAsync(lease, CancellationToken.None)
        let! outcome = transaction.CompleteAsync(longAgo, CancellationToken.None)
        Expect.equal outcome InboxOutcome.Done "done"
    }

/// Number 1 is done, 2 parked, 3 pending and sealed, 4 pending.
let private fill (store: IInboxStore) =
    task {
        let never = CancellationToken.None
        do! store.MigrateAsync never

        for id, sealedBy in [ "done", null; "parked", null; "sealed", "2026"; "plain", null ] do
            let! isNew = store.AddAsync(item id sealedBy, never)
            Expect.isTrue isNew id

        let! leases =
            store.ClaimAsync(longAgo, TimeSpan.FromMinutes 1., TimeSpan.FromMinutes 30., 4, never)

        do! finish store leases[0]

        let! isParked =
            store.PostponeAsync(leases[1], Nullable(), "SqliteException: no such table: orders\n at line 1", never)

        Expect.isTrue isParked "parked"

        for lease in Seq.skip 2 leases do
            let! isBack = store.ReleaseAsync(lease, never)
            Expect.isTrue isBack "pending"
    }

let private onSqlite (check: Place -> Threading.Tasks.Task<unit>) =
    task {
        let folder = Directory.CreateTempSubdirectory "tool-inbox-"

        try
            let file = Path.Combine(folder.FullName, "inbox.db")
            let store = InboxStores.Sqlite file
            do! fill store

            do!
                check
                    {
                        Arguments = [ "--sqlite"; file ]
                        Environment = []
                        Store = store
                    }
        finally
            folder.Delete true
    }

let private onPostgres (server: string) (check: Place -> Threading.Tasks.Task<unit>) =
    task {
        let schema = "tool_" + Guid.NewGuid().ToString "n"
        use source = NpgsqlDataSource.Create server
        use create = source.CreateCommand("CREATE SCHEMA " + schema)
        let! _ = create.ExecuteNonQueryAsync()

        try
            let own = NpgsqlConnectionStringBuilder(server, SearchPath = schema).ToString()
            let store = InboxStores.Postgres own
            do! fill store

            do!
                check
                    {
                        Arguments = []
                        Environment = [ "WECHATPAY_INBOX_POSTGRES", own ]
                        Store = store
                    }
        finally
            use drop = source.CreateCommand($"DROP SCHEMA {schema} CASCADE")
            drop.ExecuteNonQuery() |> ignore
    }

let private databases =
    [
        "SQLite", onSqlite
        match postgres with
        | Some server -> "PostgreSQL", onPostgres server
        | None -> ()
    ]

let private at place (arguments: string list) =
    run place.Environment (arguments @ place.Arguments)

let private numbers (said: Said) =
    [
        for one in said.Json.GetProperty("items").EnumerateArray() do
            one.GetProperty("number").GetInt32()
    ]

let private find place number =
    task {
        let! found = place.Store.FindAsync(number, CancellationToken.None)
        return nonNull found
    }

let private lists place =
    task {
        let! all = at place [ "list"; "--json" ]
        let counts = all.Json.GetProperty "counts"
        let count (name: string) = counts.GetProperty(name).GetInt32()
        Expect.equal (count "pending", count "parked", count "done") (2, 1, 1) "counted"
        Expect.equal (numbers all) [ 4; 3; 2; 1 ] "the newest first"
        let! parked = at place [ "list"; "--state"; "parked"; "--json" ]
        Expect.equal (numbers parked) [ 2 ] "one state alone"
        let! page = at place [ "list"; "--limit"; "2"; "--json" ]
        Expect.equal (numbers page) [ 4; 3 ] "a page"
        let next = page.Json.GetProperty("next_before").GetInt32()
        let! rest = at place [ "list"; "--before"; string next; "--json" ]
        Expect.equal (numbers rest) [ 2; 1 ] "the next page"
        let! words = at place [ "list" ]
        Expect.equal words.Exit 0 "fine"
        Expect.stringContains words.Output "2 pending, 1 parked, 1 done" "the counts in words"
        Expect.stringContains words.Output "no such table: orders" "why it failed"
        Expect.isFalse (words.Output.Contains "at line 1") "in one line"
        Expect.isFalse ((words.Output + all.Output).Contains "o-secret") "nothing personal"
    }

let private shows place =
    task {
        let! plain = at place [ "show"; "4" ]
        Expect.equal plain.Exit 0 "fine"

        for word in
            [
                "payment:plain"
                "pending"
                "TRANSACTION.SUCCESS"
                "Wechatpay-Serial: PUB_KEY_ID_1"
            ] do
            Expect.stringContains plain.Output word word

        Expect.isFalse (plain.Output.Contains "o-secret") "no body, no resource"
        let! opened = at place [ "show"; "4"; "--resource"; "--json" ]

        let openid =
            opened.Json.GetProperty("resource").GetProperty("payer").GetProperty("openid")

        Expect.equal (openid.GetString()) "o-secret" "the resource"
        Expect.stringContains opened.Errors "personal data" "with a warning"
        let! closed = at place [ "show"; "3"; "--resource"; "--json" ]
        Expect.equal (closed.Exit, closed.Json.GetProperty("error").GetString()) (1, "sealed") "sealed"
        let! outside = at place [ "show"; "3" ]
        Expect.equal outside.Exit 0 "all but the resource"
        let! absent = at place [ "show"; "99" ]
        Expect.equal (absent.Exit, absent.Output) (1, "") "not there"
        Expect.stringStarts absent.Errors "not_found: " "said so"
    }

let private retries place =
    task {
        let! finished = at place [ "retry"; "1" ]
        Expect.equal (finished.Exit, finished.Errors.Split(':')[0]) (1, "not_waiting") "what is done is not repeated"
        let! neither = at place [ "retry" ]
        Expect.equal neither.Exit 2 "which?"
        let! one = at place [ "retry"; "2" ]
        Expect.equal (one.Exit, one.Output.Trim()) (0, "1 is due now.") "one"
        let! found = find place 2L
        Expect.equal (found.State, found.Attempts) (InboxState.Pending, 0) "due, its attempts counted anew"
        Expect.isLessThan (abs (found.DueAt - now).TotalMinutes) 10. "now"

        let! leases =
            place.Store.ClaimAsync(
                DateTimeOffset.UtcNow,
                TimeSpan.FromMinutes 1.,
                TimeSpan.FromMinutes 30.,
                3,
                CancellationToken.None
            )

        let! busy = at place [ "retry"; "2" ]
        Expect.equal (busy.Exit, busy.Errors) (1, "not_waiting: Number 2 is being handled.") "not while it is handled"

        for lease in leases do
            let! _ =
                place.Store.PostponeAsync(lease, Nullable(), "again", CancellationToken.None)

            ()

        let! all = at place [ "retry"; "--parked"; "--json" ]
        Expect.equal (all.Json.GetProperty("retried").GetInt32()) 3 "all"
    }

let private purges place =
    task {
        let! unasked = at place [ "purge"; "--done-before"; longAgo.AddDays(1).ToString "O" ]
        Expect.equal unasked.Exit 2 "nobody to ask"
        Expect.stringContains unasked.Errors "--yes" "what to do"

        let! recent =
            at place [ "purge"; "--yes"; "--done-before"; now.AddDays(-1.9).ToString "O" ]

        Expect.equal recent.Exit 2 "what the platform may repeat is kept"

        let! early =
            at place [ "purge"; "--yes"; "--done-before"; longAgo.AddDays(-1).ToString "O" ]

        Expect.equal early.Output "0 deleted.\n" "nothing is so old"
        let! kept = place.Store.FindAsync(1L, CancellationToken.None)
        Expect.isNotNull kept "still there"

        let! late =
            at place [ "purge"; "--yes"; "--done-before"; longAgo.AddDays(1).ToString "O" ]

        Expect.equal (late.Exit, late.Output) (0, "1 deleted.\n") "only what is done"
        let! counts = place.Store.CountAsync CancellationToken.None
        Expect.equal (counts.Pending, counts.Parked, counts.Done) (2L, 1L, 0L) "what waits stays"
    }

let private mistakes =
    testList
        "mistakes are one clear line"
        [
            testTask "no place, two places, no file, another file, another database" {
                let folder = Directory.CreateTempSubdirectory "tool-inbox-"
                let file = Path.Combine(folder.FullName, "other.db")
                let text = Path.Combine(folder.FullName, "text.db")
                do! File.WriteAllTextAsync(text, String('x', 5000))

                use connection =
                    new Microsoft.Data.Sqlite.SqliteConnection("Pooling=False;Data Source=" + file)

                connection.Open()
                use create = connection.CreateCommand()
                create.CommandText <- "CREATE TABLE t (a)"
                create.ExecuteNonQuery() |> ignore
                connection.Close()
                let before = File.ReadAllBytes file

                for arguments, words in
                    [
                        [], "say where the inbox is"
                        [ "--sqlite"; file; "--postgres"; "Host=x" ], "not both"
                        [ "--sqlite"; file + "x" ], "does not exist"
                        [ "--sqlite"; text ], "There is no inbox"
                        [ "--sqlite"; file ], "There is no inbox"
                        [ "--postgres"; "Hst=x" ], "cannot be read"
                    ] do
                    let! said = run [ "WECHATPAY_INBOX_POSTGRES", "" ] ("list" :: arguments)
                    Expect.equal (said.Exit, said.Output) (2, "") words
                    Expect.stringContains said.Errors words words
                    Expect.isFalse (said.Errors.Contains '\n') "one line"

                Expect.equal (File.ReadAllBytes file) before "another application's file is left as it is"
                Expect.isFalse (File.Exists(file + "x")) "nothing is made"
                folder.Delete true
            }

            testTask "an inbox of a newer version is left alone" {
                let folder = Directory.CreateTempSubdirectory "tool-inbox-"
                let file = Path.Combine(folder.FullName, "inbox.db")
                do! (InboxStores.Sqlite file).MigrateAsync CancellationToken.None

                use connection =
                    new Microsoft.Data.Sqlite.SqliteConnection("Pooling=False;Data Source=" + file)

                connection.Open()
                use change = connection.CreateCommand()
                change.CommandText <- "UPDATE wechatpay_inbox_schema SET version = 99"
                change.ExecuteNonQuery() |> ignore
                connection.Close()
                let! said = run [] [ "list"; "--sqlite"; file ]
                Expect.equal said.Exit 2 "refused"
                Expect.stringContains said.Errors "version 99" "which"
                folder.Delete true
            }

            testTask "a server that is not there is said to be unreachable, without the password" {
                let! said =
                    run
                        []
                        [
                            "list"
                            "--postgres"
                            "Host=127.0.0.1;Port=1;Username=u;Password=p-secret"
                            "--json"
                        ]

                Expect.equal (said.Exit, said.Json.GetProperty("error").GetString()) (1, "unreachable") "unreachable"
                Expect.isFalse ((said.Output + said.Errors).Contains "p-secret") "no password"
            }
        ]

[<Tests>]
let tests =
    testList
        "inbox tool"
        [
            for name, withInbox in databases do
                testList
                    $"on {name}"
                    [
                        testTask "counts, lists by state and by page, and says why what failed failed" {
                            do! withInbox lists
                        }
                        testTask "shows everything of one but what is personal, until it is asked for" {
                            do! withInbox shows
                        }
                        testTask "tries again what waits, and never what is done" { do! withInbox retries }
                        testTask "deletes what is long done, when somebody says yes" { do! withInbox purges }
                    ]

            mistakes
        ]
