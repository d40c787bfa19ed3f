/// Keys that look after themselves, against a platform whose certificates rotate: first use, renewal, the file between runs, strangers.
module WeChatPay.Tests.RenewalTests

open System
open System.IO
open System.Net
open System.Net.Http
open System.Security.Cryptography
open System.Threading
open System.Threading.Tasks
open Expecto
open WeChatPay
open WeChatPay.Functional
open WeChatPay.Shell
open WeChatPay.Tests.Platform
open WeChatPay.Tests.RotatingPlatform

let private days (count: float) = TimeSpan.FromDays count

let private first = certify 1 (now.AddDays -10.0) (now.AddDays 100.0)
let private second = certify 2 (now.AddDays 80.0) (now.AddDays 400.0)
let private early = certify 2 (now.AddDays -1.0) (now.AddDays 400.0)

let private raw = Operation.Raw("GET", "/v3/thing", null)

let private call (client: Client) = Client.send client raw

let private codeOf result =
    match result with
    | Ok _ -> "ok"
    | Error error -> ApiError.code error

/// A client with keys that renew themselves.
let private started clock (listed: Rotated list) =
    let platform = new RotatingPlatform(clock, listed)
    let client = clientOf platform clock Keyring.none
    let keys, reports = renewing client CertificateRoots.none ValueNone
    platform, client.With keys, keys, reports

let private answering status (body: string) =
    fun () -> new HttpResponseMessage((status: HttpStatusCode), Content = new StringContent(body))

