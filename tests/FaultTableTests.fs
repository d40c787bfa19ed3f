/// Everything that can go wrong on the way to the platform and back, beside what a call does then: of a question, of a call that may be repeated by its number, and of one that must not be.
module WeChatPay.Tests.FaultTableTests

open System
open System.Collections.Concurrent
open System.IO
open System.Net.Http
open System.Threading
open System.Threading.Tasks
open Expecto
open WeChatPay
open WeChatPay.Api
open WeChatPay.Simulator
open WeChatPay.Tests.Shop

/// What left: the signature's nonce and the body, of every attempt.
type Recorder() =
    inherit DelegatingHandler(WeChatPayClient.CreateHandler())
    member val Sent = ConcurrentQueue<struct (string * string)>()

    member private recorder.Base(message, cancellationToken) =
        base.SendAsync(message, cancellationToken)

    override recorder.SendAsync(message, cancellationToken) =
        task {
            let nonce =
                WirePlatform.parameter (message.Headers.GetValues "Authorization" |> Seq.head) "nonce_str"

            let! body =
                match message.Content with
                | null -> Task.FromResult ""
                | content -> content.ReadAsStringAsync cancellationToken

            recorder.Sent.Enqueue(struct (nonce, body))
            return! recorder.Base(message, cancellationToken)
        }

/// How a call ends: `ok`, or what is thrown; whether its outcome is open; how often it was sent.
type private End = string * bool * int

let private nameOf (failure: exn) =
    match failure with
    | :? WeChatPayApiException as refusal -> "refused " + string refusal.StatusCode
    | :? WeChatPayUntrustedAnswerException -> "untrusted"
    | :? HttpRequestException
    | :? IOException -> "unreachable"
    | :? TaskCanceledException -> "timeout"
    | other -> other.GetType().Name

let private endOf (recorder: Recorder) (call: unit -> Task) =
    task {
        let before = recorder.Sent.Count
        let mutable failure: exn | null = null

        try
            do! call ()
        with caught ->
            failure <- caught

        let sent = recorder.Sent |> Seq.skip before |> List.ofSeq
        let nonces = sent |> List.map (fun (struct (nonce, _)) -> nonce)
        let bodies = sent |> List.map (fun (struct (_, body)) -> body) |> List.distinct
        Expect.equal (List.distinct nonces).Length sent.Length "each attempt is signed anew"
        Expect.isLessThanOrEqual bodies.Length 1 "over the same body"

        let found: End =
            match failure with
            | null -> "ok", false, sent.Length
            | failure -> nameOf failure, failure.IsOutcomeUnknown(), sent.Length

        return struct (found, failure)
    }

type private Fault =
    {
        What: Misbehaviour
        /// Whether the platform does what it is asked for all the same.
        IsDone: bool
        /// While it lasts.
        Question: End
        ByNumber: End
        Once: End
        /// Where it hits one call alone: whether the next attempt mends it.
        IsMended: bool
    }

let private fault what isDone question byNumber once isMended =
    {
        What = what
        IsDone = isDone
        Question = question
        ByNumber = byNumber
        Once = once
        IsMended = isMended
    }

/// An answer that comes but proves nothing.
let private untrusted what isDone =
    fault what isDone ("untrusted", false, 1) ("untrusted", true, 1) ("untrusted", true, 1) false

/// An answer that never comes whole.
let private lost what =
    fault what true ("unreachable", false, 3) ("unreachable", true, 3) ("unreachable", true, 1) true

let private table =
    [
        fault Misbehaviour.Delayed true ("ok", false, 1) ("ok", false, 1) ("ok", false, 1) true
        lost Misbehaviour.LostAnswer
        lost Misbehaviour.Reset
        lost Misbehaviour.HalfAnswer
        fault
            Misbehaviour.RateLimited
            false
            ("refused 429", false, 3)
            ("refused 429", false, 3)
            ("refused 429", false, 1)
            true
        fault
            Misbehaviour.SystemError
            false
            ("refused 500", false, 3)
            ("refused 500", true, 3)
            ("refused 500", true, 1)
            true
        fault
            Misbehaviour.BadGateway
            false
            ("refused 502", false, 3)
            ("refused 502", true, 3)
            ("refused 502", true, 1)
            true
        fault
            Misbehaviour.UnsignedRefusal
            false
            ("refused 404", false, 1)
            ("refused 404", true, 1)
            ("refused 404", true, 1)
            false
        fault
            Misbehaviour.Redirect
            false
            ("refused 302", false, 1)
            ("refused 302", true, 1)
            ("refused 302", true, 1)
            false
        untrusted Misbehaviour.ProxyPage false
        untrusted Misbehaviour.WrongKey true
        untrusted Misbehaviour.Tampered true
        untrusted Misbehaviour.Unsigned true
        untrusted Misbehaviour.Stale true
        untrusted Misbehaviour.OldKey true
        untrusted Misbehaviour.UnknownSerial true
        untrusted Misbehaviour.Gzip true
        untrusted Misbehaviour.WrongLength true
        untrusted Misbehaviour.OtherAnswer true
        untrusted Misbehaviour.Probe true
    ]

