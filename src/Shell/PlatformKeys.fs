namespace WeChatPay.Shell

open System.Threading
open System.Threading.Tasks
open WeChatPay.Functional

/// The platform's keys that a client trusts, as they stand at the moment: the same for good, or renewed (`RenewedKeys`).
type IPlatformKeys =
    /// What is accepted now.
    abstract Policy: VerificationPolicy

    /// What is accepted, for a call that is about to be signed: at once while a key is valid, otherwise when the platform's certificates have come.
    abstract ReadyAsync: cancellationToken: CancellationToken -> ValueTask<Result<VerificationPolicy, ApiError>>

    /// What is accepted after an answer that names a key which is not known, or not valid now: waits for one question to the platform at most.
    abstract AfterUnknownAsync: serial: string * cancellationToken: CancellationToken -> ValueTask<VerificationPolicy>

    /// A notification, whose sender is not proven, names a key that is not known, or not valid now: nothing waits, at most the platform is asked in the background.
    abstract Notice: serial: string -> unit

    /// Lets what is due be asked in the background; for whoever has a clock that ticks.
    abstract Tick: unit -> unit

/// Keys that stay as they are: a public key, or certificates that somebody else renews.
[<Sealed>]
type private SamePlatformKeys(policy: VerificationPolicy) =
    interface IPlatformKeys with
        member _.Policy = policy
        member _.ReadyAsync _ = ValueTask<_>(Ok policy)
        member _.AfterUnknownAsync(_, _) = ValueTask<_> policy
        member _.Notice _ = ()
        member _.Tick() = ()

/// Keys that stay as they are.
[<RequireQualifiedAccess>]
module PlatformKeys =
    /// What this policy accepts, for good.
    let ofPolicy (policy: VerificationPolicy) : IPlatformKeys = SamePlatformKeys policy

    /// These keys with the usual policy for answers, for good.
    let ofRing (keys: Keyring) =
        ofPolicy (VerificationPolicy.forAnswers keys)