let private firstUse =
    testList
        "first use"
        [
            testCaseTask "the first call brings the certificates, a hundred at once bring them once" (fun () ->
                task {
                    let platform, client, _, reports = started (clockAtNow ()) [ first ]
                    let! answers = Task.WhenAll [| for _ in 1..100 -> call client |]
                    Expect.allEqual (answers |> Array.map codeOf) "ok" "all answered"
                    Expect.equal platform.Questions 1 "asked once"

                    match reports.ToArray() with
                    | [| RefreshReport.Renewed(RefreshCause.Schedule, [ serial ]) |] ->
                        Expect.equal serial first.Serial "told"
                    | other -> failtest $"{other.Length} reports"
                })

            testCaseTask "a merchant in public key mode is told so, and the call was not sent" (fun () ->
                task {
                    let platform, client, _, _ = started (clockAtNow ()) [ first ]

                    platform.Fault <-
                        Some(
                            answering HttpStatusCode.NotFound """{"code":"RESOURCE_NOT_EXISTS","message":"无可用的平台证书"}"""
                        )

                    let! answer = call client

                    match answer with
                    | Error(ApiError.NoPlatformCertificates _ as error) ->
                        Expect.stringContains
                            (ApiError.advice error).English
                            "PlatformPublicKeyId"
                            "where to find the key"

                        Expect.isFalse (ApiError.isOutcomeUnknown error) "nothing has happened"
                    | other -> failtest (codeOf other)

                    Expect.equal platform.Calls 0 "not sent"
                })

            testCaseTask "a wrong APIv3 key is named" (fun () ->
                task {
                    let clock = clockAtNow ()
                    let platform = new RotatingPlatform(clock, [ first ])
                    let client = clientOf platform clock Keyring.none

                    let keys =
                        RenewedKeys
                            {
                                Client = client
                                ApiV3Key = force (ApiV3Key.create (String('x', 32)))
                                Roots = CertificateRoots.none
                                File = ValueNone
                                Policy = Refresh.usual
                                Report = ignore
                            }

                    let! answer = call (client.With keys)

                    match answer with
                    | Error(ApiError.UntrustedAnswer(_, _, VerifyError.DecryptionFailed _, false) as error) ->
                        Expect.stringContains (ApiError.advice error).English "APIv3 key" "named"
                    | other -> failtest (codeOf other)
                })

            testCaseTask "a clock that is off is told by how much" (fun () ->
                task {
                    let platform, client, _, _ = started (clockAtNow ()) [ first ]

                    platform.Fault <-
                        Some(fun () ->
                            let response =
                                answering
                                    HttpStatusCode.Unauthorized
                                    """{"code":"SIGN_ERROR","message":"签名时间戳已过期"}"""
                                    ()

                            response.Headers.Date <- Nullable(now.AddSeconds 700.0)
                            response)

                    match! call client with
                    | Error(ApiError.Refused { ClockAhead = ValueSome ahead } as error) ->
                        Expect.equal ahead (TimeSpan.FromSeconds -700.0) "behind"
                        Expect.stringContains (ApiError.advice error).English "700 seconds behind" "in words"
                    | other -> failtest (codeOf other)

                    platform.Fault <-
                        Some(fun () ->
                            let response = answering HttpStatusCode.Unauthorized """{"code":"SIGN_ERROR"}""" ()
                            response.Headers.Date <- Nullable(now.AddSeconds 300.0)
                            response)

                    let platform2, client2, _, _ = started (clockAtNow ()) [ first ]
                    platform2.Fault <- platform.Fault

                    match! call client2 with
                    | Error(ApiError.Refused { ClockAhead = ValueNone }) -> ()
                    | other -> failtest (codeOf other)
                })

            testCaseTask
                "after a failure calls fail at once with its reason, and it is asked again in a second"
                (fun () ->
                    task {
                        let clock = clockAtNow ()
                        let platform, client, _, _ = started clock [ first ]

                        platform.Fault <-
                            Some(answering HttpStatusCode.InternalServerError """{"code":"SYSTEM_ERROR"}""")

                        let! one = call client
                        let! two = call client
                        Expect.equal (codeOf one, codeOf two) ("refused", "refused") "the reason"
                        Expect.equal platform.Questions 1 "not asked twice"
                        platform.Fault <- None
                        clock.Advance(TimeSpan.FromSeconds 1.0)
                        let! three = call client
                        Expect.equal (codeOf three) "ok" "then it works"
                    })

            testCaseTask "whoever gives up stops waiting, and the question goes on for the others" (fun () ->
                task {
                    let platform, client, _, _ = started (clockAtNow ()) [ first ]
                    let gate = TaskCompletionSource()
                    platform.Before <- fun () -> gate.Task
                    use given = new CancellationTokenSource()
                    let waiting = Client.sendCancellable given.Token client raw
                    let other = call client
                    given.Cancel()

                    let! outcome =
                        task {
                            try
                                let! _ = waiting
                                return "answered"
                            with :? OperationCanceledException ->
                                return "gave up"
                        }

                    Expect.equal outcome "gave up" "at once"
                    gate.SetResult()
                    let! answer = other
                    Expect.equal (codeOf answer) "ok" "the other is answered"
                    Expect.equal platform.Questions 1 "by the same question"
                })
        ]

