/// The simulator's certificate changes while an application runs, whose keys renew themselves.
module WeChatPay.Tests.SimulatorRotationTests

open System
open System.Collections.Concurrent
open System.Net
open System.Net.Http
open System.Threading
open System.Threading.Tasks
open Expecto
open WeChatPay
open WeChatPay.Api.Transfers
open WeChatPay.Functional
open WeChatPay.Simulator
open WeChatPay.Tests.ReceivingShop

/// Counts the questions for certificates.
type private CountingWire() =
    inherit DelegatingHandler(WeChatPayClient.CreateHandler())
    let mutable questions = 0
    member _.Questions = Volatile.Read &questions
    member private _.Send(request, token) = base.SendAsync(request, token)

    override wire.SendAsync(request, cancellationToken) =
        if (nonNull request.RequestUri).AbsolutePath = "/v3/certificates" then
            Interlocked.Increment &questions |> ignore

        wire.Send(request, cancellationToken)

let private start () =
    WeChatPaySimulator.StartAsync(
        WeChatPaySimulatorOptions(SignsWith = PlatformKeyKind.Certificate),
        CancellationToken.None
    )

/// A merchant who has no key of the platform but those that it downloads.
let private clientOf (platform: WeChatPaySimulator) (wire: HttpMessageHandler) =
    let options =
        WeChatPayOptions(
            MerchantId = platform.MerchantId,
            MerchantSerial = platform.MerchantSerial,
            MerchantPrivateKey = platform.MerchantPrivateKeyPem,
            ApiV3Key = platform.ApiV3Key,
            DownloadPlatformCertificates = true,
            PlatformCertificateFolder = "",
            BaseAddress = platform.BaseAddress.ToString()
        )

    WeChatPayClient(new HttpClient(wire), options)

let private order number =
    WeChatPay.Api.NativePrepayRequest(
        Appid = "wx1",
        Description = "tea",
        OutTradeNo = "rotation-" + string number,
        NotifyUrl = "http://127.0.0.1:1/notify",
        Amount = WeChatPay.Api.OrderAmount(Total = 1L)
    )

let private place (client: WeChatPayClient) number =
    client.Payments.PrepayNativeAsync(order number)

/// What a certificate that nobody has seen must be able to do: sign an answer.
let private trusts (client: WeChatPayClient) serial =
    client.DownloadCertificatesAsync()
    |> fun listed ->
        task {
            let! listed = listed
            return listed |> Seq.exists (fun certificate -> certificate.Serial = serial)
        }

[<Tests>]
let tests =
    testList
        "simulator rotation"
        [
            testCaseTask "a thousand concurrent calls through it: none fails, one question" (fun () ->
                task {
                    use! platform = start ()
                    use wire = new CountingWire()
                    let client = clientOf platform wire
                    let! _ = place client 0
                    let before = platform.PlatformCertificateSerial
                    Expect.equal wire.Questions 1 "at first use"
                    platform.RotateCertificate()
                    Expect.notEqual platform.PlatformCertificateSerial before "another"
                    let! placed = Task.WhenAll(Seq.init 1000 (fun number -> place client (number + 1)))
                    Expect.equal placed.Length 1000 "each has its answer"
                    Expect.equal wire.Questions 2 "one more question"
                })

            testCaseTask
                "the old certificate stays listed beside the new one, and what is sealed to it is opened"
                (fun () ->
                    task {
                        use! platform = start ()
                        use wire = new CountingWire()
                        let client = clientOf platform wire
                        let! _ = place client 0
                        let before = platform.PlatformCertificateSerial
                        platform.RotateCertificate()

                        // Sealed to the key that the client knows; the answer is by one that it does not know yet.
                        let! transfer =
                            client.MerchantTransfers.CreateTransferBillAsync(
                                CreateTransferBillRequest(
                                    Appid = "wx1",
                                    OutBillNo = "rotation1",
                                    TransferSceneId = TransferSceneId "1000",
                                    Openid = "oPayer",
                                    UserName = SensitiveText "张三",
                                    TransferAmount = 200000L,
                                    TransferRemark = "tea",
                                    TransferSceneReportInfos =
                                        [| TransferSceneReportInfo(InfoType = "a", InfoContent = "b") |]
                                )
                            )

                        Expect.equal transfer.OutBillNo "rotation1" "taken"

                        for serial in [ before; platform.PlatformCertificateSerial ] do
                            let! isListed = trusts client serial
                            Expect.isTrue isListed serial
                    })

            testCaseTask "a callback by the new one is refused, and taken when it comes again" (fun () ->
                task {
                    use! platform = start ()
                    use wire = new CountingWire()
                    let client = clientOf platform wire
                    let! _ = place client 0
                    let codes = ConcurrentQueue<string>()

                    use listener = new HttpListener()
                    let port = freePort ()
                    listener.Prefixes.Add $"http://127.0.0.1:{port}/"
                    listener.Start()

                    let receive () =
                        task {
                            let! context = listener.GetContextAsync()

                            let headers =
                                context.Request.Headers.AllKeys
                                |> Seq.map (fun name ->
                                    Collections.Generic.KeyValuePair(
                                        nonNull name,
                                        nonNull context.Request.Headers[name]
                                    ))

                            let! result = client.Notifications.DecodeAsync(headers, context.Request.InputStream)

                            match result.TryGet() with
                            | true, _, _ -> codes.Enqueue "taken"
                            | false, _, NonNull failure -> codes.Enqueue failure.Code
                            | false, _, Null -> ()

                            context.Response.StatusCode <- 204
                            context.Response.Close()
                        }

                    let notify () =
                        task {
                            let receiving = receive ()
                            let! _ = platform.NotifyAsync("PaymentSucceeded", $"http://127.0.0.1:{port}/notify")
                            do! receiving
                        }

                    do! notify ()
                    platform.RotateCertificate()
                    do! notify ()

                    do! RotatingPlatform.eventually "the new one came in the background" (fun () -> wire.Questions = 2)

                    let taken () =
                        task {
                            do! notify ()
                            return Seq.last codes = "taken"
                        }

                    let mutable isTaken = false
                    let mutable left = 50

                    while not isTaken && left > 0 do
                        let! found = taken ()
                        isTaken <- found
                        left <- left - 1

                    Expect.equal
                        (List.ofSeq codes |> List.truncate 2)
                        [ "taken"; "unknown_serial" ]
                        "before, and at once"

                    Expect.isTrue isTaken "and then it is taken"
                })
        ]
