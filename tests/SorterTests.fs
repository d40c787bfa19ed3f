/// Sorting with files: the same order as in memory, the same entries, and no file left.
module WeChatPay.Tests.SorterTests

open System
open System.Collections.Generic
open System.IO
open System.Linq
open Expecto
open FsCheck
open FsCheck.FSharp
open WeChatPay.Functional
open WeChatPay.Shell

/// Half a surrogate: as a literal the compiler would replace it.
let private half = "half " + string (char 0xD83D)

let private zone = TimeSpan.FromHours 8.0

let private entryOf (kind: int) (number: string) (fen: int) =
    {
        Kind = enum<MoneyEntryKind> kind
        Number = number
        SubMerchantId = if fen % 3 = 0 then "" else "19000000" + string (fen % 7)
        PaymentNumber = if kind = 2 then "order-" + string fen else ""
        Time = DateTimeOffset(2026, 1, 2, 3, 4, fen % 60, zone)
        Status = enum<MoneyEntryStatus>(fen % 4)
        Fen = int64 fen
        FeeMilliFen =
            if fen % 2 = 0 then
                Nullable()
            else
                Nullable(int64 fen * -6L)
    }

/// Few numbers, so that there are equal ones; `fen` tells which came first.
let private entries =
    gen {
        let! count = Gen.choose (0, 300)

        let! shapes =
            Gen.listOfLength count (Gen.zip (Gen.choose (0, 2)) (Gen.elements [ "a"; "A"; "b-1"; "ü"; half; "z" ]))

        return shapes |> List.mapi (fun place (kind, number) -> entryOf kind number place)
    }

let private inFolder (check: string -> unit) =
    let folder = Directory.CreateTempSubdirectory "sorter-"

    try
        check folder.FullName
    finally
        folder.Delete true

let private sortIn folder held (given: MoneyEntry seq) =
    use sorter = new MoneyEntrySorter(folder, held)

    for entry in given do
        sorter.Add entry

    sorter.Sorted() |> List.ofSeq

[<Tests>]
let tests =
    testList
        "sorter"
        [
            test "any entries, in whatever portions, come as a stable sort in memory has them" {
                let property =
                    Prop.forAll
                        (Arb.fromGen (Gen.zip entries (Gen.elements [ 1; 2; 7; 100; 1000 ])))
                        (fun (given, held) ->
                            inFolder (fun folder ->
                                let expected = given.Order(MoneyEntry.Order).ToArray()
                                let sorted = sortIn folder held given |> Array.ofList
                                Expect.equal (sorted |> Array.map _.Fen) (expected |> Array.map _.Fen) "in order"
                                Expect.equal sorted expected "nothing is changed"))

                Check.One(Config.QuickThrowOnFailure.WithMaxTest 60, property)
            }

            test "an entry comes back from a file as it was, whatever it holds" {
                let strange =
                    [
                        { entryOf 0 "x" 1 with
                            Number = String('n', 70_000)
                            Fen = Int64.MaxValue
                        }
                        { entryOf 0 half 2 with
                            FeeMilliFen = Nullable Int64.MinValue
                        }
                        { entryOf 0 "\u0000,\"" 4 with
                            Time = DateTimeOffset(2026, 12, 31, 23, 59, 59, TimeSpan.FromMinutes -210.0)
                        }
                        { entryOf 0 "" 5 with
                            SubMerchantId = Unchecked.defaultof<string>
                            Status = enum<MoneyEntryStatus> 77
                        }
                    ]

                inFolder (fun folder ->
                    let sorted = sortIn folder 1 strange

                    for entry in strange do
                        Expect.contains sorted entry "the same"

                    let offsets = sorted |> List.map _.Time.Offset.TotalMinutes
                    Expect.contains offsets -210.0 "with its offset")
            }

            test "nothing is written as long as everything fits; then into a folder that nobody else may open" {
                inFolder (fun folder ->
                    use sorter = new MoneyEntrySorter(folder, 3)
                    let files () = Directory.GetFileSystemEntries folder

                    for number in 1..2 do
                        sorter.Add(entryOf 0 "a" number)

                    Expect.isEmpty (files ()) "in memory"
                    Expect.isFalse sorter.IsSpilled "in memory"
                    sorter.Add(entryOf 0 "a" 3)
                    Expect.isTrue sorter.IsSpilled "in a file"
                    let place = Expect.hasLength (files ()) 1 "one folder" |> fun () -> files().[0]

                    if not (OperatingSystem.IsWindows()) then
                        let own =
                            UnixFileMode.UserRead ||| UnixFileMode.UserWrite ||| UnixFileMode.UserExecute

                        Expect.equal (File.GetUnixFileMode place) own "private")
            }

            test "the files are gone, whether all was read, some of it, or nothing" {
                for taken in [ 0; 1; 5; 100 ] do
                    inFolder (fun folder ->
                        (use sorter = new MoneyEntrySorter(folder, 2)

                         for number in 1..200 do
                             sorter.Add(entryOf 0 "a" number)

                         use sorted = sorter.Sorted().GetEnumerator()

                         for _ in 1..taken do
                             Expect.isTrue (sorted.MoveNext()) "there")

                        Expect.isEmpty (Directory.GetFileSystemEntries folder) "nothing is left")
            }

            test "many runs are merged before they are too many to be open at once" {
                inFolder (fun folder ->
                    use sorter = new MoneyEntrySorter(folder, 1)

                    for number in 5000..-1..1 do
                        sorter.Add(entryOf 0 (number.ToString "D6") number)

                    let files = Directory.GetFiles(folder, "*", SearchOption.AllDirectories)
                    Expect.isLessThan files.Length 130 "few files"
                    let sorted = sorter.Sorted() |> Seq.map _.Fen |> List.ofSeq
                    Expect.equal sorted [ 1L .. 5000L ] "in order")
            }
        ]
