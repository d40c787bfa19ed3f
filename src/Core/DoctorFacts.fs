namespace WeChatPay.Functional

open System
open System.Collections.Generic
open WeChatPay

/// A setting that is missing or refused: its name, a stable word, and what to do.
[<Sealed>]
type RefusedSetting(setting: string, code: string, words: Advice) =
    /// The setting's name.
    member _.Setting = setting
    /// A stable word for what is wrong.
    member _.Code = code
    /// What is wrong, and where to find the right one.
    member _.Words = words

/// A file that holds a secret.
[<Sealed>]
type SecretFile(setting: string, path: string, mode: Nullable<int>) =
    /// The setting that names it.
    member _.Setting = setting
    /// Its name as it is configured.
    member _.Path = path
    /// The nine bits of who may read, change and run it; none where the system has none.
    member _.Mode = mode

/// A host that was knocked at.
[<Sealed>]
type KnockedHost
    (usage: HostUse, host: string, failure: Nullable<HostFailure>, date: Nullable<DateTimeOffset>, at: DateTimeOffset) =
    /// What it is there for.
    member _.Use = usage
    /// Its name.
    member _.Host = host
    /// Why it was not reached; none when it answered.
    member _.Failure = failure
    /// Its clock, `Date`, where it answered with one.
    member _.Date = date
    /// The clock here at that moment.
    member _.At = at

/// A signed question with what came of it.
[<Sealed>]
type AskedQuestion(serial: string, message: byte array, answer: Result<Answer, ApiError>, at: DateTimeOffset) =
    /// The key of the platform that was to sign the answer; empty for whichever it likes.
    member _.Serial = serial
    /// The text that was signed.
    member _.Message = message
    /// The answer as it came, nothing of it trusted; or why there is none.
    member _.Answer = answer
    /// The clock here when it came.
    member _.At = at

/// What is known of a merchant's settings and of what the platform answers. Made by whoever reads files and calls; judged by `Doctor.judge`.
[<NoComparison; ReferenceEquality>]
type DoctorFacts =
    {
        /// The clock here.
        Now: DateTimeOffset
        /// The merchant's number.
        MerchantId: string
        /// The settings that are missing or refused.
        Refused: IReadOnlyList<RefusedSetting>
        /// The merchant's algorithms.
        Suite: Suite
        /// The merchant's key, where it can be read.
        Key: MerchantKey | null
        /// The merchant's certificate, where there is one that can be read.
        Certificate: MerchantCertificate | null
        /// The APIv3 key, where it has the right form.
        ApiV3Key: ApiV3Key | null
        /// The platform's keys that are configured.
        Keys: Keyring
        /// Who must have issued the platform's certificates.
        Roots: CertificateRoots
        /// Whether the platform's certificates are downloaded by the application itself.
        DownloadsCertificates: bool
        /// Whether the platform is one on this machine, which reaches hosts of one's own.
        IsSimulated: bool
        /// How notifications come.
        NotifyReach: NotifyReach
        /// Where notifications are to go.
        NotifyUrls: IReadOnlyList<string>
        /// The files that hold secrets.
        Files: IReadOnlyList<SecretFile>
        /// Whether nobody was to be called.
        IsOffline: bool
        /// The hosts, the main one first.
        Hosts: IReadOnlyList<KnockedHost>
        /// `Doctor.question`, asked once for each of `Doctor.serials`.
        Asked: IReadOnlyList<AskedQuestion>
        /// `Certificates.operationFor` the suite, asked once; null when it was not.
        Listing: AskedQuestion | null
    }
