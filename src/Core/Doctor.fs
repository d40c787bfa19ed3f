namespace WeChatPay.Functional

open System
open System.Collections.Generic

/// Judges facts: one finding or more for each check, in the order of the checks. Total, like everything here: whatever the platform answers, there is a finding.
[<RequireQualifiedAccess>]
module Doctor =
    /// A certificate that lasts no longer than this is told of.
    let soon = TimeSpan.FromDays 30.0

    /// A clock that is off by more is told of, long before the platform refuses.
    let drift = TimeSpan.FromMinutes 1.0

    /// A question that changes nothing: an order of a number that nobody has. `ORDER_NOT_EXIST` means that the signature is right.
    let question (merchantId: string) (outTradeNo: string) =
        Operation.Raw("GET", "/v3/pay/transactions/out-trade-no/" + outTradeNo + "?mchid=" + merchantId, null)

    /// The keys under which answers are asked for: the public key, and the certificate that lasts longest; an empty one, for whichever the platform likes, when there is none.
    let serials (now: DateTimeOffset) (keys: Keyring) : IReadOnlyList<string> = DoctorAnswers.serials now keys

    /// Why the platform was not asked, or not to any purpose.
    let private whyNot (facts: DoctorFacts) =
        let hasAnswer = facts.Hosts.Count > 0 && not (Seq.head facts.Hosts).Failure.HasValue

        if facts.IsOffline then
            DoctorSkip.Offline
        elif facts.Hosts.Count > 0 && not hasAnswer then
            DoctorSkip.NoAnswer
        elif facts.Hosts.Count = 0 || isNull facts.Key then
            DoctorSkip.Settings
        else
            DoctorSkip.NoAnswer

    let private skip facts check =
        DoctorFinding.NotChecked(check, whyNot facts)

    let private isRefused (facts: DoctorFacts) check =
        facts.Refused
        |> Seq.exists (fun refused -> DoctorSetting.check refused.Setting = check)

    let private settings (facts: DoctorFacts) =
        [
            if facts.Refused.Count = 0 then
                DoctorFinding.SettingsRead facts.MerchantId

            for refused in facts.Refused do
                DoctorFinding.SettingRefused(refused.Setting, refused.Code, refused.Words)
        ]

    let private merchantKey (facts: DoctorFacts) =
        match facts.Key, facts.Certificate with
        | Null, _ when isRefused facts DoctorCheck.MerchantKey -> []
        | Null, _ -> [ DoctorFinding.NotChecked(DoctorCheck.MerchantKey, DoctorSkip.Settings) ]
        | NonNull key, Null -> [ DoctorFinding.KeyAlone(key.Serial, key.Half.Bits) ]
        | NonNull key, NonNull certificate ->
            match MerchantKey.requireCertificate certificate key with
            | Ok key -> [ DoctorFinding.KeyOfCertificate(key.Serial, key.Half.Bits) ]
            | Error error ->
                [
                    DoctorFinding.SettingRefused("MerchantCertificateFile", KeyError.code error, KeyError.advice error)
                ]

    let private merchantCertificate (facts: DoctorFacts) =
        match facts.Certificate, facts.Key with
        | Null, Null -> []
        | Null, NonNull key -> [ DoctorFinding.CertificateNotGiven key.Serial ]
        | NonNull certificate, _ ->
            let role, serial = KeyRole.MerchantCertificate, certificate.Serial

            if facts.Now < certificate.NotBefore then
                [ DoctorFinding.CertificateEarly(role, serial, certificate.NotBefore) ]
            elif facts.Now > certificate.NotAfter then
                [ DoctorFinding.CertificateEnded(role, serial, certificate.NotAfter) ]
            elif certificate.NotAfter - facts.Now <= soon then
                [ DoctorFinding.CertificateEnding(role, serial, certificate.NotAfter) ]
            else
                [ DoctorFinding.CertificateValid(role, serial, certificate.NotAfter) ]

    let private apiV3Key (facts: DoctorFacts) listing =
        match facts.ApiV3Key, listing with
        | Null, _ when isRefused facts DoctorCheck.ApiV3Key -> []
        | Null, _ -> [ DoctorFinding.NotChecked(DoctorCheck.ApiV3Key, DoctorSkip.Settings) ]
        | NonNull _, Listing.Listed certificates -> [ DoctorFinding.ApiV3KeyOpens certificates.Length ]
        | NonNull _, Listing.Unopened serial -> [ DoctorFinding.ApiV3KeyWrong serial ]
        | NonNull _, Listing.Nothing -> [ DoctorFinding.ApiV3KeyUntried facts.MerchantId ]
        | NonNull _, Listing.NotAsked
        | NonNull _, Listing.Refused _
        | NonNull _, Listing.Closed
        | NonNull _, Listing.Unproven _ -> [ skip facts DoctorCheck.ApiV3Key ]

    /// How one certificate of the platform stands among its keys: what has ended beside a valid key is no matter, nor is one that waits.
    let private platformCertificate (facts: DoctorFacts) (keys: PlatformKey list) (key: PlatformKey) =
        let now, role = facts.Now, KeyRole.PlatformCertificate

        let hasValid =
            keys
            |> List.exists (fun other -> other.NotBefore <= now && now <= other.NotAfter)

        let isFollowed =
            keys
            |> List.exists (fun other -> not other.IsPublicKey && other.NotAfter - now > soon)

        if now < key.NotBefore then
            if hasValid then
                DoctorFinding.CertificateReady(key.Serial, key.NotBefore)
            else
                DoctorFinding.CertificateEarly(role, key.Serial, key.NotBefore)
        elif now > key.NotAfter then
            if hasValid then
                DoctorFinding.CertificateSpent(key.Serial, key.NotAfter)
            else
                DoctorFinding.CertificateEnded(role, key.Serial, key.NotAfter)
        elif key.NotAfter - now > soon || isFollowed || facts.DownloadsCertificates then
            DoctorFinding.CertificateValid(role, key.Serial, key.NotAfter)
        else
            DoctorFinding.CertificateEnding(role, key.Serial, key.NotAfter)

    /// Certificates that the platform lists and that nobody here has, where they are kept by hand.
    let private unconfigured (facts: DoctorFacts) listing =
        match listing with
        | Listing.Listed certificates when not facts.DownloadsCertificates && DoctorAnswers.hasCertificates facts.Keys ->
            certificates
            |> List.filter (fun certificate -> (Keyring.tryFind certificate.Serial facts.Keys).IsNone)
            |> List.map (fun certificate ->
                DoctorFinding.CertificateUnconfigured(certificate.Serial, certificate.NotBefore))
        | Listing.NotAsked
        | Listing.Refused _
        | Listing.Nothing
        | Listing.Closed
        | Listing.Unopened _
        | Listing.Unproven _
        | Listing.Listed _ -> []

    let private unproven listing =
        match listing with
        | Listing.Unproven error -> [ DoctorFinding.CertificatesUnread error ]
        | Listing.NotAsked
        | Listing.Refused _
        | Listing.Nothing
        | Listing.Closed
        | Listing.Unopened _
        | Listing.Listed _ -> []

    let private platformKeys (facts: DoctorFacts) (keys: Keyring) listing =
        let all = List.ofSeq keys.All

        [
            yield!
                DoctorAnswers.proofs facts keys
                |> Option.defaultValue [ skip facts DoctorCheck.PlatformKeys ]

            for key in all do
                if not key.IsPublicKey then
                    platformCertificate facts all key

            yield! unconfigured facts listing
            yield! unproven listing
        ]

    let private keyMode (facts: DoctorFacts) listing =
        let publicKey = DoctorAnswers.tryPublicKey facts.Keys

        let wantsCertificates =
            facts.DownloadsCertificates || DoctorAnswers.hasCertificates facts.Keys

        match listing with
        | Listing.NotAsked -> skip facts DoctorCheck.KeyMode
        | Listing.Refused error -> DoctorFinding.KeyModeUnknown error
        | Listing.Nothing ->
            match publicKey with
            | None -> DoctorFinding.PublicKeyNeeded facts.MerchantId
            | Some serial when wantsCertificates -> DoctorFinding.CertificatesNeedless serial
            | Some serial -> DoctorFinding.PublicKeyMode serial
        | Listing.Closed
        | Listing.Unopened _
        | Listing.Unproven _
        | Listing.Listed _ ->
            match publicKey, DoctorAnswers.trySignedByCertificate facts with
            | None, _ -> DoctorFinding.CertificateMode facts.MerchantId
            | Some serial, _ when wantsCertificates -> DoctorFinding.TransitionMode serial
            | Some _, Some certificate -> DoctorFinding.CertificatesNeeded certificate
            | Some serial, None -> DoctorFinding.CertificatesBeside serial

    let private hosts (facts: DoctorFacts) =
        [
            for host in facts.Hosts do
                if host.Failure.HasValue then
                    DoctorFinding.HostUnreached(host.Use, host.Host, host.Failure.Value)
                else
                    DoctorFinding.HostReached(host.Use, host.Host)

            if facts.Hosts.Count = 0 then
                skip facts DoctorCheck.Hosts
        ]

    let private clock (facts: DoctorFacts) =
        match List.ofSeq facts.Hosts with
        | [] -> skip facts DoctorCheck.Clock
        | main :: _ when main.Failure.HasValue -> skip facts DoctorCheck.Clock
        | main :: _ when not main.Date.HasValue -> DoctorFinding.ClockUnknown main.Host
        | main :: _ ->
            let ahead = main.At - main.Date.Value

            if ahead.Duration() > VerificationPolicy.usualTolerance then
                DoctorFinding.ClockOff ahead
            elif ahead.Duration() > drift then
                DoctorFinding.ClockDrifting ahead
            else
                DoctorFinding.ClockRight ahead

    let private signature (facts: DoctorFacts) keys =
        match List.ofSeq facts.Asked with
        | [] -> skip facts DoctorCheck.RequestSignature
        | first :: _ -> DoctorAnswers.signature facts keys first

    let private notifyUrls (facts: DoctorFacts) =
        [
            for url in facts.NotifyUrls do
                match OrderRules.notifyUrl "notify_url" facts.IsSimulated facts.NotifyReach url with
                | [] -> DoctorFinding.NotifyUrlFits url
                | rules ->
                    for rule in rules do
                        DoctorFinding.NotifyUrlRefused(url, rule)

            if facts.NotifyUrls.Count = 0 then
                DoctorFinding.NotChecked(DoctorCheck.NotifyUrl, DoctorSkip.NotGiven)
        ]

    /// Read by the group.
    [<Literal>]
    let private GroupReads = 0o040

    /// Changed by the group; read or changed by everybody.
    [<Literal>]
    let private OthersUse = 0o026

    let private files (facts: DoctorFacts) =
        [
            for file in facts.Files do
                if not file.Mode.HasValue then
                    DoctorFinding.NotChecked(DoctorCheck.FilePermissions, DoctorSkip.NoFileModes)
                elif file.Mode.Value &&& OthersUse <> 0 then
                    DoctorFinding.FileForOthers(file.Setting, file.Path)
                elif file.Mode.Value &&& GroupReads <> 0 then
                    DoctorFinding.FileForGroup(file.Setting, file.Path)
                else
                    DoctorFinding.FilePrivate(file.Setting, file.Path)
        ]

    /// Everything that was looked at.
    let judge (facts: DoctorFacts) : IReadOnlyList<DoctorFinding> =
        let listing = DoctorAnswers.listing facts
        let keys = DoctorAnswers.keysOf facts listing

        [
            yield! settings facts
            yield! merchantKey facts
            yield! merchantCertificate facts
            yield! apiV3Key facts listing
            yield! platformKeys facts keys listing
            keyMode facts listing
            yield! hosts facts
            clock facts
            signature facts keys
            yield! notifyUrls facts
            yield! files facts
        ]
        |> List.distinct
        |> List.sortBy DoctorFinding.check
        |> List.toArray
        :> IReadOnlyList<DoctorFinding>

    /// Whether nothing is wrong; warnings and what was not looked at are allowed.
    let isHealthy (findings: DoctorFinding seq) =
        findings
        |> Seq.forall (fun finding -> DoctorFinding.verdict finding <> DoctorVerdict.Wrong)
