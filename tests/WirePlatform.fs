/// A platform on Kestrel, made by hand: refuses what is not signed over the very bytes that came, and signs what it answers.
module WeChatPay.Tests.WirePlatform

open System
open System.Collections.Concurrent
open System.Collections.Generic
open System.IO
open System.Net.Http
open System.Security.Cryptography
open System.Text
open System.Text.RegularExpressions
open System.Threading.Tasks
open Microsoft.AspNetCore.Builder
open Microsoft.AspNetCore.Http
open Microsoft.AspNetCore.Http.Features
open Microsoft.AspNetCore.WebUtilities
open Microsoft.Extensions.Primitives
open Microsoft.Net.Http.Headers
open WeChatPay
open WeChatPay.Functional
open WeChatPay.Shell
open WeChatPay.Tests.CallTests
open WeChatPay.Tests.Platform
open WeChatPay.Tests.Shop

/// One part of a multipart body, as ASP.NET Core reads it.
type Part =
    {
        Name: string
        FileName: string
        ContentType: string
        Bytes: byte array
    }

/// A request as it came, its signature verified.
type Asked =
    {
        Method: string
        /// Path and query, byte for byte.
        Target: string
        Headers: IDictionary<string, StringValues>
        Body: byte array
        /// The parts of a multipart body.
        Parts: Part list
    }

    member asked.Header name =
        match asked.Headers.TryGetValue name with
        | true, values -> values.ToString()
        | _ -> ""

    member asked.Text = Encoding.UTF8.GetString asked.Body

type Reply =
    {
        Status: int
        Headers: (string * string) list
        Body: byte array
        IsSigned: bool
    }

let answer status (body: byte array) =
    {
        Status = status
        Headers = [ "Request-ID", "08F7" ]
        Body = body
        IsSigned = true
    }

let json (text: string) = answer 200 (utf8 text)

let private partOf (section: MultipartSection) =
    task {
        use bytes = new MemoryStream()
        do! section.Body.CopyToAsync bytes

        let disposition =
            ContentDispositionHeaderValue.Parse(StringSegment section.ContentDisposition)

        return
            {
                Name = HeaderUtilities.RemoveQuotes(disposition.Name).ToString()
                FileName = HeaderUtilities.RemoveQuotes(disposition.FileName).ToString()
                ContentType = section.ContentType
                Bytes = bytes.ToArray()
            }
    }

let private partsOf (contentType: string) (body: byte array) =
    task {
        let boundary =
            HeaderUtilities.RemoveQuotes(MediaTypeHeaderValue.Parse(StringSegment contentType).Boundary)

        let reader = MultipartReader(boundary.ToString(), new MemoryStream(body))
        let parts = ResizeArray<Part>()
        let! first = reader.ReadNextSectionAsync()
        let mutable section = first

        while not (isNull section) do
            let! part = partOf section
            parts.Add part
            let! next = reader.ReadNextSectionAsync()
            section <- next

        return List.ofSeq parts
    }

let private read (context: HttpContext) =
    task {
        use body = new MemoryStream()
        do! context.Request.Body.CopyToAsync body
        let bytes = body.ToArray()
        let contentType = context.Request.ContentType

        let! parts =
            if
                not (isNull contentType)
                && contentType.StartsWith("multipart/", StringComparison.Ordinal)
            then
                partsOf contentType bytes
            else
                Task.FromResult []

        return
            {
                Method = context.Request.Method
                Target = context.Features.Get<IHttpRequestFeature>().RawTarget
                Headers = Dictionary(context.Request.Headers, StringComparer.OrdinalIgnoreCase)
                Body = bytes
                Parts = parts
            }
    }

/// A parameter of `Authorization`.
let parameter (authorization: string) name =
    Regex.Match(authorization, "[ ,]" + name + "=\"([^\"]*)\"").Groups[1].Value

/// Whether the merchant signed exactly this.
let isSigned (authorization: string) (method: string) (target: string) (body: byte array) =
    let part = parameter authorization
    let timestamp, nonce = part "timestamp", part "nonce_str"
    let head = utf8 $"{method}\n{target}\n{timestamp}\n{nonce}\n"

    merchantPair.VerifyData(
        Array.concat [ head; body; utf8 "\n" ],
        Convert.FromBase64String(part "signature"),
        HashAlgorithmName.SHA256,
        RSASignaturePadding.Pkcs1
    )

