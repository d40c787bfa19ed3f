/// `wechatpay` as a process of its own; the natively published tool where `WECHATPAY_NATIVE` names it.
module WeChatPay.Tests.ToolProcess

open System
open System.Diagnostics
open System.IO
open System.Text
open System.Text.Json
open System.Threading.Tasks

/// What a run of the tool ended with and said.
type Said =
    {
        Exit: int
        Output: string
        Errors: string
    }

    member said.Json = JsonDocument.Parse(said.Output).RootElement

let private configuration =
    DirectoryInfo(AppContext.BaseDirectory).Parent
    |> Option.ofObj
    |> Option.map _.Name

let private managed =
    Path.Combine(
        Packable.root,
        "src",
        "Cli",
        "bin",
        Option.defaultValue "Debug" configuration,
        "net10.0",
        "wechatpay.dll"
    )

/// Starts the tool with these variables and arguments, and nothing on its standard input.
let start (environment: (string * string) list) (arguments: string list) : Process =
    let program, first =
        match Environment.GetEnvironmentVariable "WECHATPAY_NATIVE" with
        | null -> "dotnet", [ managed ]
        | native -> native, []

    let start =
        ProcessStartInfo(
            program,
            first @ arguments,
            RedirectStandardInput = true,
            RedirectStandardOutput = true,
            RedirectStandardError = true,
            StandardOutputEncoding = Encoding.UTF8
        )

    for name, value in environment do
        start.Environment[name] <- value

    let tool = nonNull (Process.Start start)
    tool.StandardInput.Close()
    tool

/// Runs the tool to its end.
let run (environment: (string * string) list) (arguments: string list) : Task<Said> =
    task {
        use tool = start environment arguments
        let output = tool.StandardOutput.ReadToEndAsync()
        let errors = tool.StandardError.ReadToEndAsync()
        do! tool.WaitForExitAsync()
        let! output = output
        let! errors = errors

        return
            {
                Exit = tool.ExitCode
                Output = output
                Errors = errors.Trim()
            }
    }
