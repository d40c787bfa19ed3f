/// Many merchants in one process: how much memory each takes, and how long a merchant's first call takes beside its next.
module WeChatPay.Benchmarks.Merchants

open System
open System.Collections.Generic
open System.Diagnostics
open System.Globalization
open System.Net
open System.Net.Http
open System.Security.Cryptography
open System.Text
open System.Threading.Tasks
open WeChatPay
open WeChatPay.Benchmarks.Sample

/// The platform without a wire: what is measured is the merchant's own part.
[<Sealed>]
type private Wire() =
    inherit HttpMessageHandler()
    let body = "{}"B

    override _.SendAsync(_, _) =
        let text = Array.concat [ utf8 (timestamp + "\n" + nonce + "\n"); body; utf8 "\n" ]

        let signature =
            platform.SignData(text, HashAlgorithmName.SHA256, RSASignaturePadding.Pkcs1)

        let response =
            new HttpResponseMessage(HttpStatusCode.OK, Content = new ByteArrayContent(body))

        for name, value in
            [
                "Wechatpay-Timestamp", timestamp
                "Wechatpay-Nonce", nonce
                "Wechatpay-Signature", Convert.ToBase64String signature
                "Wechatpay-Serial", serial
            ] do
            response.Headers.TryAddWithoutValidation(name, value) |> ignore

        Task.FromResult response

/// A register as a database would be: settings as texts, made for each question.
[<Sealed>]
type private Register() =
    let pem = merchant.ExportPkcs8PrivateKeyPem()

    interface IWeChatPayMerchants with
        member _.FindAsync(merchant, _) =
            ValueTask<WeChatPayOptions | null>(
                WeChatPayOptions(
                    MerchantId = merchant,
                    MerchantSerial = "5157F09EFDC096DE15EBE81A47057A72",
                    MerchantPrivateKey = String(pem.AsSpan()),
                    ApiV3Key = String(apiV3KeyText.AsSpan()),
                    PlatformPublicKeyId = serial,
                    PlatformPublicKey = String(platformPem.AsSpan()),
                    BaseAddress = "https://platform.test"
                )
            )

        member _.CandidatesAsync(_, _) = ValueTask<IReadOnlyList<string>>([||])

/// What the process takes, OpenSSL's keys included, and what of it is .NET's heap.
let private memory () =
    GC.Collect()
    GC.WaitForPendingFinalizers()
    GC.Collect()
    use self = Process.GetCurrentProcess()
    struct (self.WorkingSet64, GC.GetTotalMemory true)

let private nameOf (number: int) =
    (1_900_000_000 + number).ToString CultureInfo.InvariantCulture

let private callOf (merchants: WeChatPayMerchantClients) number =
    task {
        let began = Stopwatch.GetTimestamp()

        let! pay = merchants.FindAsync(nameOf number)

        let! _ = (nonNull pay).SendAsync(HttpMethod.Get, "/v3/thing")
        return Stopwatch.GetElapsedTime began
    }

let private timesOf merchants numbers =
    task {
        let times = List<TimeSpan>()

        for number in numbers do
            let! time = callOf merchants number
            times.Add time

        return times |> Seq.map _.TotalMicroseconds |> Seq.sort |> Array.ofSeq
    }

let private show (value: float) =
    value.ToString("#,0", CultureInfo.InvariantCulture)

let private print (text: string) = Console.WriteLine text

/// Loads so many merchants, each at its first call, and prints what they cost.
let run (count: int) =
    task {
        use http = new HttpClient(new Wire())
        let options = WeChatPayMerchantsOptions(Capacity = count + 1000)

        let merchants =
            WeChatPayMerchantClients.Create(Register(), options, TimeProvider.System, http)
        // Everything is compiled before anything is measured.
        let! _ = timesOf merchants [ 1..500 ]
        let struct (workingBefore, heapBefore) = memory ()
        let! first = timesOf merchants [ 1001 .. 1000 + count ]
        let struct (workingAfter, heapAfter) = memory ()
        let! next = timesOf merchants [ 1001 .. 1000 + count ]

        let each (after: int64) (before: int64) =
            show (float (after - before) / float count)

        let median (times: float array) = times[times.Length / 2]
        let p99 (times: float array) = times[times.Length * 99 / 100]
        print (show (float count) + " merchants, each with keys of its own")

        print (
            "bytes a merchant: "
            + each workingAfter workingBefore
            + " of the process, "
            + each heapAfter heapBefore
            + " of them .NET's"
        )

        print (
            "first call, keys read and checked: median "
            + show (median first)
            + " µs, p99 "
            + show (p99 first)
            + " µs"
        )

        print (
            "next call: median "
            + show (median next)
            + " µs, p99 "
            + show (p99 next)
            + " µs (both sides' RSA in it)"
        )

        print (
            "first / next: "
            + (median first / median next).ToString("0.00", CultureInfo.InvariantCulture)
        )

        GC.KeepAlive merchants
        return 0
    }
    |> fun running -> running.GetAwaiter().GetResult()
