module WeChatPay.Tests.Program

open System
open System.IO
open Expecto
open Expecto.Impl

let private run arguments =
    let mutable passed = 0
    let mutable failed = 0

    let count (summary: TestRunSummary) =
        passed <- List.length summary.passed
        failed <- List.length summary.failed + List.length summary.errored

    let printer =
        { TestPrinters.defaultPrinter with
            summary =
                fun config summary ->
                    count summary
                    TestPrinters.defaultPrinter.summary config summary
        }

    let result =
        runTestsInAssemblyWithCLIArgs [ CLIArguments.Printer printer; CLIArguments.No_Spinner ] arguments

    // The line that CI reads, alone at the very end.
    use output = new StreamWriter(Console.OpenStandardOutput())
    output.WriteLine $"\n{passed} passed, {failed} failed"
    if result = 0 && passed = 0 then 1 else result

[<EntryPoint>]
let main arguments =
    match arguments with
    | [| "--accept-api" |] ->
        PublicApiTests.accept ()
        0
    | [| "--write-docs" |] ->
        ErrorPages.write ()
        0
    | _ -> run arguments