let private rotation =
    testList
        "rotation"
        [
            testCaseTask "a thousand concurrent calls through a rotation: none fails, one question" (fun () ->
                task {
                    let clock = clockAtNow ()
                    let platform, client, _, _ = started clock [ first ]
                    let! _ = call client
                    let asked = platform.Questions
                    let mutable count = 0

                    platform.Before <-
                        fun () ->
                            if Interlocked.Increment &count = 300 then
                                platform.Listed <- [ first; early ]
                                platform.Signer <- early

                            Task.Delay(Random.Shared.Next 5)

                    let! answers = Task.WhenAll [| for _ in 1..1000 -> call client |]
                    Expect.allEqual (answers |> Array.map codeOf) "ok" "none fails"
                    Expect.equal (platform.Questions - asked) 1 "one question"
                })

            testCaseTask
                "an answer by a key that the platform does not list is untrusted, and is not asked for again for ten minutes"
                (fun () ->
                    task {
                        let clock = clockAtNow ()
                        let platform, client, _, _ = started clock [ first ]
                        let! _ = call client
                        platform.Signer <- early
                        let! answers = Task.WhenAll [| for _ in 1..20 -> call client |]
                        Expect.allEqual (answers |> Array.map codeOf) "untrusted_answer" "fails closed"
                        Expect.equal platform.Questions 2 "asked once more"
                        clock.Advance(TimeSpan.FromMinutes 9.0)
                        let! _ = call client
                        Expect.equal platform.Questions 2 "remembered"
                    })

            testCaseTask "while a valid key is there no call waits for the schedule's question" (fun () ->
                task {
                    let clock = clockAtNow ()
                    let platform, client, _, _ = started clock [ first ]
                    let! _ = call client
                    let gate = TaskCompletionSource()
                    clock.Advance(TimeSpan.FromHours 12.1)

                    platform.Before <- fun () -> if platform.Calls < 2 then Task.CompletedTask else gate.Task
                    // The question hangs at the platform; the calls go on.
                    let hanging = TaskCompletionSource()
                    platform.Fault <- Some(fun () -> hanging.Task.Wait() |> answering HttpStatusCode.BadGateway "")
                    let! answer = call client
                    Expect.equal (codeOf answer) "ok" "not waited for"
                    hanging.SetResult()
                    gate.SetResult()
                })

            testCaseTask "what is listed no longer is trusted no longer; what is configured stays" (fun () ->
                task {
                    let clock = clockAtNow ()
                    let platform = new RotatingPlatform(clock, [ first; early ])
                    let client = clientOf platform clock (force (Keyring.create [ publicKey ]))
                    let keys, _ = renewing client CertificateRoots.none ValueNone
                    let source = keys :> IPlatformKeys
                    source.Tick()
                    do! eventually "came" (fun () -> source.Policy.Keys.Count = 3)
                    platform.Listed <- [ early ]
                    clock.Advance(TimeSpan.FromHours 12.1)
                    source.Tick()
                    do! eventually "one left" (fun () -> source.Policy.Keys.Count = 2)
                    let serials = source.Policy.Keys.Serials |> Set.ofSeq
                    Expect.equal serials (set [ PublicKeyId; early.Serial ]) "the public key, and what is listed"
                })

            testCaseTask "a key elsewhere that throws ends no renewing" (fun () ->
                task {
                    let clock = clockAtNow ()
                    let platform = new RotatingPlatform(clock, [ first ])
                    let mutable isBroken = true

                    let moody =
                        { new IMerchantKey with
                            member _.Serial = "00AB"

                            member _.SignAsync(_, _) =
                                if isBroken then
                                    raise (InvalidOperationException "The HSM is asleep.")
                                else
                                    ValueTask<byte array>(Array.zeroCreate<byte> 256)

                            member _.DecryptAsync(_, _) =
                                ValueTask<byte array | null>(null: byte array | null)
                        }

                    let client =
                        { clientOf platform clock Keyring.none with
                            Key = moody
                        }

                    let keys, _ = renewing client CertificateRoots.none ValueNone
                    let client = client.With keys
                    let! one = call client
                    Expect.equal (codeOf one) "unreachable" "told"
                    isBroken <- false
                    clock.Advance(TimeSpan.FromSeconds 1.0)
                    let! two = call client
                    Expect.equal (codeOf two) "ok" "asked again"
                })
        ]

