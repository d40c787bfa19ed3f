namespace WeChatPay.Simulator

open System
open System.Collections.Generic
open System.Threading
open System.Threading.Tasks
open Microsoft.AspNetCore.Builder

/// WeChat Pay on loopback, for one merchant: verifies requests, keeps orders and refunds, answers every other call from the platform's description, signs answers, sends notifications. Its keys are made when it starts and gone with it.
[<Sealed>]
type WeChatPaySimulator private (world: World, app: WebApplication) =
    let address = Uri(Seq.head app.Urls)
    let mutable isDisposed = 0

    let orThrow (made: Result<'Value, PlatformError>) =
        match made with
        | Ok value -> value
        | Error error -> raise (InvalidOperationException(error.Code + ": " + error.Message))

    /// Where the platform is.
    member _.BaseAddress = address
    /// The one merchant that the platform knows.
    member _.MerchantId = world.MerchantId
    /// The one brand that the platform knows.
    member _.BrandId = world.BrandId
    /// The serial of the merchant's certificate, in upper hex.
    member _.MerchantSerial = world.Keys.Merchant.Serial
    /// The merchant's private key, PKCS#8 in PEM.
    member _.MerchantPrivateKeyPem = MerchantFiles.merchantKeyPem world.Keys
    /// The merchant's certificate in PEM.
    member _.MerchantCertificatePem = world.Keys.Merchant.Pem
    /// The APIv3 key.
    member _.ApiV3Key = world.Keys.ApiV3KeyText
    /// The id of the platform's public key.
    member _.PlatformPublicKeyId = world.Keys.PublicKeyId
    /// The platform's public key in PEM.
    member _.PlatformPublicKeyPem = MerchantFiles.publicKeyPem world.Keys
    /// The serial of the platform's certificate, in upper hex.
    member _.PlatformCertificateSerial = world.Keys.Certificate.Serial
    /// The platform's certificate in PEM.
    member _.PlatformCertificatePem = world.Keys.Certificate.Pem

    /// The platform has a new certificate from now on, and signs with it what it signs by certificate. The one before stays listed beside it until it ends, and what is sealed to it is opened, as when the platform changes over.
    member _.RotateCertificate() = world.Rotate()

    /// The settings of the merchant, for `configuration.AddInMemoryCollection(…)`: a section `WeChatPay` that works at once; the suite is no setting, and set by `UseSuite`.
    member _.Settings: IEnumerable<KeyValuePair<string, string | null>> =
        MerchantFiles.settings world address

    /// What the platform is to do wrong from now on.
    member _.Misbehaviour
        with get () = world.Wrong
        and set value = world.Wrong <- value

    /// What the platform is to do wrong with so many calls from now on; afterwards nothing.
    member _.MisbehaveFor(what: Misbehaviour, calls: int) = world.SetWrongFor(what, calls)

    /// How long an answer takes that is delayed; two seconds until it is set.
    member _.AnswerDelay
        with get () = world.AnswerDelay
        and set value = world.AnswerDelay <- value

    /// The certificate that has ended, for a platform that signs with it all the same, in PEM.
    member _.PlatformOldCertificatePem = world.Keys.Old.Value.Pem

    /// How much the answers have that are made from the platform's description, from now on.
    member _.Fullness
        with get () = world.Fullness
        and set value = world.Fullness <- value

    /// What refunds can be paid from, in fen; no limit until it is set.
    member _.SetBalance(fen: int64) = world.SetFunds fen

    /// All notifications so far, the oldest first.
    member _.Notifications = world.Outbox.All

    /// The payer pays an order, or a combined order with all its parts. Done when the notification has been tried once; it is repeated on the platform's schedule until it is taken.
    /// Throws `InvalidOperationException` when the order cannot be paid.
    member _.PayAsync(outTradeNo: string) : Task<SimulatedNotification> =
        backgroundTask {
            let! paid = world.PayAsync outTradeNo
            return orThrow paid
        }

    /// Ends a refund. Done when the notification, where one is wanted, has been tried once.
    /// Throws `InvalidOperationException` when there is none, or when it has ended.
    member _.SettleRefundAsync(outRefundNo: string, outcome: RefundOutcome) : Task =
        backgroundTask {
            let! settled = world.SettleAsync(outRefundNo, outcome)
            orThrow settled |> ignore
        }

    /// Moves a transfer, a batch or one of its details, a consent to transfers, a withdrawal, a profit sharing or its return, a PayScore order, a papay contract, or an order by payment code or contract to a state, as the payer or the platform would; by the merchant's number or the platform's. Done when each notification has been tried once.
    /// Throws `InvalidOperationException` when there is none, or when it cannot get there from where it is.
    member _.AdvanceAsync(number: string, state: string) : Task<IReadOnlyList<SimulatedNotification>> =
        backgroundTask {
            let! moved = PlatformFlows.advanceAsync world number state
            return orThrow moved
        }

    /// Sends a notification of a case of `WeChatPayEvent`, such as `ComplaintCreated`, made from the platform's description; an event type will do where it has one case, or none: then the resource is empty. Done when it has been tried once.
    /// Throws `InvalidOperationException` when there is no such case, or when an event type has several.
    member _.NotifyAsync(name: string, notifyUrl: string, fullness: Fullness) : Task<SimulatedNotification> =
        backgroundTask {
            let! sent = PlatformEvents.notifyAsync world name notifyUrl fullness
            return orThrow sent
        }

    /// Sends a notification of a case of `WeChatPayEvent` as full as the platform's usually are.
    member simulator.NotifyAsync(name: string, notifyUrl: string) : Task<SimulatedNotification> =
        simulator.NotifyAsync(name, notifyUrl, Fullness.Usual)

    /// Sends what the platform sends now and then to see whether a forged signature is refused.
    member _.SendProbeAsync(notifyUrl: string) : Task<SimulatedNotification> = world.ProbeAsync notifyUrl

    /// Sends a notification once more, as the platform may even after it was taken.
    /// Throws `InvalidOperationException` when there is none of that number.
    member _.RepeatAsync(id: string) : Task<SimulatedNotification> =
        backgroundTask {
            match! world.Outbox.TryRepeatAsync id with
            | ValueSome sent -> return sent
            | ValueNone -> return raise (InvalidOperationException("There is no notification " + id + "."))
        }

    /// Waits until every notification is taken or given up, and every refund that settles by itself is settled.
    member _.DrainAsync(cancellationToken: CancellationToken) : Task =
        world.Outbox.DrainAsync cancellationToken

    /// Writes a configuration file with the section `WeChatPay`, and the keys beside it. Files appear whole or not at all, readable by their owner only.
    /// Throws `IOException` rather than overwrite a configuration whose `BaseAddress` is not on loopback.
    member _.WriteConfigAsync(path: string) : Task =
        MerchantFiles.writeAllAsync world address path

    /// Starts a platform with the usual options, on any free port.
    static member StartAsync() : Task<WeChatPaySimulator> =
        WeChatPaySimulator.StartAsync(WeChatPaySimulatorOptions(), CancellationToken.None)

    /// Starts a platform. Throws `IOException` when the port is taken, `ArgumentException` when an option cannot be.
    static member StartAsync
        (options: WeChatPaySimulatorOptions, cancellationToken: CancellationToken)
        : Task<WeChatPaySimulator> =
        backgroundTask {
            if
                not (String.forall Char.IsAsciiDigit options.MerchantId)
                || options.MerchantId = ""
            then
                raise (ArgumentException("MerchantId is a number.", nameof options))

            if not (options.TimeCompression >= 1.0) then
                raise (ArgumentException("TimeCompression is 1 or more.", nameof options))

            let world = World options
            let! app = Server.startAsync world options.Port cancellationToken
            return new WeChatPaySimulator(world, app)
        }

    /// The address and the merchant; no key.
    override _.ToString() =
        "WeChatPaySimulator(" + address.ToString() + ", " + world.MerchantId + ")"

    interface IAsyncDisposable with
        member _.DisposeAsync() =
            ValueTask(
                backgroundTask {
                    if Interlocked.Exchange(&isDisposed, 1) = 0 then
                        do! (world.Outbox :> IAsyncDisposable).DisposeAsync()
                        do! app.DisposeAsync()
                }
                :> Task
            )
