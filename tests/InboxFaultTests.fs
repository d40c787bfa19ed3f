/// Databases that are locked, full or deleted, clocks that jump, and two versions at once: what is answered 204 is kept, everything else comes again.
module WeChatPay.Tests.InboxFaultTests

open System
open System.Diagnostics
open System.IO
open System.Threading
open System.Threading.Tasks
open Expecto
open Microsoft.Extensions.DependencyInjection
open Microsoft.Extensions.DependencyInjection.Extensions
open WeChatPay
open WeChatPay.Inbox
open WeChatPay.Testing
open WeChatPay.Tests.Shop
open WeChatPay.Tests.InboxDatabases
open WeChatPay.Tests.InboxShop

/// A handler whose effect is one row.
let effect: Handler = fun context _ -> writeEffect context

/// Sends several at once; each is answered with 500 before the platform gives up by itself.
let refusedInTime (shop: InboxShop) (sent: SignedNotification list) =
    task {
        let clock = Stopwatch.StartNew()
        let! answers = Task.WhenAll(sent |> List.map shop.Post)
        Expect.all answers ((=) failed) "come again"
        Expect.isLessThan clock.Elapsed (TimeSpan.FromSeconds 5.0) "within 5 seconds, all of them"
    }

/// Sends what was refused once more, as the platform does: taken, and each effect happens once.
let takenAfterwards (shop: InboxShop) database (sent: SignedNotification list) =
    task {
        for one in sent do
            do!
                eventually "it is taken again" (fun () ->
                    task {
                        let! answer = shop.Post(one.Again())
                        return answer = taken
                    })

        do! untilAll shop.Store InboxState.Done
        let! written = effects database
        Expect.equal written sent.Length "each took effect once"
    }

/// Six notifications.
let several (shop: InboxShop) =
    [ for number in 1..6 -> paid shop ("tea-" + number.ToString()) ]

let private openMigrated database =
    task {
        let! shop = openShop database effect
        do! createEffects database
        return shop
    }

/// Another process's transaction that nobody else gets past.
let private locked (database: Database) (lock: string) (act: unit -> Task) =
    task {
        use! connection = database.Connect()

        let execute (text: string) =
            task {
                use command = connection.CreateCommand()
                command.CommandText <- text
                let! _ = command.ExecuteNonQueryAsync()
                return ()
            }

        do! execute lock
        do! act ()
        do! execute "ROLLBACK"
    }

/// What another's lock refuses is taken when it has ended.
let refusesWhileLocked (lock: string) database =
    task {
        use! shop = openMigrated database
        let sent = several shop
        do! locked database lock (fun () -> refusedInTime shop sent)
        do! takenAfterwards shop database sent
        do! locked database lock (fun () -> refusedInTime shop [ paid shop "tea-7"; paid shop "tea-8" ])
        do! shop.Take(paid shop "tea-9")
    }
    :> Task

let private refusesWhileItsHandlerHolds database =
    task {
        let begun = TaskCompletionSource()
        let held = TaskCompletionSource()

        let handle: Handler =
            fun context _ ->
                task {
                    do! writeEffect context

                    if orderOf context = "held" then
                        begun.TrySetResult() |> ignore
                        do! held.Task
                }

        use! shop = InboxShop.openShop database handle
        do! createEffects database
        let first = paid shop "held"
        do! shop.Take first
        do! begun.Task
        let sent = several shop
        do! refusedInTime shop sent
        held.SetResult()
        do! takenAfterwards shop database (first :: sent)
    }
    :> Task

/// A folder on a disk of its own, of 16 MB.
let private withDisk (act: string -> Task) =
    task {
        let folder = Directory.CreateTempSubdirectory("inbox-full-").FullName

        let run (program: string) (arguments: string) =
            use started = nonNull (Process.Start(program, arguments))
            started.WaitForExit()
            Expect.equal started.ExitCode 0 program

        run "mount" $"-t tmpfs -o size=16m,mode=777 tmpfs {folder}"

        try
            do! act folder
        finally
            run "umount" $"-l {folder}"
            Directory.Delete folder
    }
    :> Task

