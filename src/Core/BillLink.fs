namespace WeChatPay.Functional

open System
open System.Collections.Generic
open System.Text
open FsToolkit.ErrorHandling
open WeChatPay
open WeChatPay.Wire

/// What one file of a bill is sealed with: a key of its own, that came sealed to the merchant.
[<Sealed>]
type BillKey internal (key: ApiV3Key, nonce: byte array) =
    /// How many bytes a sealed file may have: 256 MiB. It is opened whole, since nothing of it is right before all of it is.
    static member FileLimit = 268_435_456

    /// Opens a file where it stands: what is plain is all but the last 16 bytes. False when it is not what was sealed; then it is gone.
    member _.TryOpen(sealedFile: Span<byte>) : bool =
        sealedFile.Length >= Cipher.TagLength
        && Cipher.unsealInPlace key (ReadOnlySpan<byte> nonce) ReadOnlySpan<byte>.Empty sealedFile

    override _.ToString() = "BillKey(***)"

/// One file of a bill as the platform's answer names it; nothing of it is judged yet.
[<Sealed>]
type BillLink
    /// A file that may be sealed: by a key that came sealed itself, with a nonce.
    (
        sequence: Nullable<int64>,
        downloadUrl: string | null,
        hashType: string | null,
        hashValue: string | null,
        sealedBy: SensitiveText | null,
        nonce: string | null
    ) =
    /// A file that is not sealed.
    new(downloadUrl: string | null, hashType: string | null, hashValue: string | null) =
        BillLink(Nullable(), downloadUrl, hashType, hashValue, null, null)

    member internal _.Sequence = sequence.GetValueOrDefault()
    member internal _.DownloadUrl = downloadUrl
    member internal _.HashType = hashType
    member internal _.HashValue = hashValue
    member internal _.SealedBy = sealedBy
    member internal _.Nonce = nonce
    /// Neither the address, which has a token in it, nor the key.
    override _.ToString() = "BillLink"

/// One file of a bill that can be downloaded: where it is, what it must be, and what it is sealed with.
[<Sealed>]
type BillSource internal (downloadUrl: string, hash: FileHash, key: BillKey | null) =
    /// The address; only its path and query count, the host is the client's.
    member _.DownloadUrl = downloadUrl
    /// The hash of the file, opened and unpacked.
    member _.Hash = hash
    /// What it is sealed with; null where it is not.
    member _.Key: BillKey | null = key
    /// The hash alone: the address has a token in it.
    override _.ToString() = "BillSource(" + hash.ToString() + ")"

/// A bill to ask for: its day, the call, and the files that an answer names.
[<Sealed>]
type BillRequest<'Answer when 'Answer: not struct and 'Answer: not null>
    (day: DateOnly, operation: Operation<'Answer>, files: Func<'Answer, IReadOnlyList<BillLink>>) =
    /// The day, as the platform counts it.
    member _.Day = day
    /// The call that asks.
    member _.Operation = operation
    /// The files that an answer names.
    member _.FilesOf(answer: 'Answer) : IReadOnlyList<BillLink> = files.Invoke answer

    /// How many files there are, where the answer says so: one that names fewer is not whole.
    member val Count: Func<'Answer, Nullable<int64>> | null = null with get, set

    /// Whether no source gives the bill's columns, so that its rows are read by heading.
    member val IsUndescribed = false with get, set

    /// The call and the day.
    override _.ToString() =
        operation.ToString()
        + " "
        + day.ToString("O", Globalization.CultureInfo.InvariantCulture)

/// What an answer names, judged.
[<RequireQualifiedAccess>]
module BillSource =
    [<Literal>]
    let private NonceLength = 12

    let private malformed path reason =
        Error(ApiError.MalformedAnswer("", DecodeError(path, reason), false))

    let private given path (text: string | null) =
        match text with
        | NonNull text when text <> "" -> Ok text
        | _ -> malformed path DecodeReason.Missing

    /// A hash of another kind than those known proves nothing here.
    let private hashOf (prefix: string) (link: BillLink) =
        result {
            let! hex = given (prefix + "hash_value") link.HashValue

            match link.HashType with
            | "SHA1" -> return FileHash.Sha1 hex
            | "SHA256" -> return FileHash.Sha256 hex
            | _ -> return! malformed (prefix + "hash_type") DecodeReason.Missing
        }

    /// A key that could not be opened is still the text that it was sealed to, and no key.
    let private keyOf (prefix: string) (link: BillLink) : Result<BillKey | null, ApiError> =
        match link.SealedBy with
        | null -> Ok null
        | text ->
            result {
                let! nonce = given (prefix + "nonce") link.Nonce
                let nonce = Encoding.UTF8.GetBytes nonce

                match ApiV3Key.create (text.Reveal()) with
                | Ok key when nonce.Length = NonceLength -> return BillKey(key, nonce)
                | Ok _ -> return! malformed (prefix + "nonce") DecodeReason.Missing
                | Error _ -> return! malformed (prefix + "encrypt_key") DecodeReason.Missing
            }

    let private judge (prefix: string) (link: BillLink) =
        result {
            let! url = given (prefix + "download_url") link.DownloadUrl
            let! hash = hashOf prefix link
            let! key = keyOf prefix link
            return BillSource(url, hash, key)
        }

    /// The files of an answer in their order; an answer that does not say where each is and what it must be is of no use.
    let ofAnswer (request: BillRequest<'Answer>) (answer: 'Answer) : Result<BillSource list, ApiError> =
        let links = request.FilesOf answer |> Seq.sortBy _.Sequence |> List.ofSeq

        let count =
            match request.Count with
            | null -> int64 links.Length
            | count ->
                // An answer that says neither how many nor which is none that says "no files".
                (count.Invoke answer).GetValueOrDefault(max 1L (int64 links.Length))

        if count <> int64 links.Length then
            malformed "$.download_bill_list" DecodeReason.Missing
        else
            links
            |> List.mapi (fun index link ->
                let prefix =
                    if isNull request.Count then
                        "$."
                    else
                        "$.download_bill_list["
                        + index.ToString Globalization.CultureInfo.InvariantCulture
                        + "]."

                judge prefix link)
            |> List.sequenceResultM
