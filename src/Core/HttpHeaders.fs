namespace WeChatPay.Functional

open System
open System.Collections.Generic
open System.Globalization

/// Headers of an answer that no signature covers.
[<RequireQualifiedAccess>]
module internal HttpHeaders =
    /// The first value of a name in any spelling; empty where there is none.
    let find (wanted: string) (headers: KeyValuePair<string, string> seq) =
        headers
        // C# may hand null for a name or a value.
        |> Seq.tryFind (fun (KeyValue(name, _)) -> String.Equals(name, wanted, StringComparison.OrdinalIgnoreCase))
        |> Option.map (fun (KeyValue(_, value)) -> if String.IsNullOrEmpty value then "" else value)
        |> Option.defaultValue ""

    /// A date as HTTP writes it (RFC 9110 §5.6.7).
    let tryDate (text: string) =
        match DateTimeOffset.TryParseExact(text, "r", CultureInfo.InvariantCulture, DateTimeStyles.AssumeUniversal) with
        | true, date -> ValueSome date
        | _ -> ValueNone