/// A database whose disk is full meanwhile: what is answered 204 is kept, nothing else is, and all goes on when there is room.
let private takesWhatFits folder (database: Database) =
    task {
        // However long the disk is full, nothing is parked.
        let persistent (options: InboxOptions) = options.Retry.Attempts <- 100_000
        use! shop = openSet database persistent effect
        let store = shop.Store
        do! createEffects database
        do! shop.Take(paid shop "before")
        do! untilAll store InboxState.Done
        let ballast = Path.Combine(folder, "ballast")

        try
            File.WriteAllBytes(ballast, Array.zeroCreate 17_000_000)
        with :? IOException ->
            ()

        // Some may still find room in pages that are there; what is answered 204 is counted.
        let mutable kept = 1
        let mutable refused = []

        for number in 1..80 do
            let one = paid shop ("full-" + number.ToString())
            let! answer = shop.Post one

            if answer = taken then
                kept <- kept + 1
            else
                Expect.equal answer failed "nothing but 204 and 500"
                refused <- one :: refused

        Expect.isNonEmpty refused "the disk was full"
        File.Delete ballast
        // A worker that failed for long looks again after half a minute.
        do! untilAllWithin (TimeSpan.FromSeconds 45.0) store InboxState.Done
        let! found = records store
        let! written = effects database
        Expect.hasLength found kept "what was answered 204 is there, and nothing else"
        Expect.equal written kept "and took effect, once each"

        for one in refused do
            do! shop.Take(one.Again())

        do! untilAll store InboxState.Done
        let! written = effects database
        Expect.equal written 81 "all of it in the end, once each"
    }
    :> Task

let private refusesWhileFull (_: Database) =
    withDisk (fun folder -> takesWhatFits folder (fileIn folder))

/// Its tables alone are on the disk that gets full: where the server's own log is on it, too, the server stops, as when it is killed.
let refusesWhileTablesAreFull (database: Database) =
    withDisk (fun folder ->
        task {
            use owner = nonNull (Process.Start("chown", "postgres " + folder))
            owner.WaitForExit()
            let name = "full_" + Guid.NewGuid().ToString "n"
            do! InboxDatabases.run database $"CREATE TABLESPACE {name} LOCATION '{folder}'"

            try
                do! takesWhatFits folder (onTablespace name database)
            finally
                // Also when it fails: a server whose tablespace is gone stops, and every other test with it.
                for statement in
                    [
                        "DROP TABLE IF EXISTS effects, wechatpay_inbox, wechatpay_inbox_schema"
                        $"DROP TABLESPACE {name}"
                    ] do
                    (InboxDatabases.run database statement).GetAwaiter().GetResult()
        })

let private refusesWhenTheFileIsGone (database: Database) =
    task {
        use! shop = openMigrated database
        do! shop.Take(paid shop "tea-1")
        do! untilAll shop.Store InboxState.Done

        for file in Directory.GetFiles(nonNull (Path.GetDirectoryName database.Place)) do
            File.Delete file

        let! answer = shop.Post(paid shop "tea-2")
        Expect.equal answer failed "a file that nobody can see takes nothing"
    }
    :> Task

/// This machine's clock, but for a jump.
type JumpingClock() =
    inherit TimeProvider()
    let mutable offset = TimeSpan.Zero
    member _.Jump(by: TimeSpan) = offset <- offset + by
    override _.GetUtcNow() = DateTimeOffset.UtcNow + offset

