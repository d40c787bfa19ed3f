/// `wechatpay bill` as a process of its own; the natively published tool where `WECHATPAY_NATIVE` names it.
module WeChatPay.Tests.ToolBillTests

open System
open System.IO
open System.IO.Compression
open System.Security.Cryptography
open System.Text
open System.Text.RegularExpressions
open System.Threading.Tasks
open Expecto
open Microsoft.Data.Sqlite
open Npgsql
open WeChatPay.Tests.BillFiles
open WeChatPay.Tests.ToolProcess

let private run (arguments: string list) =
    ToolProcess.run [ "LC_ALL", "C.UTF-8" ] ("bill" :: arguments)

let private inFolder (check: (string -> string) -> Task<unit>) =
    task {
        let folder = Directory.CreateTempSubdirectory "tool-bill-"

        try
            do! check (fun name -> Path.Combine(folder.FullName, name))
        finally
            folder.Delete true
    }

let private gzip (bytes: byte array) =
    use target = new MemoryStream()

    (use packed = new GZipStream(target, CompressionLevel.Optimal)
     packed.Write(bytes, 0, bytes.Length))

    target.ToArray()

let private rows =
    [
        for number in 1..40 do
            payment |> where [ "商户订单号", "order-" + string number ]
        refund
    ]

let private bill = file rows

let private sha1 (bytes: byte array) =
    Convert.ToHexString(SHA1.HashData bytes).ToLowerInvariant()

let private check path (arguments: string list) =
    run ([ "check"; "--file"; path; "--json" ] @ arguments)

let private text (name: string) (said: Said) =
    said.Json.GetProperty(name).GetString() |> string

