namespace WeChatPay.Shell

open System.Net.Http

/// Headers of an answer.
[<RequireQualifiedAccess>]
module internal ResponseHeaders =
    /// The first value of a header; empty where there is none.
    let first (name: string) (response: HttpResponseMessage) =
        match response.Headers.TryGetValues name with
        | true, NonNull values -> Seq.head values
        | _ -> ""

    /// The platform's number for the call.
    let requestId response = first "Request-ID" response
