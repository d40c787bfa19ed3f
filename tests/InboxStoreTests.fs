module WeChatPay.Tests.InboxStoreTests

open System
open System.IO
open System.Threading
open Expecto
open WeChatPay.Inbox
open WeChatPay.Testing
open WeChatPay.Tests.InboxDatabases

[<Tests>]
let tests =
    testList
        "inbox stores"
        [
            for kind in kinds do
                testList
                    $"on {kind.Name}"
                    [
                        for one in InboxStoreConformance.Cases do
                            testTask one.Name {
                                do!
                                    withDatabase kind (fun database ->
                                        one.RunAsync(database.Open, CancellationToken.None))
                            }
                    ]
        ]
