namespace WeChatPay.Functional

open System

/// What a finding means for the merchant.
type DoctorVerdict =
    /// As it should be.
    | Fine = 0
    /// Not looked at, or nothing to look at it by; the finding says why.
    | Skipped = 1
    /// It works today; something is to be done.
    | Warning = 2
    /// It does not work, or is not safe.
    | Wrong = 3

/// What is looked at, in the order of the report.
type DoctorCheck =
    /// Whether the settings are there and can be read.
    | Settings = 0
    /// The merchant's private key: whose it is, how long.
    | MerchantKey = 1
    /// From when until when the merchant's certificate may be used.
    | MerchantCertificate = 2
    /// The APIv3 key.
    | ApiV3Key = 3
    /// The platform's public key and certificates: whether answers verify, from when until when they may be used.
    | PlatformKeys = 4
    /// Whether the settings are of the mode that the merchant is in: public key, certificates, or both.
    | KeyMode = 5
    /// Whether the platform's hosts can be reached.
    | Hosts = 6
    /// This machine's clock beside the platform's.
    | Clock = 7
    /// Whether the platform takes the merchant's signature.
    | RequestSignature = 8
    /// The addresses that notifications are to go to.
    | NotifyUrl = 9
    /// Who may read the files that hold secrets.
    | FilePermissions = 10

/// Why something was not looked at.
type DoctorSkip =
    /// Nobody was to be called.
    | Offline = 0
    /// A setting that is needed for it is refused.
    | Settings = 1
    /// The platform gave no answer to look at.
    | NoAnswer = 2
    /// The clock is off, so that the platform refuses every signature.
    | ClockOff = 3
    /// Nothing was given to look at.
    | NotGiven = 4
    /// This system does not say who may read a file.
    | NoFileModes = 5

/// What a host is there for.
type HostUse =
    /// Every call.
    | Main = 0
    /// Calls when the main host cannot be reached.
    | Backup = 1
    /// Merchants outside the mainland.
    | Global = 2

/// Why a host was not reached.
type HostFailure =
    /// Nobody knows its name.
    | Name = 0
    /// It takes no connection.
    | Connection = 1
    /// No TLS was agreed on, or its certificate is not trusted.
    | Tls = 2
    /// The proxy on the way refused.
    | Proxy = 3
    /// It took the connection and did not answer in time.
    | Silence = 4
    /// Its answer was none, or was cut.
    | Broken = 5

