// The invocation that our shell makes of an order, at a moment and with a nonce that another client chose.
//   dotnet fsi -r:WeChatPay.Contracts.dll -r:WeChatPay.Functional.dll -r:WeChatPay.Shell.dll -r:Polly.Core.dll invoke.fsx < orders.json
open System
open System.IO
open System.Net.Http
open System.Text.Json
open System.Threading
open WeChatPay.Functional
open WeChatPay.Shell

let input = JsonDocument.Parse(Console.OpenStandardInput()).RootElement

let text (name: string) (node: JsonElement) =
    nonNull (node.GetProperty(name).GetString())

let force made =
    match made with
    | Ok value -> value
    | Error error -> failwith (string error)

let key =
    File.ReadAllBytes(text "key" input)
    |> fun pem -> MerchantKey.read "" (text "serial" input) (ReadOnlySpan pem)
    |> force

let clientAt (seconds: string) nonce : Client =
    {
        Http = new HttpClient()
        BaseAddress = Uri "http://127.0.0.1"
        GlobalAddress = Uri "http://127.0.0.1"
        Caller = Caller(text "merchant" input)
        Key = InMemoryMerchantKey key
        Keys = PlatformKeys.ofRing Keyring.none
        PlatformSerial = ""
        Clock =
            { new TimeProvider() with
                member _.GetUtcNow() =
                    DateTimeOffset.FromUnixTimeSeconds(Int64.Parse seconds)
            }
        NewNonce = fun () -> nonce
        Resilience = Resilience.Off TimeProvider.System
        Report = ignore
    }

let invoke (order: JsonElement) : obj =
    let client = clientAt (text "timestamp" order) (text "nonce" order)
    let appid, prepayId = text "appid" order, text "prepay_id" order

    match text "way" order with
    | "jsapi" ->
        (Client.invokeJsapi CancellationToken.None client appid prepayId).Result
        |> force
        :> obj
    | "app" -> (Client.invokeApp CancellationToken.None client appid prepayId).Result |> force :> obj
    | way -> failwith ("no way to pay: " + way)

input.GetProperty("orders").EnumerateArray()
|> Seq.map invoke
|> Array.ofSeq
|> JsonSerializer.Serialize
|> Console.Out.WriteLine
