namespace WeChatPay.Functional

open System
open System.Collections.Generic

/// The platform's keys that are trusted, by serial: several at once while they rotate, certificates and public keys side by side.
[<Sealed>]
type Keyring internal (keys: Dictionary<string, PlatformKey>) =
    /// How many keys there are.
    member _.Count = keys.Count

    /// The keys' serials, in no order.
    member _.Serials: IReadOnlyCollection<string> = keys.Keys

    member internal _.Keys = keys
    member internal _.All: PlatformKey seq = keys.Values

    member internal _.Find(serial: string) : PlatformKey | null =
        // The platform writes the one spelling that the ring has.
        match keys.TryGetValue serial with
        | true, key -> key
        | _ ->
            match keys.TryGetValue(Serial.canonical serial) with
            | true, key -> key
            | _ -> null

    override _.ToString() =
        "Keyring(" + String.Join(", ", keys.Keys) + ")"

/// What is accepted from the platform: by which keys, how old, how large.
[<NoComparison; ReferenceEquality>]
type VerificationPolicy =
    {
        /// The keys that are trusted.
        Keys: Keyring
        /// How far a timestamp may be from now, in both directions, inclusive.
        Tolerance: TimeSpan
        /// How many bytes a body may have, inclusive.
        BodyLimit: int
        /// The algorithms that are known: which types of signature, which ciphers.
        Suite: Suite
    }

/// How the platform's keys stand at a time.
[<RequireQualifiedAccess; NoComparison>]
type KeyOutlook =
    /// A key is valid, and no certificate that matters ends soon.
    | Lasting of Serial: string
    /// The certificate that lasts longest ends soon: fetch the next one.
    | Ending of Serial: string * NotAfter: DateTimeOffset
    /// None of the keys is valid: everything is refused.
    | NoneCurrent of Keys: int

/// Makes key rings, and selects from them.
[<RequireQualifiedAccess>]
module Keyring =
    let private isSame (one: PlatformKey) (other: PlatformKey) =
        one.SubjectPublicKeyInfo.SequenceEqual other.SubjectPublicKeyInfo

    let private gather (ring: Dictionary<string, PlatformKey>) (keys: PlatformKey seq) : Result<Keyring, KeyError> =
        let mutable clash = ValueNone

        for key in keys do
            match ring.TryGetValue key.Serial with
            | true, known when not (isSame known key) -> clash <- ValueSome key.Serial
            | _ -> ring[key.Serial] <- key

        match clash with
        | ValueSome serial -> Error(KeyError.SerialTwice serial)
        | ValueNone when ring.Count = 0 -> Error KeyError.NoKeys
        | ValueNone -> Ok(Keyring ring)

    /// Gathers keys; the same key given twice is one, two keys of one serial are refused, and so is none at all.
    let create (keys: PlatformKey seq) =
        gather (Dictionary StringComparer.Ordinal) keys

    /// A ring with more keys; the one given stays as it is.
    let add (keys: PlatformKey seq) (ring: Keyring) =
        gather (Dictionary(ring.Keys, StringComparer.Ordinal)) keys

    /// No keys: nothing is accepted. For whoever has yet to download certificates.
    let none = Keyring(Dictionary(StringComparer.Ordinal))

    /// The key of a serial, compared as numbers, whatever its validity.
    let tryFind (serial: string) (ring: Keyring) =
        match ring.Find serial with
        | null -> ValueNone
        | key -> ValueSome key

    /// Whether the key is valid at a time, both ends included. Compared by a method: the operators would box all three.
    let internal isCurrent (now: DateTimeOffset) (key: PlatformKey) =
        key.NotBefore.CompareTo now <= 0 && now.CompareTo key.NotAfter <= 0

    /// The key that is to sign answers: a public key, which does not expire; else the certificate that is valid now and lasts longest; else, with nothing better, the one that lasted longest. Empty for a ring without keys.
    let preferredSerial (now: DateTimeOffset) (ring: Keyring) =
        let rank (key: PlatformKey) =
            struct (key.IsPublicKey, isCurrent now key, key.NotAfter)

        if ring.Count = 0 then
            ""
        else
            (ring.All |> Seq.maxBy rank).Serial

    /// How the ring stands: a certificate ends soon when it lasts no longer than this; what has ended beside a key that is valid is no matter.
    let outlook (soon: TimeSpan) (now: DateTimeOffset) (ring: Keyring) =
        let current = ring.All |> Seq.filter (isCurrent now) |> List.ofSeq
        let certificates = current |> List.filter (fun key -> not key.IsPublicKey)

        match current, certificates with
        | [], _ -> KeyOutlook.NoneCurrent ring.Count
        | _, [] -> KeyOutlook.Lasting(preferredSerial now ring)
        | _, some ->
            let last = some |> List.maxBy _.NotAfter

            if last.NotAfter - now <= soon then
                KeyOutlook.Ending(last.Serial, last.NotAfter)
            else
                KeyOutlook.Lasting(preferredSerial now ring)

    /// When the certificate that lasts longest ends, ended or not; none where there is a public key, which does not end, or no key at all.
    let lastEnd (ring: Keyring) =
        if ring.Count = 0 || ring.All |> Seq.exists _.IsPublicKey then
            ValueNone
        else
            ValueSome(ring.All |> Seq.map _.NotAfter |> Seq.max)

    /// The key of a serial, if it may be used now; both ends of a certificate's validity are included.
    let select (now: DateTimeOffset) (serial: string) (ring: Keyring) : Result<PlatformKey, VerifyError> =
        match ring.Find serial with
        | null -> Error(VerifyError.UnknownSerial serial)
        | key when isCurrent now key -> Ok key
        | key -> Error(VerifyError.KeyNotCurrent(key.Serial, key.NotBefore, key.NotAfter))

/// The usual policies.
[<RequireQualifiedAccess>]
module VerificationPolicy =
    /// Five minutes, as the platform itself allows.
    let usualTolerance = TimeSpan.FromMinutes 5.0

    /// The usual policy for notifications: five minutes, 1 MiB, RSA.
    let forNotifications keys =
        {
            Keys = keys
            Tolerance = usualTolerance
            BodyLimit = Delivery.NotificationLimit
            Suite = Suite.rsa
        }

    /// The usual policy for answers: five minutes, 16 MiB, RSA.
    let forAnswers keys =
        {
            Keys = keys
            Tolerance = usualTolerance
            BodyLimit = Delivery.AnswerLimit
            Suite = Suite.rsa
        }

    /// The same policy by the algorithms of another suite.
    let withSuite (suite: Suite) (policy: VerificationPolicy) = { policy with Suite = suite }
