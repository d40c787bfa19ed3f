namespace WeChatPay.Functional

open System
open System.Collections.Generic

/// What came of asking for the platform's certificates.
[<RequireQualifiedAccess; NoComparison; ReferenceEquality>]
type internal Listing =
    /// Nobody asked.
    | NotAsked
    /// No answer, or one that says nothing of certificates.
    | Refused of ApiError
    /// The merchant has none.
    | Nothing
    /// There are some; without an APIv3 key they stay closed.
    | Closed
    /// There are some; the APIv3 key does not open them.
    | Unopened of Serial: string
    /// There are some; they are not proven to be the platform's.
    | Unproven of ApiError
    /// These.
    | Listed of PlatformCertificate list

/// What the platform's answers show of keys, signatures and modes.
[<RequireQualifiedAccess>]
module internal DoctorAnswers =
    let private isPublicKeyId (serial: string) =
        serial.StartsWith("PUB_KEY_ID_", StringComparison.Ordinal)

    let private certificatesOf (keys: Keyring) =
        keys.All |> Seq.filter (fun key -> not key.IsPublicKey) |> List.ofSeq

    /// The id of the public key that is configured.
    let tryPublicKey (keys: Keyring) =
        keys.All |> Seq.tryFind _.IsPublicKey |> Option.map _.Serial

    let hasCertificates (keys: Keyring) = not (certificatesOf keys).IsEmpty

    let serials (now: DateTimeOffset) (keys: Keyring) : IReadOnlyList<string> =
        let longest =
            certificatesOf keys
            |> List.filter (fun key -> key.NotBefore <= now && now <= key.NotAfter)
            |> List.sortByDescending _.NotAfter
            |> List.tryHead
            |> Option.map _.Serial

        match List.choose id [ tryPublicKey keys; longest ] with
        | [] -> [| "" |]
        | found -> List.toArray found

    /// The platform's own clock where it tells it: how an answer is judged must not depend on a clock that may be off.
    let private momentOf (asked: AskedQuestion) (answer: Answer) =
        ValueOption.defaultValue asked.At answer.Date

    let private refusalIn (asked: AskedQuestion) (answer: Answer) =
        match Response.requireSuccess asked.At Certificates.operation answer with
        | Ok() -> Ok()
        | Error error -> Error(Response.explainSignature asked.Message error)

    let private policyOf (facts: DoctorFacts) keys =
        VerificationPolicy.forAnswers keys |> VerificationPolicy.withSuite facts.Suite

    let private verify facts (keys: Keyring) (asked: AskedQuestion) (answer: Answer) =
        Response.verify (policyOf facts keys) (momentOf asked answer) answer

    /// A list whose signature only fails for a configured key that is wrong is still what the APIv3 key opens; the key has a line of its own.
    let private readOpened (facts: DoctorFacts) key now answer certificates =
        match Certificates.read key facts.Roots (policyOf facts facts.Keys) now answer with
        | Ok certificates -> Listing.Listed certificates
        | Error(ApiError.UntrustedAnswer(_, _, VerifyError.SignatureMismatch serial, _)) when
            (Keyring.tryFind serial facts.Keys).IsSome
            ->
            Listing.Listed certificates
        | Error error -> Listing.Unproven error

    let private readList (facts: DoctorFacts) (asked: AskedQuestion) (answer: Answer) =
        match facts.ApiV3Key with
        | Null -> Listing.Closed
        | NonNull key ->
            let now = momentOf asked answer

            match Certificates.openList facts.Suite key facts.Roots now answer with
            | Ok certificates -> readOpened facts key now answer certificates
            | Error(ApiError.UntrustedAnswer(_, _, VerifyError.DecryptionFailed serial, _)) -> Listing.Unopened serial
            | Error error -> Listing.Unproven error

    /// What the list says, whatever this machine's clock.
    let listing (facts: DoctorFacts) =
        match facts.Listing with
        | Null -> Listing.NotAsked
        | NonNull asked ->
            match asked.Answer with
            | Error error -> Listing.Refused error
            | Ok answer ->
                match Certificates.requireSome asked.At answer with
                | Ok() -> readList facts asked answer
                | Error(ApiError.NoPlatformCertificates _) -> Listing.Nothing
                | Error error -> Listing.Refused(Response.explainSignature asked.Message error)

    /// The keys that the application verifies by: those that are configured, and those that it downloads.
    let keysOf (facts: DoctorFacts) listing =
        match listing with
        | Listing.Listed certificates when facts.DownloadsCertificates ->
            match Keyring.add (certificates |> Seq.map _.Key) facts.Keys with
            | Ok keys -> keys
            | Error _ -> facts.Keys
        | Listing.NotAsked
        | Listing.Refused _
        | Listing.Nothing
        | Listing.Closed
        | Listing.Unopened _
        | Listing.Unproven _
        | Listing.Listed _ -> facts.Keys

    /// An answer of whoever does not write errors as the platform does.
    let private isAnothers asked answer =
        match refusalIn asked answer with
        | Error(ApiError.Refused refusal) -> refusal.Code = ""
        | Error _
        | Ok() -> true

    let private answered (facts: DoctorFacts) =
        [
            for asked in facts.Asked do
                match asked.Answer with
                | Ok answer when not (isAnothers asked answer) -> struct (asked, answer)
                | Ok _
                | Error _ -> ()
        ]

    let private unknown (keys: Keyring) (asked: AskedQuestion) serial =
        match isPublicKeyId serial, isPublicKeyId asked.Serial with
        | true, true -> [ DoctorFinding.PublicKeyIdWrong(asked.Serial, serial) ]
        | true, false -> [ DoctorFinding.PublicKeyMissing serial ]
        // With the public key alone it is the mode that is wrong, which has a line of its own.
        | false, true when not (hasCertificates keys) -> []
        | false, _ -> [ DoctorFinding.PlatformCertificateUnknown serial ]

    let private proof facts keys (struct (asked: AskedQuestion, answer)) =
        match verify facts keys asked answer with
        | Ok verified when isPublicKeyId asked.Serial && verified.Serial <> asked.Serial ->
            [ DoctorFinding.PublicKeyIdWrong(asked.Serial, verified.Serial) ]
        | Ok verified -> [ DoctorFinding.PlatformKeyVerified verified.Serial ]
        | Error(VerifyError.UnknownSerial serial) -> unknown keys asked serial
        | Error(VerifyError.SignatureMismatch serial) -> [ DoctorFinding.PlatformKeyWrong serial ]
        // Its dates have a line of their own.
        | Error(VerifyError.KeyNotCurrent _) -> []
        | Error reason -> [ DoctorFinding.AnswerUntrusted reason ]

    /// Whether answers verify; nothing when there is none.
    let proofs facts keys =
        match answered facts with
        | [] -> None
        | answers -> Some(answers |> List.collect (proof facts keys) |> List.distinct)

    /// The certificate that signed in place of the public key that was asked for.
    let trySignedByCertificate (facts: DoctorFacts) =
        answered facts
        |> List.tryPick (fun (struct (asked, answer)) ->
            match verify facts facts.Keys asked answer with
            | Error(VerifyError.UnknownSerial serial) when isPublicKeyId asked.Serial && not (isPublicKeyId serial) ->
                Some serial
            | Ok _
            | Error _ -> None)

    /// Whether the answer carries a signature at all, be it one that is not known here.
    let private isSigned facts keys asked answer =
        match verify facts keys asked answer with
        | Ok _
        | Error(VerifyError.UnknownSerial _)
        | Error(VerifyError.KeyNotCurrent _)
        | Error(VerifyError.SignatureMismatch _) -> true
        | Error(VerifyError.BodyTooLarge _)
        | Error(VerifyError.MissingHeader _)
        | Error(VerifyError.SignatureProbe _)
        | Error(VerifyError.MalformedHeader _)
        | Error(VerifyError.UnsupportedSignatureType _)
        | Error(VerifyError.OutsideTolerance _)
        | Error(VerifyError.MalformedEnvelope _)
        | Error(VerifyError.UnsupportedCipher _)
        | Error(VerifyError.DecryptionFailed _)
        | Error(VerifyError.MalformedResource _) -> false

    let private judgeRefusal (facts: DoctorFacts) keys (asked: AskedQuestion) answer (refusal: Refusal) =
        let serial =
            match facts.Key with
            | Null -> ""
            | NonNull key -> key.Serial

        match refusal.Status with
        | _ when refusal.Code = "" -> DoctorFinding.AnotherAnswered refusal.Status
        | 401 when refusal.ClockAhead.IsSome ->
            DoctorFinding.NotChecked(DoctorCheck.RequestSignature, DoctorSkip.ClockOff)
        | 401 -> DoctorFinding.SignatureRefused(ApiError.Refused refusal)
        | status when status < 500 && status <> 429 && isSigned facts keys asked answer ->
            DoctorFinding.SignatureAccepted serial
        | _ -> DoctorFinding.SignatureUndecided(ApiError.Refused refusal)

    /// What the platform made of the merchant's signature.
    let signature (facts: DoctorFacts) keys (asked: AskedQuestion) =
        match asked.Answer with
        | Error error -> DoctorFinding.SignatureUndecided error
        | Ok answer ->
            match refusalIn asked answer with
            | Ok() -> DoctorFinding.AnotherAnswered answer.Status
            | Error(ApiError.Refused refusal) -> judgeRefusal facts keys asked answer refusal
            | Error error -> DoctorFinding.SignatureUndecided error
