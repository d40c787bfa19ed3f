namespace WeChatPay.Simulator

open System
open System.Globalization
open System.Security.Cryptography
open System.Threading
open System.Threading.Tasks
open WeChatPay.Functional

/// How a simulator is to be.
[<Sealed; AllowNullLiteral>]
type WeChatPaySimulatorOptions() =
    /// The port on loopback; any free one unless set.
    member val Port = 0 with get, set
    /// The one merchant that the platform knows.
    member val MerchantId = "1900000001" with get, set
    /// The merchant's algorithms, and so the platform's towards it: RSA, or `SmSuite.Instance` of the package WeChatPay.Sm. Brands have RSA only.
    member val Suite = Suite.rsa with get, set
    /// The one brand that the platform knows; it signs with the merchant's key, under this number.
    member val BrandId = "40001" with get, set
    /// By how much waits are shortened, for repeated notifications and for refunds: 60 makes minutes of seconds.
    member val TimeCompression = 1.0 with get, set
    /// Whether refunds succeed by themselves after a second; otherwise they wait to be settled.
    member val SettlesRefunds = true with get, set
    /// Whether the merchant has platform certificates to download; a merchant in public key mode has none, and is answered 404.
    member val IssuesCertificates = true with get, set
    /// Which key signs notifications, and answers to calls that name no key.
    member val SignsWith = PlatformKeyKind.PublicKey with get, set
    /// The clock.
    member val Clock = TimeProvider.System with get, set

