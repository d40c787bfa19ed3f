/// The first callback of a process that has just started, and the same of a bare program that only verifies.
module WeChatPay.Benchmarks.FreshProcess

open System
open System.Diagnostics
open System.IO
open System.Runtime.InteropServices
open WeChatPay.Benchmarks.Sample

[<Literal>]
let private Starts = 30

/// Where `dotnet build` put the program: everything of it and of the library is compiled when it starts.
let asBuilt = AppContext.BaseDirectory

let private projectFolder =
    let rec up (folder: DirectoryInfo) =
        if File.Exists(Path.Combine(folder.FullName, "global.json")) then
            Path.Combine(folder.FullName, "benchmarks", "FirstCallback")
        else
            match folder.Parent with
            | null -> invalidOp "The benchmarks run outside the repository."
            | parent -> up parent

    up (DirectoryInfo AppContext.BaseDirectory)

/// The processor time of all children that have ended, in microseconds, as the system counts it: `getrusage`, where .NET has no name for it.
module private Children =
    [<Literal>]
    let private RUsageChildren = -1

    [<DllImport("libc", EntryPoint = "getrusage")>]
    extern int private rusage(int who, int64[] usage)

    let microseconds () =
        // struct rusage begins with user and system time, each in seconds and microseconds.
        let usage = Array.zeroCreate<int64> 32
        rusage (RUsageChildren, usage) |> ignore
        (usage[0] + usage[2]) * 1_000_000L + usage[1] + usage[3]

/// Runs a program to its end; gives the processor time of the whole process, in seconds. Waiting for a busy machine is not in it.
let private secondsOf (arguments: string list) =
    let info = ProcessStartInfo("dotnet", arguments)
    info.RedirectStandardOutput <- true
    let before = Children.microseconds ()

    match Process.Start info with
    | null -> invalidOp "dotnet cannot be started."
    | started ->
        use started = started
        let output = started.StandardOutput.ReadToEnd()
        started.WaitForExit()

        if started.ExitCode <> 0 then
            invalidOp ("dotnet " + String.Join(' ', arguments) + " failed. " + output)

        float (Children.microseconds () - before) / 1e6

/// Publishes the program as one does for a fast start, compiled beforehand (ReadyToRun), the bare part and the library alike; gives the folder.
let publish () =
    let folder = Directory.CreateTempSubdirectory("wechatpay-published-").FullName

    secondsOf
        [
            "publish"
            projectFolder
            "-c"
            "Release"
            "-p:PublishReadyToRun=true"
            "-o"
            folder
        ]
    |> ignore

    folder

let private start (program: string) (verb: string) (callback: string list) =
    secondsOf (Path.Combine(program, "WeChatPay.FirstCallback.dll") :: verb :: callback)

/// The best of many starts of the bare program and of the one that decodes, in turns.
let best (program: string) (signed: Signed) =
    let folder = Directory.CreateTempSubdirectory("wechatpay-first-").FullName
    let key = Path.Combine(folder, "key.pem")
    let body = Path.Combine(folder, "body.json")
    File.WriteAllText(key, platformPem)
    File.WriteAllBytes(body, signed.Body)

    let callback =
        [
            key
            body
            timestamp
            nonce
            Convert.ToBase64String signed.Signature
            serial
            apiV3KeyText
        ]

    try
        let mutable bare = Double.MaxValue
        let mutable decode = Double.MaxValue

        for _ in 1..Starts do
            bare <- min bare (start program "verify" callback)
            decode <- min decode (start program "decode" callback)

        struct (bare, decode)
    finally
        Directory.Delete(folder, true)