let private issuers =
    testList
        "issuers"
        [
            testCaseTask "certificates by the root that is asked for are taken, by another not" (fun () ->
                task {
                    let other = RSA.Create 2048

                    let isTaken (pem: string) =
                        task {
                            let clock = clockAtNow ()
                            let platform = new RotatingPlatform(clock, [ first ])
                            let client = clientOf platform clock Keyring.none
                            let roots = force (CertificateRoots.read (ReadOnlySpan<byte>(utf8 pem)))
                            let keys, _ = renewing client roots ValueNone
                            let! answer = call (client.With keys)
                            return codeOf answer
                        }

                    let root pair name from until = rootPem pair name true from until
                    let name, from, until = "CN=Tenpay.com Root CA", now.AddYears -1, now.AddYears 9
                    let! right = isTaken rightRoot
                    let! two = isTaken (root other "CN=Other" from until + "\n" + rightRoot)
                    let! otherKey = isTaken (root other name from until)
                    Expect.equal (right, two, otherKey) ("ok", "ok", "foreign_certificate") "by its signature"
                    let! otherName = isTaken (root other "CN=Tenpay.com Root CB" from until)
                    Expect.equal otherName "foreign_certificate" "another name"
                })

            test "an ended root has issued nothing, and what may not issue is no root" {
                let roots = force (CertificateRoots.read (ReadOnlySpan<byte>(utf8 rightRoot)))
                Expect.isTrue (CertificateRoots.haveIssued now first.Pem roots) "now"
                Expect.isFalse (CertificateRoots.haveIssued (now.AddYears 21) first.Pem roots) "after its end"
                Expect.isFalse (CertificateRoots.haveIssued (now.AddYears -2) first.Pem roots) "before its beginning"

                Expect.isTrue
                    (CertificateRoots.haveIssued now "not a certificate" CertificateRoots.none)
                    "nobody is asked for"

                Expect.isFalse (CertificateRoots.haveIssued now "not a certificate" roots) "total"

                match CertificateRoots.read (ReadOnlySpan<byte>(utf8 first.Pem)) with
                | Error KeyError.NotAnIssuer -> ()
                | Error error -> failtest (KeyError.advice error).English
                | Ok _ -> failtest "taken"
            }
        ]

let private inFolder (work: string -> Task<unit>) =
    task {
        let folder = Directory.CreateTempSubdirectory("wechatpay").FullName

        try
            do! work (Path.Combine(folder, "certificates", "1900000001.json"))
        finally
            // What was fetched last may still be written.
            try
                Directory.Delete(folder, true)
            with :? IOException ->
                Thread.Sleep 200
                Directory.Delete(folder, true)
    }

let private withFile clock (listed: Rotated list) (path: string) =
    let platform = new RotatingPlatform(clock, listed)
    let client = clientOf platform clock Keyring.none

    let keys, reports =
        renewing client CertificateRoots.none (ValueSome(CertificateFile path))

    platform, client.With keys, reports

let private unusable (reports: Collections.Concurrent.ConcurrentQueue<RefreshReport>) =
    reports
    |> Seq.filter (fun report ->
        match report with
        | RefreshReport.FileUnusable _ -> true
        | _ -> false)
    |> Seq.length

