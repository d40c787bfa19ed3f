/// What snippets speak of without making it; `start` makes it, with the packed simulator.
module Consumer.Scope

open System
open System.Collections.Concurrent
open System.Collections.Generic
open System.IO
open System.Net
open System.Net.Http
open System.Net.Sockets
open WeChatPay.Api
open WeChatPay.Functional
open WeChatPay.Shell
open WeChatPay.Simulator

let private force result =
    match result with
    | Ok value -> value
    | Error _ -> failwith "The scope of the snippets does not stand."

let private freePort =
    use listener = new TcpListener(IPAddress.Loopback, 0)
    listener.Start()
    (listener.LocalEndpoint :?> IPEndPoint).Port

let ShopAddress = "http://127.0.0.1:" + string freePort

let platform = WeChatPaySimulator.StartAsync().GetAwaiter().GetResult()

let private ring =
    Keyring.create
        [
            force (PlatformKey.ofPublicKeyPem platform.PlatformPublicKeyId platform.PlatformPublicKeyPem)
        ]
    |> force

let client: Client =
    {
        Http = new HttpClient(Client.createHandler ())
        BaseAddress = platform.BaseAddress
        GlobalAddress = platform.BaseAddress
        Caller = Caller platform.MerchantId
        Key = InMemoryMerchantKey(force (MerchantKey.ofPem platform.MerchantSerial platform.MerchantPrivateKeyPem))
        Keys = PlatformKeys.ofRing ring
        PlatformSerial = platform.PlatformPublicKeyId
        Clock = TimeProvider.System
        NewNonce = Client.newNonce
        Resilience = Resilience.Usual System.TimeProvider.System
        Report = ignore
    }

let policy =
    {
        Verification = VerificationPolicy.forNotifications ring
        ApiV3Key = force (ApiV3Key.create platform.ApiV3Key)
    }

let request =
    NativePrepayRequest(
        Appid = "wx0000000000000001",
        Description = "tea",
        OutTradeNo = "snippet-1",
        NotifyUrl = ShopAddress + "/notify",
        Amount = OrderAmount(Total = 1L)
    )

let paid = ConcurrentQueue<string * int64>()
let refused = ConcurrentQueue<string>()
let markPaid (number: string) (fen: int64) = paid.Enqueue((number, fen))
let refuse (code: string) = refused.Enqueue code
let now = DateTimeOffset.UtcNow

/// One callback as it came in.
let delivery =
    use listener = new HttpListener()
    listener.Prefixes.Add(ShopAddress + "/")
    listener.Start()

    let receive =
        backgroundTask {
            let! context = listener.GetContextAsync()
            use body = new MemoryStream()
            do! context.Request.InputStream.CopyToAsync body

            let headers =
                [
                    for name in context.Request.Headers.AllKeys do
                        match context.Request.Headers[name] with
                        | null -> ()
                        | value -> KeyValuePair(string name, value)
                ]

            context.Response.StatusCode <- 204
            context.Response.Close()
            return Delivery.create headers (ReadOnlySpan(body.ToArray()))
        }

    let sent =
        (Payments.PrepayNative request |> Client.send client).GetAwaiter().GetResult()

    force sent |> ignore
    (platform.PayAsync "snippet-1").GetAwaiter().GetResult() |> ignore
    receive.GetAwaiter().GetResult()
