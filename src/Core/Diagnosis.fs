namespace WeChatPay.Functional

open System
open System.Text

/// What was done to a delivery on its way, or which key was meant: the change that makes its signature fit. Never evidence: whatever this says, the delivery stays refused.
[<RequireQualifiedAccess; NoComparison>]
type MismatchCause =
    /// A header was rewritten: `how` names what undoes it.
    | HeaderRewritten of Name: string * How: string
    /// A byte order mark was put before the body, or taken off it.
    | ByteOrderMark of WasAdded: bool
    /// A line end or blanks were put behind the body or around it, or taken off.
    | BlanksAround of WasAdded: bool
    /// Line ends inside the body were converted.
    | LineEndsConverted
    /// The body was parsed as JSON and written again.
    | JsonRewritten of Traces: RewriteTraces
    /// The body went through another character set than UTF-8.
    | CharacterSet of Name: string
    /// The body was compressed or decompressed.
    | Compression of Name: string * WasDecompressed: bool
    /// Another key of the ring signed than the one that is configured under the named serial.
    | OtherKey of Serial: string
    /// A key of another merchant of this application signed.
    | OtherMerchant of Name: string

/// Another form that a body may have had, found by means that the core has not: decompression, character sets of old.
[<NoComparison; ReferenceEquality>]
type Recoding =
    {
        /// What has happened when one of the forms fits.
        Cause: MismatchCause
        /// The forms; none for a body that this cannot have happened to.
        Forms: byte array -> byte array list
    }

/// Another merchant of the same application, whose callback this may be.
[<NoComparison; ReferenceEquality>]
type OtherMerchant =
    {
        /// What the application calls it.
        Name: string
        /// The platform keys that it trusts.
        Keys: Keyring
    }

/// Makes recodings.
[<RequireQualifiedAccess>]
module Recoding =
    /// A body that was read in this character set and written as UTF-8, or the reverse.
    let ofEncoding (encoding: Encoding) : Recoding =
        {
            Cause = MismatchCause.CharacterSet encoding.WebName
            Forms =
                fun body ->
                    [
                        encoding.GetBytes(Encoding.UTF8.GetString body)
                        Encoding.UTF8.GetBytes(encoding.GetString body)
                    ]
        }

