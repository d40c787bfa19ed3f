/// What can be read in a sealed inbox's database, and by whom.
module WeChatPay.Tests.InboxSealingTests

open System
open System.Collections.Concurrent
open System.Collections.Generic
open System.IO
open System.Security.Cryptography
open System.Text
open System.Threading
open System.Threading.Tasks
open Expecto
open Microsoft.Extensions.DependencyInjection
open WeChatPay
open WeChatPay.Functional
open WeChatPay.Inbox
open WeChatPay.Testing
open WeChatPay.Tests.Shop
open WeChatPay.Tests.InboxDatabases
open WeChatPay.Tests.InboxShop

/// Whether bytes are anywhere in what the database holds: the files, or every column as text.
let private holds (database: Database) (word: string) =
    task {
        if File.Exists database.Place then
            let files = Directory.GetFiles(nonNull (Path.GetDirectoryName database.Place))

            return
                files
                |> Array.exists (fun file ->
                    use stream =
                        new FileStream(file, FileMode.Open, FileAccess.Read, FileShare.ReadWrite ||| FileShare.Delete)

                    use copy = new MemoryStream()
                    stream.CopyTo copy

                    copy.GetBuffer().AsSpan(0, int copy.Length).IndexOf(ReadOnlySpan(Encoding.UTF8.GetBytes word))
                    >= 0)
        else
            let! rows =
                count
                    database
                    $"SELECT COUNT(*) FROM wechatpay_inbox AS i WHERE position(convert_to('{word}', 'UTF8') IN body) > 0 OR position(convert_to('{word}', 'UTF8') IN resource) > 0 OR position('{word}' IN (to_jsonb(i) - 'body' - 'resource')::text) > 0"

            return rows > 0
    }

let private openid = "oSecretPayer0000000000000001"

let private sealedBy (keys: (InboxSeal -> unit) list) handle database =
    openWith (TestPlatform()) ((database: Database).Open()) (fun _ inbox ->
        inbox.Handle handle |> ignore

        for key in keys do
            inbox.Seal key |> ignore)

let private secret = RandomNumberGenerator.GetBytes 32

let private sealsWhatIsPersonal database =
    task {
        let seen = ConcurrentQueue<string>()

        let handle: Handler =
            fun context _ ->
                seen.Enqueue(orderOf context)
                Task.CompletedTask

        // It has stopped before anything sealed comes: what it cannot open it would park.
        do!
            task {
                use! plain = openShop database handle
                do! plain.Take(plain.Platform.PaymentSucceeded("tea-plain-1", 100L, PaymentDetails(Openid = openid)))
                do! untilAll plain.Store InboxState.Done
            }

        let! isThere = holds database openid
        Expect.isTrue isThere "without a key the payer can be found, so that the search is known to find"
        let! isThere = holds database "tea-plain-1"
        Expect.isTrue isThere "and the order"
        let other = "oSecretPayer0000000000000002"

        use! shop =
            sealedBy [ fun seal -> seal.SealWith("2026", secret) |> ignore ] handle database

        do! shop.Take(shop.Platform.PaymentSucceeded("tea-sealed-1", 100L, PaymentDetails(Openid = other)))
        do! untilAll shop.Store InboxState.Done
        Expect.equal (List.ofSeq seen) [ "tea-plain-1"; "tea-sealed-1" ] "the handler reads both"

        for word in [ other; "tea-sealed-1"; "ciphertext\":\"" ] do
            let! isThere = holds database word
            let isPlain = word.StartsWith "ciphertext"
            Expect.equal isThere isPlain $"{word} in the database"
    }
    :> Task

let private opensWithAnOlderKey database =
    task {
        let orders = ConcurrentQueue<string>()

        let handle: Handler =
            fun context _ ->
                orders.Enqueue(orderOf context)
                Task.CompletedTask

        let platform = TestPlatform()

        let takeWith name (key: byte array) number =
            task {
                use! shop =
                    openWith platform (database.Open()) (fun _ inbox ->
                        inbox
                            .Seal(fun seal -> seal.SealWith(name, key) |> ignore)
                            .Handle(fun _ _ -> Task.FromException(InvalidOperationException "Not yet."))
                            .Configure(fun options ->
                                options.Retry.FirstDelay <- TimeSpan.FromHours 1.0
                                options.Retry.LongestDelay <- TimeSpan.FromHours 1.0)
                        |> ignore)

                do! shop.Take(platform.PaymentSucceeded(number, 100L))
                do! soon "it waits" (fun () -> shop.Log.Text.Contains "failed in attempt 1")
            }

        do! takeWith "2025" secret "tea-old"
        do! takeWith "wrong" (RandomNumberGenerator.GetBytes 32) "tea-wrong"
        do! takeWith "lost" (RandomNumberGenerator.GetBytes 32) "tea-lost"

        let keys: (InboxSeal -> unit) list =
            [
                fun seal -> seal.OpenWith("2025", secret) |> ignore
                fun seal -> seal.OpenWith("wrong", RandomNumberGenerator.GetBytes 32) |> ignore
                fun seal -> seal.SealWith("2026", RandomNumberGenerator.GetBytes 32) |> ignore
            ]

        use! shop = sealedBy keys handle database

        do!
            eventually "the old one is done, the others are parked" (fun () ->
                task {
                    let! states = statesOf shop.Store
                    return states = [ InboxState.Done; InboxState.Parked; InboxState.Parked ]
                })

        Expect.equal (List.ofSeq orders) [ "tea-old" ] "opened by the key of its name"
        let! found = records shop.Store
        Expect.stringContains found[1].Error "does not open under the inbox key \"wrong\"" "a wrong key"
        Expect.stringContains found[2].Error "\"lost\", which this program does not have" "a missing key"
        Expect.isTrue (found |> List.forall (fun record -> record.Item.Body.Length > 0)) "nothing is lost"
    }
    :> Task

[<Tests>]
let tests =
    onEach
        "seals"
        [
            "sealed, neither payer nor order can be found in the database", sealsWhatIsPersonal
            "an item is opened by the key that sealed it; without it, it waits for a person", opensWithAnOlderKey
        ]