/// A platform with an order of 100 fen that is paid, and its merchant.
let private opened =
    lazy
        (task {
            let! platform =
                WeChatPaySimulator.StartAsync(WeChatPaySimulatorOptions(), CancellationToken.None)

            platform.AnswerDelay <- TimeSpan.FromMilliseconds 50.0
            let recorder = new Recorder()
            let folder = Directory.CreateTempSubdirectory "wechatpay"
            let old = Path.Combine(folder.FullName, "old.pem")
            File.WriteAllText(old, platform.PlatformOldCertificatePem)

            let options =
                clientFor platform (fun options ->
                    options.Appid <- "wx1"
                    options.PlatformCertificateFiles.Add old
                    options.Resilience.FirstDelay <- TimeSpan.FromMilliseconds 2.0)

            let client = WeChatPayClient(new HttpClient(recorder), options)

            let! _ =
                client.Payments.PayWithCodeAsync(
                    PayWithCodeRequest(
                        Description = "tea",
                        OutTradeNo = "paid-1",
                        Payer = CodePayer(AuthCode = "130061098828009406"),
                        Amount = OrderAmount(Total = 100L),
                        SceneInfo = CodeOrderScene(StoreInfo = OrderStore(Id = "store-1"))
                    )
                )

            return platform, recorder, client
        })

let private refund (client: WeChatPayClient) number () : Task =
    client.Refunds.CreateAsync(
        RefundRequest(
            OutTradeNo = "paid-1",
            OutRefundNo = number,
            Amount = RefundRequestAmount(Refund = 1L, Total = 100L, Currency = "CNY")
        )
    )

let private charge (client: WeChatPayClient) number () : Task =
    client.Payments.PayWithCodeAsync(
        PayWithCodeRequest(
            Description = "tea",
            OutTradeNo = number,
            Payer = CodePayer(AuthCode = "130061098828009406"),
            Amount = OrderAmount(Total = 100L),
            SceneInfo = CodeOrderScene(StoreInfo = OrderStore(Id = "store-1"))
        )
    )

let private query (client: WeChatPayClient) () : Task =
    client.Payments.QueryByOutTradeNoAsync "paid-1"

/// What the query finds that the description names for a call whose outcome is open.
let private settles (client: WeChatPayClient) isDone (failure: exn | null) number =
    task {
        match failure with
        | NonNull failure when failure.IsOutcomeUnknown() ->
            match! client.SettleAsync failure with
            | :? Refund as found ->
                Expect.isTrue isDone "the refund is there"
                Expect.equal found.OutRefundNo number "the one that was asked for"
            | :? Transaction as found ->
                Expect.isTrue isDone "the payment is there"
                Expect.equal found.OutTradeNo number "the one that was asked for"
            | null -> Expect.isFalse isDone "nothing has happened"
            | other -> failtest (other.GetType().Name)
        | _ -> ()
    }

let private lasting row =
    testCaseTask (string row.What + ", while it lasts") (fun () ->
        task {
            let! platform, recorder, client = opened.Value

            for who, call, number, expected in
                [
                    "a question", query client, "", row.Question
                    "by number",
                    refund client ("lasting-" + string row.What),
                    "lasting-" + string row.What,
                    row.ByNumber
                    "once", charge client ("once-" + string row.What), "once-" + string row.What, row.Once
                ] do
                platform.Misbehaviour <- row.What
                let! struct (found, failure) = endOf recorder call
                platform.Misbehaviour <- Misbehaviour.None
                Expect.equal found expected who
                do! settles client row.IsDone failure number
        })

let private passing row =
    testCaseTask (string row.What + ", of one call alone") (fun () ->
        task {
            let! platform, recorder, client = opened.Value

            for who, call, expected in
                [
                    "a question", query client, row.Question
                    "by number", refund client ("passing-" + string row.What), row.ByNumber
                ] do
                platform.MisbehaveFor(row.What, 1)
                let! struct (found, _) = endOf recorder call
                platform.Misbehaviour <- Misbehaviour.None
                let _, _, attempts = expected

                let expected =
                    if row.IsMended then
                        "ok", false, min 2 attempts
                    else
                        expected

                Expect.equal found expected who
        })

[<Tests>]
let tests =
    testSequenced (
        testList
            "faults"
            [
                yield! table |> List.map lasting
                yield! table |> List.map passing

                test "every fault of the simulator has its row" {
                    let rows = table |> List.map _.What |> set

                    let others =
                        Enum.GetValues<Misbehaviour>()
                        |> Seq.filter (fun known ->
                            known <> Misbehaviour.None
                            // Of notifications alone.
                            && known <> Misbehaviour.Duplicates
                            // Of bills alone: `BillDownloadTests` has a test for each.
                            && not (List.contains known BillDownloadTests.faultsOfBills)
                            && not (rows.Contains known))

                    Expect.isEmpty others "each"
                }
            ]
    )
