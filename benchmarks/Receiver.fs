/// A receiver as it would be deployed: Kestrel, a merchant, the endpoint; in this process, or in one of its own.
module WeChatPay.Benchmarks.Receiver

open System
open System.Diagnostics
open System.IO
open Microsoft.AspNetCore.Builder
open Microsoft.AspNetCore.Hosting
open Microsoft.Extensions.DependencyInjection
open Microsoft.Extensions.Logging
open WeChatPay
open WeChatPay.Benchmarks.Sample

/// Its merchant trusts the key that this process, or its parent, signs with.
let start (configure: WebApplicationBuilder -> unit) (map: WebApplication -> unit) (keyPem: string) (apiV3Key: string) =
    task {
        let builder = WebApplication.CreateSlimBuilder()
        builder.Logging.ClearProviders() |> ignore
        builder.WebHost.UseUrls "http://127.0.0.1:0" |> ignore

        builder.Services.AddWeChatPay(
            "",
            fun (options: WeChatPayOptions) ->
                options.MerchantId <- "1900000001"
                options.MerchantSerial <- "5157F09EFDC096DE15EBE81A47057A7232F1B8E1"
                options.MerchantPrivateKey <- merchant.ExportPkcs8PrivateKeyPem()
                options.ApiV3Key <- apiV3Key
                options.PlatformPublicKeyId <- serial
                options.PlatformPublicKey <- keyPem
        )
        |> ignore

        configure builder
        let app = builder.Build()
        map app
        do! app.StartAsync()
        return app
    }

/// What a process of its own does: reads what to trust from its input, says where it listens, and ends with its input.
let run (start: string -> string -> System.Threading.Tasks.Task<WebApplication>) =
    let keyPem = Console.In.ReadLine() |> Option.ofObj |> Option.defaultValue ""
    let apiV3Key = Console.In.ReadLine() |> Option.ofObj |> Option.defaultValue ""

    let app = (start (keyPem.Replace('|', '\n')) apiV3Key).GetAwaiter().GetResult()

    Console.Out.WriteLine(Seq.head app.Urls)
    Console.In.ReadToEnd() |> ignore
    app.StopAsync().GetAwaiter().GetResult()
    0

/// Starts this program as such a process; gives it, and where it listens. What it logs is read and dropped.
let startProcess (arguments: string list) =
    let info =
        ProcessStartInfo("dotnet", System.Reflection.Assembly.GetExecutingAssembly().Location :: arguments)

    info.RedirectStandardInput <- true
    info.RedirectStandardOutput <- true
    info.RedirectStandardError <- true

    match Process.Start info with
    | null -> invalidOp "dotnet cannot be started."
    | started ->
        started.StandardError.BaseStream.CopyToAsync Stream.Null |> ignore
        started.StandardInput.WriteLine(platformPem.Replace('\n', '|'))
        started.StandardInput.WriteLine apiV3KeyText

        let url =
            started.StandardOutput.ReadLine() |> Option.ofObj |> Option.defaultValue ""

        struct (started, url)
