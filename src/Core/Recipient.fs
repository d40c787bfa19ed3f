namespace WeChatPay.Functional

open System
open System.Security.Cryptography
open System.Text
open System.Text.Json
open FsToolkit.ErrorHandling

/// A merchant whom a notification may be for, with the keys that it is received by.
[<NoComparison; ReferenceEquality>]
type Recipient =
    {
        /// What the application calls the merchant.
        Name: string
        /// The merchant's number, `mchid`.
        MerchantId: string
        /// Whose signatures are trusted, and the key that opens.
        Policy: NotificationPolicy
    }

    /// The merchant; no key.
    override recipient.ToString() = "Recipient(" + recipient.Name + ")"

/// A notification, and whose it is.
[<NoComparison; ReferenceEquality>]
type AddressedEvent =
    {
        /// What the application calls the merchant.
        Merchant: string
        /// What the notification says.
        Event: DecodedEvent
    }

    /// The notification's number and type; nothing personal.
    override addressed.ToString() =
        "AddressedEvent(" + addressed.Merchant + ", " + addressed.Event.ToString() + ")"

/// Whose is it? The platform key of the serial decides, then the APIv3 key that opens, then the merchant's number where several have both.
[<RequireQualifiedAccess>]
module Recipient =
    /// How many merchants are tried for one notification.
    [<Literal>]
    let MostTries = 16

    /// Whether a text from an address can be a merchant's name: 1 to 128 visible characters; everything else is nobody's.
    let isName (text: string) =
        1 <= text.Length
        && text.Length <= 128
        && String.forall (fun letter -> not (Char.IsControl letter || Char.IsWhiteSpace letter)) text

    /// The key that is said to have signed, in its one spelling: which merchants to try. A delivery that is not of the platform's form needs none.
    let serialOf (delivery: Delivery) : Result<string, VerifyError> =
        Delivery.parse Delivery.NotificationLimit delivery
        |> Result.map (fun parsed -> Serial.canonical parsed.Serial)

    /// Payments and refunds say whose they are. In others a number may be somebody else's, such as the sub-merchant's at risk.
    let private isAboutMoney (eventType: string) =
        eventType.StartsWith("TRANSACTION.", StringComparison.Ordinal)
        || eventType.StartsWith("REFUND.", StringComparison.Ordinal)

    /// The outermost fields that may name the merchant, the weightiest first: who acts for others, who combined, who sells.
    let private ownerFields = [| "sp_mchid"B; "combine_mchid"B; "mchid"B |]

    /// The merchant's number as the resource writes it; the bytes are known to be JSON.
    let private ownerOf (resource: ReadOnlyMemory<byte>) : string voption =
        let mutable reader = Utf8JsonReader(resource.Span)
        let mutable rank = ownerFields.Length
        let mutable owner = ValueNone

        while reader.Read() do
            if reader.TokenType = JsonTokenType.PropertyName then
                let mutable field = rank - 1

                while field >= 0 && not (reader.ValueTextEquals(ReadOnlySpan ownerFields[field])) do
                    field <- field - 1

                let isPresent = reader.Read()

                if field >= 0 && isPresent then
                    rank <- field
                    owner <- ValueSome(Encoding.UTF8.GetString reader.ValueSpan)

                reader.Skip()

        owner

    let private hasSameKey (serial: string) (one: VerificationPolicy) (other: VerificationPolicy) =
        match one.Keys.Find serial, other.Keys.Find serial with
        | NonNull key, NonNull known ->
            key.NotBefore = known.NotBefore
            && key.NotAfter = known.NotAfter
            && key.SubjectPublicKeyInfo.SequenceEqual known.SubjectPublicKeyInfo
        | null, null -> true
        | _, _ -> false

    /// Whether two policies judge a signature alike, so that it need not be computed twice.
    let private judgesAlike serial (one: VerificationPolicy) (other: VerificationPolicy) =
        one.Tolerance = other.Tolerance
        && one.BodyLimit = other.BodyLimit
        && obj.ReferenceEquals(one.Suite, other.Suite)
        && hasSameKey serial one other

    let private opensAlike (one: Recipient) (other: Recipient) =
        obj.ReferenceEquals(one.Policy.Verification.Suite, other.Policy.Verification.Suite)
        && CryptographicOperations.FixedTimeEquals(one.Policy.ApiV3Key.Bytes, other.Policy.ApiV3Key.Bytes)

    /// Each merchant with what its keys make of the signature.
    let private judge now serial (recipients: Recipient list) delivery =
        let judgeOne known (recipient: Recipient) =
            let policy = recipient.Policy.Verification

            let judgement =
                known
                |> List.tryFind (fun (judged: Recipient, _) -> judgesAlike serial judged.Policy.Verification policy)
                |> Option.map snd
                |> Option.defaultWith (fun () -> Verified.authenticate policy now delivery)

            (recipient, judgement) :: known

        recipients |> List.fold judgeOne [] |> List.rev

    /// How far the checks came.
    let private progress error =
        match error with
        | VerifyError.BodyTooLarge _ -> 0
        | VerifyError.MissingHeader _ -> 1
        | VerifyError.SignatureProbe _ -> 2
        | VerifyError.MalformedHeader _ -> 3
        | VerifyError.UnsupportedSignatureType _ -> 4
        | VerifyError.OutsideTolerance _ -> 5
        | VerifyError.UnknownSerial _ -> 6
        | VerifyError.KeyNotCurrent _ -> 7
        | VerifyError.SignatureMismatch _ -> 8
        | VerifyError.MalformedEnvelope _ -> 9
        | VerifyError.UnsupportedCipher _ -> 10
        | VerifyError.DecryptionFailed _ -> 11
        | VerifyError.MalformedResource _ -> 12

    let private furthest serial errors =
        match errors with
        | [] -> VerifyError.UnknownSerial serial
        | some -> List.maxBy progress some

    /// Opens with one APIv3 key after the other, each once; the merchants whose key it was, with what it says.
    let rec private openBy serial (candidates: (Recipient * Verified) list) =
        match candidates with
        | [] -> Error(VerifyError.DecryptionFailed serial)
        | (first, verified) :: _ ->
            let alike, others =
                candidates |> List.partition (fun (candidate, _) -> opensAlike first candidate)

            match Notification.read first.Policy.Verification.Suite first.Policy.ApiV3Key verified with
            | Error(VerifyError.DecryptionFailed _) -> openBy serial others
            | Error error -> Error error
            | Ok event -> Ok(struct (List.map fst alike, event))

    let private addressedTo (recipient: Recipient) event : Result<AddressedEvent, RecipientError> =
        Ok
            {
                Merchant = recipient.Name
                Event = event
            }

    /// Of merchants who all have the keys, the one whom a payment or refund names; of anything else the only one.
    let private assign (recipients: Recipient list) (event: DecodedEvent) =
        let owner =
            if isAboutMoney event.EventType then
                ownerOf event.Resource
            else
                ValueNone

        match owner, recipients with
        | ValueNone, [ one ] -> addressedTo one event
        | ValueNone, many -> Error(RecipientError.AmbiguousMerchant many.Length)
        | ValueSome owner, many ->
            match many |> List.filter (fun recipient -> recipient.MerchantId = owner) with
            | [ one ] -> addressedTo one event
            | [] -> Error(RecipientError.OtherMerchant owner)
            | some -> Error(RecipientError.AmbiguousMerchant some.Length)

    /// A callback that may be for any of these merchants, from headers and bytes to an event and the one whose it is; never a guess.
    let decode
        (recipients: Recipient list)
        (now: DateTimeOffset)
        (delivery: Delivery)
        : Result<AddressedEvent, RecipientError> =
        result {
            let! serial = serialOf delivery |> Result.mapError RecipientError.Unread

            do!
                recipients.Length <= MostTries
                |> Result.requireTrue (RecipientError.TooManyMerchants MostTries)

            let judged = judge now serial recipients delivery

            let trusting =
                judged
                |> List.choose (fun (recipient, judgement) ->
                    judgement |> Result.toOption |> Option.map (fun verified -> recipient, verified))

            let! struct (keepers, event) =
                match trusting with
                | [] ->
                    judged
                    |> List.choose (fun (_, judgement) ->
                        match judgement with
                        | Error error -> Some error
                        | Ok _ -> None)
                    |> furthest serial
                    |> Error
                | some -> openBy serial some
                |> Result.mapError RecipientError.Unread

            return! assign keepers event
        }