/// The platform's state, and what happens in it.
[<Sealed>]
type internal World(options: WeChatPaySimulatorOptions) =
    let clock = options.Clock
    let gate = obj ()
    let mutable keys = Keys.create options.Suite options.MerchantId (clock.GetUtcNow())
    let mutable ledger = Ledger.empty
    let mutable wrong = Misbehaviour.None
    let mutable wrongCalls = 0
    let mutable fullness = Fullness.Usual
    let mutable files: (string * byte array) list = []
    let currentWrong () = lock gate (fun () -> wrong)

    let sign (letter: Letter) =
        let key = Signature.keyFor options.SignsWith "" keys

        let struct (headers, body) =
            Signature.headers keys (currentWrong ()) (clock.GetUtcNow()) key letter.Body

        if letter.IsProbe then
            struct (Signature.asProbe headers, body)
        else
            struct (headers, body)

    let outbox = new Outbox(clock, options.TimeCompression, sign)

    /// Numbers as the platform makes them: a prefix, the day, and digits.
    let newNumber (prefix: string) =
        let day =
            clock.GetUtcNow().ToOffset(TimeSpan.FromHours 8.0).ToString("yyyyMMdd", CultureInfo.InvariantCulture)

        prefix
        + day
        + RandomNumberGenerator.GetString("0123456789".AsSpan(), 28 - prefix.Length - day.Length)

    let letterFor url isProbe (news: News) =
        let id = Guid.NewGuid().ToString "D"

        let struct (nonce, sealedBytes) =
            Keys.seal news.Kind (Shapes.write news.Resource) keys

        {
            Id = id
            EventType = news.EventType
            NotifyUrl = url
            IsProbe = isProbe
            Body =
                Shapes.envelope
                    id
                    (clock.GetUtcNow())
                    news.EventType
                    news.Summary
                    news.Kind
                    keys.Side.Cipher
                    nonce
                    sealedBytes
                |> Shapes.write
        }

    let notifyAsync url isProbe news =
        let copies =
            if (currentWrong ()).HasFlag Misbehaviour.Duplicates then
                2
            else
                1

        outbox.SendAsync(letterFor url isProbe news, copies)

    member _.Keys = Volatile.Read &keys

    /// A new certificate, which signs from now on.
    member _.Rotate() =
        lock gate (fun () -> Volatile.Write(&keys, Keys.rotate (clock.GetUtcNow()) keys))

    member _.MerchantId = options.MerchantId
    member _.BrandId = options.BrandId
    member _.SignsWith = options.SignsWith
    member _.IssuesCertificates = options.IssuesCertificates
    member _.Outbox = outbox
    member _.Now = clock.GetUtcNow()
    member _.NewRefundId() = newNumber "5030"

    /// A new number of the platform's, with a prefix.
    member _.NewNumber prefix = newNumber prefix

    /// What the platform does wrong at present.
    member _.Wrong
        with get () = currentWrong ()
        and set value =
            lock gate (fun () ->
                wrong <- value
                wrongCalls <- 0)

    /// What the platform does wrong with so many calls from now on; afterwards nothing.
    member _.SetWrongFor(value, calls) =
        lock gate (fun () ->
            wrong <- value
            wrongCalls <- calls)

    /// What it does wrong with the call that has just come.
    member _.TakeWrong() =
        lock gate (fun () ->
            let taken = wrong

            if wrongCalls > 0 then
                wrongCalls <- wrongCalls - 1

                if wrongCalls = 0 then
                    wrong <- Misbehaviour.None

            taken)

    /// How long a delayed answer takes.
    member val AnswerDelay = TimeSpan.FromSeconds 2.0 with get, set

    /// How much made answers have.
    member _.Fullness
        with get () = lock gate (fun () -> fullness)
        and set value = lock gate (fun () -> fullness <- value)

    /// Everything that is remembered, at this moment.
    member _.Ledger = lock gate (fun () -> ledger)

    /// Changes what is remembered, one change at a time; a refused change leaves it as it was.
    member _.Update(change: Ledger -> Result<'Value * Ledger, PlatformError>) =
        lock gate (fun () ->
            match change ledger with
            | Ok(value, changed) ->
                ledger <- changed
                Ok value
            | Error error -> Error error)

    /// Keeps a file to be fetched, the latest hundred of them; its token.
    member _.KeepFile(file: byte array) =
        let token = Keys.newToken 32
        lock gate (fun () -> files <- List.truncate 100 ((token, file) :: files))
        token

    /// The file of a token.
    member _.TryFile(token: string) =
        lock gate (fun () -> files |> List.tryFind (fun (known, _) -> known = token) |> Option.map snd)

    /// Sets what refunds can be paid from, in fen.
    member _.SetFunds fen =
        lock gate (fun () -> ledger <- { ledger with Funds = Some fen })

    /// The payer pays an order or a combined one; done when the notification has been tried once.
    member world.PayAsync(outTradeNo: string) : Task<Result<SimulatedNotification, PlatformError>> =
        backgroundTask {
            let newPayment () = Payment.create newNumber world.Now

            match world.Update(CombinedOrders.pay newPayment options.MerchantId outTradeNo) with
            | Error error -> return Error error
            | Ok paid ->
                let struct (url, resource) = CombinedShapes.notification paid

                let! notification = notifyAsync url false (News.paid resource)

                return Ok notification
        }

    /// Ends a refund; done when the notification, where one is wanted, has been tried once.
    member private world.EndAsync(find, outcome) : Task<Result<RefundEntry, PlatformError>> =
        backgroundTask {
            let settle ledger =
                find ledger
                |> Result.bind (fun (refund: RefundEntry) ->
                    Refunds.settle world.Now outcome refund.Owner refund.OutRefundNo ledger)

            match world.Update settle with
            | Error error -> return Error error
            | Ok refund ->
                match refund.NotifyUrl with
                | None -> ()
                | Some url ->
                    let struct (eventType, summary, resource) = Shapes.refundNotification refund

                    let! _ =
                        notifyAsync
                            url
                            false
                            {
                                Kind = "refund"
                                EventType = eventType
                                Summary = summary
                                Resource = resource
                            }

                    ()

                return Ok refund
        }

    /// Ends the refund of a number; done when the notification, where one is wanted, has been tried once.
    member world.SettleAsync(outRefundNo: string, outcome) : Task<Result<RefundEntry, PlatformError>> =
        world.EndAsync(Refunds.findToSettle options.MerchantId outRefundNo, outcome)

    /// Settles a refund by itself, a while after it was asked for.
    member world.SettleLater(refund: RefundEntry) =
        let settle (stopping: CancellationToken) : Task =
            backgroundTask {
                try
                    do! Task.Delay(TimeSpan.FromSeconds 1.0 / options.TimeCompression, clock, stopping)
                    // Whoever ended it by hand meanwhile has the last word.
                    if Refunds.isProcessing refund.Owner refund.OutRefundNo world.Ledger then
                        let! _ =
                            world.EndAsync(Refunds.find refund.Owner refund.OutRefundNo, RefundOutcome.Success)

                        ()
                with :? OperationCanceledException ->
                    ()
            }

        if options.SettlesRefunds then
            outbox.Work settle

    /// Sends a notification; done when it has been tried once.
    member _.NotifyAsync(url, news) = notifyAsync url false news

    /// Sends a notification while the answer goes its way.
    member _.NotifyLater(url, news) =
        outbox.Work(fun _ -> notifyAsync url false news)

    /// Sends a notification whose signature is forged in the way by which the platform tests its merchants.
    member _.ProbeAsync(url: string) =
        Shapes.object [ "mchid", Shapes.text options.MerchantId ]
        |> News.paid
        |> notifyAsync url true
