module WeChatPay.Benchmarks.Program

open System
open System.Globalization
open BenchmarkDotNet.Running

let private usage =
    "ratios [--json] | ratios calls | bills [ROWS] | reconcile [ROWS] | inbox | flood | merchants [COUNT] | bench [FILTER]"

let private bench (filter: string) =
    BenchmarkSwitcher.FromAssembly(typeof<Benchmarks.Notifications>.Assembly).Run [| "--filter"; filter |]
    |> ignore

    0

let (|Rows|_|) (text: string) =
    match Int32.TryParse(text, NumberStyles.None, CultureInfo.InvariantCulture) with
    | true, rows when rows > 0 -> Some rows
    | _ -> None

[<EntryPoint>]
let main arguments =
    match List.ofArray arguments with
    | [ "ratios" ] -> Ratios.run false
    | [ "ratios"; "--json" ] -> Ratios.run true
    | [ "ratios"; "calls" ] -> Ratios.runCalls ()
    | [ "bills" ] -> Bills.run 500_000
    | [ "bills"; Rows rows ] -> Bills.run rows
    | [ "reconcile" ] -> Reconcile.run 10_000_000
    | [ "reconcile"; Rows rows ] -> Reconcile.run rows
    | [ "inbox" ] -> Inbox.run ()
    | [ "inbox"; "--receiver"; store; place ] -> InboxReceiver.run store place
    | [ "flood" ] -> Flood.run ()
    | [ "flood"; "--receiver"; log ] -> Flood.receive log
    | [ "merchants" ] -> Merchants.run 10_000
    | [ "merchants"; count ] -> Merchants.run (Int32.Parse(count, Globalization.CultureInfo.InvariantCulture))
    | [ "bench" ] -> bench "*"
    | [ "bench"; filter ] -> bench filter
    | _ ->
        Console.Error.WriteLine("usage: dotnet run -c Release --project benchmarks -- " + usage)
        2