/// One thing that was looked at, and how it is. Names, numbers and times; never a key.
[<RequireQualifiedAccess; NoComparison>]
type DoctorFinding =
    /// Every setting can be read.
    | SettingsRead of MerchantId: string
    /// A setting is missing or refused, as the application would say when it starts.
    | SettingRefused of Setting: string * Code: string * Words: Advice
    /// The private key is that of the merchant's certificate.
    | KeyOfCertificate of Serial: string * Bits: int
    /// The private key can be read; there is no certificate to compare it with.
    | KeyAlone of Serial: string * Bits: int
    /// Nobody here knows when the merchant's certificate ends.
    | CertificateNotGiven of Serial: string
    /// The certificate may be used, and does not end soon.
    | CertificateValid of Role: KeyRole * Serial: string * NotAfter: DateTimeOffset
    /// The certificate ends within 30 days.
    | CertificateEnding of Role: KeyRole * Serial: string * NotAfter: DateTimeOffset
    /// The certificate has ended.
    | CertificateEnded of Role: KeyRole * Serial: string * NotAfter: DateTimeOffset
    /// The certificate may not be used yet.
    | CertificateEarly of Role: KeyRole * Serial: string * NotBefore: DateTimeOffset
    /// The platform's next certificate lies ready beside a key that is valid.
    | CertificateReady of Serial: string * NotBefore: DateTimeOffset
    /// A certificate of the platform has ended beside a key that is valid.
    | CertificateSpent of Serial: string * NotAfter: DateTimeOffset
    /// The platform has a certificate that is not configured.
    | CertificateUnconfigured of Serial: string * NotBefore: DateTimeOffset
    /// The APIv3 key opens what the platform seals.
    | ApiV3KeyOpens of Certificates: int
    /// The APIv3 key has the right form; in public key mode there is nothing to try it on.
    | ApiV3KeyUntried of MerchantId: string
    /// The APIv3 key does not open what the platform seals.
    | ApiV3KeyWrong of Serial: string
    /// An answer verifies under this key.
    | PlatformKeyVerified of Serial: string
    /// The platform signs under this serial or id, but with another key than the one that is configured for it.
    | PlatformKeyWrong of Serial: string
    /// The platform signs under another public key id than the one that is configured.
    | PublicKeyIdWrong of Configured: string * Serial: string
    /// The platform signs with a public key, and none is configured.
    | PublicKeyMissing of Serial: string
    /// The platform signs with a certificate that is not configured.
    | PlatformCertificateUnknown of Serial: string
    /// An answer is not proven to be the platform's, for another reason.
    | AnswerUntrusted of Reason: VerifyError
    /// The platform's certificates could not be read.
    | CertificatesUnread of Error: ApiError
    /// The settings are of public key mode, and the merchant is in it.
    | PublicKeyMode of Serial: string
    /// The settings are for certificates, and the merchant has some.
    | CertificateMode of MerchantId: string
    /// The settings have the public key and certificates, and the merchant has both.
    | TransitionMode of Serial: string
    /// The settings are for certificates, but the merchant is in public key mode and has none.
    | PublicKeyNeeded of MerchantId: string
    /// The settings are for certificates besides the public key, but the merchant has none any more.
    | CertificatesNeedless of Serial: string
    /// The settings have the public key alone, but the platform signs with a certificate.
    | CertificatesNeeded of Serial: string
    /// The settings have the public key alone, and it verifies; the platform has certificates for the merchant as well.
    | CertificatesBeside of Serial: string
    /// The platform did not say which mode the merchant is in.
    | KeyModeUnknown of Error: ApiError
    /// The host answers.
    | HostReached of Use: HostUse * Host: string
    /// The host cannot be reached.
    | HostUnreached of Use: HostUse * Host: string * Failure: HostFailure
    /// The clock is right.
    | ClockRight of Ahead: TimeSpan
    /// The clock is off by more than a minute, and not yet by more than the platform allows.
    | ClockDrifting of Ahead: TimeSpan
    /// The clock is off by more than the platform allows.
    | ClockOff of Ahead: TimeSpan
    /// The host that answers does not say what time it is.
    | ClockUnknown of Host: string
    /// The platform takes the merchant's signature.
    | SignatureAccepted of Serial: string
    /// The platform refuses the merchant's signature.
    | SignatureRefused of Error: ApiError
    /// Something that is not the platform answers.
    | AnotherAnswered of Status: int
    /// The answer does not say whether the signature is right.
    | SignatureUndecided of Error: ApiError
    /// The platform can send notifications there.
    | NotifyUrlFits of Url: string
    /// The platform refuses the address, or cannot reach it.
    | NotifyUrlRefused of Url: string * Rule: OrderError
    /// Only this account may read the file.
    | FilePrivate of Setting: string * Path: string
    /// This account's group may read the file, too.
    | FileForGroup of Setting: string * Path: string
    /// Every account of this machine may read or change the file, or the group may change it.
    | FileForOthers of Setting: string * Path: string
    /// Not looked at.
    | NotChecked of Check: DoctorCheck * Why: DoctorSkip

/// Where a refused setting belongs in the report.
[<RequireQualifiedAccess>]
module internal DoctorSetting =
    let private starts (setting: string) (beginnings: string list) =
        beginnings
        |> List.exists (fun beginning -> setting.StartsWith(beginning, StringComparison.Ordinal))

    let check (setting: string) =
        if
            starts
                setting
                [
                    "MerchantPrivateKey"
                    "MerchantSerial"
                    "MerchantKey"
                    "MerchantCertificateFile"
                ]
        then
            DoctorCheck.MerchantKey
        elif starts setting [ "ApiV3Key" ] then
            DoctorCheck.ApiV3Key
        elif starts setting [ "Platform"; "DownloadPlatformCertificates" ] then
            DoctorCheck.PlatformKeys
        elif starts setting [ "BaseAddress"; "GlobalBaseAddress"; "BackupAddresses" ] then
            DoctorCheck.Hosts
        else
            DoctorCheck.Settings

