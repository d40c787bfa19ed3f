/// Going through lists: every item once, no page too many, no end that never comes.
module WeChatPay.Tests.PagingTests

open System
open System.Collections.Generic
open System.Net.Http
open System.Threading
open System.Threading.Tasks
open Expecto
open Microsoft.AspNetCore.WebUtilities
open WeChatPay
open WeChatPay.Api.Marketing
open WeChatPay.Tests.CallTests
open WeChatPay.Tests.WirePlatform

let private collectFor
    (cancellationToken: CancellationToken)
    (items: IAsyncEnumerable<'Item>)
    (nameOf: 'Item -> string)
    =
    task {
        let seen = ResizeArray<string>()
        use pages = items.GetAsyncEnumerator cancellationToken
        let! first = pages.MoveNextAsync()
        let mutable isThere = first

        while isThere do
            seen.Add(nameOf pages.Current)
            let! next = pages.MoveNextAsync()
            isThere <- next

        return List.ofSeq seen
    }

let private collect items nameOf =
    collectFor CancellationToken.None items nameOf

let private numberIn (asked: Asked) (name: string) usual =
    let query =
        QueryHelpers.ParseQuery(asked.Target.Substring(asked.Target.IndexOf '?'))

    match query.TryGetValue name with
    | true, values -> int (values.ToString())
    | _ -> usual

/// How many come on a page where the request does not say.
[<Literal>]
let private Unasked = 10

/// A page of items 1 to `count`, as the platform would write it.
let private page (list: string) (item: string) (total: int voption) start count size =
    let items =
        [
            for number in start + 1 .. min count (start + size) -> $"""{{"{item}":"{number}"}}"""
        ]

    let total =
        match total with
        | ValueSome total -> $",\"total_count\":{total}"
        | ValueNone -> ""

    json $"""{{"{list}":[{String.Join(",", items)}]{total}}}"""

let private numbers count =
    [ for number in 1..count -> string number ]

let private limitOf (limit: int voption) =
    limit |> ValueOption.map int64 |> ValueOption.toNullable

let private byOffset =
    testList
        "by offset"
        [
            testCaseTask
                "without a total: short, full and empty last pages, with a size or the platform's own"
                (fun () ->
                    task {
                        for count, limit, calls in
                            [
                                0, ValueNone, 1
                                1, ValueNone, 2
                                9, ValueNone, 2
                                10, ValueNone, 2
                                25, ValueNone, 3
                                0, ValueSome 5, 1
                                4, ValueSome 5, 1
                                5, ValueSome 5, 2
                                10, ValueSome 5, 3
                                11, ValueSome 5, 3
                            ] do
                            use! platform =
                                openPlatform (fun asked ->
                                    let start, size = numberIn asked "offset" 0, numberIn asked "limit" Unasked
                                    page "transfer_detail_list" "detail_id" ValueNone start count size)

                            let client = facadeAt platform.Url

                            let all = client.TransferBatches.GetAllBatchByBatchIdAsync("b", true, limitOf limit)

                            let label = $"{count} by {limit}"
                            let! seen = collect all _.DetailId
                            Expect.equal seen (numbers count) label
                            Expect.equal platform.Asked.Count calls (label + ": calls")
                    })

            testCaseTask "with a total it is what ends, and an empty page where the total is wrong" (fun () ->
                task {
                    for count, total, limit, calls in
                        [
                            0, 0, ValueNone, 1
                            10, 10, ValueNone, 1
                            25, 25, ValueNone, 3
                            10, 10, ValueSome 5, 2
                            3, 9, ValueSome 5, 2
                        ] do
                        use! platform =
                            openPlatform (fun asked ->
                                let start, size = numberIn asked "offset" 0, numberIn asked "limit" Unasked
                                page "data" "complaint_id" (ValueSome total) start count size)

                        let client = facadeAt platform.Url
                        let day = DateOnly(2026, 1, 31)
                        let all = client.Complaints.ListAllAsync(day, day, limitOf limit)
                        let! seen = collect all _.ComplaintId
                        Expect.equal seen (numbers count) $"{count} of {total}"
                        Expect.equal platform.Asked.Count calls $"{count} of {total}: calls"

                        if limit.IsNone then
                            let short = client.Complaints.ListAllAsync(day, day, CancellationToken.None)
                            let! seen = collect short _.ComplaintId
                            Expect.equal seen (numbers count) $"{count} of {total}, in short"
                })
        ]

let private byPage =
    testCaseTask "by page number: the offset counts pages from 0" (fun () ->
        task {
            for count, limit in [ 0, 5; 5, 5; 11, 5 ] do
                use! platform =
                    openPlatform (fun asked ->
                        let size = numberIn asked "limit" Unasked
                        page "data" "mchid" (ValueSome count) (numberIn asked "offset" 0 * size) count size)

                let client = facadeAt platform.Url

                let! seen =
                    collect (client.PayGiftActivities.ListAllMerchantsAsync("a", int64 limit)) _.Mchid

                Expect.equal seen (numbers count) (string count)

                Expect.equal
                    [ for asked in platform.Asked -> numberIn asked "offset" -1 ]
                    [ 0 .. max 0 ((count - 1) / limit) ]
                    "pages"
        })

let private brandAt url =
    let options = optionsAt url
    options.BrandId <- "40231"
    WeChatPayBrandClient(new HttpClient(WeChatPayClient.CreateHandler()), options, StoppedClock())

/// The stores that a brand sees where each token leads to the next one of these; without a next, null and empty are the end.
let private storesAlong (next: string -> string) =
    task {
        use! platform =
            openPlatform (fun asked ->
                let query =
                    QueryHelpers.ParseQuery(asked.Target.Substring(asked.Target.IndexOf '?'))

                let token =
                    match query.TryGetValue "page_token" with
                    | true, values -> values.ToString()
                    | _ -> "first"

                json $"""{{"store_list":[{{"store_id":"at {token}"}}],"next_page_token":{next token}}}""")

        let all =
            (brandAt platform.Url).ProductCoupons.ListAllAssociatedStoresAsync("p", "s", Nullable 1L)

        return! collect all _.StoreId
    }

let private byToken =
    testCaseTask "by token: as far as tokens lead, and never around" (fun () ->
        task {
            for label, next, expected in
                [
                    "null ends", Map [ "first", "\"a+b\""; "a+b", "null" ], [ "at first"; "at a+b" ]
                    "empty ends", Map [ "first", "\"\"" ], [ "at first" ]
                    "the same again", Map [ "first", "\"a\""; "a", "\"a\"" ], [ "at first"; "at a" ]
                    "a circle", Map [ "first", "\"a\""; "a", "\"b\""; "b", "\"a\"" ], [ "at first"; "at a"; "at b" ]
                ] do
                let! seen = storesAlong (fun token -> next[token])
                Expect.equal seen expected label
        })

let private cancellation =
    testCaseTask "a cancelled list ends, in the call and between two, by either token" (fun () ->
        task {
            let hanging = TaskCompletionSource()

            use! platform =
                openServing (fun context asked ->
                    if numberIn asked "offset" 0 = 0 then
                        reply context (page "data" "complaint_id" ValueNone 0 100 5)
                    else
                        hanging.TrySetResult() |> ignore
                        Task.Delay(10_000, context.RequestAborted))

            let client = facadeAt platform.Url
            let day = DateOnly(2026, 1, 31)

            let isCancelled (call: Task<string list>) =
                task {
                    try
                        let! _ = call
                        return false
                    with :? OperationCanceledException ->
                        return true
                }

            use source = new CancellationTokenSource()
            let all = client.Complaints.ListAllAsync(day, day, Nullable 5L)
            let call = collectFor source.Token all _.ComplaintId
            do! hanging.Task.WaitAsync(TimeSpan.FromSeconds 10.0)
            source.Cancel()
            let! ended = isCancelled (call.WaitAsync(TimeSpan.FromSeconds 5.0))
            Expect.isTrue ended "in the call, by the enumeration's token"
            Expect.equal platform.Asked.Count 2 "two asked"
            use source = new CancellationTokenSource()

            let all = client.Complaints.ListAllAsync(day, day, Nullable 5L, null, source.Token)

            let! ended =
                isCancelled (
                    collect all (fun complaint ->
                        source.Cancel()
                        complaint.ComplaintId)
                )

            Expect.isTrue ended "between two, by the argument"
            Expect.equal platform.Asked.Count 3 "no second page"

            use source = new CancellationTokenSource()
            let all = client.Complaints.ListAllAsync(day, day, Nullable 5L)

            let! ended =
                isCancelled (
                    collectFor source.Token all (fun complaint ->
                        source.Cancel()
                        complaint.ComplaintId)
                )

            Expect.isTrue ended "between two, by the enumeration's token"
            Expect.equal platform.Asked.Count 4 "no second page"

            let short = client.Complaints.ListAllAsync(day, day, CancellationToken true)
            let! ended = isCancelled (collect short _.ComplaintId)
            Expect.isTrue ended "by the argument in short"
            Expect.equal platform.Asked.Count 4 "no call"
        })

[<Tests>]
let tests = testList "paging" [ byOffset; byPage; byToken; cancellation ]
