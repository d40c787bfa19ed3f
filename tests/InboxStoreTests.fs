module WeChatPay.Tests.InboxStoreTests

open System
open System.IO
open System.Runtime.CompilerServices
open System.Threading
open Expecto
open WeChatPay.Inbox
open WeChatPay.Testing
open WeChatPay.Tests.InboxDatabases

/// An item in which no property has the value that a new one has.
let private whole () =
    let item = RuntimeHelpers.GetUninitializedObject typeof<InboxItem>

    for index, property in Seq.indexed (typeof<InboxItem>.GetProperties()) do
        let value: objnull =
            match property.PropertyType with
            | kind when kind = typeof<string> -> $"value {index}"
            | kind when kind = typeof<ReadOnlyMemory<byte>> -> ReadOnlyMemory [| byte index |]
            | kind when kind = typeof<DateTimeOffset> || kind = typeof<Nullable<DateTimeOffset>> ->
                DateTimeOffset.UnixEpoch.AddDays index
            | kind -> failtest $"Say what a {kind} is filled with."

        property.SetValue(item, value)

    item :?> InboxItem

[<Tests>]
let tests =
    testList
        "inbox stores"
        [
            test "a copied item has every property of the other" {
                let item = whole ()
                let copy = InboxItem item

                for property in typeof<InboxItem>.GetProperties() do
                    Expect.equal (property.GetValue copy) (property.GetValue item) property.Name
            }

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
