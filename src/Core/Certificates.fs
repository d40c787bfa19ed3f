namespace WeChatPay.Functional

open System
open System.Text
open FsToolkit.ErrorHandling
open WeChatPay
open WeChatPay.Wire

/// A certificate of the platform as it was downloaded: proven, and ready for a ring.
[<Sealed>]
type PlatformCertificate internal (key: PlatformKey, pem: string) =
    /// The serial, in upper hex.
    member _.Serial = key.Serial
    /// From when on it may be used.
    member _.NotBefore = key.NotBefore
    /// Until when it may be used, this instant included.
    member _.NotAfter = key.NotAfter
    /// The certificate in PEM, as it goes into a file of `PlatformCertificateFiles`.
    member _.Pem = pem
    /// What signatures are verified with.
    member _.Key = key

    override _.ToString() =
        "PlatformCertificate(" + key.Serial + ")"

/// The platform's certificates, from the answer to `GET /v3/certificates`. The first download has no key to verify its answer with:
/// opening under the APIv3 key is the proof, then the answer's signature is verified with a certificate inside it.
[<RequireQualifiedAccess>]
module Certificates =
    [<Literal>]
    let private Path = "/v3/certificates"

    /// The call for certificates of a suite.
    let operationFor (suite: Suite) =
        let call =
            Operation.Get<CertificateList>(
                Path,
                WireDecoder(fun json value error -> CertificateList.TryRead(json, &value, &error))
            )

        match suite.Algorithms.CertificateType with
        | null -> call
        | kind -> call.WithQuery("algorithm_type", kind)

    /// The call.
    let operation = operationFor Suite.rsa

    let private untrusted (answer: Answer) reason =
        Error(ApiError.UntrustedAnswer(answer.Status, answer.RequestId, reason, false))

    let private malformed (answer: Answer) path reason =
        Error(ApiError.MalformedAnswer(answer.RequestId, DecodeError(path, reason), false))

    let private bytes (text: string) = Encoding.UTF8.GetBytes text

    let private unseal (suite: Suite) (apiV3Key: ApiV3Key) (answer: Answer) (entry: SealedCertificate) =
        let resource = entry.EncryptCertificate
        let nonce, sealedBytes = bytes resource.Nonce, resource.Ciphertext.ToArray()

        if not (Cipher.isKnown suite resource.Algorithm) then
            untrusted answer (VerifyError.UnsupportedCipher resource.Algorithm)
        elif nonce.Length <> Cipher.NonceLength || sealedBytes.Length < Cipher.TagLength then
            malformed answer "$.data[].encrypt_certificate" DecodeReason.WrongLength
        elif
            Cipher.unsealInPlaceBy
                suite
                resource.Algorithm
                apiV3Key
                (ReadOnlySpan nonce)
                (ReadOnlySpan(bytes resource.AssociatedData))
                (sealedBytes.AsSpan())
        then
            Ok(Encoding.UTF8.GetString(sealedBytes, 0, sealedBytes.Length - Cipher.TagLength))
        else
            untrusted answer (VerifyError.DecryptionFailed entry.SerialNo)

    let private certificate (suite: Suite) (answer: Answer) (entry: SealedCertificate) (pem: string) =
        match PlatformKey.ofCertificatePemFor suite pem with
        | Ok key when key.Serial = Serial.canonical entry.SerialNo -> Ok(PlatformCertificate(key, pem))
        | Ok _ -> malformed answer "$.data[].serial_no" DecodeReason.Contradictory
        | Error _ -> malformed answer "$.data[].encrypt_certificate" DecodeReason.Contradictory

    let private list (answer: Answer) =
        match CertificateList.TryRead answer.Delivery.Body.Span with
        | true, NonNull list, _ -> Ok list
        | _, _, NonNull error -> Error(ApiError.MalformedAnswer(answer.RequestId, error, false))
        | _, _, Null -> malformed answer "$" DecodeReason.NotJson

    let private openAll suite apiV3Key answer (list: CertificateList) =
        list.Data
        |> List.ofSeq
        |> List.traverseResultM (fun entry ->
            unseal suite apiV3Key answer entry
            |> Result.bind (certificate suite answer entry))

    /// Each of them issued by whom the merchant asks for.
    let private requireIssuer now (roots: CertificateRoots) (answer: Answer) (certificates: PlatformCertificate list) =
        match
            certificates
            |> List.tryFind (fun certificate -> not (CertificateRoots.haveIssued now certificate.Pem roots))
        with
        | Some foreign -> Error(ApiError.ForeignCertificate(answer.RequestId, foreign.Serial))
        | None -> Ok certificates

    /// One of the certificates, or a key that was trusted before, must have signed the answer that brought them.
    let private requireSignature
        (policy: VerificationPolicy)
        now
        (answer: Answer)
        (certificates: PlatformCertificate list)
        =
        match Keyring.add (certificates |> Seq.map (fun certificate -> certificate.Key)) policy.Keys with
        | Error _ -> malformed answer "$.data" DecodeReason.Contradictory
        | Ok keys ->
            match Response.verify { policy with Keys = keys } now answer with
            | Ok _ -> Ok certificates
            | Error reason -> untrusted answer reason

    /// A merchant in public key mode has no certificates.
    let private explain error =
        match error with
        | ApiError.Refused({
                               Status = 404
                               Code = "RESOURCE_NOT_EXISTS"
                           } as refusal) -> ApiError.NoPlatformCertificates refusal
        | other -> other

    /// The refusal in the answer, if it is one: a merchant in public key mode is told so.
    let internal requireSome now (answer: Answer) : Result<unit, ApiError> =
        Response.requireSuccess now operation answer |> Result.mapError explain

    /// Opened under the APIv3 key, by an issuer that is asked for; who signed the answer is not looked at.
    let internal openList suite (apiV3Key: ApiV3Key) roots now answer =
        result {
            let! list = list answer
            let! certificates = openAll suite apiV3Key answer list
            return! requireIssuer now roots answer certificates
        }

    /// The certificates in an answer: opened under the APIv3 key, each under its own serial, by an issuer that is asked for, and one of them, or a key of the policy, signed it. The policy needs no key (`Keyring.none`).
    let read
        (apiV3Key: ApiV3Key)
        (roots: CertificateRoots)
        (policy: VerificationPolicy)
        (now: DateTimeOffset)
        (answer: Answer)
        =
        result {
            do! requireSome now answer
            let! certificates = openList policy.Suite apiV3Key roots now answer
            return! requireSignature policy now answer certificates
        }

    /// The certificates in an answer's body that was kept since an earlier run: still sealed, so that opening under the APIv3 key proves them again, whoever wrote the file.
    let readKept
        (suite: Suite)
        (apiV3Key: ApiV3Key)
        (roots: CertificateRoots)
        (now: DateTimeOffset)
        (body: ReadOnlySpan<byte>)
        =
        Response.create 200 [] body |> openList suite apiV3Key roots now
