/// A platform whose certificates rotate: seals them under the APIv3 key and signs with the one that is its own choice, over a handler in place of the wire.
module WeChatPay.Tests.RotatingPlatform

open System
open System.Globalization
open System.Net
open System.Net.Http
open System.Security.Cryptography
open System.Security.Cryptography.X509Certificates
open System.Text
open System.Threading
open System.Threading.Tasks
open Microsoft.Extensions.Time.Testing
open WeChatPay
open WeChatPay.Functional
open WeChatPay.Shell
open WeChatPay.Tests.Platform

/// One certificate of the platform with its private key.
type Rotated =
    {
        Serial: string
        Pem: string
        Pair: RSA
        NotBefore: DateTimeOffset
        NotAfter: DateTimeOffset
    }

let private pairs = [| RSA.Create 2048; RSA.Create 2048 |]
let private root = RSA.Create 2048

/// A certificate of this number, by the root of this run.
let certify (number: int) (notBefore: DateTimeOffset) (notAfter: DateTimeOffset) =
    let pair = pairs[number % pairs.Length]

    let request =
        CertificateRequest("CN=Tenpay.com sign", pair, HashAlgorithmName.SHA256, RSASignaturePadding.Pkcs1)

    let signer = X509SignatureGenerator.CreateForRSA(root, RSASignaturePadding.Pkcs1)
    let serial = Array.append [| 0x51uy |] (BitConverter.GetBytes number)

    use certificate =
        request.Create(X500DistinguishedName "CN=Tenpay.com Root CA", signer, notBefore, notAfter, serial)

    {
        Serial = certificate.SerialNumber.TrimStart '0'
        Pem = certificate.ExportCertificatePem()
        Pair = pair
        NotBefore = notBefore
        NotAfter = notAfter
    }

/// A root with this name, of this key, as a merchant gives it.
let rootPem (pair: RSA) (name: string) isAuthority (notBefore: DateTimeOffset) (notAfter: DateTimeOffset) =
    let request =
        CertificateRequest(name, pair, HashAlgorithmName.SHA256, RSASignaturePadding.Pkcs1)

    request.CertificateExtensions.Add(X509BasicConstraintsExtension(isAuthority, false, 0, true))
    use certificate = request.CreateSelfSigned(notBefore, notAfter)
    certificate.ExportCertificatePem()

/// The root that signed what `certify` makes.
let rightRoot =
    rootPem root "CN=Tenpay.com Root CA" true (now.AddYears -1) (now.AddYears 20)

let key (certificate: Rotated) =
    force (PlatformKey.ofCertificatePem certificate.Pem)

let keyringOf certificates =
    force (Keyring.create (certificates |> List.map key))

let private text (time: DateTimeOffset) =
    time.ToString("yyyy-MM-dd'T'HH:mm:sszzz", CultureInfo.InvariantCulture)

let private sealedEntry (certificate: Rotated) =
    let nonce = RandomNumberGenerator.GetString("abcdef0123456789".AsSpan(), 12)

    let ciphertext =
        force (
            Cipher.seal
                apiV3Key
                (ReadOnlySpan<byte>(utf8 nonce))
                (ReadOnlySpan<byte> "certificate"B)
                (ReadOnlySpan<byte>(utf8 certificate.Pem))
        )

    $"""{{"serial_no":"{certificate.Serial}","effective_time":"{text certificate.NotBefore}","expire_time":"{text certificate.NotAfter}","encrypt_certificate":{{"algorithm":"AEAD_AES_256_GCM","nonce":"{nonce}","associated_data":"certificate","ciphertext":"{Convert.ToBase64String ciphertext}"}}}}"""

/// The body that lists these.
let listed certificates =
    let entries = certificates |> List.map sealedEntry |> String.concat ","
    utf8 ("{\"data\":[" + entries + "]}")

