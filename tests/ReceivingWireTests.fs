/// What happens to a notification on the way, on real wires: HTTP/2, chunks, and proxies that change the spelling of headers.
module WeChatPay.Tests.ReceivingWireTests

open System
open System.Collections
open System.Collections.Generic
open System.Net
open System.Threading.Tasks
open Expecto
open Microsoft.AspNetCore.Server.Kestrel.Core
open WeChatPay
open WeChatPay.Tests.Platform
open WeChatPay.Tests.ReceivingShop
open WeChatPay.Tests.Receivers

let private openEndpoint protocols =
    openKestrel protocols ignore Program.MapEndpoint "/wechatpay/notify"

let private http2 =
    testList
        "HTTP/2 in clear text"
        [
            for form, content in [ "with a length", sized; "without one", unsized ] do
                testCaseTask (form + ": taken, the smallest change refused, too large refused") (fun () ->
                    task {
                        use! receiver = openEndpoint HttpProtocols.Http2

                        let send callback =
                            post HttpVersion.Version20 receiver.Url content callback

                        let! answer = send changed
                        Expect.equal answer (refused 401 "signature_mismatch") "changed"
                        let! answer = send oversized
                        Expect.equal answer (refused 413 "body_too_large") "too large"
                        Expect.isFalse (receiver.Orders.IsPaid "order-1") "nothing was handed on"
                        let! answer = send payment
                        Expect.equal answer (204, "") "taken"
                        Expect.isTrue (receiver.Orders.IsPaid "order-1") "settled"
                    })
        ]

let private isSigned (line: string) =
    line.StartsWith("Wechatpay-", StringComparison.OrdinalIgnoreCase)

/// Rewrites the names of headers, and no value.
let private renamed (rename: string -> string) (lines: string list) =
    [
        for line in lines do
            match line.IndexOf ':' with
            | -1 -> line
            | colon when isSigned line -> rename line[.. colon - 1] + line[colon..]
            | _ -> line
    ]

let private cgi (name: string) =
    "HTTP_" + name.ToUpperInvariant().Replace('-', '_')

let private spellings =
    [
        "lower case", renamed _.ToLowerInvariant()
        "upper case", renamed _.ToUpperInvariant()
        "CGI variables", renamed cgi
        "any order", List.rev
    ]

/// Does something to the lines of one header.
let private onLine (name: string) (change: string -> string list) (lines: string list) =
    lines
    |> List.collect (fun line ->
        if line.StartsWith(name + ":", StringComparison.OrdinalIgnoreCase) then
            change line
        else
            [ line ])

let private fst3 (first, _, _) = first
let private valueOf (line: string) = line[line.IndexOf ':' + 1 ..].Trim()

let private twice line = [ line; line ]
let private joined separator line = [ line + separator + valueOf line ]
let private dropped _ = []

let private names =
    [
        "Wechatpay-Timestamp"
        "Wechatpay-Nonce"
        "Wechatpay-Signature"
        "Wechatpay-Serial"
    ]

let private behindProxy
    (openReceiver: unit -> Task<Receiver>)
    rewrite
    (check: (Callback -> Task<int * string>) -> Task<unit>)
    =
    task {
        use! receiver = openReceiver ()
        use proxy = new Proxy(Uri receiver.Url, rewrite)
        do! check (post HttpVersion.Version11 proxy.Url sized)
        return receiver.Orders.IsPaid "order-1"
    }

let private proxies (server, openReceiver) =
    testList
        ("behind a proxy, " + server)
        [
            for spelling, rewrite in spellings do
                testCaseTask ("headers in " + spelling + " are taken, and the smallest change is refused") (fun () ->
                    task {
                        let! isPaid =
                            behindProxy openReceiver rewrite (fun send ->
                                task {
                                    let! answer = send changed
                                    Expect.equal answer (refused 401 "signature_mismatch") "changed"
                                    let! answer = send payment
                                    Expect.equal answer (204, "") "taken"
                                })

                        Expect.isTrue isPaid "settled"
                    })

            for what, change, code in
                [
                    "joined by a comma and a blank", joined ", ", "malformed_header"
                    "joined by a comma", joined ",", "malformed_header"
                    "dropped", dropped, "missing_header"
                ] do
                for name in names do
                    testCaseTask (name + " " + what + " is " + code) (fun () ->
                        task {
                            let! isPaid =
                                behindProxy openReceiver (onLine name change) (fun send ->
                                    task {
                                        let! answer = send payment
                                        Expect.equal answer (refused 401 code) "refused"
                                    })

                            Expect.isFalse isPaid "nothing is handed on"
                        })
        ]

