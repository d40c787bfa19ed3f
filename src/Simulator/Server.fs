namespace WeChatPay.Simulator

open System
open System.Collections.Generic
open System.Globalization
open System.IO
open System.Net
open System.Net.Sockets
open System.Security.Cryptography
open System.Threading
open System.Threading.Tasks
open Microsoft.AspNetCore.Builder
open Microsoft.AspNetCore.Hosting
open Microsoft.AspNetCore.Http
open Microsoft.AspNetCore.Http.Features

/// The platform's end of the wire: Kestrel on loopback.
[<RequireQualifiedAccess>]
module internal Server =
    /// Room for the largest upload, a video of 5 MiB.
    [<Literal>]
    let private BodyLimit = 8_388_608

    let private rawUrl (context: HttpContext) =
        match context.Features.Get<IHttpRequestFeature>() with
        | null -> ""
        | feature -> feature.RawTarget

    let private readRequest (context: HttpContext) =
        backgroundTask {
            use body = new MemoryStream()
            do! context.Request.Body.CopyToAsync(body, context.RequestAborted)

            let headers = Dictionary<string, string>(StringComparer.OrdinalIgnoreCase)

            for header in context.Request.Headers do
                headers[header.Key] <- header.Value.ToString()

            return
                {
                    Method = context.Request.Method
                    Url = rawUrl context
                    Headers = headers
                    Body = body.ToArray()
                }
        }

    let private write
        (context: HttpContext)
        (wrong: Misbehaviour)
        (signature: (string * string) list)
        (reply: Reply)
        (body: byte array)
        =
        backgroundTask {
            let response = context.Response
            response.StatusCode <- reply.Status

            for name, value in signature @ reply.Headers do
                response.Headers[name] <- value

            if body.Length > 0 then
                response.ContentType <- reply.ContentType
                response.ContentLength <- int64 body.Length

                if wrong.HasFlag Misbehaviour.HalfAnswer then
                    do! response.Body.WriteAsync(ReadOnlyMemory<byte>(body, 0, body.Length / 2), context.RequestAborted)

                    do! response.Body.FlushAsync context.RequestAborted
                    context.Abort()
                else
                    do! response.Body.WriteAsync(ReadOnlyMemory<byte> body, context.RequestAborted)
        }

    let private answer wrong (world: World) request =
        Authorization.check world.Keys world.MerchantId world.BrandId world.Now request
        |> Result.bind (fun signer -> Routes.answer wrong world signer request)
        |> function
            | Ok reply -> reply
            | Error error -> Reply.ofError error

    /// Signs every answer but files, refusals too, by the key that the request names.
    let private signAndWrite (world: World) wrong context request (reply: Reply) =
        // Whoever asks for certificates may have no other key yet.
        let usual =
            if request.Url.StartsWith("/v3/certificates", StringComparison.Ordinal) then
                PlatformKeyKind.Certificate
            else
                world.SignsWith

        let key =
            Signature.keyFor usual (Request.header "Wechatpay-Serial" request) world.Keys

        let struct (headers, body) =
            Signature.headers world.Keys wrong world.Now key reply.Body

        let requestId = "08" + RandomNumberGenerator.GetHexString 30 + "-0"
        // A 204 has no body, whatever was signed.
        let struct (sent, more) =
            Faults.sent wrong (if reply.Status = 204 then [||] else body)

        let signature = if reply.IsSigned then headers else []
        // Kestrel would write this machine's time, whatever clock the platform has.
        let date = world.Now.ToString("r", CultureInfo.InvariantCulture)
        write context wrong ([ "Date", date; "Request-ID", requestId ] @ signature @ more) reply sent

    let private serve (world: World) (context: HttpContext) : Task =
        backgroundTask {
            let! request = readRequest context

            if request.Url.StartsWith("/simulator/", StringComparison.Ordinal) then
                let! reply = Control.answer world request
                do! write context Misbehaviour.None [] reply reply.Body
            else
                let wrong = world.TakeWrong()

                let reply =
                    match Faults.instead wrong with
                    | ValueSome reply -> reply
                    | ValueNone -> answer wrong world request |> Faults.answered wrong

                if wrong.HasFlag Misbehaviour.Delayed then
                    do! Task.Delay(world.AnswerDelay, context.RequestAborted)

                if wrong.HasFlag Misbehaviour.LostAnswer then
                    context.Abort()
                elif wrong.HasFlag Misbehaviour.Reset then
                    Faults.reset context
                else
                    do! signAndWrite world wrong context request reply
        }

    /// Starts Kestrel for a world, on a port of loopback (0: any free one).
    let startAsync (world: World) (port: int) (cancellationToken: CancellationToken) =
        backgroundTask {
            let builder = WebApplication.CreateEmptyBuilder(WebApplicationOptions())

            builder.WebHost
                .UseKestrelCore()
                .ConfigureKestrel(fun kestrel ->
                    kestrel.AddServerHeader <- false
                    kestrel.Limits.MaxRequestBodySize <- Nullable(int64 BodyLimit)
                    kestrel.Listen(IPAddress.Loopback, port))
            |> ignore

            let app = builder.Build()
            app.Run(RequestDelegate(serve world))

            try
                do! app.StartAsync cancellationToken
                return app
            with
            | :? IOException as failure ->
                do! app.DisposeAsync()
                return raise (IOException(failure.Message, failure))
            | :? SocketException as failure ->
                do! app.DisposeAsync()
                return raise (IOException("The port cannot be used: " + failure.Message, failure))
        }
