namespace WeChatPay.Simulator

open System
open System.Globalization
open System.Security.Cryptography
open System.Text.Json.Nodes
open System.Threading
open System.Threading.Tasks

/// How a simulator is to be.
[<Sealed; AllowNullLiteral>]
type WeChatPaySimulatorOptions() =
    /// The port on loopback; any free one unless set.
    member val Port = 0 with get, set
    /// The one merchant that the platform knows.
    member val MerchantId = "1900000001" with get, set
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

/// What a notification is about.
[<NoComparison; ReferenceEquality>]
type internal News =
    {
        /// The kind of object: `transaction`, `refund`.
        Kind: string
        EventType: string
        Summary: string
        Resource: JsonObject
    }

/// The platform's state, and what happens in it.
[<Sealed>]
type internal World(options: WeChatPaySimulatorOptions) =
    let clock = options.Clock
    let keys = Keys.create options.MerchantId (clock.GetUtcNow())
    let gate = obj ()
    let mutable ledger = Ledger.empty
    let mutable wrong = Misbehaviour.None
    let mutable fullness = Fullness.Usual
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
                Shapes.envelope id (clock.GetUtcNow()) news.EventType news.Summary news.Kind nonce sealedBytes
                |> Shapes.write
        }

    let notifyAsync url isProbe news =
        let copies =
            if (currentWrong ()).HasFlag Misbehaviour.Duplicates then
                2
            else
                1

        outbox.SendAsync(letterFor url isProbe news, copies)

    member _.Keys = keys
    member _.MerchantId = options.MerchantId
    member _.BrandId = options.BrandId
    member _.SignsWith = options.SignsWith
    member _.IssuesCertificates = options.IssuesCertificates
    member _.Outbox = outbox
    member _.Now = clock.GetUtcNow()
    member _.NewRefundId() = newNumber "5030"

    /// What the platform does wrong at present.
    member _.Wrong
        with get () = currentWrong ()
        and set value = lock gate (fun () -> wrong <- value)

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

    /// Sets what refunds can be paid from, in fen.
    member _.SetFunds fen =
        lock gate (fun () -> ledger <- { ledger with Funds = Some fen })

    /// The payer pays; done when the notification has been tried once.
    member world.PayAsync(outTradeNo: string) : Task<Result<SimulatedNotification, PlatformError>> =
        backgroundTask {
            let payment =
                {
                    TransactionId = newNumber "4200"
                    PaidAt = world.Now
                    OpenId = "oSimulatedPayer000000000000"
                }

            match world.Update(Ledger.pay payment options.MerchantId outTradeNo) with
            | Error error -> return Error error
            | Ok order ->
                let! notification =
                    notifyAsync
                        order.NotifyUrl
                        false
                        {
                            Kind = "transaction"
                            EventType = "TRANSACTION.SUCCESS"
                            Summary = "支付成功"
                            Resource = Shapes.transaction order false
                        }

                return Ok notification
        }

    /// Ends a refund; done when the notification, where one is wanted, has been tried once.
    member world.SettleAsync(outRefundNo, outcome) : Task<Result<RefundEntry, PlatformError>> =
        backgroundTask {
            match world.Update(Refunds.settle world.Now outcome options.MerchantId outRefundNo) with
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

    /// Settles a refund by itself, a while after it was asked for.
    member world.SettleLater(refund: RefundEntry) =
        let settle (stopping: CancellationToken) : Task =
            backgroundTask {
                try
                    do! Task.Delay(TimeSpan.FromSeconds 1.0 / options.TimeCompression, clock, stopping)
                    // Whoever ended it by hand meanwhile has the last word.
                    if Refunds.isProcessing options.MerchantId refund.OutRefundNo world.Ledger then
                        let! _ = world.SettleAsync(refund.OutRefundNo, RefundOutcome.Success)
                        ()
                with :? OperationCanceledException ->
                    ()
            }

        if options.SettlesRefunds then
            outbox.Work settle

    /// Sends a notification whose signature is forged in the way by which the platform tests its merchants.
    member _.ProbeAsync(url: string) =
        notifyAsync
            url
            true
            {
                Kind = "transaction"
                EventType = "TRANSACTION.SUCCESS"
                Summary = "支付成功"
                Resource = Shapes.object [ "mchid", Shapes.text options.MerchantId ]
            }
