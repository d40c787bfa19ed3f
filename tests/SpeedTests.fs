/// What speed rests on, without a clock: `benchmarks` measures the ratios.
module WeChatPay.Tests.SpeedTests

open System
open System.IO
open System.Reflection.Metadata
open System.Reflection.PortableExecutable
open System.Threading.Tasks
open Expecto
open WeChatPay
open WeChatPay.Functional
open WeChatPay.Tests.Platform

let private referencesOf (assembly: Reflection.Assembly) =
    use file = File.OpenRead assembly.Location
    use image = new PEReader(file)
    let metadata = image.GetMetadataReader()

    [
        for handle in metadata.AssemblyReferences do
            metadata.GetString (metadata.GetAssemblyReference handle).Name
    ]

/// A plain payment as the platform sends it, in a body of 703 bytes.
let private notificationOf700Bytes =
    notify
        "TRANSACTION.SUCCESS"
        """{"mchid":"1900000001","appid":"wxd678efh567hg6787","out_trade_no":"1217752501201407033233368018","transaction_id":"4200002469202601317503323336","trade_type":"NATIVE","trade_state":"SUCCESS","attach":"table 7, tea and two cakes","success_time":"2026-01-31T08:00:00+08:00","amount":{"total":100}}"""

/// A debug build makes tuples that the optimiser removes; `benchmarks` holds the release build to 3 KiB.
let private limit =
#if DEBUG
    3072L + 256L
#else
    3072L
#endif

[<Tests>]
let tests =
    testList
        "speed"
        [
            test "RSA and AES are the runtime's: core and contracts do not refer to BouncyCastle" {
                let references =
                    [ typeof<Verified>.Assembly; typeof<PaymentNotification>.Assembly ]
                    |> List.collect referencesOf

                Expect.contains references "System.Security.Cryptography" "references are read at all"

                references
                |> List.filter (fun name -> name.Contains("BouncyCastle", StringComparison.OrdinalIgnoreCase))
                |> fun found -> Expect.isEmpty found "no managed RSA and AES"
            }

            test "a decode of a notification of 700 bytes allocates at most 3 KiB" {
                let callback = notificationOf700Bytes
                Expect.isGreaterThanOrEqual callback.Body.Length 700 "bytes of the body"
                let headers = Array.ofSeq (pairs (headersOf callback))

                let decodeOnce () =
                    Delivery.create headers (ReadOnlySpan callback.Body)
                    |> Core.decode policy now
                    |> Result.isOk

                Expect.isTrue (decodeOnce ()) "it is a good one"
                let before = GC.GetAllocatedBytesForCurrentThread()

                for _ in 1..100 do
                    decodeOnce () |> ignore

                let bytes = (GC.GetAllocatedBytesForCurrentThread() - before) / 100L
                Expect.isLessThanOrEqual bytes limit "bytes of one decode"
            }

            test "one policy serves all threads: good ones open, tampered ones do not, whoever is first" {
                let good = notify "TRANSACTION.SUCCESS" paid
                let envelope = Text.Encoding.UTF8.GetString good.Body

                let tampered =
                    sign (utf8 (envelope.Replace("\"transaction\",\"nonce\"", "\"transactioN\",\"nonce\"")))

                let isRight index =
                    match decode (if index % 2 = 0 then good else tampered) with
                    | Ok {
                             Event = WeChatPayEvent.PaymentSucceeded payment
                         } -> index % 2 = 0 && payment.TransactionId = "4200001"
                    | Ok _ -> false
                    | Error(VerifyError.DecryptionFailed _) -> index % 2 = 1
                    | Error _ -> false

                let wrong = Collections.Concurrent.ConcurrentBag<int>()

                Parallel.For(
                    0,
                    8000,
                    ParallelOptions(MaxDegreeOfParallelism = 8),
                    fun index ->
                        if not (isRight index) then
                            wrong.Add index
                )
                |> ignore

                Expect.isEmpty wrong "every call gets its own answer"
            }
        ]
