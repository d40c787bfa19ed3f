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

    /// Opens bytes that are sealed to the key: RSA-OAEP with SHA-1; null when they are not.
    abstract DecryptAsync:
        ciphertext: ReadOnlyMemory<byte> * cancellationToken: CancellationToken -> ValueTask<byte array | null>

/// A merchant's key in memory.
[<Sealed>]
type InMemoryMerchantKey(key: MerchantKey) =
    interface IMerchantKey with
        member _.Serial = key.Serial

        member _.SignAsync(message, _) =
            ValueTask<byte array>(Signing.sign key message.Span)

        member _.DecryptAsync(ciphertext, _) =
            match Sensitive.unsealBytes key ciphertext.Span with
            | Ok plain -> ValueTask<byte array | null>(plain)
            | Error _ -> ValueTask<byte array | null>(null: byte array | null)

    override _.ToString() =
        "InMemoryMerchantKey(" + key.Serial + ")"