/// What the signature covers: of an upload the part `meta` alone.
let private signedBytes (asked: Asked) =
    match asked.Parts |> List.tryFind (fun part -> part.Name = "meta") with
    | Some meta -> meta.Bytes
    | None -> asked.Body

let reply (context: HttpContext) (answer: Reply) : Task =
    task {
        context.Response.StatusCode <- answer.Status

        for name, value in answer.Headers do
            context.Response.Headers.Append(name, value)

        if answer.IsSigned then
            for name, value in headersOf (sign answer.Body) do
                context.Response.Headers[name] <- value

        if answer.Body.Length > 0 then
            do! context.Response.Body.WriteAsync(answer.Body, 0, answer.Body.Length)
    }

type WirePlatform =
    {
        App: WebApplication
        Asked: ConcurrentQueue<Asked>
    }

    member platform.Url = Seq.head platform.App.Urls
    member platform.Only = Seq.exactlyOne platform.Asked

    interface IAsyncDisposable with
        member platform.DisposeAsync() = platform.App.DisposeAsync()

/// A platform that writes its answers itself, where the request is rightly signed.
let openServing (serve: HttpContext -> Asked -> Task) =
    task {
        let app = quietBuilder(WebApplicationOptions()).Build()
        app.Urls.Add "http://127.0.0.1:0"
        let seen = ConcurrentQueue<Asked>()

        app.Run(fun (context: HttpContext) ->
            task {
                let! asked = read context

                if isSigned (asked.Header "Authorization") asked.Method asked.Target (signedBytes asked) then
                    seen.Enqueue asked
                    do! serve context asked
                else
                    context.Response.StatusCode <- 401
            }
            :> Task)

        do! app.StartAsync()
        return { App = app; Asked = seen }
    }

let openPlatform (answer: Asked -> Reply) =
    openServing (fun context asked -> reply context (answer asked))

let merchantKey =
    force (MerchantKey.ofPem "00ab" (merchantPair.ExportPkcs8PrivateKeyPem()))

/// What the platform seals for the merchant, by .NET's own RSA.
let sealedFor (pair: RSA) (plain: byte array) =
    Convert.ToBase64String(pair.Encrypt(plain, RSAEncryptionPadding.OaepSHA1))

/// A direct merchant's client of the shell.
let shellAt (url: string) : Client =
    {
        Http = new HttpClient(Client.createHandler ())
        BaseAddress = Uri url
        GlobalAddress = Uri url
        Caller = Caller "1900000001"
        Key = InMemoryMerchantKey merchantKey
        Keys = PlatformKeys.ofRing ring
        PlatformSerial = PublicKeyId
        Clock = StoppedClock()
        NewNonce = Client.newNonce
        Resilience = Resilience.Off System.TimeProvider.System
        Report = ignore
    }

let optionsAt (url: string) =
    WeChatPayOptions(
        MerchantId = "1900000001",
        MerchantSerial = "00ab",
        MerchantPrivateKey = merchantPair.ExportPkcs8PrivateKeyPem(),
        ApiV3Key = apiV3KeyText,
        PlatformPublicKeyId = PublicKeyId,
        PlatformPublicKey = publicKeyPem,
        BaseAddress = url
    )

/// Sets the same in options that an application has.
let setAt (url: string) (options: WeChatPayOptions) =
    let known = optionsAt url
    options.MerchantId <- known.MerchantId
    options.MerchantSerial <- known.MerchantSerial
    options.MerchantPrivateKey <- known.MerchantPrivateKey
    options.ApiV3Key <- known.ApiV3Key
    options.PlatformPublicKeyId <- known.PlatformPublicKeyId
    options.PlatformPublicKey <- known.PlatformPublicKey
    options.BaseAddress <- known.BaseAddress

let facadeAt url =
    new HttpClient(WeChatPayClient.CreateHandler())
    |> fun http -> WeChatPayClient(http, optionsAt url, StoppedClock())

/// The field and the problem of a request that was refused before it was sent.
let refusedBefore result =
    match result with
    | Error(ApiError.InvalidRequest(field, problem)) -> field, problem
    | Error error -> Expecto.Tests.failtest (ApiError.message error)
    | Ok _ -> Expecto.Tests.failtest "It was not refused."

let valueOf result =
    match result with
    | Ok value -> value
    | Error error -> Expecto.Tests.failtest (ApiError.message error)