/// What programs read of a finding; each word is stable.
[<RequireQualifiedAccess>]
module internal DoctorNames =
    let check check =
        match check with
        | DoctorCheck.Settings -> "settings"
        | DoctorCheck.MerchantKey -> "merchant_key"
        | DoctorCheck.MerchantCertificate -> "merchant_certificate"
        | DoctorCheck.ApiV3Key -> "api_v3_key"
        | DoctorCheck.PlatformKeys -> "platform_keys"
        | DoctorCheck.KeyMode -> "key_mode"
        | DoctorCheck.Hosts -> "hosts"
        | DoctorCheck.Clock -> "clock"
        | DoctorCheck.RequestSignature -> "request_signature"
        | DoctorCheck.NotifyUrl -> "notify_url"
        | _ -> "file_permissions"

    let verdict verdict =
        match verdict with
        | DoctorVerdict.Fine -> "fine"
        | DoctorVerdict.Skipped -> "skipped"
        | DoctorVerdict.Warning -> "warning"
        | _ -> "wrong"

    let private failure failure =
        match failure with
        | HostFailure.Name -> "host_not_resolved"
        | HostFailure.Connection -> "host_not_connected"
        | HostFailure.Tls -> "host_tls_failed"
        | HostFailure.Proxy -> "host_proxy_refused"
        | HostFailure.Silence -> "host_silent"
        | _ -> "host_broken_answer"

    let private skip skip =
        match skip with
        | DoctorSkip.Offline -> "skipped_offline"
        | DoctorSkip.Settings -> "skipped_for_settings"
        | DoctorSkip.NoAnswer -> "skipped_without_answer"
        | DoctorSkip.ClockOff -> "skipped_for_clock"
        | DoctorSkip.NotGiven -> "skipped_not_given"
        | _ -> "skipped_no_file_modes"

    let code finding =
        match finding with
        | DoctorFinding.SettingsRead _ -> "settings_read"
        | DoctorFinding.SettingRefused(_, code, _) -> code
        | DoctorFinding.KeyOfCertificate _ -> "key_of_certificate"
        | DoctorFinding.KeyAlone _ -> "key_alone"
        | DoctorFinding.CertificateNotGiven _ -> "certificate_not_given"
        | DoctorFinding.CertificateValid _ -> "certificate_valid"
        | DoctorFinding.CertificateEnding _ -> "certificate_ending"
        | DoctorFinding.CertificateEnded _ -> "certificate_ended"
        | DoctorFinding.CertificateEarly _ -> "certificate_early"
        | DoctorFinding.CertificateReady _ -> "certificate_ready"
        | DoctorFinding.CertificateSpent _ -> "certificate_spent"
        | DoctorFinding.CertificateUnconfigured _ -> "certificate_unconfigured"
        | DoctorFinding.ApiV3KeyOpens _ -> "api_v3_key_opens"
        | DoctorFinding.ApiV3KeyUntried _ -> "api_v3_key_untried"
        | DoctorFinding.ApiV3KeyWrong _ -> "api_v3_key_wrong"
        | DoctorFinding.PlatformKeyVerified _ -> "platform_key_verified"
        | DoctorFinding.PlatformKeyWrong _ -> "platform_key_wrong"
        | DoctorFinding.PublicKeyIdWrong _ -> "public_key_id_wrong"
        | DoctorFinding.PublicKeyMissing _ -> "public_key_missing"
        | DoctorFinding.PlatformCertificateUnknown _ -> "platform_certificate_unknown"
        | DoctorFinding.AnswerUntrusted reason -> VerifyError.code reason
        | DoctorFinding.CertificatesUnread error -> ApiError.code error
        | DoctorFinding.PublicKeyMode _ -> "public_key_mode"
        | DoctorFinding.CertificateMode _ -> "certificate_mode"
        | DoctorFinding.TransitionMode _ -> "transition_mode"
        | DoctorFinding.PublicKeyNeeded _ -> "public_key_needed"
        | DoctorFinding.CertificatesNeedless _ -> "certificates_needless"
        | DoctorFinding.CertificatesNeeded _ -> "certificates_needed"
        | DoctorFinding.CertificatesBeside _ -> "certificates_beside"
        | DoctorFinding.KeyModeUnknown _ -> "key_mode_unknown"
        | DoctorFinding.HostReached _ -> "host_reached"
        | DoctorFinding.HostUnreached(_, _, why) -> failure why
        | DoctorFinding.ClockRight _ -> "clock_right"
        | DoctorFinding.ClockDrifting _ -> "clock_drifting"
        | DoctorFinding.ClockOff _ -> "clock_off"
        | DoctorFinding.ClockUnknown _ -> "clock_unknown"
        | DoctorFinding.SignatureAccepted _ -> "signature_accepted"
        | DoctorFinding.SignatureRefused _ -> "signature_refused"
        | DoctorFinding.AnotherAnswered _ -> "another_answered"
        | DoctorFinding.SignatureUndecided _ -> "signature_undecided"
        | DoctorFinding.NotifyUrlFits _ -> "notify_url_fits"
        | DoctorFinding.NotifyUrlRefused(_, rule) -> OrderError.code rule
        | DoctorFinding.FilePrivate _ -> "file_private"
        | DoctorFinding.FileForGroup _ -> "file_for_group"
        | DoctorFinding.FileForOthers _ -> "file_for_others"
        | DoctorFinding.NotChecked(_, why) -> skip why