let private checkTests =
    testList
        "check"
        [
            testTask "a bill that is whole and right, packed or not, with or without its hash" {
                do!
                    inFolder (fun at ->
                        task {
                            File.WriteAllBytes(at "plain", bill)
                            File.WriteAllBytes(at "packed", gzip bill)

                            for name, arguments in
                                [
                                    "plain", []
                                    "packed", []
                                    "packed", [ "--hash"; sha1 bill ]
                                    "plain", [ "--hash"; (sha1 bill).ToUpperInvariant() ]
                                ] do
                                let! said = check (at name) arguments
                                Expect.equal (said.Exit, said.Errors) (0, "") name
                                Expect.isTrue (said.Json.GetProperty("ok").GetBoolean()) name
                                Expect.equal (text "kind" said) "trade_all" name
                                Expect.equal (said.Json.GetProperty("rows").GetInt32()) 41 name
                                let summary = said.Json.GetProperty "summary"
                                let total (total: string) = summary.GetProperty(total).GetRawText()
                                Expect.equal (total "trade_count") "41" name
                                Expect.equal (total "total_sum") (string (40 * 1234)) "fen"
                                Expect.equal (total "refund_sum") "200" "fen"
                                Expect.equal (total "fee_sum") "294.96" "fen, exact"
                        })
            }

            testTask "what is wrong with a file has one of four names, with its line" {
                let lost =
                    lines rows
                    |> List.indexed
                    |> List.filter (fun (place, _) -> place <> 7)
                    |> List.map snd
                    |> joined "\r\n"
                    |> utf8

                let bad =
                    rows
                    |> List.mapi (fun place row -> if place = 3 then where [ "手续费", "x-secret" ] row else row)

                let bad =
                    linesWith allHeadings rows
                    |> List.mapi (fun place line -> if place = 4 then lineOf allHeadings bad[3] else line)
                    |> joined "\r\n"
                    |> utf8

                let packed = gzip bill
                let damaged = Array.copy packed
                damaged[20] <- damaged[20] ^^^ 0xFFuy

                do!
                    inFolder (fun at ->
                        task {
                            for name, bytes, error, line in
                                [
                                    "cut", Array.take (bill.Length - 200) bill, "bill_truncated", Some 42
                                    "cut after a row",
                                    lines rows |> List.take 20 |> joined "\r\n" |> utf8,
                                    "bill_truncated",
                                    Some 20
                                    "empty", [||], "bill_truncated", Some 0
                                    "packed and cut", Array.take (packed.Length - 100) packed, "bill_truncated", None
                                    "packed, its end cut",
                                    Array.take (packed.Length - 4) packed,
                                    "bill_truncated",
                                    None
                                    "packed and damaged", damaged, "bill_malformed", None
                                    "lost row", lost, "bill_summary_mismatch", Some 43
                                    "no amount", bad, "bill_malformed", Some 5
                                    "no bill", utf8 "{\"code\":\"NO_STATEMENT_EXIST\"}\n", "bill_malformed", Some 1
                                ] do
                                File.WriteAllBytes(at "bill", bytes)
                                let! said = check (at "bill") []
                                Expect.equal (said.Exit, text "error" said, said.Errors) (1, error, "") name
                                Expect.isFalse (said.Json.GetProperty("ok").GetBoolean()) name
                                Expect.isNotEmpty (text "message" said) name
                                Expect.isFalse (said.Output.Contains "secret") "no cell's content"

                                match line with
                                | Some line -> Expect.equal (said.Json.GetProperty("line").GetInt32()) line name
                                | None -> ()
                        })
            }

            testTask "a hash of another file is told, of the unpacked bytes" {
                do!
                    inFolder (fun at ->
                        task {
                            let packed = gzip bill
                            File.WriteAllBytes(at "bill", packed)
                            let! said = check (at "bill") [ "--hash"; sha1 packed ]
                            Expect.equal (said.Exit, text "error" said) (1, "bill_hash_mismatch") "of the packed bytes"
                        })
            }

            testTask "wrong usage is neither yes nor no" {
                do!
                    inFolder (fun at ->
                        task {
                            File.WriteAllBytes(at "bill", bill)

                            for arguments in
                                [
                                    [ "check"; "--file"; at "none"; "--json" ]
                                    [ "check"; "--json" ]
                                    [ "check"; "--file"; at "bill"; "--hash"; "123" ]
                                    [ "check"; "--file"; at "bill"; "--hash"; String('g', 40) ]
                                    [ "show"; at "none" ]
                                    [ "diff"; "--bill"; at "bill"; "--ledger"; at "none" ]
                                    [
                                        "diff"
                                        "--bill"
                                        at "bill"
                                        "--ledger"
                                        "sqlite:" + at "none"
                                        "--query"
                                        "SELECT 1"
                                    ]
                                    [ "diff"; "--bill"; at "bill"; "--ledger"; "sqlite:" + at "bill" ]
                                    [ "diff"; "--bill"; at "bill"; "--ledger"; at "bill"; "--query"; "SELECT 1" ]
                                ] do
                                let! said = run arguments
                                Expect.equal (said.Exit, said.Output) (2, "") (String.concat " " arguments)
                                Expect.isNotEmpty said.Errors "in words"
                        })
            }
        ]

