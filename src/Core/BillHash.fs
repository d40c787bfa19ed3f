namespace WeChatPay.Functional

open System
open System.Security.Cryptography

/// The hash of a bill's unpacked bytes, in pieces of any size, to be compared with what the platform gave when the bill was asked for.
[<Sealed>]
type BillHash() =
    // SHA-1 is the platform's choice; it tells a file that was cut or damaged, and came with an answer that is signed.
    let hash = IncrementalHash.CreateHash HashAlgorithmName.SHA1

    /// Takes the next bytes.
    member _.Append(bytes: ReadOnlySpan<byte>) = hash.AppendData bytes

    /// Whether all bytes are those that `hash_value` (40 hexadecimal digits, in either case) was made of; null if so.
    member _.Verify(hashValue: string) : BillError | null =
        let actual = Convert.ToHexStringLower(hash.GetCurrentHash())

        let expected =
            if String.IsNullOrEmpty hashValue then
                ""
            else
                hashValue.Trim()

        if String.Equals(expected, actual, StringComparison.OrdinalIgnoreCase) then
            null
        else
            BillError.HashMismatch(expected, actual)

    interface IDisposable with
        member _.Dispose() = hash.Dispose()
