namespace WeChatPay.Shell

open System
open System.Text
open System.Text.Unicode
open System.Threading
open System.Threading.Tasks
open WeChatPay.Functional
open WeChatPay.Wire

/// What travels sealed in an answer.
[<RequireQualifiedAccess>]
module internal SealedTexts =
    /// Opens what an answer's first reading found sealed; what is not sealed to this merchant stays as it is.
    let openAll (cancellationToken: CancellationToken) (key: IMerchantKey) (opener: WireOpener) : Task =
        backgroundTask {
            for sealedText in opener.Sealed do
                match StrictBase64.TryDecode sealedText with
                | true, NonNull bytes ->
                    let! plain = key.DecryptAsync(ReadOnlyMemory<byte> bytes, cancellationToken)

                    match plain with
                    | NonNull plain when Utf8.IsValid(ReadOnlySpan<byte> plain) ->
                        opener.Open(sealedText, Encoding.UTF8.GetString plain)
                    | _ -> ()
                | _ -> ()
        }