let private file =
    testList
        "file"
        [
            testCaseTask "the next run needs no question, and whoever else is on the machine reads nothing" (fun () ->
                inFolder (fun path ->
                    task {
                        let clock = clockAtNow ()
                        let _, client, _ = withFile clock [ first ] path
                        let! _ = call client
                        do! eventually "written" (fun () -> File.Exists path)
                        File.SetLastWriteTimeUtc(path, now.UtcDateTime)

                        if not (OperatingSystem.IsWindows()) then
                            Expect.equal
                                (File.GetUnixFileMode path)
                                (UnixFileMode.UserRead ||| UnixFileMode.UserWrite)
                                "the file"

                            let folder = nonNull (Path.GetDirectoryName path)

                            Expect.equal
                                (File.GetUnixFileMode folder)
                                (UnixFileMode.UserRead ||| UnixFileMode.UserWrite ||| UnixFileMode.UserExecute)
                                "the folder"

                        Expect.isFalse ((File.ReadAllText path).Contains "BEGIN CERTIFICATE") "still sealed"
                        let platform, client, reports = withFile clock [ first ] path
                        let! answer = call client
                        Expect.equal (codeOf answer) "ok" "at once"
                        Expect.equal platform.Questions 0 "no question"
                        Expect.isEmpty reports "nothing to tell"
                        clock.Advance(TimeSpan.FromHours 12.1)
                        let! _ = call client
                        do! eventually "its age counts from when it was fetched" (fun () -> platform.Questions = 1)
                    }))

            testCaseTask "a damaged file, another merchant's and a forged one are said, and fetched anew" (fun () ->
                inFolder (fun path ->
                    task {
                        let clock = clockAtNow ()
                        let _, client, _ = withFile clock [ first ] path
                        let! _ = call client
                        do! eventually "written" (fun () -> File.Exists path)
                        let good = File.ReadAllText path
                        let forged = good.Replace(first.Serial, early.Serial)

                        for name, bad in
                            [
                                "cut", good.Substring(0, good.Length / 2)
                                "empty", ""
                                "too large, and otherwise whole", String(' ', 1_100_000) + good
                                "not JSON", "certificates"
                                "changed",
                                good
                                    .Replace("\"ciphertext\":\"A", "\"ciphertext\":\"B")
                                    .Replace("\"nonce\":\"", "\"nonce\":\"0")
                                    .Substring
                                    0
                                "another serial", forged
                            ] do
                            File.WriteAllText(path, bad)
                            let platform, client, reports = withFile clock [ first ] path
                            Expect.equal (unusable reports) 1 (name + ": said")
                            let! answer = call client
                            Expect.equal (codeOf answer) "ok" name
                            Expect.equal platform.Questions 1 (name + ": fetched anew")
                            do! eventually (name + ": whole again") (fun () -> File.ReadAllText(path).EndsWith "]}")
                    }))

            testCaseTask "a folder that cannot be written is said, and the keys are in memory" (fun () ->
                inFolder (fun path ->
                    task {
                        let blocked = nonNull (Path.GetDirectoryName path)
                        File.WriteAllText(blocked, "a file where the folder should be")
                        let _, client, reports = withFile (clockAtNow ()) [ first ] path
                        let! answer = call client
                        Expect.equal (codeOf answer) "ok" "works"

                        do!
                            eventually "said" (fun () ->
                                reports
                                |> Seq.exists (fun report ->
                                    match report with
                                    | RefreshReport.FileNotWritten _ -> true
                                    | _ -> false))
                    }))

            testCaseTask "a write leaves the old file or the new one, and nothing beside it" (fun () ->
                inFolder (fun path ->
                    task {
                        let kept = CertificateFile path
                        let! _ = kept.WriteAsync(ReadOnlyMemory(utf8 "one"), CancellationToken.None)
                        use stopped = new CancellationTokenSource()
                        stopped.Cancel()

                        try
                            let! _ = kept.WriteAsync(ReadOnlyMemory(utf8 "two"), stopped.Token)
                            ()
                        with :? OperationCanceledException ->
                            ()

                        Expect.equal (File.ReadAllText path) "one" "the old one"

                        Expect.hasLength
                            (Directory.GetFiles(nonNull (Path.GetDirectoryName path)))
                            1
                            "no temporary file"
                    }))
        ]

let private strangers =
    testList
        "strangers"
        [
            testCaseTask
                "a notification by an unknown certificate is refused at once, and accepted when the key has come"
                (fun () ->
                    task {
                        let clock = clockAtNow ()
                        let _, client, keys, _ = started clock [ first; early ]
                        let source = keys :> IPlatformKeys
                        Expect.equal source.Policy.Keys.Count 0 "no key yet"
                        source.Notice early.Serial
                        do! eventually "it has come" (fun () -> source.Policy.Keys.Count = 2)
                        ignore client
                    })

            testCaseTask
                "a hundred thousand random serials in ten minutes: one question a minute, in bounded memory"
                (fun () ->
                    task {
                        let clock = clockAtNow ()
                        let platform, client, keys, _ = started clock [ first ]
                        let! _ = call client
                        let source = keys :> IPlatformKeys
                        let random = Random 3
                        let before = GC.GetTotalMemory true

                        for _ in 1..100_000 do
                            source.Notice(Convert.ToHexString(BitConverter.GetBytes(random.NextInt64())))
                            clock.Advance(TimeSpan.FromMilliseconds 6.0)

                        do! eventually "the last question is answered" (fun () -> platform.Questions >= 2)
                        let! _ = Task.Delay(20).ContinueWith(fun (_: Task) -> ())
                        Expect.isLessThanOrEqual platform.Questions 12 "one a minute, and the first"
                        let grown = GC.GetTotalMemory true - before
                        Expect.isLessThan grown 1_000_000L "bytes"
                        let! answer = call client
                        Expect.equal (codeOf answer) "ok" "and the merchant goes on"
                    })
        ]

[<Tests>]
let tests = testList "renewal" [ firstUse; rotation; issuers; file; strangers ]