let private twiceOnKestrel =
    testList
        "a header given twice, Kestrel"
        [
            for name in names do
                testCaseTask (name + " is malformed_header") (fun () ->
                    task {
                        let! isPaid =
                            behindProxy (fun () -> openEndpoint HttpProtocols.Http1) (onLine name twice) (fun send ->
                                task {
                                    let! answer = send payment
                                    Expect.equal answer (refused 401 "malformed_header") "refused"
                                })

                        Expect.isFalse isPaid "nothing is handed on"
                    })
        ]

/// The listener of Linux and macOS shows an application the last one only; that of Windows joins them.
let private twiceOnListener =
    testList
        "a header given twice, HttpListener"
        [
            for name in names do
                testCaseTask (name + ": what the listener shows must verify") (fun () ->
                    task {
                        let spoiled line =
                            [ line; (line: string).Replace(valueOf line, "1760000001") ]

                        let! isPaid =
                            behindProxy openListener (onLine name spoiled) (fun send ->
                                task {
                                    let! status, _ = send payment
                                    Expect.equal status 401 "the last one is not what was signed"
                                })

                        Expect.isFalse isPaid "nothing is handed on"

                        let! isPaid =
                            behindProxy openListener (onLine name (spoiled >> List.rev)) (fun send ->
                                task {
                                    let! status, _ = send payment

                                    Expect.equal
                                        status
                                        (if OperatingSystem.IsWindows() then 401 else 204)
                                        "the last is"
                                })

                        Expect.equal isPaid (not (OperatingSystem.IsWindows())) "proven, or refused"
                    })
        ]

/// The same collection where it keeps both, and where it has joined them.
let private twiceInCollections =
    test "a header given twice in a NameValueCollection is malformed_header, kept apart or joined" {
        for name in names do
            for collection in [ Specialized.NameValueCollection(); WebHeaderCollection() ] do
                for name, value in headersOf payment do
                    collection.Add(name, value)

                let receiver = notifications ()
                Expect.isTrue (fst3 (receiver.Decode(collection, ReadOnlySpan payment.Body).TryGet())) "once"
                collection.Add(name, collection[name])

                match receiver.Decode(collection, ReadOnlySpan payment.Body).TryGet() with
                | true, _, _ -> failtest (name + " was accepted")
                | _, _, failure -> Expect.equal failure.Code "malformed_header" name
    }

let private forms =
    testCaseTask
        "every usual type of headers is taken without ceremony, and refused where the body was changed"
        (fun () ->
            task {
                let headers = Array.ofSeq (pairs (headersOf payment))
                let! codes = HeaderForms.DecodeAsync(notifications (), headers, payment.Body)
                Expect.isGreaterThan codes.Count 20 "all of them"

                for code in codes do
                    Expect.equal code.Value "" code.Key

                let! codes = HeaderForms.DecodeAsync(notifications (), headers, changed.Body)

                for code in codes do
                    Expect.equal code.Value "signature_mismatch" code.Key
            })

/// F# chooses among the same overloads.
let private fsharpForms =
    test "F#'s own types of headers are taken without ceremony" {
        let list = [ for name, value in headersOf payment -> KeyValuePair(name, value) ]

        let several =
            [ for name, value in headersOf payment -> KeyValuePair(name, [ value ]) ]

        let dictionary = dict (headersOf payment)
        let map = Map.ofList (headersOf payment)
        let receiver = notifications ()

        for form, result in
            [
                "list", receiver.Decode(list, ReadOnlySpan payment.Body)
                "list of lists", receiver.Decode(several, ReadOnlySpan payment.Body)
                "dict", receiver.Decode(dictionary, ReadOnlySpan payment.Body)
                "Map", receiver.Decode(map, ReadOnlySpan payment.Body)
            ] do
            match result.TryGet() with
            | true, _, _ -> ()
            | _, _, failure -> failtest (form + ": " + failure.Code)
    }

[<Tests>]
let tests =
    testList
        "receiving: on the way"
        [
            http2
            proxies ("Kestrel", (fun () -> openEndpoint HttpProtocols.Http1))
            proxies ("HttpListener", openListener)
            twiceOnKestrel
            twiceOnListener
            twiceInCollections
            forms
            fsharpForms
        ]