let private survivesJumps (hours: float list) database =
    task {
        let clock = JumpingClock()
        let platform = TestPlatform(clock = clock)
        let store = (database: Database).Open()
        let gates = [ for _ in hours -> TaskCompletionSource() ]
        let mutable begun = 0

        let handle: Handler =
            fun context _ ->
                task {
                    do! writeEffect context
                    let number = orderOf context

                    if number.StartsWith "held-" && context.Attempt = 1 then
                        Interlocked.Increment &begun |> ignore
                        do! gates[int (number.Substring 5)].Task

                    if number.StartsWith "failing-" && context.Attempt = 1 then
                        invalidOp "Not yet."
                }

        use! shop =
            openWith platform store (fun services inbox ->
                services.Replace(ServiceDescriptor.Singleton<TimeProvider>(clock)) |> ignore
                inbox.Handle handle |> ignore)

        do! createEffects database
        let mutable sent = 0

        let send number =
            task {
                do! shop.Take(platform.PaymentSucceeded(number, 100L))
                sent <- sent + 1
            }

        for index, hour in List.indexed hours do
            do! send $"held-{index}"
            do! soon "it is held" (fun () -> Volatile.Read &begun = index + 1)
            clock.Jump(TimeSpan.FromHours hour)
            do! Task.Delay 300
            gates[index].SetResult()
            do! untilAll store InboxState.Done
            do! send $"failing-{index}"
            do! send $"tea-{index}"
            do! untilAll store InboxState.Done

        let! written = effects database
        Expect.equal written sent "each took effect once, and none waited for an hour"
    }
    :> Task

/// Due again in seconds by a clock that then goes back an hour.
let private waitsForNoClock database =
    task {
        let clock = JumpingClock()
        let platform = TestPlatform(clock = clock)
        let store = (database: Database).Open()

        let slow (options: InboxOptions) =
            options.Retry.FirstDelay <- TimeSpan.FromSeconds 5.0
            options.Retry.LongestDelay <- TimeSpan.FromSeconds 5.0

        let handle: Handler =
            fun context _ ->
                if context.Attempt = 1 then
                    Task.FromException(InvalidOperationException "Not yet.")
                else
                    Task.CompletedTask

        use! shop =
            openWith platform store (fun services inbox ->
                services.Replace(ServiceDescriptor.Singleton<TimeProvider>(clock)) |> ignore
                inbox.Configure(slow).Handle handle |> ignore)

        do! shop.Take(platform.PaymentSucceeded("tea-1", 100L))
        do! soon "it failed" (fun () -> shop.Log.Text.Contains "failed in attempt 1")
        clock.Jump(TimeSpan.FromHours -1.0)
        do! untilAll store InboxState.Done
    }
    :> Task

let private refusesANewerSchema (database: Database) =
    task {
        use! shop = openMigrated database
        do! shop.Take(paid shop "tea-1")
        do! run database "INSERT INTO wechatpay_inbox_schema (version) VALUES (7)"

        let older =
            build shop.Platform (new LogBook()) (database.Open()) (fun _ inbox -> inbox.Handle effect |> ignore)

        use older = older

        let! failure =
            task {
                try
                    do! older.StartAsync()
                    return failtest "It started."
                with :? InboxSchemaException as failure ->
                    return failure
            }

        Expect.stringContains failure.Message "have version 7, and this program knows 1" "which is which"
        Expect.stringContains failure.Message "nothing was changed" "and what was done"
        do! shop.Take(paid shop "tea-2")
        do! untilAll shop.Store InboxState.Done
        let! written = effects database
        Expect.equal written 2 "the one that ran goes on"
    }
    :> Task

let private hour = 1.0

let private everywhere =
    onEach
        "faults"
        [
            "a clock that jumps an hour ahead and back changes nothing", survivesJumps [ hour; -hour ]
            "a clock that jumps an hour back and ahead changes nothing", survivesJumps [ -hour; hour ]
            "what is due again does not wait for a clock that went back", waitsForNoClock
            "a newer schema is refused when a program starts, and who runs goes on", refusesANewerSchema
        ]

let private ofFiles =
    testList
        "inbox faults of a file"
        [
            for promise, keeps in
                [
                    "locked by another process: 500 within 5 seconds, then taken", refusesWhileLocked "BEGIN EXCLUSIVE"
                    "held by a handler of its own: 500 within 5 seconds, then taken", refusesWhileItsHandlerHolds
                    "deleted under the program: nothing is taken that would be lost", refusesWhenTheFileIsGone
                    if Environment.UserName = "root" then
                        "on a full disk: 500, and what was answered 204 is there", refusesWhileFull
                ] do
                testTask promise { do! withDatabase kinds.Head keeps }
        ]

[<Tests>]
let tests = testList "inbox, faulty" [ everywhere; ofFiles ]