/// Why a signature does not fit, shown and not guessed: tries what rewriters do, and says which change makes it fit. Pure, bounded, and only ever asked after a refusal.
[<RequireQualifiedAccess>]
module Diagnosis =
    /// How many signatures are verified at most for one delivery.
    [<Literal>]
    let Attempts = 1500

    /// Larger bodies are not parsed and written again.
    [<Literal>]
    let private LargestRewritten = 65_536

    [<NoComparison; NoEquality>]
    type private Trial =
        {
            Timestamp: string
            Nonce: string
            Signature: byte array
            Body: byte array
        }

    /// Counts attempts, so that a stranger cannot buy more work than this.
    [<Sealed>]
    type private Budget() =
        let mutable left = Attempts

        member _.Spend() =
            left <- left - 1
            left >= 0

    let private fits (budget: Budget) (key: PlatformKey) (trial: Trial) =
        budget.Spend()
        && (let text =
                Canonical.delivery trial.Timestamp trial.Nonce (ReadOnlySpan<byte> trial.Body)

            key.Half.IsSignature(ReadOnlySpan<byte> text, ReadOnlySpan<byte> trial.Signature))

    let private byteOrderMark = [| 0xEFuy; 0xBBuy; 0xBFuy |]

    let private startsWithMark (body: byte array) =
        body.AsSpan().StartsWith(ReadOnlySpan<byte> byteOrderMark)

    let private bytes (text: string) = Encoding.UTF8.GetBytes text

    /// What stands in the summary of the platform's notifications, whose Chinese is the first to suffer from another character set.
    let private summaries = [ "支付成功"; "退款成功"; "退款异常"; "退款关闭" ]

    let private indexOf (part: byte array) (from: int) (body: byte array) =
        match body.AsSpan(min from body.Length).IndexOf(ReadOnlySpan<byte> part) with
        | -1 -> ValueNone
        | at -> ValueSome(from + at)

    /// The body with each of the usual summaries in the place of what is there.
    let private withUsualSummaries (body: byte array) =
        match
            indexOf (bytes "\"summary\"") 0 body
            |> ValueOption.bind (fun at -> indexOf "\""B (at + 9) body)
        with
        | ValueNone -> []
        | ValueSome opening ->
            match indexOf "\""B (opening + 1) body with
            | ValueNone -> []
            | ValueSome closing ->
                [
                    for summary in summaries -> Array.concat [ body[..opening]; bytes summary; body[closing..] ]
                ]

    let private trimmed (body: byte array) =
        body.AsSpan().Trim(ReadOnlySpan<byte>(" \t\r\n"B)).ToArray()

    let private replaced (what: string) (by: string) (body: byte array) =
        bytes (Encoding.UTF8.GetString(body).Replace(what, by, StringComparison.Ordinal))

    /// Cheap changes of the whole body, each with what it undoes.
    let private plainForms (body: byte array) =
        [
            if startsWithMark body then
                MismatchCause.ByteOrderMark true, body[3..]
            else
                MismatchCause.ByteOrderMark false, Array.append byteOrderMark body
            MismatchCause.BlanksAround true, trimmed body
            MismatchCause.BlanksAround true, trimmed (if startsWithMark body then body[3..] else body)
            for ending in [ "\n"; "\r\n"; " " ] do
                MismatchCause.BlanksAround false, Array.append body (bytes ending)
            MismatchCause.LineEndsConverted, replaced "\r\n" "\n" body
            MismatchCause.LineEndsConverted, replaced "\n" "\r\n" body
            MismatchCause.LineEndsConverted, replaced "\r\n" "\n" body |> trimmed
        ]

    /// For a character set that is not known here, or one that has lost letters.
    let private summaryForms (body: byte array) =
        [
            for form in withUsualSummaries body do
                MismatchCause.CharacterSet "other than UTF-8", form
        ]

    let private ownRecodings =
        [ Encoding.Latin1; Encoding.Unicode; Encoding.BigEndianUnicode ]
        |> List.map Recoding.ofEncoding

    let private rewrittenForms (body: byte array) =
        let bare = if startsWithMark body then body[3..] else body

        if bare.Length > LargestRewritten then
            Seq.empty
        else
            JsonRewrite.forms (ReadOnlyMemory bare)
            |> Seq.collect (fun text -> [ text; text + "\n" ])
            |> Seq.map (fun text ->
                let form = bytes text
                struct (form, bare))

    let private orElse (next: unit -> MismatchCause voption) (found: MismatchCause voption) =
        match found with
        | ValueSome _ -> found
        | ValueNone -> next ()

    let private bodyCause (recodings: Recoding list) isFitting (body: byte array) =
        let plain forms =
            forms
            |> List.tryPick (fun (cause, form) -> if form <> body && isFitting form then Some cause else None)
            |> ValueOption.ofOption

        let recoded () =
            recodings @ ownRecodings
            |> List.tryFind (fun recoding ->
                recoding.Forms body |> List.exists (fun form -> form <> body && isFitting form))
            |> Option.map (fun recoding -> recoding.Cause)
            |> ValueOption.ofOption

        let rewritten () =
            rewrittenForms body
            |> Seq.tryFind (fun (struct (form, _)) -> isFitting form)
            |> Option.map (fun (struct (form, bare)) -> MismatchCause.JsonRewritten(JsonRewrite.traces form bare))
            |> ValueOption.ofOption

        plain (plainForms body)
        |> orElse recoded
        |> orElse (fun () -> plain (summaryForms body))
        |> orElse rewritten

    let private firstOf (separator: char) (text: string) =
        match text.IndexOf separator with
        | -1 -> text
        | at -> text.Substring(0, at).Trim()

    let private without (letters: string) (text: string) =
        String.filter (fun letter -> not (letters.Contains letter)) text

    /// What undoes what proxies and frameworks do to a header's value.
    let private repairs =
        [
            "blanks in it", without " \t\r\n"
            "a plus sign was read as a blank", fun text -> text.Replace(' ', '+')
            "percent-encoding", Uri.UnescapeDataString
            "quotes around it", fun text -> text.Trim('"', '\'')
            "two values joined by a comma", firstOf ','
            "upper case was lost", fun text -> text.ToUpperInvariant()
            "an escaped slash", fun text -> text.Replace("\\/", "/")
        ]

    let private trialOf (timestamp: string) (nonce: string) (signature: string) (body: byte array) =
        match WeChatPay.Wire.StrictBase64.TryDecode signature with
        | true, NonNull decoded ->
            ValueSome
                {
                    Timestamp = timestamp
                    Nonce = nonce
                    Signature = decoded
                    Body = body
                }
        | _ -> ValueNone

    let private headerCause (delivery: Delivery) isFitting =
        let value = delivery.Value
        let body = delivery.Body.ToArray()
        let signed = [ SignedHeader.Timestamp; SignedHeader.Nonce; SignedHeader.Signature ]

        let trial (index: int) (repair: string -> string) =
            let at header =
                if header = index then
                    repair (value header)
                else
                    value header

            trialOf (at SignedHeader.Timestamp) (at SignedHeader.Nonce) (at SignedHeader.Signature) body

        signed
        |> List.collect (fun index -> repairs |> List.map (fun (how, repair) -> index, how, repair))
        |> List.tryFind (fun (index, _, repair) ->
            repair (value index) <> value index
            && (match trial index repair with
                | ValueSome trial -> isFitting trial
                | ValueNone -> false))
        |> function
            | Some(index, how, _) -> ValueSome(MismatchCause.HeaderRewritten(SignedHeader.names[index], how))
            | None -> ValueNone

    let private keyCause budget (others: OtherMerchant list) (policy: VerificationPolicy) named trial =
        policy.Keys.All
        |> Seq.tryFind (fun key -> key.Serial <> named && fits budget key trial)
        |> function
            | Some key -> ValueSome(MismatchCause.OtherKey key.Serial)
            | None ->
                others
                |> List.tryFind (fun other -> other.Keys.All |> Seq.exists (fun key -> fits budget key trial))
                |> function
                    | Some other -> ValueSome(MismatchCause.OtherMerchant other.Name)
                    | None -> ValueNone

    /// What makes the signature fit, if one of the things that rewriters do has happened; for a delivery that was refused before its sender was proven. At most `Attempts` signatures are verified.
    let explain
        (recodings: Recoding list)
        (others: OtherMerchant list)
        (policy: VerificationPolicy)
        (delivery: Delivery)
        =
        let budget = Budget()
        let named = Serial.canonical (delivery.Value SignedHeader.Serial)
        let body = delivery.Body.ToArray()

        let sent =
            trialOf
                (delivery.Value SignedHeader.Timestamp)
                (delivery.Value SignedHeader.Nonce)
                (delivery.Value SignedHeader.Signature)
                body

        let byNamedKey () =
            match Keyring.tryFind named policy.Keys with
            | ValueNone -> ValueNone
            | ValueSome key ->
                headerCause delivery (fits budget key)
                |> orElse (fun () ->
                    match sent with
                    | ValueSome trial ->
                        bodyCause recodings (fun form -> fits budget key { trial with Body = form }) body
                    | ValueNone -> ValueNone)

        let byOtherKey () =
            match sent with
            | ValueSome trial -> keyCause budget others policy named trial
            | ValueNone -> ValueNone

        byOtherKey () |> orElse byNamedKey