/// The platform over a handler; every answer takes a turn of the scheduler, so that callers do overlap.
type RotatingPlatform(clock: TimeProvider, first: Rotated list) =
    inherit HttpMessageHandler()
    let mutable asked = 0
    let mutable answered = 0

    /// What `/v3/certificates` lists.
    member val Listed = first with get, set
    /// What signs answers.
    member val Signer = List.last first with get, set
    /// What `/v3/certificates` answers in place of the list.
    member val Fault: (unit -> HttpResponseMessage) option = None with get, set
    /// What every other call answers.
    member val Body = utf8 "{}" with get, set
    /// Done before an answer goes out.
    member val Before: unit -> Task = (fun () -> Task.CompletedTask) with get, set
    /// How often certificates were asked for.
    member _.Questions = Volatile.Read &asked
    /// How many other calls were answered.
    member _.Calls = Volatile.Read &answered

    member private platform.Sign(signer: Rotated, status: HttpStatusCode, body: byte array) =
        let response = new HttpResponseMessage(status, Content = new ByteArrayContent(body))

        let timestamp =
            clock.GetUtcNow().ToUnixTimeSeconds().ToString CultureInfo.InvariantCulture

        let nonce = "5K8264ILTKCH16CQ2502SI8ZNMTM67VS"

        for name, value in
            [
                "Wechatpay-Timestamp", timestamp
                "Wechatpay-Nonce", nonce
                "Wechatpay-Signature", signWith signer.Pair timestamp nonce body
                "Wechatpay-Serial", signer.Serial
                "Request-ID", "08F7"
            ] do
            response.Headers.Add(name, value)

        response

    override platform.SendAsync(request, _) =
        task {
            do! Task.Yield()
            do! platform.Before()

            match request.RequestUri with
            | null -> return new HttpResponseMessage(HttpStatusCode.NotFound)
            | address when address.AbsolutePath = "/v3/certificates" ->
                Interlocked.Increment &asked |> ignore

                match platform.Fault with
                | Some fault -> return fault ()
                | None -> return platform.Sign(List.last platform.Listed, HttpStatusCode.OK, listed platform.Listed)
            | _ ->
                Interlocked.Increment &answered |> ignore
                return platform.Sign(platform.Signer, HttpStatusCode.OK, platform.Body)
        }

let private merchantKey =
    let pair = RSA.Create 2048
    force (MerchantKey.ofPem "00ab" (pair.ExportPkcs8PrivateKeyPem()))

/// A client that knows no key of the platform, or these.
let clientOf (platform: HttpMessageHandler) (clock: TimeProvider) (keys: Keyring) : Client =
    {
        Http = new HttpClient(platform)
        BaseAddress = Uri "https://api.mch.weixin.qq.com"
        GlobalAddress = Uri "https://apihk.mch.weixin.qq.com"
        Caller = Caller "1900000001"
        Key = InMemoryMerchantKey merchantKey
        Keys = PlatformKeys.ofRing keys
        PlatformSerial = ""
        Clock = clock
        NewNonce = Client.newNonce
        Resilience = Resilience.Off clock
        Report = ignore
    }

/// Keys that renew themselves, and what they tell.
let renewing (client: Client) roots file =
    let reports = System.Collections.Concurrent.ConcurrentQueue<RefreshReport>()

    let keys =
        RenewedKeys
            {
                Client = client
                ApiV3Key = apiV3Key
                Roots = roots
                File = file
                Policy = Refresh.usual
                Report = reports.Enqueue
            }

    keys, reports

/// Waits until what runs in the background has come so far.
let eventually (what: string) (condition: unit -> bool) =
    task {
        let deadline = DateTime.UtcNow.AddSeconds 20.0

        while not (condition ()) && DateTime.UtcNow < deadline do
            do! Task.Delay 2

        Expecto.Expect.isTrue (condition ()) what
    }

/// A clock that stands at the tests' now until it is moved.
let clockAtNow () = FakeTimeProvider now
