namespace WeChatPay.Shell

open System
open System.Threading
open System.Threading.Tasks
open WeChatPay.Functional

/// The merchant's private key, wherever it is: in memory, in an HSM, behind a service.
type IMerchantKey =
    /// The serial of the merchant's certificate, in upper hex.
    abstract Serial: string

    /// Signs bytes: SHA-256 with RSA, PKCS#1 v1.5.
    abstract SignAsync: message: ReadOnlyMemory<byte> * cancellationToken: CancellationToken -> ValueTask<byte array>

/// A merchant's key in memory.
[<Sealed>]
type InMemoryMerchantKey(key: MerchantKey) =
    interface IMerchantKey with
        member _.Serial = key.Serial

        member _.SignAsync(message, _) =
            ValueTask<byte array>(Signing.sign key message.Span)

    override _.ToString() =
        "InMemoryMerchantKey(" + key.Serial + ")"