let private showTests =
    testList
        "show and export"
        [
            testTask "rows are added up by their types; nothing personal is shown" {
                do!
                    inFolder (fun at ->
                        task {
                            File.WriteAllBytes(at "bill", gzip bill)
                            let! said = run [ "show"; at "bill"; "--json" ]
                            Expect.equal said.Exit 0 said.Errors

                            let types =
                                [
                                    for one in said.Json.GetProperty("types").EnumerateArray() do
                                        string (one.GetProperty("trade_state").GetString()),
                                        one.GetProperty("count").GetInt32(),
                                        one.GetProperty("fen").GetInt64()
                                ]

                            Expect.equal types [ "REFUND", 1, 200L; "SUCCESS", 40, 49360L ] "by type"
                            let! words = run [ "show"; at "bill" ]
                            Expect.stringContains words.Output "493.60" "in yuan"
                            Expect.isFalse ((said.Output + words.Output).Contains "personal") "nothing personal"

                            let! chinese =
                                ToolProcess.run [ "LC_ALL", "zh_CN.UTF-8" ] [ "bill"; "show"; at "bill" ]

                            Expect.stringContains chinese.Output "账单汇总" "in Chinese"
                        })
            }

            testTask "exported rows are typed, quoted, and there only when the bill is believed" {
                do!
                    inFolder (fun at ->
                        task {
                            let evil =
                                rows
                                @ [ payment |> where [ "商品名称", "=1+1"; "商户数据包", "a\"b, c"; "商户订单号", "order-x" ] ]

                            File.WriteAllBytes(at "bill", file evil)
                            let! said = run [ "export"; at "bill"; "--to"; at "rows.csv" ]
                            Expect.equal said.Exit 0 said.Errors
                            let written = File.ReadAllText(at "rows.csv")
                            Expect.stringStarts written "trade_time,appid," "by the platform's names"

                            Expect.stringContains
                                written
                                "2026-01-02T03:04:05+08:00,wx0000000000000000"
                                "times with their offset"

                            Expect.stringContains written ",0.07404,0.6,12.34," "amounts"
                            Expect.isFalse (written.Contains "personal") "nothing personal"
                            let! _ = run [ "export"; at "bill"; "--to"; at "all.csv"; "--personal" ]
                            let every = File.ReadAllText(at "all.csv")
                            Expect.stringContains every ",'=1+1,\"a\"\"b, c\"," "no formula, and quoted"
                            File.WriteAllBytes(at "cut", Array.take 3000 bill)
                            let! cut = run [ "export"; at "cut"; "--to"; at "cut.csv" ]
                            Expect.equal cut.Exit 1 "refused"
                            Expect.isEmpty (Directory.GetFiles(at "", "cut.csv*")) "nothing that looks finished"
                        })
            }
        ]

let private heading = "kind,number,time,fen,status,payment_number"

let private ledgerRows =
    [
        for number in 40..-1..1 do
            "payment", "order-" + string number, 1234, "done", ""
        "refund", "refund-1", 200, "done", "order-1"
    ]

let private csvOf entries =
    heading
    + "\n"
    + String.concat
        "\n"
        [
            for kind, number, fen, status, payment in entries do
                String.concat "," [ kind; number; "2026-01-02 03:04:05"; string (fen: int); status; payment ]
        ]

/// One of each: an amount, one missing on either side (one with a name that must be escaped), a refund of another payment.
let private planted =
    [
        for kind, number, fen, status, payment in ledgerRows do
            match number with
            | "order-5" -> kind, number, 1235, status, payment
            | "order-6" -> ()
            | "refund-1" -> kind, number, fen, status, "order-2"
            | _ -> kind, number, fen, status, payment
        "payment", "<script>alert(1)</script>", 777, "done", ""
    ]

let private found (said: Said) =
    [
        for one in said.Json.GetProperty("listed").EnumerateArray() do
            string (one.GetProperty("outcome").GetString()), string (one.GetProperty("number").GetString())
    ]
    |> List.sort

let private expected =
    [
        "amount_differs", "order-5"
        "missing_here", "order-6"
        "missing_there", "<script>alert(1)</script>"
        "refunded_differently", "refund-1"
    ]

let private sql =
    "SELECT kind, number, paid_at AS time, fen, status, payment_number FROM ledger"

let private fill (connection: Data.Common.DbConnection) entries =
    let execute text =
        use command = connection.CreateCommand()
        command.CommandText <- text
        command.ExecuteNonQuery() |> ignore

    execute "CREATE TABLE ledger (kind text, number text, paid_at text, fen bigint, status text, payment_number text)"

    for kind, number, fen, status, payment in entries do
        execute
            $"INSERT INTO ledger VALUES ('{kind}', '{number}', '2026-01-02 03:04:05', {fen}, '{status}', '{payment}')"

let private fillSqlite (path: string) entries =
    use connection = new SqliteConnection("Data Source=" + path + ";Pooling=false")
    connection.Open()
    fill connection entries

let private fillPostgres (server: string) entries =
    use connection = new NpgsqlConnection(server)
    connection.Open()
    fill connection entries

let private diff environment (arguments: string list) =
    ToolProcess.run environment ("bill" :: "diff" :: arguments)

let private diffTests =
    testList
        "diff"
        [
            testTask "CSV: the same is the same, and what was planted is found, with its money" {
                do!
                    inFolder (fun at ->
                        task {
                            File.WriteAllBytes(at "bill", gzip bill)
                            File.WriteAllText(at "same", csvOf ledgerRows)
                            File.WriteAllText(at "other", csvOf planted)
                            let! same = diff [] [ "--bill"; at "bill"; "--ledger"; at "same"; "--json" ]
                            Expect.equal (same.Exit, found same) (0, []) "the same"
                            let! other = diff [] [ "--bill"; at "bill"; "--ledger"; at "other"; "--json" ]
                            Expect.equal (other.Exit, found other) (1, expected) "planted"

                            let differs =
                                other.Json.GetProperty("outcomes").EnumerateArray()
                                |> Seq.find (fun one -> one.GetProperty("outcome").GetString() = "amount_differs")

                            Expect.equal (differs.GetProperty("bill_fen").GetInt32()) 1234 "of the bill"
                            Expect.equal (differs.GetProperty("ledger_fen").GetInt32()) 1235 "of the ledger"

                            let! one =
                                diff [] [ "--bill"; at "bill"; "--ledger"; at "other"; "--json"; "--limit"; "1" ]

                            Expect.hasLength (found one) 1 "one is listed"
                            Expect.equal (one.Json.GetProperty("differences").GetInt32()) 4 "all are counted"

                            let! words =
                                diff [ "LC_ALL", "C.UTF-8" ] [ "--bill"; at "bill"; "--ledger"; at "other" ]

                            Expect.stringContains words.Output "Differences: 4" "in words"
                        })
            }

            testTask "SQLite: read by a query, never written" {
                do!
                    inFolder (fun at ->
                        task {
                            File.WriteAllBytes(at "bill", bill)

                            fillSqlite (at "shop.db") planted

                            let ledger = "sqlite:" + at "shop.db"

                            let! said =
                                diff [] [ "--bill"; at "bill"; "--ledger"; ledger; "--query"; sql; "--json" ]

                            Expect.equal (said.Exit, found said) (1, expected) "planted"

                            let! said =
                                diff
                                    []
                                    [
                                        "--bill"
                                        at "bill"
                                        "--ledger"
                                        ledger
                                        "--query"
                                        "DELETE FROM ledger RETURNING *"
                                        "--json"
                                    ]

                            Expect.equal (said.Exit, text "error" said) (1, "database_error") "read only"

                            let! said =
                                diff
                                    []
                                    [
                                        "--bill"
                                        at "bill"
                                        "--ledger"
                                        ledger
                                        "--query"
                                        "SELECT 1 AS kind"
                                        "--json"
                                    ]

                            Expect.equal (said.Exit, text "error" said) (1, "ledger_column_missing") "named"
                        })
            }

            match InboxDatabases.postgres with
            | Some server ->
                testList
                    "on PostgreSQL"
                    [
                        testTask "read by a query, never written" {
                            let schema = "bill_" + Guid.NewGuid().ToString "n"
                            use source = NpgsqlDataSource.Create server
                            use create = source.CreateCommand("CREATE SCHEMA " + schema)
                            let! _ = create.ExecuteNonQueryAsync()
                            let own = NpgsqlConnectionStringBuilder(server, SearchPath = schema).ToString()

                            try
                                do!
                                    inFolder (fun at ->
                                        task {
                                            File.WriteAllBytes(at "bill", bill)

                                            fillPostgres own planted

                                            let ask query =
                                                diff
                                                    [ "WECHATPAY_LEDGER_POSTGRES", own ]
                                                    [
                                                        "--bill"
                                                        at "bill"
                                                        "--ledger"
                                                        "postgres:"
                                                        "--query"
                                                        query
                                                        "--json"
                                                    ]

                                            let! said = ask sql
                                            Expect.equal (said.Exit, found said) (1, expected) "planted"
                                            let! said = ask "DELETE FROM ledger RETURNING *"

                                            Expect.equal
                                                (said.Exit, text "error" said)
                                                (1, "database_error")
                                                "read only"
                                        })
                            finally
                                use drop = source.CreateCommand($"DROP SCHEMA {schema} CASCADE")
                                drop.ExecuteNonQuery() |> ignore
                        }
                    ]
            | None -> ()

            testTask "a ledger or bill that cannot be read is refused by name, and no report is written" {
                do!
                    inFolder (fun at ->
                        task {
                            File.WriteAllBytes(at "bill", bill)
                            File.WriteAllBytes(at "cut", Array.take 3000 bill)
                            File.WriteAllText(at "right", csvOf ledgerRows)
                            File.WriteAllText(at "wrong", (csvOf ledgerRows).Replace(",1234,", ",12.34-secret,"))
                            File.WriteAllText(at "unsorted", csvOf ledgerRows)

                            for bill, ledger, more, error in
                                [
                                    "bill", "wrong", [], "ledger_malformed"
                                    "cut", "right", [], "bill_truncated"
                                    "right", "right", [], "bill_malformed"
                                    "bill", "unsorted", [ "--sorted" ], "ledger_unsorted"
                                ] do
                                let! said =
                                    diff
                                        []
                                        ([
                                            "--bill"
                                            at bill
                                            "--ledger"
                                            at ledger
                                            "--json"
                                            "--report"
                                            at "report.html"
                                         ]
                                         @ more)

                                Expect.equal (said.Exit, text "error" said) (1, error) (bill + " and " + ledger)
                                Expect.isFalse (said.Output.Contains "secret") "no value"
                                Expect.isFalse (File.Exists(at "report.html")) "no report"
                        })
            }

            testTask "the report needs nothing else, escapes what came from outside, and says all in both languages" {
                do!
                    inFolder (fun at ->
                        task {
                            File.WriteAllBytes(at "bill", bill)
                            File.WriteAllText(at "ledger", csvOf planted)

                            let! said =
                                diff [] [ "--bill"; at "bill"; "--ledger"; at "ledger"; "--report"; at "r.html" ]

                            Expect.equal said.Exit 1 said.Errors
                            let page = File.ReadAllText(at "r.html")
                            Expect.isFalse (page.Contains "<script>alert") "escaped"
                            Expect.stringContains page "&lt;script&gt;alert(1)&lt;/script&gt;" "and there"

                            Expect.isFalse
                                (Regex.IsMatch(page, "(src|href)=|url\\(|https?://|@import"))
                                "nothing is fetched"

                            let count (pattern: string) = Regex.Matches(page, pattern).Count
                            Expect.equal (count "<tr data-outcome=") 4 "a row each"
                            Expect.equal (count "<span lang=\"en\">") (count "<span lang=\"zh\">") "both languages"

                            // The page's rules let only its own style and script be used: their hashes must be right.
                            for tag, rule in [ "style", "style-src"; "script", "script-src" ] do
                                let inside = Regex.Match(page, $"(?s)<{tag}>(.*?)</{tag}>").Groups[1].Value
                                let hash = Convert.ToBase64String(SHA256.HashData(Encoding.UTF8.GetBytes inside))
                                Expect.stringContains page $"{rule} 'sha256-{hash}'" tag
                        })
            }
        ]

let private completionTests =
    testTask "every shell gets what it needs, and the tool says what comes next" {
        for shell in [ "bash"; "zsh"; "fish"; "powershell" ] do
            let! said = ToolProcess.run [] [ "completion"; shell ]
            Expect.equal said.Exit 0 said.Errors
            Expect.stringContains said.Output "[suggest:" shell

        let! said = ToolProcess.run [] [ "[suggest:8]"; "bill di" ]
        Expect.stringContains said.Output "diff" "a command"
        let! said = ToolProcess.run [] [ "completion"; "tcsh" ]
        Expect.equal said.Exit 2 "not that one"
    }

[<Tests>]
let tests =
    testList "bill tool" [ checkTests; showTests; diffTests; completionTests ]
